"""Rounds of periodic work: chunk by chunk, and when a chunk breaks, row by row, so that a bad row holds up no other."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import copy_context
from typing import TypeVar

from flask.globals import app_ctx

from portal.domain.errors import Conflict
from portal.domain.permissions import Actor
from portal.extensions import DATABASE_AWAY
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

log = logging.getLogger(__name__)
T = TypeVar("T")
Ids = Sequence[uuid.UUID]
Some = Callable[[UnitOfWork, Ids | None], Ids]
Due = Callable[[UnitOfWork], Ids]


def in_chunks(some: Some, due: Due, *, size: int | None, actor: Actor) -> Iterator[Ids]:
    """Do what is due and yield the ids of each chunk once it is committed.

    `some` does the next `size` rows (None: all at once), or those that are named and still due, and returns which it
    did; `due` names all that are, and looks at nothing that one of them could break.

    Raises:
        Conflict: some rows could not be done, and why the first of them; all others were.
    """
    try:
        while True:
            with unit_of_work(actor) as uow:
                done = some(uow, None)
            yield done
            if size is None or len(done) < size:
                return
    except DATABASE_AWAY:
        raise
    except Exception as error:
        log.warning("round_goes_on_row_by_row", exc_info=error)
    yield from one_by_one(some, due, actor=actor)


def one_by_one(some: Some, due: Due, *, actor: Actor) -> Iterator[Ids]:
    """Do what is due row by row, each in a transaction of its own, and yield what was done; see `in_chunks`."""
    with unit_of_work(actor) as uow:
        ids = due(uow)
    broken: dict[uuid.UUID, Exception] = {}
    for row_id in ids:
        try:
            with unit_of_work(actor) as uow:
                done = some(uow, [row_id])
        except DATABASE_AWAY:
            raise
        except Exception as error:
            log.exception("row_left", extra={"row_id": str(row_id)})
            broken[row_id] = error
        else:
            yield done
    if broken:
        row_id, first = next(iter(broken.items()))
        message = f"{len(broken)} of {len(ids)} could not be done; {row_id}: {type(first).__name__}: {first}"
        raise Conflict(message, code="ROUND_INCOMPLETE", details={"left": len(broken)})


def one_after_the_other(rounds: Iterable[Callable[[], int]]) -> int:
    """Do several rounds, each also when one before it left rows, and count what they did; none may need another's work.

    Raises:
        Conflict: what they left.
    """
    count, left = 0, list[Conflict]()
    for one in rounds:
        try:
            count += one()
        except Conflict as incomplete:
            left.append(incomplete)
    if left:
        raise Conflict(" ".join(each.message for each in left), code="ROUND_INCOMPLETE")
    return count


def in_own_context(work: Callable[[], T]) -> Callable[[], T]:
    """Return work for a thread of its own: it has connections of its own, and the correlation of whoever asks."""
    app, context = app_ctx.app, copy_context()

    def within() -> T:
        with app.app_context():
            return work()

    return lambda: context.run(within)
