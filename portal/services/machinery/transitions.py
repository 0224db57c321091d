"""The only place that assigns a state: one conditional write, one history row, one event."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import cast

from sqlalchemy import CursorResult, Table, insert, update
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain import placements, proposals
from portal.domain.errors import WrongState
from portal.domain.events import Event
from portal.domain.machine import Machine
from portal.models import Placement, PlacementStateChange, Proposal, ProposalStateChange
from portal.services.machinery.unit_of_work import UnitOfWork

Stateful = Proposal | Placement
# Tables, not classes: one row is written at a time, and the ORM would cost more than the statement.
_STATES = {kind: cast(Table, kind.__table__) for kind in (Proposal, Placement)}
_HISTORIES: dict[type[Stateful], tuple[Table, str]] = {
    Proposal: (cast(Table, ProposalStateChange.__table__), "proposal_id"),
    Placement: (cast(Table, PlacementStateChange.__table__), "placement_id"),
}


def machine_of(row: Stateful) -> Machine:
    """Give the transition table of a row."""
    return proposals.MACHINE if isinstance(row, Proposal) else placements.MACHINE


def begin(uow: UnitOfWork, row: Stateful, action: StrEnum, *, notes: str = "") -> None:
    """Put a new row into its first state and write the first line of its history."""
    machine = machine_of(row)
    row.state = machine.transitions[action].target
    uow.session.add(row)
    uow.session.flush()
    _write_history(uow, row, None, row.state, notes)


def apply(
    uow: UnitOfWork,
    row: Stateful,
    action: StrEnum,
    *,
    event: Event,
    values: Mapping[str, object] | None = None,
    notes: str = "",
) -> None:
    """Take a locked row through a transition, with further column values, its history and its event.

    Raises:
        WrongState: the present state has no such transition, or somebody else was faster.
    """
    machine, before = machine_of(row), row.state
    transition = machine.check(action, before)
    _write_state(uow, row, {"state": transition.target, "version": row.version + 1, **(values or {})})
    _write_history(uow, row, before, transition.target, notes)
    uow.record(event)


def _write_state(uow: UnitOfWork, row: Stateful, changes: Mapping[str, object]) -> None:
    """Write a new state where the old one still stands."""
    table = _STATES[type(row)]
    unchanged = (table.c.id == row.id, table.c.state == row.state, table.c.version == row.version)
    result = uow.session.execute(update(table).where(*unchanged).values(dict(changes)))
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise WrongState(f"Somebody else changed this {machine_of(row).noun} just now. Look at it again.")
    for name, value in changes.items():
        set_committed_value(row, name, value)


def _write_history(uow: UnitOfWork, row: Stateful, before: str | None, after: str, notes: str) -> None:
    table, key = _HISTORIES[type(row)]
    change = {"id": uow.new_id(), key: row.id, "from_state": before, "to_state": after, "at": uow.now}
    uow.session.execute(insert(table).values(**change, by=uow.actor.user_id, notes=notes))
