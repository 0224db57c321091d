"""Recruiters, as every signed-in person may find them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, func, select

from portal.domain.permissions import Actor
from portal.models import Organisation, Recruiter, Reputation, User
from portal.queries.filters import Choice, Search
from portal.queries.lists import HIGHEST, NEWEST, Cell, Column, Listing, Sort
from portal.queries.reputation.reputation import NEW, Badge, shown


@dataclass(frozen=True, slots=True)
class RecruiterRow:
    """One line of the list."""

    id: uuid.UUID
    name: str
    agency_name: str
    status: str
    badge: Badge


_AGENCY = func.coalesce(Organisation.name, "Independent")


def _joined(*columns: Any) -> Select[Any]:
    found = select(*columns).select_from(Recruiter).join(User, User.id == Recruiter.user_id)
    found = found.outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
    return found.outerjoin(Reputation, Reputation.recruiter_id == Recruiter.id)


def _row(values: tuple[Any, ...], _viewer: Actor) -> RecruiterRow:
    row_id, name, agency, status, score, provisional = values
    return RecruiterRow(row_id, name, agency, status, NEW if score is None else Badge(shown(score), provisional))


# Recruiters are there to be found by everybody who is signed in. They are thousands, so that no order needs an index.
RECRUITERS = Listing(
    name="recruiters",
    noun=("recruiter", "recruiters"),
    path="/recruiters",
    id=Recruiter.id,
    among=lambda _: _joined(Recruiter.id),
    shows=lambda _: _joined(
        Recruiter.id, User.name, _AGENCY, Recruiter.status, Reputation.score, Reputation.provisional
    ),
    make=_row,
    filters=(
        Search("q", "Name or agency", text=(User.name, _AGENCY)),
        Choice(
            "status",
            "Status",
            options={status: status.capitalize() for status in ("active", "pending", "suspended")},
            on=lambda status: Recruiter.status == status,
        ),
    ),
    sorts=(
        Sort("joined", "Joined", Recruiter.id, NEWEST, falls=True),
        Sort("name", "Name", func.lower(User.name, type_=Text)),
        Sort("reputation", "Reputation", func.coalesce(Reputation.score, -1), HIGHEST, falls=True),
    ),
    columns=(
        Column("Recruiter", sort="name"),
        Column("Reputation", sort="reputation"),
        Column("Status"),
    ),
    cells=(
        Cell("Recruiter", lambda row: row.name),
        Cell("Agency", lambda row: row.agency_name),
        Cell("Reputation", lambda row: row.badge.score),
        Cell("Provisional", lambda row: row.badge.provisional),
        Cell("Status", lambda row: row.status),
    ),
)
