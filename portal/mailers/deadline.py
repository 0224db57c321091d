"""A deadline for the whole exchange with a mail server: single timeouts do not end a server that drips (T6)."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class DeadlinePassed(OSError):
    """An exchange took too long as a whole."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise DeadlinePassed("The mail server took too long.")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Interrupt what runs inside after `seconds`; only the main thread can be interrupted, others have their timeouts.

    RQ limits its jobs with the same timer: what was left of it runs on afterwards.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGALRM, _interrupt)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    began = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - began)))
