"""Proposals, their lists, and the questions about them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.candidates import Profile
from portal.answers.values import Answer, CountedPart, From, Money, OneOf, Time
from portal.domain.proposals import DeclineReason, ProposalState


class Proposal(Answer):
    """A proposal as it was made."""

    id: UUID
    candidate_id: UUID
    job_id: UUID
    recruiter_id: UUID
    state: OneOf[ProposalState]
    pitch: str
    expected_salary: Annotated[Money | None, From("expected_salary_minor")]
    proposed_at: Time
    expires_at: Time


class ProposalDetail(Proposal):
    """A proposal as the caller can see it; until it accepts, a company sees initials and no current salary."""

    candidate_name: str
    job_title: str
    recruiter_name: str
    profile: Profile
    reviewed_at: Time | None
    allowed_actions: list[str]


class Accepted(Answer):
    """An accepted proposal."""

    id: UUID
    state: OneOf[ProposalState]
    accepted_at: Annotated[Time, From("closed_at")]
    reviewed_by: Annotated[str | None, From("closed_by")]
    notes: str


class Declined(Answer):
    """A declined proposal."""

    id: UUID
    state: OneOf[ProposalState]
    declined_at: Annotated[Time, From("closed_at")]
    reviewed_by: Annotated[str | None, From("closed_by")]
    decline_reason: OneOf[DeclineReason]
    notes: str


class OfRecruiter(Answer):
    """A proposal in a recruiter's list."""

    id: UUID
    candidate_name: str
    job_title: str
    state: OneOf[ProposalState]
    proposed_at: Time


class RecruiterProposals(CountedPart):
    """A recruiter's proposals, newest first; `next_cursor` leads to older ones."""

    recruiter_id: UUID
    proposals: Annotated[list[OfRecruiter], From("rows")]


class OfJob(Answer):
    """A proposal in a job's list."""

    id: UUID
    candidate_name: str
    recruiter_name: str
    state: OneOf[ProposalState]
    proposed_at: Time
    expires_at: Time


class JobProposals(CountedPart):
    """A job's proposals, newest first; `next_cursor` leads to older ones."""

    job_id: UUID
    job_title: str
    proposals: Annotated[list[OfJob], From("rows")]


class ProposalLine(OfRecruiter):
    """A proposal in the list of all that the caller can see."""

    company_name: str
    recruiter_name: str
    expires_at: Time


class Proposals(CountedPart):
    """The proposals that the caller can see, newest first; `next_cursor` leads to older ones."""

    proposals: Annotated[list[ProposalLine], From("rows")]


class Decider(Answer):
    """Someone at a company who can decide on proposals."""

    user_id: UUID
    name: str


class Deciders(Answer):
    """Who at the company can decide on a proposal, and who is handling it; null if no one is."""

    proposal_id: UUID
    deciders: list[Decider]
    in_hand: UUID | None


class Shortlist(Answer):
    """The open proposals on a job's shortlist, soonest deadline first."""

    job_id: UUID
    proposal_ids: list[UUID]


class Compared(ProposalDetail):
    """A proposal in a comparison; `fee` is the estimated fee, null without an expected salary."""

    candidate_title: str
    candidate_location: str
    candidate_skills: list[str]
    currency: str
    fee: Annotated[Money | None, From("fee_minor")]
    guarantee_days: Annotated[int, From("terms.guarantee_days")]
    recruiter_score: Annotated[int | None, From("score")]
    attachments: Annotated[list[str], From("attachment_labels")]
    is_shortlisted: bool


class Comparison(Answer):
    """Two to four proposals for a job, soonest deadline first."""

    job_id: UUID
    job_title: str
    proposals: list[Compared]


class TimedOut(Answer):
    """A proposal that expired."""

    id: UUID
    candidate_name: str
    job_title: str
    proposed_at: Time
    expired_at: Annotated[Time, From("closed_at")]


class Timeouts(Answer):
    """The proposals that a run expired; the first hundred are listed."""

    processed: int
    timed_out_proposals: list[TimedOut]


class Question(Answer):
    """A question; `answer` and `answered_at` are null while it is open."""

    id: UUID
    question: str
    asked_by: str
    asked_at: Time
    answer: str | None
    answered_at: Time | None


class Questions(Answer):
    """The questions about a proposal, oldest first."""

    proposal_id: Annotated[UUID, From("id")]
    questions: list[Question]
