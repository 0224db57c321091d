"""Proposals many at once (domain.md §3): each chunk is a transaction of its own.

One UPDATE … RETURNING, one insert of history and one of events; rows that somebody else holds are skipped, so that two
runs at once share the work, and a crash loses at most the open chunk. What a recruiter chose is withdrawn one by one,
in one transaction, because each refusal has its own sentence; and proposed all or none (docs/adr/0079).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CTE, ColumnElement, Row, Table, and_, exists, or_, select, true, update

from portal import access
from portal.domain import disclosure, texts
from portal.domain.disclosure import Identity
from portal.domain.errors import Conflict, InvalidInput, WrongState
from portal.domain.events import ProposalExpiring, ProposalPassedOn, ProposalTimeout, ProposalWithdrawn
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import (
    EXPIRE_CHUNK,
    PROPOSED_AT_ONCE,
    REMINDER_BEFORE,
    WITHDRAWN_AT_ONCE,
    ProposalAction,
    ProposalState,
)
from portal.models import Candidate, Placement, Proposal, ProposalQuestion, stands
from portal.queries.candidates import listing
from portal.queries.proposals.proposals import IS_OPEN
from portal.services.machinery import rounds, transitions
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.proposals import (
    Pitch,
    TermsShown,
    about,
    closing,
    put_forward,
    read_pitch,
    require_claim,
    take_back,
)

FIRST = 100
_CAUSES = {
    "job_closed": "The job was closed.",
    "hired_elsewhere": "The candidate was hired elsewhere.",
    "recruiter_left": "The recruiter left the portal.",
}
_TABLE = cast(Table, Proposal.__table__)


@dataclass(frozen=True, slots=True)
class Expired:
    """How many proposals timed out, with the ids of the first hundred."""

    processed: int
    first: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many proposals were withdrawn, and of whom one was not, with the sentence that says why."""

    count: int
    refused: tuple[tuple[str, str], ...]


def expire_due(*, actor: Actor) -> Expired:
    """Time out every open proposal whose deadline has passed; safe to run twice at once and after a crash."""
    access.require(actor, Permission.PROPOSAL_EXPIRE)
    processed, first = 0, list[uuid.UUID]()
    for ids in rounds.in_chunks(_expire_some, _expiring, size=EXPIRE_CHUNK, actor=actor):
        processed += len(ids)
        first.extend(ids[: FIRST - len(first)])
    return Expired(processed, tuple(first))


def _expiring(uow: UnitOfWork) -> Ids:
    return uow.session.scalars(select(Proposal.id).where(IS_OPEN, Proposal.expires_at <= uow.now)).all()


def _expire_some(uow: UnitOfWork, ids: Ids | None) -> Ids:
    due = and_(Proposal.expires_at <= uow.now, _named(ids))
    rows = _close(uow, ProposalAction.EXPIRE, due, limit=EXPIRE_CHUNK)
    for row in rows:
        uow.record(ProposalTimeout(**about(row), expires_at=row.expires_at))
    return [row.id for row in rows]


def _named(ids: Ids | None) -> ColumnElement[bool]:
    return true() if ids is None else Proposal.id.in_(ids)


def withdraw_chosen(proposal_ids: Collection[uuid.UUID], *, actor: Actor, notes: str = "") -> Withdrawn:
    """Take back those of these proposals that are open still, with the same message to each company.

    A company reads none of the others' names in it, whom it may not know.

    Raises:
        InvalidInput: none is named, or too many are.
    """
    remark = texts.clean("notes", notes, most=texts.NOTES, multiline=True)
    wanted = sorted(set(proposal_ids))
    if not 1 <= len(wanted) <= WITHDRAWN_AT_ONCE:
        raise InvalidInput.field("p", f"Choose 1 to {WITHDRAWN_AT_ONCE} proposals.")
    refused = list[tuple[str, str]]()
    with unit_of_work(actor) as uow:
        named = _told_of(uow, wanted, remark)
        for proposal_id in wanted:  # one after the other: everybody locks several proposals in the order of their ids
            proposal = uow.load(Proposal, proposal_id, Permission.PROPOSAL_WITHDRAW)
            try:
                take_back(uow, proposal, notes=_without_others(remark, named, proposal.candidate_id))
            except WrongState as error:
                refused.append((_candidate_name(uow, proposal), error.message))
    return Withdrawn(len(wanted) - len(refused), tuple(refused))


def _told_of(uow: UnitOfWork, proposal_ids: Sequence[uuid.UUID], remark: str) -> dict[uuid.UUID, Identity]:
    """Return which candidates of these proposals a message names."""
    query = select(Candidate.id, Candidate.full_name).join(Proposal, Proposal.candidate_id == Candidate.id)
    query = query.where(Proposal.id.in_(proposal_ids), access.visible(Proposal, uow.actor)).order_by(Candidate.id)
    people = {
        row.id: Identity(row.full_name, disclosure.label(row.full_name, row.id)) for row in uow.session.execute(query)
    }
    return {id: person for id, person in people.items() if disclosure.names(remark, person.full_name)}


def _without_others(remark: str, named: Mapping[uuid.UUID, Identity], candidate_id: uuid.UUID) -> str:
    for other in (person for id, person in named.items() if id != candidate_id):
        remark = disclosure.before_acceptance(remark, other)
    return remark[: texts.NOTES]


def _candidate_name(uow: UnitOfWork, proposal: Proposal) -> str:
    return uow.session.scalars(select(Candidate.full_name).where(Candidate.id == proposal.candidate_id)).one()


def propose_chosen(
    pitches: Sequence[Pitch], job_id: uuid.UUID, *, actor: Actor, terms_shown: TermsShown
) -> tuple[uuid.UUID, ...]:
    """Propose several candidates for one job, all or none, and return the proposals' ids.

    Raises:
        InvalidInput: none, too many or one twice are named, a pitch is not acceptable, the restrictions were not read.
        NotPermitted, StaleVersion: as `proposals.create` does.
        NotFound: the job, or one of the candidates, is none that the recruiter sees.
        Conflict: one cannot be proposed, who is named, or the job takes no proposals.
    """
    recruiter_id = access.require_recruiter(actor)
    wanted = {pitch.candidate_id: read_pitch(pitch) for pitch in sorted(pitches, key=lambda one: one.candidate_id)}
    if not 1 <= len(pitches) <= PROPOSED_AT_ONCE or len(wanted) < len(pitches):
        raise InvalidInput.field("rows", f"Choose 1 to {PROPOSED_AT_ONCE} candidates.")
    names, made = listing.names_of(wanted, viewer=actor), []
    with unit_of_work(actor) as uow:
        for candidate_id in wanted:  # whoever locks several locks them in the order of their ids, and before the job
            with _naming(names[candidate_id]):
                require_claim(uow, candidate_id, recruiter_id)
        for candidate_id, pitch in wanted.items():
            with _naming(names[candidate_id], "DUPLICATE_PROPOSAL"):
                made.append(put_forward(uow, pitch, job_id, recruiter_id, terms_shown))
    return tuple(made)


@contextmanager
def _naming(name: str, *codes: str) -> Iterator[None]:
    """Say of a refusal, of these kinds or any, whom it is about."""
    try:
        yield
    except Conflict as refusal:
        if codes and refusal.code not in codes:
            raise
        raise Conflict(f"Nothing was sent. {name}: {refusal.message}", code=refusal.code) from refusal


def withdraw_open(uow: UnitOfWork, wanted: ColumnElement[bool], *, cause: str) -> int:
    """Withdraw, as the system, all open proposals of a job, a candidate or a recruiter and count them.

    Waits for whoever holds one of them.
    """
    system = uow.as_system()
    rows = _close(system, ProposalAction.WITHDRAW, wanted, notes=_CAUSES[cause])
    for row in rows:
        system.record(ProposalWithdrawn(**about(row), cause=cause))
    return len(rows)


def held_by(recruiter_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that a proposal is a recruiter's and not decided, or not hired from."""
    hired = exists().where(Placement.proposal_id == Proposal.id, stands(Placement))
    waits = or_(IS_OPEN, (Proposal.state == ProposalState.ACCEPTED) & ~hired)
    return and_(Proposal.recruiter_id == recruiter_id, waits)


def pass_on(uow: UnitOfWork, leaver: uuid.UUID, heir: uuid.UUID) -> int:
    """Pass on to a successor what a leaver holds, with the open questions, and count the proposals."""
    query = select(Proposal).where(held_by(leaver)).order_by(Proposal.id).with_for_update(key_share=True)
    found = uow.session.scalars(query).all()
    for proposal in found:
        proposal.recruiter_id = heir
        uow.record(ProposalPassedOn(**about(proposal), former_recruiter_id=leaver))
    asked = update(ProposalQuestion).where(
        ProposalQuestion.proposal_id.in_([proposal.id for proposal in found]), ProposalQuestion.answered_at.is_(None)
    )
    uow.session.execute(asked.values(recruiter_id=heir).execution_options(synchronize_session=False))
    return len(found)


def remind_due(*, actor: Actor) -> int:
    """Remind the deciders of every open proposal with 24 hours or less left, once each, and count them."""
    access.require(actor, Permission.PROPOSAL_EXPIRE)
    return sum(map(len, rounds.in_chunks(_remind_some, _to_remind, size=EXPIRE_CHUNK, actor=actor)))


def _to_remind(uow: UnitOfWork) -> Ids:
    return uow.session.scalars(select(Proposal.id).where(IS_OPEN, _soon(uow))).all()


def _remind_some(uow: UnitOfWork, ids: Ids | None) -> Ids:
    due = _locked(and_(_soon(uow), _named(ids)), limit=EXPIRE_CHUNK)
    query = update(_TABLE).where(transitions.among(_TABLE, due)).values(reminded_at=uow.now).returning(_TABLE)
    rows = uow.session.execute(query).all()
    for row in rows:
        uow.record(ProposalExpiring(**about(row), expires_at=row.expires_at))
    return [row.id for row in rows]


def _soon(uow: UnitOfWork) -> ColumnElement[bool]:
    return and_(
        Proposal.reminded_at.is_(None),
        Proposal.expires_at > uow.now,
        Proposal.expires_at <= uow.now + REMINDER_BEFORE,
    )


def _close(
    uow: UnitOfWork, action: ProposalAction, wanted: ColumnElement[bool], *, limit: int | None = None, notes: str = ""
) -> list[Row[Any]]:
    """Take open proposals through a transition that ends them."""
    due = _locked(wanted, limit=limit)
    return transitions.apply_to_all(uow, Proposal, action, due, values=closing(uow, notes), notes=notes)


def _locked(wanted: ColumnElement[bool], *, limit: int | None) -> CTE:
    """Lock open proposals: a chunk of what nobody holds, or all of them, waiting, in the order of their ids."""
    query = select(Proposal.id, Proposal.state).where(IS_OPEN, wanted)
    query = query.order_by(Proposal.id) if limit is None else query.order_by(Proposal.expires_at).limit(limit)
    return query.with_for_update(key_share=True, skip_locked=limit is not None).cte("due")
