"""Candidates: who is entered, what is known of them, and the blind check for duplicates (domain.md §1, §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select, true
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import times
from portal.domain.errors import Conflict, TooMany
from portal.domain.events import CandidateAdded, CandidateChanged, CandidateChecked
from portal.domain.folded import otherwise
from portal.domain.ids import lowest_id
from portal.domain.ownership import CheckResult, wait_in_words, written
from portal.domain.permissions import Actor, Permission
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent, Recruiter
from portal.services import settings
from portal.services.candidates.claims import SECOND
from portal.services.candidates.contacts import CandidateInput as CandidateInput
from portal.services.candidates.contacts import CheckInput as CheckInput
from portal.services.candidates.contacts import Entry, Keys, read_entry, read_keys
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work

MATCHES = 50  # of one check; namesakes at one employer are the only way to more
KEY_COLUMNS = ("email", "phone", "linkedin")
HOUR = timedelta(hours=1)
Keyed = aliased(Candidate)  # the record that has a key; the candidate is the one that it was merged into, or itself
NOT_TWICE = Conflict("Someone just added this candidate. Check for duplicates and try again.", code="CANDIDATE_EXISTS")
UNIQUE = {f"uq_candidates_{name}": NOT_TWICE for name in ("email", "email_key", "phone_key", "linkedin_key")}


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """What a person may know of a match; the id only of a candidate that this person may see anyway."""

    result: CheckResult
    until: datetime | None = None
    candidate_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate found by a key, and whose it is now."""

    candidate_id: uuid.UUID
    visible: bool
    owner_id: uuid.UUID | None
    expires_at: datetime | None

    def answer(self, actor: Actor, now: datetime) -> CheckAnswer:
        """Return what the actor may know."""
        shown = self.candidate_id if self.visible else None
        if self.expires_at is None or self.expires_at <= now:
            return CheckAnswer(CheckResult.FREE, None, shown)
        mine = self.owner_id == actor.recruiter_id
        return CheckAnswer(CheckResult.YOURS if mine else CheckResult.PROTECTED, self.expires_at, shown)

    def severity(self, actor: Actor, now: datetime) -> int:
        """Rank the answers: what keeps the actor out comes first."""
        return (CheckResult.PROTECTED, CheckResult.YOURS, CheckResult.FREE).index(self.answer(actor, now).result)


class CandidateExists(Conflict):
    """Refuse a duplicate; `answer` is what the person may know of the one that exists, `found_id` is for the log."""

    code = "CANDIDATE_EXISTS"

    def __init__(self, answer: CheckAnswer, found_id: uuid.UUID, kinds: tuple[str, ...]) -> None:
        self.answer, self.found_id, self.kinds = answer, found_id, kinds
        until, candidate_id = answer.until, answer.candidate_id
        details = {
            "result": str(answer.result),
            "until": until and times.exact(until),
            "candidate_id": candidate_id and str(candidate_id),
        }
        super().__init__(_says(answer), details={k: v for k, v in details.items() if v is not None})


def _says(answer: CheckAnswer) -> str:
    if answer.until is None:
        where = "in your list" if answer.candidate_id else "in the system"
        return f"This candidate is already {where}. No one holds the sourcing credit."
    until = written(answer.until)
    if answer.result is CheckResult.YOURS:
        return f"You’ve already claimed this candidate until {until}."
    return f"Another recruiter has claimed this candidate until {until}."


def add(*, actor: Actor, input: CandidateInput, via: str = "form") -> uuid.UUID:
    """Enter a candidate; entering claims nothing.

    Raises:
        CandidateExists: email, phone or LinkedIn belong to one who is known.
        TooMany: the checks of this hour are used up.
    """
    with logging_refusals(actor), unit_of_work(actor) as uow:
        return enter(uow, input, via=via)


def enter(uow: UnitOfWork, input: CandidateInput, *, via: str) -> uuid.UUID:
    """Enter a candidate in the caller's transaction; see `add`."""
    adder, entry = adder_of(uow.actor), read_entry(input)
    _refuse_duplicate(uow, entry)
    row = Candidate(
        created_by_recruiter_id=adder, updated_at=uow.now, **{f.name: getattr(entry, f.name) for f in fields(entry)}
    )
    with uow.refusing(UNIQUE):
        uow.add(row)
    uow.record(CandidateAdded(candidate_id=row.id, recruiter_id=adder, via=via))
    return row.id


def edit(candidate_id: uuid.UUID, *, actor: Actor, input: CandidateInput, version: int | None) -> None:
    """Change a candidate's data; what is equal to the present values changes nothing.

    Raises:
        CandidateExists: a new email, phone or LinkedIn belongs to another candidate.
        Conflict: another recruiter's protection runs, so that the data are theirs to keep.
    """
    with logging_refusals(actor), unit_of_work(actor) as uow:
        _edit(uow, candidate_id, input, version)


def _edit(uow: UnitOfWork, candidate_id: uuid.UUID, input: CandidateInput, version: int | None) -> None:
    row = uow.load(Candidate, candidate_id, Permission.CANDIDATE_EDIT)
    if row.merged_into_id is not None:
        raise SECOND
    check_version(row.version, version)
    entry = read_entry(input)
    changed = [f.name for f in fields(entry) if getattr(entry, f.name) != getattr(row, f.name)]
    if not changed:
        return
    refuse_rivals_edit(uow, row.id)
    keys = tuple(kind for kind in entry.keys.kinds if f"{kind}_key" in changed)
    if keys:
        _refuse_duplicate(uow, entry, except_id=row.id)
        if not access.sees_every_candidate(uow.actor):
            log_check(uow, None, keys, CheckResult.UNKNOWN)  # that nobody else has it is an answer, too
    with uow.refusing(UNIQUE):
        for name in changed:
            setattr(row, name, getattr(entry, name))
        row.updated_at, row.version = uow.now, row.version + 1
    named = tuple(name for name in changed if not name.endswith("_key"))
    uow.record(CandidateChanged(candidate_id=row.id, changed=named))


def refuse_rivals_edit(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    """Refuse changes of a protected candidate by anybody but the owner and admins: a rival could spoil the data."""
    if access.sees_every_candidate(uow.actor):
        return
    access.require_recruiter(uow.actor)
    owner = select(CandidateSourcer.protection_expires_at).where(
        CandidateSourcer.candidate_id == candidate_id,
        CandidateSourcer.is_current,
        CandidateSourcer.recruiter_id != uow.actor.recruiter_id,
        CandidateSourcer.protection_expires_at > uow.now,
    )
    ends = uow.session.scalars(owner).one_or_none()
    if ends is not None:
        message = f"Another recruiter has claimed this candidate until {written(ends)}. Only they can edit the details."
        raise Conflict(message, code="CANDIDATE_PROTECTED", details={"protection_expires_at": times.exact(ends)})


def check(*, actor: Actor, input: CheckInput) -> CheckAnswer:
    """Return whether a candidate is known and free, without telling whose; counted and logged.

    Raises:
        TooMany: the recruiter made as many checks this hour as the settings allow.
    """
    access.require(actor, Permission.CANDIDATE_CHECK)
    keys = read_keys(input)
    with unit_of_work(actor) as uow:
        limit_checks(uow)
        found = strongest(uow, keys)
        answer = found.answer(actor, uow.now) if found else CheckAnswer(CheckResult.UNKNOWN)
        log_check(uow, found.candidate_id if found else None, keys.kinds, answer.result)
    return answer


def adder_of(actor: Actor) -> uuid.UUID | None:
    """Return the recruiter who enters candidates; None for the platform.

    Raises:
        NotPermitted: the actor enters no candidates, or is no active recruiter.
    """
    access.require(actor, Permission.CANDIDATE_ADD)
    return None if access.sees_every_candidate(actor) else access.require_recruiter(actor)


# --- duplicates ---------------------------------------------------------------------------------------------


def strongest(uow: UnitOfWork, keys: Keys, *, except_id: uuid.UUID | None = None) -> Match | None:
    """Find who has one of the keys; of several, a protected one before a free one."""
    conditions = [getattr(Keyed, f"{kind}_key") == getattr(keys, kind) for kind in keys.kinds if kind in KEY_COLUMNS]
    if keys.name_employer is not None:
        name, employer = keys.name_employer
        named = (
            func.ats.letters(column).in_([func.ats.letters(way) for way in (typed, *otherwise(typed))])
            for column, typed in ((Keyed.full_name, name), (Keyed.employer, employer))
        )
        conditions.append(and_(*named))
    query = matches(uow.actor).where(or_(*conditions), Keyed.id != except_id if except_id else true())
    found = [Match(row[0], row[1], row[2], row[3]) for row in uow.session.execute(query.limit(MATCHES))]
    return min(found, key=lambda m: m.severity(uow.actor, uow.now), default=None)


def matches(actor: Actor) -> Select[uuid.UUID, bool, uuid.UUID, datetime]:
    """Select candidates as the columns of a `Match`; the keys of a second record lead to the first."""
    return (
        select(
            Candidate.id,
            access.visible(Candidate, actor),
            CandidateSourcer.recruiter_id,
            CandidateSourcer.protection_expires_at,
        )
        .select_from(Keyed)
        .join(Candidate, Candidate.id == func.coalesce(Keyed.merged_into_id, Keyed.id))
        .outerjoin(CandidateSourcer, and_(CandidateSourcer.candidate_id == Candidate.id, CandidateSourcer.is_current))
        .order_by(Candidate.id)
    )


def _refuse_duplicate(uow: UnitOfWork, entry: Entry, *, except_id: uuid.UUID | None = None) -> None:
    """Refuse anyone known already, and everybody once the checks are used up: what goes through would be an answer."""
    limit_checks(uow, entering=True)
    found = strongest(uow, entry.keys, except_id=except_id)
    if found is not None and found.candidate_id == except_id:
        raise Conflict("A duplicate that was merged into this record already has this.", code="MERGED")
    if found is not None:
        raise CandidateExists(found.answer(uow.actor, uow.now), found.candidate_id, entry.keys.kinds)


@contextmanager
def logging_refusals(actor: Actor) -> Iterator[None]:
    """Count a refused duplicate of somebody else's as the blind check that it is.

    Raises:
        TooMany: instead of the answer, when the actor made as many checks this hour as the settings allow.
    """
    try:
        yield
    except CandidateExists as refusal:
        if refusal.answer.candidate_id is None:
            with unit_of_work(actor) as uow:
                limit_checks(uow)
                log_check(uow, refusal.found_id, refusal.kinds, refusal.answer.result)
        raise


def limit_checks(uow: UnitOfWork, *, entering: bool = False) -> None:
    """Refuse a check above the limit of the hour; admins have none, and a limit of 0 does not keep from entering."""
    if access.sees_every_candidate(uow.actor):
        return
    most, made = _budget(uow)
    if len(made) >= most and not (entering and most == 0):
        wait = made[-1] + HOUR - uow.now if made else HOUR
        raise TooMany(
            f"You’ve reached the limit of {most:,} checks per hour. Try again in {wait_in_words(wait)}.",
            retry_after=max(1, round(wait.total_seconds())),
            code="CHECK_LIMIT",
        )


def checks_left(uow: UnitOfWork) -> int:
    """Return how many checks the actor may still make this hour."""
    most, made = _budget(uow)
    return max(0, most - len(made))


def checks_used_up(uow: UnitOfWork) -> bool:
    """Return whether the actor's checks of this hour are used up, so that entering somebody is no way around them."""
    most, made = _budget(uow)
    return 0 < most <= len(made)


def checked_lately(uow: UnitOfWork) -> set[uuid.UUID]:
    """Return the candidates whom the actor's checks of this hour found: to find them again tells nothing more."""
    found = checks_since(uow, HOUR).with_only_columns(MarketplaceEvent.candidate_id)
    return {id for id in uow.session.scalars(found) if id is not None}


def _budget(uow: UnitOfWork) -> tuple[int, Sequence[datetime]]:
    """Return the limit of the hour and the checks made, newest first; two at once count one after the other."""
    recruiter = access.require_recruiter(uow.actor)
    uow.session.execute(select(Recruiter.id).where(Recruiter.id == recruiter).with_for_update(key_share=True))
    most = settings.current(uow).checks_per_hour
    return most, uow.session.scalars(checks_since(uow, HOUR).limit(max(most, 1))).all()


def checks_since(uow: UnitOfWork, window: timedelta) -> Select[datetime]:
    """Select the times of the actor's checks within the window, newest first."""
    return (
        select(MarketplaceEvent.at)
        .where(
            MarketplaceEvent.actor_id == uow.actor.user_id,
            MarketplaceEvent.id >= lowest_id(uow.now - window),
            MarketplaceEvent.type == CandidateChecked.type,
        )
        .order_by(MarketplaceEvent.id.desc())
    )


def log_check(uow: UnitOfWork, candidate_id: uuid.UUID | None, by: tuple[str, ...], result: str) -> None:
    """Record what was asked, in kinds of key, and what was answered."""
    uow.record(
        CandidateChecked(candidate_id=candidate_id, recruiter_id=uow.actor.recruiter_id, by=by, result=str(result))
    )
