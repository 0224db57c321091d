"""Recruiters."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, OneOf, Part, Time
from portal.domain.people import RecruiterStatus


class RecruiterLine(Answer):
    """A recruiter in a list; without results, the score is a provisional 50."""

    id: UUID
    name: str
    agency_name: str
    status: OneOf[RecruiterStatus]
    reputation_score: Annotated[int, From("badge.score")]
    provisional: Annotated[bool, From("badge.provisional")]


class Recruiter(Answer):
    """A recruiter."""

    id: Annotated[UUID, From("recruiter_id")]
    name: Annotated[str, From("recruiter_name")]
    agency_name: str
    status: OneOf[RecruiterStatus]
    reputation_score: Annotated[int, From("badge.score")]
    provisional: Annotated[bool, From("badge.provisional")]
    since: Time
    bio: str


class Recruiters(Part):
    """Recruiters, newest first; `next_cursor` leads to older ones."""

    recruiters: Annotated[list[RecruiterLine], From("rows")]
