"""Structured logs: one JSON object a line, UTC, with the correlation id; no field can break a line."""

from __future__ import annotations

import logging
import select
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

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


class Lines(logging.StreamHandler[TextIO]):
    """Write lines, except those that the stream does not take: a collector of logs that hangs stops no request."""

    lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, after one that says how many were lost, or count it among these."""
        if not _takes_a_line(self.stream):
            self.lost += 1
            return
        if self.lost:
            said = {"msg": "log_lines_lost", "levelno": logging.WARNING, "levelname": "WARNING", "count": self.lost}
            self.lost = 0
            super().emit(logging.makeLogRecord(said))
        super().emit(record)


def _takes_a_line(stream: TextIO) -> bool:
    """Return whether a pipe or socket has room for a line as long as nearly all are; a file always has."""
    room = select.poll()
    try:
        room.register(stream.fileno(), select.POLLOUT)
    except (OSError, ValueError):  # nothing of the operating system's
        return True
    return bool(room.poll(0))


def configure() -> None:
    """Send the standard library's log records to stderr as JSON; doing it twice changes nothing."""
    handler = Lines(sys.stderr)
    handler.setFormatter(FORMATTER)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("rq.worker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
