"""Disputes: a case with its parties, statements, evidence, rule and rulings."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, OneOf, Part, Percentage, Time
from portal.domain.disputes import DisputeState, SubjectType


class DisputeLine(Answer):
    """A dispute in a list; `due_at` is its next deadline, if there is one."""

    id: UUID
    about: str
    candidate_name: str
    state: OneOf[DisputeState]
    reason: str
    opened_at: Time
    opened_by: str
    due_at: Time | None


class Disputes(Part):
    """The disputes that the caller is a party to or decides, newest first; `next_cursor` leads to older ones."""

    disputes: Annotated[list[DisputeLine], From("rows")]


class DisputeParty(Answer):
    """A party to a dispute; the one that opened it has no statement due."""

    name: str
    is_claimant: bool
    due_at: Time | None
    answered_at: Time | None
    withdrawal_agreed_at: Time | None
    appeal_waived_at: Time | None


class DisputeStatement(Answer):
    """A party's statement."""

    by: str
    kind: str
    said: str
    at: Time


class DisputeRuling(Answer):
    """What was decided, and why; `by_rule` if the rule alone decided, `percentage` if one was awarded.

    `handled` says that the admin had handled the disputed money, because no other platform admin could decide.
    """

    label: str
    percentage: Annotated[Percentage | None, From("percent_bp")]
    reason: str
    rule: str
    by_rule: bool
    handled: bool
    by: str
    at: Time
    is_appeal: bool


class Fact(Answer):
    """A fact that a rule depends on, and whether the log supports it."""

    text: str
    holds: bool


class DecidingRule(Answer):
    """The rule that would apply and its outcome: a suggestion, or with `is_decided` one that an admin can confirm."""

    name: Annotated[str, From("outlook.rule.name")]
    quote: Annotated[str, From("outlook.rule.quote")]
    facts: Annotated[list[Fact], From("outlook.facts")]
    effect: Annotated[str, From("outlook.follows")]
    follows: str
    is_decided: bool


class Evidence(Answer):
    """A log entry as evidence; `entry` and `hash` are null until it is sealed."""

    id: UUID
    entry: Annotated[int | None, From("number")]
    hash: str
    at: Time
    title: str
    text: str
    by: str
    emailed: list[str]


class EvidenceFile(Answer):
    """A file that a party attached; after erasure only its digest is left."""

    id: UUID
    by: str
    name: str
    media_type: str
    size: int
    sha256: str
    attached_at: Time
    scanned_at: Time | None
    erased_at: Time | None


class Dispute(Answer):
    """A dispute as the caller can see it; `evidence_cursor` leads to later evidence."""

    id: UUID
    subject: Annotated[OneOf[SubjectType], From("case.subject_type")]
    candidate_name: Annotated[str, From("case.candidate_name")]
    state: Annotated[OneOf[DisputeState], From("case.state")]
    reason: Annotated[str, From("case.reason")]
    asks: Annotated[str, From("case.asks")]
    opened_at: Annotated[Time, From("case.opened_at")]
    opened_by: Annotated[str, From("case.opened_by")]
    answer_due_at: Annotated[Time, From("case.answer_due_at")]
    ruling_due_at: Annotated[Time | None, From("case.ruling_due_at")]
    closed_at: Annotated[Time | None, From("case.closed_at")]
    appeal_until: Annotated[Time | None, From("case.appeal_until")]
    parties: Annotated[list[DisputeParty], From("case.parties")]
    statements: Annotated[list[DisputeStatement], From("case.statements")]
    attachments: Annotated[list[EvidenceFile], From("case.attachments")]
    rulings: Annotated[list[DisputeRuling], From("case.rulings")]
    rule: DecidingRule | None
    evidence: Annotated[list[Evidence], From("grounds.evidence.rows")]
    evidence_cursor: Annotated[UUID | None, From("grounds.evidence.newer")]
    left_out: Annotated[list[str], From("grounds.left_out")]
    allowed_actions: list[str]


class Precedent(Answer):
    """The decision in a closed dispute, without names; `percentage` is what was awarded."""

    subject: str
    reason: str
    outcome: str
    percentage: Annotated[Percentage | None, From("percent_bp")]
    rule: str
    precedent: str
    month: str


class Precedents(Part):
    """Past decisions, newest first; `next_cursor` leads to older ones."""

    precedents: Annotated[list[Precedent], From("rows")]


class RefusedClaim(Answer):
    """A declined claim and the existing one; `dispute_id` is the dispute about it, if there is one."""

    id: UUID
    candidate_id: UUID
    challenger_id: UUID
    challenger_name: str
    at: Time
    owner_id: UUID
    owner_name: str
    sourced_at: Time
    protection_expires_at: Time
    dispute_id: UUID | None


class RefusedClaims(Answer):
    """A candidate's declined claims, newest first."""

    refused_claims: list[RefusedClaim]


class DisputeNote(Answer):
    """A platform admin's note for other platform admins."""

    by: str
    said: str
    at: Time


class DisputeNotes(Answer):
    """The platform admins' notes on a dispute, oldest first; the parties can't see them."""

    notes: list[DisputeNote]
