"""`make bench`: the pages and the accept beside the floors of the same run, and the batch that times proposals out.

Quick looks: `python -m bench.pages --scale 0.1`, and with `--reading` without the accepts and the batch. A MISS is
printed, not hidden, and no test asserts a time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from bench import batch, served
from bench.fill import Size
from bench.floors import Facts, minimal, written
from bench.harness import Meter, Target, counted, looked_up, table, verdict
from bench.scratch import NOWHERE, Scratch, engines, one, scratch, sign_in

DEEPEST = "SELECT id FROM network.marketplace_events ORDER BY id LIMIT 1 OFFSET 60"
OPEN = (
    "SELECT string_agg(id::text, ' ') FROM (SELECT id FROM network.candidate_role_assignments"
    " WHERE state IN ('proposed', 'company_reviewing') ORDER BY id LIMIT 6000) p"
)
ITS_RECRUITER = "SELECT r.id FROM network.recruiters r JOIN identity.users u ON u.id = r.user_id WHERE u.email = '{}'"
MINE = f"SELECT id FROM ats.candidates WHERE created_by_recruiter_id = ({ITS_RECRUITER}) ORDER BY id DESC LIMIT 1"


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
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signer is not None
        cookie = f"{app.config['SESSION_COOKIE_NAME']}={signer.dumps(dict(session))}"
    client = (of or app).test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = cookie
    return Browser(client, csrf)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, who asks for it, and what a script says with it."""

    name: str
    browser: Browser
    path: str
    headers: tuple[tuple[str, str], ...] = ()

    def target(self) -> Target:
        """Make its target; it must answer 200."""
        return getter(self.browser.client, self.path, self.name, self.headers)

    def floor(self, app: Flask) -> Target:
        """Make the target of its floor, asked by the same person with the same cookie."""
        client = app.test_client(use_cookies=False)
        client.environ_base["HTTP_COOKIE"] = self.browser.client.environ_base["HTTP_COOKIE"]
        return getter(client, f"/facts/{quote(self.name)}", f"{self.name}, floor")


def getter(client: FlaskClient, url: str, name: str, headers: tuple[tuple[str, str], ...] = ()) -> Target:
    """Make a target of an address that must answer with a page, or that nothing changed."""

    def call() -> bytes:
        answer = client.get(url, headers=headers)
        if answer.status_code not in {200, 204}:
            raise RuntimeError(f"{url} answered {answer.status_code}. {NOWHERE.error}")
        body: bytes = answer.data
        return body

    return Target(name, call)


LIST, INBOX = "candidate list (50)", "proposals inbox"
FIRST_TRY = "minimal list (50), own rows only"
DETAILS = ("candidate", "proposal", "placement", "job", "recruiter", "work queue")
FIRST, LAST = "event log, first page", "event log, last page"
OF_LIST, OF_FLOOR = 0.9, 0.6  # parts of a floor's rate
MOST_QUERIES = 5
# Kilobytes, packed. Of each page 1.3 are the frame and 1.2 the ids of fifty rows, which do not pack. The inbox shows a
# whole proposal beside its list; a line of the log is a sentence with a name, a number and a time.
MOST_PACKED = {LIST: 5, INBOX: 6.5, FIRST: 6, LAST: 6}
FAR = 10**14  # milliseconds; in the future means now
ASKING, OPEN_PAGES, EVERY_SECONDS = "is there a change?", 200, 12  # EVERY of live.js
BY_ITSELF = (("HX-Request", "true"), ("X-By-Itself", "1"))  # as live.js asks, for a part: no frame is counted


def pages(app: Flask) -> list[Page]:
    """Find the pages of a portal that are measured."""
    rita, carl, pia = (browser(app, f"{who}@bench.test") for who in ("user1", "carl", "pia"))
    candidate = one(app, MINE.format("user1@bench.test"))
    acme = "(SELECT organisation_id FROM identity.memberships WHERE role = 'company_admin')"
    proposal = one(
        app,
        f"SELECT id FROM network.candidate_role_assignments WHERE company_id = {acme} AND state = 'company_reviewing' LIMIT 1",
    )
    placement = one(app, f"SELECT id FROM ats.placements WHERE company_id = {acme} AND state = 'active' LIMIT 1")
    job = one(app, f"SELECT id FROM ats.jobs WHERE company_id = {acme} AND status = 'active' ORDER BY id LIMIT 1")
    recruiter = one(app, ITS_RECRUITER.format("user1@bench.test"))  # a tenth of whose past fills the page, too
    return [
        Page(LIST, rita, "/candidates"),
        Page("candidate", rita, f"/candidates/{candidate}"),
        Page(INBOX, carl, "/proposals"),
        Page("proposal", carl, f"/proposals/{proposal}"),
        Page("placement", carl, f"/placements/{placement}"),
        Page("job", carl, f"/jobs/{job}"),
        Page("recruiter", pia, f"/recruiters/{recruiter}"),
        Page("work queue", rita, "/"),
        Page(FIRST, pia, "/admin/events"),
        Page(ASKING, carl, f"/changes?since={FAR}&placement={placement}", BY_ITSELF),
        Page(LAST, pia, f"/admin/events?before={one(app, DEEPEST)}"),
    ]


def read_by(app: Flask, found: list[Page]) -> dict[str, Facts]:
    """Note what the detail pages and the inbox read once they are warm: session, frame and facts."""
    read = {}
    for page in found:
        target = page.target()
        target.call()
        with counted(engines(app)) as statements, looked_up(app.extensions["redis_client"]) as keys:
            target.call()
        read[page.name] = Facts(statements, keys)
    return read


def accepts(app: Flask, floor: Flask) -> list[Target]:
    """Make the two accepts, by the same person; each call takes the next open proposal."""
    ids = iter(one(app, OPEN).split())
    pia, bare = browser(app, "pia@bench.test"), browser(app, "pia@bench.test", of=floor)

    def accept(who: Browser, path: str) -> bytes:
        answer = who.post(path.format(next(ids)))
        if answer.status_code != 303:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
        body: bytes = answer.data
        return body

    return [
        Target("accept", lambda: accept(pia, "/proposals/{}/accept")),
        Target("accept, minimal", lambda: accept(bare, "/accept/{}")),
    ]


def compare(run: Scratch, size: Size, given: argparse.Namespace) -> None:
    """Measure and print."""
    app, small = run.portal("whole", size), run.portal("tenth", size.tenth())
    found = pages(app)
    read = read_by(app, found)
    floor = minimal(app.config, read)
    bare = floor.test_client()
    floors = {
        "empty": getter(bare, "/empty", "empty Flask answer"),
        FIRST_TRY: getter(bare, "/candidates", FIRST_TRY),
        **{page.name: page.floor(floor) for page in found if page.name in (LIST, INBOX, *DETAILS)},
    }
    whole = {page.name: page.target() for page in found}
    tenth = {page.name: page.target() for page in pages(small)}
    posts = [] if given.reading else accepts(app, floor)
    meter = Meter(run.postgres, [*engines(app), *engines(small), *engines(floor)])
    meter.run([*floors.values(), *whole.values(), *tenth.values(), *posts], rounds=given.rounds, calls=given.calls)
    print(table([*floors.values(), *whole.values(), *posts]), "\n")
    print("\n".join(judge(floors, whole, tenth, posts)), "\n")
    print("\n".join(through_gunicorn(app, found, read, given.seconds)), "\n")
    if not given.reading:
        print("\n".join(batch.compare(app, overdue=2 * size.proposals)))


def judge(
    floors: dict[str, Target], whole: dict[str, Target], tenth: dict[str, Target], posts: list[Target]
) -> list[str]:
    """Compare the figures with the targets."""

    def rate(name: str, beside: str) -> float:
        return whole[name].per_second / floors[beside].per_second

    def share(name: str, bound: float) -> str:
        return verdict(f"{name} beside its floor, rate", rate(name, name), bound, at_most=False)

    lines = [share(LIST, OF_LIST), *(share(name, OF_FLOOR) for name in (INBOX, *DETAILS))]
    lines.append(f"     {LIST} beside the {FIRST_TRY}, rate: {rate(LIST, FIRST_TRY):.2f} (no target)")
    lines += [verdict(f"queries, {t.name}", t.queries, MOST_QUERIES, at_most=True) for t in whole.values()]
    for name, most in MOST_PACKED.items():
        lines.append(verdict(f"kilobytes, {name}", whole[name].size / 1024, 32, at_most=True))
        lines.append(verdict(f"kilobytes gzipped, {name}", whole[name].zipped / 1024, most, at_most=True))
    lines += [
        verdict(f"ten times the data, CPU: {name}", big.cpu / tenth[name].cpu, 1.4, at_most=True)
        for name, big in whole.items()
    ]
    lines.append(
        verdict("event log, last page beside first, CPU", whole[LAST].cpu / whole[FIRST].cpu, 1.2, at_most=True)
    )
    core = OPEN_PAGES / EVERY_SECONDS * whole[ASKING].cpu / 10
    lines.append(verdict(f"percent of a core, {OPEN_PAGES} open pages", core, 5, at_most=True))
    if posts:
        lines.append(verdict("accept beside a minimal accept, CPU", posts[0].cpu / posts[1].cpu, 1.6, at_most=True))
        lines.append(verdict("queries of an accept", posts[0].queries, 6, at_most=True))
    return lines


def through_gunicorn(app: Flask, found: list[Page], read: dict[str, Facts], seconds: float) -> list[str]:
    """Measure the same pages as they are served."""
    asked = [
        served.Asked(page.name, page.path, page.browser.client.environ_base["HTTP_COOKIE"], OF_FLOOR)
        for page in found
        if page.name in (LIST, INBOX, *DETAILS)
    ]
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        environment = {
            "DATABASE_URL": str(app.config["SQLALCHEMY_DATABASE_URI"]),
            "REDIS_URL": str(app.config["REDIS_URL"]),
            "SECRET_KEY": str(app.config["SECRET_KEY"]),
            "PORTAL_ENV": "development",
            **written(file.name, app.config, read),
        }
        return served.compare(asked, environment, seconds)


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1.0)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=30, help="calls of each target in a round")
    parser.add_argument("--seconds", type=float, default=5, help="of each page through gunicorn")
    parser.add_argument("--reading", action="store_true", help="measure no accepts and no batch")
    given = parser.parse_args()
    size = Size().part(given.scale)
    print(f"Filling a scratch database: {size}", flush=True)
    with scratch() as run:
        compare(run, size, given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
