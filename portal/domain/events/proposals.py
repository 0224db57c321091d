"""What happens to proposals and their questions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from portal.domain.events.base import Event, Kind, event

_mailed = partial(event, notice=Kind.PROPOSALS)


@dataclass(frozen=True, kw_only=True)
class _OfProposal(Event):
    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    recruiter_id: uuid.UUID


@_mailed(
    "proposal.created",
    "Proposed",
    "{recruiter} proposed the candidate; decision due {expires_at:day}.",
    icon="mail",
    tone="accent",
)
class ProposalCreated(_OfProposal):
    """A recruiter proposed a candidate for a job."""

    expires_at: datetime


@event("proposal.reviewing", "Review started", "{company} opened the proposal.", icon="search", tone="info")
class ProposalReviewing(_OfProposal):
    """Someone at the company opened the proposal."""


@_mailed("proposal.accepted", "Proposal accepted", "Decided after {seconds_to_decide:span}.", icon="check", tone="ok")
class ProposalAccepted(_OfProposal):
    """The company accepted."""

    seconds_to_decide: int


@_mailed(
    "proposal.declined",
    "Proposal declined",
    "{decline_reason:label}; decided after {seconds_to_decide:span}.",
    icon="x",
    tone="bad",
)
class ProposalDeclined(_OfProposal):
    """The company declined."""

    decline_reason: str
    seconds_to_decide: int


@_mailed(
    "proposal.withdrawn",
    "Proposal withdrawn",
    "{cause:label}",
    icon="arrow-back-up",
    mails=("proposal_withdrawn", "proposal_ended"),
)
class ProposalWithdrawn(_OfProposal):
    """The recruiter withdrew the proposal, or the system did because the job closed or the candidate was hired."""

    cause: str  # recruiter, platform, job_closed, hired_elsewhere, recruiter_left


@event("proposal.passed_on", "Proposal passed on", "To {recruiter}.", icon="user-check")
class ProposalPassedOn(_OfProposal):
    """A successor took over the proposal of a recruiter who left."""

    former_recruiter_id: uuid.UUID


@_mailed("proposal.timeout", "Proposal expired", "No decision was made in time.", icon="hourglass", tone="warn")
class ProposalTimeout(_OfProposal):
    """No one at the company decided in time."""

    expires_at: datetime


@_mailed("proposal.expiring", "24 hours left to decide", "Reminder sent to {company}.", icon="clock", tone="warn")
class ProposalExpiring(_OfProposal):
    """Twenty-four hours are left to decide."""

    expires_at: datetime


@event(
    "question.asked",
    "Question asked",
    "{company} asked a question.",
    icon="message-question",
    tone="info",
    notice=Kind.QUESTIONS,
)
class QuestionAsked(_OfProposal):
    """The company asked the recruiter a question."""

    question_id: uuid.UUID


@event(
    "question.answered",
    "Question answered",
    "Answered after {seconds_to_answer:span}.",
    icon="message",
    tone="ok",
    notice=Kind.QUESTIONS,
)
class QuestionAnswered(_OfProposal):
    """The recruiter answered a question."""

    question_id: uuid.UUID
    seconds_to_answer: int


@_mailed("proposal.delegated", "Proposal handed over", "Someone at {company} is handling it.", icon="user-check")
class ProposalDelegated(_OfProposal):
    """Someone at the company handed the proposal to a colleague, or took it on."""

    user_id: uuid.UUID


@_mailed("proposal.handed_back", "Proposal handed back", "No one at {company} is handling it.", icon="arrow-back-up")
class ProposalHandedBack(_OfProposal):
    """Whoever was handling the proposal handed it back, or left the company; `user_id` is who had handed it over."""

    user_id: uuid.UUID
    former_user_id: uuid.UUID
    has_left: bool


@event("shortlist.extended", "Added to the shortlist", "Proposals: {marked_ids:number}.", icon="star")
class ShortlistExtended(Event):
    """The company added proposals to a job's shortlist.

    It names them under no reference, so it never appears in a recruiter's view of the log.
    """

    marked_ids: tuple[uuid.UUID, ...]


@event("shortlist.cut", "Removed from the shortlist", "Proposals: {marked_ids:number}.", icon="star")
class ShortlistCut(Event):
    """The company removed proposals from a job's shortlist; this names them under no reference, either."""

    marked_ids: tuple[uuid.UUID, ...]
