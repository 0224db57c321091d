"""Sourcing credit (domain.md §2): who owns a candidate, for how long, and what outreach is allowed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

EXPIRY_WARNING_DAYS = (30, 7)
CLAIMED_AT_ONCE = 50  # a page of the list


class SourceMethod(StrEnum):
    """How a candidate was found."""

    LINKEDIN = "linkedin"
    REFERRAL = "referral"
    JOB_BOARD = "job_board"
    INBOUND = "inbound"
    EVENT = "event"
    DATABASE = "database"
    OUTREACH = "outreach"
    OTHER = "other"


class OutreachType(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    LINKEDIN = "linkedin"
    SMS = "sms"


class Engagement(StrEnum):
    """The result of an outreach."""

    SENT = "sent"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    BOUNCED = "bounced"
    UNSUBSCRIBED = "unsubscribed"


SOURCE_METHOD_LABELS = {
    SourceMethod.LINKEDIN: "LinkedIn",
    SourceMethod.REFERRAL: "Referral",
    SourceMethod.JOB_BOARD: "Job board",
    SourceMethod.INBOUND: "Inbound",
    SourceMethod.EVENT: "Event",
    SourceMethod.DATABASE: "Database",
    SourceMethod.OUTREACH: "Outreach",
    SourceMethod.OTHER: "Other",
}
SOURCE_METHOD_WORDS = {  # as in "via referral"
    **{method: label.lower() for method, label in SOURCE_METHOD_LABELS.items()},
    SourceMethod.LINKEDIN: "LinkedIn",
    SourceMethod.OTHER: "another source",
}
OUTREACH_TYPE_LABELS = {
    OutreachType.EMAIL: "Email",
    OutreachType.PHONE: "Phone",
    OutreachType.LINKEDIN: "LinkedIn",
    OutreachType.SMS: "SMS",
}
OUTREACH_TYPE_ICONS = {
    OutreachType.EMAIL: "mail",
    OutreachType.PHONE: "phone",
    OutreachType.LINKEDIN: "brand-linkedin",
    OutreachType.SMS: "message",
}
ENGAGEMENT_LABELS = {e: e.value.capitalize() for e in Engagement}
CALL_LABELS = {**ENGAGEMENT_LABELS, Engagement.SENT: "Called", Engagement.REPLIED: "Answered"}
ENGAGEMENT_TONES = {
    Engagement.SENT: "",
    Engagement.OPENED: "info",
    Engagement.CLICKED: "info",
    Engagement.REPLIED: "ok",
    Engagement.BOUNCED: "bad",
    Engagement.UNSUBSCRIBED: "warn",
}


def engagement_labels(channel: str) -> dict[Engagement, str]:
    """Return the words for the results of outreach by a channel: nobody sends a phone call."""
    return CALL_LABELS if channel == OutreachType.PHONE else ENGAGEMENT_LABELS


class CheckResult(StrEnum):
    """The possible results of a blind check."""

    UNKNOWN = "unknown"
    FREE = "free"
    YOURS = "yours"
    PROTECTED = "protected"


# How far an outreach got; opting out counts as the furthest.
ENGAGEMENT_ORDER = (
    Engagement.SENT,
    Engagement.BOUNCED,
    Engagement.OPENED,
    Engagement.CLICKED,
    Engagement.REPLIED,
    Engagement.UNSUBSCRIBED,
)


def further(one: Engagement, other: Engagement) -> Engagement:
    """Return the one of two engagements that went further."""
    return max(one, other, key=ENGAGEMENT_ORDER.index)


def written(at: datetime) -> str:
    """Write the day of a time as sentences name it."""
    return f"{at.day} {at:%b %Y}"


def wait_in_words(wait: timedelta) -> str:
    """Write a wait in whole days, hours or minutes, rounded up."""
    for unit, length in (("day", 86400), ("hour", 3600)):
        if wait.total_seconds() > length:
            return _counted(wait.total_seconds(), length, unit)
    return _counted(wait.total_seconds(), 60, "minute")


def _counted(seconds: float, length: int, unit: str) -> str:
    count = max(1, -int(-seconds // length))
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


@dataclass(frozen=True, slots=True)
class Protection:
    """A protection window, half-open: `starts <= t < ends`."""

    starts: datetime
    ends: datetime

    @classmethod
    def from_sourcing(cls, sourced_at: datetime, days: int) -> Protection:
        """Protect for `days` from the moment of sourcing."""
        return cls(sourced_at, sourced_at + timedelta(days=days))

    def covers(self, at: datetime) -> bool:
        """Return whether the window is open at `at`."""
        return at < self.ends


def days_remaining(ends: datetime, now: datetime) -> int:
    """Count the days of protection left, rounded up, never below zero."""
    left = ends - now
    return max(0, left.days + (1 if left % timedelta(days=1) else 0))


class Badge(StrEnum):
    """How a candidate stands to whoever looks."""

    UNCLAIMED = "unclaimed"
    MINE = "mine"
    EXPIRING = "expiring"  # mine, for at most 30 days more
    OTHER = "other"
    CONFLICT = "conflict"  # someone else's, and the viewer's claim was declined
    EXPIRED = "expired"
    MERGED = "merged"  # a duplicate record, for which the credit of the main one applies


PROTECTED = frozenset({Badge.MINE, Badge.EXPIRING, Badge.OTHER, Badge.CONFLICT})
OWN = frozenset({Badge.MINE, Badge.EXPIRING})


def badge(*, ends: datetime | None, mine: bool, now: datetime, refused: bool = False, merged: bool = False) -> Badge:
    """Return the badge of a candidate whose current claim protects until `ends`; None is no claim at all."""
    if merged:
        return Badge.MERGED
    if ends is None:
        return Badge.UNCLAIMED
    if ends <= now:
        return Badge.EXPIRED
    if mine:
        return Badge.EXPIRING if ends - now <= timedelta(days=max(EXPIRY_WARNING_DAYS)) else Badge.MINE
    return Badge.CONFLICT if refused else Badge.OTHER


@dataclass(frozen=True, slots=True)
class Record:
    """One of two records of a person: since when a live claim is on it, and since when it is there."""

    id: uuid.UUID
    claimed_at: datetime | None
    added_at: datetime


def first_of(one: Record, other: Record) -> Record:
    """Return the record that stands for the person: of two live claims the first wins, without claims the older record.

    The rule is that of domain.md §2: who claims first owns the candidate, under whatever name the second was entered.
    """

    def rank(record: Record) -> tuple[bool, datetime, datetime, uuid.UUID]:
        return (record.claimed_at is None, record.claimed_at or record.added_at, record.added_at, record.id)

    return min(one, other, key=rank)
