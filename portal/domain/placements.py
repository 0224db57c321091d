"""Placements (domain.md §4): four states, the guarantee's calendar, and the rules of a replacement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.domain.machine import Machine, State, Transition
from portal.domain.permissions import Permission

START_DATE_DAYS_BACK = 365
START_DATE_DAYS_AHEAD = 180


class PlacementState(StrEnum):
    """Name the states of a placement."""

    HIRED = "hired"
    ACTIVE = "active"
    COMPLETED = "completed"
    FAILED = "failed"


class PlacementAction(StrEnum):
    """Name the transitions of a placement."""

    HIRE = "hire"
    ACTIVATE = "activate"
    COMPLETE = "complete"
    FAIL = "fail"
    NO_SHOW = "no_show"


class FailureReason(StrEnum):
    """Name why a placement failed."""

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
        State(S.HIRED, "Hired", "plus", "info"),
        State(S.ACTIVE, "Active", "activity", "ok"),
        State(S.COMPLETED, "Completed", "circle-check", "ok", terminal=True),
        State(S.FAILED, "Failed", "circle-x", "bad", terminal=True),
    ],
    [
        Transition(A.HIRE, (None,), S.HIRED, Permission.PLACEMENT_CHANGE, "Record the hire"),
        Transition(A.ACTIVATE, (S.HIRED,), S.ACTIVE, Permission.PLACEMENT_CHANGE, "Activate"),
        Transition(A.COMPLETE, (S.ACTIVE,), S.COMPLETED, Permission.PLACEMENT_CHANGE, "Complete"),
        Transition(A.FAIL, (S.ACTIVE,), S.FAILED, Permission.PLACEMENT_CHANGE, "Report failure"),
        Transition(A.NO_SHOW, (S.HIRED,), S.FAILED, Permission.PLACEMENT_CHANGE, "Report a no-show"),
    ],
)


@dataclass(frozen=True, slots=True)
class GuaranteeTerms:
    """Hold the guarantee settings that apply; days are calendar days."""

    default_days: int = 90
    minimum_days: int = 0
    maximum_days: int = 365
    maximum_extensions: int = 2
    replacement_window_days: int = 30
    notice_days: tuple[int, ...] = (30, 7, 1)
    automatic_completion: bool = True


def guarantee_end(start: date, days: int) -> date:
    """Give the last day of the guarantee: 15 Dec 2025 + 90 days = 15 Mar 2026."""
    return start + timedelta(days=days)


def end_of_day(day: date, zone: str) -> datetime:
    """Give the first instant after `day` in the zone: a guarantee runs through the end of its last day."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def local_day(at: datetime, zone: str) -> date:
    """Give the calendar date that the zone shows at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def may_complete(end: date, today: date) -> bool:
    """Tell whether the guarantee has reached its end date (today ≥ end, domain.md §4)."""
    return today >= end


def is_replacement_eligible(end: date, failed_on: date) -> bool:
    """Tell whether a failure lies on or before the last day of the guarantee."""
    return failed_on <= end


def due_notice(notice_days: tuple[int, ...], days_left: int, given: frozenset[int]) -> int | None:
    """Give the one notice to send now: the smallest due notice day, unless it or a smaller one was given.

    After a pause only the most urgent of the missed notices is sent.
    """
    due = [n for n in notice_days if days_left <= n]
    if not due or days_left < 0:
        return None
    nearest = min(due)
    return None if any(g <= nearest for g in given) else nearest
