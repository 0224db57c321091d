"""The list of placements, as everybody who shares in them, hires by them or watches over them sees it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, Text, func, literal_column, select

from portal import access
from portal.domain import placements as rules
from portal.domain.permissions import Actor, Permission, Scope
from portal.models import Candidate, Collaborator, Job, Organisation, Placement
from portal.queries import places
from portal.queries.filters import Days, Search, by_state
from portal.queries.list_parts import HIGHEST, NEWEST, SOONEST, Cell, Column, Sort, in_major
from portal.queries.lists import Listing, as_selected
from portal.queries.prepared import RECRUITER
from portal.queries.reaching import Ways

P = Placement
_NAME = (
    select(func.lower(Candidate.full_name, type_=Text))
    .where(Candidate.id == P.candidate_id)
    .correlate(P)
    .scalar_subquery()
)
_END = func.coalesce(P.guarantee_end_date, literal_column("'2999-12-31'::date", Date))


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """One line of the list; `own_minor` is the viewer's share, None for whoever has none."""

    id: uuid.UUID
    candidate_name: str
    job_title: str
    company_name: str
    state: str
    currency: str
    fee_minor: int
    allocated_bp: int
    hired_at: datetime
    start_date: date | None
    guarantee_end_date: date | None
    time_zone: str
    people: int
    own_minor: int | None

    @property
    def splits_are_open(self) -> bool:
        """Return whether the team is still edited."""
        return self.state in rules.SPLITS_OPEN

    @property
    def shares_stand(self) -> bool:
        """Return whether the split's amounts are what people get."""
        return rules.MEANING[self.state].shares_stand

    @property
    def guarantee_ends_at(self) -> datetime | None:
        """Return the instant at which a running guarantee is over."""
        if self.state not in rules.GUARANTEED or self.guarantee_end_date is None:
            return None
        return rules.end_of_day(self.guarantee_end_date, self.time_zone)

    @property
    def guarantee_ended_on(self) -> date | None:
        """Return the last day of a guarantee that ran its course; a failed placement has none."""
        return self.guarantee_end_date if self.state == rules.PlacementState.COMPLETED else None


def _shows(viewer: Actor) -> Select[Any]:
    own = select(func.sum(Collaborator.amount_minor).cast(BigInteger)).where(  # sum(bigint) is numeric
        Collaborator.placement_id == P.id, Collaborator.recruiter_id == viewer.recruiter_id
    )
    return (
        select(P.id, Candidate.full_name, Job.title, Organisation.name, P.state, P.currency, P.fee_minor)
        .add_columns(P.allocated_bp, P.hired_at, P.start_date, P.guarantee_end_date, P.time_zone, people())
        .add_columns(own.correlate(P).scalar_subquery())
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(Job, Job.id == P.job_id)
        .join(Organisation, Organisation.id == P.company_id)
    )


def people() -> ColumnElement[int]:
    """Count the recruiters of a team."""
    people = select(func.count(func.distinct(Collaborator.recruiter_id))).where(Collaborator.placement_id == P.id)
    return people.correlate(P).scalar_subquery()


def _among(viewer: Actor) -> Select[Any]:
    return select(P.id).where(access.visible(P, viewer))


def _among_few(viewer: Actor) -> Select[Any]:
    return select(P.id).where(access.visible_among_few(P, viewer))


def ways(viewer: Actor) -> Ways:
    """Return the way in which placements are visible to who shares in them."""
    if viewer.recruiter_id is None:
        return ()
    return [(Collaborator.placement_id, Collaborator.recruiter_id == RECRUITER)]


def _shares(viewer: Actor) -> bool:
    return viewer.recruiter_id is not None


def _sees_a_part(viewer: Actor) -> bool:
    """Return whether the viewer's placements are few enough to be put in order by another table's column."""
    return viewer.scope(Permission.PLACEMENT_VIEW) is not Scope.ANY


PLACEMENTS = Listing(
    name="placements",
    noun=("placement", "placements"),
    path="/placements",
    looked_at="placements",
    id=P.id,
    among=_among,
    among_few=_among_few,
    ways=ways,
    shows=_shows,
    make=as_selected(PlacementRow),
    filters=(
        by_state(rules.MACHINE.labels, lambda state: P.state == state),
        Search(
            "q",
            "Candidate, job or company",
            of=(places.candidate(P.candidate_id), places.job(P.job_id), places.company(P.company_id)),
        ),
        Days("hired", "Hired", on=P.id, more=True),
    ),
    sorts=(
        Sort("hired", "Hired", P.id, NEWEST, falls=True),
        Sort("candidate", "Candidate", _NAME, offered=_sees_a_part),
        Sort("guarantee", "Guarantee end", _END, SOONEST),
        Sort("fee", "Fee", P.fee_minor, HIGHEST, falls=True),
    ),
    columns=(
        Column("Candidate", sort="candidate"),
        Column("Status"),
        Column("Guarantee", sort="guarantee"),
        Column("Hired", "only-l", sort="hired"),
        Column("Team", "n only-l"),
        Column("Fee", "n", sort="fee"),
        Column("Your share", "n", offered=_shares),
    ),
    cells=(
        Cell("Candidate", lambda row: row.candidate_name),
        Cell("Job", lambda row: row.job_title),
        Cell("Company", lambda row: row.company_name),
        Cell("Status", lambda row: rules.MACHINE.states[row.state].label),
        Cell("Hired", lambda row: row.hired_at, is_time=True),
        Cell("Start date", lambda row: row.start_date),
        Cell("Guarantee end", lambda row: row.guarantee_end_date),
        Cell("Time zone", lambda row: row.time_zone),
        Cell("Team", lambda row: row.people),
        Cell("Currency", lambda row: row.currency),
        Cell("Fee", in_major(lambda row: row.fee_minor)),
        Cell("Your share", in_major(lambda row: row.own_minor), offered=_shares),
    ),
)
