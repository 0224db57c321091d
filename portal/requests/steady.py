"""Answers that take the same time whatever they found, where the time would tell who has an account."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request

View = TypeVar("View", bound=Callable[..., Any])
STEP = 0.1  # seconds; ten times what the work takes


def left(spent: float) -> float:
    """Return how long to wait yet, so that the answer takes a whole number of steps."""
    return -spent % STEP


def steady(view: View) -> View:
    """Let a view answer what is sent to it at the end of a step."""

    @functools.wraps(view)
    def steadied(**arguments: object) -> object:
        started = time.monotonic()
        answer = view(**arguments)
        if request.method == "POST":
            time.sleep(left(time.monotonic() - started))
        return answer

    return steadied  # type: ignore[return-value]
