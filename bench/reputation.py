"""`make bench-reputation`: computing everybody's score again beside the bare query that reads the same rows.

Full size: 20,000 recruiters, 1,000,000 proposals, 200,000 placements, and answers and ratings beside them. A look at the
plan: `python -m bench.reputation --scale 0.1 --plan`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial

import psycopg
from flask import Flask
from sqlalchemy import create_engine, text

from bench.fill import FUNCTIONS, Size
from bench.harness import verdict
from bench.scratch import conninfo, scratch
from portal.domain.permissions import system_actor
from portal.queries.identity.accounts import database_now
from portal.queries.reputation.figures import bound, figures, figures_sql
from portal.services.reputation import reputation

RECRUITERS, PROPOSALS, PLACEMENTS = 20_000, 1_000_000, 200_000

FILL = """
INSERT INTO identity.users (id, email, name, created_at)
    SELECT pg_temp.pick('scored', n), 'scored' || n || '@bench.test', 'Scored ' || n, now()
    FROM generate_series(1, {recruiters}) n;
INSERT INTO network.recruiters (id, user_id, status, created_at)
    SELECT pg_temp.pick('scored', n), pg_temp.pick('scored', n), 'active', now() FROM generate_series(1, {recruiters}) n;
INSERT INTO network.candidate_role_assignments (id, candidate_id, job_id, company_id, recruiter_id, state, pitch, currency,
        proposed_at, expires_at, closed_at, decline_reason)
    SELECT pg_temp.v7(at, i), pg_temp.pick('c', i), pg_temp.pick('j', i % 5000), pg_temp.pick('company', 1 + i % 50),
        pg_temp.pick('scored', 1 + (i::bigint * 7919) % {recruiters}), state, 'A fine engineer who fits well.', 'USD', at,
        at + interval '7 days', CASE WHEN state NOT IN ('proposed', 'company_reviewing') THEN at + interval '2 days' END,
        CASE WHEN state = 'declined' THEN 'salary' END
    FROM generate_series(1, {proposals}) s (i)
    CROSS JOIN LATERAL (SELECT now() - i * interval '30 seconds' AS at,
        (ARRAY['proposed', 'company_reviewing', 'accepted', 'declined', 'declined', 'withdrawn', 'timeout', 'accepted',
            'timeout', 'declined'])[1 + i % 10] AS state) t;
INSERT INTO ats.placements (id, proposal_id, candidate_id, job_id, company_id, lead_recruiter_id, state, time_zone, currency,
        salary_minor, fee_bp, fee_minor, hired_at, activated_at, splits_locked_at, guarantee_end_date, completed_at, failed_at,
        failure_reason)
    SELECT pg_temp.v7(at, i), pg_temp.pick('p', i), pg_temp.pick('c', i), pg_temp.pick('j', i % 5000),
        pg_temp.pick('company', 1 + i % 50), pg_temp.pick('scored', 1 + (i::bigint * 104729) % {recruiters}), state, 'UTC', 'USD',
        15000000, 2000, 3000000, at, at, at, at::date + 90, CASE WHEN state = 'completed' THEN at END,
        CASE WHEN state = 'failed' THEN at END,
        CASE WHEN state = 'failed' THEN (ARRAY['layoff', 'mutual', 'candidate_quit'])[1 + i % 3] END
    FROM generate_series(1, {placements}) s (i)
    CROSS JOIN LATERAL (SELECT now() - i * interval '2 minutes' AS at,
        (ARRAY['hired', 'active', 'completed', 'completed', 'failed', 'completed'])[1 + (i * 31) % 6] AS state) t;
INSERT INTO network.proposal_questions (id, proposal_id, recruiter_id, question, asked_by, asked_at, answer, answered_by,
        answered_at)
    SELECT pg_temp.v7(proposed_at, row_number() OVER ()), id, recruiter_id, 'When?', recruiter_id, proposed_at, 'Soon.',
        recruiter_id, proposed_at + interval '5 hours' FROM network.candidate_role_assignments WHERE state = 'declined'
        AND abs(hashtext(id::text)) % 4 = 0;
INSERT INTO ats.collaborator_feedback (id, placement_id, by_recruiter_id, recruiter_id, stars, at)
    SELECT pg_temp.v7(hired_at, row_number() OVER ()), id, pg_temp.pick('scored', 1 + abs(hashtext(id::text)) % {recruiters}),
        lead_recruiter_id, 3 + abs(hashtext(id::text)) % 3, hired_at FROM ats.placements WHERE state = 'completed'
        AND lead_recruiter_id <> pg_temp.pick('scored', 1 + abs(hashtext(id::text)) % {recruiters});
"""

BARE = """
SELECT r.id, d.decided, h.hired, h.completed, h.failed, f.stars, q.seconds FROM network.recruiters r
LEFT JOIN (SELECT recruiter_id, count(*) AS decided FROM network.candidate_role_assignments
    WHERE state IN ('accepted', 'declined') GROUP BY 1) d ON d.recruiter_id = r.id
LEFT JOIN (SELECT lead_recruiter_id, count(*) AS hired, count(*) FILTER (WHERE state = 'completed') AS completed,
    count(*) FILTER (WHERE state = 'failed' AND failure_reason NOT IN ('layoff', 'role_changed')) AS failed
    FROM ats.placements GROUP BY 1) h ON h.lead_recruiter_id = r.id
LEFT JOIN (SELECT recruiter_id, avg(stars) AS stars FROM ats.collaborator_feedback GROUP BY 1) f ON f.recruiter_id = r.id
LEFT JOIN (SELECT q.recruiter_id, avg(extract(epoch FROM coalesce(q.answered_at, (SELECT p.closed_at
        FROM network.candidate_role_assignments p WHERE p.id = q.proposal_id), now()) - q.asked_at)) AS seconds
    FROM network.proposal_questions q GROUP BY 1) q ON q.recruiter_id = r.id
"""


def fill_scores(url: str, scale: float) -> None:
    """Write the marketplace; triggers and foreign keys stand aside, the statistics are fresh at the end."""
    numbers = {"recruiters": RECRUITERS, "proposals": PROPOSALS, "placements": PLACEMENTS}
    sizes = {name: max(100, int(n * scale)) for name, n in numbers.items()}
    print("Filling a scratch database:", ", ".join(f"{n:,} {name}" for name, n in sizes.items()), flush=True)
    with psycopg.connect(conninfo(url), autocommit=True) as connection:
        connection.execute(
            "SET session_replication_role = replica; SET synchronous_commit = off; SET statement_timeout = 0"
        )
        connection.execute(FUNCTIONS)
        connection.execute(FILL.format(**sizes))
        connection.execute("VACUUM ANALYZE")


def compare(app: Flask, rounds: int) -> list[str]:
    """Measure the bare query, the query of the figures and the whole run, interleaved."""
    engine = create_engine(str(app.config["SQLALCHEMY_DATABASE_URI"]), isolation_level="AUTOCOMMIT")
    with app.app_context(), engine.connect() as connection:
        connection.execute(text("SET statement_timeout = 0"))
        work: dict[str, Callable[[], object]] = {
            "bare query": lambda: connection.execute(text(BARE)).all(),
            "query of the figures": lambda: connection.execute(figures(now=database_now())).all(),
            "all recomputed": _recompute,
        }
        first = _seconds(_recompute)
        taken: dict[str, list[float]] = {name: [] for name in work}
        for _ in range(rounds):
            for name, call in work.items():
                taken[name].append(_seconds(call))
        some = (
            connection.execute(text("SELECT recruiter_id FROM network.recruiter_reputation LIMIT 20")).scalars().all()
        )
        one = statistics.median(_seconds(partial(_one, recruiter_id)) for recruiter_id in some)
    bare, full, again = (statistics.median(taken[name]) for name in work)
    return [
        f"bare query {bare:.2f} s, query of the figures {full:.2f} s",
        f"all recomputed: {again:.2f} s; when every score is new, with its snapshot and event: {first:.2f} s",
        f"one recruiter recomputed: {one * 1000:.1f} ms",
        verdict("speed of the run beside the bare query", bare / again, 0.5, at_most=False),
    ]


def _recompute() -> None:
    for _ in reputation.recalculate_all(actor=system_actor(database_now())):
        pass


def _one(recruiter_id: uuid.UUID) -> None:
    reputation.recalculate_one(recruiter_id, actor=system_actor(database_now()))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1.0)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plan", action="store_true", help="print the plan of the figures of a thousand recruiters")
    given = parser.parse_args()
    with scratch() as run:
        app = run.portal("reputation", Size(candidates=10, jobs=10, proposals=0, placements=0, events=0))
        fill_scores(str(app.config["SQLALCHEMY_DATABASE_URI"]), given.scale)
        if given.plan:
            print(plan(app))
        print("\n".join(compare(app, given.rounds)))
    return 0


def plan(app: Flask) -> str:
    """Explain the statement for one chunk."""
    with app.app_context():
        now = database_now()
    engine = create_engine(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    with engine.connect() as connection:
        some = list(connection.execute(text("SELECT id FROM network.recruiters ORDER BY id LIMIT 1000")).scalars())
        sql = "EXPLAIN (ANALYZE, BUFFERS) " + figures_sql(limited=True, since=False)
        return "\n".join(line[:160] for line in connection.execute(bound(sql, now=now, ids=some)).scalars())


if __name__ == "__main__":
    sys.exit(main())
