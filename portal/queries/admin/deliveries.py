"""Deliveries as the platform sees them, and what waits in outbox and queue."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rq import Queue
from rq.job import Job
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased

from portal import access
from portal.connections.breaker import AWAY
from portal.domain.errors import existing
from portal.domain.notifications import DIGEST, KIND_OF
from portal.domain.permissions import Actor, Permission
from portal.extensions import queues, reading
from portal.models import (
    BillingAddress,
    BillingDetails,
    Delivery,
    DeliveryAttempt,
    MarketplaceEvent,
    OutboxEntry,
    PeriodicRun,
    User,
)
from portal.models.events import DELIVERY_STATES
from portal.queries.billing.details import ASKED
from portal.queries.filters import Choice, Days, Search, by_state
from portal.queries.list_parts import NEWEST, Cell, Column, Sort
from portal.queries.lists import Listing, as_selected
from portal.queries.recipients import EVENT_COLUMNS, Happened, to_event
from portal.runtime.clock import now_sql
from portal.wording.states import state_info

D = Delivery
STUCK_AT_MOST = 20
COUNT_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    id: uuid.UUID
    template: str
    to_address: str
    subject: str
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    sent_at: datetime | None
    last_error: str | None

    @property
    def label(self) -> str:
        """Return what people call it."""
        return called(self.template)

    @property
    def is_dead(self) -> bool:
        """Return whether it was given up."""
        return self.state == "dead"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand an email over."""

    number: int
    at: datetime
    outcome: str
    code: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class DeliveryDetail:
    """A delivery with its tries; the body of a secret mail is nowhere."""

    row: DeliveryRow
    event_id: uuid.UUID
    event_type: str | None
    correlation_id: str
    recipient: str
    body_text: str
    is_secret: bool
    last_code: int | None
    digest_id: uuid.UUID | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class StuckEvent:
    """An event whose emails could not be made yet; one that is missing from the log has no type."""

    event_id: uuid.UUID
    type: str | None
    attempts: int
    next_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that RQ gave up."""

    id: str
    what: str
    at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Return whether events or emails wait that are due now."""

    events: bool
    mails: bool


_ROW: tuple[Any, ...] = (
    D.id,
    D.template,
    D.to_address,
    D.subject,
    D.state,
    D.attempts,
    D.created_at,
    D.next_at,
    D.sent_at,
    D.last_error,
)


def _all(viewer: Actor) -> Select[Any]:
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    return select(D.id)


def _to(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Find people first: there are fewer of them than of mails."""
    return D.user_id.in_(select(User.id).where(*conditions))


_CALLED = {
    "amendment_declined": "Split change declined",
    "amendment_proposed": "Split change proposed",
    "appeal_ruled": "Appeal decided",
    "billing_address": "Billing email consent",
    "candidate_merged": "Records merged",
    "candidate_separated": "Records unmerged",
    "candidate_sourced": "Candidate claimed",
    "claim_part_ended": "Part of a claim ended",
    "credit_paid": "Credit paid out",
    "dispute_desk": "Dispute, to the platform",
    "dispute_told": "Dispute, to its parties",
    "handed_over": "Work handed over",
    "interview_attended": "Interview participant added",
    "interview_cancelled": "Interview canceled",
    "interview_left": "Interview participant removed",
    "interview_noted": "Interview feedback",
    "interview_recorded": "Interview result",
    "invoice_reminded": "Invoice reminder",
    "mail_undelivered": "Email not delivered",
    "membership_added": "Role added",
    "new_sign_in": "New sign-in",
    "obligation_closed": "Replacement no longer owed",
    "obligation_expiring": "Replacement due soon",
    "obligation_opened": "Replacement owed",
    "ownership_expiring": "Claim expires soon",
    "ownership_refused": "Claim declined",
    "passwords_guessed": "Password guessing detected",
    "payee_changed": "Bank details changed",
    "payment_reversed": "Payment returned",
    "payout_waiting": "Payout on hold again",
    "proposal_created": "New proposal",
    "proposal_delegated": "Proposal handed over",
    "proposal_ended": "Proposal withdrawn, to the recruiter",
    "proposal_expiring": "Decision reminder",
    "proposal_timeout": "Proposal expired",
    "replacement_unlinked": "Replacement no longer linked",
    "splits_amended": "Split change applied",
    "splits_changed": "Split changed",
}


def called(template: str) -> str:
    """Return what people call an email that is sent from a template."""
    return _CALLED.get(template) or template.replace("_", " ").capitalize()


DELIVERIES = Listing(
    name="mails",
    noun=("email", "emails"),
    path="/admin/deliveries",
    looked_at="emails",
    id=D.id,
    among=_all,
    shows=lambda _: select(*_ROW),
    make=as_selected(DeliveryRow),
    filters=(
        by_state(
            {state: state_info("delivery", state)[0] for state in DELIVERY_STATES}, lambda state: D.state == state
        ),
        Search("recipient", "To", text=(User.name, User.email), through=_to, hint="Name or address contains"),
        Choice(
            "template",
            "Email",
            options={name: called(name) for name in (*sorted(KIND_OF), DIGEST)},
            on=lambda name: D.template == name,
            more=True,
        ),
        Days("made", "Created", on=D.id, more=True),
    ),
    sorts=(Sort("made", "Created", D.id, NEWEST, falls=True),),
    columns=(
        Column("Email"),
        Column("To"),
        Column("Status"),
        Column("Attempts", "n only-l"),
        Column("When", "n", sort="made"),
    ),
    cells=(
        Cell("Subject", lambda row: row.subject),
        Cell("To", lambda row: row.to_address),
        Cell("Email", lambda row: row.template),
        Cell("Status", lambda row: state_info("delivery", row.state)[0]),
        Cell("Attempts", lambda row: row.attempts),
        Cell("Created", lambda row: row.created_at, is_time=True),
        Cell("Sent", lambda row: row.sent_at, is_time=True),
        Cell("Last error", lambda row: row.last_error),
    ),
)


def counts(viewer: Actor) -> Mapping[str, int]:
    """Count the deliveries of each state that needs a look, up to 1,000."""
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    states = ("queued", "sending", "dead", "folded")
    limited = [select(D.id).where(D.state == state).limit(COUNT_LIMIT).subquery() for state in states]
    query = select(*(select(func.count()).select_from(part).scalar_subquery() for part in limited))
    return dict(zip(states, reading().execute(query).one(), strict=True))


def detail(viewer: Actor, delivery_id: uuid.UUID) -> DeliveryDetail:
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    query = (
        select(
            *_ROW,
            D.event_id,
            MarketplaceEvent.type.label("event_type"),
            D.correlation_id,
            User.name.label("recipient"),
            D.body_text,
            D.is_secret,
            D.last_code,
            D.digest_id,
        )
        .join(User, User.id == D.user_id)
        .outerjoin(MarketplaceEvent, MarketplaceEvent.id == D.event_id)
        .where(D.id == delivery_id)
    )
    row = existing(reading().execute(query).one_or_none())
    values: list[Any] = [*row, _attempts(delivery_id)]
    return DeliveryDetail(DeliveryRow(*values[: len(_ROW)]), *values[len(_ROW) :])


def _attempts(delivery_id: uuid.UUID) -> tuple[Attempt, ...]:
    a = DeliveryAttempt
    query = select(a.number, a.at, a.outcome, a.code, a.error).where(a.delivery_id == delivery_id)
    return tuple(Attempt(*row) for row in reading().execute(query.order_by(a.number.desc())))


def stuck_events(viewer: Actor) -> tuple[StuckEvent, ...]:
    """List the events whose emails could not be made, the most tried first."""
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    entry = OutboxEntry
    query = (
        select(entry.event_id, MarketplaceEvent.type, entry.attempts, entry.next_at, entry.last_error)
        .outerjoin(MarketplaceEvent, MarketplaceEvent.id == entry.event_id)
        .where(entry.attempts > 0)
        .order_by(entry.attempts.desc(), entry.event_id)
        .limit(STUCK_AT_MOST)
    )
    return tuple(StuckEvent(*row) for row in reading().execute(query))


def failed_jobs(viewer: Actor) -> tuple[FailedJob, ...] | None:
    """List the jobs that RQ gave up, by queue, newest first; None when the queues do not answer."""
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    try:
        return tuple(job for queue in queues() for job in _failed_in(queue))
    except AWAY:
        return None


def _failed_in(queue: Queue) -> Iterator[FailedJob]:
    ids = queue.failed_job_registry.get_job_ids(0, STUCK_AT_MOST - 1, desc=True)
    jobs = Job.fetch_many(ids, connection=queue.connection, serializer=queue.serializer)
    return (_failed(job) for job in jobs if job is not None)


def _failed(job: Job) -> FailedJob:
    result = job.latest_result()
    lines = ((result.exc_string if result else None) or "").strip().splitlines()
    return FailedJob(job.id, job.func_name or "", job.ended_at, lines[-1] if lines else "No reason was recorded.")


def pending() -> Pending:
    """Return whether something is due, for the sweep."""
    now = now_sql()
    events = exists().where(or_(OutboxEntry.next_at.is_(None), OutboxEntry.next_at <= now))
    mails = exists().where(D.state.in_(("queued", "sending")), D.next_at <= now)
    return Pending(*reading().execute(select(events, mails)).one())


def event_of(event_id: uuid.UUID) -> Happened:
    """Return an event of the log, for what is rendered only when it is sent."""
    return to_event(reading().execute(select(*EVENT_COLUMNS).where(MarketplaceEvent.id == event_id)).one())


def billing_address_for(delivery_id: uuid.UUID) -> str:
    """Return the billing address of the company that an email is about, if it has agreed to copies.

    Empty without one, or if another mail has it.

    Of several admins, the first one's mail is copied, unless it went into a digest.
    """
    earlier = aliased(D)
    copied = exists().where(
        earlier.event_id == D.event_id, earlier.template == D.template, earlier.id < D.id, earlier.state != "folded"
    )
    query = (
        select(BillingDetails.email)
        .select_from(D)
        .join(MarketplaceEvent, MarketplaceEvent.id == D.event_id)
        .join(BillingDetails, BillingDetails.organisation_id == MarketplaceEvent.organisation_id)
        .join(BillingAddress, ASKED)
        .where(D.id == delivery_id, BillingAddress.confirmed_at.is_not(None), ~copied)
    )
    return reading().execute(query).scalar_one_or_none() or ""


# Of those whose names do not read as people call them.
JOB_LABELS = {
    "sweep": "Catch-up",
    "recalculate_scores": "Update scores",
    "remind_deciders": "Decision reminders",
    "fold_digests": "Build digests",
    "warn_of_guarantees": "Guarantee reminders",
    "watch_disputes": "Dispute deadlines",
    "remind_of_invoices": "Invoice reminders",
    "expire_obligations": "Expire replacements owed",
    "warn_of_obligations": "Replacement reminders",
    "warn_of_protections": "Claim reminders",
    "age_scores": "Update time-based scores",
    "snapshot_scores": "Record score history",
    "forget_expired": "Delete expired",
    "add_months": "Add months to the log",
    "mail_checkpoints": "Email checkpoints to auditors",
}


@dataclass(frozen=True, slots=True)
class Run:
    """How a periodic job stands."""

    name: str
    next_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    last_error: str | None

    @property
    def label(self) -> str:
        return JOB_LABELS.get(self.name, self.name.replace("_", " ").capitalize())


def periodic_runs(viewer: Actor) -> tuple[Run, ...]:
    """List the periodic jobs, the next one first."""
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    r = PeriodicRun
    query = select(r.name, r.next_at, r.started_at, r.finished_at, r.last_error).order_by(r.next_at, r.name)
    return tuple(Run(*row) for row in reading().execute(query))


def last_error(viewer: Actor, name: str) -> str | None:
    """Return what went wrong in the last run of a periodic job."""
    access.require(viewer, Permission.DELIVERIES_MANAGE)
    return reading().execute(select(PeriodicRun.last_error).where(PeriodicRun.name == name)).scalar_one_or_none()
