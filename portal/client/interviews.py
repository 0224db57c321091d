"""What the typed client asks about interviews; `Portal` has these methods too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from portal.answers.interviews import Interview, Interviews, InterviewStages
from portal.answers.values import Answer

R = TypeVar("R", bound=Answer)


class InterviewCalls(ABC):
    """The calls about interviews, for a class that can send them."""

    @abstractmethod
    def _call(self, result: type[R], method: str, path: str, **said: Any) -> R:
        """Send a request and read its answer."""

    def interview_stages(self, job_id: UUID) -> InterviewStages:
        """Return the stages at which interviews for a job are held."""
        return self._call(InterviewStages, "GET", f"jobs/{job_id}/interview-stages")

    def set_interview_stages(self, job_id: UUID, stages: Sequence[Mapping[str, Any]]) -> InterviewStages:
        """Name all stages of a job in their order: `name`, and the `id` of one that it has."""
        return self._call(InterviewStages, "POST", f"jobs/{job_id}/interview-stages", stages=list(stages))

    def interviews(self, proposal_id: UUID) -> Interviews:
        """List the interviews of a proposal."""
        return self._call(Interviews, "GET", f"proposals/{proposal_id}/interviews")

    def schedule_interview(self, proposal_id: UUID, *, stage: str, starts_at: datetime, **more: Any) -> Interview:
        """Set an interview; `minutes`, `participants`, `with_whom`, `place`."""
        said = {"stage": stage, "starts_at": starts_at, **more}
        return self._call(Interview, "POST", f"proposals/{proposal_id}/interviews", **said)

    def change_interview(self, interview_id: UUID, *, stage: str, starts_at: datetime, **more: Any) -> Interview:
        """Change an interview; `minutes`, `participants`, `with_whom`, `place`, `version`."""
        return self._call(Interview, "PATCH", f"interviews/{interview_id}", stage=stage, starts_at=starts_at, **more)

    def record_result(self, interview_id: UUID, *, outcome: str, **more: Any) -> Interview:
        """Record how an interview ended; `feedback` for the recruiter, `internal_note`, `version`."""
        return self._call(Interview, "POST", f"interviews/{interview_id}/result", outcome=outcome, **more)

    def add_interview_note(self, interview_id: UUID, *, note: str, is_internal: bool = True) -> Interview:
        """Write feedback, for the company alone unless it is not internal."""
        return self._call(Interview, "POST", f"interviews/{interview_id}/notes", note=note, is_internal=is_internal)
