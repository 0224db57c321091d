"""`make bench-growth`: what ten times the data costs, at up to ten million events and a million proposals.

Each filter, search, home and chart is asked on a portal of the size and on one that is as old with a tenth of it: at
most 1.4 times the CPU, and at most 200 ms. Charts, which count what happened in their days, are also asked on a portal
that is a tenth as old, with as much in the same days. `python -m bench.growth --scale 0.1` is a look at a tenth of the
size. docs/scale.md has what was found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
from flask import Flask
from sqlalchemy import text

from bench.fill import Size
from bench.harness import Meter, Target, table, verdict
from bench.pages import Page, browser
from bench.scratch import Scratch, engines, one, scratch
from portal.domain.ids import new_id
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.queries.analytics import RANGES
from portal.queries.identity.accounts import actor_by_email, database_now
from portal.queries.lists import Asked
from portal.queries.log.event_log import EVENTS
from portal.services.log import chain

FULL = Size(candidates=200_000, jobs=20_000, proposals=1_000_000, placements=100_000, events=10_000_000)
AT_MOST, MILLISECONDS = 1.4, 200
WRITTEN, EXPORTED = 20_000, 200_000  # events that are inserted and sealed, and rows of the log that are exported
INSERT = """
INSERT INTO network.marketplace_events (id, type, at, actor_id, candidate_id, payload, correlation_id)
    VALUES (:id, 'candidate.viewed', :at, '00000000-0000-7000-8000-000000000001', :candidate, '{}', 'growth')
"""


def pages(app: Flask, *, rare: str) -> Iterator[Page]:
    """Find the addresses that are asked, by whom they are; `rare` are the digits that few candidates have."""
    rita, carl, pia = (browser(app, f"{who}@bench.test") for who in ("user1", "carl", "pia"))
    candidate = one(app, "SELECT id FROM ats.candidates ORDER BY id LIMIT 1")
    request = one(app, "SELECT correlation_id FROM network.marketplace_events ORDER BY id LIMIT 1")
    day = (datetime.now(UTC) - timedelta(days=2)).date()
    for name, asked in {
        "type": "type=proposal.timeout",
        "actor": "actor=Recruiter+7",
        "type and actor": "type=proposal.declined&actor=Recruiter+77",
        "nobody": "actor=Nobody+At+All",
        "a day": f"from={day}&to={day}",
        "subject": f"subject={candidate}",
        "request": f"correlation={request}",
    }.items():
        yield Page(f"event log by {name}", pia, f"/admin/events?{asked}")
    for who, its in (("recruiter", rita), ("company", carl), ("platform", pia)):
        yield Page(f"work queue, {who}", its, "/")
        yield Page(f"analytics, {who}", its, "/analytics")
        yield Page(f"search for what all have, {who}", its, "/search?q=number+7")
        yield Page(f"search, {who}", its, f"/search?q={rare}")
        yield Page(f"search for two digits, {who}", its, "/search?q=77")
    yield Page("work queue, a recruiter with little", browser(app, "user77@bench.test"), "/")
    yield Page("inbox, declined", carl, "/proposals?state=declined")
    yield Page("candidates by name", rita, f"/candidates?q={rare}")
    yield Page("candidates by name, all", pia, f"/candidates?q={rare}")
    yield Page("candidates by two digits", rita, "/candidates?q=77")
    yield Page("candidates by two digits, all", pia, "/candidates?q=77")
    yield Page("placements by two digits", carl, "/placements?q=77")
    yield Page("proposals by two digits", carl, "/proposals?state=all&q=77")
    yield Page("jobs by two digits", rita, "/jobs?q=77")
    yield Page("placements by name", carl, f"/placements?q={rare}")
    yield Page("jobs by title", rita, f"/jobs?q=title+{rare[:-1]}")  # of jobs there are a tenth as many
    yield Page("recruiters by name", carl, "/recruiters?q=recruiter+12")
    yield Page("leaderboard", carl, "/leaderboard")


def charts(app: Flask, days: int) -> Iterator[Page]:
    """Find the charts of so many days, as each role sees them."""
    for who, name in (("recruiter", "user1"), ("company", "carl"), ("platform", "pia")):
        yield Page(f"analytics of {days} days, {who}", browser(app, f"{name}@bench.test"), f"/analytics?days={days}")


def covered(app: Flask) -> int:
    """Return how many days of charts a portal has something to draw for, seven at least."""
    age = int(
        one(app, "SELECT extract(day FROM now() - min(proposed_at))::int FROM network.candidate_role_assignments")
    )
    return max([days for days in RANGES if days <= age], default=min(RANGES))


def compare(run: Scratch, size: Size, given: argparse.Namespace) -> list[str]:
    """Fill the portals, measure, and return the verdicts."""
    started = time.perf_counter()
    app, small = run.portal("whole", size), run.portal("tenth", size.tenth())
    young = run.portal("young", size.part(0.1))
    print(
        f"filled with {size.events:,} events and {size.proposals:,} proposals in {time.perf_counter() - started:.0f} s"
    )
    whole = [page.target() for page in pages(app, rare="7778")]
    tenth = [page.target() for page in pages(small, rare="778")]  # as many as have the others among ten times as many
    days = covered(young)
    long, short = ([page.target() for page in charts(portal, days)] for portal in (app, young))
    meter = Meter(run.postgres, [engine for portal in (app, small, young) for engine in engines(portal)])
    meter.run([*whole, *tenth, *long, *short], rounds=given.rounds, calls=given.calls)
    print(table([*whole, *long]), "\n")
    judged = [*_judge("ten times the data", whole, tenth), *_judge("ten times as old", long, short)]
    return [*judged, *_written(app), *_exported(app)]


def _judge(what: str, whole: list[Target], tenth: list[Target]) -> Iterator[str]:
    for big, little in zip(whole, tenth, strict=True):
        yield verdict(f"{what}, CPU: {big.name}", big.cpu / little.cpu, AT_MOST, at_most=True)
        if big.cpu > MILLISECONDS:
            yield verdict(f"milliseconds: {big.name}", big.cpu, MILLISECONDS, at_most=True)


def _written(app: Flask) -> Iterator[str]:
    """Insert events as the portal does, with their triggers, and seal them."""
    with app.app_context():
        now = database_now()
        candidate = db.session.execute(text("SELECT id FROM ats.candidates LIMIT 1")).scalar_one()
        rows = [{"id": new_id(now), "at": now, "candidate": candidate} for _ in range(WRITTEN)]
        inserting = time.perf_counter()
        db.session.execute(text(INSERT), rows)
        db.session.commit()
        sealing, actor, sealed = time.perf_counter(), system_actor(now), 0
        while count := chain.seal_pending(actor=actor):
            sealed += count
        done = time.perf_counter()
    yield f"inserted {WRITTEN / (sealing - inserting):,.0f} events a second, sealed {sealed / (done - sealing):,.0f}"


def _exported(app: Flask) -> Iterator[str]:
    """Export a part of the log, and look at what it takes of memory meanwhile."""
    with app.test_request_context():
        viewer = actor_by_email("pia@bench.test")
        if viewer is None:
            raise RuntimeError("the platform's admin is missing")
        memory = psutil.Process().memory_info().rss
        started, count = time.perf_counter(), 0
        for _ in EVENTS.export(replace(viewer, now=database_now()), Asked({})):
            if (count := count + 1) == EXPORTED:
                break
        seconds, grown = time.perf_counter() - started, (psutil.Process().memory_info().rss - memory) / 2**20
    yield f"exported {count / seconds:,.0f} events a second, with {grown:.0f} MB more"


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1.0)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--calls", type=int, default=10, help="calls of each target in a round; the server's CPU is told in 10 ms"
    )
    given = parser.parse_args()
    size = FULL.part(given.scale)
    with scratch() as run:
        print("\n".join(compare(run, size, given)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
