"""Retention of emails: those long settled leave the database; a file keeps that they were sent, not what they said.

Their words are about people, and a file could not be reached by an erasure; the log has the events that they told of.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import DeliveriesArchived
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor
from portal.models import Delivery, DeliveryAttempt
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

LEAST_AGE = timedelta(days=365)
TOO_YOUNG = "Only emails that are at least a year old can be archived: choose {:%Y-%m} or earlier."
EMPTIED = "The emails in this digest have since been removed."
BATCH = 1_000
D = Delivery
KEPT = (D.id, D.event_id, D.template, D.user_id, D.state, D.attempts, D.created_at, D.sent_at, D.last_code, D.digest_id)


def archive(before: datetime, directory: Path, *, actor: Actor) -> int:
    """Write which settled emails there were before a time, remove them a batch at a time, and count them.

    Raises:
        InvalidInput: less than a year has passed since.
        Conflict: the file exists.
    """
    path = directory / f"mails-before-{before:%Y-%m}.jsonl.gz"
    with unit_of_work(actor) as uow:
        youngest = uow.now - LEAST_AGE
    if before > youngest:
        raise InvalidInput.field("before", TOO_YOUNG.format(youngest))
    if path.exists():
        raise Conflict(f"{path} already exists: choose another directory.")
    count = 0
    with path.open("xb") as raw:
        while moved := _move(raw, before, actor):
            count += moved
    if not count:
        path.unlink()
        return 0
    with unit_of_work(actor) as uow:
        uow.record(DeliveriesArchived(file=path.name, entries=count))
    return count


def _move(raw: BinaryIO, before: datetime, actor: Actor) -> int:
    with unit_of_work(actor) as uow:
        if rows := _settled(uow, before):
            _keep(raw, rows)
            _empty_digests(uow, rows, before)
            _remove(uow, rows)
    return len(rows)


def _settled(uow: UnitOfWork, before: datetime) -> Sequence[Any]:
    """Lock the oldest mails that nobody will send any more; a mail is older than the digest that it is folded into."""
    query = select(*KEPT).where(D.id < lowest_id(before), _is_settled()).order_by(D.id).limit(BATCH)
    return uow.session.execute(query.with_for_update(skip_locked=True)).all()


def _is_settled() -> ColumnElement[bool]:
    return or_(D.state.in_(("sent", "dead")), and_(D.state == "folded", D.digest_id.is_not(None)))


def _keep(raw: BinaryIO, rows: Sequence[Any]) -> None:
    """Write lines and see them onto the disk; parts that are compressed one by one read as one file."""
    lines = b"".join(orjson.dumps(dict(row._mapping)) + b"\n" for row in rows)
    raw.write(gzip.compress(lines, mtime=0))
    raw.flush()
    os.fsync(raw.fileno())


def _empty_digests(uow: UnitOfWork, rows: Sequence[Any], before: datetime) -> None:
    """Empty the digests that stay behind an email that they told of: an erasure finds them by that email."""
    told = {row.digest_id for row in rows if row.digest_id is not None}
    words = dict.fromkeys(("subject", "body_text", "body_html"), EMPTIED)
    staying = update(D).where(D.id.in_(told), D.id >= lowest_id(before)).values(words)
    uow.session.execute(staying.execution_options(synchronize_session=False))


def _remove(uow: UnitOfWork, rows: Sequence[Any]) -> None:
    ids = [row.id for row in rows]
    uow.session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(ids)))
    uow.session.execute(delete(D).where(D.id.in_(ids)).execution_options(synchronize_session=False))
