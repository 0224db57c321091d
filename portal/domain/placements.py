"""Placements (domain.md §4): four states, the guarantee's calendar, and the rules of a replacement."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.domain.errors import Conflict, InvalidInput
from portal.domain.machine import Machine, State, Transition
from portal.domain.permissions import Permission
from portal.domain.times import write_day

START_DATE_DAYS_BACK = 365
START_DATE_DAYS_AHEAD = 540


class PlacementState(StrEnum):
    HIRED = "hired"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"
    UNDONE = "undone"


class PlacementAction(StrEnum):
    HIRE = "hire"
    ACTIVATE = "activate"
    COMPLETE = "complete"
    FAIL = "fail"
    NO_SHOW = "no_show"
    UNDO = "undo"
    REOPEN = "reopen"
    RESUME = "resume"
    CONTINUE = "continue"


class FurtherAction(StrEnum):
    """What can be done with a placement besides its transitions."""

    UNDO = "undo"
    CORRECT = "correct"
    EXTEND = "extend"
    REQUEST_REPLACEMENT = "request_replacement"
    LINK_REPLACEMENT = "link_replacement"
    EDIT_SPLITS = "edit_splits"
    AMEND_SPLITS = "amend_splits"


class GuaranteePhase(StrEnum):
    NONE = "none"
    NOT_STARTED = "not_started"
    RUNNING = "running"
    ENDED = "ended"
    FAILED = "failed"


class FailureReason(StrEnum):
    """Why a placement failed."""

    CANDIDATE_QUIT = "candidate_quit"
    TERMINATED_PERFORMANCE = "terminated_performance"
    TERMINATED_MISCONDUCT = "terminated_misconduct"
    LAYOFF = "layoff"
    ROLE_CHANGED = "role_changed"
    NO_SHOW = "no_show"
    MUTUAL = "mutual"
    OTHER = "other"


FAILURE_REASON_LABELS = {
    FailureReason.CANDIDATE_QUIT: "Candidate quit",
    FailureReason.TERMINATED_PERFORMANCE: "Terminated for performance",
    FailureReason.TERMINATED_MISCONDUCT: "Terminated for misconduct",
    FailureReason.LAYOFF: "Layoff",
    FailureReason.ROLE_CHANGED: "Role changed",
    FailureReason.NO_SHOW: "Did not start",
    FailureReason.MUTUAL: "Mutual agreement",
    FailureReason.OTHER: "Other",
}

S, A = PlacementState, PlacementAction
MACHINE = Machine.of(
    "placement",
    [
        State(S.HIRED, "Hired", "plus", "info", "has not been activated"),
        State(S.ACTIVE, "Active", "activity", "ok", "is active"),
        State(S.COMPLETED, "Completed", "circle-check", "ok", "has been completed", terminal=True),
        State(S.FAILED, "Failed", "circle-x", "bad", "has failed", terminal=True),
        State(S.UNDONE, "Undone", "ban", "", "has been undone", terminal=True),
    ],
    [
        Transition(A.HIRE, (None,), S.HIRED, Permission.PLACEMENT_CHANGE, "Record hire", "recorded"),
        Transition(A.ACTIVATE, (S.HIRED,), S.ACTIVE, Permission.PLACEMENT_CHANGE, "Activate", "activated"),
        Transition(A.COMPLETE, (S.ACTIVE,), S.COMPLETED, Permission.PLACEMENT_CHANGE, "Complete", "completed"),
        # From completed only inside the days of grace; see may_still_fail.
        Transition(
            A.FAIL,
            (S.ACTIVE, S.COMPLETED),
            S.FAILED,
            Permission.PLACEMENT_CHANGE,
            "Report failure",
            "reported as failed",
        ),
        Transition(
            A.NO_SHOW, (S.HIRED,), S.FAILED, Permission.PLACEMENT_CHANGE, "Report no-show", "reported as a no-show"
        ),
        # What was recorded by mistake: a hire, or a no-show of a placement that was hired, or active; see undoing.
        Transition(A.UNDO, (S.HIRED,), S.UNDONE, Permission.PLACEMENT_CHANGE, "Undo hire", "undone"),
        Transition(A.REOPEN, (S.FAILED,), S.HIRED, Permission.PLACEMENT_CHANGE, "Undo no-show", "reopened"),
        Transition(A.RESUME, (S.FAILED,), S.ACTIVE, Permission.PLACEMENT_CHANGE, "Undo no-show", "resumed"),
        # Only by a corrected start, under which the guarantee still runs; see runs_again.
        Transition(
            A.CONTINUE, (S.COMPLETED,), S.ACTIVE, Permission.PLACEMENT_CHANGE, "Correct start date", "continued"
        ),
    ],
)


@dataclass(frozen=True, slots=True)
class FeeStanding:
    """How the fee stands in a state: the words of a tag, and the field of the day that follows them."""

    words: str
    icon: str
    tone: str
    day: str | None = None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means; nothing else compares names of states."""

    fee: FeeStanding
    splits_are_open: bool = False  # the team is still edited; the placement has not begun
    is_guaranteed: bool = False  # it runs under its guarantee, or waits to be completed
    can_replace: bool = True  # it may take the place of a failed one
    shares_stand: bool = True  # the split's amounts are what people get; else the terms decide what is left of them


MEANING: dict[str, Meaning] = {
    S.HIRED: Meaning(FeeStanding("Split not locked", "lock-open", "info"), splits_are_open=True),
    S.ACTIVE: Meaning(FeeStanding("Guaranteed through", "lock", "warn", "guaranteed_through"), is_guaranteed=True),
    S.COMPLETED: Meaning(FeeStanding("Final since", "check", "ok", "completed_at"), can_replace=False),
    S.FAILED: Meaning(FeeStanding("Decided by the terms", "scale", "bad"), can_replace=False, shares_stand=False),
    S.UNDONE: Meaning(FeeStanding("No fee: the hire was undone", "ban", ""), can_replace=False, shares_stand=False),
}
NO_GUARANTEE = FeeStanding("No guarantee", "lock", "warn")  # of a placement that is guaranteed for 0 days
WAY = (S.HIRED, S.ACTIVE, S.COMPLETED)  # of a placement that goes well
SPLITS_OPEN = tuple(state for state, meaning in MEANING.items() if meaning.splits_are_open)
GUARANTEED = tuple(state for state, meaning in MEANING.items() if meaning.is_guaranteed)
EARNING = tuple(state for state, meaning in MEANING.items() if meaning.shares_stand and not meaning.splits_are_open)
CORRECTABLE = tuple(state for state, meaning in MEANING.items() if meaning.shares_stand)
CAN_REPLACE = tuple(state for state, meaning in MEANING.items() if meaning.can_replace)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way: its word, whether it is done, now, todo or failed, and its day, after a word."""

    label: str
    place: str
    word: str
    day: date | None


def began(history: Iterable[tuple[str, datetime]]) -> dict[str, datetime | None]:
    """Return when each state began by a history, oldest first: at first, or at last if it leaves the way or ends it."""
    times = dict[str, datetime | None].fromkeys(MACHINE.states)
    for state, at in history:
        if times[state] is None or state not in WAY or MACHINE.states[state].terminal:
            times[state] = at
    return times


def steps(state: str, days: Mapping[str, date | None], expected: date | None) -> tuple[Step, ...]:
    """Return the way of a placement: the states it was in, the one it is in, and those ahead of it.

    `days` maps states to the time they began, `expected` is the day on which the last one is.
    """
    over = MACHINE.states[state].terminal
    if state in WAY:
        here = WAY.index(S(state))
        past, ahead = WAY[: here + over], WAY[here + 1 :]
    else:  # beside the way: it ended otherwise, or goes on from where it was
        past = tuple(s for s in WAY if days[s] and (over or not MACHINE.states[s].terminal))
        ahead = () if over else tuple(s for s in WAY if s not in past)
    done = (_step(s, "done", "", days[s]) for s in past)
    now = () if over and state in WAY else (_present(state, days[state], "since" if past else ""),)
    todo = (
        _step(s, "todo", "expected", expected) if expected and past else _step(s, "todo", "not yet", None)
        for s in ahead
    )
    return (*done, *now, *todo)


def _present(state: str, day: date | None, word: str) -> Step:
    return _step(state, "failed", "", day) if MACHINE.states[state].terminal else _step(state, "now", word, day)


def _step(state: str, place: str, word: str, day: date | None) -> Step:
    return Step(MACHINE.states[state].label, place, word, day)


@dataclass(frozen=True, slots=True)
class GuaranteeTerms:
    """The guarantee settings that apply; days are calendar days."""

    default_days: int = 90
    minimum_days: int = 0
    maximum_days: int = 365
    maximum_extensions: int = 2
    replacement_window_days: int = 30
    notice_days: tuple[int, ...] = (30, 7, 1)
    automatic_completion: bool = True


def guarantee_end(start: date, days: int) -> date:
    """Return the last day of the guarantee: 15 Dec 2025 + 90 days = 15 Mar 2026."""
    return start + timedelta(days=days)


def refuse_ended(end: date, today: date) -> None:
    """Ask whether the dates are right when the guarantee would be over at once: a year is easily typed wrong."""
    if end < today:
        raise Conflict(
            f"With this start date, the guarantee ended on {write_day(end)}. If the date is correct, confirm it.",
            code="GUARANTEE_ENDED",
            details={
                "guarantee_end_date": end.isoformat(),
                "accept_ended": "Send true if the start date is correct even though the guarantee has already ended.",
            },
        )


def end_of_day(day: date, zone: str) -> datetime:
    """Return the first instant after `day` in the zone: a guarantee runs through the end of its last day."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar date that the zone shows at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def phase(state: str, days: int | None, end: date | None, today: date) -> GuaranteePhase:
    """Return where a guarantee stands on a day; a placement that never began, or with no days, has none."""
    if MEANING[state].splits_are_open:
        return GuaranteePhase.NOT_STARTED
    if end is None or not days:
        return GuaranteePhase.NONE
    if state == PlacementState.FAILED:
        return GuaranteePhase.FAILED
    return GuaranteePhase.RUNNING if MEANING[state].is_guaranteed and today <= end else GuaranteePhase.ENDED


def may_complete(end: date, today: date) -> bool:
    """Return whether the guarantee has reached its end date (today ≥ end, domain.md §4)."""
    return today >= end


def is_replacement_eligible(end: date, last_day_worked: date) -> bool:
    """Return whether the last day worked lies on or before the last day of the guarantee."""
    return last_day_worked <= end


def check_reported(state: str, end: date, last_day_worked: date) -> None:
    """Refuse a departure after the guarantee of a placement that is completed: nothing of it can change any more."""
    if state == PlacementState.COMPLETED and not is_replacement_eligible(end, last_day_worked):
        raise InvalidInput.field(
            "last_day_worked", f"The guarantee ended on {write_day(end)}; only a departure by then can be reported."
        )


def last_day_to_report(end: date, grace_days: int) -> date:
    """Return the last day on which a departure inside the guarantee can be reported after its end."""
    return end + timedelta(days=grace_days)


def check_no_show(start: date, grace_days: int, today: date) -> None:
    """Refuse to report long after the start that nobody came, which gives back the whole fee (ADR 0062)."""
    last = last_day_to_report(start, grace_days)
    if today > last:
        raise InvalidInput.field(
            "reason",
            f"“Did not start” had to be reported by {write_day(last)}. Choose another reason and the last day worked;"
            " if the candidate never started, ask a platform admin to report it.",
        )


def may_still_fail(state: str, *, waived: bool, last_to_report: date, today: date) -> bool:
    """Return whether a placement may be failed: a completed one in the days of grace that did not waive them."""
    return state != PlacementState.COMPLETED or (not waived and today <= last_to_report)


def runs_again(state: str, *, waived: bool, end: date, grace_days: int, today: date) -> bool:
    """Return whether a placement that is completed goes on when its guarantee ends on another day.

    Completed by hand in the days of grace it waived those, not the guarantee itself.
    """
    return state == PlacementState.COMPLETED and today <= (end if waived else last_day_to_report(end, grace_days))


def undoing(state: str, reason: str | None, *, activated: bool, invoiced: bool) -> PlacementAction | None:
    """Return how the last step is undone that was a mistake: a hire or a no-show, before any money moved; else None."""
    if state == PlacementState.HIRED:
        return PlacementAction.UNDO
    if state != PlacementState.FAILED or reason != FailureReason.NO_SHOW or invoiced:
        return None
    return PlacementAction.RESUME if activated else PlacementAction.REOPEN


def check_last_day(last_day: date, start: date, today: date) -> None:
    """Refuse a last day worked before the start, or in the future."""
    if today < start:
        raise InvalidInput.field("last_day_worked", "The candidate hasn’t started yet; leave this blank.")
    if not start <= last_day <= today:
        raise InvalidInput.field("last_day_worked", f"Choose a date from {write_day(start)} to {write_day(today)}.")


def due_notice(notice_days: tuple[int, ...], days_left: int, given: frozenset[int]) -> int | None:
    """Return the one notice to send now: the smallest due notice day, unless it or a smaller one was given.

    After a pause only the most urgent of the missed notices is sent.
    """
    due = [n for n in notice_days if days_left <= n]
    if not due or days_left < 0:
        return None
    nearest = min(due)
    return None if any(g <= nearest for g in given) else nearest


def check_start(start: date, today: date) -> None:
    """Refuse a start date that is too long ago or too far ahead (domain.md §4)."""
    earliest = today - timedelta(days=START_DATE_DAYS_BACK)
    latest = today + timedelta(days=START_DATE_DAYS_AHEAD)
    if not earliest <= start <= latest:
        raise InvalidInput.field("start_date", f"Choose a date from {write_day(earliest)} to {write_day(latest)}.")


def check_days(days: int, terms: GuaranteeTerms) -> None:
    """Refuse a guarantee that the settings do not allow."""
    if not terms.minimum_days <= days <= terms.maximum_days:
        bounds = f"Choose {terms.minimum_days} to {terms.maximum_days} days."
        raise InvalidInput.field("guarantee_days", bounds)


def default_days(terms: GuaranteeTerms, job_days: int | None) -> int:
    """Return the days to propose: the job's wish inside the settings' bounds, else their default."""
    if job_days is None:
        return terms.default_days
    return min(max(job_days, terms.minimum_days), terms.maximum_days)


def check_extension(days: int, additional: int, *, maximum_days: int, extensions: int, maximum_extensions: int) -> None:
    """Refuse an extension that adds nothing, is one too many, or is too long."""
    if extensions >= maximum_extensions:
        raise Conflict(f"This guarantee has been extended {extensions} times, the maximum.", code="NO_MORE_EXTENSIONS")
    left = maximum_days - days
    if left < 1:
        raise Conflict(f"This guarantee is already at its maximum of {maximum_days} days.", code="NO_MORE_EXTENSIONS")
    if not 1 <= additional <= left:
        raise InvalidInput.field("additional_days", f"Choose 1 to {left} days.")


def replacement_window_end(failed_on: date, window_days: int) -> date:
    """Return the last day on which a replacement may be promised."""
    return failed_on + timedelta(days=window_days)


@dataclass(frozen=True, slots=True)
class Side:
    """What decides whether one placement may replace another."""

    id: uuid.UUID
    company_id: uuid.UUID
    job_id: uuid.UUID
    hired_at: datetime
    state: str
    replaces_id: uuid.UUID | None


def link_refusal(failed: Side, other: Side, ancestors: frozenset[uuid.UUID]) -> str | None:
    """Return why `other` cannot replace `failed`, or None; `ancestors` are those that `failed` itself replaces."""
    checks = (
        (other.id == failed.id, "A placement can’t replace itself."),
        (other.id in ancestors, "That placement has already been replaced by this one."),
        (
            (other.company_id, other.job_id) != (failed.company_id, failed.job_id),
            "Choose a placement for the same job.",
        ),
        (other.hired_at <= failed.hired_at, "Choose a placement made after the failed one."),
        (not MEANING[other.state].can_replace, "Only a hired or active placement can replace another."),
        (other.replaces_id is not None, "That placement already replaces another one."),
    )
    return next((sentence for broken, sentence in checks if broken), None)
