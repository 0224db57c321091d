"""Archiving: months that are long over leave the database for files, each verified before its partition goes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, exists, func, select, text
from sqlalchemy.orm import InstrumentedAttribute

from portal.domain.errors import Conflict, InvalidInput, PortalError
from portal.domain.events import LogArchived
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Delivery, MarketplaceEvent, OutboxEntry, UnsealedEntry
from portal.services.log import archive_files, archives, months
from portal.services.log.archives import Archive
from portal.services.log.months import Month
from portal.services.log.verification import HistoryChanged
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

LEAST_AGE = timedelta(days=365)  # disputes, guarantees and the figures of a year read the log
TOO_YOUNG = "Only months that ended at least a year ago can be archived: choose {:%Y-%m} or earlier."
LOCKED = ("SET LOCAL lock_timeout = '2s'", "LOCK TABLE network.{} IN ACCESS EXCLUSIVE MODE")
REMOVED = ("ALTER TABLE network.marketplace_events DETACH PARTITION network.{0}", "DROP TABLE network.{0}")


def archive(before: datetime, directory: Path, *, actor: Actor) -> Iterator[Archive]:
    """Move what lies before a time into files, a month each and the oldest first, as far as months go.

    Raises:
        InvalidInput: less than a year has passed since.
        Conflict: something of such a month is still needed, or it changed meanwhile.
        HistoryChanged: its entries do not verify; nothing of it was removed.
    """
    with unit_of_work(actor) as uow:
        youngest = uow.now - LEAST_AGE
    if before > youngest:
        raise InvalidInput.field("before", TOO_YOUNG.format(youngest))
    for month in months.closed(before):
        if months.has_entries(month):
            yield _archive(month, directory, actor)


def _archive(month: Month, directory: Path, actor: Actor) -> Archive:
    _refuse_needed(month)
    path = directory / f"events-before-{month.until:%Y-%m}.jsonl.gz"
    if path.exists():
        raise Conflict(f"{path} already exists: choose another directory.")
    archive = archive_files.write(path, month)
    try:
        _replace(month, archive, path, actor)
    except (PortalError, HistoryChanged):
        path.unlink()  # the month is still in the log, and may be tried again
        raise
    return archive


def _replace(month: Month, archive: Archive, path: Path, actor: Actor) -> None:
    """Verify the file as it lies on the disk, and let it take the place of the partition."""
    verdict = archive_files.verify(path)
    if verdict.problem is not None:
        raise HistoryChanged(verdict.problem.sentence)
    with unit_of_work(actor) as uow:
        _remove(uow, month, archive)
        archives.note(uow, archive)
        uow.record(LogArchived(file=archive.name, entries=archive.entries, sha256=archive.digest.hex()))


def _refuse_needed(month: Month) -> None:
    """Refuse while a seal or an email is still to be made, or one is kept that an erasure finds by its event."""
    needs: dict[str, ColumnElement[bool]] = {
        "Its events are not all sealed: run `flask --app wsgi events seal`.": _of(month, UnsealedEntry.event_id),
        "Its events have not all been relayed: check the outbox.": _of(month, OutboxEntry.event_id),
        "Its emails have not been archived: run `flask --app wsgi mails archive` first.": _of(month, Delivery.event_id),
    }
    held = reading().execute(select(*needs.values())).one()
    for said, is_held in zip(needs, held, strict=True):
        if is_held:
            raise Conflict(f"{month.table} can't be archived. {said}")


def _of(month: Month, event_id: InstrumentedAttribute[uuid.UUID]) -> ColumnElement[bool]:
    return exists().where(event_id >= month.since_id, event_id < month.until_id)


def _remove(uow: UnitOfWork, month: Month, archive: Archive) -> None:
    """Take the partition away, if it holds what was written and nothing else."""
    for statement in LOCKED:
        uow.session.execute(text(statement.format(month.table)))
    of_month = (MarketplaceEvent.id >= month.since_id, MarketplaceEvent.id < month.until_id)
    left = uow.session.execute(select(func.count()).where(*of_month)).scalar_one()
    if left != archive.entries:
        raise Conflict(f"{month.table} has {left:,} events, but {archive.entries:,} are sealed. Nothing was removed.")
    for statement in REMOVED:
        uow.session.execute(text(statement.format(month.table)))
