"""Random fees, teams, schedules and remedies (money.md): the parts add up, none is below zero, simulation = books.

`python -m tests.domain.test_billing_property 100000` runs as many cases as it says.
"""

from __future__ import annotations

import random
import sys

import pytest

from portal.domain import money
from portal.domain.billing import operations as rules
from portal.domain.billing.facts import (
    Activated,
    Amended,
    Completed,
    DayCame,
    DebtWrittenOff,
    Fact,
    Failed,
    Issued,
    ObligationRefunded,
    ObligationWaived,
    PaidOut,
    Received,
    Refunded,
    Replaced,
    Reversed,
)
from portal.domain.billing.ledger import NEVER_BELOW_ZERO, balances
from portal.domain.billing.schedule import PartState, Row
from portal.domain.billing.simulation import simulate
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms, check
from portal.domain.placements import FailureReason
from tests.fees import START, on

CASES = 1_500
LEAVES = (FailureReason.CANDIDATE_QUIT, FailureReason.LAYOFF, FailureReason.MUTUAL, FailureReason.NO_SHOW)


def rising(rng: random.Random, count: int, most: int) -> list[int]:
    """Choose so many different numbers up to `most`, in order."""
    return sorted(rng.sample(range(most + 1), min(count, most + 1)))


def some_terms(rng: random.Random) -> Terms:
    """Make terms that may be set."""
    days = rng.randint(0, 200)
    schedule = rng.choice(["after_guarantee", "when_paid", "instalments"])
    remedy = rng.choice(["replacement_first", "full_refund", "pro_rata", "steps", "replacement_only", "none"])
    marks = rising(rng, rng.randint(1, 6), days)
    shares = money.allocate(10_000, [rng.randint(1, 9) for _ in marks])
    until = rising(rng, rng.randint(1, 6), days)
    falling = sorted(rng.sample(range(10_001), len(until)), reverse=True)
    terms = Terms(
        currency=rng.choice(money.CURRENCIES),
        fee_bp=2_000,
        platform_bp=rng.choice([0, 0, 1, 500, 3_333, 10_000]),
        tax_bp=rng.choice([0, 700, 1_900, 2_525]),
        payout_schedule=schedule,
        instalments=tuple(zip(shares, marks, strict=True)) if schedule == "instalments" else (),
        guarantee_days=days,
        remedy=remedy,
        steps=tuple(zip(until, falling, strict=True)) if remedy == "steps" else (),
        void_unpaid_days=rng.choice([None, 0, 10]),
        void_reported_days=rng.choice([None, 3]),
    )
    check(terms)
    return terms


def some_team(rng: random.Random, name: str) -> tuple[Row, ...]:
    """Make a locked sheet of one to six rows."""
    count = rng.randint(1, 6)
    shares = money.allocate(10_000, [rng.randint(1, 60) for _ in range(count)])
    return tuple(Row(f"{name}{n}", f"recruiter{n % 4}", bp) for n, bp in enumerate(shares) if bp)


def next_fact(rng: random.Random, now: Standing, day: int) -> Fact | None:
    """Choose something that may happen now."""
    today = on(day)
    due = [part for part in now.parts if part.state is PartState.DUE and part.left > 0 and not part.is_platform]
    choices: list[Fact] = [DayCame(on=today)]
    if now.outstanding:
        choices += [
            Received(on=today, amount=rng.choice([now.outstanding, rng.randint(1, now.outstanding)]), received_on=today)
        ] * 3
        choices.append(DebtWrittenOff(on=today))
    if due and now.is_settled and not now.obligation_open:
        choices += [PaidOut(on=today, key=part.key) for part in due[:2]]
    if now.received and rng.random() < 0.2:
        received_on, amount = now.received[-1]
        choices.append(Reversed(on=today, amount=amount, received_on=received_on))
    if not now.ended:
        last = on(rng.randint(0, day))
        choices += [
            Failed(on=today, last_day=last if last >= (now.start or START) else None, reason=rng.choice(LEAVES)),
            Completed(on=today),
        ]
        choices.append(Amended(on=today, rows=some_team(rng, "row")))
    if now.obligation_open:
        again = Replaced(on=today, placement=f"later{day}", rows=some_team(rng, "row"), start=today, days=now.days)
        choices += [ObligationRefunded(on=today), ObligationWaived(on=today), again, again]
    if now.fee_left and rng.random() < 0.3:
        choices.append(Refunded(on=today, amount=rng.randint(1, now.fee_left)))
    return rng.choice(choices)


def check_books(now: Standing, made: tuple[rules.Operation, ...], *, opened: dict[str, int]) -> None:
    """Compare the ledger with the parts: they add up to the fee, and no account is below zero."""
    found = balances(made)
    low = {ref: amount for ref, amount in found.items() if ref.kind in NEVER_BELOW_ZERO and amount < 0}
    assert not low, low
    gone = sum(part.left for part in now.parts) + now.refunded + opened["written_off"]
    assert gone == now.fee
    assert sum(a for ref, a in found.items() if ref.kind == "receivable") == now.outstanding
    held = sum(part.left for part in now.parts if part.state is PartState.HELD)
    assert sum(a for ref, a in found.items() if ref.kind == "held") == held
    assert sum(a for ref, a in found.items() if ref.kind == "clawback") == sum(claim.amount for claim in now.claims)


def play(seed: int) -> None:
    """Play one fee through some twenty facts, and look at the books after each."""
    rng = random.Random(seed)
    terms = some_terms(rng)
    fee = rng.choice([1, 7, 99, 10_010, 2_500_000, rng.randint(1, 10**9)])
    now = rules.begin(terms, "first", "acme", fee)
    start = (
        Activated(on=START, rows=some_team(rng, "row"), start=START, days=terms.guarantee_days),
        Issued(on=START, invoice="invoice", due_on=on(30)),
    )
    now, made = rules.operations(now, start)
    day, opened = 0, {"written_off": 0}
    for _ in range(20):
        day += rng.randint(0, 15)
        fact = next_fact(rng, now, day)
        before = sum(part.left for part in now.parts)
        assert fact is not None
        now, moved = rules.book(now, fact)
        if isinstance(fact, DebtWrittenOff):
            opened["written_off"] += before - sum(part.left for part in now.parts)
        made += moved
        check_books(now, made, opened=opened)


def compare(seed: int) -> None:
    """Simulate a departure, and let the books go through the same."""
    rng = random.Random(seed)
    terms, fee = some_terms(rng), rng.randint(1, 10**8)
    team, day = some_team(rng, "row"), rng.randint(0, 220)
    simulated = simulate(terms, fee, [("support", row.bp) for row in team], day)
    facts: list[Fact] = [
        Activated(on=START, rows=team, start=START, days=terms.guarantee_days),
        Issued(on=START, invoice="invoice", due_on=START),
        Received(on=START, amount=fee + simulated.tax_minor, received_on=START),
        Failed(on=on(day), last_day=on(day), reason=FailureReason.CANDIDATE_QUIT),
    ]
    now, made = rules.operations(rules.begin(terms, "p", "acme", fee), facts)
    if now.obligation_open:
        now, more = rules.book(now, ObligationRefunded(on=on(day + 31)))
        made += more
    back = simulated.refund
    assert (back.amount_minor if back else 0, back.tax_minor if back else 0) == (now.refunded, now.tax_back)
    assert sum(party.amount_minor for party in simulated.parties) == fee
    taken = [sum(p.taken for p in now.parts if p.holder == row.holder) for row in team]
    assert [party.gives_back_minor for party in simulated.team] == taken
    assert sum(party.gives_back_minor for party in simulated.parties) == now.refunded
    assert balances(made).get(now.refundable, 0) == now.refunded + now.tax_back


@pytest.mark.parametrize("hundred", range(CASES // 100))
def test_the_books_agree_after_every_fact_of_a_hundred_random_fees(hundred: int) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        play(seed)


def test_the_simulator_says_what_the_books_will() -> None:
    for seed in range(CASES):
        compare(seed)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for number in range(count):
        play(number)
        compare(number)
    print(f"{count:,} random fees: the parts add up, no account is below zero, simulation = books.")
