"""Daily work on fees: in chunks, each in one transaction with a fixed number of statements; see `rounds`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from sqlalchemy import Select

from portal.domain.errors import NotPermitted
from portal.domain.permissions import Actor, Permission, Scope
from portal.models import Fee
from portal.services.billing.accounts import Account
from portal.services.billing.books import Books, books
from portal.services.machinery import rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork

CHUNK = 500
Waiting = Callable[[UnitOfWork], Select[uuid.UUID]]
Work = Callable[[Books, Mapping[uuid.UUID, Account]], Collection[uuid.UUID]]


def on_fees(
    waiting: Waiting, work: Work, *, actor: Actor, perhaps: Waiting | None = None, two_lanes: bool = False
) -> int:
    """Do `work` on the fees that are `waiting`, and count those of which it says that there was something to do.

    Fees that somebody else holds are left to them or to the next round. `perhaps` selects what may be waiting without
    a look at any zone, where `waiting` has one. With `two_lanes` a chunk is computed while the database writes another:
    for work that locks its fees alone, and the accounts at the end, in their order.

    Raises:
        Conflict: some fees could not be done, and why the first of them; all others were.
    """
    require_platform(actor)
    done = set[uuid.UUID]()
    with ThreadPoolExecutor(max_workers=1) as pool:
        beside = None
        lane = partial(_lane, waiting, perhaps or waiting, work, actor)
        for ids in lane():
            done |= ids
            if two_lanes and beside is None and len(ids) >= CHUNK:  # there is more
                beside = pool.submit(rounds.in_own_context(lambda: set().union(*lane())))
        if beside is not None:
            done |= beside.result()
    return len(done)


def _lane(waiting: Waiting, perhaps: Waiting, work: Work, actor: Actor) -> Iterator[set[uuid.UUID]]:
    """Do chunk after chunk, and yield the fees of each, once it is committed, with which there was something to do."""
    done, after = set[uuid.UUID](), uuid.UUID(int=0)

    def some(uow: UnitOfWork, ids: Ids | None) -> Ids:
        nonlocal after
        query = waiting(uow).where(Fee.id > after if ids is None else Fee.id.in_(ids)).order_by(Fee.id).limit(CHUNK)
        found = uow.session.scalars(query.with_for_update(of=Fee, key_share=True, skip_locked=True)).all()
        with books(uow) as kept:
            done.update(work(kept, kept.load_all(found)))
        after = max([after, *found])
        return found

    def due(uow: UnitOfWork) -> Ids:
        return uow.session.scalars(perhaps(uow).order_by(Fee.id)).all()

    for ids in rounds.in_chunks(some, due, size=CHUNK, actor=actor):
        yield done.intersection(ids)


def require_platform(actor: Actor) -> None:
    """Refuse whoever is not the platform."""
    if actor.scope(Permission.BILLING_MANAGE) is not Scope.ANY:
        raise NotPermitted("Only the platform can do this.")
