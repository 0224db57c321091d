"""The one appeal against a ruling, and the waiver of it (disputes.md §2, §6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from portal import access
from portal.domain import disputes as rules
from portal.domain.business_days import deadline
from portal.domain.disputes import DisputeAction
from portal.domain.errors import Conflict
from portal.domain.events import DisputeAppealed, DisputeAppealWaived
from portal.domain.permissions import Actor, Permission
from portal.models import Dispute, DisputeParty
from portal.services.disputes import cases, freezing, parties, rulings
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


def appeal(dispute_id: uuid.UUID, *, actor: Actor, statement: str) -> uuid.UUID:
    """Appeal against a ruling, once a case: it is under review again, and what it froze is frozen again.

    Raises:
        InvalidInput: the statement is too short or too long.
        NotPermitted: the actor is no party.
        WrongState: there is no ruling to appeal against.
        Conflict: the case was appealed before, the time for it is over, or the actor waived it.
    """
    access.require(actor, Permission.DISPUTE_OPEN)
    said = cases.clean_statement(statement)
    with unit_of_work(actor) as uow:
        dispute, rows = cases.load(uow, dispute_id)
        party = _appellant(uow, dispute, rows)
        cases.appeal_statement(uow, party, said)
        due_at = deadline(uow.now, rules.RULING_DAYS, parties.platform_zone(uow))
        values = {"appealed_at": uow.now, "appeal_until": None, "closed_at": None, "ruling_due_at": due_at}
        event = DisputeAppealed(**parties.about(dispute, rows), due_at=due_at)
        missed = {"ruling_missed_at": None}
        transitions.apply(uow, dispute, DisputeAction.APPEAL, event=event, values={**values, **missed})
        freezing.freeze_again(uow, dispute_id)
    return dispute_id


def waive(dispute_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Accept a ruling; when all parties do, it takes full effect at once.

    Raises:
        NotPermitted: the actor is no party.
        WrongState: there is no ruling to accept.
        Conflict: the case was appealed before, the time for it is over, or the actor accepted it already.
    """
    access.require(actor, Permission.DISPUTE_OPEN)
    with unit_of_work(actor) as uow:
        dispute, rows = cases.load(uow, dispute_id)
        party = _appellant(uow, dispute, rows)
        party.appeal_waived_at = uow.now
        uow.session.flush()
        is_last = all(row.appeal_waived_at is not None for row in rows)
        uow.record(DisputeAppealWaived(**parties.about(dispute, rows), is_last=is_last))
        if is_last:
            rulings.settle(uow.as_system(), dispute, rows)
    return dispute_id


def _appellant(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty]) -> DisputeParty:
    """Return the party of the actor, who may still appeal.

    Raises:
        NotPermitted: the actor is no party.
        WrongState: there is no ruling.
        Conflict: no appeal is possible any more.
    """
    party = parties.own(uow, rows)
    rules.MACHINE.check(DisputeAction.APPEAL, dispute.state)
    if dispute.appealed_at is not None:
        raise Conflict("This dispute has already been appealed; the second ruling is final.", code="APPEALED_ALREADY")
    if dispute.appeal_until is None or uow.now >= dispute.appeal_until or dispute.settled_at is not None:
        raise Conflict("The deadline to appeal has passed.", code="APPEAL_TOO_LATE")
    if party.appeal_waived_at is not None:
        raise Conflict("You’ve already accepted this ruling.", code="APPEAL_WAIVED")
    return party
