"""Candidates, and whose they are."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Money, OneOf, Part, Time
from portal.domain.attachments import AttachmentKind
from portal.domain.ownership import CheckResult, Engagement, OutreachType, SourceMethod


class Profile(Answer):
    """A candidate's professional profile; both salaries are annual and in `currency`."""

    experience_years: int | None
    notice_weeks: int | None
    available_on: date | None
    salary: Annotated[Money | None, From("salary_minor")]
    expected_salary: Annotated[Money | None, From("expected_salary_minor")]
    currency: str | None
    right_to_work: str
    languages: list[str]


class Candidate(Answer):
    """A candidate in full; `protection_expires_at` is null if no one holds an active claim.

    With `merged_at` set, this is a duplicate; platform admins can see which record it was merged into."""

    id: UUID
    full_name: str
    email: str
    phone: str | None
    location: str
    title: str
    employer: str
    linkedin_url: str | None
    skills: list[str]
    profile: Profile
    created_at: Time
    updated_at: Time
    unsubscribed_at: Time | None
    is_protected: Annotated[bool, From("sourcer.is_protected")]
    protection_expires_at: Annotated[Time | None, From("protected_until")]
    merged_at: Time | None
    merged_into_id: UUID | None
    version: int


class CandidateLine(Answer):
    """A candidate in a list; `protection_expires_at` is null if no one holds an active claim."""

    id: UUID
    full_name: str
    title: str
    employer: str
    protection_expires_at: Annotated[Time | None, From("protected_until")]
    open_proposals: int


class Candidates(Part):
    """The candidates that the caller can see, newest first; `next_cursor` leads to older ones."""

    candidates: Annotated[list[CandidateLine], From("rows")]


class Attachment(Answer):
    """A candidate's file; `scanned_at` is null if it wasn't scanned for viruses."""

    id: UUID
    kind: OneOf[AttachmentKind]
    name: str
    media_type: str
    size: int
    sha256: str
    attached_at: Time
    scanned_at: Time | None


class Attachments(Answer):
    """A candidate's files, in the order they were attached."""

    attachments: list[Attachment]


class Check(Answer):
    """The result of a check; the id is set only if the caller can see the candidate."""

    result: OneOf[CheckResult]
    until: Time | None
    candidate_id: UUID | None


class Claim(Answer):
    """A claim to the sourcing credit."""

    id: UUID
    candidate_id: UUID
    recruiter_id: UUID
    source_method: OneOf[SourceMethod]
    sourced_at: Time
    protection_expires_at: Time
    notes: str


class Sourcer(Answer):
    """Who sourced a candidate; id and name are null if the caller can't see them."""

    recruiter_id: UUID | None
    recruiter_name: str | None
    sourced_at: Time
    source_method: OneOf[SourceMethod] | None
    protection_expires_at: Time
    is_protected: bool


class SourcerAnswer(Answer):
    """The sourcer of a candidate."""

    sourcer: Sourcer


class Outreach(Answer):
    """A logged contact with a candidate."""

    id: UUID
    candidate_id: UUID
    recruiter_id: UUID
    outreach_type: OneOf[OutreachType]
    subject: str
    sent_at: Time
    engagement: OneOf[Engagement]


class Protection(Answer):
    """Whether a candidate is protected; nulls if no one holds a claim."""

    is_protected: bool
    protection_expires_at: Time | None
    sourcer_recruiter_id: UUID | None
    days_remaining: int | None
