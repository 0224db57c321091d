"""Let several people act at the same moment: threads behind one barrier, each in an application context of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from portal.domain.errors import PortalError

Command = Callable[[], object]
PATIENCE = 30.0  # seconds; a racer that never arrives fails the test and does not hang the suite


def race(app: Flask, commands: Sequence[Command]) -> list[object]:
    """Run each command in a thread of its own, all at once; give what each returned or how it was refused."""
    start = threading.Barrier(len(commands))
    with ThreadPoolExecutor(len(commands)) as threads:
        return list(threads.map(lambda command: outcome(app, start, command), commands))


def outcome(app: Flask, start: threading.Barrier, command: Command) -> object:
    """Run a command when all are ready; give what it returned or how it was refused."""
    with app.app_context():
        start.wait(timeout=PATIENCE)
        try:
            return command()
        except PortalError as refusal:
            return refusal


def refusals(results: Sequence[object]) -> list[PortalError]:
    """Pick the refusals among the results of a race."""
    return [result for result in results if isinstance(result, PortalError)]
