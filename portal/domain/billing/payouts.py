"""Payouts (money.md §4): their states, and the one sentence that says what each waits for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from portal.domain.billing import schedule
from portal.domain.billing.runs import next_payout_day
from portal.domain.billing.schedule import Part, PartState
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import PayoutSchedule, Remedy
from portal.domain.times import write_day, write_day_of


class PayoutState(StrEnum):
    HELD = "held"
    DUE = "due"
    APPROVED = "approved"
    PAID = "paid"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


STATES = tuple(PayoutState)
STATE_LABELS = {state.value: state.value.capitalize() for state in PayoutState} | {"cancelled": "Canceled"}
UNPAID = (PayoutState.HELD, PayoutState.DUE, PayoutState.APPROVED)


def state_of(part: Part, *, approved: bool) -> PayoutState:
    """Return the state of a part's payout: what has nothing left is cancelled, or reversed when it was paid before."""
    if part.state is PartState.PAID:
        return PayoutState.REVERSED if part.returned and part.left <= 0 else PayoutState.PAID
    if part.left <= 0:
        return PayoutState.CANCELLED
    if part.state is PartState.DUE:
        return PayoutState.APPROVED if approved else PayoutState.DUE
    return PayoutState.HELD


def part_state(state: str) -> PartState:
    """Return the part's state that a payout's stands for."""
    if state in {PayoutState.PAID, PayoutState.REVERSED}:
        return PartState.PAID
    return PartState.DUE if state in {PayoutState.DUE, PayoutState.APPROVED} else PartState.HELD


@dataclass(frozen=True, slots=True)
class Waiting:
    """What an unpaid payout waits for, in one sentence, and the day on which it is expected to be paid."""

    sentence: str
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class Names:
    """The words that the sentences need."""

    company: str
    invoice: str = ""  # its number
    issue_on: date | None = None
    guarantee_end: date | None = None  # as it runs, extensions included, which move no money
    obligation_due: date | None = None
    missing: str = ""  # what keeps the invoice from being issued
    payout_days: tuple[int, ...] = (1,)  # of the month, on which the platform pays
    there: str | None = None  # the zone in which the placement counts its days
    mine: str = "UTC"  # the reader's

    def day(self, on: date) -> str:
        """Write a day of the placement's calendar."""
        return write_day_of(on, self.there, self.mine)


@dataclass(frozen=True, slots=True)
class InRun:
    """The run that has a payout: it is blocked when anything in it is no longer what was collected."""

    collected_on: date
    is_blocked: bool = False


def waiting(
    standing: Standing,
    part: Part,
    state: PayoutState,
    names: Names,
    *,
    today: date,
    payee: Waiting | None = None,
    run: InRun | None = None,
) -> Waiting:
    """Return what a payout waits for, the first obstacle first; `payee` is what its recruiter still has to do.

    What others are late with is not expected on any day.
    """
    if run is not None and not run.is_blocked and state is PayoutState.APPROVED:
        return _in_run(run, names, today, "approved; the payment is on its way")
    released = _released_on(standing, part, names, today)
    expected = None if released is None else next_payout_day(names.payout_days, released)
    for applies, sentence in _obstacles(standing, part, state, names, today):
        if applies:
            return Waiting(sentence, expected)
    if run is not None and not run.is_blocked:
        sentence = f"the payout run of {write_day(run.collected_on)}, which hasn’t been approved yet"
        return _in_run(run, names, today, sentence)
    if payee is not None:
        usable = payee.expected_on
        return replace(payee, expected_on=usable and next_payout_day(names.payout_days, usable))
    return _for_a_run(names, today, is_blocked=run is not None)


def _for_a_run(names: Names, today: date, *, is_blocked: bool) -> Waiting:
    on = next_payout_day(names.payout_days, today)
    if is_blocked:
        return Waiting("another payout run, because amounts in the one that has it changed", on)
    return Waiting(f"the payout run on {write_day(on)}", on)


def _in_run(run: InRun, names: Names, today: date, sentence: str) -> Waiting:
    """Return what a payout in a run waits for: it is paid on the day for which it was collected, or any day now."""
    return Waiting(sentence, max(next_payout_day(names.payout_days, run.collected_on), today))


def _obstacles(
    standing: Standing, part: Part, state: PayoutState, names: Names, today: date
) -> tuple[tuple[bool, str], ...]:
    missing = names.missing or (f"the invoice is issued on {names.day(names.issue_on)}" if names.issue_on else "")
    return (
        (standing.keeps(part), "a dispute is open"),
        (
            standing.is_owed_for(part),
            f"the replacement is due by {names.day(names.obligation_due)}" if names.obligation_due else "",
        ),
        (not standing.invoice, missing or "the invoice hasn’t been issued yet"),
        (standing.outstanding > 0, f"{names.company} hasn’t paid invoice {names.invoice}, {_due(standing, today)}"),
        (bool(part.owed_by), "a teammate has to pay back the same amount first"),
        (state is PayoutState.HELD, _trigger(standing, part, names)),
    )


def _due(standing: Standing, today: date) -> str:
    """Say when the invoice is due, or for how long it has been."""
    if standing.due_on is None or standing.due_on >= today:
        return f"due {write_day(standing.due_on)}" if standing.due_on else ""
    late = (today - standing.due_on).days
    return f"{late} day overdue" if late == 1 else f"{late} days overdue"


def _trigger(standing: Standing, part: Part, names: Names) -> str:
    if part.day is not None and standing.start is not None:
        return f"day {part.day} of the guarantee is {names.day(schedule.day_of(standing.start, part.day))}"
    end = standing.end_of(part)
    if end is None:
        return "the guarantee hasn’t started"
    is_extended = names.guarantee_end is not None and names.guarantee_end > end
    return f"the guarantee{' as first agreed' if is_extended else ''} ends on {names.day(end)}"


def _released_on(standing: Standing, part: Part, names: Names, today: date) -> date | None:
    """Return the day on which it becomes due when everybody keeps the terms; None when nobody can tell."""
    if standing.keeps(part) or standing.start is None:
        return None
    days = (
        [] if standing.is_settled else [standing.due_on or standing.start + timedelta(days=standing.terms.payment_days)]
    )
    if standing.is_owed_for(part):
        # In time, the replacement's guarantee decides; too late, only what is not refunded then is due.
        if names.obligation_due is None or standing.terms.remedy != Remedy.REPLACEMENT_ONLY:
            return None
        days.append(names.obligation_due + timedelta(days=1))
    elif not standing.ended and not standing.is_free(part) and part.state is PartState.HELD:
        days += _trigger_days(standing, part)
    released = max(days, default=None)
    return None if released is None or released < today else released


def _trigger_days(standing: Standing, part: Part) -> list[date]:
    assert standing.start is not None
    if standing.terms.payout_schedule == PayoutSchedule.WHEN_PAID:
        return []
    if part.day is not None:
        return [schedule.day_of(standing.start, part.day)]
    end = standing.end_of(part)
    return [] if end is None else [end + timedelta(days=standing.terms.report_grace_days + 1)]
