"""What the demo is about: proposals and how they end, hires, teams, guarantees, replacements, ratings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from portal.demo import texts
from portal.demo.plan import EXTENDED, HIRES, MISTYPED, OFFERS, RATINGS, REPLACED, REQUESTED, SHORTLISTED, Hire, Offer
from portal.demo.simulation import HOUR, Simulation, Step
from portal.demo.world import OPENINGS_BY_KEY, SEEKERS_BY_KEY, World
from portal.domain.billing.terms import Terms
from portal.domain.collaboration import Agreed
from portal.domain.proposals import PROPOSAL_DAYS
from portal.mailers import post
from portal.services import delegation, proposals, proposals_in_bulk, shortlists
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.placements import (
    amendments,
    collaboration,
    corrections,
    guarantees,
    placements,
    replacements,
    split_sheets,
)
from portal.services.proposals import TermsShown
from portal.services.reputation import feedback

AFTER = timedelta(seconds=40)  # the time-out runs every minute
FIRST_DAY_HOUR = 15  # a morning in America, the afternoon in Europe: the same date for all companies
Put = Callable[[datetime, Step], None]
OFFERS_BY_KEY = {offer.key: offer for offer in OFFERS}

DAYS_TO_REPORT = Terms().report_grace_days  # a guarantee completes by itself only after them


def plan_offers(sim: Simulation, world: World) -> None:
    """Propose candidates, look, ask and decide as the companies do, and run some proposals out of time."""
    for number, offer in enumerate(OFFERS):
        # What is still open has a deadline that the clock counts down to.
        put = sim.at if offer.due is None else sim.exactly
        moment = sim.days_ago(offer.days)
        put(moment, partial(_propose, world, offer, number))
        if offer.asked is not None:
            when = moment + offer.asked * HOUR
            put(when, partial(_ask, put, world, offer, number, when))
        _plan_fate(put, world, offer, number, moment)
        if offer.fate in {"timeout", "reviewing", "proposed"}:
            _plan_deadline(sim, moment if offer.due is not None else sim.clock(moment))
    sim.at(sim.end - 2 * HOUR, lambda: _shortlist(world))


def _shortlist(world: World) -> None:
    marked = [world.proposals[key] for key in SHORTLISTED]
    opening = OFFERS_BY_KEY[SHORTLISTED[0]].opening
    shortlists.extend(marked, actor=world.decider_of(opening, 0))
    delegation.delegate(marked[0], actor=world.admin_of(opening), user_id=world.actor("hana").user_id)


def _plan_fate(put: Put, world: World, offer: Offer, number: int, moment: datetime) -> None:
    """Plan who looks at a proposal when, and how it ends."""
    when = moment + offer.hours * HOUR
    if offer.fate in {"accept", "decline", "reviewing"}:
        looked = when if offer.asked is None else min(when, moment + offer.asked * HOUR)
        put(looked - HOUR / 2, lambda: _review(world, offer, number))
    if offer.fate in {"accept", "decline"}:
        put(when, lambda: _decide(world, offer, number))
    elif offer.fate == "withdraw":
        put(when, lambda: _withdraw(world, offer))


def _plan_deadline(sim: Simulation, proposed_at: datetime) -> None:
    """Plan what the portal does by itself when a day is left, and when nothing is."""
    deadline = proposed_at + PROPOSAL_DAYS * 24 * HOUR
    sim.exactly(deadline - 24 * HOUR + AFTER, lambda: proposals_in_bulk.remind_due(actor=post.system()))
    sim.exactly(deadline + AFTER, lambda: proposals_in_bulk.expire_due(actor=post.system()))


def _propose(world: World, offer: Offer, number: int) -> None:
    opening = OPENINGS_BY_KEY[offer.opening]
    expected = opening.low + (number * 7) % (opening.high - opening.low + 1)
    world.proposals[offer.key] = proposals.create(
        world.candidates[offer.seeker],
        world.jobs[offer.opening],
        actor=world.recruiter_of(offer.seeker),
        pitch=f"{texts.PITCHES[number % len(texts.PITCHES)]} {_pitch(offer)}",
        expected_salary_minor=expected * 100_000,
        terms_shown=TermsShown(restrictions_read=True),
    )


def _pitch(offer: Offer) -> str:
    seeker, opening = SEEKERS_BY_KEY[offer.seeker], OPENINGS_BY_KEY[offer.opening]
    return f"Brings {' and '.join(seeker.skills[:2])} from {seeker.employer}, which is what “{opening.title}” asks for."


def _review(world: World, offer: Offer, number: int) -> None:
    proposals.review(world.proposals[offer.key], actor=world.decider_of(offer.opening, number))


def _decide(world: World, offer: Offer, number: int) -> None:
    proposal_id, actor = world.proposals[offer.key], world.decider_of(offer.opening, number)
    if offer.fate == "accept":
        proposals.accept(proposal_id, actor=actor, notes="We would like to meet." if number % 2 else "")
    else:
        proposals.decline(proposal_id, actor=actor, reason=offer.reason, notes=texts.DECLINE_NOTES[offer.reason])


def _withdraw(world: World, offer: Offer) -> None:
    actor = world.recruiter_of(offer.seeker)
    proposals.withdraw(world.proposals[offer.key], actor=actor, notes="The candidate has decided to stay.")


def _ask(put: Put, world: World, offer: Offer, number: int, moment: datetime) -> None:
    """Ask as the company, and answer as the recruiter some hours later."""
    question_id = proposals.ask(
        world.proposals[offer.key],
        actor=world.decider_of(offer.opening, number),
        question=texts.QUESTIONS[number % len(texts.QUESTIONS)],
    )
    if offer.answered is not None:
        answer = texts.ANSWERS[number % len(texts.ANSWERS)]
        put(
            moment + offer.answered * HOUR,
            lambda: proposals.answer(question_id, actor=world.recruiter_of(offer.seeker), answer=answer),
        )


# --- placements ------------------------------------------------------------------------------------------------


def plan_placements(sim: Simulation, world: World) -> None:
    """Hire, activate and report failures as the companies do; the guarantees end by themselves."""
    for hire in HIRES:
        sim.at(sim.days_ago(hire.hired), partial(_hire, world, hire))
        if hire.key == MISTYPED[0]:
            sim.at(sim.days_ago(hire.hired) + 3 * HOUR, partial(_correct, world, hire))
        for number, (who, role, bp) in enumerate(hire.team):
            when = sim.days_ago(hire.hired) + (20 + 3 * number) * HOUR
            sim.at(when, partial(_share, world, hire, who, role, bp))
        if hire.start is not None:
            sim.exactly(_first_day(sim, hire.start), partial(_activate, world, hire))
        if hire.failed is not None:
            sim.at(sim.days_ago(hire.failed), partial(_fail, world, hire))
    for key, days, more, why in EXTENDED:
        sim.at(sim.days_ago(days), partial(_extend, world, key, more, why))
        sim.at(sim.days_ago(days - 1), partial(_agree, world, key))
    _plan_replacements(sim, world)
    _plan_amendments(sim, world)
    _plan_ratings(sim, world)


def _first_day(sim: Simulation, start: float) -> datetime:
    day = sim.end - timedelta(days=start)
    return day.replace(hour=FIRST_DAY_HOUR, minute=5, second=0, microsecond=0)


def _opening_of(key: str) -> str:
    return OFFERS_BY_KEY[key].opening


def _hire(world: World, hire: Hire) -> None:
    key, mistyped, _ = MISTYPED
    world.placements[hire.key] = placements.hire(
        world.proposals[hire.key],
        actor=world.admin_of(_opening_of(hire.key)),
        salary_minor=(mistyped if hire.key == key else hire.salary) * 100_000,
        guaranteed_bonus_minor=None if hire.bonus is None else hire.bonus * 100_000,
    )


def _correct(world: World, hire: Hire) -> None:
    admin, reason = world.admin_of(_opening_of(hire.key)), MISTYPED[2]
    right = corrections.Right(salary_minor=hire.salary * 100_000)
    corrections.correct(world.placements[hire.key], actor=admin, right=right, reason=reason)


def _share(world: World, hire: Hire, who: str, role: str, bp: int) -> None:
    lead = world.recruiter_of(OFFERS_BY_KEY[hire.key].seeker)
    collaboration.add(
        world.placements[hire.key], actor=lead, recruiter_id=world.recruiters[who], role=role, split_bp=bp
    )


def _activate(world: World, hire: Hire) -> None:
    admin = world.admin_of(_opening_of(hire.key))
    placements.activate(world.placements[hire.key], actor=admin, start_date=admin.now.date(), guarantee_days=hire.days)


def _fail(world: World, hire: Hire) -> None:
    admin = world.admin_of(_opening_of(hire.key))
    notes = texts.FAILURES[hire.reason]
    placements.fail(world.placements[hire.key], actor=admin, reason=hire.reason, notes=notes)


def _extend(world: World, key: str, days: int, why: str) -> None:
    guarantees.extend(world.placements[key], actor=world.admin_of(_opening_of(key)), additional_days=days, reason=why)


def _agree(world: World, key: str) -> None:
    guarantees.answer_extension(world.placements[key], actor=world.recruiter_of(key), agreed=True)


def _plan_replacements(sim: Simulation, world: World) -> None:
    for key, days, deadline in REQUESTED:
        sim.at(sim.days_ago(days), partial(_request, sim, world, key, deadline))
    failed, other, days = REPLACED
    sim.at(sim.days_ago(days), lambda: _link(world, failed, other))


def _request(sim: Simulation, world: World, key: str, deadline: float) -> None:
    day = (sim.end - timedelta(days=deadline)).date()
    admin = world.admin_of(_opening_of(key))
    replacements.request(world.placements[key], actor=admin, deadline=day, notes="The team still needs somebody.")


def _link(world: World, failed: str, other: str) -> None:
    replacements.link(
        world.placements[failed], actor=world.admin_of(_opening_of(failed)), replacement_id=world.placements[other]
    )


def _plan_amendments(sim: Simulation, world: World) -> None:
    """Put one amendment in force, and leave another waiting for rita."""
    sim.at(sim.days_ago(20), lambda: _amend(sim, world, "a3", "priya", "elena", 400, answered=8))
    sim.at(sim.end - 10 * HOUR, lambda: _amend(sim, world, "a1", "omar", "omar", 500, answered=None))


def _amend(sim: Simulation, world: World, key: str, who: str, gains: str, bp: int, *, answered: float | None) -> None:
    """Propose to move a part of the first share to somebody else's."""
    actor, placement_id = world.actor(who), world.placements[key]
    with unit_of_work(actor) as uow:
        team = split_sheets.team(uow, placement_id)
    gainer = next(line.key for line in reversed(team) if line.recruiter_id == world.recruiters[gains])
    moved = {team[0].key: -bp, gainer: bp}
    lines = [Agreed(line.recruiter_id, line.role, line.split_bp + moved.get(line.key, 0)) for line in team]
    proposed = amendments.propose(
        placement_id, actor=actor, lines=lines, reason="We ended up sharing the work differently than planned."
    )
    if answered is not None:
        when = actor.now + answered * HOUR
        sim.exactly(when, lambda: amendments.answer(proposed.id, actor=world.actor(gains), agreed=True))


def _plan_ratings(sim: Simulation, world: World) -> None:
    """Rate team mates in the days after a placement ended."""
    for number, (key, who, whom, stars, remark) in enumerate(RATINGS):
        hire = next(h for h in HIRES if h.key == key)
        ended = hire.failed or (hire.start or 0) - (hire.days or 90) - DAYS_TO_REPORT
        moment = sim.days_ago(ended - 3 - number % 3)
        sim.at(
            moment,
            partial(_rate, world, key, who, whom, stars, remark),
        )


def _rate(world: World, key: str, who: str, whom: str, stars: int, remark: str) -> None:
    feedback.give(world.placements[key], world.recruiters[whom], actor=world.actor(who), stars=stars, remark=remark)
