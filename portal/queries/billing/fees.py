"""What a job pays for a hire: what its terms set, nearest first, else its own percentage (money.md §1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ScalarSelect, case, cast, func, or_, select

from portal.models import Job, TermsSetting

_T = TermsSetting
_NEAREST = case((_T.scope == "job", 0), (_T.scope == "company", 1), else_=2)


def _set(name: str) -> ColumnElement[Any]:
    return cast(func.jsonb_extract_path_text(_T.fields, name), BigInteger)


# An amount in another currency than the job's sets nothing (money.md §9).
_IN_ITS_CURRENCY = func.coalesce(func.jsonb_extract_path_text(_T.fields, "currency"), Job.currency) == Job.currency
_FLAT = case((_IN_ITS_CURRENCY, _set("flat_fee_minor")))


def _of_terms(value: ColumnElement[Any]) -> ScalarSelect[Any]:
    """Select a value of the nearest scope that sets a fee; a flat one excludes a percentage, and back."""
    applies = or_(_T.scope == "platform", _T.company_id == Job.company_id, _T.job_id == Job.id)
    sets_fee = or_(_FLAT.is_not(None), _set("fee_bp").is_not(None))
    return select(value).where(applies, sets_fee).order_by(_NEAREST).limit(1).correlate(Job).scalar_subquery()


def flat_fee_of_job() -> ColumnElement[int | None]:
    """Select the flat fee of a job; null where it pays a percentage."""
    return _of_terms(_FLAT)


def percentage_of_job() -> ColumnElement[int | None]:
    """Select the percentage of a job, in basis points; null where it pays a flat fee."""
    return case((flat_fee_of_job().is_(None), func.coalesce(_of_terms(_set("fee_bp")), Job.fee_bp)))
