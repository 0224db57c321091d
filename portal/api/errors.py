"""The errors of the API: one shape for all, the status from the one table, nothing of the inside (api-guide.md)."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import HTTPException

from portal.answers.refusals import Error
from portal.domain.errors import NotSignedIn, PortalError, TooMany
from portal.error_status import status_of
from portal.extensions import DATABASE_AWAY, NO_SPACE
from portal.requests import repeats
from portal.runtime import correlation

log = logging.getLogger(__name__)
CODES = {
    400: ("BAD_REQUEST", "The request could not be understood."),
    404: ("NOT_FOUND", "This address does not exist."),
    405: ("METHOD_NOT_ALLOWED", "This address does not support this method."),
    413: ("TOO_LARGE", "The body is larger than 1 MiB."),
    415: ("NOT_JSON", "Send the body as application/json."),
    429: ("TOO_MANY", "Too many requests. Wait and try again."),
}
AWAY_SECONDS = 5


def body(status: int, code: str, message: str, details: dict[str, object] | None = None) -> Response:
    """Make the answer to a refused or failed request."""
    refusal = Error(
        error=HTTPStatus(status).phrase,
        message=message,
        statusCode=status,
        code=code,
        details=details or {},
        correlation_id=correlation.current(),
    )
    return Response(refusal.model_dump_json(), status, mimetype="application/json")


def answer_error(error: Exception) -> Response:
    """Answer any error of a request under /api."""
    if isinstance(error, PortalError):
        return _refused(error)
    if isinstance(error, HTTPException):
        return _http(error)
    if isinstance(error, DATABASE_AWAY):
        repeats.if_only_read(error)
        log.error("database_unavailable", extra={"error": str(error)})
        answer = body(503, "UNAVAILABLE", "The database is not responding. Try again.")
        answer.headers["Retry-After"] = str(AWAY_SECONDS)
        return answer
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        log.error("disk_full", extra={"error": str(error)})
        return body(503, "UNAVAILABLE", "The portal's disk is full. Try again later.")
    log.error("unexpected_error", exc_info=error)
    said = "Something went wrong on our side. Nothing was changed. If you report it, quote the correlation ID."
    return body(500, "INTERNAL", said)


def _refused(error: PortalError) -> Response:
    answer = body(status_of(error), error.code, error.message, error.details)
    if isinstance(error, NotSignedIn):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="portal"'
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    if answer.status_code == 503:
        answer.headers["Retry-After"] = str(AWAY_SECONDS)
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code, message = CODES.get(status, ("ERROR", error.description or "The request failed."))
    answer = body(status, code, message)
    for name, value in error.get_headers(None):
        if name == "Allow":
            answer.headers[name] = value
    return answer
