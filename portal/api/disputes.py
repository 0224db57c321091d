"""Disputes: opened, answered, withdrawn, decided and appealed (disputes.md §4)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from typing import Annotated

from pydantic import Field

from portal.answers.disputes import Dispute, DisputeNotes, Disputes, Precedents, RefusedClaims
from portal.api.endpoint import ZIP, Api, Created, File
from portal.api.types import Body, Id, PageQuery, Percentage, Query, ShareRow, To
from portal.domain import disputes as rules
from portal.domain import texts
from portal.domain.collaboration import MAX_ROWS, Agreed
from portal.domain.disputes import DisputeState, Effect, SubjectType
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.candidates import ownership as owners
from portal.queries.disputes import disputes as queries
from portal.queries.disputes import files, precedents
from portal.rendering import evidence_packs
from portal.services.disputes import appeals, cases, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput

bp = Api("disputes", __name__, tag="Disputes")
APPEAL_CONFLICTS = ("WRONG_STATE", "APPEALED_ALREADY", "APPEAL_TOO_LATE", "APPEAL_WAIVED")
Said = Annotated[str, Field(min_length=rules.LEAST_STATEMENT, max_length=rules.MOST_STATEMENT)]


def _by_subject(words: Callable[[rules.Subject], Iterable[str]]) -> str:
    """Say for the reference which words go with which subject."""
    return "; ".join(f"`{name}`: {', '.join(words(subject))}" for name, subject in rules.SUBJECTS.items()) + "."


class OpeningBody(Body):
    """What the dispute is about, what happened, and the requested outcome."""

    subject: SubjectType
    subject_id: Id
    reason: Annotated[
        str, Field(min_length=1, max_length=texts.LINE, description=_by_subject(lambda subject: subject.reasons))
    ]
    statement: Said
    asks: Annotated[str, Field(min_length=1, max_length=rules.MOST_ASKS)]


class StatementBody(Body):
    """A party's statement."""

    statement: Said


class RulingBody(Body):
    """The decision; `shares` are the new split and add up to exactly 100%, `percentage` is what the other side gets.

    `precedent` becomes readable by everyone once the dispute is over, so it must not name anyone.
    """

    effect: Annotated[Effect, Field(description=_by_subject(lambda subject: subject.effects))]
    reason: Annotated[str, Field(min_length=1, max_length=rules.MOST_STATEMENT)]
    rule: Annotated[str, Field(max_length=texts.LINE)] = ""
    precedent: Annotated[str, Field(max_length=rules.MOST_PRECEDENT)] = ""
    shares: Annotated[list[ShareRow], Field(max_length=MAX_ROWS)] = []
    percentage: Annotated[Percentage | None, To("percent_bp")] = None


class NoteBody(Body):
    """A note for other platform admins."""

    note: Annotated[str, Field(min_length=1, max_length=rules.MOST_STATEMENT)]


class DisputesQuery(PageQuery):
    """Which disputes."""

    state: DisputeState | None = None
    subject: SubjectType | None = None


class PrecedentsQuery(PageQuery):
    """Which precedents."""

    subject: SubjectType | None = None
    outcome: Effect | None = None
    rule: Annotated[str, Field(max_length=texts.LINE)] | None = None


class EvidenceQuery(Query):
    """From where the evidence goes on; `after` takes the `evidence_cursor` of the answer before."""

    after: Id | None = None


def _shown(dispute_id: uuid.UUID, after: uuid.UUID | None = None) -> Dispute:
    return Dispute.model_validate(files.case_file(dispute_id, viewer=current_actor(), after=after))


@bp.changes(
    "/disputes",
    Dispute,
    Permission.DISPUTE_OPEN,
    "DISPUTE_OPEN",
    "DISPUTE_DECIDED",
    "DISPUTE_TOO_LATE",
    "NOBODY_CONTESTS",
)
def open_dispute(body: OpeningBody) -> Created:
    """Open a dispute; whatever its ruling could change is frozen."""
    dispute_id = cases.open_case(actor=current_actor(), input=CaseInput(**body.to_input()))
    return Created(_shown(dispute_id), f"/api/disputes/{dispute_id}")


@bp.reads("/candidates/<uuid:candidate_id>/refused-claims", RefusedClaims, Permission.DISPUTE_RULE)
def list_refused_claims(candidate_id: uuid.UUID) -> dict[str, object]:
    """List the latest declined claims on a candidate, each with the existing claim and any dispute about it."""
    return {"refused_claims": owners.refused_claims(candidate_id, viewer=current_actor())}


@bp.changes(
    "/refused-claims/<uuid:conflict_id>/dispute",
    Dispute,
    Permission.DISPUTE_RULE,
    "DISPUTE_OPEN",
    "DISPUTE_DECIDED",
    "DISPUTE_TOO_LATE",
    "CLAIM_ENDED",
)
def refer_conflict(conflict_id: uuid.UUID, body: StatementBody) -> Created:
    """Open a dispute about a declined claim; both recruiters are asked for a statement."""
    dispute_id = cases.refer(conflict_id, actor=current_actor(), statement=body.statement)
    return Created(_shown(dispute_id), f"/api/disputes/{dispute_id}")


@bp.reads("/disputes", Disputes, Permission.DISPUTE_VIEW)
def list_disputes(query: DisputesQuery) -> object:
    """List the disputes that the caller is a party to or decides."""
    asked = {"state": query.state, "subject": query.subject}
    return queries.DISPUTES.slice(current_actor(), asked, before=query.cursor, size=query.limit)


@bp.reads("/disputes/precedents", Precedents, Permission.DISPUTE_VIEW)
def list_precedents(query: PrecedentsQuery) -> object:
    """List past decisions, without names."""
    asked = {"subject": query.subject, "outcome": query.outcome, "rule": query.rule}
    return precedents.PRECEDENTS.slice(current_actor(), asked, before=query.cursor, size=query.limit)


@bp.reads("/disputes/<uuid:dispute_id>", Dispute, Permission.DISPUTE_VIEW)
def get_dispute(dispute_id: uuid.UUID, query: EvidenceQuery) -> Dispute:
    """Return a dispute with its evidence and the rule that would apply."""
    return _shown(dispute_id, query.after)


@bp.reads("/disputes/<uuid:dispute_id>/evidence.zip", ZIP, Permission.DISPUTE_VIEW)
def get_evidence(dispute_id: uuid.UUID) -> File:
    """Return the evidence the caller can read as a zip file that can be verified without the portal."""
    return File(*evidence_packs.packed(dispute_id, viewer=current_actor()))


@bp.changes("/disputes/<uuid:dispute_id>/statements", Dispute, Permission.DISPUTE_OPEN, "WRONG_STATE")
def answer_dispute(dispute_id: uuid.UUID, body: StatementBody) -> Dispute:
    """Make a statement; once all requested statements are in, the dispute goes under review."""
    cases.answer(dispute_id, actor=current_actor(), statement=body.statement)
    return _shown(dispute_id)


@bp.changes(
    "/disputes/<uuid:dispute_id>/withdraw",
    Dispute,
    Permission.DISPUTE_WITHDRAW,
    "WRONG_STATE",
    "NOT_THE_CLAIMANT",
    "WITHDRAWAL_ASKED",
    "WITHDRAWAL_AGREED",
    "RULED",
)
def withdraw_dispute(dispute_id: uuid.UUID) -> Dispute:
    """Withdraw a dispute; while it is under review, request or agree to a withdrawal."""
    cases.withdraw(dispute_id, actor=current_actor())
    return _shown(dispute_id)


@bp.changes(
    "/disputes/<uuid:dispute_id>/rule",
    Dispute,
    Permission.DISPUTE_RULE,
    "WRONG_STATE",
    "CLAIM_ENDED",
    "BOTH_SOURCED",
    "NO_REMEDY",
    "NO_OBLIGATION",
    "NOTHING_TO_CREDIT",
    names={"percent": "percentage", "lines": "shares"},
)
def rule_dispute(dispute_id: uuid.UUID, body: RulingBody) -> Dispute:
    """Decide a dispute that is under review; the ruling takes effect immediately."""
    said = body.to_input()
    lines = tuple(Agreed(**row.to_input()) for row in said.pop("shares"))
    typed = RulingInput(**{**said, "percent_bp": said["percent_bp"] or 0}, lines=lines)
    rulings.rule(dispute_id, actor=current_actor(), input=typed)
    return _shown(dispute_id)


@bp.changes("/disputes/<uuid:dispute_id>/appeal", Dispute, Permission.DISPUTE_OPEN, *APPEAL_CONFLICTS)
def appeal_dispute(dispute_id: uuid.UUID, body: StatementBody) -> Dispute:
    """Appeal the ruling, once; the dispute goes back under review."""
    appeals.appeal(dispute_id, actor=current_actor(), statement=body.statement)
    return _shown(dispute_id)


@bp.changes("/disputes/<uuid:dispute_id>/waive", Dispute, Permission.DISPUTE_OPEN, *APPEAL_CONFLICTS)
def waive_appeal(dispute_id: uuid.UUID) -> Dispute:
    """Accept the ruling; once every party has accepted it, it takes full effect immediately."""
    appeals.waive(dispute_id, actor=current_actor())
    return _shown(dispute_id)


@bp.changes("/disputes/<uuid:dispute_id>/confirm", Dispute, Permission.DISPUTE_RULE, "WRONG_STATE", "NOT_BY_RULE")
def confirm_dispute(dispute_id: uuid.UUID) -> Dispute:
    """Decide a dispute by its rule, if the evidence is complete and one-sided."""
    rulings.confirm(dispute_id, actor=current_actor())
    return _shown(dispute_id)


@bp.reads("/disputes/<uuid:dispute_id>/notes", DisputeNotes, Permission.DISPUTE_RULE)
def list_notes(dispute_id: uuid.UUID) -> dict[str, object]:
    """List the platform admins' notes on a dispute."""
    return _noted(dispute_id)


@bp.changes("/disputes/<uuid:dispute_id>/notes", DisputeNotes, Permission.DISPUTE_RULE)
def add_note(dispute_id: uuid.UUID, body: NoteBody) -> Created:
    """Add a note to a dispute; only platform admins can read it."""
    cases.note(dispute_id, actor=current_actor(), text=body.note)
    return Created(_noted(dispute_id), f"/api/disputes/{dispute_id}/notes")


def _noted(dispute_id: uuid.UUID) -> dict[str, object]:
    found = queries.detail(dispute_id, viewer=current_actor())
    return {"notes": queries.notes(found.id, viewer=current_actor())}
