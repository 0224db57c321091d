"""A burst of outcomes while the worker dies and Redis is away leaves the scores of a calm run."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.jobs import relay
from portal.models import OutboxEntry, ReputationQueue
from portal.queries import reputation
from tests.cast import Cast, Person
from tests.histories import outcomes, stored
from tests.jobs.test_processes import process, until
from tests.mailers.sink import Sink, free_port


def left() -> int:
    """Count what still waits."""
    with Session(db.engine) as session:
        waiting = (session.scalar(select(func.count()).select_from(m)) or 0 for m in (OutboxEntry, ReputationQueue))
        return sum(waiting)


def figures(cast: Cast, person: Person) -> reputation.Figures | None:
    assert person.recruiter_id is not None
    return reputation.profile(person.recruiter_id, viewer=cast.actor(cast.pia)).figures


def test_killing_redis_and_the_worker_during_a_burst_leaves_the_same_scores(
    cast: Cast, app: Flask, sink: Sink, data_dir: Path
) -> None:
    away = {"REDIS_URL": f"redis://127.0.0.1:{free_port()}"}  # then the ticker does all work by itself
    for n in range(2):
        outcomes(cast, cast.rita, ["declined", "completed"])
        with process(app, "portal.jobs.ticker", sink, data_dir, **away) as victim:
            until(lambda: stored(cast.rita) is not None)
            outcomes(cast, cast.rita, ["declined", "hired"] * (1 + n))
            outcomes(cast, cast.omar, ["failed", "declined"])
            victim.kill()  # in the middle of whatever it does
    with process(app, "portal.jobs.ticker", sink, data_dir, **away):
        until(lambda: left() == 0)
    viewer = cast.actor(cast.pia)
    for person in (cast.rita, cast.omar):
        assert person.recruiter_id is not None
        assert figures(cast, person) == reputation.replayed(person.recruiter_id, viewer=viewer, now=viewer.now)
    rita, omar = figures(cast, cast.rita), figures(cast, cast.omar)
    assert rita is not None
    assert omar is not None
    assert (rita.decided, rita.placements, rita.completed, rita.failed) == (10, 5, 2, 0)
    assert (omar.decided, omar.placements, omar.completed, omar.failed) == (4, 2, 0, 2)


def test_the_command_recalculates_who_waits_or_everybody(cast: Cast, app: Flask, data_dir: Path) -> None:
    outcomes(cast, cast.rita, ["declined"])
    relay.work()
    run = app.test_cli_runner().invoke
    assert run(args=["reputation", "recalculate"]).output == "1 scores recalculated.\n"
    everybody = run(args=["reputation", "recalculate", "--all"])
    assert everybody.exit_code == 0
    assert everybody.output.endswith("2 scores recalculated.\n")
    assert stored(cast.omar) is not None
