"""Jobs (domain.md §1): five statuses, and which may follow which."""

from __future__ import annotations

from enum import StrEnum

from portal.domain.errors import WrongState

MAX_GUARANTEE_DAYS = 365  # the guarantee settings may allow less


class JobStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    FILLED = "filled"
    CLOSED = "closed"


# A job that is over may be opened again: a failed placement needs another one for the same job.
FOLLOWING: dict[JobStatus, tuple[JobStatus, ...]] = {
    JobStatus.DRAFT: (JobStatus.ACTIVE, JobStatus.CLOSED),
    JobStatus.ACTIVE: (JobStatus.PAUSED, JobStatus.FILLED, JobStatus.CLOSED),
    JobStatus.PAUSED: (JobStatus.ACTIVE, JobStatus.FILLED, JobStatus.CLOSED),
    JobStatus.FILLED: (JobStatus.ACTIVE,),
    JobStatus.CLOSED: (JobStatus.ACTIVE,),
}
FIRST = (JobStatus.DRAFT, JobStatus.ACTIVE)
OVER = (JobStatus.FILLED, JobStatus.CLOSED)  # open proposals are withdrawn, and nothing is edited
STATUS_LABELS = {
    JobStatus.DRAFT: "a draft",
    JobStatus.ACTIVE: "open",
    JobStatus.PAUSED: "paused",
    JobStatus.FILLED: "filled",
    JobStatus.CLOSED: "closed",
}
_DONE = {
    JobStatus.DRAFT: "turned back into a draft",
    JobStatus.ACTIVE: "opened",
    JobStatus.PAUSED: "paused",
    JobStatus.FILLED: "marked as filled",
    JobStatus.CLOSED: "closed",
}


def check_change(present: str, wanted: str) -> JobStatus:
    """Return the status that a job may take on."""
    status = JobStatus(wanted)
    if status not in FOLLOWING[JobStatus(present)]:
        now = STATUS_LABELS[JobStatus(present)]
        raise WrongState(
            f"This job is already {now}." if present == status else f"This job is {now} and can’t be {_DONE[status]}.",
            details={"status": present, "wanted": wanted},
        )
    return status
