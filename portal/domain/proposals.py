"""Proposals (domain.md §3): six states, and what may happen in each."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from portal.domain.machine import Machine, State, Transition
from portal.domain.permissions import Permission
from portal.domain.times import write_full

PROPOSAL_DAYS = 7
MAX_PROPOSAL_DAYS = 90
REMINDER_BEFORE = timedelta(hours=24)
EXPIRE_CHUNK = 1_000
COMPARED_MOST = 4  # side by side
SHORTLISTED_AT_ONCE = 100
WITHDRAWN_AT_ONCE = 50  # a page of the list
PROPOSED_AT_ONCE = 20  # each has a pitch of its own


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    COMPANY_REVIEWING = "company_reviewing"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TIMEOUT = "timeout"


class ProposalAction(StrEnum):
    CREATE = "create"
    REVIEW = "review"
    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    VOID = "void"


class FurtherAction(StrEnum):
    """What can be done about a proposal without changing its state."""

    ASK = "ask"
    ANSWER = "answer"
    SHORTLIST = "shortlist"
    DELEGATE = "delegate"
    HIRE = "hire"
    INTERVIEW = "interview"
    FEEDBACK = "feedback"


class DeclineReason(StrEnum):
    """Why a company declined."""

    OVERQUALIFIED = "overqualified"
    UNDERQUALIFIED = "underqualified"
    SALARY = "salary"
    LOCATION = "location"
    POSITION_FILLED = "position_filled"
    DUPLICATE = "duplicate"
    ALREADY_KNOWN = "already_known"
    OTHER = "other"


DECLINE_REASON_LABELS = {
    DeclineReason.OVERQUALIFIED: "Overqualified",
    DeclineReason.UNDERQUALIFIED: "Underqualified",
    DeclineReason.SALARY: "Salary expectation",
    DeclineReason.LOCATION: "Location",
    DeclineReason.POSITION_FILLED: "Position filled",
    DeclineReason.DUPLICATE: "Duplicate",
    DeclineReason.ALREADY_KNOWN: "Already known to us",
    DeclineReason.OTHER: "Other",
}

OPEN = (ProposalState.PROPOSED, ProposalState.COMPANY_REVIEWING)
EXCLUSIVE = (*OPEN, ProposalState.ACCEPTED)  # at most one of these for a job and candidate
S, A = ProposalState, ProposalAction

MACHINE = Machine.of(
    "proposal",
    [
        State(S.PROPOSED, "Proposed", "mail", "accent", "is open"),
        State(S.COMPANY_REVIEWING, "Under review", "search", "info", "is under review"),
        State(S.ACCEPTED, "Accepted", "check", "ok", "has been accepted", terminal=True),
        State(S.DECLINED, "Declined", "x", "bad", "has been declined", terminal=True),
        State(S.WITHDRAWN, "Withdrawn", "arrow-back-up", "", "has been withdrawn", terminal=True),
        State(S.TIMEOUT, "Expired", "hourglass", "warn", "has expired", terminal=True),
    ],
    [
        Transition(A.CREATE, (None,), S.PROPOSED, Permission.PROPOSAL_CREATE, "Propose", "made"),
        Transition(
            A.REVIEW, (S.PROPOSED,), S.COMPANY_REVIEWING, Permission.PROPOSAL_DECIDE, "Start review", "reviewed"
        ),
        Transition(A.ACCEPT, OPEN, S.ACCEPTED, Permission.PROPOSAL_DECIDE, "Accept", "accepted"),
        Transition(A.DECLINE, OPEN, S.DECLINED, Permission.PROPOSAL_DECIDE, "Decline", "declined"),
        Transition(A.WITHDRAW, OPEN, S.WITHDRAWN, Permission.PROPOSAL_WITHDRAW, "Withdraw", "withdrawn"),
        Transition(A.EXPIRE, OPEN, S.TIMEOUT, Permission.PROPOSAL_EXPIRE, "Expire", "expired"),
        Transition(A.VOID, (S.ACCEPTED,), S.WITHDRAWN, Permission.DISPUTE_RULE, "Void", "voided"),
    ],
)

_SENTENCES = {
    S.COMPANY_REVIEWING: "This proposal has been under review",
    S.ACCEPTED: "This proposal was accepted",
    S.DECLINED: "This proposal was declined",
    S.WITHDRAWN: "This proposal was withdrawn",
    S.TIMEOUT: "This proposal expired",
}


def state_sentence(state: str, by: str, at: datetime, zone: str) -> str:
    """Word how a proposal stands, who brought it there and when by the clock of `zone`, for the loser of a race."""
    who = "" if state == S.TIMEOUT else f" by {by}"
    when = "since" if state == S.COMPANY_REVIEWING else "on"
    return f"{_SENTENCES[S(state)]}{who} {when} {write_full(at, ZoneInfo(zone))}."


def is_over(expires_at: datetime, now: datetime) -> bool:
    """Return whether the time to decide is over; the window is half-open."""
    return now >= expires_at
