"""Placements for tests, made as people make them: through the services."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Collaborator, MarketplaceEvent, Membership, Organisation, Placement, Recruiter, User
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import collaboration, placements
from tests.cast import DAY, Cast, Person
from tests.cleaning import made_once
from tests.marketplace import proposed

TODAY = DAY.date()
SALARY = 12_500_000  # $125,000; the job's fee of 20 % makes $25,000
REASON = "The candidate asked for more time"


def day(offset: int) -> date:
    """Return a calendar day relative to the day on which the cast acts."""
    return TODAY + timedelta(days=offset)


@made_once
def accepted(
    cast: Cast,
    who: Person | None = None,
    *,
    job_id: uuid.UUID | None = None,
    candidate_id: uuid.UUID | None = None,
    name: str = "Maya Okafor",
) -> uuid.UUID:
    """Propose a candidate as `who` (rita), and accept as carl."""
    proposal_id = proposed(
        cast, who, job_id=job_id, candidate_id=candidate_id, **({} if candidate_id else {"name": name})
    )
    proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    return proposal_id


@made_once
def hired(
    cast: Cast, who: Person | None = None, *, job_id: uuid.UUID | None = None, name: str = "Maya Okafor"
) -> uuid.UUID:
    """Hire, as carl, whom `who` (rita) proposed: $125,000 and a fee of $25,000."""
    proposal_id = accepted(cast, who, job_id=job_id, name=name)
    return placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)


@made_once
def active(cast: Cast, *, start: date = TODAY, days: int | None = None, job_id: uuid.UUID | None = None) -> uuid.UUID:
    """Hire and activate as carl; the guarantee is 90 days unless said otherwise."""
    placement_id = hired(cast, job_id=job_id)
    return placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=start, guarantee_days=days)


@made_once
def failed(cast: Cast, *, on: int = 10, job_id: uuid.UUID | None = None) -> uuid.UUID:
    """Fail a placement that began today, `on` days later."""
    placement_id = active(cast, job_id=job_id)
    with simulated(DAY + timedelta(days=on)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
    return placement_id


@made_once
def share(cast: Cast, placement_id: uuid.UUID, who: Person, role: str, bp: int) -> uuid.UUID:
    """Add somebody to the sheet as rita, who leads."""
    assert who.recruiter_id is not None
    actor = cast.actor(cast.rita)
    return collaboration.add(placement_id, actor=actor, recruiter_id=who.recruiter_id, role=role, split_bp=bp)


def recruiter(who: Person) -> uuid.UUID:
    """Return the recruiter id of somebody who recruits."""
    assert who.recruiter_id is not None
    return who.recruiter_id


def placement(placement_id: uuid.UUID) -> Placement:
    """Read a placement as it is now."""
    with Session(db.engine) as session:
        return session.get_one(Placement, placement_id)


def team(placement_id: uuid.UUID) -> list[tuple[str, str, int, int]]:
    """Read the team as it is now: name, role, basis points, minor units."""
    query = (
        select(User.name, Collaborator.role, Collaborator.split_bp, Collaborator.amount_minor)
        .join(Recruiter, Recruiter.id == Collaborator.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(Collaborator.placement_id == placement_id)
        .order_by(Collaborator.position)
    )
    with Session(db.engine) as session:
        return [tuple(row) for row in session.execute(query)]


def events(placement_id: uuid.UUID, *kinds: str) -> list[tuple[str, dict[str, object]]]:
    """Read type and payload of a placement's events, oldest first; of these kinds when some are named."""
    query = select(MarketplaceEvent.type, MarketplaceEvent.payload).where(MarketplaceEvent.placement_id == placement_id)
    with Session(db.engine) as session:
        rows = [tuple(row) for row in session.execute(query.order_by(MarketplaceEvent.id))]
    return [row for row in rows if not kinds or row[0] in kinds]


def types(placement_id: uuid.UUID) -> list[str]:
    """Read the types of a placement's events, oldest first."""
    return [kind for kind, _ in events(placement_id)]


def recruiters(cast: Cast, count: int, *, status: str = "active") -> list[Person]:
    """Make further recruiters of rita's agency."""
    return list(_recruiters(cast, count, status))


def _recruiters(cast: Cast, count: int, status: str) -> Iterable[Person]:
    with Session(db.engine) as session, session.begin():
        for number in range(count):
            user_id, recruiter_id = uuid.uuid4(), uuid.uuid4()
            address = f"recruiter-{recruiter_id}@demo.test"
            session.add(User(id=user_id, email=address, name=f"Recruiter {number}", created_at=DAY))
            session.flush()
            agency = cast.rita.organisation_id
            session.add(Recruiter(id=recruiter_id, user_id=user_id, agency_id=agency, status=status, created_at=DAY))
            session.add(
                Membership(id=uuid.uuid4(), user_id=user_id, organisation_id=agency, role="recruiter", created_at=DAY)
            )
            yield Person(f"Recruiter {number}", user_id, agency, recruiter_id)


def move_company(cast: Cast, zone: str) -> None:
    """Move Acme to another time zone; placements made after that count their days there."""
    with Session(db.engine) as session, session.begin():
        session.get_one(Organisation, cast.acme).time_zone = zone


def opened(cast: Cast, bp: int = 2_000) -> uuid.UUID:
    """Make omar the closer of an open team: 40, 30 and 20 %."""
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", bp)
    return placement_id


def locked(cast: Cast) -> uuid.UUID:
    """Rita holds 40 and 30 %, Omar 30 % as closer; activation locks exactly that."""
    return placements.activate(opened(cast, 3_000), actor=cast.actor(cast.carl), start_date=TODAY)
