"""One transaction of one change: its time, its actor, its events.

A function that takes `uow` joins the caller's transaction; one that does not opens and commits its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar, cast

import psycopg.errors
from sqlalchemy import ColumnElement, Table, exists, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal import access
from portal.domain.errors import NotPermitted, OutOfDate, PortalError, StaleVersion, Unavailable
from portal.domain.events import Event
from portal.domain.ids import new_id
from portal.domain.permissions import Actor, Permission, Role, system_actor
from portal.extensions import begin_writing, changes_refused, db
from portal.models import Candidate, Dispute, Job, MarketplaceEvent, Membership, Placement, Proposal, Recruiter
from portal.models.base import Base
from portal.runtime import bells, cache, clock, correlation
from portal.runtime.clock import now_sql
from portal.services.machinery import once, stamps
from portal.services.machinery.rows import insert_all

R = TypeVar("R", bound=Base)
M = TypeVar("M", Candidate, Job, Proposal, Placement, Dispute)
_EVENTS = cast(Table, MarketplaceEvent.__table__)

BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


class UnitOfWork:
    """The open transaction; get one from `unit_of_work`."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session = session
        self.actor = actor
        self._now: datetime | None = None
        self._events: dict[uuid.UUID, dict[str, Any]] = {}
        self._outdated: set[str] = set()

    @property
    def now(self) -> datetime:
        """Return the time of this transaction: the database's clock, read once."""
        if self._now is None:
            self._now = clock.read(self.session)
        return self._now

    def ask(self, *values: ColumnElement[Any]) -> tuple[Any, ...]:
        """Return what the database computes, and read the time with it unless it was read before."""
        row = self.session.execute(select(*values, now_sql())).one()
        self._now = self._now or row[-1]
        return row

    def as_system(self) -> UnitOfWork:
        """Return this transaction with the portal as its actor, for what follows from the actor's change."""
        system = UnitOfWork(self.session, system_actor(self.now))
        system._now, system._events, system._outdated = self._now, self._events, self._outdated
        return system

    def new_id(self) -> uuid.UUID:
        """Make an id of this transaction's time."""
        return new_id(self.now)

    def add(self, row: R) -> R:
        """Add a row: under a new id, made now and by who acts, where its table says so and the row does not."""
        given: dict[str, Callable[[], object]] = {"id": self.new_id, "by": lambda: self.actor.user_id}
        given |= dict.fromkeys(("at", "created_at"), lambda: self.now)
        for name in row.__table__.columns.keys() & given.keys():
            if getattr(row, name) is None:
                setattr(row, name, given[name]())
        self.session.add(row)
        return row

    def load(self, model: type[M], row_id: uuid.UUID, permission: Permission, *, lock: bool = True) -> M:
        """Load and lock a row on which the actor has the permission; see `access.load_for`."""
        return access.load_for(self.session, self.actor, model, row_id, permission, lock=lock)

    def refuse_own(self, concerned: ColumnElement[bool], refusal: str) -> None:
        """Refuse anyone who would decide about themselves, in any role; `concerned` finds whom it is about."""
        self.refuse_if(exists().where(Recruiter.user_id == self.actor.user_id, concerned), refusal)

    def refuse_if(self, is_own: ColumnElement[bool], refusal: str) -> None:
        """Refuse anyone who would decide about themselves, which `is_own` tells."""
        if self.ask(is_own)[0]:
            raise NotPermitted(refusal, code="CONFLICT_OF_INTEREST")

    def refuse_own_company(self, company_id: uuid.UUID, refusal: str) -> None:
        """Refuse anyone who would decide for the platform about a company in which they have a role."""
        own = exists().where(Membership.user_id == self.actor.user_id, Membership.organisation_id == company_id)
        self.refuse_if(own, refusal)

    def still_recruits(self, recruiter_id: uuid.UUID, refusal: PortalError) -> None:
        """Refuse a recruiter who left, and let nobody remove the role until this change is through.

        Ask before rows are locked that a removal hands over: both wait for the role first.
        """
        roles = (
            select(Membership.id)
            .join(Recruiter, Recruiter.user_id == Membership.user_id)
            .where(Recruiter.id == recruiter_id, Membership.role == Role.RECRUITER)
            .with_for_update(read=True, key_share=True, of=Membership)
        )
        if not self.session.scalars(roles).all():
            raise refusal

    def record(self, event: Event) -> uuid.UUID:
        """Write an event when the transaction commits, with the change that it tells of."""
        event_id = self.new_id()
        row = {
            "id": event_id,
            "type": event.type,
            "at": self.now,
            "actor_id": self.actor.user_id,
            "organisation_id": event.organisation_id or self.actor.organisation_id,
            "payload": event.payload(),
            "correlation_id": correlation.current(),
            **dict.fromkeys(("candidate_id", "job_id", "proposal_id", "placement_id", "recruiter_id", "user_id")),
            **event.references(),
        }
        self._events[event_id] = row
        return event_id

    def complete(self, event_id: uuid.UUID, **figures: object) -> None:
        """Enter what was not known yet when the event was recorded; it is written with the commit."""
        self._events[event_id]["payload"] |= figures

    def forget(self, *names: str) -> None:
        """Note which kept values (see `portal.runtime.cache`) this change ends once it is committed."""
        self._outdated.update(names)

    def write_events(self) -> int:
        """Insert the recorded events in one statement and count them; `unit_of_work` does so before the commit."""
        count = len(self._events)
        if count:
            self.session.flush()
            insert_all(self.session, _EVENTS, [{**row, "stamp": stamps.stamp(row)} for row in self._events.values()])
            self._events.clear()
        return count

    @contextmanager
    def refusing(self, refusals: Mapping[str, PortalError]) -> Iterator[None]:
        """Turn the breach of a named constraint into the error that a user can read; flushes at the end."""
        try:
            yield
            self.session.flush()
        except IntegrityError as error:
            raise refusals.get(constraint_of(error), error) from error


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint that was breached, or an empty text."""
    diagnosis = getattr(error.orig, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


@contextmanager
def unit_of_work(actor: Actor) -> Iterator[UnitOfWork]:
    """Open a transaction for `actor`; commit at the end, roll back on any error, then ring for the mails.

    Raises:
        OutOfDate: the request may only look (see `refuse_changes`).
        Unavailable: another change holds the same rows for too long; nothing was changed.
    """
    if changes_refused():
        raise OutOfDate("The page was out of date. Nothing was changed; submit it again.")
    begin_writing()
    recorded, outdated = 0, set[str]()
    with _session() as session, session.begin():
        uow = UnitOfWork(session, actor)
        outdated = uow._outdated
        if once.expected():
            once.take(session, uow.now)
        yield uow
        recorded = uow.write_events()
    cache.forget(outdated)
    if recorded:  # without Redis the relay finds the events at its next round
        bells.ring(bells.RELAY, enough=bells.ENOUGH)


@contextmanager
def trial(actor: Actor) -> Iterator[UnitOfWork]:
    """Open a transaction that is taken back at its end: what a change would do is read in it, and nobody is told.

    Raises:
        Unavailable: another change holds the same rows for too long.
    """
    with _session() as session:
        yield UnitOfWork(session, actor)


@contextmanager
def _session() -> Iterator[Session]:
    """Open a session, in which rows that somebody else holds are told of."""
    try:
        with Session(db.engine, expire_on_commit=False, autoflush=False) as session:
            yield session
    except OperationalError as error:
        if isinstance(error.orig, BUSY):
            raise Unavailable("Someone else is changing this right now. Nothing was changed; try again.") from error
        raise


def check_version(current: int, seen: int | None) -> None:
    """Refuse an edit that was made on an older version; None skips the check."""
    if seen is not None and seen != current:
        raise StaleVersion(
            "This has been edited since you opened it. Your changes weren’t saved; compare with the current values.",
            details={"current_version": current},
        )
