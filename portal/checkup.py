"""What `flask --app wsgi check` finds: every setting, and whether what it names answers; it needs no running portal."""

from __future__ import annotations

import os
import shutil
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import psycopg
from psycopg.rows import namedtuple_row
from redis import Redis
from redis.exceptions import RedisError

from portal import config
from portal.config.settings import PRODUCTION, SETTINGS, Setting
from portal.connections import breaker
from portal.queries.admin.health import LEAST_FREE
from portal.runtime import vault
from portal.services.log import checkpoints
from portal.services.machinery import stamps

GOOD, NOTE, BAD = "ok", "note", "BAD"
OLDEST_POSTGRES = 15
WAIT_SECONDS = 5
CLOCKS_APART = 2.0  # seconds; emails and countdowns go by the database's clock, certificates by this machine's
MONTHS = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'network.marketplace_events'::regclass"
# A search of the whole log locks each month and its eleven indexes; as many as this at once must find room.
SEARCHES = 16
ROOM_FOR_MONTHS = f"""
    SELECT current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int / {12 * SEARCHES}
"""
HEAD = Path(__file__).parent.parent / "migrations" / ".head"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line: about which variable, how it is, and what to do."""

    name: str
    state: str
    said: str


def findings(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at every setting, then at what the right ones name."""
    values, problems = config.read(environ)
    for setting in SETTINGS:
        if setting.name in problems:
            yield Finding(setting.name, BAD, problems[setting.name])
        else:
            yield Finding(setting.name, GOOD, _shown(setting, values))
    own = {setting.name for setting in SETTINGS}
    yield from (Finding(name, BAD, said) for name, said in problems.items() if name not in own)
    for probe, read in PROBES.items():
        if read.isdisjoint(problems):
            yield from probe(values)


def _shown(setting: Setting, values: Mapping[str, Any]) -> str:
    value = values[setting.key or setting.name]
    if value in ("", None, ()) or value == setting.empty:
        return "not set"
    if setting.secret:
        return "set"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _directories(values: Mapping[str, Any]) -> Iterator[Finding]:
    for name in ("PORTAL_DATA_DIR", "EVENT_CHECKPOINT_DIR"):
        if not values[name]:
            continue
        found = Path(values[name])
        nearest = next(path for path in (found, *found.parents) if path.exists())
        if not os.access(nearest, os.W_OK | os.X_OK):
            yield Finding(name, BAD, f"{nearest} cannot be written to by this user; change its owner.")
        elif shutil.disk_usage(nearest).free < LEAST_FREE:
            yield Finding(name, BAD, f"The disk with {nearest} is full; make room.")


def _database(values: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        with psycopg.connect(_address(values), connect_timeout=WAIT_SECONDS, autocommit=True) as connection:
            yield from _in_database(connection)
            if values.get("DATABASE_POOLER"):
                yield from _behind_pooler(connection)
    except psycopg.Error as error:
        advice = "Start it, or correct the address, user or password in DATABASE_URL."
        yield Finding("DATABASE_URL", BAD, f"PostgreSQL does not respond: {_one_line(error)}. {advice}")


def _replica(values: Mapping[str, Any]) -> Iterator[Finding]:
    if not (address := values["DATABASE_REPLICA_URL"]):
        return
    try:
        with psycopg.connect(_plain(address), connect_timeout=WAIT_SECONDS) as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    except psycopg.Error as error:
        advice = "Until it does, pages are read from the primary. Start it, or correct DATABASE_REPLICA_URL."
        yield Finding("DATABASE_REPLICA_URL", BAD, f"The replica does not respond: {_one_line(error)}. {advice}")
        return
    if not (row and row[0]):
        advice = "set it to a server that streams from the one in DATABASE_URL, or leave it unset"
        yield Finding("DATABASE_REPLICA_URL", BAD, f"This is not a replica: {advice}.")


def _address(values: Mapping[str, Any]) -> str:
    return _plain(values["SQLALCHEMY_DATABASE_URI"])


def _plain(address: object) -> str:
    """Return an address without the driver's name."""
    return str(address).replace("postgresql+psycopg://", "postgresql://", 1)


def _in_database(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    def ask(question: str) -> Any:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None

    version = connection.info.server_version // 10_000
    if version < OLDEST_POSTGRES:
        yield Finding(
            "DATABASE_URL", BAD, f"This is PostgreSQL {version}; the portal needs {OLDEST_POSTGRES} or later."
        )
    apart = abs(float(ask("SELECT extract(epoch FROM clock_timestamp())")) - time.time())
    if apart > CLOCKS_APART:
        yield Finding("DATABASE_URL", BAD, f"Its clock and this machine's are {apart:.0f} s apart; keep both in sync.")
    known = {row[0] for row in connection.execute("SELECT name FROM pg_timezone_names")}
    if unknown := {zone for zone in available_timezones() - known if "/" in zone}:
        listed = f"{len(unknown)} time zones that Python knows, such as {min(unknown)}"
        yield Finding("DATABASE_URL", NOTE, f"PostgreSQL does not know {listed}; update its time zone data.")
    if ask("SELECT to_regclass('public.alembic_version')") is None:
        yield Finding("DATABASE_URL", BAD, "It has no tables yet: run `flask --app wsgi db upgrade`.")
        return
    if (at := ask("SELECT version_num FROM public.alembic_version")) != (head := HEAD.read_text().strip()):
        yield Finding(
            "DATABASE_URL", BAD, f"Its tables are at migration {at}, not {head}: run `flask --app wsgi db upgrade`."
        )
    else:
        yield from _months(ask)
    if ask("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool"):
        yield Finding("DATABASE_URL", BAD, "It does not accept writes: it is a replica, or set to read-only.")


def _months(ask: Callable[[str], Any]) -> Iterator[Finding]:
    """Look whether each event has its month, and whether one statement may lock them all."""
    if ask("SELECT EXISTS (SELECT FROM network.marketplace_events_later)"):
        advice = "run `flask --app wsgi events months`, and check that the ticker is running and the clock is right"
        yield Finding("DATABASE_URL", BAD, f"Some events are outside the log's months: {advice}.")
    count, room = ask(MONTHS), ask(ROOM_FOR_MONTHS)
    if count > room:
        advice = "raise max_locks_per_transaction in PostgreSQL, or archive old months (docs/operations/backup.md)"
        yield Finding(
            "DATABASE_URL", NOTE, f"The log has {count} months, but PostgreSQL has locks for only {room}: {advice}."
        )


def _behind_pooler(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Look whether the role has what the portal cannot ask a pooler for."""
    for name, wanted in config.SESSION.items():
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        if row and row[0] != wanted:
            advice = f"run `ALTER ROLE portal SET {name} = '{wanted}'` with your role's name, then reconnect the pooler"
            yield Finding("DATABASE_POOLER", BAD, f"Connections start with {name} = {row[0]}: {advice}.")


def _payees(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether the keys open the bank details that are kept; what PostgreSQL does not answer is told above."""
    keys = values["PAYEE_KEYS"]
    try:
        with psycopg.connect(_address(values), connect_timeout=WAIT_SECONDS, autocommit=True) as connection:
            sealed = [row[0] for row in connection.execute("SELECT sealed FROM billing.payees")]
    except psycopg.Error:
        return
    lost = [one for one in sealed if not any(vault.opens(key, one) for key in keys)]
    if lost:
        advice = "add the key that encrypted them after the first one"
        yield Finding("PAYEE_KEYS", BAD, f"None of the keys can decrypt {len(lost):,} of the bank details; {advice}.")
    elif earlier := [one for one in sealed if not vault.opens(keys[0], one)]:
        advice = "run `flask --app wsgi payees reseal` before you remove the others"
        yield Finding("PAYEE_KEYS", NOTE, f"{len(earlier):,} bank details need one of the later keys; {advice}.")


# Each key's newest checkpoint: a new portal has none.
SIGNED = """
    SELECT DISTINCT ON (key_number) number, kind, hash, at, key_number, previous, mac
    FROM network.event_checkpoints ORDER BY key_number DESC, id DESC
"""


def _seals(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Look whether the keys are those that signed the checkpoints: what a wrong one seals will not verify."""
    try:
        with psycopg.connect(_address(values), connect_timeout=WAIT_SECONDS, row_factory=namedtuple_row) as connection:
            marks = [checkpoints.of_row(row) for row in connection.execute(SIGNED)]
    except psycopg.Error:
        return  # is told above
    keys = {key.number: key for key in stamps.listed(values["EVENT_SEAL_KEYS"])}
    for mark in marks:
        if mark.key not in keys:
            advice = "add it after the newer keys: without it, what it sealed cannot be verified"
            yield Finding("EVENT_SEAL_KEYS", BAD, f"Key {mark.key} sealed a part of the event log; {advice}.")
        elif not mark.is_signed_with(keys[mark.key]):
            advice = f"put back the key that had number {mark.key}, and give a new key a higher number"
            yield Finding("EVENT_SEAL_KEYS", BAD, f"Key {mark.key} did not sign checkpoint {mark.number:,}; {advice}.")


def _redis(values: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        with Redis.from_url(
            values["REDIS_URL"], socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS
        ) as client:
            breaker.try_out(client)
    except (RedisError, OSError) as error:
        advice = "Pages work without it, but more slowly, and emails wait for the next sweep."
        yield Finding("REDIS_URL", BAD, f"It does not work: {_one_line(error)}. {advice}")


def _mail(values: Mapping[str, Any]) -> Iterator[Finding]:
    if not values["MAIL_SERVER"]:
        yield Finding("MAIL_SERVER", NOTE, "Emails stay in the local mailbox and reach no one.")
        return
    trust = ssl.create_default_context()  # as when emails are sent: no one else learns the password
    kind = partial(smtplib.SMTP_SSL, context=trust) if values.get("MAIL_USE_SSL") else smtplib.SMTP
    try:
        with kind(values["MAIL_SERVER"], values.get("MAIL_PORT", 25), timeout=WAIT_SECONDS) as server:
            if values.get("MAIL_USE_TLS"):
                server.starttls(context=trust)
            if values.get("MAIL_USERNAME"):
                server.login(values["MAIL_USERNAME"], values.get("MAIL_PASSWORD") or "")
    except (smtplib.SMTPException, OSError) as error:
        advice = "Check MAIL_SERVER, MAIL_PORT, MAIL_USE_TLS, MAIL_USE_SSL, MAIL_USERNAME and MAIL_PASSWORD."
        yield Finding("MAIL_SERVER", BAD, f"It does not accept email from here: {_one_line(error)}. {advice}")


def _scanner(values: Mapping[str, Any]) -> Iterator[Finding]:
    if not values["SCAN_COMMAND"]:
        yield Finding("SCAN_COMMAND", NOTE, "Attachments are not scanned for viruses; attachment lists say so.")
    elif shutil.which(values["SCAN_COMMAND"][0]) is None:
        advice = "Until it is installed, nothing can be attached; install the scanner, or correct the command."
        yield Finding("SCAN_COMMAND", BAD, f"{values['SCAN_COMMAND'][0]} is not installed. {advice}")


def _hosts(values: Mapping[str, Any]) -> Iterator[Finding]:
    if values.get("ENV_NAME") == PRODUCTION and not values["TRUSTED_HOSTS"]:
        yield Finding("TRUSTED_HOSTS", NOTE, "Requests for any host name are answered; set the host of PUBLIC_URL.")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


# Each with the settings that it reads: it runs when all of them are right.
PROBES: dict[Callable[[Mapping[str, Any]], Iterator[Finding]], frozenset[str]] = {
    _directories: frozenset({"PORTAL_DATA_DIR", "EVENT_CHECKPOINT_DIR"}),
    _database: frozenset({"DATABASE_URL"}),
    _replica: frozenset({"DATABASE_REPLICA_URL"}),
    _seals: frozenset({"EVENT_SEAL_KEYS", "DATABASE_URL"}),
    _payees: frozenset({"PAYEE_KEYS", "DATABASE_URL"}),
    _redis: frozenset({"REDIS_URL"}),
    _mail: frozenset({"MAIL_SERVER", "MAIL_PORT", "MAIL_USE_TLS", "MAIL_USE_SSL", "MAIL_USERNAME", "MAIL_PASSWORD"}),
    _hosts: frozenset({"TRUSTED_HOSTS"}),
    _scanner: frozenset({"SCAN_COMMAND"}),
}
