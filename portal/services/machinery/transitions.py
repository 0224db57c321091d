"""The only place that assigns a state of a machine, of one row or of many: a conditional write, history, event."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import CTE, ColumnElement, CursorResult, Row, Table, and_, any_, func, insert, select, update
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain import disputes, placements, proposals
from portal.domain.errors import WrongState
from portal.domain.events import Event
from portal.domain.machine import Machine
from portal.models import (
    Dispute,
    DisputeStateChange,
    Placement,
    PlacementStateChange,
    Proposal,
    ProposalStateChange,
)
from portal.services.machinery.rows import insert_all
from portal.services.machinery.unit_of_work import UnitOfWork

Stateful = Proposal | Placement | Dispute
MACHINES: dict[type[Stateful], Machine] = {
    Proposal: proposals.MACHINE,
    Placement: placements.MACHINE,
    Dispute: disputes.MACHINE,
}
# Tables, not classes: one row is written at a time, and the ORM would cost more than the statement.
_STATES = {kind: cast(Table, kind.__table__) for kind in MACHINES}
_HISTORIES: dict[type[Stateful], tuple[Table, str]] = {
    Proposal: (cast(Table, ProposalStateChange.__table__), "proposal_id"),
    Placement: (cast(Table, PlacementStateChange.__table__), "placement_id"),
    Dispute: (cast(Table, DisputeStateChange.__table__), "dispute_id"),
}


def begin(uow: UnitOfWork, row: Stateful, action: StrEnum, *, notes: str = "") -> None:
    """Put a new row into its first state and write the first line of its history."""
    machine = MACHINES[type(row)]
    row.state = machine.transitions[action].target
    uow.add(row)
    uow.session.flush()
    _write_history(uow, row, None, row.state, notes, {})


def apply(
    uow: UnitOfWork,
    row: Stateful,
    action: StrEnum,
    *,
    event: Event,
    values: Mapping[str, object] | None = None,
    notes: str = "",
    kept: Mapping[str, object] | None = None,
) -> None:
    """Take a locked row through a transition, with further column values, its history and its event.

    `kept` are further columns of the line in the history.

    Raises:
        WrongState: the present state has no such transition, or somebody else was faster.
    """
    machine, before = MACHINES[type(row)], row.state
    transition = machine.check(action, before)
    _write_state(uow, row, {"state": transition.target, "version": row.version + 1, **(values or {})})
    _write_history(uow, row, before, transition.target, notes, kept or {})
    uow.record(event)


def apply_to_all(
    uow: UnitOfWork,
    kind: type[Stateful],
    action: StrEnum,
    locked: CTE,
    *,
    values: Mapping[str, object],
    notes: str = "",
) -> list[Row[Any]]:
    """Take locked rows (`id` and `state`) through a transition, with one write and one insert of history.

    Returns the changed rows; whoever calls records their events.
    """
    table, (history, key) = _STATES[kind], _HISTORIES[kind]
    transition = MACHINES[kind].transitions[action]
    changed = {**values, "state": transition.target, "version": table.c.version + 1}
    query = update(table).where(among(table, locked), locked.c.state.in_(transition.sources)).values(changed)
    rows = list(uow.session.execute(query.returning(table, locked.c.state.label("from_state"))).all())
    common = {"to_state": transition.target, "at": uow.now, "by": uow.actor.user_id, "notes": notes}
    if rows:
        steps = [{"id": uow.new_id(), key: row.id, "from_state": row.from_state, **common} for row in rows]
        insert_all(uow.session, history, steps)
    return rows


def among(table: Table, locked: CTE) -> ColumnElement[bool]:
    """Join a table to locked rows by their ids.

    The array keeps PostgreSQL on the primary key: for the join alone it reads the whole table, chunk after chunk, once
    that looks as cheap as a thousand look-ups.
    """
    ids = func.array(select(locked.c.id).scalar_subquery())
    return and_(table.c.id == locked.c.id, table.c.id == any_(ids))


def _write_state(uow: UnitOfWork, row: Stateful, changes: Mapping[str, object]) -> None:
    """Write a new state where the old one still stands."""
    table = _STATES[type(row)]
    unchanged = (table.c.id == row.id, table.c.state == row.state, table.c.version == row.version)
    result = uow.session.execute(update(table).where(*unchanged).values(dict(changes)))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise WrongState(f"Someone else just changed this {MACHINES[type(row)].noun}. Check it again.")
    for name, value in changes.items():
        set_committed_value(row, name, value)


def _write_history(
    uow: UnitOfWork, row: Stateful, before: str | None, after: str, notes: str, kept: Mapping[str, object]
) -> None:
    table, key = _HISTORIES[type(row)]
    change = {**kept, "id": uow.new_id(), key: row.id, "from_state": before, "to_state": after, "at": uow.now}
    uow.session.execute(insert(table).values(**change, by=uow.actor.user_id, notes=notes))
