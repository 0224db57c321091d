"""What happens to proposals and their questions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portal.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class _OfProposal(Event):
    type: ClassVar[str] = "proposal"
    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    recruiter_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class ProposalCreated(_OfProposal):
    """A recruiter proposed a candidate for a job."""

    type: ClassVar[str] = "proposal.created"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ProposalReviewing(_OfProposal):
    """Somebody of the company opened the proposal."""

    type: ClassVar[str] = "proposal.reviewing"


@dataclass(frozen=True, kw_only=True)
class ProposalAccepted(_OfProposal):
    """The company accepted."""

    type: ClassVar[str] = "proposal.accepted"
    seconds_to_decide: int


@dataclass(frozen=True, kw_only=True)
class ProposalDeclined(_OfProposal):
    """The company declined."""

    type: ClassVar[str] = "proposal.declined"
    decline_reason: str
    seconds_to_decide: int


@dataclass(frozen=True, kw_only=True)
class ProposalWithdrawn(_OfProposal):
    """The recruiter took the proposal back, or the system did because the job or the candidate is gone."""

    type: ClassVar[str] = "proposal.withdrawn"
    cause: str  # recruiter, platform, job_closed, hired_elsewhere


@dataclass(frozen=True, kw_only=True)
class ProposalTimeout(_OfProposal):
    """Nobody at the company decided in time."""

    type: ClassVar[str] = "proposal.timeout"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class ProposalExpiring(_OfProposal):
    """Twenty-four hours are left to decide."""

    type: ClassVar[str] = "proposal.expiring"
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(_OfProposal):
    """The company asked the recruiter for information."""

    type: ClassVar[str] = "question.asked"
    question_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(_OfProposal):
    """The recruiter answered a question."""

    type: ClassVar[str] = "question.answered"
    question_id: uuid.UUID
    seconds_to_answer: int
