"""The interviews of the demo: some that led to a hire, one to come, one whose result is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from portal.demo.deals import OFFERS_BY_KEY
from portal.demo.simulation import HOUR, Simulation
from portal.demo.world import World
from portal.domain.interviews import Appointment, Outcome
from portal.services import interviews
from portal.services.interviews import Feedback, StageInput

STAGES = ("ml", ("Screening", "Technical", "Team", "Final"))  # the others keep what every company begins with
AHEAD = timedelta(days=1)  # an interview is set a day before, as soon as the proposal is accepted
RECORDED_AFTER = 3 * HOUR


@dataclass(frozen=True, slots=True)
class Talk:
    """Describe an interview: of which offer, on which day before today, at which stage, and what came of it."""

    offer: str
    days: float  # negative: it is still to come
    stage: str
    outcome: Outcome | None = None
    shared: str = ""
    internal: str = ""
    with_whom: str = ""  # beside who sets it
    place: str = ""


TALKS = (
    Talk("a4", 57, "Screening", Outcome.PASSED, shared="Clear about what he wants; we go straight to an offer."),
    Talk("h1", 10, "Screening", Outcome.PASSED),
    Talk(
        "h1",
        8.5,
        "Technical",
        Outcome.PASSED,
        shared="The best system design that we have seen this year.",
        internal="Will compare us with a larger company; move fast and stay within the band.",
        with_whom="two engineers",
        place="Room 4",
    ),
    Talk(
        "w4",
        4,
        "Screening",
        Outcome.PASSED,
        shared="Friendly and well prepared. Next time we talk about accessibility.",
        internal="Asked twice about remote work. Check with the team before the final.",
    ),
    Talk("w4", -1.2, "Technical", with_whom="the design systems team", place="https://meet.example/accessibility"),
    Talk("w2", 0.9, "Screening", with_whom="the data team", place="By phone"),
    Talk("w1", -2.1, "Screening", place="https://meet.example/product"),
    Talk("w3", 1.5, "Screening", Outcome.NO_SHOW, internal="No one answered; we’ll try again if there’s a reason."),
)


def plan_interviews(sim: Simulation, world: World) -> None:
    """Name stages, set each interview a day before it is, and record its result some hours later."""
    opening, names = STAGES
    named = [StageInput(name) for name in names]
    sim.at(
        sim.days_ago(100),
        lambda: interviews.set_stages(world.jobs[opening], actor=world.admin_of(opening), stages=named),
    )
    for number, talk in enumerate(TALKS):
        offer = OFFERS_BY_KEY[talk.offer]
        accepted = sim.days_ago(offer.days) + (offer.hours + 1) * HOUR
        when = max(accepted, sim.days_ago(talk.days) - AHEAD)
        sim.at(min(when, sim.end - HOUR), partial(_set, sim, world, talk, number))


def _set(sim: Simulation, world: World, talk: Talk, number: int) -> None:
    opening = OFFERS_BY_KEY[talk.offer].opening
    actor = world.decider_of(opening, number)
    at = _at(sim, talk)
    taking_part = frozenset({actor.user_id})
    appointment = Appointment(
        stage=talk.stage, starts_at=at, participants=taking_part, with_whom=talk.with_whom, place=talk.place
    )
    interview_id = interviews.schedule(world.proposals[talk.offer], actor=actor, input=appointment)
    if talk.outcome is None:
        return
    feedback = Feedback(talk.shared, talk.internal)
    sim.exactly(
        at + RECORDED_AFTER,
        lambda: interviews.record(
            interview_id, actor=world.decider_of(opening, number), outcome=str(talk.outcome), feedback=feedback
        ),
    )


def _at(sim: Simulation, talk: Talk) -> datetime:
    """Return when an interview begins: on the half hour, and one to come in the afternoon."""
    told = sim.days_ago(talk.days)
    at = sim.clock(told) if told < sim.end else told.replace(hour=14)
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)
