"""The figures of the score from their source rows, for any set of recruiters in one statement (domain.md §6).

What counts, all of it from the recruiter's own proposals, so that anybody can count it again:
  decided      proposals that a company accepted or declined
  placements   hires from the recruiter's proposals
  completed, failed   how those placements ended; layoffs and changed roles do not count
  feedback     stars of team mates; fewer than two raters stay unseen and do not count
  responses    questions and amendments addressed to the recruiter; an open one counts with its age
What a platform admin excluded after an appeal is left out. Each step is rounded as it is shown, so that the figures on
the page give the score when somebody works it out by hand.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import DateTime, Uuid

from portal.domain import reputation as rules

_NOT_COUNTED = ", ".join(f"'{reason}'" for reason in rules.NOT_COUNTED_FAILURES)

_FIGURES = """
WITH excluded AS MATERIALIZED (
    SELECT recruiter_id, input_id FROM network.reputation_appeals WHERE state = 'excluded' {excluding}
),
decisions AS (
    SELECT recruiter_id, count(*) AS decided FROM network.candidate_role_assignments
    WHERE state IN ('accepted', 'declined') {decided_ids} {decided_since} AND id NOT IN (SELECT input_id FROM excluded)
    GROUP BY recruiter_id
), hires AS (
    SELECT lead_recruiter_id AS recruiter_id,
        count(*) {hired_since} AS placements,
        count(*) FILTER (WHERE state = 'completed' {completed_since} AND {kept}) AS completed,
        count(*) FILTER (WHERE state = 'failed' AND failure_reason NOT IN ({not_counted}) {failed_since} AND {kept})
            AS failed
    FROM ats.placements WHERE state <> 'undone' {hired_ids} GROUP BY lead_recruiter_id
), feedback AS (
    SELECT recruiter_id, count(*) AS ratings, round(avg(stars), 3) AS stars FROM ats.collaborator_feedback
    WHERE {kept} {feedback_ids} {feedback_since} GROUP BY recruiter_id
    HAVING count(DISTINCT by_recruiter_id) >= {raters}
), requests AS (
    SELECT q.recruiter_id, q.asked_at, coalesce(q.answered_at,
        (SELECT p.closed_at FROM network.candidate_role_assignments p WHERE p.id = q.proposal_id), :now) AS ended_at
    FROM network.proposal_questions q
    WHERE q.id NOT IN (SELECT input_id FROM excluded) {question_ids} {question_since}
    UNION ALL
    SELECT a.recruiter_id, a.asked_at, coalesce(a.answered_at,
        (SELECT s.closed_at FROM ats.split_amendments s WHERE s.id = a.amendment_id), :now)
    FROM ats.amendment_answers a
    WHERE (a.recruiter_id, a.amendment_id) NOT IN (SELECT recruiter_id, input_id FROM excluded)
        {answer_ids} {answer_since}
), responses AS (
    SELECT recruiter_id, count(*) AS answered,
        round(avg(extract(epoch FROM ended_at - asked_at)) / 3600, 4) AS hours
    FROM requests GROUP BY recruiter_id
), counted AS (
    SELECT r.id AS recruiter_id, coalesce(d.decided, 0) AS decided, coalesce(h.placements, 0) AS placements,
        coalesce(h.completed, 0) AS completed, coalesce(h.failed, 0) AS failed,
        coalesce(f.ratings, 0) AS feedback_count, f.stars, coalesce(a.answered, 0) AS response_count, a.hours
    FROM network.recruiters r
    LEFT JOIN decisions d ON d.recruiter_id = r.id LEFT JOIN hires h ON h.recruiter_id = r.id
    LEFT JOIN feedback f ON f.recruiter_id = r.id LEFT JOIN responses a ON a.recruiter_id = r.id
    WHERE true {recruiter_ids}
), marked AS MATERIALIZED (
    SELECT *,
        round(least(100, coalesce(placements::numeric / nullif(decided, 0) / {full_marks} * 100, {neutral})), 2)
            AS hire,
        round(coalesce(completed::numeric / nullif(completed + failed, 0) * 100, {neutral}), 2) AS completion,
        round(coalesce((stars - 1) * 25, {neutral}), 2) AS collaboration,
        round(greatest(0, coalesce((1 - hours / {zero_hours}) * 100, {neutral})), 2) AS responsiveness
    FROM counted
)
SELECT recruiter_id, round((hire * {w_hire} + completion * {w_completion} + collaboration * {w_collaboration}
        + responsiveness * {w_responsiveness}) / 100, 2) AS score,
    hire, completion, collaboration, responsiveness, decided, placements, completed, failed, feedback_count,
    stars AS feedback_stars, response_count, hours AS response_hours,
    decided < {min_decided} OR completed + failed < {min_finished} AS provisional
FROM marked
"""
_ONE_MORE = "UNION ALL SELECT CAST(:input_of AS uuid), CAST(:input_id AS uuid)"


def figures_sql(*, limited: bool, since: bool, excluding: bool = False) -> str:
    """Write the statement: `limited` to the recruiters `:ids`, `since` for outcomes from `:since` on.

    With `excluding`, one input more is left out: `:input_id` of `:input_of`, as after an appeal.
    """
    parts = {
        "decided_ids": "recruiter_id", "hired_ids": "lead_recruiter_id", "feedback_ids": "recruiter_id",
        "question_ids": "q.recruiter_id", "answer_ids": "a.recruiter_id", "recruiter_ids": "r.id",
    }  # fmt: skip
    times = {
        "decided_since": "closed_at", "completed_since": "completed_at", "failed_since": "failed_at",
        "feedback_since": "at", "question_since": "q.asked_at", "answer_since": "a.asked_at",
    }  # fmt: skip
    return _FIGURES.format(
        **{name: f"AND {column} = ANY(:ids)" if limited else "" for name, column in parts.items()},
        **{name: f"AND {column} >= :since" if since else "" for name, column in times.items()},
        excluding=_ONE_MORE if excluding else "",
        hired_since="FILTER (WHERE hired_at >= :since)" if since else "",
        kept="id NOT IN (SELECT input_id FROM excluded)",
        not_counted=_NOT_COUNTED,
        raters=rules.MIN_RATERS,
        full_marks=rules.HIRE_FULL_MARKS,
        neutral=rules.NEUTRAL,
        zero_hours=rules.RESPONSE_ZERO_HOURS,
        min_decided=rules.MIN_DECIDED,
        min_finished=rules.MIN_FINISHED,
        **{f"w_{name}": weight for name, weight in rules.WEIGHTS.items()},
    )


def without(recruiter_id: uuid.UUID, input_id: uuid.UUID, *, now: datetime) -> TextClause:
    """Return the statement for one recruiter as if this input were excluded."""
    sql = figures_sql(limited=True, since=False, excluding=True)
    return bound(sql, now=now, ids=[recruiter_id]).bindparams(input_of=recruiter_id, input_id=input_id)


def figures(*, now: datetime, ids: Sequence[uuid.UUID] | None = None, since: datetime | None = None) -> TextClause:
    """Return the statement with its values; without `ids` for all recruiters."""
    return bound(figures_sql(limited=ids is not None, since=since is not None), now=now, ids=ids, since=since)


def bound(
    sql: str, *, now: datetime, ids: Sequence[uuid.UUID] | None = None, since: datetime | None = None
) -> TextClause:
    """Bind the values of a statement that was written around `figures_sql`."""
    values: list[BindParameter[Any]] = [bindparam("now", now, type_=DateTime(timezone=True))]
    if ids is not None:
        values.append(bindparam("ids", list(ids), type_=ARRAY(Uuid)))
    if since is not None:
        values.append(bindparam("since", since, type_=DateTime(timezone=True)))
    return text(sql).bindparams(*values)
