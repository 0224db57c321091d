"""What the API's founding endpoints answer, written down a second time: the client refuses any other field.

Money and percentages are decimals in major units, times are aware.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Result(BaseModel):
    """Be an answer of the API."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Claim(Result):
    """Answer 1: a claim of the sourcing credit."""

    id: UUID
    candidate_id: UUID
    recruiter_id: UUID
    source_method: str
    sourced_at: AwareDatetime
    protection_expires_at: AwareDatetime
    notes: str


class Sourcer(Result):
    """Answer 2: who sourced a candidate."""

    recruiter_id: UUID | None
    recruiter_name: str | None
    sourced_at: AwareDatetime
    source_method: str | None
    protection_expires_at: AwareDatetime
    is_protected: bool


class SourcerAnswer(Result):
    """Answer 2, as it is sent."""

    sourcer: Sourcer


class Outreach(Result):
    """Answer 3: a recorded contact."""

    id: UUID
    candidate_id: UUID
    recruiter_id: UUID
    outreach_type: str
    subject: str
    sent_at: AwareDatetime
    engagement: str


class Protection(Result):
    """Answer 4: whether a candidate is protected."""

    is_protected: bool
    protection_expires_at: AwareDatetime | None
    sourcer_recruiter_id: UUID | None
    days_remaining: int | None


class Activated(Result):
    """Answer 5."""

    placement_id: UUID
    state: str
    activated_at: AwareDatetime
    guarantee_end_date: dt.date
    guarantee_days: int


class Completed(Result):
    """Answer 6."""

    placement_id: UUID
    state: str
    completed_at: AwareDatetime
    completion_notes: str


class Failed(Result):
    """Answer 7."""

    placement_id: UUID
    state: str
    failed_at: AwareDatetime
    failure_reason: str
    failure_notes: str
    replacement_eligible: bool


class ReplacementRequested(Result):
    """Answer 8."""

    placement_id: UUID
    replacement_requested: bool
    replacement_deadline: dt.date
    days_remaining: int


class ReplacementLinked(Result):
    """Answer 9."""

    original_placement_id: UUID
    replacement_placement_id: UUID
    linked_at: AwareDatetime


class Step(Result):
    """A step of answer 10."""

    from_state: str | None
    to_state: str
    transitioned_at: AwareDatetime
    transitioned_by: str
    notes: str


class StateHistory(Result):
    """Answer 10: the states of a placement, oldest first."""

    placement_id: UUID
    current_state: str
    history: list[Step]


class Guarantee(Result):
    """Answer 11."""

    placement_id: UUID
    guarantee_days: int | None
    activated_at: AwareDatetime | None
    guarantee_end_date: dt.date | None
    days_remaining: int
    is_active: bool


class Extended(Result):
    """Answer 12."""

    placement_id: UUID
    original_guarantee_days: int
    new_guarantee_days: int
    new_guarantee_end_date: dt.date
    extended_at: AwareDatetime


class Added(Result):
    """Answer 13: a new member of a team."""

    id: UUID
    placement_id: UUID
    recruiter_id: UUID
    role: str
    split_percentage: Decimal
    amount_earned: Decimal
    added_at: AwareDatetime


class Member(Result):
    """A member in answer 14."""

    recruiter_id: UUID
    recruiter_name: str
    role: str
    split_percentage: Decimal
    amount_earned: Decimal


class Team(Result):
    """Answer 14: who shares the fee."""

    placement_id: UUID
    total_fee: Decimal
    collaborators: list[Member]


class ShareChanged(Result):
    """Answer 15."""

    placement_id: UUID
    recruiter_id: UUID
    role: str
    old_split_percentage: Decimal
    new_split_percentage: Decimal
    new_amount_earned: Decimal


class Split(Result):
    """A share of answer 16."""

    role: str
    split_percentage: Decimal
    amount: Decimal


class Preview(Result):
    """Answer 16: how a fee would be shared."""

    total_fee: Decimal
    splits: list[Split]
    total_split_percentage: Decimal
    valid: bool


class Proposal(Result):
    """Answer 17: a new proposal."""

    id: UUID
    candidate_id: UUID
    job_id: UUID
    recruiter_id: UUID
    state: str
    pitch: str
    expected_salary: Decimal | None
    proposed_at: AwareDatetime
    expires_at: AwareDatetime


class ProposalDetail(Proposal):
    """Answer 18: a proposal as the caller may see it."""

    candidate_name: str
    job_title: str
    recruiter_name: str
    reviewed_at: AwareDatetime | None
    allowed_actions: list[str]


class Accepted(Result):
    """Answer 19."""

    id: UUID
    state: str
    accepted_at: AwareDatetime
    reviewed_by: str | None
    notes: str


class Declined(Result):
    """Answer 20."""

    id: UUID
    state: str
    declined_at: AwareDatetime
    reviewed_by: str | None
    decline_reason: str
    notes: str


class OfRecruiter(Result):
    """A line of answer 21."""

    id: UUID
    candidate_name: str
    job_title: str
    state: str
    proposed_at: AwareDatetime


class RecruiterProposals(Result):
    """Answer 21: a recruiter's proposals."""

    recruiter_id: UUID
    total: int
    proposals: list[OfRecruiter]


class OfJob(Result):
    """A line of answer 22."""

    id: UUID
    candidate_name: str
    recruiter_name: str
    state: str
    proposed_at: AwareDatetime
    expires_at: AwareDatetime


class JobProposals(Result):
    """Answer 22: a job's proposals."""

    job_id: UUID
    job_title: str
    total: int
    proposals: list[OfJob]


class TimedOut(Result):
    """A line of answer 23."""

    id: UUID
    candidate_name: str
    job_title: str
    proposed_at: AwareDatetime
    expired_at: AwareDatetime


class Timeouts(Result):
    """Answer 23: what a run timed out."""

    processed: int
    timed_out_proposals: list[TimedOut]


class Reputation(Result):
    """Answer 24."""

    recruiter_id: UUID
    recruiter_name: str
    reputation_score: int | None
    total_placements: int
    successful_placements: int
    failed_placements: int
    hire_rate: Decimal | None
    completion_rate: Decimal | None
    collaboration_score: int | None
    avg_response_time_hours: Decimal | None
    provisional: bool
    last_updated: AwareDatetime | None


class Change(Result):
    """A figure of answer 25 before and after."""

    old: Decimal | None
    new: Decimal | None


class Recalculated(Result):
    """Answer 25."""

    recruiter_id: UUID
    old_score: int | None
    new_score: int
    recalculated_at: AwareDatetime
    changes: dict[str, Change]


class Ranked(Result):
    """A row of answer 26."""

    rank: int
    recruiter_id: UUID
    recruiter_name: str
    reputation_score: int
    total_placements: int
    hire_rate: Decimal | None


class Leaderboard(Result):
    """Answer 26."""

    time_period: str
    updated_at: AwareDatetime
    leaderboard: list[Ranked]


class Point(Result):
    """A line of answer 27."""

    date: dt.date
    reputation_score: int
    hire_rate: Decimal | None
    completion_rate: Decimal | None
    total_placements: int


class ReputationHistory(Result):
    """Answer 27: how a score developed, newest first."""

    recruiter_id: UUID
    history: list[Point]
