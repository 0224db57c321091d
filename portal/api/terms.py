"""Terms of a job, of a company and of the platform: read, with where each comes from, and change (money.md §1, §8)."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import Field

from portal.answers.terms import Instalment, RefundStep, Terms
from portal.api.endpoint import Api
from portal.api.simulations import InstalmentBody
from portal.api.types import (
    ABSENT,
    Body,
    Currency,
    Money,
    MoneyOrZero,
    Percentage,
    PercentageOrZero,
    To,
    sent_as,
)
from portal.domain import money
from portal.domain.billing import terms as rules
from portal.domain.billing.terms import FeeBase, PayoutSchedule, Remedy
from portal.domain.permissions import Permission
from portal.domain.placements import FailureReason
from portal.policy import current_actor
from portal.queries.billing import terms as queries
from portal.queries.billing.terms import TermsView
from portal.services.billing import terms

bp = Api("terms", __name__, tag="Terms")
Days = Annotated[int, Field(ge=0, le=rules.MOST_DAYS)]
Never = Literal["never"]
GuaranteeDay = Annotated[int, Field(ge=0, le=rules.MOST_GUARANTEE_DAYS)]


class RefundStepBody(Body):
    """The part of the fee refunded if the person leaves by this day; the last can be 0."""

    until_day: GuaranteeDay
    percentage: PercentageOrZero


class TermsChange(Body):
    """Fields to change; those left out stay unchanged, and null inherits from the scope above.

    A minimum of 0, `never` for days and an empty text override the scope above with nothing. Send `version` to avoid
    overwriting someone else's change.
    """

    version: Annotated[int, Field(ge=0)] | None = None
    currency: Currency | None = ABSENT
    fee_percentage: Annotated[Percentage | None, To("fee_bp")] = ABSENT
    flat_fee: Annotated[Money | None, To("flat_fee_minor")] = ABSENT
    minimum_fee: Annotated[MoneyOrZero | None, To("minimum_fee_minor")] = ABSENT
    base: FeeBase | None = ABSENT
    platform_fee_percentage: Annotated[PercentageOrZero | None, To("platform_bp")] = ABSENT
    tax_percentage: Annotated[PercentageOrZero | None, To("tax_bp")] = ABSENT
    tax_label: Annotated[str, Field(min_length=1, max_length=30)] | None = ABSENT
    payment_days: Annotated[int, Field(ge=0, le=rules.MOST_PAYMENT_DAYS)] | None = ABSENT
    payout_schedule: PayoutSchedule | None = ABSENT
    instalments: Annotated[list[InstalmentBody], Field(max_length=rules.MOST_INSTALMENTS)] | None = ABSENT
    report_grace_days: Days | None = ABSENT
    remedy: Remedy | None = ABSENT
    steps: Annotated[list[RefundStepBody], Field(max_length=rules.MOST_STEPS)] | None = ABSENT
    void_unpaid_days: Days | Never | None = ABSENT
    void_reasons: list[FailureReason] | None = ABSENT
    void_reported_days: Days | Never | None = ABSENT
    restrictions: Annotated[str, Field(max_length=rules.RESTRICTIONS_LENGTH)] | None = ABSENT


SENT_AS = sent_as(TermsChange)


@bp.reads("/jobs/<uuid:job_id>/terms", Terms, Permission.JOB_VIEW)
def get_job_terms(job_id: uuid.UUID) -> Terms:
    """Return the terms that apply to proposals for a job."""
    return _answer(queries.of_job(job_id, viewer=current_actor()), job_id=job_id)


@bp.changes("/jobs/<uuid:job_id>/terms", Terms, Permission.TERMS_EDIT, "STALE_VERSION", method="PATCH")
def change_job_terms(job_id: uuid.UUID, body: TermsChange) -> Terms:
    """Change a job's terms; existing proposals keep theirs."""
    actor = current_actor()
    present = queries.of_job(job_id, viewer=actor)
    terms.change(actor=actor, job_id=job_id, values=_values(body, present), version=body.version)
    return _answer(queries.of_job(job_id, viewer=actor), job_id=job_id)


@bp.reads("/organisations/<uuid:organisation_id>/terms", Terms, Permission.TERMS_EDIT)
def get_organisation_terms(organisation_id: uuid.UUID) -> Terms:
    """Return a company's terms; for the platform's own organization, the default terms for everyone."""
    found = queries.of_organisation(organisation_id, viewer=current_actor())
    return _answer(found, organisation_id=organisation_id)


@bp.changes(
    "/organisations/<uuid:organisation_id>/terms", Terms, Permission.TERMS_EDIT, "STALE_VERSION", method="PATCH"
)
def change_organisation_terms(organisation_id: uuid.UUID, body: TermsChange) -> Terms:
    """Change a company's or the platform's terms; existing proposals keep theirs."""
    actor = current_actor()
    present = queries.of_organisation(organisation_id, viewer=actor)
    terms.change(
        actor=actor,
        company_id=queries.company_of(organisation_id),
        values=_values(body, present),
        version=body.version,
    )
    return _answer(queries.of_organisation(organisation_id, viewer=actor), organisation_id=organisation_id)


def _values(body: TermsChange, present: TermsView) -> dict[str, Any]:
    """Return what was sent as it is stored: minor units, basis points, pairs."""
    given = body.sent(body.currency or present.terms.currency)
    given.pop("version", None)
    if body.instalments:
        given["instalments"] = [[money.percent_to_bp(each.percentage), each.day] for each in body.instalments]
    if body.steps:
        given["steps"] = [[each.until_day, money.percent_to_bp(each.percentage)] for each in body.steps]
    return given


def _answer(found: TermsView, *, job_id: uuid.UUID | None = None, organisation_id: uuid.UUID | None = None) -> Terms:
    held = found.terms
    return Terms.of(
        found,
        job_id=job_id,
        organisation_id=organisation_id,
        origin={SENT_AS.get(name, name): scope for name, scope in found.origin.items()},
        instalments=[Instalment(percentage=money.bp_to_percent(bp), day=day) for bp, day in held.instalments],
        steps=[RefundStep(until_day=day, percentage=money.bp_to_percent(bp)) for day, bp in held.steps],
        void_reasons=list(held.void_reasons),
    )
