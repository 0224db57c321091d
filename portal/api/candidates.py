"""Candidates: enter, read, change, and the blind check for duplicates."""

from __future__ import annotations

import uuid
from dataclasses import fields
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from portal.answers.candidates import Candidate, Candidates, Check
from portal.api.endpoint import Api, Created
from portal.api.types import ABSENT, Body, Currency, Money, PageQuery, To
from portal.domain import profiles, texts
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.domain.profiles import Profile
from portal.policy import current_actor
from portal.queries.candidates import candidates as queries
from portal.queries.candidates.listing import CANDIDATES
from portal.queries.filters import SEARCHED, typed
from portal.services.candidates import candidates, merging
from portal.services.candidates.contacts import (
    EMAIL_MOST,
    LINKEDIN_MOST,
    PHONE_MOST,
    SKILL_MOST,
    CandidateInput,
    CheckInput,
)

bp = Api("candidates", __name__, tag="Candidates")
Name = Annotated[str, Field(min_length=1, max_length=texts.NAME)]
Email = Annotated[str, Field(min_length=3, max_length=EMAIL_MOST)]
Phone = Annotated[str, Field(max_length=PHONE_MOST)]
Line = Annotated[str, Field(max_length=texts.LINE)]
Link = Annotated[str, Field(max_length=LINKEDIN_MOST)]
Skills = Annotated[list[Annotated[str, Field(max_length=SKILL_MOST)]], Field(max_length=60)]


class ProfileBody(Body):
    """A candidate's professional profile; both salaries are annual and in `currency`."""

    experience_years: Annotated[int, Field(ge=0, le=profiles.MOST_YEARS)] | None = None
    notice_weeks: Annotated[int, Field(ge=0, le=profiles.MOST_WEEKS)] | None = None
    available_on: date | None = None
    salary: Annotated[Money | None, To("salary_minor")] = None
    expected_salary: Annotated[Money | None, To("expected_salary_minor")] = None
    currency: Currency | None = None
    right_to_work: Line = ""
    languages: Annotated[list[Annotated[str, Field(max_length=profiles.LANGUAGE_MOST)]], Field(max_length=60)] = []

    def read(self) -> Profile:
        """Return it in minor units.

        Raises:
            InvalidInput: a salary has no currency, or decimals that its currency lacks.
        """
        if self.currency is None and (self.salary, self.expected_salary) != (None, None):
            raise InvalidInput.field("currency", "Choose the salary currency.")
        said = self.to_input(self.currency or "")
        return Profile(**{**said, "languages": tuple(self.languages)})


class CandidateBody(Body):
    """A new candidate; phone numbers start with + and the country code."""

    full_name: Name
    email: Email
    phone: Phone = ""
    location: Line = ""
    title: Line = ""
    employer: Line = ""
    linkedin_url: Link = ""
    skills: Skills = []
    profile: ProfileBody = ProfileBody()


class CandidateChange(Body):
    """Fields to change; those left out stay unchanged, and a profile is replaced as a whole.

    Send `version` to avoid overwriting someone else's change."""

    full_name: Name = ABSENT
    email: Email = ABSENT
    phone: Phone | None = None
    location: Line = ABSENT
    title: Line = ABSENT
    employer: Line = ABSENT
    linkedin_url: Link | None = None
    skills: Skills = ABSENT
    profile: ProfileBody = ABSENT
    version: Annotated[int, Field(ge=1)] | None = None


class CheckBody(Body):
    """An email, phone number or LinkedIn profile, or a name and employer together."""

    email: Annotated[str, Field(max_length=EMAIL_MOST)] = ""
    phone: Phone = ""
    linkedin_url: Link = ""
    full_name: Annotated[str, Field(max_length=texts.NAME)] = ""
    employer: Line = ""


class MergeBody(Body):
    """The email address of the other record, and how the caller knows that both are the same person."""

    email: Email
    reason: Annotated[str, Field(min_length=1, max_length=texts.REASON)]


class SeparateBody(Body):
    """How the caller knows that they are two different people."""

    reason: Annotated[str, Field(min_length=1, max_length=texts.REASON)]


class CandidatesQuery(PageQuery):
    """A part of name, email, title or employer; `mine` for one's own live protections."""

    q: Annotated[str, Field(max_length=SEARCHED)] = ""
    mine: bool = False


@bp.reads("/candidates", Candidates, Permission.CANDIDATE_VIEW)
def list_candidates(query: CandidatesQuery) -> object:
    """List the candidates that the caller can see."""
    asked = {"q": typed(query.q) or None, "mine": "1" if query.mine else None}
    return CANDIDATES.slice(current_actor(), asked, before=query.cursor, size=query.limit)


@bp.changes("/candidates", Candidate, Permission.CANDIDATE_ADD, "CANDIDATE_EXISTS")
def add_candidate(body: CandidateBody) -> Created:
    """Add a candidate without claiming the sourcing credit."""
    said = CandidateInput(**{**body.model_dump(), "skills": tuple(body.skills), "profile": body.profile.read()})
    actor = current_actor()
    candidate_id = candidates.add(actor=actor, input=said, via="api")
    return Created(queries.detail(actor, candidate_id), f"/api/candidates/{candidate_id}")


@bp.reads("/candidates/<uuid:candidate_id>", Candidate, Permission.CANDIDATE_VIEW)
def get_candidate(candidate_id: uuid.UUID) -> object:
    """Return a candidate in full; views by platform admins are logged."""
    return queries.detail(current_actor(), candidate_id)


@bp.changes(
    "/candidates/<uuid:candidate_id>",
    Candidate,
    Permission.CANDIDATE_EDIT,
    "STALE_VERSION",
    "CANDIDATE_EXISTS",
    "CANDIDATE_PROTECTED",
    method="PATCH",
)
def change_candidate(candidate_id: uuid.UUID, body: CandidateChange) -> object:
    """Update a candidate's details."""
    actor = current_actor()
    present = queries.detail(actor, candidate_id)
    given = body.model_dump(exclude_unset=True, exclude={"version"})
    if "profile" in given:
        given["profile"] = body.profile.read()
    said: dict[str, Any] = {f.name: given.get(f.name, getattr(present, f.name)) or "" for f in fields(CandidateInput)}
    edited = CandidateInput(**{**said, "skills": tuple(said["skills"])})
    candidates.edit(candidate_id, actor=actor, input=edited, version=body.version or present.version)
    return queries.detail(actor, candidate_id)


@bp.changes("/candidates/check", Check, Permission.CANDIDATE_CHECK)
def check_candidate(body: CheckBody) -> candidates.CheckAnswer:
    """Check whether a candidate is known and available, without revealing the owner; counted and logged."""
    return candidates.check(actor=current_actor(), input=CheckInput(**body.model_dump()))


@bp.changes(
    "/candidates/<uuid:candidate_id>/merge",
    Candidate,
    Permission.CANDIDATE_MERGE,
    "MERGED",
    "FROZEN_BY_DISPUTE",
    "CANDIDATE_PLACED",
)
def merge_candidate(candidate_id: uuid.UUID, body: MergeBody) -> object:
    """Merge two records of the same person and return the main one: the one with the first active claim."""
    actor = current_actor()
    kept = merging.merge(candidate_id, actor=actor, email=body.email, reason=body.reason)
    return queries.detail(actor, kept)


@bp.changes("/candidates/<uuid:candidate_id>/separate", Candidate, Permission.CANDIDATE_MERGE, "NOT_MERGED")
def separate_candidate(candidate_id: uuid.UUID, body: SeparateBody) -> object:
    """Unmerge a record: it becomes a separate candidate again, with its claim."""
    actor = current_actor()
    merging.separate(candidate_id, actor=actor, reason=body.reason)
    return queries.detail(actor, candidate_id)
