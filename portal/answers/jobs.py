"""Jobs."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Money, OneOf, Part, Percentage, Time
from portal.domain.jobs import JobStatus


class JobLine(Answer):
    """A job in a list, with the percentage or flat fee of its terms; only visible proposals are counted."""

    id: UUID
    title: str
    company_name: str
    location: str
    currency: str
    salary_min: Annotated[Money | None, From("salary_min_minor")]
    salary_max: Annotated[Money | None, From("salary_max_minor")]
    fee_percentage: Annotated[Percentage | None, From("offered_fee_bp")]
    flat_fee: Annotated[Money | None, From("flat_fee_minor")]
    status: OneOf[JobStatus]
    created_at: Time
    open_proposals: int


class Job(JobLine):
    """A job; days are null where the defaults apply."""

    company_id: UUID
    description: str
    guarantee_days: int | None
    proposal_days: int | None
    updated_at: Time
    version: int


class Jobs(Part):
    """The jobs that the caller can see, newest first; `next_cursor` leads to older ones."""

    jobs: Annotated[list[JobLine], From("rows")]
