"""What platform admins look at is in the log: a person once an admin and day, a list of names once a list and day."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, func, select

from portal.domain.events import CandidateViewed, DeliveryViewed, ListViewed
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Role
from portal.models import Interview, MarketplaceEvent, Placement, Proposal, ProposalQuestion, SplitAmendment
from portal.runtime import cache
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

Look = CandidateViewed | DeliveryViewed | ListViewed
DAY_SECONDS = 86_400
E = MarketplaceEvent


def are_recorded(actor: Actor) -> bool:
    """Return whether the log has to know what this person looks at."""
    return Role.PLATFORM_ADMIN in actor.roles


def at_candidate(actor: Actor, ids: Mapping[str, uuid.UUID]) -> None:
    """Record a look at the candidate to whom one of these objects belongs."""
    name, value = next(iter(ids.items()))
    known = f"{name}:{value}"
    if not _is_known(actor, known):
        with unit_of_work(actor) as uow:
            candidate_id = value if name == "candidate_id" else uow.ask(_candidate_of(name, value).scalar_subquery())[0]
            if candidate_id is not None:
                _record(uow, CandidateViewed(candidate_id=candidate_id), E.candidate_id == candidate_id)
        _keep(actor, known)


def at_list(actor: Actor, name: str) -> None:
    """Record a look at a list of names."""
    if not _is_known(actor, f"list:{name}"):
        with unit_of_work(actor) as uow:
            _record(uow, ListViewed(list=name), E.payload["list"].astext == name)
        _keep(actor, f"list:{name}")


def at_mail(actor: Actor, delivery_id: uuid.UUID) -> None:
    """Record a look at what was written to somebody."""
    if not _is_known(actor, f"delivery:{delivery_id}"):
        with unit_of_work(actor) as uow:
            is_it = E.payload["delivery_id"].astext == str(delivery_id)
            _record(uow, DeliveryViewed(delivery_id=delivery_id), is_it)
        _keep(actor, f"delivery:{delivery_id}")


def _candidate_of(name: str, value: uuid.UUID) -> Select[uuid.UUID]:
    match name:
        case "proposal_id":
            return select(Proposal.candidate_id).where(Proposal.id == value)
        case "question_id":
            asked = select(Proposal.candidate_id).join(ProposalQuestion, ProposalQuestion.proposal_id == Proposal.id)
            return asked.where(ProposalQuestion.id == value)
        case "interview_id":
            held = select(Proposal.candidate_id).join(Interview, Interview.proposal_id == Proposal.id)
            return held.where(Interview.id == value)
        case "amendment_id":
            amended = select(Placement.candidate_id).join(SplitAmendment, SplitAmendment.placement_id == Placement.id)
            return amended.where(SplitAmendment.id == value)
    return select(Placement.candidate_id).where(Placement.id == value)


def _record(uow: UnitOfWork, look: Look, is_it: ColumnElement[bool]) -> None:
    """Write the event unless today's log (UTC) has it; the lock makes two at once write one."""
    key = hashlib.sha256(f"{uow.actor.user_id} {look}".encode()).digest()
    uow.ask(func.pg_advisory_xact_lock(int.from_bytes(key[:8], signed=True)))
    midnight = uow.now.replace(hour=0, minute=0, second=0, microsecond=0)
    seen = select(E.id).where(
        E.actor_id == uow.actor.user_id, E.id >= lowest_id(midnight), E.type == type(look).type, is_it
    )
    if uow.session.execute(seen.limit(1)).one_or_none() is None:
        uow.record(look)


def _key(actor: Actor, what: str) -> str:
    return f"look:{actor.user_id}:{actor.now.date()}:{what}"


def _is_known(actor: Actor, what: str) -> bool:
    """Return whether Redis knows that today's log has it; without Redis the log is asked."""
    return bool(cache.asked(lambda redis: redis.exists(_key(actor, what))))


def _keep(actor: Actor, what: str) -> None:
    cache.asked(lambda redis: redis.set(_key(actor, what), 1, ex=DAY_SECONDS))
