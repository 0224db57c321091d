"""`make bench-api`: endpoints 18, 22, 14 and 26 beside a bare Flask route that returns the same bytes from memory.

Quick look: `python -m bench.api --scale 0.1`. The ratios are what counts: both sides are called in turn, on one machine.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial

from flask import Flask

from bench.fill import Size
from bench.harness import Meter, Target, table, verdict
from bench.scratch import Scratch, engines, one, scratch
from portal.api import limits
from portal.queries.identity.accounts import actor_by_email
from portal.services.identity import access_tokens

COMPANY = "(SELECT organisation_id FROM identity.memberships WHERE role = 'company_admin')"
PROPOSAL = f"SELECT id FROM network.candidate_role_assignments WHERE company_id = {COMPANY} AND state = 'company_reviewing' LIMIT 1"
PLACEMENT = f"SELECT id FROM ats.placements WHERE company_id = {COMPANY} AND state = 'active' LIMIT 1"
BUSIEST_JOB = (
    f"SELECT job_id FROM network.candidate_role_assignments WHERE company_id = {COMPANY}"
    " GROUP BY job_id ORDER BY count(*) DESC LIMIT 1"
)
MOST_QUERIES = 4


def token(app: Flask, email: str) -> str:
    """Issue a token for a person of the marketplace."""
    with app.app_context():
        actor = actor_by_email(email)
        if actor is None:
            raise RuntimeError(f"{email} is missing")
        return access_tokens.issue(actor=actor, name="benchmark", scope="read", days=1).token


def endpoints(app: Flask) -> list[Target]:
    """Make the targets of the four endpoints; a company admin calls."""
    client, headers = app.test_client(), {"Authorization": f"Bearer {token(app, 'carl@bench.test')}"}
    addresses = {
        "18 proposal": f"/api/proposals/{one(app, PROPOSAL)}",
        "22 proposals of a job (50)": f"/api/jobs/{one(app, BUSIEST_JOB)}/proposals",
        "14 collaborators": f"/api/placements/{one(app, PLACEMENT)}/collaborators",
        "26 leaderboard (10)": "/api/reputation/leaderboard",
    }

    def target(name: str, url: str) -> Target:
        def call() -> bytes:
            answer = client.get(url, headers=headers)
            if answer.status_code != 200:
                raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:300]}")
            body: bytes = answer.data
            return body

        return Target(name, call)

    return [target(name, url) for name, url in addresses.items()]


def bare(targets: list[Target]) -> list[Target]:
    """Make a route for each target that returns the same bytes from memory."""
    app = Flask("bare")
    made = []
    for number, target in enumerate(targets):
        body = target.call()

        def view(body: bytes = body) -> tuple[bytes, dict[str, str]]:
            return body, {"Content-Type": "application/json"}

        app.add_url_rule(f"/{number}", f"route{number}", view)
    client = app.test_client()

    def read(url: str) -> bytes:
        body: bytes = client.get(url).data
        return body

    for number, target in enumerate(targets):
        made.append(Target(f"{target.name}, bare", partial(read, f"/{number}")))
    return made


def compare(run: Scratch, size: Size, rounds: int, calls: int) -> None:
    """Measure and print."""
    limits.SIGNED_IN = replace(limits.SIGNED_IN, most=10**9)  # requests are counted, as in earnest, and none is refused
    app = run.portal("whole", size)
    whole = endpoints(app)
    floors = bare(whole)
    pairs = [target for pair in zip(whole, floors, strict=True) for target in pair]
    Meter(run.postgres, engines(app)).run(pairs, rounds=rounds, calls=calls)
    print(table(pairs), "\n")
    for target, floor in zip(whole, floors, strict=True):
        ratio = target.per_second / floor.per_second
        print(f"{target.name}: {target.per_second:.0f} requests/s, {ratio:.2f} of the bare route")
    print("\n" + verdict("queries of an endpoint, most", max(t.queries for t in whole), MOST_QUERIES, at_most=True))


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1.0)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=50, help="calls of each target in a round")
    given = parser.parse_args()
    size = Size(events=10_000).part(given.scale)
    print(f"Filling a scratch database: {size}", flush=True)
    with scratch() as run:
        compare(run, size, given.rounds, given.calls)
    return 0


if __name__ == "__main__":
    sys.exit(main())
