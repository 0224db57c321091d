"""Structured logs: one JSON object a line, UTC, with the correlation id; no field can break a line."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from portal.runtime import correlation

OWN = frozenset(
    {*vars(logging.makeLogRecord({})), "message", "asctime"}
)  # what every record has, beside what `extra` adds
ENCODER = json.JSONEncoder(default=repr)


class Line(logging.Formatter):
    """Write a record as a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: what happened, when, in which request, and all that the record carries."""
        line = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds")[:-6] + "Z",
            "correlation_id": correlation.current(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in OWN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return ENCODER.encode(line)


def configure(level: int = logging.INFO) -> None:
    """Send the standard library's log records to stderr as JSON; doing it twice changes nothing."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Line())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("rq.worker", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
