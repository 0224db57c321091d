"""Settings from the environment; production refuses a missing or default secret."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

DEVELOPMENT_SECRET = "development-only"
SEAL_KEYS_FILE = "event_seal_keys"  # in the data directory; `make run` makes it once
TRUE = {"1", "true", "yes", "on"}


class ConfigurationError(RuntimeError):
    """Say which setting is missing or wrong, and what to set."""


def from_environment(environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """Read all settings.

    Raises:
        ConfigurationError: a setting that production needs is missing or a default.
    """
    production = environ.get("PORTAL_ENV", "development") == "production"
    data_dir = Path(environ.get("PORTAL_DATA_DIR", "instance")).resolve()
    return {
        "ENV_NAME": "production" if production else "development",
        "PORTAL_DATA_DIR": str(data_dir),
        "SECRET_KEY": _secret(environ, production=production),
        "SECRET_KEY_FALLBACKS": [k for k in environ.get("SECRET_KEY_FALLBACKS", "").split(",") if k],
        "EVENT_SEAL_KEYS": _seal_keys(environ, data_dir, production=production),
        "EVENT_CHECKPOINT_DIR": environ.get("EVENT_CHECKPOINT_DIR", ""),
        "SQLALCHEMY_DATABASE_URI": _database_url(environ),
        "DATABASE_POOL_SIZE": int(environ.get("DATABASE_POOL_SIZE", "8")),
        "REDIS_URL": environ.get("REDIS_URL", "redis://127.0.0.1:6379/0"),
        "PUBLIC_URL": environ.get("PUBLIC_URL", f"http://127.0.0.1:{environ.get('PORT', '8000')}").rstrip("/"),
        "METRICS_TOKEN": environ.get("METRICS_TOKEN", ""),
        "CORS_ORIGINS": [o for o in environ.get("CORS_ORIGINS", "").split(",") if o],
        "JWT_ISSUER": environ.get("JWT_ISSUER", ""),
        "JWT_AUDIENCE": environ.get("JWT_AUDIENCE", ""),
        "JWT_JWKS_URL": environ.get("JWT_JWKS_URL", ""),
        "JWT_AUTHORIZED_PARTIES": [p for p in environ.get("JWT_AUTHORIZED_PARTIES", "").split(",") if p],
        **_mail(environ),
        **_limits(production=production),
    }


def _secret(environ: Mapping[str, str], *, production: bool) -> str:
    secret = environ.get("SECRET_KEY", "")
    if production and (len(secret) < 32 or secret == DEVELOPMENT_SECRET):
        raise ConfigurationError("Set SECRET_KEY to at least 32 random characters; production does not start without.")
    return secret or DEVELOPMENT_SECRET


def _seal_keys(environ: Mapping[str, str], data_dir: Path, *, production: bool) -> str:
    """Return the numbered keys of the event log, the one that seals first; they stay when SECRET_KEY changes."""
    file = data_dir / SEAL_KEYS_FILE
    keys = environ.get("EVENT_SEAL_KEYS") or (file.read_text().strip() if file.exists() else "")
    if not keys and production:
        raise ConfigurationError(
            "Set EVENT_SEAL_KEYS to 1: and a key of at least 32 random characters, for example"
            " 1:$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))'); keep it for as long as the log."
        )
    keys = keys or f"1:{DEVELOPMENT_SECRET}"
    if not re.fullmatch(r"\s*\d{1,9}:[^\s,]+(\s*,\s*\d{1,9}:[^\s,]+)*\s*", keys):
        raise ConfigurationError("EVENT_SEAL_KEYS lists numbered keys, the newest first: 2:<key>,1:<earlier key>.")
    return keys


def _database_url(environ: Mapping[str, str]) -> str:
    url = environ.get("DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/portal")
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _mail(environ: Mapping[str, str]) -> dict[str, object]:
    """Without MAIL_SERVER, mail goes to a local mailbox in the data directory."""
    return {
        "MAIL_SERVER": environ.get("MAIL_SERVER", ""),
        "MAIL_PORT": int(environ.get("MAIL_PORT", "25")),
        "MAIL_USE_TLS": environ.get("MAIL_USE_TLS", "").lower() in TRUE,
        "MAIL_USE_SSL": environ.get("MAIL_USE_SSL", "").lower() in TRUE,
        "MAIL_USERNAME": environ.get("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_DEFAULT_SENDER", "Splits portal <portal@localhost>"),
        "MAIL_DOMAIN": environ.get("MAIL_DOMAIN", "portal.localhost"),
        "MAIL_TIMEOUT": float(environ.get("MAIL_TIMEOUT", "10")),
    }


def _limits(*, production: bool) -> dict[str, object]:
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


def engine_options(config: Mapping[str, object]) -> dict[str, object]:
    """Give the options of both engines: short waits, so that nothing hangs behind a lock."""
    return {
        "pool_size": config["DATABASE_POOL_SIZE"],
        "max_overflow": 2,
        "pool_timeout": 5,
        "pool_recycle": 1800,
        "connect_args": {
            "options": "-c timezone=UTC -c lock_timeout=5000 -c statement_timeout=30000"
            " -c idle_in_transaction_session_timeout=30000",
            "prepare_threshold": 1,
        },
    }
