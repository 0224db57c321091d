"""Whether this process was asked to stop: who works through many things looks here between two of them."""

from __future__ import annotations

import threading

_asked = threading.Event()


def ask(*_: object) -> None:
    """Ask this process to stop; fits as a signal handler."""
    _asked.set()


def is_asked() -> bool:
    return _asked.is_set()


def wait(seconds: float) -> bool:
    """Wait, but no longer than until somebody asks; tell whether somebody did."""
    return _asked.wait(seconds)


def forget() -> None:
    """Go on as if nobody had asked."""
    _asked.clear()
