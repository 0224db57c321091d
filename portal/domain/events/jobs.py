"""What happens to jobs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from portal.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class JobPosted(Event):
    """A company entered a job."""

    type: ClassVar[str] = "job.posted"
    job_id: uuid.UUID
    status: str
    fee_bp: int


@dataclass(frozen=True, kw_only=True)
class JobChanged(Event):
    """A job was edited; `changed` names the fields, `status` is the one it has now."""

    type: ClassVar[str] = "job.changed"
    job_id: uuid.UUID
    changed: tuple[str, ...]
    status: str
