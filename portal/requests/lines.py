"""One line in the log for each request: what was asked, by whom, how it ended and what it cost."""

from __future__ import annotations

import logging
import time
from typing import Any

from flask import Flask, Response, g, request

from portal.connections import patience
from portal.policy import SignedIn

log = logging.getLogger(__name__)


def _begin() -> None:
    g.request_began = time.perf_counter()
    patience.asked.set(0)


def _write(answer: Response) -> Response:
    """Write the line, with the correlation id that all lines of the request have; the route, for addresses hold ids.

    What a streamed answer costs after its first part is not in it.
    """
    began = g.get("request_began")
    log.info(
        "request",
        extra={
            "method": request.method,
            "route": request.url_rule.rule if request.url_rule else "none",
            "status": answer.status_code,
            "milliseconds": round((time.perf_counter() - began) * 1000, 1) if began else None,
            "queries": patience.asked.get(),
            **_who(),
        },
    )
    return answer


def _who() -> dict[str, Any]:
    """Return the person and the organization acted for, if the request came as far as asking; it is not asked here."""
    known = g.get("_login_user")
    if not isinstance(known, SignedIn):
        return {"person": None, "organisation": None}
    return {"person": str(known.actor.user_id), "organisation": str(known.actor.organisation_id or "") or None}


def register(app: Flask) -> None:
    """Begin before everything else, and write after it."""
    app.before_request(_begin)
    app.after_request(_write)
