"""Periodic jobs: a claim on their row lets exactly one ticker run each, however many there are and wherever."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Interval, String, cast, column, or_, update, values
from sqlalchemy.dialects.postgresql import insert

from portal.domain.permissions import Actor
from portal.models import PeriodicRun
from portal.services.machinery.unit_of_work import unit_of_work

ERROR_LENGTH = 500


def claim_due(every: Mapping[str, timedelta], *, actor: Actor) -> tuple[str, ...]:
    """Claim the jobs that are due, each for its next period, and name them; a job that is new is due at once.

    One whose time lies further ahead than a period is due too: the clock was put back since, and would stop it.
    A rival waits for the row, then finds it claimed (the condition is read again after the wait).
    """
    with unit_of_work(actor) as uow:
        run = PeriodicRun
        new = insert(run).values([{"name": name, "next_at": uow.now} for name in sorted(every)])
        uow.session.execute(new.on_conflict_do_nothing())
        known = values(column("name", String), column("every", Interval), name="known").data(list(every.items()))
        period = cast(known.c.every, Interval)
        claimed = (
            update(run)
            .where(run.name == known.c.name, or_(run.next_at <= uow.now, run.next_at > uow.now + period))
            .values(next_at=uow.now + period, started_at=uow.now)
            .returning(run.name)
            .execution_options(synchronize_session=False)
        )
        due = set(uow.session.scalars(claimed))
    return tuple(name for name in every if name in due)


def finish(name: str, *, actor: Actor, error: str | None = None) -> None:
    """Write that a run of a job ended, and how."""
    with unit_of_work(actor) as uow:
        ended: dict[str, object] = {"finished_at": uow.now, "last_error": error[:ERROR_LENGTH] if error else None}
        if error is None:
            ended["succeeded_at"] = uow.now
        uow.session.execute(update(PeriodicRun).where(PeriodicRun.name == name).values(ended))
