"""Telephone numbers that a spreadsheet had lengthened before imports knew it: `3920001.0` was stored with its zero."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import phonenumbers
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal import access
from portal.domain.errors import InvalidInput
from portal.domain.events import CandidateChanged
from portal.domain.permissions import Actor, Permission
from portal.models import Candidate
from portal.services.candidates.contacts import read_phone
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

CHUNK = 500
ZEROS = ("0", "00")  # the decimals of an amount


@dataclass(frozen=True, slots=True)
class Lengthened:
    """A stored number that nobody has, the one that it certainly was, and whether that is stored now."""

    candidate_id: uuid.UUID
    stored: str
    right: str
    is_mended: bool


def right_number(stored: str) -> str | None:
    """Return the one number that exists without the zeros at the end; None where the stored one may be right."""
    if _is_valid(stored):
        return None
    found = [stored.removesuffix(zeros) for zeros in ZEROS if stored.endswith(zeros)]
    valid = [number for number in found if _is_valid(number)]
    return valid[0] if len(valid) == 1 else None


def _is_valid(number: str) -> bool:
    with suppress(phonenumbers.NumberParseException):
        return phonenumbers.is_valid_number(phonenumbers.parse(number, None))
    return False


def lengthened(*, actor: Actor, mend: bool = False) -> Iterator[Lengthened]:
    """Yield the numbers with zeros too many, some candidates in each transaction, and with `mend` store the right ones.

    A number that another candidate has stays: the two may be one person.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    after = uuid.UUID(int=0)
    while True:
        with unit_of_work(actor) as uow:
            ending = Candidate.phone.like("%0")
            query = select(Candidate).where(Candidate.id > after, ending).order_by(Candidate.id).limit(CHUNK)
            rows = uow.session.scalars(query.with_for_update()).all()
            found = [one for row in rows if (one := _look(uow, row, mend=mend)) is not None]
        yield from found
        if len(rows) < CHUNK:
            return
        after = rows[-1].id


def _look(uow: UnitOfWork, row: Candidate, *, mend: bool) -> Lengthened | None:
    stored = row.phone or ""
    right = right_number(stored)
    if right is None:
        return None
    return Lengthened(row.id, stored, right, mend and _write(uow, row, right))


def _write(uow: UnitOfWork, row: Candidate, right: str) -> bool:
    try:
        with uow.session.begin_nested():
            row.phone, row.phone_key = read_phone(right)
            row.updated_at, row.version = uow.now, row.version + 1
    except (IntegrityError, InvalidInput):
        return False
    uow.record(CandidateChanged(candidate_id=row.id, changed=("phone",)))
    return True
