"""`make bench-jobs`: what the periodic jobs get through in a second of CPU, that of this process and of its database.

No fewer than the first release that was measured: 6,000 events sealed, 1,385 relayed, 2,770 proposals timed out; and to
complete a placement costs what it costs to time out a proposal. docs/scale.md has what was found.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import text

from bench.batch import MAKE_OVERDUE
from bench.fill import Size
from bench.growth import INSERT
from bench.harness import Meter, verdict
from bench.scratch import Scratch, engines, scratch
from portal.domain.ids import new_id
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.mailers import post
from portal.queries.identity.accounts import database_now
from portal.services import proposals_in_bulk
from portal.services.log import chain
from portal.services.placements import guarantees

ROWS, ROUNDS = 2_000, 3
SIZE = Size(candidates=5_000, jobs=500, proposals=40_000, placements=5_000, events=0)
AT_LEAST = {"seal events": 6_000, "relay events": 1_385, "time out proposals": 2_770}
AT_MOST = 1.4  # times the CPU of a timeout, for a completion
OVER = """
UPDATE ats.placements SET state = 'active', completed_at = NULL, guarantee_end_date = CURRENT_DATE - 30
    WHERE id IN (SELECT id FROM ats.placements WHERE state IN ('active', 'completed') ORDER BY id LIMIT :wanted)
"""
NOTHING_WAITS = "DELETE FROM notifications.outbox"


def compare(run: Scratch, rounds: int) -> Iterator[str]:
    """Let the jobs find as much to do as they do at once, in rounds, and yield the verdicts."""
    app = run.portal("jobs", SIZE)
    meter = Meter(run.postgres, engines(app))
    spent: dict[str, list[tuple[float, float, float]]] = {}
    with app.app_context():
        for due in (proposals_in_bulk.expire_due, guarantees.complete_due):  # what the filling left
            due(actor=_system())
        for number in range(rounds + 1):
            for name, prepare, work in _jobs():
                prepare()
                seconds = meter.spent(work)
                if number:  # the first one warms up
                    spent.setdefault(name, []).append(seconds)
    yield from _judge(spent)


def _jobs() -> Iterator[tuple[str, Callable[[], None], Callable[[], object]]]:
    """Yield each job with what it finds to do; nothing waits for another one but what it is about."""
    yield "seal events", _happened, lambda: _until_none(chain.seal_pending)
    yield "relay events", lambda: None, post.relay
    yield "time out proposals", lambda: _written(MAKE_OVERDUE), lambda: _all(proposals_in_bulk.expire_due)
    yield "complete placements", lambda: _written(OVER), lambda: _all(guarantees.complete_due)


def _happened() -> None:
    now = database_now()
    with db.engine.begin() as connection:
        connection.execute(text(NOTHING_WAITS))
        candidate = connection.execute(text("SELECT id FROM ats.candidates ORDER BY id LIMIT 1")).scalar_one()
        rows = [{"id": new_id(now), "at": now, "candidate": candidate} for _ in range(ROWS)]
        connection.execute(text(INSERT), rows)


def _written(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0"))
        connection.execute(text(statement), {"wanted": ROWS})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("VACUUM ANALYZE")
        )  # what is made due again and again leaves more dead rows than a day does


def _until_none(job: Callable[..., int]) -> None:
    while job(actor=_system()):
        pass


def _all(job: Callable[..., Any]) -> None:
    done = job(actor=_system())
    if ROWS not in (done, getattr(done, "processed", None)):
        raise RuntimeError(f"{done} instead of {ROWS}")


def _system() -> Actor:
    return system_actor(database_now())


def _judge(spent: dict[str, list[tuple[float, float, float]]]) -> Iterator[str]:
    cpu: dict[str, float] = {}
    for name, rounds in spent.items():
        own, backend, wall = (statistics.median(column) / ROWS for column in zip(*rounds, strict=True))
        cpu[name] = own + backend
        said = f"{own * 1e6:.0f} + {backend * 1e6:.0f} ms of CPU for 1,000"
        yield f"{name}: {said}, {1 / cpu[name]:,.0f} a second of CPU, {1 / wall:,.0f} by the clock"
    for name, least in AT_LEAST.items():
        yield verdict(f"{name}, in a second of CPU", 1 / cpu[name], least, at_most=False)
    ratio = cpu["complete placements"] / cpu["time out proposals"]
    yield verdict("CPU of a completion beside that of a timeout", ratio, AT_MOST, at_most=True)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    with scratch() as run:
        print("\n".join(compare(run, given.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
