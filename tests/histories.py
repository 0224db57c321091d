"""Histories for tests of scores: made as people make them, or written at once where only their figures matter."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.jobs import schedule
from portal.models import Reputation
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import placements
from portal.services.reputation import appeals, feedback
from tests.cast import DAY, Cast, Person
from tests.hires import hired, recruiters, share
from tests.letters import worked
from tests.marketplace import posted, proposed

WHY = "The company had closed the role before it answered."


def contested(cast: Cast, kind: str, input_id: uuid.UUID, who: Person | None = None) -> uuid.UUID:
    """Contest an input of their own score as `who`, else rita, and return the appeal."""
    person = who or cast.rita
    assert person.recruiter_id is not None
    return appeals.contest(person.recruiter_id, actor=cast.actor(person), kind=kind, input_id=input_id, reason=WHY)


def scored() -> None:
    """Work off what waits: notices, mails, then scores."""
    worked()
    schedule.BY_NAME["recalculate_scores"].do()


def stored(person: Person) -> Reputation | None:
    """Read a stored score."""
    with Session(db.engine) as session:
        query = select(Reputation).where(Reputation.recruiter_id == person.recruiter_id)
        return session.scalars(query).one_or_none()


def outcomes(cast: Cast, who: Person, ends: Sequence[str], *, at: datetime = DAY) -> list[uuid.UUID]:
    """End proposals of `who`, one a word: declined, hired, failed, completed; return the placements."""
    made, carl = [], cast.actor(cast.carl)
    with simulated(at):
        job_id = posted(cast)
        for n, end in enumerate(ends):
            proposal_id = proposed(cast, who, job_id=job_id, name=f"{who.name} {end} {n}")
            if end == "declined":
                proposals.decline(proposal_id, actor=carl, reason="salary")
                continue
            proposals.accept(proposal_id, actor=carl)
            made.append(placements.hire(proposal_id, actor=carl, salary_minor=10_000_000))
            if end in {"failed", "completed"}:
                placements.activate(made[-1], actor=carl, start_date=at.date(), guarantee_days=0)
            if end == "failed":
                placements.fail(made[-1], actor=carl, reason="candidate_quit")
            if end == "completed":
                placements.complete(made[-1], actor=carl)
    return made


def ended_team(cast: Cast) -> tuple[uuid.UUID, Person]:
    """Complete a placement of rita, omar and a third recruiter; return it and the third."""
    third = recruiters(cast, 1)[0]
    placement_id = hired(cast, name="Rated Person")
    share(cast, placement_id, cast.omar, "closer", 1_000)
    share(cast, placement_id, third, "support", 1_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date(), guarantee_days=0)
    placements.complete(placement_id, actor=cast.actor(cast.carl))
    return placement_id, third


def rated(cast: Cast) -> uuid.UUID:
    """Rate rita as two team mates, one of them badly; return the bad rating."""
    assert cast.rita.recruiter_id is not None
    placement_id, third = ended_team(cast)
    feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(third), stars=5)
    return feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.omar), stars=1, remark="Hard.")


@dataclass(frozen=True)
class Sums:
    """The figures of one recruiter to write at once; ratings are stars, answers hours."""

    accepted: int
    declined: int
    hired: int
    completed: int
    failed: int
    ratings: tuple[int, ...] = ()
    answers: tuple[float, ...] = ()


_PROPOSALS = """
INSERT INTO network.candidate_role_assignments (id, candidate_id, job_id, company_id, recruiter_id, state, pitch,
    currency, proposed_at, expires_at, closed_at, decline_reason)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), :company, :who, :state, '', 'USD', :at,
    CAST(:at AS timestamptz) + interval '7 days', :at, CASE WHEN :state = 'declined' THEN 'salary' END
FROM generate_series(1, :n)
"""
_PLACEMENTS = """
INSERT INTO ats.placements (id, proposal_id, candidate_id, job_id, company_id, lead_recruiter_id, state, time_zone,
    currency, salary_minor, fee_minor, hired_at, activated_at, splits_locked_at, guarantee_end_date, completed_at,
    failed_at, failure_reason)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), :company, :who, :state, 'UTC',
    'USD', 1, 1, :at, :at, :at, CAST(CAST(:at AS timestamptz) AS date),
    CASE WHEN :state = 'completed' THEN CAST(:at AS timestamptz) END,
    CASE WHEN :state = 'failed' THEN CAST(:at AS timestamptz) END, CASE WHEN :state = 'failed' THEN 'mutual' END
FROM generate_series(1, :n)
"""
_RATING = """
INSERT INTO ats.collaborator_feedback (id, placement_id, by_recruiter_id, recruiter_id, stars, at)
VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), :who, :stars, :at)
"""
_ANSWER = """
WITH p AS (
    INSERT INTO network.candidate_role_assignments (id, candidate_id, job_id, company_id, recruiter_id, state, pitch,
        currency, proposed_at, expires_at) VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), :company,
        :who, 'proposed', '', 'USD', :at, CAST(:at AS timestamptz) + interval '7 days') RETURNING id
)
INSERT INTO network.proposal_questions (id, proposal_id, recruiter_id, question, asked_by, asked_at, answer,
    answered_by, answered_at) SELECT gen_random_uuid(), id, :who, '', :who, :at, '', :who,
    CAST(:ends AS timestamptz) FROM p
"""


def write(cast: Cast, who: uuid.UUID, sums: Sums, *, at: datetime = DAY, company: uuid.UUID | None = None) -> None:
    """Write rows of a company with these figures; what else they refer to is not there."""
    given = {"who": who, "company": company or cast.acme, "at": at}
    states = {"active": sums.hired - sums.completed - sums.failed, "completed": sums.completed, "failed": sums.failed}
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for state, n in (("accepted", sums.accepted), ("declined", sums.declined)):
            connection.execute(text(_PROPOSALS), {**given, "state": state, "n": n})
        for state, n in states.items():
            connection.execute(text(_PLACEMENTS), {**given, "state": state, "n": n})
        for stars in sums.ratings:
            connection.execute(text(_RATING), {**given, "stars": stars})
        for hours in sums.answers:
            connection.execute(text(_ANSWER), {**given, "ends": at + timedelta(hours=hours)})
