"""Recruiters, as every signed-in person may find them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, func, select

from portal.domain.permissions import Actor
from portal.models import Organisation, Recruiter, Reputation, User
from portal.queries.filters import Choice, Days, Search
from portal.queries.list_parts import HIGHEST, NEWEST, Cell, Column, Sort
from portal.queries.lists import NOBODY, Listing
from portal.queries.places import AGENCY
from portal.queries.reputation.reputation import NEW, Badge, shown


@dataclass(frozen=True, slots=True)
class RecruiterRow:
    id: uuid.UUID
    name: str
    agency_name: str
    status: str
    badge: Badge
    joined_at: datetime


def _joined(*columns: Any) -> Select[Any]:
    found = select(*columns).select_from(Recruiter).join(User, User.id == Recruiter.user_id)
    found = found.outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
    return found.outerjoin(Reputation, Reputation.recruiter_id == Recruiter.id)


def _row(row: Any, _viewer: Actor) -> RecruiterRow:
    badge = NEW if row.score is None else Badge(shown(row.score), row.provisional)
    return RecruiterRow(row.id, row.name, row.agency, row.status, badge, row.created_at)


# Recruiters are there to be found by everybody who is signed in. They are thousands, so that no order needs an index.
RECRUITERS = Listing(
    name="recruiters",
    noun=("recruiter", "recruiters"),
    path="/recruiters",
    looked_at=NOBODY,
    id=Recruiter.id,
    among=lambda _: _joined(Recruiter.id),
    shows=lambda _: _joined(
        Recruiter.id,
        User.name,
        AGENCY.label("agency"),
        Recruiter.status,
        Reputation.score,
        Reputation.provisional,
        Recruiter.created_at,
    ),
    make=_row,
    filters=(
        Search("q", "Name or agency", text=(User.name, AGENCY)),
        Choice(
            "status",
            "Status",
            options={status: status.capitalize() for status in ("active", "pending", "suspended")},
            on=lambda status: Recruiter.status == status,
        ),
        Days("joined", "Joined", on=Recruiter.created_at, more=True),
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
        Column("Joined", "only-l", sort="joined"),
    ),
    cells=(
        Cell("Recruiter", lambda row: row.name),
        Cell("Agency", lambda row: row.agency_name),
        Cell("Reputation", lambda row: row.badge.score),
        Cell("Provisional", lambda row: row.badge.provisional),
        Cell("Status", lambda row: row.status),
        Cell("Joined", lambda row: row.joined_at, is_time=True),
    ),
)
