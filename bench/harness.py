"""Measure calls side by side: interleaved rounds, CPU of the application and of the database, medians."""

from __future__ import annotations

import gc
import gzip
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import psutil
from redis import Redis
from sqlalchemy import Engine, event

Call = Callable[[], bytes]
Statement = tuple[str, Any]  # with its parameters, as the driver gets them
WARM_UP = 12  # past the calls for which the server still plans each statement anew


@dataclass
class Target:
    """What is measured and what was found."""

    name: str
    call: Call
    app_ms: list[float] = field(default_factory=list)
    database_ms: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    queries: int = 0
    size: int = 0
    zipped: int = 0

    @property
    def cpu(self) -> float:
        """Return the median CPU milliseconds of application and database together."""
        return statistics.median(a + d for a, d in zip(self.app_ms, self.database_ms, strict=True))

    @property
    def per_second(self) -> float:
        """Return the median rate."""
        return statistics.median(self.rate)


class Meter:
    """Measure targets in interleaved rounds, so that a machine's drift hits them alike."""

    def __init__(self, postgres: psutil.Process, engines: list[Engine]) -> None:
        self.postgres = postgres
        self.engines = engines

    def run(self, targets: list[Target], *, rounds: int, calls: int) -> None:
        """Warm each target up, count its queries and bytes, then measure."""
        for target in targets:
            self._describe(target)
        gc.collect()
        gc.freeze()
        for _ in range(rounds):
            for target in targets:
                self._round(target, calls)

    def _describe(self, target: Target) -> None:
        for _ in range(WARM_UP):
            target.call()
        with counted(self.engines) as statements:
            body = target.call()
        target.queries, target.size, target.zipped = len(statements), len(body), len(gzip.compress(body, 6))

    def _round(self, target: Target, calls: int) -> None:
        backend, own, wall = self.database_cpu(), time.process_time(), time.perf_counter()
        for _ in range(calls):
            target.call()
        target.rate.append(calls / (time.perf_counter() - wall))
        target.app_ms.append((time.process_time() - own) * 1000 / calls)
        target.database_ms.append((self.database_cpu() - backend) * 1000 / calls)

    def spent(self, work: Callable[[], object]) -> tuple[float, float, float]:
        """Return the CPU seconds that some work takes of this process and of the database, and those of the clock."""
        backend, own, wall = self.database_cpu(), time.process_time(), time.perf_counter()
        work()
        return time.process_time() - own, self.database_cpu() - backend, time.perf_counter() - wall

    def database_cpu(self) -> float:
        """Add up the CPU seconds of the server and its backends; those that ended are in the server's own count."""
        seconds = 0.0
        for process in (self.postgres, *self.postgres.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            seconds += times.user + times.system
        return seconds


@contextmanager
def counted(engines: list[Engine]) -> Iterator[list[Statement]]:
    """Collect the statements that run meanwhile."""
    statements: list[Statement] = []
    listened = [engine._has_events for engine in engines]

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        statements.append((statement, parameters))

    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        for engine, before in zip(engines, listened, strict=True):
            event.remove(engine, "before_cursor_execute", note)
            engine._has_events = before  # or it would look for listeners at each statement that is measured


@contextmanager
def looked_up(redis: Redis) -> Iterator[list[str]]:
    """Collect the keys that this client is asked for meanwhile."""
    keys: list[str] = []
    mget = redis.mget

    def note(wanted: Sequence[str]) -> Any:
        keys.extend(wanted)
        return mget(wanted)

    with patch.object(redis, "mget", note):
        yield keys


def table(targets: list[Target]) -> str:
    """Write the results as a table."""
    lines = [f"{'':44}{'queries':>8}{'app ms':>9}{'db ms':>8}{'req/s':>8}{'bytes':>9}{'gzip':>8}"]
    for t in targets:
        app, database = statistics.median(t.app_ms), statistics.median(t.database_ms)
        row = f"{t.name:44}{t.queries:>8}{app:>9.2f}{database:>8.2f}{t.per_second:>8.0f}{t.size:>9}{t.zipped:>8}"
        lines.append(row)
    return "\n".join(lines)


def verdict(name: str, value: float, bound: float, *, at_most: bool) -> str:
    """Write a ratio beside its target."""
    good = value <= bound if at_most else value >= bound
    sign = "at most" if at_most else "at least"
    return f"{'ok  ' if good else 'MISS'} {name}: {value:.2f} ({sign} {bound})"
