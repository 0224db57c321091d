"""Which guarantee terms apply to a job: its own, else its company's, else the platform's (domain.md §4)."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, SQLColumnExpression, case, func, or_, select

from portal.models import GuaranteeConfig, Job

G = GuaranteeConfig
Reference = uuid.UUID | SQLColumnExpression[uuid.UUID] | None
# Orders the rows that apply: the first one is in force.
NEAREST = case((G.scope == "job", 0), (G.scope == "company", 1), else_=2)


def applying(company_id: Reference, job_id: Reference) -> ColumnElement[bool]:
    """Return the condition of the rows that apply to a job, a company, or, with neither, the platform."""
    wanted = [(G.company_id, company_id), (G.job_id, job_id)]
    # Comparing with None would match every row that has no company or no job.
    return or_(G.scope == "platform", *(column == value for column, value in wanted if value is not None))


def offered_days() -> ColumnElement[int]:
    """Select the days of guarantee that a job offers: its own inside the bounds of the terms, or their default."""
    wanted = func.coalesce(Job.guarantee_days, G.default_days)
    offered = func.least(func.greatest(wanted, G.minimum_days), G.maximum_days)
    applies = applying(Job.company_id, Job.id)
    return select(offered).where(applies).order_by(NEAREST).limit(1).correlate(Job).scalar_subquery()
