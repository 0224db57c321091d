"""A periodic job is claimed by exactly one ticker for each of its periods."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.permissions import system_actor
from portal.models import PeriodicRun
from portal.runtime.clock import simulated
from portal.services.machinery import periodic
from tests.cast import DAY
from tests.letters import rows

SYSTEM = system_actor(DAY)
JOBS = {"expire": timedelta(seconds=60), "sweep": timedelta(seconds=5)}


def claim(seconds: float) -> tuple[str, ...]:
    """Claim what is due so long after the day began."""
    with simulated(DAY + timedelta(seconds=seconds)):
        return periodic.claim_due(JOBS, actor=SYSTEM)


def test_a_job_is_due_at_once_and_then_after_each_period(context: None) -> None:
    assert claim(0) == ("expire", "sweep")
    assert claim(1) == ()
    assert claim(5) == ("sweep",)
    assert claim(60) == ("expire", "sweep")


def test_missed_periods_are_made_up_for_once(context: None) -> None:
    claim(0)
    assert claim(3_600) == ("expire", "sweep")
    assert claim(3_601) == ()


def test_how_a_run_ended_is_kept(context: None) -> None:
    claim(0)
    with simulated(DAY):
        periodic.finish("sweep", actor=SYSTEM, error="x" * 600)
        periodic.finish("expire", actor=SYSTEM)
    with rows() as session:
        found = {r.name: r for r in session.scalars(select(PeriodicRun))}
    assert found["sweep"].last_error == "x" * 500
    assert (found["expire"].finished_at, found["expire"].last_error) == (DAY, None)
    assert found["expire"].started_at == DAY


def test_eight_tickers_at_once_claim_each_job_once(app: Flask, context: None) -> None:
    for second in range(0, 25, 5):
        barrier, claims = threading.Barrier(8), []

        def tick(at: int = second, start: threading.Barrier = barrier, claims: list[str] = claims) -> None:
            with app.app_context():
                start.wait()
                claims.extend(claim_at(at))

        threads = [threading.Thread(target=tick) for _ in range(8)]
        with simulated(DAY + timedelta(seconds=second)):
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
        assert sorted(claims) == (["expire", "sweep"] if second == 0 else ["sweep"])


def claim_at(_second: int) -> tuple[str, ...]:
    """Claim at the time that the whole process is at."""
    return periodic.claim_due(JOBS, actor=SYSTEM)


@pytest.mark.parametrize("hours", [2, 24 * 30])
def test_a_clock_that_was_put_back_stops_no_job(context: None, hours: int) -> None:
    claim(0)
    back = -hours * 3_600
    assert claim(back) == ("expire", "sweep")
    assert claim(back + 1) == ()
    assert claim(back + 60) == ("expire", "sweep")


def test_the_last_success_outlives_a_failure(context: None) -> None:
    claim(0)
    with simulated(DAY):
        periodic.finish("sweep", actor=SYSTEM)
    with simulated(DAY + timedelta(hours=1)):
        periodic.finish("sweep", actor=SYSTEM, error="no room")
    with rows() as session:
        found = session.get_one(PeriodicRun, "sweep")
    assert (found.succeeded_at, found.finished_at) == (DAY, DAY + timedelta(hours=1))
