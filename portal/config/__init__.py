"""Settings from the environment; what is wrong is refused at start, by the variable's name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from portal.config import readers, together
from portal.config.settings import PRODUCTION, SETTINGS

RUNNING = "running.env"  # in the data directory while `make run` runs: where its servers are


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
    typed = {name: text.strip() for name, text in environ.items() if text.strip()}
    said = {**_of_make_run(typed), **typed}
    production = said.get("PORTAL_ENV") == PRODUCTION
    values, problems = _fixed(production=production), dict[str, str]()
    for setting in SETTINGS:
        try:
            values[setting.key or setting.name] = setting.value(said.get(setting.name, ""), production=production)
        except ValueError as error:
            problems[setting.name] = str(error)
    problems |= together.problems(typed, said, values, problems)
    if production and said.get("FLASK_DEBUG", "0").lower() not in readers.FALSE:
        problems["FLASK_DEBUG"] = "FLASK_DEBUG is set. In production it would open a console in the browser: remove it."
    values["ENV_IS_SAID"] = "PORTAL_ENV" in typed
    values["PUBLIC_URL"] = values.get("PUBLIC_URL") or f"http://127.0.0.1:{values.get('PORT')}"
    values["MAIL_DOMAIN"] = values.get("MAIL_DOMAIN") or urlsplit(str(values["PUBLIC_URL"])).hostname
    return values, problems


def _of_make_run(typed: Mapping[str, str]) -> dict[str, str]:
    """Return where the servers of a running `make run` are, so that commands beside it find them."""
    if typed.get("PORTAL_ENV") == PRODUCTION:
        return {}
    try:
        lines = (Path(typed.get("PORTAL_DATA_DIR", "instance")) / RUNNING).read_text().splitlines()
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
