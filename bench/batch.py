"""Timing out 100,000 overdue proposals in chunks, beside one set-based statement, while somebody accepts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import create_engine, text

from bench.expire import SETTINGS
from bench.harness import verdict
from portal.extensions import db
from portal.queries.identity.accounts import actor_by_email
from portal.services import proposals

MAKE_OVERDUE = """
INSERT INTO network.candidate_role_assignments (id, candidate_id, job_id, company_id, recruiter_id, state, pitch, currency,
    proposed_at, expires_at)
SELECT gen_random_uuid(), c.id, j.id, j.company_id, c.created_by_recruiter_id, 'proposed', 'late', 'USD',
    now() - interval '9 days', now() - interval '2 days'
FROM ats.candidates c CROSS JOIN ats.jobs j
WHERE NOT EXISTS (SELECT FROM network.candidate_role_assignments p WHERE p.candidate_id = c.id AND p.job_id = j.id)
LIMIT :wanted
"""
MAKE_OPEN = """
INSERT INTO network.candidate_role_assignments (id, candidate_id, job_id, company_id, recruiter_id, state, pitch, currency,
    proposed_at, expires_at)
SELECT gen_random_uuid(), c.id, j.id, j.company_id, c.created_by_recruiter_id, 'proposed', 'open', 'USD',
    now(), now() + interval '7 days'
FROM ats.candidates c CROSS JOIN ats.jobs j
WHERE NOT EXISTS (SELECT FROM network.candidate_role_assignments p WHERE p.candidate_id = c.id AND p.job_id = j.id)
LIMIT :wanted RETURNING id
"""
ONE_STATEMENT = """
WITH late AS (
    UPDATE network.candidate_role_assignments SET state = 'timeout', closed_at = now(), version = version + 1
    WHERE state IN ('proposed', 'company_reviewing') AND expires_at <= now() RETURNING id, candidate_id, job_id, recruiter_id
), steps AS (
    INSERT INTO network.proposal_states (id, proposal_id, from_state, to_state, at, by)
    SELECT gen_random_uuid(), id, 'proposed', 'timeout', now(), '00000000-0000-7000-8000-000000000001' FROM late
)
INSERT INTO network.marketplace_events (id, type, at, actor_id, candidate_id, job_id, proposal_id, recruiter_id, payload,
    correlation_id)
SELECT gen_random_uuid(), 'proposal.timeout', now(), '00000000-0000-7000-8000-000000000001', candidate_id, job_id, id,
    recruiter_id, jsonb_build_object('proposal_id', id), 'floor' FROM late
"""


IDLE_SECONDS = 20  # some 400 accepts: a p99 of fewer is the slowest one


def compare(app: Flask, overdue: int) -> list[str]:
    """Measure both ways on the same database, one after the other, and the accepts beside them."""
    with app.app_context():
        idle = _accepts(lambda: time.sleep(IDLE_SECONDS))
        _overdue(overdue)
        chunks, beside_chunks = _timed(lambda: _chunks(app))
        _overdue(overdue)
        single, beside_single = _timed(lambda: _single(app))
    lines = [
        f"time out {overdue:,}: in chunks {chunks:.1f} s, in one statement {single:.1f} s",
        f"accept meanwhile, p99 ms: idle {_p99(idle):.0f}, chunks {_p99(beside_chunks):.0f}, single {_p99(beside_single):.0f}",
        verdict("speed of the chunks beside one statement", single / chunks, 0.6, at_most=False),
        verdict("accept's p99 beside the chunks, against idle", _p99(beside_chunks) / _p99(idle), 3, at_most=True),
    ]
    return lines


def _overdue(wanted: int) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0"))
        connection.execute(text(MAKE_OVERDUE), {"wanted": wanted})


def _chunks(app: Flask) -> float:
    """Run the job beside this process, as a worker does; gives its own seconds."""
    settings = {name: str(app.config[name]) for name in SETTINGS}
    command = [sys.executable, "-m", "bench.expire"]
    done = subprocess.run(command, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def _single(app: Flask) -> float:
    engine = create_engine(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    start = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(ONE_STATEMENT))
    return time.perf_counter() - start


def _timed(work: Callable[[], float]) -> tuple[float, list[float]]:
    taken: list[float] = []
    waits = _accepts(lambda: taken.append(work()))
    return taken[0], waits


def _accepts(work: Callable[[], object]) -> list[float]:
    """Accept one proposal after the other, twenty a second, while `work` runs; gives the seconds of each."""
    with db.engine.begin() as connection:
        ids = list(connection.execute(text(MAKE_OPEN), {"wanted": 3_000}).scalars())
    actor = actor_by_email("pia@bench.test")
    if actor is None:
        raise RuntimeError("the platform's admin is missing")
    thread = threading.Thread(target=work)
    thread.start()
    waits = []
    while thread.is_alive() and ids:
        start = time.perf_counter()
        proposals.accept(ids.pop(), actor=actor)
        waits.append(time.perf_counter() - start)
        time.sleep(max(0.0, 0.05 - waits[-1]))
    thread.join()
    return waits


def _p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98] * 1000
