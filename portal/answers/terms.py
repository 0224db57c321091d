"""Terms: what is charged, when it is paid out, and what happens when somebody leaves."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Money, OneOf, Percentage
from portal.domain.billing.terms import FeeBase, PayoutSchedule, Remedy
from portal.domain.placements import FailureReason


class Instalment(Answer):
    """A part of each share, and the day of the guarantee on which it becomes due."""

    percentage: Percentage
    day: int


class RefundStep(Answer):
    """The part of the fee refunded if the person leaves by this day."""

    until_day: int
    percentage: Percentage


class Terms(Answer):
    """The terms that apply; for each, `origin` names the scope that sets it: platform, company, job or default.

    Send `version` with a change, and `terms_version` with a proposal, to be sure that the terms haven't changed.
    """

    job_id: UUID | None
    organisation_id: UUID | None
    version: int
    terms_version: Annotated[str, From("terms.version")]
    origin: dict[str, str]
    currency: str
    fee_percentage: Annotated[Percentage | None, From("terms.fee_bp")]
    flat_fee: Annotated[Money | None, From("terms.flat_fee_minor")]
    minimum_fee: Annotated[Money | None, From("terms.minimum_fee_minor")]
    base: Annotated[OneOf[FeeBase], From("terms.base")]
    platform_fee_percentage: Annotated[Percentage, From("terms.platform_bp")]
    tax_percentage: Annotated[Percentage, From("terms.tax_bp")]
    tax_label: Annotated[str, From("terms.tax_label")]
    payment_days: Annotated[int, From("terms.payment_days")]
    payout_schedule: Annotated[OneOf[PayoutSchedule], From("terms.payout_schedule")]
    instalments: list[Instalment]
    guarantee_days: Annotated[int, From("terms.guarantee_days")]
    replacement_window_days: Annotated[int, From("terms.replacement_window_days")]
    report_grace_days: Annotated[int, From("terms.report_grace_days")]
    remedy: Annotated[OneOf[Remedy], From("terms.remedy")]
    steps: list[RefundStep]
    void_unpaid_days: Annotated[int | None, From("terms.void_unpaid_days")]
    void_reasons: Annotated[list[OneOf[FailureReason]], From("terms.void_reasons")]
    void_reported_days: Annotated[int | None, From("terms.void_reported_days")]
    restrictions: Annotated[str, From("terms.restrictions")]
