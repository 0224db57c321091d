"""Structured logs: one JSON object a line, UTC, with the correlation id; no field can break a line."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from portal.runtime import correlation


def _add_correlation(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    line.setdefault("correlation_id", correlation.current())
    return line


SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _add_correlation,
]
FORMATTER = structlog.stdlib.ProcessorFormatter(
    foreign_pre_chain=SHARED,
    processors=[
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ],
)


def configure() -> None:
    """Send the standard library's log records to stderr as JSON; doing it twice changes nothing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FORMATTER)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("rq.worker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
