"""What belongs to a case, gathered as JSON by the statement that selects the case: one read however much there is."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from portal.domain.disputes import FreezeKind
from portal.models import (
    CandidateSourcer,
    Dispute,
    DisputeAttachment,
    DisputeFreeze,
    DisputeParty,
    DisputeRuling,
    DisputeStatement,
    Organisation,
    Recruiter,
    User,
)

P, S, A, F, R = DisputeParty, DisputeStatement, DisputeAttachment, DisputeFreeze, DisputeRuling
ERASED = "Erased file"


def parties() -> ColumnElement[Any]:
    """Gather who takes part, those first who opened the case."""
    one = func.jsonb_build_object(
        "id", P.id, "name", func.coalesce(User.name, Organisation.name), "side", P.side,
        "recruiter_id", P.recruiter_id, "organisation_id", P.organisation_id, "due_at", P.due_at,
        "answered_at", P.answered_at, "withdrawal_agreed_at", P.withdrawal_agreed_at,
        "appeal_waived_at", P.appeal_waived_at,
    )  # fmt: skip
    return _of_case(_named(select(func.jsonb_agg(aggregate_order_by(one, P.side, P.id)))), P)


def silent() -> ColumnElement[Any]:
    """Select who was asked for a statement and has not made one, by name."""
    name = func.coalesce(User.name, Organisation.name)
    asked = select(func.string_agg(name, aggregate_order_by(literal_column("', '"), P.id)))
    return _of_case(_named(asked.where(P.due_at.is_not(None), P.answered_at.is_(None))), P)


def statements() -> ColumnElement[Any]:
    """Gather what was said, in its order."""
    one = func.jsonb_build_object("party_id", S.party_id, "kind", S.kind, "said", S.said, "at", S.at)
    return _of_case(select(func.jsonb_agg(aggregate_order_by(one, S.id))), S)


def attachments() -> ColumnElement[Any]:
    """Gather the files, in the order in which they were attached; an erased one has lost its name."""
    one = func.jsonb_build_object(
        "id", A.id, "by", func.coalesce(User.name, Organisation.name),
        "name", func.coalesce(func.nullif(A.name, ""), ERASED), "media_type", A.media_type, "size", A.size,
        "sha256", A.sha256, "attached_at", A.attached_at, "scanned_at", A.scanned_at, "erased_at", A.erased_at,
    )  # fmt: skip
    query = select(func.jsonb_agg(aggregate_order_by(one, A.id))).join(P, P.id == A.party_id)
    return _of_case(_named(query), A)


def frozen() -> ColumnElement[Any]:
    """Gather what the case keeps as it is."""
    one = func.jsonb_build_object(
        "kind", F.kind, "row_id", F.row_id, "role", F.role, "amount_minor", F.amount_minor, "currency", F.currency
    )
    query = select(func.jsonb_agg(aggregate_order_by(one, F.id)))
    return _of_case(query.where(F.released_at.is_(None)), F)


def rulings() -> ColumnElement[Any]:
    """Gather what was decided, an appeal's ruling last."""
    one = func.jsonb_build_object(
        "number", R.number, "effect", R.effect, "figures", R.figures, "reason", R.reason, "rule", R.rule,
        "by_rule", R.by_rule, "handled", R.handled, "at", R.at, "name", User.name,
    )  # fmt: skip
    query = select(func.jsonb_agg(aggregate_order_by(one, R.number)))
    return _of_case(query.join(User, User.id == R.by), R)


def owner() -> ColumnElement[uuid.UUID]:
    """Select the recruiter who has the disputed claim, or has what took its place."""
    return _of_claim(CandidateSourcer.recruiter_id)


def claimed_on() -> ColumnElement[uuid.UUID]:
    """Select the record that has the disputed claim: that of a person entered twice need not be the case's own."""
    return func.coalesce(_of_claim(CandidateSourcer.candidate_id), Dispute.candidate_id)


def _of_claim(column: SQLColumnExpression[uuid.UUID]) -> ColumnElement[uuid.UUID]:
    query = select(column).join(F, F.row_id == CandidateSourcer.id)
    return _of_case(query.where(F.kind == FreezeKind.CLAIM).order_by(F.id).limit(1), F)


def _named(query: Select[Any]) -> Select[Any]:
    """Add the names of parties, recruiters or companies, to a query that selects them."""
    return (
        query.outerjoin(Recruiter, Recruiter.id == P.recruiter_id)
        .outerjoin(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == P.organisation_id)
    )


def _of_case(query: Select[Any], model: Any) -> ColumnElement[Any]:
    return query.where(model.dispute_id == Dispute.id).correlate(Dispute).scalar_subquery()
