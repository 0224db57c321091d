"""Disputes (disputes.md): what may be fought over, by whom, until when, and what a ruling may do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.business_days import deadline
from portal.domain.machine import Machine, State, Transition
from portal.domain.permissions import Permission

ANSWER_DAYS = 5  # all of these are business days
RULING_DAYS = 10
APPEAL_DAYS = 10
OPENING_DAYS = 30
OBJECTION_DAYS = 2
AFTERMATH_DAYS = 1  # how long an ended claim stays closed to third parties after the ruling
MOST_FILES, MOST_FILES_ASKED = 10, 20  # of a party: until the review, and with those that the platform asks for
LEAST_STATEMENT, MOST_STATEMENT, MOST_ASKS, MOST_PRECEDENT = 20, 4_000, 500, 1_000


class SubjectType(StrEnum):
    """What a dispute is about."""

    CANDIDATE = "candidate"
    PROPOSAL = "proposal"
    PLACEMENT = "placement"
    GUARANTEE = "guarantee"  # of a placement: how it ended, and what follows
    PAYOUT = "payout"
    INVOICE = "invoice"


class DisputeState(StrEnum):
    OPEN = "open"
    UNDER_REVIEW = "under_review"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    WITHDRAWN = "withdrawn"


class DisputeAction(StrEnum):
    OPEN = "open"
    REVIEW = "review"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    APPEAL = "appeal"


class Side(StrEnum):
    CLAIMANT = "claimant"
    RESPONDENT = "respondent"


class StatementKind(StrEnum):
    OPENING = "opening"
    ANSWER = "answer"
    REPLY = "reply"
    APPEAL = "appeal"


class FreezeKind(StrEnum):
    """What a case keeps as it is."""

    CLAIM = "claim"
    PROPOSAL = "proposal"
    PLACEMENT = "placement"
    PAYOUT = "payout"


THE_OTHER = "the other recruiter"  # where nobody is named
TEAM = "team"  # in place of a role: the shares of everybody, and not the platform's part of the fee


class Effect(StrEnum):
    """What a ruling does."""

    KEEP = "keep"
    TRANSFER = "transfer"
    SHARE = "share"
    REFUSE = "refuse"
    VOID = "void"
    RELEASE = "release"
    CANCEL = "cancel"
    CREDIT = "credit"
    AMEND = "amend"
    NONE = "none"
    REFUND = "refund"
    REMEDY = "remedy"


PENDING = (DisputeState.OPEN, DisputeState.UNDER_REVIEW)
DECIDED = (DisputeState.RESOLVED, DisputeState.DISMISSED)
S, A = DisputeState, DisputeAction

MACHINE = Machine.of(
    "dispute",
    [
        State(S.OPEN, "Open", "message", "warn", "is open"),
        State(S.UNDER_REVIEW, "Under review", "scale", "info", "is under review"),
        State(S.RESOLVED, "Resolved", "gavel", "ok", "has been resolved"),
        # Not “Dismissed”: whoever asked for the release of a payout that is released as it is has won.
        State(S.DISMISSED, "No change", "gavel", "", "has been decided"),
        State(S.WITHDRAWN, "Withdrawn", "arrow-back-up", "", "has been withdrawn", terminal=True),
    ],
    [
        Transition(A.OPEN, (None,), S.OPEN, Permission.DISPUTE_OPEN, "Open dispute", "opened"),
        Transition(A.REVIEW, (S.OPEN,), S.UNDER_REVIEW, Permission.DISPUTE_RULE, "Start review", "reviewed"),
        Transition(A.RESOLVE, (S.UNDER_REVIEW,), S.RESOLVED, Permission.DISPUTE_RULE, "Rule", "resolved"),
        Transition(A.DISMISS, (S.UNDER_REVIEW,), S.DISMISSED, Permission.DISPUTE_RULE, "Dismiss", "dismissed"),
        Transition(A.WITHDRAW, PENDING, S.WITHDRAWN, Permission.DISPUTE_WITHDRAW, "Withdraw", "withdrawn"),
        Transition(A.APPEAL, DECIDED, S.UNDER_REVIEW, Permission.DISPUTE_OPEN, "Appeal", "appealed"),
    ],
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a subject is called, why it is fought over, and which rulings it has: the first leaves all as it is."""

    label: str
    reasons: dict[str, str]
    effects: dict[Effect, str]

    def effects_naming(self, other: str) -> dict[Effect, str]:
        """Return its rulings with the recruiter on the other side of a disputed claim by name."""
        return {effect: words.replace(THE_OTHER, other) for effect, words in self.effects.items()}


SUBJECTS: dict[SubjectType, Subject] = {
    SubjectType.CANDIDATE: Subject(
        "Sourcing credit",
        {
            "contacted_first": "I was in contact first",
            "claim_in_error": "The claim was made by mistake",
            "agreed_otherwise": "We agreed otherwise",
        },
        {
            Effect.KEEP: "Keep the sourcing credit as it is",
            Effect.TRANSFER: f"Give the sourcing credit to {THE_OTHER}",
            Effect.SHARE: f"Share the sourcing credit: {THE_OTHER} gets a percentage of its future earnings",
        },
    ),
    SubjectType.PROPOSAL: Subject(
        "Candidate already known",
        {
            "known_before": "The company already knew the candidate",
            "applied_before": "The candidate had already applied to the company",
        },
        {Effect.REFUSE: "Dismiss the objection; the proposal stands", Effect.VOID: "Void the proposal"},
    ),
    SubjectType.PLACEMENT: Subject(
        "Placement split",
        {
            "share_too_low": "My share doesn’t match my contribution",
            "role_wrong": "A role is wrong",
            "agreed_otherwise": "We agreed otherwise",
        },
        {Effect.KEEP: "Keep the split as it is", Effect.AMEND: "Change the split"},
    ),
    SubjectType.GUARANTEE: Subject(
        "Placement guarantee",
        {
            "wrong_day": "The last day worked is wrong",
            "wrong_reason": "The reason for the departure is wrong",
            "void_in_error": "The guarantee was wrongly voided, or should be void",
            "agreed_otherwise": "We agreed otherwise",
        },
        {
            Effect.NONE: "Leave everything as the terms provide",
            Effect.REFUND: "Refund a percentage of the fee",
            Effect.REMEDY: "Apply the remedy in the terms, even if it was void",
            Effect.VOID: "Declare the guarantee void: no replacement is owed",
        },
    ),
    SubjectType.PAYOUT: Subject(
        "Payout",
        {
            "wrong_amount": "The amount is wrong",
            "not_received": "It was paid, but never arrived",
            "should_be_due": "It should have been paid by now",
            "taken_in_error": "Part of it was clawed back by mistake",
            "not_earned": "This part of the work wasn’t done",
        },
        {
            Effect.RELEASE: "Release the payout as it is",
            Effect.CREDIT: "Credit the company with a percentage of the payout",
            Effect.CANCEL: "Cancel the payout and credit the company with it",
        },
    ),
    SubjectType.INVOICE: Subject(
        "Invoice",
        {
            "wrong_amount": "The amount is wrong",
            "wrong_terms": "We agreed on different terms",
            "not_owed": "No fee is owed for this hire",
        },
        {
            Effect.RELEASE: "Keep the invoice as it is",
            Effect.CREDIT: "Credit a percentage of the fee",
            Effect.CANCEL: "Cancel the invoice: credit the rest of its fee",
        },
    ),
}


REFERRED = "referred"  # the reason of a case that the platform opens between two recruiters
REFERRED_LABEL = "Referred by the platform after a declined claim"
REFERRED_ASKS = "Decide who owns the sourcing credit."
AGAINST_PLATFORM = (SubjectType.PAYOUT, SubjectType.INVOICE)  # what the platform itself computed, issued or paid
IN_PERCENT = (Effect.REFUND, Effect.CREDIT, Effect.SHARE)


def reason_label(subject: str, reason: str) -> str:
    """Return why a case was opened, as people read it."""
    return REFERRED_LABEL if reason == REFERRED else SUBJECTS[SubjectType(subject)].reasons[reason]


def may_open(learned_at: datetime, now: datetime, zone: str) -> bool:
    """Return whether pages offer a case: for a day more than it may be opened, as each party has its own calendar."""
    return now < deadline(learned_at, OPENING_DAYS, zone) + timedelta(days=1)


def changes_something(effect: Effect) -> bool:
    """Return whether a ruling changes what it is about; one that does not dismisses the case."""
    return effect not in {Effect.KEEP, Effect.REFUSE, Effect.NONE, Effect.RELEASE}
