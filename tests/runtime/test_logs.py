"""A line of the log is one JSON object, whatever is in it."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from portal.runtime import correlation
from portal.runtime.logs import FORMATTER, Lines

AT = datetime(2026, 11, 24, 2, 8, 31, 5, tzinfo=UTC)
EVIL = 'a "quoted"\r\nline\u2028of {"event": "another"} %s é'


def written(message: str, *arguments: object, error: bool = False, **extra: object) -> dict[str, Any]:
    """Read the line of a record."""
    told = sys.exc_info() if error else None
    record = logging.getLogger("test").makeRecord(
        "test", logging.WARNING, "here.py", 1, message, arguments, told, extra=extra
    )
    line = FORMATTER.format(record)
    assert len(line.splitlines()) == 1
    assert line.isascii()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_line_says_what_happened_when_and_in_which_request() -> None:
    correlation.begin("0123456789abcdef0123")
    line = written("done_%s", "once", queries=2, status=None, of={"a": [1]})
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "done_once",
        "level": "warning",
        "correlation_id": "0123456789abcdef0123",
        "queries": 2,
        "status": None,
        "of": {"a": [1]},
    }
    assert written("done", correlation_id="of the job")["correlation_id"] == "of the job"


def test_no_text_breaks_a_line_and_what_json_does_not_know_is_described() -> None:
    number = uuid.uuid4()
    line = written(EVIL, person=EVIL, id=number, at=AT)
    assert (line["event"], line["person"], line["id"], line["at"]) == (EVIL, EVIL, repr(number), repr(AT))


def test_an_error_comes_with_its_place() -> None:
    try:
        raise ValueError(EVIL)
    except ValueError:
        line = written("failed", error=True)
    assert line["exception"].startswith("Traceback (most recent call last):")
    assert "ValueError: a" in line["exception"]


def test_a_reader_that_hangs_costs_lines_and_holds_nobody_up() -> None:
    reader, writer = os.pipe()
    with open(writer, "w") as pipe, open(reader, "rb", buffering=0) as hanging:
        handler = Lines(pipe)
        for number in range(5_000):
            handler.emit(logging.makeLogRecord({"msg": "x" * 100, "number": number}))
        assert 0 < handler.lost < 5_000
        lost, _ = handler.lost, hanging.read(1 << 20)
        handler.setFormatter(FORMATTER)
        handler.emit(logging.makeLogRecord({"msg": "again"}))
        told = [json.loads(line) for line in hanging.read(1 << 20).splitlines()]
    assert [(line["event"], line.get("count")) for line in told] == [("log_lines_lost", lost), ("again", None)]


@pytest.mark.parametrize("length", [5_000, 20_000, 200_000])
def test_a_line_longer_than_the_room_left_is_torn_and_holds_nobody_up(length: int) -> None:
    reader, writer = os.pipe()
    with open(writer, "w") as pipe, open(reader, "rb", buffering=0) as hanging:
        handler = Lines(pipe)
        handler.setFormatter(FORMATTER)
        while handler.lost < 2:
            handler.emit(logging.makeLogRecord({"msg": "x" * length}))
        lost, read = handler.lost, hanging.read(1 << 20).splitlines()
        handler.emit(logging.makeLogRecord({"msg": "again"}))
        read += hanging.read(1 << 20).splitlines()
    told = [json.loads(line) for line in read[-2:]]
    assert [(line["event"], line.get("count")) for line in told] == [("log_lines_lost", lost), ("again", None)]
    assert all(json.loads(line)["event"] == "x" * length for line in read[:-4])  # then one was torn, and its end


def test_a_long_line_reaches_a_collector_that_reads() -> None:
    reader, writer = os.pipe()
    with open(writer, "w") as pipe, open(reader, "rb") as read, ThreadPoolExecutor(1) as collector:
        found = collector.submit(read.readline)
        handler = Lines(pipe)
        handler.emit(logging.makeLogRecord({"msg": "x" * 500_000}))
        assert found.result() == b"x" * 500_000 + b"\n"
    assert handler.lost == 0


def test_a_stream_without_a_file_takes_every_line() -> None:
    memory = io.StringIO()
    Lines(memory).emit(logging.makeLogRecord({"msg": "done"}))
    assert memory.getvalue() == "done\n"
