"""Settings from the environment; what is wrong is refused at start, by the variable's name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from portal.config import readers
from portal.config.settings import DEVELOPMENT, NOT_ALONE, PRODUCTION, SETTINGS

RUNNING = "running.env"  # in the data directory while `make run` runs: where its servers are
HERE = re.compile(r"(?:https?://)?(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/]|$)")  # addresses of this machine alone


class ConfigurationError(RuntimeError):
    """Settings are missing or wrong; `problems` has a sentence by variable."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("\n".join(problems.values()))
        self.problems = dict(problems)


def from_environment(environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Read all settings.

    Raises:
        ConfigurationError: settings are wrong, or production lacks what it needs.
    """
    values, problems = read(environ)
    if problems:
        raise ConfigurationError(problems)
    return values


def read(environ: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """Read all settings and return the app's configuration, and a sentence for each variable that is wrong."""
    said = {**_of_make_run(environ), **{name: text.strip() for name, text in environ.items() if text.strip()}}
    production = said.get("PORTAL_ENV") == PRODUCTION
    values, problems = _fixed(production=production), dict[str, str]()
    for setting in SETTINGS:
        try:
            values[setting.key or setting.name] = setting.value(said.get(setting.name, ""), production=production)
        except ValueError as error:
            problems[setting.name] = str(error)
    problems |= _half_set(said, problems) | _unsaid(environ, problems)
    if production and said.get("FLASK_DEBUG", "0").lower() not in readers.FALSE:
        problems["FLASK_DEBUG"] = "FLASK_DEBUG is set. In production it would open a console in the browser: remove it."
    values["PUBLIC_URL"] = values.get("PUBLIC_URL") or f"http://127.0.0.1:{values.get('PORT')}"
    values["MAIL_DOMAIN"] = values.get("MAIL_DOMAIN") or urlsplit(str(values["PUBLIC_URL"])).hostname
    return values, problems


def _half_set(said: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, str]:
    """Return what is missing beside settings that are of no use, or that let too much in, without it."""
    missing: dict[str, str] = {}
    for names, others, why in NOT_ALONE:
        beside = [name for name in others if name in said and name not in problems]
        if beside and not any(name in said for name in names):
            missing[names[0]] = f"{' or '.join(names)} is not set. {beside[0]} needs it: {why}."
    return missing


def _unsaid(environ: Mapping[str, str], problems: Mapping[str, str]) -> dict[str, str]:
    """Return that nobody said which portal this is although others reach it: forgetting a variable opens nothing."""
    if environ.get("PORTAL_ENV", "").strip():
        return {}
    beyond = {name: environ.get(name, "").strip() for name in ("PUBLIC_URL", "WEB_BIND") if name not in problems}
    name = next((name for name, text in beyond.items() if text and not HERE.match(text)), None)
    if name is None:
        return {}
    choice = f"write {PRODUCTION}, or {DEVELOPMENT}, which shows all emails to whoever opens /dev/mailbox"
    return {"PORTAL_ENV": f"PORTAL_ENV is not set, and others reach the portal by {name}: {choice}."}


def _of_make_run(environ: Mapping[str, str]) -> dict[str, str]:
    """Return where the servers of a running `make run` are, so that commands beside it find them."""
    if environ.get("PORTAL_ENV", "").strip() == PRODUCTION:
        return {}
    try:
        lines = (Path(environ.get("PORTAL_DATA_DIR") or "instance") / RUNNING).read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines)


def _fixed(*, production: bool) -> dict[str, object]:
    return {
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 200 * 1024,
        "MAX_FORM_PARTS": 500,
        "WTF_CSRF_TIME_LIMIT": None,  # pages stay open all day
        "SESSION_COOKIE_NAME": "__Host-portal" if production else "portal",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PREFERRED_URL_SCHEME": "https" if production else "http",
    }


# A connection is not waited for long, and one that the network has cut is noticed.
TIMEOUTS = {"connect_timeout": 3, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


SESSION = {
    "timezone": "UTC",
    "lock_timeout": "5s",
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "30s",
}
_DIRECT = {"options": " ".join(f"-c {name}={value}" for name, value in SESSION.items()), "prepare_threshold": 1}
# Behind a pooler each transaction may have another server connection: none knows what was prepared on the one before,
# and what a session begins with is set for the role instead (docs/operations/pooler.md; `check` looks).
_POOLED: dict[str, object] = {"prepare_threshold": None}


def engine_options(config: Mapping[str, object]) -> dict[str, object]:
    """Return the options of both engines: short waits, so that nothing hangs behind a lock."""
    return {
        "hide_parameters": True,  # an error goes to logs and reports; what was typed does not
        "pool_size": config["DATABASE_POOL_SIZE"],
        "max_overflow": 2,
        "pool_timeout": 5,
        "pool_recycle": 1800,
        "connect_args": {**(_POOLED if config.get("DATABASE_POOLER") else _DIRECT), **TIMEOUTS},
    }
