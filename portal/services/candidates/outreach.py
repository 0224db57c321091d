"""Outreach: contacts with candidates, what came of them, and how many there may be (domain.md §2)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, select, update

from portal import access
from portal.domain import times
from portal.domain.errors import Conflict, InvalidInput, NotFound, TooMany, existing
from portal.domain.events import CandidateOutreachRecorded
from portal.domain.ownership import Engagement, OutreachType, SourceMethod, further, wait_in_words, written
from portal.domain.permissions import Actor, Permission
from portal.domain.texts import PREVIEW, SUBJECT, clean
from portal.models import Candidate, CandidateOutreach, Job, OutreachEngagement, Recruiter
from portal.queries.candidates.records import opted_out
from portal.services import settings
from portal.services.candidates.claims import (
    CandidateProtected,
    current_claim,
    is_live,
    one_of,
    recording_conflict,
    refuse_second,
    take,
)
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

DAY, WEEK = timedelta(days=1), timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachInput:
    outreach_type: str
    subject: str = ""
    message_preview: str = ""
    engagement: str = "sent"
    job_id: uuid.UUID | None = None


def record_outreach(candidate_id: uuid.UUID, *, actor: Actor, input: OutreachInput) -> uuid.UUID:
    """Record that a candidate was contacted; the first contact with one whom nobody owns claims.

    Raises:
        CandidateProtected: another recruiter's protection runs; the conflict is recorded.
        Conflict: the candidate opted out.
        TooMany: over the recruiter's limits of a day, or of a week with this candidate.
    """
    access.require(actor, Permission.OUTREACH_RECORD)
    recruiter = access.require_recruiter(actor)
    with recording_conflict(actor, recruiter, "outreach"), unit_of_work(actor) as uow:
        row = _read_outreach(candidate_id, recruiter, input)
        uow.still_recruits(recruiter, access.NO_RECRUITER)
        current = current_claim(uow, candidate_id)
        refuse_second(uow, candidate_id)
        if current is not None and is_live(uow, current) and current.recruiter_id != recruiter:
            raise CandidateProtected(current)
        _refuse_unsubscribed(uow, candidate_id)
        _limit_outreach(uow, candidate_id, recruiter)
        _check_job(uow, input.job_id)
        if current is None or not is_live(uow, current):
            take(uow, candidate_id, recruiter, SourceMethod.OUTREACH, "", current)
        return _write_outreach(uow, row)


def _read_outreach(candidate_id: uuid.UUID, recruiter: uuid.UUID, input: OutreachInput) -> CandidateOutreach:
    """Clean what was typed; an email has a subject."""
    channel = one_of(OutreachType, "outreach_type", input.outreach_type)
    return CandidateOutreach(
        candidate_id=candidate_id,
        recruiter_id=recruiter,
        job_id=input.job_id,
        outreach_type=channel,
        subject=clean("subject", input.subject, most=SUBJECT, least=1 if channel is OutreachType.EMAIL else 0),
        message_preview=clean("message_preview", input.message_preview, most=PREVIEW, multiline=True),
        engagement=one_of(Engagement, "engagement", input.engagement),
    )


def _refuse_unsubscribed(uow: UnitOfWork, candidate_id: uuid.UUID) -> None:
    since = uow.session.scalars(select(opted_out()).where(Candidate.id == candidate_id)).one()
    if since is not None:
        message = f"This candidate opted out of outreach on {written(since)}. Don’t contact them."
        raise Conflict(message, code="CANDIDATE_UNSUBSCRIBED", details={"unsubscribed_at": times.exact(since)})


def _check_job(uow: UnitOfWork, job_id: uuid.UUID | None) -> None:
    """Refuse a job that the recruiter does not see."""
    if job_id is None:
        return
    try:
        uow.load(Job, job_id, Permission.JOB_VIEW, lock=False)
    except NotFound as error:
        raise InvalidInput.field("job_id", "Choose one of the open jobs.") from error


def _limit_outreach(uow: UnitOfWork, candidate_id: uuid.UUID, recruiter: uuid.UUID) -> None:
    """Refuse outreach over the limits; the lock makes two at once count one after the other."""
    uow.session.execute(select(Recruiter.id).where(Recruiter.id == recruiter).with_for_update(key_share=True))
    limits = settings.current(uow)
    day, week = limits.outreach_per_day, limits.outreach_per_candidate_week
    full = select(
        _the_last(uow, recruiter, DAY, day, None).label("day"),
        _the_last(uow, recruiter, WEEK, week, candidate_id).label("week"),
    )
    found = uow.session.execute(full).one()
    if day == 0 or found.day is not None:
        raise _over(uow, found.day, DAY, f"{day} outreach records per day")
    if week == 0 or found.week is not None:
        raise _over(uow, found.week, WEEK, f"{week} outreach records per week for one candidate")


def _the_last(
    uow: UnitOfWork, recruiter: uuid.UUID, window: timedelta, most: int, candidate_id: uuid.UUID | None
) -> ScalarSelect[datetime]:
    """Select when the outreach was sent that fills the limit, counted back from now; null while there is room."""
    query = select(CandidateOutreach.sent_at).where(
        CandidateOutreach.recruiter_id == recruiter, CandidateOutreach.sent_at > uow.now - window
    )
    if candidate_id is not None:
        query = query.where(CandidateOutreach.candidate_id == candidate_id)
    return query.order_by(CandidateOutreach.sent_at.desc()).offset(max(most - 1, 0)).limit(1).scalar_subquery()


def _over(uow: UnitOfWork, filled_at: datetime | None, window: timedelta, limit: str) -> TooMany:
    wait = filled_at + window - uow.now if filled_at is not None else window
    return TooMany(
        f"The limit is {limit}. You can log the next one in {wait_in_words(wait)}.",
        retry_after=max(1, round(wait.total_seconds())),
        code="OUTREACH_LIMIT",
    )


def _write_outreach(uow: UnitOfWork, row: CandidateOutreach) -> uuid.UUID:
    row.sent_at = uow.now
    uow.add(row)
    uow.session.flush()
    steps = dict.fromkeys((Engagement.SENT, Engagement(row.engagement)))
    uow.session.add_all(OutreachEngagement(outreach_id=row.id, engagement=step, at=uow.now) for step in steps)
    _tell_outreach(uow, row, Engagement(row.engagement))
    return row.id


def record_engagement(outreach_id: uuid.UUID, *, actor: Actor, engagement: str) -> None:
    """Record what came of one's own outreach, with its time; an opt-out holds for everybody from now on.

    Raises:
        Conflict: this was recorded before.
    """
    access.require(actor, Permission.OUTREACH_RECORD)
    recruiter, step = access.require_recruiter(actor), one_of(Engagement, "engagement", engagement)
    own = select(CandidateOutreach).where(
        CandidateOutreach.id == outreach_id, CandidateOutreach.recruiter_id == recruiter
    )
    with unit_of_work(actor) as uow:
        row = existing(uow.session.scalars(own.with_for_update()).one_or_none())
        twice = Conflict(f"This outreach is already marked as {step}.", code="ENGAGEMENT_EXISTS")
        with uow.refusing({"pk_outreach_engagements": twice}):
            uow.add(OutreachEngagement(outreach_id=row.id, engagement=step))
            row.engagement = further(Engagement(row.engagement), step)
        _tell_outreach(uow, row, step)


def _tell_outreach(uow: UnitOfWork, row: CandidateOutreach, step: Engagement) -> None:
    if step is Engagement.UNSUBSCRIBED:
        opted_out = update(Candidate).where(Candidate.id == row.candidate_id, Candidate.unsubscribed_at.is_(None))
        uow.session.execute(opted_out.values(unsubscribed_at=uow.now).execution_options(synchronize_session=False))
    uow.record(
        CandidateOutreachRecorded(
            candidate_id=row.candidate_id,
            recruiter_id=row.recruiter_id,
            outreach_id=row.id,
            outreach_type=row.outreach_type,
            engagement=step,
            job_id=row.job_id,
        )
    )
