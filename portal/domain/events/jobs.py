"""What happens to jobs."""

from __future__ import annotations

import uuid

from portal.domain.events.base import Event, event


@event("job.posted", "Job posted", "Fee {fee_bp:fee}, {status}.", icon="briefcase", tone="info")
class JobPosted(Event):
    """A company posted a job; its fee is a percentage of the salary, or a flat amount under the company's terms."""

    job_id: uuid.UUID
    status: str
    fee_bp: int | None = None
    flat_fee_minor: int | None = None
    currency: str = ""


@event("job.changed", "Job edited", "Changed: {changed:list}.", icon="briefcase")
class JobChanged(Event):
    """A job was edited; `changed` names the fields, `status` is its current status."""

    job_id: uuid.UUID
    changed: tuple[str, ...]
    status: str
