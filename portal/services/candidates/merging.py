"""Two records of one person become one, and are taken apart again when that was a mistake (domain.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from sqlalchemy import exists, or_, select, update

from portal import access
from portal.domain import texts
from portal.domain.errors import Conflict, NotFound
from portal.domain.events import CandidateMerged, CandidateSeparated
from portal.domain.ownership import Record, first_of
from portal.domain.permissions import Actor, Permission, Role
from portal.models import Candidate, CandidateSourcer, Membership, Recruiter
from portal.queries.candidates import records
from portal.queries.candidates.records import NO_OTHER
from portal.services import freezes
from portal.services.candidates.claims import current_claim, is_live, note_refused
from portal.services.candidates.contacts import read_email
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

Holders = tuple[uuid.UUID | None, uuid.UUID | None]  # of a claim: its owner, and who has a part of it
OTHERS_FIRST = "The claims have changed: the other record is now the main one. Review both again, then merge."


def merge(
    candidate_id: uuid.UUID, *, actor: Actor, email: str, reason: str, expected: uuid.UUID | None = None
) -> uuid.UUID:
    """Merge a candidate and the one with this address, and return the id of the record that stands for the person.

    The record with the first live claim stands, and its claim; the other's ends. Proposals, placements, splits and log
    stay where they are. Whoever checks, enters or imports somebody by the second record's keys finds the first.

    Raises:
        InvalidInput: nobody has the address, or it is the same record.
        Conflict: one of them is merged already or disputed, each has a running placement, or not the `expected` record
            would stand.
    """
    access.require(actor, Permission.CANDIDATE_MERGE)
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        pair = _locked(uow, candidate_id, _with_address(uow, email))
        claims = {row.id: _claim(uow, row.id) for row in pair}
        _refuse_own(uow, [claim for claim in claims.values() if claim is not None])
        _refuse_two_running(uow, pair)
        kept = first_of(*(_record(row, claims[row.id]) for row in pair)).id
        if expected is not None and expected != kept:
            raise Conflict(OTHERS_FIRST, code="STALE_VERSION")
        (second,) = (row for row in pair if row.id != kept)
        _write(uow, second, kept)
        owner, part = _end(uow, claims[second.id], claims[kept])
        told = {"recruiter_id": owner, "shared_with_recruiter_id": part}
        uow.record(CandidateMerged(candidate_id=second.id, into_id=kept, reason=said, **told))
        return kept


def separate(candidate_id: uuid.UUID, *, actor: Actor, reason: str) -> None:
    """Make a merged record a candidate of its own again, with the claim that ended when it was merged.

    Whoever has left since gets nothing back, as if they had left with it.

    Raises:
        Conflict: it is not merged, or the sourcing credit is disputed.
    """
    access.require(actor, Permission.CANDIDATE_MERGE)
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        _lock_both(uow, candidate_id)
        row = uow.load(Candidate, candidate_id, Permission.CANDIDATE_MERGE)
        first, merged_at = row.merged_into_id, row.merged_at
        if first is None:
            raise Conflict("This record isn’t merged with another.", code="NOT_MERGED")
        ended = (CandidateSourcer.candidate_id == row.id, CandidateSourcer.superseded_at == merged_at)
        claim = uow.session.scalars(select(CandidateSourcer).where(*ended)).one_or_none()
        _refuse_disputed_or_own(uow, claim, current_claim(uow, first))
        row.merged_into_id = row.merged_at = None
        row.updated_at, row.version = uow.now, row.version + 1
        owner, part = _restored(uow, claim)
        uow.forget(f"protection:{row.id}")
        told = {"recruiter_id": owner, "shared_with_recruiter_id": part}
        uow.record(CandidateSeparated(candidate_id=row.id, from_id=first, reason=said, **told))


def _refuse_disputed_or_own(uow: UnitOfWork, ended: CandidateSourcer | None, standing: CandidateSourcer | None) -> None:
    if standing is not None:
        freezes.refuse(uow, standing.id, records.DISPUTED)
    _refuse_own(uow, [claim for claim in (ended, standing) if claim is not None])


def _restored(uow: UnitOfWork, ended: CandidateSourcer | None) -> Holders:
    """Let a claim count again, as far as those who had it still recruit, and return who has it again."""
    if ended is None or not _recruits(uow, ended.recruiter_id):
        return None, None
    ended.is_current, ended.superseded_at = True, None
    if ended.shared_with is not None and not _recruits(uow, ended.shared_with):
        ended.shared_with = ended.shared_bp = None
    return ended.recruiter_id, ended.shared_with


def _recruits(uow: UnitOfWork, recruiter_id: uuid.UUID) -> bool:
    role = (Membership.user_id == Recruiter.user_id, Membership.role == Role.RECRUITER)
    return bool(uow.session.scalar(select(exists().where(Recruiter.id == recruiter_id, *role))))


def _with_address(uow: UnitOfWork, email: str) -> uuid.UUID:
    _, key = read_email(email)
    found = uow.session.scalar(select(Candidate.id).where(Candidate.email_key == key))
    if found is None:
        raise NO_OTHER
    return found


def _locked(uow: UnitOfWork, one: uuid.UUID, other: uuid.UUID) -> Sequence[Candidate]:
    """Lock both records, on which all who claim queue up, in one order."""
    if one == other:
        raise NO_OTHER
    ids = (one, other)
    query = select(Candidate).where(Candidate.id.in_(ids), Candidate.erased_at.is_(None)).order_by(Candidate.id)
    rows = uow.session.scalars(query.with_for_update()).all()
    if len(rows) != len(ids):
        raise NotFound()
    if any(row.merged_into_id is not None for row in rows):
        raise Conflict("One of the two has already been merged. Open the main record.", code="MERGED")
    return rows


def _lock_both(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Lock a record and the one that it leads to in the order in which merging locks them."""
    leads_to = select(Candidate.merged_into_id).where(Candidate.id == candidate_id).scalar_subquery()
    both = select(Candidate.id).where(or_(Candidate.id == candidate_id, Candidate.id == leads_to))
    uow.session.execute(both.order_by(Candidate.id).with_for_update())


def _claim(uow: UnitOfWork, candidate_id: uuid.UUID) -> CandidateSourcer | None:
    """Return the claim that protects a record now."""
    claim = current_claim(uow, candidate_id)
    if claim is None:
        return None
    freezes.refuse(uow, claim.id, records.DISPUTED)
    return claim if is_live(uow, claim) else None


def _refuse_own(uow: UnitOfWork, claims: Sequence[CandidateSourcer]) -> None:
    """Refuse whose own claim would end, win or come back."""
    holders = [who for claim in claims for who in (claim.recruiter_id, claim.shared_with)]
    uow.refuse_own(Recruiter.id.in_(holders), records.OWN_CLAIM)


def _refuse_two_running(uow: UnitOfWork, pair: Sequence[Candidate]) -> None:
    """Refuse to leave one person with two running placements; hires wait for the locked records."""
    found = uow.session.execute(records.running(*(row.id for row in pair))).all()
    if why := records.two_running(found):
        raise Conflict(why, code="CANDIDATE_PLACED")


def _record(row: Candidate, claim: CandidateSourcer | None) -> Record:
    return Record(row.id, claim.sourced_at if claim else None, row.created_at)


def _write(uow: UnitOfWork, second: Candidate, kept: uuid.UUID) -> None:
    """Let a record lead to the first, and what was merged into it before, so that each leads there in one step."""
    earlier = update(Candidate).where(Candidate.merged_into_id == second.id).values(merged_into_id=kept)
    uow.session.execute(earlier.execution_options(synchronize_session=False))
    second.merged_into_id, second.merged_at = kept, uow.now
    second.updated_at, second.version = uow.now, second.version + 1
    uow.forget(f"protection:{second.id}")


def _end(uow: UnitOfWork, lost: CandidateSourcer | None, first: CandidateSourcer | None) -> Holders:
    """End the later claim, and return who had it without owning the first: they are refused and may contest it."""
    if lost is None or first is None:
        return None, None
    lost.is_current, lost.superseded_at = False, uow.now
    owner, part = (who if who != first.recruiter_id else None for who in (lost.recruiter_id, lost.shared_with))
    for who in filter(None, (owner, part)):
        note_refused(uow, lost.candidate_id, who, first.id)
    return owner, part
