"""Load the demo: only into a database without people; after that, say again how to sign in."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, exists, select

from portal.demo.books import plan_books
from portal.demo.deals import plan_offers, plan_placements
from portal.demo.disputes import plan_disputes
from portal.demo.founding import open_accounts, plan_candidates, plan_jobs, plan_settings
from portal.demo.interviews import plan_interviews
from portal.demo.people import SIGN_IN_NOTES, SIGN_INS
from portal.demo.plan import BEGIN
from portal.demo.simulation import Simulation, settle
from portal.demo.terms import plan_terms
from portal.demo.world import PEOPLE_BY_KEY, World
from portal.extensions import db, reading
from portal.mailers import post
from portal.models import User
from portal.queries.identity import accounts
from portal.runtime.clock import simulated
from portal.services.log import chain, checkpoints
from portal.services.messages import notices
from portal.services.reputation import reputation

DOMAIN = "@demo.test"
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
READ_UNTIL = timedelta(days=2)
Plan = Callable[[Simulation, World], None]
PLANS: tuple[Plan, ...] = (
    plan_settings,
    plan_jobs,
    plan_terms,
    plan_candidates,
    plan_offers,
    plan_interviews,
    plan_placements,
    plan_books,
    plan_disputes,
)
UNFINISHED, PASSWORD = "demo-unfinished", "demo-password"
ACCOUNTS, ACCOUNTS_DAYS = "accounts", 5  # DEMO=accounts, for whoever starts anew often


@dataclass(frozen=True, slots=True)
class Loaded:
    """What to tell at the start; without a password the people here are not the demo's."""

    steps: int
    password: str | None


def load() -> Loaded:
    """Fill an empty database by running the services over eight months; otherwise only return the password again."""
    marker = _data_dir() / UNFINISHED
    somebody, strangers = _who_is_here()
    if marker.exists() and not strangers:
        _begin_again()
    elif somebody:
        return Loaded(0, _kept_password())
    marker.touch(mode=0o600)
    _set_aside_checkpoints()
    password = _new_password()
    with _without_mail_server(), _without_waiting_for_the_disk():
        steps = _simulate(password)
    marker.unlink()
    return Loaded(steps, password)


@contextmanager
def _without_mail_server() -> Iterator[None]:
    """Send the emails of the past to the local mailbox, never to a mail server."""
    server, current_app.config["MAIL_SERVER"] = current_app.config["MAIL_SERVER"], ""
    try:
        yield
    finally:
        current_app.config["MAIL_SERVER"] = server


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    """Have commits return before the disk has them: a demo that a crash cuts short is loaded again."""
    event.listen(db.engine, "connect", _hurry)
    db.engine.dispose()
    try:
        yield
    finally:
        event.remove(db.engine, "connect", _hurry)
        db.engine.dispose()


def _hurry(connection: Any, _record: object) -> None:
    connection.execute("SET synchronous_commit TO off")
    connection.commit()


def _simulate(password: str) -> int:
    """Run through eight months, up to now."""
    end = accounts.database_now()
    days, plans = _course()
    begin = end - timedelta(days=days)
    sim, world = Simulation(begin, end), World()
    sim.at(begin, lambda: open_accounts(world, password))
    for plan in plans:
        plan(sim, world)
    sim.at(end - READ_UNTIL, lambda: [notices.read_all(actor=world.actor(key)) for key in PEOPLE_BY_KEY])
    steps = sim.run()
    with simulated(end):
        for _ in reputation.recalculate_all(actor=post.system()):
            pass
        settle()
    chain.seal_pending(actor=post.system())
    return steps


def _course() -> tuple[int, tuple[Plan, ...]]:
    """Return how many days the demo lives through and what happens in them: with DEMO=accounts people only sign up."""
    return (ACCOUNTS_DAYS, ()) if os.environ.get("DEMO") == ACCOUNTS else (BEGIN, PLANS)


def _who_is_here() -> tuple[bool, bool]:
    """Return whether there are people, and whether any of them is not of the demo."""
    person = select(User.id).where(~User.is_system)
    query = select(exists(person), exists(person.where(~User.email.endswith(DOMAIN))))
    somebody, strangers = reading().execute(query).one()
    return somebody, strangers


def _begin_again() -> None:
    """Empty the database after a load that was interrupted: it holds nothing but a part of the demo."""
    downgrade(revision="base")
    upgrade()


def _data_dir() -> Path:
    path = Path(str(current_app.config["PORTAL_DATA_DIR"]))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _set_aside_checkpoints() -> None:
    """Move the seals of an earlier database aside; they say nothing about this one, which has none yet."""
    file = checkpoints.file()
    if file.exists():
        file.replace(file.with_suffix(".former.log"))


def _new_password() -> str:
    """Take DEMO_PASSWORD or make one up, and keep it for the next starts."""
    password = os.environ.get("DEMO_PASSWORD") or "-".join(
        "".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3)
    )
    file = _data_dir() / PASSWORD
    file.touch(mode=0o600)
    file.write_text(f"{password}\n")
    return password


def _kept_password() -> str | None:
    """Return the password of the load that filled this database, if one did."""
    file = _data_dir() / PASSWORD
    if not file.exists() or accounts.actor_by_email(PEOPLE_BY_KEY["rita"].email) is None:
        return None
    return file.read_text().strip()


def sign_ins(password: str) -> list[str]:
    """Return who can sign in, one line a person."""
    width = max(len(PEOPLE_BY_KEY[key].email) for key in SIGN_INS)
    lines = [f"  {PEOPLE_BY_KEY[key].email:<{width}}  {SIGN_IN_NOTES[key]}" for key in SIGN_INS]
    return ["Sign in as one of", *lines, f"with the password  {password}"]
