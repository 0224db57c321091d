"""`make bench-mails`: the emails that one worker hands over in a second of CPU, beside a bare loop that only sends.

A worker has to send 150. The floor writes the same messages with the standard library and sends them over one
connection, without a database: nothing of it would survive a crash.
"""

from __future__ import annotations

import argparse
import smtplib
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import text

from bench.fill import Size
from bench.harness import Meter, verdict
from bench.scratch import Scratch, engines, scratch
from bench.served import wait_until_served
from portal.domain.events import CandidateSourced
from portal.domain.ids import new_id
from portal.extensions import db
from portal.mailers import post
from portal.queries.identity.accounts import actor_by_email
from portal.services.machinery.unit_of_work import unit_of_work

AT_LEAST, MAILS, ROUNDS, RECRUITERS = 150, 400, 5, 50
SAID = "SELECT to_address, subject, body_text, body_html FROM notifications.deliveries LIMIT :n"
SIZE = Size(candidates=1_000, jobs=10, proposals=0, placements=0, events=0)


@contextmanager
def mail_server(app: Flask, port: int) -> Iterator[None]:
    """Run a mail server that takes everything at once, and let the portal send to it."""
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    server = subprocess.Popen(command)
    app.config |= {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port}
    app.extensions["mail"].server, app.extensions["mail"].port = "127.0.0.1", port
    try:
        wait_until_served(port, server)
        yield
    finally:
        server.terminate()
        server.wait()


def happen(count: int) -> None:
    """Let things happen that are worth an email each, to many people, and write these emails."""
    ids = _asked("SELECT id FROM ats.candidates ORDER BY id LIMIT :n", count)
    for number in range(RECRUITERS):
        actor = actor_by_email(f"user{1 + number}@bench.test")
        if actor is None or actor.recruiter_id is None:
            raise RuntimeError("the recruiters are missing")
        with unit_of_work(actor) as uow:
            for candidate_id in ids[number::RECRUITERS]:
                uow.record(
                    CandidateSourced(
                        candidate_id=candidate_id[0],
                        recruiter_id=actor.recruiter_id,
                        claim_id=new_id(uow.now),
                        source_method="linkedin",
                        protection_expires_at=uow.now.replace(year=uow.now.year + 1),
                    )
                )
    post.relay()


def _asked(query: str, count: int) -> list[tuple[Any, ...]]:
    with db.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query), {"n": count})]


def _drain(count: int) -> None:
    drained = post.drain(budget=600)
    if drained.sent != count:
        raise RuntimeError(f"{drained.sent} of {count} emails were sent")


def _bare(port: int, rows: list[tuple[Any, ...]]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as host:
        for address, subject, body, html in rows:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "portal@bench.test", address, subject
            message.set_content(body)
            message.add_alternative(html, subtype="html")
            host.send_message(message)


def compare(run: Scratch, port: int, rounds: int) -> Iterator[str]:
    """Let emails come up, hand them over and measure, in rounds."""
    app = run.portal("mails", SIZE)
    meter = Meter(run.postgres, engines(app))
    figures: dict[str, list[tuple[float, float, float]]] = {"worker": [], "floor": []}
    with app.app_context(), mail_server(app, port):
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE network.platform_settings SET mails_per_hour = 100000"))
            connection.execute(
                text("UPDATE identity.users SET password_hash = '-' WHERE email LIKE 'user%'")
            )  # they came
        for number in range(rounds + 1):
            happen(MAILS)
            worker = meter.spent(partial(_drain, MAILS))
            rows = _asked(SAID, MAILS)
            floor = meter.spent(partial(_bare, port, rows))
            if number:  # the first one warms up
                figures["worker"].append(worker)
                figures["floor"].append(floor)
    yield from _judge(figures)


def _judge(figures: dict[str, list[tuple[float, float, float]]]) -> Iterator[str]:
    median = {
        name: [statistics.median(column) / MAILS for column in zip(*rows, strict=True)]
        for name, rows in figures.items()
    }
    for name, (own, backend, wall) in median.items():
        rate = 1 / (own + backend)
        yield f"{name}: {own * 1000:.2f} + {backend * 1000:.2f} ms of CPU an email, {rate:.0f} a second of CPU, {1 / wall:.0f} by the clock"
    (own, backend, _), floor = median["worker"], median["floor"][0]
    yield verdict("emails a worker hands over in a second of CPU", 1 / (own + backend), AT_LEAST, at_most=False)
    yield f"CPU of an email beside the floor: {(own + backend) / floor:.1f} times"


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8025)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    with scratch() as run:
        print("\n".join(compare(run, given.port, given.rounds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
