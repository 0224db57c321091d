"""`make bench`: the pages and the accept beside the floors of the same run, and the batch that times proposals out.

Quick look: `python -m bench.pages --scale 0.1`. The targets are those of the issue that built the pages; a MISS is
printed, not hidden, and no test asserts a time.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from bench import batch
from bench.fill import Size
from bench.floors import minimal
from bench.harness import Meter, Target, table, verdict
from bench.scratch import Scratch, engines, one, scratch, sign_in

DEEPEST = "SELECT id FROM network.marketplace_events ORDER BY id LIMIT 1 OFFSET 60"
OPEN = (
    "SELECT string_agg(id::text, ' ') FROM (SELECT id FROM network.candidate_role_assignments"
    " WHERE state IN ('proposed', 'company_reviewing') ORDER BY id LIMIT 6000) p"
)
MINE = "ats.{} WHERE {} = (SELECT r.id FROM network.recruiters r JOIN identity.users u ON u.id = r.user_id"


@dataclass(frozen=True, slots=True)
class Browser:
    """Send the same cookie with every request, so that nothing piles up in it; `csrf` fits the cookie."""

    client: FlaskClient
    csrf: str

    def post(self, url: str) -> TestResponse:
        """Send a form with nothing but its token."""
        return self.client.post(url, data={"csrf_token": self.csrf, "notes": ""})


def browser(app: Flask, email: str, *, of: Flask | None = None) -> Browser:
    """Sign in; `of` is the app to call with the same cookie, if it is another."""
    with app.test_request_context():
        csrf = generate_csrf()
        session["_user_id"], session["_fresh"] = sign_in(app, email), True
        signer = app.session_interface.get_signing_serializer(app)
        cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(dict(session))}"
    client = (of or app).test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = cookie
    return Browser(client, csrf)


def getter(client: FlaskClient, url: str) -> Target:
    """Make a target of a page; it must answer 200."""

    def call() -> bytes:
        answer = client.get(url)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
        return answer.data

    return Target(url, call)


def named(target: Target, name: str) -> Target:
    """Name a target for the table."""
    return replace(target, name=name)


def pages(app: Flask) -> list[Target]:
    """Make the targets of a portal's pages."""
    rita, carl, pia = (browser(app, f"{who}@bench.test").client for who in ("user1", "carl", "pia"))
    who = " AND u.email = 'user1@bench.test') ORDER BY id DESC LIMIT 1"
    candidate = one(app, "SELECT id FROM " + MINE.format("candidates", "created_by_recruiter_id") + who)
    acme = "(SELECT organisation_id FROM identity.memberships WHERE role = 'company_admin')"
    proposal = one(
        app,
        f"SELECT id FROM network.candidate_role_assignments WHERE company_id = {acme} AND state = 'company_reviewing' LIMIT 1",
    )
    placement = one(app, f"SELECT id FROM ats.placements WHERE company_id = {acme} AND state = 'active' LIMIT 1")
    return [
        named(getter(rita, "/candidates"), "candidate list (50)"),
        named(getter(rita, f"/candidates/{candidate}"), "candidate"),
        named(getter(carl, "/proposals"), "proposals inbox"),
        named(getter(carl, f"/proposals/{proposal}"), "proposal"),
        named(getter(carl, f"/placements/{placement}"), "placement"),
        named(getter(pia, "/admin/events"), "event log, first page"),
        named(getter(pia, f"/admin/events?before={one(app, DEEPEST)}"), "event log, last page"),
    ]


def accepts(app: Flask, floor: Flask) -> list[Target]:
    """Make the two accepts, by the same person; each call takes the next open proposal."""
    ids = iter(one(app, OPEN).split())
    pia, bare = browser(app, "pia@bench.test"), browser(app, "pia@bench.test", of=floor)

    def accept(who: Browser, path: str) -> bytes:
        answer = who.post(path.format(next(ids)))
        if answer.status_code != 303:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.data

    return [
        Target("accept", lambda: accept(pia, "/proposals/{}/accept")),
        Target("accept, minimal", lambda: accept(bare, "/accept/{}")),
    ]


def compare(run: Scratch, size: Size, rounds: int, calls: int) -> None:
    """Measure and print."""
    app, small = run.portal("whole", size), run.portal("tenth", size.tenth())
    floor = minimal(app)
    bare = floor.test_client()
    floors = [
        named(getter(bare, "/empty"), "empty Flask answer"),
        named(getter(bare, "/candidates"), "minimal list (50)"),
    ]
    whole, tenth, posts = pages(app), pages(small), accepts(app, floor)
    meter = Meter(run.postgres, [*engines(app), *engines(small), *engines(floor)])
    meter.run([*floors, *whole, *tenth, *posts], rounds=rounds, calls=calls)
    print(table([*floors, *whole, *posts]), "\n")
    print("\n".join(judge(floors, whole, tenth, posts)), "\n")
    print("\n".join(batch.compare(app, overdue=2 * size.proposals)))


def judge(floors: list[Target], whole: list[Target], tenth: list[Target], posts: list[Target]) -> list[str]:
    """Compare the figures with the targets."""
    listing, first, last = whole[0], whole[5], whole[6]
    lines = [
        verdict(
            "list of 50 beside the minimal route, rate", listing.per_second / floors[1].per_second, 0.8, at_most=False
        ),
        verdict("accept beside a minimal accept, CPU", posts[0].cpu / posts[1].cpu, 1.6, at_most=True),
        verdict("event log, last page beside first, CPU", last.cpu / first.cpu, 1.2, at_most=True),
        verdict("queries of the list", listing.queries, 5, at_most=True),
        verdict("queries of a detail, most", max(t.queries for t in (whole[1], whole[3], whole[4])), 6, at_most=True),
        verdict("queries of an accept", posts[0].queries, 6, at_most=True),
    ]
    for t in (listing, whole[2], first, last):
        lines.append(verdict(f"kilobytes, {t.name}", t.size / 1024, 32, at_most=True))
        lines.append(verdict(f"kilobytes gzipped, {t.name}", t.zipped / 1024, 5, at_most=True))
    return lines + [
        verdict(f"ten times the data, CPU: {big.name}", big.cpu / small.cpu, 1.4, at_most=True)
        for big, small in zip(whole, tenth, strict=True)
    ]


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1.0)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=30, help="calls of each target in a round")
    given = parser.parse_args()
    size = Size(*(max(100, int(n * given.scale)) for n in Size().__dict__.values()))
    print(f"Filling a scratch database: {size}", flush=True)
    with scratch() as run:
        compare(run, size, given.rounds, given.calls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
