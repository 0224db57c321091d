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

PIECE = select.PIPE_BUF  # bytes for which a pipe has room when it says that it has any
MOMENT = 100  # milliseconds that a collector which reads at all takes for a piece


class Lines(logging.StreamHandler[TextIO]):
    """Write lines, except those that the stream does not take: a collector of logs that hangs stops no request."""

    lost = 0
    _is_torn = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, after one that says how many were lost, or count it among these."""
        try:
            if self.lost and self._write(self._of_the_lost()):
                self.lost = 0
            if self.lost or not self._write(self.format(record)):
                self.lost += 1
        except Exception:  # noqa: BLE001 - as every handler does: what can't be logged breaks nothing
            self.handleError(record)

    def _of_the_lost(self) -> str:
        said = {"msg": "log_lines_lost", "levelno": logging.WARNING, "levelname": "WARNING", "count": self.lost}
        return self.format(logging.makeLogRecord(said))

    def _write(self, line: str) -> bool:
        """Write a line in pieces for which there is room, and return whether all of it was taken."""
        whole = f"{self.terminator if self._is_torn else ''}{line}{self.terminator}"
        for start in range(0, len(whole), PIECE):
            if not _has_room(self.stream, MOMENT if start else 0):
                self._is_torn = self._is_torn or start > 0
                return False
            self.stream.write(whole[start : start + PIECE])
            self.flush()
        self._is_torn = False
        return True


def _has_room(stream: TextIO, milliseconds: int) -> bool:
    """Return whether a pipe or socket has room for a piece, or has it soon; a file always has."""
    room = select.poll()
    try:
        room.register(stream.fileno(), select.POLLOUT)
    except (OSError, ValueError):  # nothing of the operating system's
        return True
    return bool(room.poll(milliseconds))


def configure() -> None:
    """Send the standard library's log records to stderr as JSON; doing it twice changes nothing."""
    handler = Lines(sys.stderr)
    handler.setFormatter(FORMATTER)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("rq.worker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
