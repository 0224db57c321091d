"""Notifications (domain.md §11): kinds of mail that a person may choose about, and when an email is tried again."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.domain.events import EVENT_TYPES, Kind

LEASE = timedelta(seconds=120)  # twice the deadline and more: an email is never taken from a sender that still works
SEND_DEADLINE_SECONDS = 30.0
HELD_AT_ONCE, HOLD = 20, timedelta(seconds=3)  # so long the others wait that a sender held when it died
MAX_ATTEMPTS = 12
COPY_TRIES = 6  # for about twenty minutes an email waits for a copy that is refused for now; then it goes without
GIVE_UP_AFTER = timedelta(hours=24)  # as long as a provider remembers an idempotency key
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=4)
AWAY_PAUSE = timedelta(minutes=2)  # so soon after an outage all leave; one look in five seconds is all it costs
MAILS_WINDOW = timedelta(hours=1)
DIGEST_HOUR = time(7)
DIGEST_LINES = 200
NAME = "\ufffc"  # where the candidate's name goes in the title of a notice: whoever may know it then reads it


KIND_LABELS: dict[Kind, tuple[str, str]] = {
    Kind.CANDIDATES: ("Candidates", "Sourcing credit: new, conflicting and expiring claims."),
    Kind.PROPOSALS: ("Proposals", "New proposals, decisions, reminders, expirations and interviews."),
    Kind.QUESTIONS: ("Questions", "Questions about a proposal and their answers."),
    Kind.PLACEMENTS: ("Placements", "Starts, completions, failures and replacements."),
    Kind.GUARANTEES: ("Guarantees", "Guarantees that end soon or are extended."),
    Kind.SPLITS: ("Teams and splits", "Joining a team, changed shares, changes to approve."),
    Kind.MONEY: ("Money", "Invoices, payments, payouts, refunds and amounts owed."),
    Kind.DISPUTES: ("Disputes", "Disputes you’re involved in or decide, and their deadlines."),
    Kind.REPUTATION: ("Reputation", "Appeals of results that affect a score, and the decisions."),
    Kind.DELIVERIES: ("Delivery problems", "Emails about something you did that couldn’t be delivered."),
    Kind.SECURITY: ("Account security", "Sign-ins, passwords, invitations. Always sent."),
}
KIND_ICONS: dict[Kind, str] = {
    Kind.CANDIDATES: "users",
    Kind.PROPOSALS: "inbox",
    Kind.QUESTIONS: "message-question",
    Kind.PLACEMENTS: "heart-handshake",
    Kind.GUARANTEES: "shield-check",
    Kind.SPLITS: "adjustments",
    Kind.MONEY: "coins",
    Kind.DISPUTES: "gavel",
    Kind.REPUTATION: "star",
    Kind.DELIVERIES: "mail-x",
    Kind.SECURITY: "lock",
}
CHOOSABLE = tuple(kind for kind in Kind if kind is not Kind.SECURITY)
DIGEST = "digest"  # the template that gathers others; it has no kind of its own

KIND_OF = {mail: kind.notice for kind in EVENT_TYPES.values() for mail in kind.mails if kind.notice}
# The emails that know neither preferences nor the hourly limit.
ALWAYS_SENT = tuple(sorted(mail for mail, kind in KIND_OF.items() if kind is Kind.SECURITY))
NEVER_FOLDED = (*ALWAYS_SENT, DIGEST)


def pause_after(attempts: int, chance: float) -> timedelta:
    """Return the wait after a failed attempt: doubled each time, spread over 0.5 to 1.5 by `chance` in [0, 1)."""
    doubled: timedelta = FIRST_PAUSE * (1 << min(attempts, 12))
    return spread(min(LONGEST_PAUSE, doubled), chance)


def spread(pause: timedelta, chance: float) -> timedelta:
    """Return half a pause to one and a half, by `chance` in [0, 1): not all come back at once."""
    return pause * (0.5 + chance)


def is_hopeless(attempts: int, age: timedelta) -> bool:
    """Return whether an email has been tried often or long enough."""
    return attempts >= MAX_ATTEMPTS or age >= GIVE_UP_AFTER


def next_digest(now: datetime, zone: str) -> datetime:
    """Return the next morning in a zone, when the daily digest is due."""
    local = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(local.date(), DIGEST_HOUR, local.tzinfo)
    return today if today > local else datetime.combine(local.date() + timedelta(days=1), DIGEST_HOUR, local.tzinfo)
