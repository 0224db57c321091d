"""The rule that would decide a dispute: the facts that it turns on, and the ruling that would follow (disputes.md §2).

A ruling that follows is a proposal and never a decision. Where the evidence is complete and one-sided the case may be
decided by the rule alone, though never before the other side was heard or let its time pass.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from portal.domain.disputes import Effect
from portal.domain.times import write_day, write_full

PROOF_DAYS = 180  # before a proposal in which a company must have met the candidate, unless the settings say otherwise


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    quote: str


FIRST_CLAIM = Rule(
    "First valid claim",
    "The first recruiter with a valid claim holds the candidate’s sourcing credit for every job while the claim lasts;"
    " during that time, other recruiters’ claims and outreach are declined.",
)


def known_within(days: int) -> Rule:
    """Return the rule about candidates that a company knew, for so many days before the proposal."""
    return Rule(
        "Already known",
        "A company that says it knew the candidate must show a dated document or an entry in the portal from the"
        f" {days} days before the proposal.",
    )


ALREADY_KNOWN = known_within(PROOF_DAYS)
CONSENT = Rule(
    "Consent of the holder",
    "A share can be lowered or removed only with its holder’s consent, or by a platform admin with a reason.",
)


GUARANTEE = Rule(
    "Guarantee as agreed",
    "If the candidate leaves on or before the last day of the guarantee, the terms decide on a replacement or refund,"
    " unless one of their conditions makes the guarantee void.",
)


PAYOUT_DUE = Rule(
    "Paid once the company pays",
    "A payout becomes due once the invoice is paid in full and its payout date is reached; a refund reduces every share"
    " in proportion.",
)
INVOICE_AS_AGREED = Rule(
    "Invoiced as agreed",
    "Once the candidate has started, the invoice is for the fee under the terms that applied to the proposal.",
)


RULES = (FIRST_CLAIM, ALREADY_KNOWN, CONSENT, GUARANTEE, PAYOUT_DUE, INVOICE_AS_AGREED)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that the rule turns on, and whether the log bears it out."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """The rule that would decide, its facts and the ruling that would follow.

    `one_sided` is whether the evidence is complete and speaks for one side alone.
    """

    rule: Rule
    facts: tuple[Fact, ...]
    follows: Effect
    one_sided: bool

    def decides(self, *, answered: bool, answer_due_at: datetime, now: datetime) -> bool:
        """Return whether the case is decided by the rule, so that a platform admin only confirms it."""
        return self.one_sided and (answered or now >= answer_due_at)


@dataclass(frozen=True, slots=True)
class Side:
    """A recruiter of an ownership case, by name."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim of the sourcing credit: whose, from when, and until when it was protected or gave way to another."""

    recruiter_id: uuid.UUID
    starts: datetime
    ends: datetime

    def is_live(self, at: datetime) -> bool:
        """Return whether the claim was protected at a time."""
        return self.starts <= at < self.ends


@dataclass(frozen=True, slots=True)
class Contacted:
    """A contact with the candidate that a recruiter recorded."""

    recruiter_id: uuid.UUID
    at: datetime


def ownership(
    standing: Claimed,
    *,
    owner: Side,
    rival: Side,
    earlier: Iterable[Claimed],
    contacts: Iterable[Contacted],
    zone: ZoneInfo,
) -> Outlook:
    """Return whose the sourcing credit is by the rule; `standing` is the owner's claim that the case is about."""
    was_live = [c for c in earlier if c.recruiter_id == rival.id and c.is_live(standing.starts)]
    first = min((c.at for c in contacts if c.recruiter_id == rival.id), default=None)
    before = first is not None and first < standing.starts
    facts = (
        Fact(
            f"{owner.name} claimed the candidate on {write_full(standing.starts, zone)},"
            f" protected until {write_full(standing.ends, zone)}.",
            holds=True,
        ),
        Fact(f"{rival.name} had no active claim at that moment.", holds=not was_live),
        Fact(_first_contact(first, standing.starts, owner, rival, zone), holds=not before),
    )
    follows = Effect.TRANSFER if was_live else Effect.KEEP
    return Outlook(FIRST_CLAIM, facts, follows, one_sided=bool(was_live) or not before)


def _first_contact(first: datetime | None, claimed: datetime, owner: Side, rival: Side, zone: ZoneInfo) -> str:
    if first is None:
        return f"{rival.name} logged no contact with the candidate."
    order = "before" if first < claimed else "after"
    return (
        f"{rival.name}’s first logged contact, on {write_full(first, zone)}, came {apart(first, claimed)} {order}"
        f" {owner.name}’s claim."
    )


def apart(one: datetime, other: datetime) -> str:
    """Write how far two times are apart, in the largest unit that fills: `12 days`, `3 hours`, `1 minute`."""
    seconds = abs((one - other).total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count:,} {unit}" if count == 1 else f"{count:,} {unit}s"
    return "less than a minute"


def already_known(
    proposed_at: datetime,
    *,
    company: str,
    met: Sequence[datetime],
    attached: int,
    zone: ZoneInfo,
    days: int = PROOF_DAYS,
) -> Outlook:
    """Return whether the portal's own entries, `met`, prove an objection that the candidate was known.

    What the company `attached` somebody has to read. Where there is neither, nothing speaks for the objection.
    """
    since = proposed_at - timedelta(days=days)
    proof = [at for at in met if since <= at < proposed_at]
    window = f"between {write_day(_day(since, zone))} and the proposal on {write_full(proposed_at, zone)}"
    facts = (
        Fact(
            f"The portal shows that {company} was in contact with the candidate on {write_full(min(proof), zone)}."
            if proof
            else f"The portal shows no contact between {company} and the candidate {window}.",
            holds=bool(proof),
        ),
        _documents(company, attached),
    )
    follows = Effect.VOID if proof else Effect.REFUSE
    return Outlook(known_within(days), facts, follows, one_sided=not proof and not attached)


def _documents(company: str, attached: int) -> Fact:
    if not attached:
        return Fact(f"{company} attached no documents.", holds=False)
    files = "1 file" if attached == 1 else f"{attached} files"
    return Fact(f"{company} attached {files}; an admin has to judge what that proves.", holds=True)


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def guarantee(last_day: date, end: date, *, reason: str, is_void: bool) -> Outlook:
    """Return whether a departure lay inside the guarantee and left it valid; late payment is for somebody to weigh."""
    inside = last_day <= end
    facts = (
        Fact(
            f"The last day worked, {write_day(last_day)}, is within the guarantee, which ran through {write_day(end)}.",
            inside,
        ),
        Fact(f"Under the terms, the reason “{reason}” doesn’t void the guarantee.", not is_void),
    )
    follows = Effect.REMEDY if inside and not is_void else Effect.NONE
    return Outlook(GUARANTEE, facts, follows, one_sided=False)


def payout(*, is_settled: bool, has_come: bool, taken: bool) -> Outlook:
    """Return what keeps a payout from being paid as it is; whether that is right is for somebody to weigh."""
    facts = (
        Fact("The company has paid the invoice in full.", is_settled),
        Fact("The payout date has been reached.", has_come),
        Fact("No part of the payout was taken back.", not taken),
    )
    return Outlook(PAYOUT_DUE, facts, Effect.RELEASE, one_sided=False)


def invoice(*, is_as_agreed: bool, has_started: bool) -> Outlook:
    """Return whether an invoice asks for what was agreed; what was said beside the terms is for somebody to weigh."""
    facts = (
        Fact("The invoice is for the fee recorded with the hire, under the terms.", is_as_agreed),
        Fact("The candidate has started.", has_started),
    )
    follows = Effect.RELEASE if is_as_agreed and has_started else Effect.CREDIT
    return Outlook(INVOICE_AS_AGREED, facts, follows, one_sided=False)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A change of the splits that was put in force without the consent of those whose share it lowered."""

    at: datetime
    by: str


def splits(*, version: int, locked_at: datetime | None, forced: Sequence[TakenBack], zone: ZoneInfo) -> Outlook:
    """Return whether a split sheet came about by consent; what each share should be is for somebody to weigh."""
    facts = (
        Fact(
            f"Version {version} of the split was locked on {write_full(locked_at, zone)}."
            if locked_at
            else f"The split is at version {version} and not locked yet.",
            holds=locked_at is not None,
        ),
        Fact("Everyone whose share was lowered agreed to it.", holds=not forced),
        *(
            Fact(f"{f.by} changed shares without that agreement on {write_full(f.at, zone)}.", holds=False)
            for f in forced
        ),
    )
    return Outlook(CONSENT, facts, Effect.AMEND if forced else Effect.KEEP, one_sided=False)
