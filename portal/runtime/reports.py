"""Errors to Sentry, when SENTRY_DSN names one: where something broke, and nothing of whom it concerned.

Only what is listed here leaves the process. Messages of exceptions stay behind: those of the database quote values.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

from portal.runtime import correlation

OWN = "portal"
KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment")
OF_FRAMES = ("filename", "function", "module", "lineno", "pre_context", "context_line", "post_context", "in_app")
OF_ERRORS = ("type", "module", "mechanism")


def start(dsn: str, environment: str) -> None:
    """Report what is logged as an error from now on."""
    sentry_sdk.init(
        dsn,
        environment=environment,
        default_integrations=False,
        integrations=[ExcepthookIntegration(), LoggingIntegration(level=None, event_level=logging.ERROR)],
        before_send=_before_send,
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
    )


def _before_send(event: Event, _hint: Hint) -> Event:
    return cast("Event", scrubbed(event))


def scrubbed(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may leave the process: kinds of errors, lines of code, and the id that finds the log lines."""
    kept = {name: event[name] for name in KEPT if name in event}
    if str(event.get("logger", "")).partition(".")[0] == OWN:  # our messages are fixed words, others' are not
        kept["logentry"] = {"message": (event.get("logentry") or {}).get("message", "")}
    errors = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_error(one) for one in errors]}
    kept["tags"] = {"correlation_id": correlation.current()}
    return kept


def _error(error: Mapping[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    kept = {name: error[name] for name in OF_ERRORS if name in error}
    return {**kept, "stacktrace": {"frames": [{n: f[n] for n in OF_FRAMES if n in f} for f in frames]}}
