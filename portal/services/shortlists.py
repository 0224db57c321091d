"""The shortlist of a job (domain.md §3): the company's own mark on proposals, of which recruiters learn nothing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.events import ShortlistCut, ShortlistExtended
from portal.domain.permissions import Actor, Permission
from portal.domain.proposals import OPEN, SHORTLISTED_AT_ONCE
from portal.models import Proposal, ShortlistMark
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.proposals import refuse_own

Ids = Collection[uuid.UUID]


def extend(proposal_ids: Ids, *, actor: Actor) -> int:
    """Put proposals on the shortlists of their jobs, and count those that were not there.

    Raises:
        NotPermitted: the actor made one of them, or shares in it.
        Conflict: one of them is decided.
    """
    with unit_of_work(actor) as uow:
        return _extend(uow, _load(uow, proposal_ids))


def cut(proposal_ids: Ids, *, actor: Actor) -> int:
    """Take proposals off the shortlists of their jobs, decided ones too, and count those that were there.

    Raises:
        NotPermitted: the actor made one of them, or shares in it.
    """
    with unit_of_work(actor) as uow:
        return _cut(uow, _load(uow, proposal_ids))


def change(job_id: uuid.UUID, *, actor: Actor, add: Ids, remove: Ids) -> None:
    """Put some proposals for a job on its shortlist, and take others off.

    Raises:
        InvalidInput: none is named, too many are, or one is to be on it and off it.
        NotFound: one of them is none, or for another job.
        NotPermitted, Conflict: see `extend`.
    """
    if set(add) & set(remove):
        raise InvalidInput.field("remove", "Name a proposal under add or remove, not both.")
    with unit_of_work(actor) as uow:
        rows = _load(uow, {*add, *remove})
        if any(row.job_id != job_id for row in rows):
            raise NotFound()
        _extend(uow, [row for row in rows if row.id in set(add)])
        _cut(uow, [row for row in rows if row.id in set(remove)])


def _extend(uow: UnitOfWork, rows: Sequence[Proposal]) -> int:
    if any(row.state not in OPEN for row in rows):
        raise Conflict("Only proposals waiting for a decision can be shortlisted.", code="WRONG_STATE")
    new = [{"proposal_id": row.id, "marked_by": uow.actor.user_id, "marked_at": uow.now} for row in rows]
    marks = insert(ShortlistMark).on_conflict_do_nothing().returning(ShortlistMark.proposal_id)
    put = uow.session.scalars(marks, new).all() if new else ()
    if put:
        uow.record(ShortlistExtended(organisation_id=rows[0].company_id, marked_ids=tuple(put)))
    return len(put)


def _cut(uow: UnitOfWork, rows: Sequence[Proposal]) -> int:
    marks = delete(ShortlistMark).where(ShortlistMark.proposal_id.in_([row.id for row in rows]))
    taken = uow.session.scalars(marks.returning(ShortlistMark.proposal_id)).all() if rows else ()
    if taken:
        uow.record(ShortlistCut(organisation_id=rows[0].company_id, marked_ids=tuple(taken)))
    return len(taken)


def _load(uow: UnitOfWork, proposal_ids: Ids) -> Sequence[Proposal]:
    """Lock proposals of one company on which the actor may decide."""
    wanted = sorted(set(proposal_ids))
    if not 1 <= len(wanted) <= SHORTLISTED_AT_ONCE:
        raise InvalidInput.field("add", f"Choose 1 to {SHORTLISTED_AT_ONCE} proposals.")
    access.require(uow.actor, Permission.PROPOSAL_DECIDE)
    query = select(Proposal).where(Proposal.id.in_(wanted), access.visible(Proposal, uow.actor)).order_by(Proposal.id)
    rows = uow.session.scalars(query.with_for_update(of=Proposal, key_share=True)).all()
    if len(rows) < len(wanted) or len({row.company_id for row in rows}) > 1:
        raise NotFound()
    if not all(access.allows(uow.actor, row, Permission.PROPOSAL_DECIDE) for row in rows):
        raise access.refusal(uow.actor, Permission.PROPOSAL_DECIDE)
    refuse_own(uow, *rows)
    return rows
