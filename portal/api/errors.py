"""The errors of the API: one shape for all, the status from the one table, nothing of the inside (api-guide.md)."""

from __future__ import annotations

import logging
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from portal.answers.values import as_number
from portal.domain import money
from portal.domain.errors import NotSignedIn, PortalError, TooMany
from portal.error_status import status_of
from portal.extensions import DATABASE_AWAY, NO_SPACE, READ_ONLY
from portal.requests import programs, repeats

log = logging.getLogger(__name__)
READ_NOW = "The database accepts no changes at the moment, so nothing was saved."


def answer_error(error: Exception) -> Response:
    """Answer any error of a request under /api."""
    if isinstance(error, PortalError):
        return _refused(error)
    if isinstance(error, HTTPException):
        return _http(error)
    if isinstance(error, DATABASE_AWAY):
        repeats.if_only_read(error)
        log.error("database_unavailable", extra={"error": str(error)})
        said = READ_NOW if isinstance(getattr(error, "orig", None), READ_ONLY) else "The database is not responding."
        return programs.refusal(503, "UNAVAILABLE", f"{said} Try again.")
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        log.error("disk_full", extra={"error": str(error)})
        return programs.refusal(503, "UNAVAILABLE", "The portal's disk is full. Try again later.")
    log.error("unexpected_error", exc_info=error)
    said = "Something went wrong on our side. Nothing was changed. If you report it, quote the correlation ID."
    return programs.refusal(500, "INTERNAL", said)


def _refused(error: PortalError) -> Response:
    answer = programs.refusal(status_of(error), error.code, error.message, _in_percent(error.details))
    if isinstance(error, NotSignedIn):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="portal"'
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _in_percent(details: dict[str, Any]) -> dict[str, object]:
    """Return details as answers say them: a share in basis points as a percentage.

    Of input, the details have a sentence for each name, as it was sent.
    """
    return dict(
        (f"{name.removesuffix('_bp')}_percentage", as_number(money.bp_to_percent(value)))
        if name.endswith("_bp") and isinstance(value, int)
        else (name, value)
        for name, value in details.items()
    )


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = programs.CODES.get(status, ("ERROR", error.description or "The request failed."))
    answer = programs.refusal(status, code, message)
    for name, value in error.get_headers(None):
        if name == "Allow":
            answer.headers[name] = value
    return answer
