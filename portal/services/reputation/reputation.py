"""Scores (domain.md §6): events queue recruiters, a burst leaves one row, one statement recomputes any set."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from portal import access
from portal.domain.errors import NotFound
from portal.domain.events import ReputationUpdated
from portal.domain.permissions import Actor, Permission
from portal.models import AmendmentAnswer, Placement, Recruiter, Reputation, ReputationQueue, SplitAmendment
from portal.queries.recipients import Happened
from portal.queries.reputation.figures import bound, figures_sql
from portal.queries.reputation.reputation import Figures
from portal.services.machinery import rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

CHUNK = 1_000
SNAPSHOT_EVERY = timedelta(days=7)
AGEING = timedelta(days=1)
# The end of a proposal or an amendment is an input too: questions that nobody answered stop ageing.
OF_RECRUITER = {
    "proposal.accepted", "proposal.declined", "proposal.withdrawn", "proposal.timeout",
    "question.asked", "question.answered", "feedback.given",
}  # fmt: skip
OF_PLACEMENT = {
    "placement.hired", "placement.completed", "placement.failed", "placement.undone", "placement.corrected",
}  # fmt: skip
OF_AMENDMENT = {
    "splits.amendment_proposed", "splits.amendment_answered", "splits.amended",
    "placement.correction_proposed", "placement.corrected",
}  # fmt: skip

COLUMNS = tuple(Figures.__dataclass_fields__)
_NAMES = ", ".join(COLUMNS)
_SET = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "updated_at"))
_FRESH, _STORED = (", ".join(f"{table}.{name}" for name in COLUMNS) for table in ("f", "r"))


def _statement() -> str:
    """Write the chain: figures, those that are others than before, the scores now, their snapshots."""
    figures = figures_sql(limited=True, since=False)
    return f"""
    WITH figures AS MATERIALIZED ({figures}),
    changed AS (
        SELECT f.*, r.score AS before FROM figures f
        LEFT JOIN network.recruiter_reputation r ON r.recruiter_id = f.recruiter_id
        WHERE ({_FRESH}) IS DISTINCT FROM ({_STORED})
    ), written AS (
        INSERT INTO network.recruiter_reputation (recruiter_id, {_NAMES}, updated_at)
        SELECT recruiter_id, {_NAMES}, :now FROM changed
        ON CONFLICT (recruiter_id) DO UPDATE SET {_SET}
        RETURNING *
    ), snapshots AS (
        INSERT INTO network.recruiter_reputation_history (recruiter_id, at, score, figures, cause)
        SELECT recruiter_id, updated_at, score, to_jsonb(written) - 'recruiter_id' - 'updated_at', :cause FROM written
        ON CONFLICT (recruiter_id, at) DO UPDATE SET score = excluded.score, figures = excluded.figures
    )
    SELECT recruiter_id, before, score AS after FROM changed
    """  # noqa: S608 - column names of this module


@dataclass(frozen=True, slots=True)
class Recalculated:
    """A score before and after; None before means that there was none."""

    recruiter_id: uuid.UUID
    before: Decimal | None
    after: Decimal


@dataclass(frozen=True, slots=True)
class Explained:
    """A score before and after, when, and each figure that is another one now; None where there was none."""

    before: Decimal | None
    after: Decimal
    at: datetime
    changes: Mapping[str, tuple[Decimal | None, Decimal | None]]


def queue_for_events(uow: UnitOfWork, events: Sequence[Happened]) -> None:
    """Queue the recruiters whose inputs these events changed; a reaction of the relay."""
    recruiters = {e.recruiter_id for e in events if e.type in OF_RECRUITER}
    placements = [e.placement_id for e in events if e.type in OF_PLACEMENT]
    amended = [e.placement_id for e in events if e.type in OF_AMENDMENT]
    if placements:
        recruiters |= set(uow.session.scalars(select(Placement.lead_recruiter_id).where(Placement.id.in_(placements))))
    if amended:
        asked = select(AmendmentAnswer.recruiter_id).join(SplitAmendment)
        recruiters |= set(uow.session.scalars(asked.where(SplitAmendment.placement_id.in_(amended)).distinct()))
    queue(uow, [r for r in recruiters if r is not None])


def queue(uow: UnitOfWork, recruiter_ids: Sequence[uuid.UUID]) -> None:
    """Queue recruiters for a recalculation; who waits already keeps the place."""
    if recruiter_ids:
        rows = [{"recruiter_id": r, "queued_at": uow.now} for r in sorted(recruiter_ids)]
        uow.session.execute(upsert(ReputationQueue).values(rows).on_conflict_do_nothing())


def queue_all(*, actor: Actor) -> int:
    """Queue everybody and count them; a worker then recalculates, and survives its own death doing so."""
    access.require(actor, Permission.REPUTATION_RECALCULATE)
    with unit_of_work(actor) as uow:
        everybody = select(Recruiter.id, literal(uow.now))
        columns = ["recruiter_id", "queued_at"]
        uow.session.execute(upsert(ReputationQueue).from_select(columns, everybody).on_conflict_do_nothing())
        return uow.session.scalars(select(func.count()).select_from(ReputationQueue)).one()


def queue_ageing(*, actor: Actor) -> int:
    """Queue those whose requests age, or ended without an answer, since their score was computed; gives how many."""
    access.require(actor, Permission.REPUTATION_RECALCULATE)

    def aged(uow: UnitOfWork) -> Ids:
        return uow.session.scalars(_AGEING, {"before": uow.now - AGEING}).all()

    def some(uow: UnitOfWork, ids: Ids | None) -> Ids:
        found = aged(uow) if ids is None else ids
        queue(uow, found)
        return found

    return sum(map(len, rounds.in_chunks(some, aged, size=None, actor=actor)))


def recalculate_queued(*, actor: Actor) -> int:
    """Recalculate all who wait, in chunks with a commit each, and count them; two runs at once share the work."""
    access.require(actor, Permission.REPUTATION_RECALCULATE)
    return sum(map(len, rounds.in_chunks(_recalculate_some, _waiting, size=CHUNK, actor=actor)))


def _waiting(uow: UnitOfWork) -> Sequence[uuid.UUID]:
    return uow.session.scalars(select(ReputationQueue.recruiter_id).order_by(ReputationQueue.queued_at)).all()


def _recalculate_some(uow: UnitOfWork, ids: Sequence[uuid.UUID] | None) -> Sequence[uuid.UUID]:
    waiting = select(ReputationQueue.recruiter_id).order_by(ReputationQueue.queued_at).limit(CHUNK)
    named = waiting if ids is None else waiting.where(ReputationQueue.recruiter_id.in_(ids))
    taken = uow.session.scalars(named.with_for_update(skip_locked=True)).all()
    if taken:
        uow.session.execute(delete(ReputationQueue).where(ReputationQueue.recruiter_id.in_(taken)))
        recalculate(uow, taken, cause="outcome")
    return taken


def recalculate_all(*, actor: Actor, cause: str = "recalculation") -> Iterator[tuple[int, int]]:
    """Recalculate everybody in chunks; yields how many are done and how many there are, for a progress bar."""
    access.require(actor, Permission.REPUTATION_RECALCULATE)
    with unit_of_work(actor) as uow:
        everybody = list(uow.session.scalars(select(Recruiter.id).order_by(Recruiter.id)))
    for start in range(0, len(everybody), CHUNK):
        with unit_of_work(actor) as uow:
            recalculate(uow, everybody[start : start + CHUNK], cause=cause)
        yield min(start + CHUNK, len(everybody)), len(everybody)


def recalculate_one(recruiter_id: uuid.UUID, *, actor: Actor) -> Explained:
    """Recalculate one recruiter and tell the score before and after, and what made the difference."""
    access.require(actor, Permission.REPUTATION_RECALCULATE)
    with unit_of_work(actor) as uow:
        before = _figures(uow, recruiter_id)
        recalculate(uow, [recruiter_id], cause="recalculation")
        after = _figures(uow, recruiter_id)
        if not after:
            raise NotFound
        score = after["score"]
        assert score is not None
        changes = {name: (before.get(name), new) for name, new in after.items() if before.get(name) != new}
        return Explained(before.get("score"), score, uow.now, changes)


def _figures(uow: UnitOfWork, recruiter_id: uuid.UUID) -> dict[str, Decimal | None]:
    """Read the stored figures of a recruiter, numbers all of them; empty before the first calculation."""
    columns = [getattr(Reputation, name) for name in COLUMNS if name != "provisional"]
    row = uow.session.execute(select(*columns).where(Reputation.recruiter_id == recruiter_id)).one_or_none()
    return {} if row is None else {n: None if v is None else Decimal(v) for n, v in row._mapping.items()}


def recalculate(uow: UnitOfWork, recruiter_ids: Sequence[uuid.UUID], *, cause: str) -> list[Recalculated]:
    """Recompute a set of recruiters and give those whose figures changed; each change of a score is an event.

    One run at a time: of two the later one then also reads later. A lock on nothing costs less than one on each row.
    """
    ids = sorted(recruiter_ids)
    uow.session.execute(_ONE_AT_A_TIME)
    statement = bound(_statement(), now=uow.now, ids=ids).bindparams(cause=cause)
    changed = [Recalculated(*row) for row in uow.session.execute(statement)]
    for one in changed:
        uow.forget(f"reputation:{one.recruiter_id}", "leaderboard")
        if one.before != one.after:
            uow.record(
                ReputationUpdated(
                    recruiter_id=one.recruiter_id,
                    old_score=None if one.before is None else int(one.before * 100),
                    new_score=int(one.after * 100),
                    cause=cause,
                )
            )
    return changed


def snapshot_weekly(*, actor: Actor) -> int:
    """Write a snapshot of every score that has none of the last seven days, and count them."""
    access.require(actor, Permission.REPUTATION_RECALCULATE)

    def weekly(uow: UnitOfWork) -> Ids:
        return uow.session.scalars(_WEEKLY, {"since": uow.now - SNAPSHOT_EVERY}).all()

    def some(uow: UnitOfWork, ids: Ids | None) -> Ids:
        values = {"now": uow.now, "since": uow.now - SNAPSHOT_EVERY, "ids": None if ids is None else list(ids)}
        return uow.session.scalars(_SNAPSHOT, values).all()

    return sum(map(len, rounds.in_chunks(some, weekly, size=None, actor=actor)))


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('reputation'))")
_AGEING = text("""
    SELECT r.recruiter_id FROM network.recruiter_reputation r JOIN (
        SELECT q.recruiter_id, p.closed_at FROM network.proposal_questions q
            JOIN network.candidate_role_assignments p ON p.id = q.proposal_id WHERE q.answered_at IS NULL
        UNION ALL SELECT a.recruiter_id, s.closed_at FROM ats.amendment_answers a
            JOIN ats.split_amendments s ON s.id = a.amendment_id WHERE a.answered_at IS NULL
    ) w ON w.recruiter_id = r.recruiter_id
    WHERE w.closed_at > r.updated_at OR (w.closed_at IS NULL AND r.updated_at <= :before)
    GROUP BY r.recruiter_id
""")
_WITHOUT_SNAPSHOT = """
    FROM network.recruiter_reputation r
    WHERE NOT EXISTS (SELECT FROM network.recruiter_reputation_history h
        WHERE h.recruiter_id = r.recruiter_id AND h.at > :since)
"""
_WEEKLY = text(f"SELECT r.recruiter_id {_WITHOUT_SNAPSHOT} ORDER BY r.recruiter_id")
_SNAPSHOT = text(f"""
    INSERT INTO network.recruiter_reputation_history (recruiter_id, at, score, figures, cause)
    SELECT r.recruiter_id, CAST(:now AS timestamptz), r.score, to_jsonb(r) - 'recruiter_id' - 'updated_at', 'weekly'
    {_WITHOUT_SNAPSHOT} AND r.recruiter_id = ANY(coalesce(CAST(:ids AS uuid[]), ARRAY[r.recruiter_id]))
    RETURNING recruiter_id
""")
