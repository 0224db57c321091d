"""The disputes of the demo: one of each kind, some decided, one for each side to act on."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from portal.demo.simulation import Simulation
from portal.demo.world import World
from portal.domain import deciding
from portal.domain.disputes import AGAINST_PLATFORM, SubjectType
from portal.queries.billing import money
from portal.services.disputes import appeals, cases, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput

RULES = {
    SubjectType.CANDIDATE: deciding.FIRST_CLAIM,
    SubjectType.PROPOSAL: deciding.ALREADY_KNOWN,
    SubjectType.PLACEMENT: deciding.CONSENT,
    SubjectType.GUARANTEE: deciding.GUARANTEE,
    SubjectType.PAYOUT: deciding.PAYOUT_DUE,
    SubjectType.INVOICE: deciding.INVOICE_AS_AGREED,
}


@dataclass(frozen=True, slots=True)
class Case:
    """Describe a case: who opens it over what, on which day, who answers, and how it is decided after how many days."""

    subject: SubjectType
    about: str  # a candidate, or the key of the proposal and its placement
    opened: float
    by: str
    reason: str
    statement: str
    asks: str
    answers: tuple[tuple[str, float, str], ...] = ()  # who, days after the opening, what
    ruled: float | None = None
    effect: str = ""
    percent_bp: int = 0
    why: str = ""
    accepted: bool = False  # by all parties, on the day of the ruling
    withdrawn: float | None = None


CASES = (
    Case(
        SubjectType.CANDIDATE,
        "o2",
        60.5,
        "elena",
        "contacted_first",
        "We had spoken twice in spring before the claim was made; I had told him about the role by phone.",
        "The sourcing credit, from the day of the claim.",
        (("omar", 1.2, "I claimed him after our first call and wrote to him through the portal the same week."),),
        ruled=3,
        effect="keep",
        why="The log shows one claim and no earlier contact. A phone call that no one logged doesn't outweigh it.",
    ),
    Case(
        SubjectType.CANDIDATE,
        "b1",
        5.1,
        "omar",
        "contacted_first",
        "We met at a conference in March and agreed to talk about new roles in the fall.",
        "Half of the sourcer's share, or the credit.",
    ),
    Case(
        SubjectType.PROPOSAL,
        "a6",
        31.4,
        "zoe",
        "applied_before",
        "Our old applicant tracking system has an application under a similar name from two years ago.",
        "Void the proposal.",
        (("dev", 0.5, "She has never applied there; the address in that application is not hers."),),
        ruled=1,
        effect="refuse",
        why="An application from two years ago lies outside the 180 days, and the address is another person's.",
        accepted=True,
    ),
    Case(
        SubjectType.PLACEMENT,
        "c3",
        150,
        "tomas",
        "share_too_low",
        "I negotiated the offer for three weeks; a fifth does not match that part of the work.",
        "30% for closing.",
        (("omar", 2, "We had agreed on 20% in writing before he joined, and he accepted it."),),
        ruled=6,
        effect="keep",
        why="Everyone agreed to the split when it was locked, and nothing changed without consent.",
    ),
    Case(
        SubjectType.GUARANTEE,
        "f3",
        44,
        "elena",
        "wrong_reason",
        "The candidate called me on the first day: the start had been moved, so it was no no-show.",
        "Record that the start was moved.",
        withdrawn=1,
    ),
    Case(
        SubjectType.PAYOUT,
        "a1",
        6.2,
        "omar",
        "should_be_due",
        "The company told me the probation period ended early, so my share should be due by now.",
        "Release my share.",
        (("carl", 1.1, "We did shorten the probation period, but the guarantee in the contract is still running."),),
    ),
    Case(
        SubjectType.INVOICE,
        "a4",
        38,
        "aisha",
        "wrong_amount",
        "The signing bonus was paid back in the first week; the fee should not count it.",
        "Credit the part of the fee that goes back to the bonus.",
        (("rita", 1, "The bonus was part of the offer, but I agree to a credit of 5% to settle this."),),
        ruled=2,
        effect="credit",
        percent_bp=500,
        why="Both sides agree that 5% of the fee goes back.",
        accepted=True,
    ),
)


def plan_disputes(sim: Simulation, world: World) -> None:
    """Open each case on its day, and let the others and pia act when their turn comes."""
    for case in CASES:
        sim.at(sim.days_ago(case.opened), partial(_open, sim, world, case))


def _open(sim: Simulation, world: World, case: Case) -> None:
    actor = world.actor(case.by)
    said = {"reason": case.reason, "statement": case.statement, "asks": case.asks}
    about = CaseInput(subject=case.subject, subject_id=_subject(world, case), **said)
    dispute_id = cases.open_case(actor=actor, input=about)

    def later(days: float, step: Callable[[], object]) -> None:
        sim.at(sim.days_ago(case.opened - days), step)

    for who, days, words in case.answers:
        later(days, partial(_answer, world, dispute_id, who, words))
    if case.withdrawn is not None:
        later(case.withdrawn, lambda: cases.withdraw(dispute_id, actor=world.actor(case.by)))
    if case.ruled is not None:
        later(case.ruled, lambda: _rule(world, case, dispute_id))


def _answer(world: World, dispute_id: uuid.UUID, who: str, words: str) -> None:
    cases.answer(dispute_id, actor=world.actor(who), statement=words)


def _rule(world: World, case: Case, dispute_id: uuid.UUID) -> None:
    typed = RulingInput(
        effect=case.effect,
        percent_bp=case.percent_bp,
        reason=case.why,
        precedent=case.why,
        rule=RULES[case.subject].name,
    )
    rulings.rule(dispute_id, actor=world.actor("pia"), input=typed)
    for who in (case.by, *(who for who, _, _ in case.answers)) if case.accepted else ():
        appeals.waive(dispute_id, actor=world.actor(who))


def _subject(world: World, case: Case) -> uuid.UUID:
    """Return the id of what a case is about; payouts and invoices are found through their placement, the last one."""
    if case.subject is SubjectType.CANDIDATE:
        return world.candidates[case.about]
    if case.subject is SubjectType.PROPOSAL:
        return world.proposals[case.about]
    placement_id = world.placements[case.about]
    if case.subject not in AGAINST_PLATFORM:
        return placement_id
    books = money.of_placement(placement_id, viewer=world.actor(case.by))
    assert books is not None, "the placement was activated"
    found = books.invoices if case.subject is SubjectType.INVOICE else books.payouts
    return found[-1].id
