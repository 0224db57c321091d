"""How the columns of a file are read: as chosen now, or as for the last file with the same header."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.domain.imports import Table
from portal.domain.permissions import Actor
from portal.extensions import reading as reading_session
from portal.models import ImportLayout
from portal.services.machinery.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: the field of each column, instead of its name, and whose national numbers it holds."""

    fields: tuple[str, ...] = ()
    country: str | None = None
    is_remembered: bool = False


BY_NAME = Reading()  # as the header says


def remembered(actor: Actor, table: Table, chosen: Reading) -> Reading:
    """Return how files with this header were read before, by the person or else a colleague, if nothing was chosen."""
    if chosen.fields:
        return chosen
    of_mine = (ImportLayout.user_id == actor.user_id).desc()
    query = (
        select(ImportLayout.fields, ImportLayout.country)
        .where(ImportLayout.organisation_id == actor.organisation_id, ImportLayout.layout == table.layout)
        .order_by(of_mine, ImportLayout.chosen_at.desc())
    )
    kept = reading_session().execute(query.limit(1)).one_or_none()
    return chosen if kept is None else Reading(tuple(kept.fields), chosen.country or kept.country, True)


def keep(uow: UnitOfWork, table: Table, chosen: Reading) -> None:
    """Keep what the person chose for the next file with this header."""
    if not chosen.fields or chosen.is_remembered:
        return
    key = {"organisation_id": uow.actor.organisation_id, "layout": table.layout, "user_id": uow.actor.user_id}
    values = {"fields": list(table.fields), "country": chosen.country, "chosen_at": uow.now}
    insertion = insert(ImportLayout).values(**key, **values)
    uow.session.execute(insertion.on_conflict_do_update(index_elements=list(key), set_=values))
