"""The sourcing credit: claims, what becomes of them, and warnings before they end (domain.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, case, exists, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from portal import access
from portal.domain import events
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ownership import (
    EXPIRY_WARNING_DAYS,
    CheckResult,
    SourceMethod,
)
from portal.domain.permissions import Actor, Permission
from portal.domain.texts import NOTES, clean
from portal.models import (
    Candidate,
    CandidateSourcer,
    ProtectionNotice,
    Recruiter,
)
from portal.services import freezes
from portal.services.candidates import candidates
from portal.services.candidates.claims import (
    UNKNOWN_RECRUITER,
    current_claim,
    is_live,
    one_of,
    recording_conflict,
    refuse_second,
    take,
)
from portal.services.candidates.claims import CandidateProtected as CandidateProtected
from portal.services.candidates.claims import ClaimResult as ClaimResult
from portal.services.candidates.contacts import CandidateInput, CheckInput, read_keys
from portal.services.machinery import rounds
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

WARNED_AT_ONCE = 1_000
OWN = "You’d get this credit yourself, so claim it as a recruiter, or another admin has to do this."


def claim(
    candidate_id: uuid.UUID,
    *,
    actor: Actor,
    source_method: str,
    notes: str = "",
    recruiter_id: uuid.UUID | None = None,
) -> ClaimResult:
    """Claim the sourcing credit; one's own live claim is given back as it is.

    A platform admin names the recruiter who gets the credit; everybody else claims for themselves.

    Raises:
        CandidateProtected: another recruiter's protection runs; the conflict is recorded.
    """
    claimant = _claimant(actor, recruiter_id)
    with recording_conflict(actor, claimant, "source"), unit_of_work(actor) as uow:
        return _claim(uow, candidate_id, claimant, source_method, notes)


def claim_found(
    *,
    actor: Actor,
    input: CheckInput,
    source_method: str,
    notes: str = "",
    recruiter_id: uuid.UUID | None = None,
) -> ClaimResult:
    """Claim the candidate whom a blind check finds by the same keys.

    Raises:
        NotFound: nobody has these keys, which counts as a blind check.
        TooMany: the checks of this hour are used up.
        CandidateProtected: another recruiter's protection runs, which counts as well; the conflict is recorded.
    """
    claimant, keys = _claimant(actor, recruiter_id), read_keys(input)
    try:
        with recording_conflict(actor, claimant, "source"), unit_of_work(actor) as uow:
            candidates.limit_checks(uow)
            found = candidates.strongest(uow, keys)
            if found is not None:
                return _claim(uow, found.candidate_id, claimant, source_method, notes)
            candidates.log_check(uow, None, keys.kinds, CheckResult.UNKNOWN)  # it was one, whatever it is called
    except CandidateProtected as refusal:
        with unit_of_work(actor) as uow:
            candidates.log_check(uow, refusal.candidate_id, keys.kinds, CheckResult.PROTECTED)  # and so is this
        raise
    raise NotFound("No match. Add the candidate instead.")


def add_and_claim(*, actor: Actor, input: CandidateInput, source_method: str) -> uuid.UUID:
    """Enter a candidate and claim at once; returns the candidate's id.

    Raises:
        CandidateExists: email, phone or LinkedIn belong to one who is known.
        CandidateProtected: and another recruiter's protection runs; the conflict is recorded.
    """
    claimant = _claimant(actor, None)
    try:
        with candidates.logging_refusals(actor), unit_of_work(actor) as uow:
            candidate_id = candidates.enter(uow, input, via="form")
            uow.session.flush()
            _claim(uow, candidate_id, claimant, source_method)
    except candidates.CandidateExists as known:
        if known.answer.result is CheckResult.PROTECTED:  # this was a claim: its owner has to hear of it
            claim(known.found_id, actor=actor, source_method=source_method)
        raise
    return candidate_id


def live_claim(uow: UnitOfWork, candidate_id: uuid.UUID) -> CandidateSourcer | None:
    """Lock the candidate and return the claim that protects now."""
    current = current_claim(uow, candidate_id)
    return current if current is not None and is_live(uow, current) else None


def leave(uow: UnitOfWork, leaver: uuid.UUID, heir: uuid.UUID | None) -> int:
    """Pass a leaver's live claims, and parts of others', on to a successor, or end them; return how many."""
    live: tuple[ColumnElement[bool], ...] = (
        CandidateSourcer.is_current.is_(True),
        CandidateSourcer.protection_expires_at > uow.now,
    )
    mine, shared = CandidateSourcer.recruiter_id == leaver, CandidateSourcer.shared_with == leaver
    claimed = select(CandidateSourcer.candidate_id).where(*live, mine | shared)
    # As whoever claims does: the candidates first, and in one order.
    locked = select(Candidate.id).where(Candidate.id.in_(claimed)).order_by(Candidate.id)
    uow.session.execute(locked.with_for_update(key_share=True))
    parts = _pass_on_parts(uow, [*live, shared], leaver, heir)
    found = uow.session.scalars(select(CandidateSourcer).where(*live, mine).order_by(CandidateSourcer.id)).all()
    for row in found:
        row.is_current, row.superseded_at = False, uow.now
        uow.forget(f"protection:{row.candidate_id}")
    uow.session.flush()
    for row in found:
        _pass_on(uow, row, heir)
    return len(found) + parts


def _pass_on_parts(
    uow: UnitOfWork, shared: Sequence[ColumnElement[bool]], leaver: uuid.UUID, heir: uuid.UUID | None
) -> int:
    """Pass the parts on that a leaver has in claims of others; without a successor they are the owner's again."""
    found = uow.session.scalars(select(CandidateSourcer).where(*shared).order_by(CandidateSourcer.id)).all()
    for row in found:
        bp = row.shared_bp
        assert bp is not None
        keeps = heir is not None and heir != row.recruiter_id  # who owns a claim shares it with nobody
        row.shared_with, row.shared_bp = (heir, bp) if keeps else (None, None)
        uow.session.flush()
        uow.record(
            events.ClaimPartPassedOn(
                candidate_id=row.candidate_id,
                recruiter_id=row.recruiter_id,
                former_recruiter_id=leaver,
                successor_id=row.shared_with,
                claim_id=row.id,
                shared_bp=bp,
            )
        )
    return len(found)


def disputed_claim(uow: UnitOfWork, candidate_id: uuid.UUID, claim_ids: Sequence[uuid.UUID]) -> CandidateSourcer:
    """Lock the claim that a dispute is about.

    Raises:
        Conflict: it ended meanwhile, because its owner left.
    """
    current = current_claim(uow, candidate_id)
    if current is None or current.id not in claim_ids:
        raise Conflict("The disputed claim has ended; keep the sourcing credit as it is.", code="CLAIM_ENDED")
    return current


def transfer(uow: UnitOfWork, row: CandidateSourcer, heir: uuid.UUID) -> None:
    """Give a locked claim to another recruiter, from its start and to the same day, by a ruling."""
    row.is_current, row.superseded_at = False, uow.now
    uow.forget(f"protection:{row.candidate_id}")
    uow.session.flush()
    claim = _successor(uow, row, heir)
    event = events.ClaimTransferred(
        candidate_id=row.candidate_id,
        recruiter_id=heir,
        former_recruiter_id=row.recruiter_id,
        claim_id=claim.id,
        protection_expires_at=row.protection_expires_at,
    )
    uow.record(event)


def share(uow: UnitOfWork, row: CandidateSourcer, other: uuid.UUID, bp: int) -> None:
    """Let another recruiter have a part of what a locked claim earns next, by a ruling; 0 takes that back."""
    row.shared_with, row.shared_bp = (other, bp) if bp else (None, None)
    uow.session.flush()
    uow.record(
        events.ClaimShared(
            candidate_id=row.candidate_id,
            recruiter_id=row.recruiter_id,
            shared_with_recruiter_id=other,
            claim_id=row.id,
            shared_bp=bp,
        )
    )


def _successor(uow: UnitOfWork, row: CandidateSourcer, heir: uuid.UUID) -> CandidateSourcer:
    """Write the claim that takes the place of one that has ended; what a dispute keeps frozen stays so."""
    kept = ("candidate_id", "source_method", "notes", "sourced_at", "protection_days", "protection_expires_at")
    claim = CandidateSourcer(recruiter_id=heir, **{name: getattr(row, name) for name in kept})
    if row.shared_with != heir:  # who now owns all of it shares with nobody
        claim.shared_with, claim.shared_bp = row.shared_with, row.shared_bp
    uow.add(claim)
    freezes.follow(uow, row.id, claim.id)
    return claim


def _pass_on(uow: UnitOfWork, row: CandidateSourcer, heir: uuid.UUID | None) -> None:
    if heir is None:
        uow.record(
            events.ClaimEnded(
                candidate_id=row.candidate_id,
                recruiter_id=row.recruiter_id,
                claim_id=row.id,
                shared_with_recruiter_id=row.shared_with,
            )
        )
        return
    claim = _successor(uow, row, heir)
    uow.record(
        events.ClaimPassedOn(
            candidate_id=row.candidate_id,
            recruiter_id=heir,
            former_recruiter_id=row.recruiter_id,
            claim_id=claim.id,
            protection_expires_at=row.protection_expires_at,
        )
    )


def _claimant(actor: Actor, recruiter_id: uuid.UUID | None) -> uuid.UUID:
    """Return the recruiter who gets the credit."""
    access.require(actor, Permission.CANDIDATE_SOURCE)
    if not access.sees_every_candidate(actor):
        if recruiter_id is not None:
            raise InvalidInput.field("recruiter_id", "Leave this out: the credit goes to the recruiter who claims.")
        return access.require_recruiter(actor)
    if recruiter_id is None:
        raise InvalidInput.field("recruiter_id", "Choose the recruiter who gets the sourcing credit.")
    return recruiter_id


def _check_claimant(uow: UnitOfWork, claimant: uuid.UUID) -> None:
    """Refuse a recruiter whom a platform admin names and who may not act, or who is that admin.

    Raises:
        NotPermitted: the actor would give the credit to themselves for the platform.
        InvalidInput: the recruiter is not active, or cannot sign in.
    """
    if claimant == uow.actor.recruiter_id:
        return
    uow.refuse_own(Recruiter.id == claimant, OWN)
    fit = select(Recruiter.id).where(Recruiter.id == claimant, access.may_join())
    if uow.session.scalars(fit).one_or_none() is None:
        raise UNKNOWN_RECRUITER


def _claim(
    uow: UnitOfWork, candidate_id: uuid.UUID, claimant: uuid.UUID, source_method: str, notes: str = ""
) -> ClaimResult:
    method = one_of(SourceMethod, "source_method", source_method)
    notes = clean("notes", notes, most=NOTES, multiline=True)
    uow.still_recruits(claimant, UNKNOWN_RECRUITER)
    current = current_claim(uow, candidate_id)
    refuse_second(uow, candidate_id)
    _check_claimant(uow, claimant)
    if current is not None and is_live(uow, current):
        if current.recruiter_id != claimant:
            raise CandidateProtected(current)
        return ClaimResult(current.id, candidate_id, current.protection_expires_at, created=False)
    row = take(uow, candidate_id, claimant, method, notes, current)
    return ClaimResult(row.id, candidate_id, row.protection_expires_at, created=True)


# --- warnings -----------------------------------------------------------------------------------------------


def warn_expiring(*, actor: Actor) -> int:
    """Warn the owners whose protection ends within 30 or 7 days, once per claim and number of days; count the warnings.

    After a pause that skipped the earlier warning only the later one is given. Works in batches and may run twice at
    once: of two runs one writes the notice of a claim, and only who wrote it warns.
    """
    access.require(actor, Permission.PROPOSAL_EXPIRE)
    return sum(map(len, rounds.in_chunks(_warn_some, _ending, size=WARNED_AT_ONCE, actor=actor)))


def _warn_some(uow: UnitOfWork, ids: Sequence[uuid.UUID] | None) -> list[uuid.UUID]:
    due = _ending_soon(uow).limit(WARNED_AT_ONCE)
    notices = _write_notices(due if ids is None else due.where(CandidateSourcer.id.in_(ids)))
    fresh = {row.claim_id: row.days for row in uow.session.execute(notices)}
    claims = select(CandidateSourcer).where(CandidateSourcer.id.in_(fresh))
    for claim in uow.session.scalars(claims) if fresh else ():
        uow.record(
            events.OwnershipExpiring(
                candidate_id=claim.candidate_id,
                recruiter_id=claim.recruiter_id,
                claim_id=claim.id,
                days=fresh[claim.id],
                protection_expires_at=claim.protection_expires_at,
            )
        )
    return list(fresh)


def _ending(uow: UnitOfWork) -> list[uuid.UUID]:
    return [row[0] for row in uow.session.execute(_ending_soon(uow))]


def _ending_soon(uow: UnitOfWork) -> Select[uuid.UUID, int, datetime]:
    """Select the notices that are due, in one order, so that two runs wait for each other, not for ever."""
    ends, now = CandidateSourcer.protection_expires_at, uow.now
    longest, *shorter = sorted(EXPIRY_WARNING_DAYS, reverse=True)
    nearest = case(*((ends <= now + timedelta(days=d), d) for d in sorted(shorter)), else_=longest)
    given = exists().where(ProtectionNotice.claim_id == CandidateSourcer.id, ProtectionNotice.days == nearest)
    return (
        select(CandidateSourcer.id, nearest, literal(now))
        .where(CandidateSourcer.is_current, ends > now, ends <= now + timedelta(days=longest), ~given)
        .order_by(ends, CandidateSourcer.id)
    )


def _write_notices(due: Select[uuid.UUID, int, datetime]) -> ReturningInsert[uuid.UUID, int]:
    first = insert(ProtectionNotice).from_select(["claim_id", "days", "at"], due).on_conflict_do_nothing()
    return first.returning(ProtectionNotice.claim_id, ProtectionNotice.days)
