"""Who the caller is."""

from __future__ import annotations

from uuid import UUID

from portal.answers.values import Answer


class Me(Answer):
    """The caller: the person, the organization they act for, and their roles there."""

    user_id: UUID
    name: str
    email: str
    organisation_id: UUID | None
    organisation_name: str
    roles: list[str]
    recruiter_id: UUID | None
    scopes: list[str]
