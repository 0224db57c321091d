"""How a claim is read, written and refused, inside the transaction of a command of `ownership` (domain.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from portal.domain import times
from portal.domain.errors import Conflict, InvalidInput, existing
from portal.domain.events import CandidateSourced, OwnershipConflictDetected
from portal.domain.ownership import Protection, SourceMethod, written
from portal.domain.permissions import Actor
from portal.models import Candidate, CandidateSourcer, OwnershipConflict
from portal.services import freezes, settings
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

E = TypeVar("E", bound=StrEnum)
DISPUTED = "A dispute about this candidate’s sourcing credit is open. No one can claim it until the ruling."
SECOND = Conflict(
    "This is a duplicate that was merged into another record. Use the main record.",
    code="CANDIDATE_MERGED",
)
UNKNOWN_RECRUITER = InvalidInput.field("recruiter_id", "Choose a recruiter.")


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The live claim; `created` is false when it was there before."""

    claim_id: uuid.UUID
    candidate_id: uuid.UUID
    protection_expires_at: datetime
    created: bool


class CandidateProtected(Conflict):
    """Refuse what another recruiter's live claim forbids; the ids are for the record of the conflict."""

    code = "CANDIDATE_PROTECTED"

    def __init__(self, claim: CandidateSourcer, *, is_recorded: bool = True) -> None:
        # Copied: the transaction that read the row is rolled back before anybody looks.
        self.claim_id, self.candidate_id = claim.id, claim.candidate_id
        self.owner_id, self.expires_at = claim.recruiter_id, claim.protection_expires_at
        super().__init__(
            f"Another recruiter has claimed this candidate until {written(claim.protection_expires_at)}."
            f" Nothing was saved.{' We’ve notified you both.' if is_recorded else ''}",
            details={"protection_expires_at": times.exact(claim.protection_expires_at)},
        )


def one_of(kind: type[E], field: str, value: str) -> E:
    """Read a value of an enum."""
    try:
        return kind(value)
    except ValueError as error:
        named = ", ".join(kind)
        raise InvalidInput.field(field, f"Choose one of these: {named}.") from error


def current_claim(uow: UnitOfWork, candidate_id: uuid.UUID) -> CandidateSourcer | None:
    """Lock the candidate, on whom all who claim queue up, then read the current claim, expired or not.

    Of a second record it is the claim on the first, whose credit counts.
    """
    first = _lock(uow, candidate_id)
    if first is not None:
        _lock(uow, first)
        candidate_id = first
    current = select(CandidateSourcer).where(CandidateSourcer.candidate_id == candidate_id, CandidateSourcer.is_current)
    return uow.session.scalars(current.execution_options(populate_existing=True)).one_or_none()


def _lock(uow: UnitOfWork, candidate_id: uuid.UUID) -> uuid.UUID | None:
    """Lock a candidate and return the record that it was merged into."""
    there = (Candidate.id == candidate_id, Candidate.erased_at.is_(None))
    locked = select(Candidate.id, Candidate.merged_into_id).where(*there).with_for_update(key_share=True)
    row = existing(uow.session.execute(locked).one_or_none())
    first: uuid.UUID | None = row.merged_into_id
    return first


def refuse_second(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Refuse to go on with a second record of a person.

    Raises:
        Conflict: it was merged; the first record is where to go on, for whoever may see it.
    """
    if uow.session.scalar(select(Candidate.merged_into_id).where(Candidate.id == candidate_id)) is not None:
        raise SECOND


def is_live(uow: UnitOfWork, claim: CandidateSourcer) -> bool:
    """Return whether a claim protects now."""
    return Protection(claim.sourced_at, claim.protection_expires_at).covers(uow.now)


def take(
    uow: UnitOfWork,
    candidate_id: uuid.UUID,
    claimant: uuid.UUID,
    method: SourceMethod,
    notes: str,
    expired: CandidateSourcer | None,
) -> CandidateSourcer:
    """Write a claim on a locked candidate whom nobody protects; an expired one makes room in the same transaction."""
    if expired is not None:
        _end(uow, expired)
    days = settings.current(uow).protection_days
    row = CandidateSourcer(
        candidate_id=candidate_id,
        recruiter_id=claimant,
        source_method=method,
        notes=notes,
        sourced_at=uow.now,
        protection_days=days,
        protection_expires_at=Protection.from_sourcing(uow.now, days).ends,
    )
    with uow.refusing({"fk_candidate_sourcers_recruiter_id": UNKNOWN_RECRUITER}):
        uow.add(row)
    uow.forget(f"protection:{candidate_id}")
    uow.record(_sourced(row, supersedes_id=expired.id if expired is not None else None))
    return row


def _end(uow: UnitOfWork, expired: CandidateSourcer) -> None:
    freezes.refuse(uow, expired.id, DISPUTED)
    ended = update(CandidateSourcer).where(CandidateSourcer.id == expired.id, CandidateSourcer.is_current)
    uow.session.execute(
        ended.values(is_current=False, superseded_at=uow.now).execution_options(synchronize_session=False)
    )


def _sourced(row: CandidateSourcer, *, supersedes_id: uuid.UUID | None) -> CandidateSourced:
    return CandidateSourced(
        candidate_id=row.candidate_id,
        recruiter_id=row.recruiter_id,
        claim_id=row.id,
        source_method=row.source_method,
        protection_expires_at=row.protection_expires_at,
        supersedes_id=supersedes_id,
    )


@contextmanager
def recording_conflict(actor: Actor, challenger: uuid.UUID, attempt: str) -> Iterator[None]:
    """Record a refusal when its transaction is rolled back: once per candidate, challenger and day (UTC)."""
    try:
        yield
    except CandidateProtected as refusal:
        with unit_of_work(actor) as uow:
            _write_conflict(uow, refusal, challenger, attempt)
        raise


def note_refused(uow: UnitOfWork, candidate_id: uuid.UUID, challenger: uuid.UUID, claim_id: uuid.UUID) -> bool:
    """Note that a claim refused a challenger, who may contest it, and return whether that is the first time today."""
    about = {"candidate_id": candidate_id, "challenger_id": challenger, "claim_id": claim_id}
    refused = insert(OwnershipConflict).values(**about, id=uow.new_id(), day=uow.now.date(), at=uow.now)
    first = refused.on_conflict_do_nothing().returning(OwnershipConflict.id)
    return uow.session.scalars(first).one_or_none() is not None


def _write_conflict(uow: UnitOfWork, refusal: CandidateProtected, challenger: uuid.UUID, attempt: str) -> None:
    if note_refused(uow, refusal.candidate_id, challenger, refusal.claim_id):
        uow.forget(f"protection:{refusal.candidate_id}")  # from now on the challenger is told by whom
        uow.record(
            OwnershipConflictDetected(
                candidate_id=refusal.candidate_id,
                recruiter_id=challenger,
                owner_recruiter_id=refusal.owner_id,
                protection_expires_at=refusal.expires_at,
                attempt=attempt,
            )
        )
