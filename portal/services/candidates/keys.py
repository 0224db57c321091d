"""Renew the keys that find a person again, when their rules changed after the person was entered (ADR 0014)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.exc import IntegrityError

from portal import access
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Actor, Permission
from portal.models import Candidate
from portal.services.candidates.contacts import read_email, read_linkedin, read_phone
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

CHUNK = 500
Read = Callable[[str], tuple[str | None, str | None]]
# Key → the column that it is made of, and how.
_READERS: dict[str, tuple[str, Read]] = {
    "email_key": ("email", read_email),
    "phone_key": ("phone", read_phone),
    "linkedin_key": ("linkedin_url", read_linkedin),
}


@dataclass(frozen=True, slots=True)
class Clash:
    """A key that stays as it was, because another candidate has the new one; `column` is what it is made of."""

    candidate_id: uuid.UUID
    column: str
    other_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What came of some candidates: how many there were, how many keys changed, and which could not."""

    seen: int
    changed: int
    clashes: tuple[Clash, ...]


def recompute(*, actor: Actor) -> Iterator[Renewed]:
    """Make all keys by the rules of today, some candidates in each transaction, and yield what came of them."""
    access.require(actor, Permission.USERS_ADMINISTER)
    after = uuid.UUID(int=0)
    while True:
        with unit_of_work(actor) as uow:
            rows = _next(uow, after)
            outdated = [(row.id, key, made) for row in rows for key, made in _outdated(row)]
            clashes = tuple(clash for one in outdated if (clash := _write(uow, *one)) is not None)
        yield Renewed(len(rows), len(outdated) - len(clashes), clashes)
        if len(rows) < CHUNK:
            return
        after = rows[-1].id


def _next(uow: UnitOfWork, after: uuid.UUID) -> list[Row[Any]]:
    columns = [getattr(Candidate, name) for key, (source, _) in _READERS.items() for name in (key, source)]
    query = select(Candidate.id, *columns).where(Candidate.id > after).order_by(Candidate.id).limit(CHUNK)
    return list(uow.session.execute(query.with_for_update()).all())


def _outdated(row: Row[Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the keys that would be others today; what cannot be read any longer keeps the one that it has."""
    for key, (source, read) in _READERS.items():
        try:
            made = read(getattr(row, source) or "")[1]
        except InvalidInput:
            continue
        if made != getattr(row, key):
            yield key, made


def _write(uow: UnitOfWork, candidate_id: uuid.UUID, key: str, made: str | None) -> Clash | None:
    """Write a key, unless somebody else has it."""
    column = getattr(Candidate, key)
    query = update(Candidate).where(Candidate.id == candidate_id).values({key: made})
    try:
        with uow.session.begin_nested():
            uow.session.execute(query.execution_options(synchronize_session=False))
    except IntegrityError:
        other = uow.session.scalar(select(Candidate.id).where(column == made))
        return Clash(candidate_id, _READERS[key][0], other)
    return None
