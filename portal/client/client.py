"""A typed client of the API: a method for each founding endpoint and for money, errors as exceptions, safe retries.

    with Portal("https://portal.example", token) as portal:
        portal.source_candidate(candidate_id, source_method="linkedin")

A POST carries an idempotency key, so it can be sent again if the answer is lost. Answers of newer releases are read,
too: fields that they added are left out, and a state or kind that is new is a plain string.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import httpx

from portal.answers.candidates import (
    Attachment,
    Attachments,
    Candidate,
    Claim,
    Outreach,
    Protection,
    Sourcer,
    SourcerAnswer,
)
from portal.answers.collaboration import Added, Preview, ShareChanged, Team
from portal.answers.placements import (
    Activated,
    Answered,
    Completed,
    Correction,
    Corrections,
    Extended,
    ExtensionAnswered,
    Failed,
    Guarantee,
    ReplacementLinked,
    ReplacementRequested,
    StateHistory,
    Undone,
)
from portal.answers.proposals import (
    Accepted,
    Comparison,
    Deciders,
    Declined,
    JobProposals,
    Proposal,
    ProposalDetail,
    RecruiterProposals,
    Shortlist,
    Timeouts,
)
from portal.answers.reputation import Leaderboard, Recalculated, Reputation, ReputationHistory
from portal.answers.values import Answer
from portal.client.disputes import DisputeCalls
from portal.client.interviews import InterviewCalls
from portal.client.money import MoneyCalls

R = TypeVar("R", bound=Answer)
AGAIN = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}
LONGEST_WAIT = 30.0


class ApiError(Exception):
    """An error response: `code` for programs, `message` for people."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code", "ERROR"))
        self.message = str(body.get("message", "The request failed."))
        self.details: dict[str, Any] = body.get("details") or {}
        self.correlation_id = str(body.get("correlation_id", ""))
        super().__init__(f"{status} {self.code}: {self.message}")


class InvalidInput(ApiError):
    """400: malformed or invalid input; `details` names each field."""


class NotSignedIn(ApiError):
    """401: missing or invalid credentials."""


class NotPermitted(ApiError):
    """403: not permitted."""


class NotFound(ApiError):
    """404: not found, or not visible to the caller."""


class Conflict(ApiError):
    """409: conflicts with the current state."""


class TooMany(ApiError):
    """429: over a limit, even after retries."""


ERRORS: dict[int, type[ApiError]] = {
    400: InvalidInput,
    401: NotSignedIn,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    429: TooMany,
}


class Portal(DisputeCalls, InterviewCalls, MoneyCalls):
    """Call the API of a portal with a bearer token."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        attempts: int = 3,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=30, transport=transport)
        self._attempts = attempts
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    # --- candidate ownership ----------------------------------------------------------------------------------

    def merge_candidate(self, candidate_id: UUID, *, email: str, reason: str) -> Candidate:
        """Merge two records of the same person and return the main one."""
        return self._call(Candidate, "POST", f"candidates/{candidate_id}/merge", email=email, reason=reason)

    def separate_candidate(self, candidate_id: UUID, *, reason: str) -> Candidate:
        """Unmerge a record."""
        return self._call(Candidate, "POST", f"candidates/{candidate_id}/separate", reason=reason)

    def source_candidate(self, candidate_id: UUID, *, source_method: str, **more: Any) -> Claim:
        """Claim the sourcing credit for a candidate; `notes`, and `recruiter_id` for platform admins."""
        path = f"candidates/{candidate_id}/source"
        return self._call(Claim, "POST", path, source_method=source_method, **more)

    def sourcer(self, candidate_id: UUID) -> Sourcer:
        """Return who sourced a candidate."""
        return self._call(SourcerAnswer, "GET", f"candidates/{candidate_id}/sourcer").sourcer

    def record_outreach(self, candidate_id: UUID, *, outreach_type: str, **more: Any) -> Outreach:
        """Log outreach; `subject`, `message_preview`, `engagement`, `job_id`."""
        path = f"candidates/{candidate_id}/outreach"
        return self._call(Outreach, "POST", path, outreach_type=outreach_type, **more)

    def protection_status(self, candidate_id: UUID) -> Protection:
        """Return whether a candidate is protected."""
        return self._call(Protection, "GET", f"candidates/{candidate_id}/protection-status")

    # --- candidates -------------------------------------------------------------------------------------------

    def add_candidate(
        self, *, full_name: str, email: str, profile: Mapping[str, Any] | None = None, **more: Any
    ) -> Candidate:
        """Add a candidate, with `phone`, `location`, `title`, `employer`, `linkedin_url`, `skills`.

        A `profile` has `experience_years`, `notice_weeks`, `available_on`, `salary`, `expected_salary`, `currency`,
        `right_to_work`, `languages`.
        """
        return self._call(
            Candidate, "POST", "candidates", full_name=full_name, email=email, profile=_dict(profile), **more
        )

    def change_candidate(
        self, candidate_id: UUID, *, profile: Mapping[str, Any] | None = None, **change: Any
    ) -> Candidate:
        """Update a candidate; fields left out stay unchanged, and a profile is replaced as a whole."""
        return self._call(Candidate, "PATCH", f"candidates/{candidate_id}", profile=_dict(profile), **change)

    # --- attachments ------------------------------------------------------------------------------------------

    def attachments(self, candidate_id: UUID) -> Attachments:
        """List a candidate's files."""
        return self._call(Attachments, "GET", f"candidates/{candidate_id}/attachments")

    def attach(self, candidate_id: UUID, *, kind: str, name: str, content: bytes) -> Attachment:
        """Attach a PDF or Word document to a candidate; `kind` is `cv`, `cover_letter`, `certificate`, …"""
        body = {"kind": kind, "name": name, "content": base64.b64encode(content).decode()}
        return self._call(Attachment, "POST", f"candidates/{candidate_id}/attachments", **body)

    def download_attachment(self, candidate_id: UUID, attachment_id: UUID) -> bytes:
        """Return the content of one of a candidate's files."""
        return self.request("GET", f"candidates/{candidate_id}/attachments/{attachment_id}").content

    def remove_attachment(self, candidate_id: UUID, attachment_id: UUID) -> None:
        """Permanently remove one of a candidate's files."""
        self.request("POST", f"candidates/{candidate_id}/attachments/{attachment_id}/remove")

    # --- placement lifecycle ----------------------------------------------------------------------------------

    def activate(
        self,
        placement_id: UUID,
        *,
        start_date: date,
        guarantee_days: int | None = None,
        accept_ended: bool | None = None,
    ) -> Activated:
        """Start the guarantee; one that would already have ended needs `accept_ended`."""
        body = {"start_date": start_date, "guarantee_days": guarantee_days, "accept_ended": accept_ended}
        return self._call(Activated, "POST", f"placements/{placement_id}/activate", **body)

    def complete(self, placement_id: UUID, *, completion_notes: str = "") -> Completed:
        """Complete a placement."""
        path = f"placements/{placement_id}/complete"
        return self._call(Completed, "POST", path, completion_notes=completion_notes)

    def fail(
        self,
        placement_id: UUID,
        *,
        failure_reason: str,
        failure_notes: str = "",
        last_day_worked: date | None = None,
    ) -> Failed:
        """Report a failure."""
        body = {
            "failure_reason": failure_reason,
            "failure_notes": failure_notes,
            "last_day_worked": last_day_worked,
        }
        return self._call(Failed, "POST", f"placements/{placement_id}/fail", **body)

    def correct(self, placement_id: UUID, *, reason: str, **right: Any) -> Correction:
        """Correct a hire; `salary`, `guaranteed_bonus`, `fee_percentage`, `flat_fee`, `start_date`."""
        return self._call(Correction, "POST", f"placements/{placement_id}/corrections", reason=reason, **right)

    def corrections(self, placement_id: UUID) -> Corrections:
        """List a hire's corrections."""
        return self._call(Corrections, "GET", f"placements/{placement_id}/corrections")

    def answer_extension(self, placement_id: UUID, *, agreed: bool) -> ExtensionAnswered:
        """Agree or decline that the caller's shares follow an extension of the guarantee."""
        return self._call(ExtensionAnswered, "POST", f"placements/{placement_id}/guarantee/answer", agreed=agreed)

    def answer_amendment(self, amendment_id: UUID, *, agreed: bool, reason: str = "") -> Answered:
        """Approve or decline a correction or a split change."""
        return self._call(Answered, "POST", f"amendments/{amendment_id}/answer", agreed=agreed, reason=reason)

    def undo(self, placement_id: UUID, *, reason: str) -> Undone:
        """Undo a hire or a no-show that was recorded by mistake."""
        return self._call(Undone, "POST", f"placements/{placement_id}/undo", reason=reason)

    def request_replacement(
        self, placement_id: UUID, *, replacement_deadline: date, notes: str = ""
    ) -> ReplacementRequested:
        """Request a replacement."""
        body = {"replacement_deadline": replacement_deadline, "notes": notes}
        return self._call(ReplacementRequested, "POST", f"placements/{placement_id}/request-replacement", **body)

    def link_replacement(
        self, placement_id: UUID, *, replacement_placement_id: UUID, notes: str = ""
    ) -> ReplacementLinked:
        """Link the replacement of a failed placement."""
        body = {"replacement_placement_id": replacement_placement_id, "notes": notes}
        return self._call(ReplacementLinked, "POST", f"placements/{placement_id}/link-replacement", **body)

    def state_history(self, placement_id: UUID) -> StateHistory:
        """List a placement's past states."""
        return self._call(StateHistory, "GET", f"placements/{placement_id}/state-history")

    def guarantee(self, placement_id: UUID) -> Guarantee:
        """Return the status of a guarantee."""
        return self._call(Guarantee, "GET", f"placements/{placement_id}/guarantee")

    def extend_guarantee(self, placement_id: UUID, *, additional_days: int, reason: str) -> Extended:
        """Extend a guarantee."""
        body = {"additional_days": additional_days, "reason": reason}
        return self._call(Extended, "POST", f"placements/{placement_id}/guarantee/extend", **body)

    # --- collaboration ----------------------------------------------------------------------------------------

    def add_collaborator(
        self, placement_id: UUID, *, recruiter_id: UUID, role: str, split_percentage: Decimal, notes: str = ""
    ) -> Added:
        """Add a recruiter to a team."""
        body = {"recruiter_id": recruiter_id, "role": role, "split_percentage": split_percentage, "notes": notes}
        return self._call(Added, "POST", f"placements/{placement_id}/collaborators", **body)

    def collaborators(self, placement_id: UUID) -> Team:
        """List a team."""
        return self._call(Team, "GET", f"placements/{placement_id}/collaborators")

    def change_share(
        self, placement_id: UUID, recruiter_id: UUID, *, split_percentage: Decimal, **more: Any
    ) -> ShareChanged:
        """Change a share; `role`, `notes`."""
        path = f"placements/{placement_id}/collaborators/{recruiter_id}"
        return self._call(ShareChanged, "PATCH", path, split_percentage=split_percentage, **more)

    def change_shares(self, placement_id: UUID, *, shares: Sequence[Mapping[str, Any]], **more: Any) -> Team:
        """Save a whole split as one version; each share has `recruiter_id`, `role`, `split_percentage`.

        Also `reason`, and the `version` that was read.
        """
        body = {"shares": [dict(share) for share in shares], **more}
        return self._call(Team, "PATCH", f"placements/{placement_id}/collaborators", **body)

    def calculate_splits(self, *, total_fee: Decimal, collaborators: Sequence[dict[str, Any]]) -> Preview:
        """Preview how a fee would be shared."""
        body = {"total_fee": total_fee, "collaborators": list(collaborators)}
        return self._call(Preview, "POST", "placements/calculate-splits", **body)

    # --- proposals --------------------------------------------------------------------------------------------

    def propose(self, *, candidate_id: UUID, job_id: UUID, pitch: str, **more: Any) -> Proposal:
        """Propose a candidate; `expected_salary`, `restrictions_read`, `terms_version`."""
        body = {"candidate_id": candidate_id, "job_id": job_id, "pitch": pitch, **more}
        return self._call(Proposal, "POST", "proposals", **body)

    def proposal(self, proposal_id: UUID) -> ProposalDetail:
        """Return a proposal."""
        return self._call(ProposalDetail, "GET", f"proposals/{proposal_id}")

    def accept(self, proposal_id: UUID, *, notes: str = "") -> Accepted:
        """Accept a proposal."""
        return self._call(Accepted, "POST", f"proposals/{proposal_id}/accept", notes=notes)

    def decline(self, proposal_id: UUID, *, decline_reason: str, notes: str = "") -> Declined:
        """Decline a proposal."""
        body = {"decline_reason": decline_reason, "notes": notes}
        return self._call(Declined, "POST", f"proposals/{proposal_id}/decline", **body)

    def proposals_of_recruiter(self, recruiter_id: UUID, **query: Any) -> RecruiterProposals:
        """List a recruiter's proposals; `state`, `job_id`, `limit`, `offset`."""
        return self._call(RecruiterProposals, "GET", f"recruiters/{recruiter_id}/proposals", **query)

    def proposals_of_job(self, job_id: UUID, **query: Any) -> JobProposals:
        """List a job's proposals; `state`, `limit`, `offset`."""
        return self._call(JobProposals, "GET", f"jobs/{job_id}/proposals", **query)

    def deciders(self, proposal_id: UUID) -> Deciders:
        """Return who at the company can decide on a proposal, and who is handling it."""
        return self._call(Deciders, "GET", f"proposals/{proposal_id}/deciders")

    def delegate_proposal(self, proposal_id: UUID, *, user_id: UUID) -> Deciders:
        """Hand a proposal over to someone at its company."""
        return self._call(Deciders, "POST", f"proposals/{proposal_id}/delegate", user_id=user_id)

    def hand_back_proposal(self, proposal_id: UUID) -> Deciders:
        """Hand a proposal back."""
        return self._call(Deciders, "POST", f"proposals/{proposal_id}/hand-back")

    def compare(self, job_id: UUID, *proposal_ids: UUID) -> Comparison:
        """Return two to four proposals for a job to compare; without ids, those on its shortlist."""
        chosen = ",".join(map(str, proposal_ids))
        return self._call(Comparison, "GET", f"jobs/{job_id}/compare", **({"proposals": chosen} if chosen else {}))

    def shortlist(self, job_id: UUID) -> Shortlist:
        """Return a job's shortlist."""
        return self._call(Shortlist, "GET", f"jobs/{job_id}/shortlist")

    def change_shortlist(self, job_id: UUID, *, add: Sequence[UUID] = (), remove: Sequence[UUID] = ()) -> Shortlist:
        """Add proposals to a job's shortlist, or remove them."""
        said = {"add": list(add), "remove": list(remove)}
        return self._call(Shortlist, "POST", f"jobs/{job_id}/shortlist", **said)

    def process_timeouts(self) -> Timeouts:
        """Expire overdue proposals."""
        return self._call(Timeouts, "POST", "proposals/process-timeouts")

    # --- reputation -------------------------------------------------------------------------------------------

    def reputation(self, recruiter_id: UUID) -> Reputation:
        """Return a recruiter's score."""
        return self._call(Reputation, "GET", f"recruiters/{recruiter_id}/reputation")

    def recalculate_reputation(self, recruiter_id: UUID) -> Recalculated:
        """Recalculate a score."""
        return self._call(Recalculated, "POST", f"recruiters/{recruiter_id}/reputation/recalculate")

    def leaderboard(self, **query: Any) -> Leaderboard:
        """Return the leaderboard; `limit`, `time_period`."""
        return self._call(Leaderboard, "GET", "reputation/leaderboard", **query)

    def reputation_history(self, recruiter_id: UUID, **query: Any) -> ReputationHistory:
        """List a score's history; `limit`, `start_date`, `end_date`."""
        return self._call(ReputationHistory, "GET", f"recruiters/{recruiter_id}/reputation/history", **query)

    # --- anything ---------------------------------------------------------------------------------------------

    def request(self, method: str, path: str, **said: Any) -> httpx.Response:
        """Send any request under /api, retrying if needed, and return the answer.

        Raises:
            ApiError: the API refused it.
        """
        plain = {name: _plain(value) for name, value in said.items() if value is not None}
        sent: dict[str, Any] = {"params": plain} if method == "GET" else {"json": plain}
        if method == "POST":
            sent["headers"] = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self._send(method, f"/api/{path}", sent)
        if answer.is_error:
            raise ERRORS.get(answer.status_code, ApiError)(answer.status_code, _body(answer))
        return answer

    def _call(self, result: type[R], method: str, path: str, **said: Any) -> R:
        """Send a request and read the answer; what a newer release says beside it is left out."""
        return result.model_validate_json(self.request(method, path, **said).content, extra="ignore")

    def _send(self, method: str, path: str, sent: dict[str, Any]) -> httpx.Response:
        """Send until there is an answer that another attempt would not change."""
        for attempt in range(1, self._attempts + 1):
            wait = 0.2 * 2**attempt
            try:
                answer = self._http.request(method, path, **sent)
            except httpx.TransportError:
                if attempt == self._attempts:
                    raise
            else:
                wait = max(wait, float(answer.headers.get("Retry-After", 0)))
                if answer.status_code not in AGAIN or attempt == self._attempts or wait > LONGEST_WAIT:
                    return answer
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")


def _plain(value: Any) -> Any:
    """Return a value as JSON has it; decimals become numbers."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):  # a time as well
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _dict(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return the fields that say something."""
    return None if given is None else {name: value for name, value in given.items() if value is not None}


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
