"""Many proposals at once: timeouts, reminders, withdrawals that follow from something else.

Each chunk is one UPDATE … RETURNING, one insert of history and one of events, in a transaction of its own; rows that
somebody else holds are skipped, so that two runs at once share the work, and a crash loses at most the open chunk.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CTE, ColumnElement, Row, Table, and_, any_, func, select, true, update

from portal.domain.events import ProposalExpiring, ProposalTimeout, ProposalWithdrawn
from portal.domain.permissions import Actor
from portal.domain.proposals import EXPIRE_CHUNK, MACHINE, REMINDER_BEFORE, ProposalAction
from portal.models import Proposal, ProposalStateChange
from portal.queries.proposals.proposals import IS_OPEN
from portal.services.machinery.rows import insert_all
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

FIRST = 100
_CAUSES = {"job_closed": "The job was closed.", "hired_elsewhere": "The candidate was hired elsewhere."}
_Rows = list[Row[Any]]
_TABLE = cast(Table, Proposal.__table__)
_HISTORY = cast(Table, ProposalStateChange.__table__)
_RETURNED = tuple(
    _TABLE.c[name] for name in ("id", "candidate_id", "job_id", "company_id", "recruiter_id", "expires_at")
)


@dataclass(frozen=True, slots=True)
class Expired:
    """Say how many proposals timed out, with the ids of the first hundred."""

    processed: int
    first: tuple[uuid.UUID, ...]


def expire_due(actor: Actor) -> Expired:
    """Time out what is due, chunk by chunk."""
    processed, first = 0, list[uuid.UUID]()
    while True:
        with unit_of_work(actor) as uow:
            rows = _close(uow, ProposalAction.EXPIRE, Proposal.expires_at <= uow.now, limit=EXPIRE_CHUNK)
            for row in rows:
                uow.record(ProposalTimeout(**_references(row), expires_at=row.expires_at))
        processed += len(rows)
        first.extend(row.id for row in rows[: FIRST - len(first)])
        if len(rows) < EXPIRE_CHUNK:
            return Expired(processed, tuple(first))


def withdraw_open(
    uow: UnitOfWork,
    *,
    cause: str,
    job_id: uuid.UUID | None,
    candidate_id: uuid.UUID | None,
    except_id: uuid.UUID | None,
) -> int:
    """Withdraw the open proposals of a job or a candidate; waits for whoever holds one of them."""
    wanted = and_(
        Proposal.job_id == job_id if job_id else true(),
        Proposal.candidate_id == candidate_id if candidate_id else true(),
        Proposal.id != except_id if except_id else true(),
    )
    if job_id is None and candidate_id is None:
        raise ValueError("name the job or the candidate")
    rows = _close(uow, ProposalAction.WITHDRAW, wanted, notes=_CAUSES[cause])
    for row in rows:
        uow.record(ProposalWithdrawn(**_references(row), cause=cause))
    return len(rows)


def remind_due(actor: Actor) -> int:
    """Remind once of what ends within the reminder's time, chunk by chunk."""
    reminded = 0
    while True:
        with unit_of_work(actor) as uow:
            rows = _remind(uow)
            for row in rows:
                uow.record(ProposalExpiring(**_references(row), expires_at=row.expires_at))
        reminded += len(rows)
        if len(rows) < EXPIRE_CHUNK:
            return reminded


def _remind(uow: UnitOfWork) -> _Rows:
    soon = and_(
        Proposal.reminded_at.is_(None),
        Proposal.expires_at > uow.now,
        Proposal.expires_at <= uow.now + REMINDER_BEFORE,
    )
    due = _locked(soon, limit=EXPIRE_CHUNK)
    query = update(_TABLE).where(_among(due)).values(reminded_at=uow.now).returning(*_RETURNED)
    return list(uow.session.execute(query).all())


def _close(
    uow: UnitOfWork, action: ProposalAction, wanted: ColumnElement[bool], *, limit: int | None = None, notes: str = ""
) -> _Rows:
    """Take open proposals through a transition that ends them, with their history."""
    target = MACHINE.transitions[action].target
    due = _locked(wanted, limit=limit)
    query = (
        update(_TABLE)
        .where(_among(due))
        .values(
            state=target,
            closed_at=uow.now,
            closed_by=uow.actor.user_id,
            version=_TABLE.c.version + 1,
            notes=notes,
        )
        .returning(*_RETURNED, due.c.state.label("from_state"))
    )
    rows = list(uow.session.execute(query).all())
    if rows:
        common = {"to_state": target, "at": uow.now, "by": uow.actor.user_id, "notes": notes}
        history = [{"id": uow.new_id(), "proposal_id": r.id, "from_state": r.from_state, **common} for r in rows]
        insert_all(uow.session, _HISTORY, history)
    return rows


def _locked(wanted: ColumnElement[bool], *, limit: int | None) -> CTE:
    """Lock open proposals: a chunk of what nobody holds, or all of them, waiting, in the order of their ids."""
    query = select(Proposal.id, Proposal.state).where(IS_OPEN, wanted)
    query = query.order_by(Proposal.id) if limit is None else query.order_by(Proposal.expires_at).limit(limit)
    return query.with_for_update(key_share=True, skip_locked=limit is not None).cte("due")


def _among(due: CTE) -> ColumnElement[bool]:
    """Join the table to locked rows by their ids.

    The array keeps PostgreSQL on the primary key: for the join alone it reads the whole table, chunk after chunk, once
    that looks as cheap as a thousand look-ups.
    """
    ids = func.array(select(due.c.id).scalar_subquery())
    return and_(_TABLE.c.id == due.c.id, _TABLE.c.id == any_(ids))


def _references(row: Row[Any]) -> dict[str, Any]:
    return {
        "organisation_id": row.company_id,
        "proposal_id": row.id,
        "candidate_id": row.candidate_id,
        "job_id": row.job_id,
        "recruiter_id": row.recruiter_id,
    }
