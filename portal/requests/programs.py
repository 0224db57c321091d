"""Requests of programs: all below /api/, with bearer tokens, and refused in JSON of one shape (api-guide.md)."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, request

from portal.answers.refusals import Error
from portal.runtime import correlation

API = "/api/"
COME_BACK_SECONDS = 5
CODES = {
    400: ("BAD_REQUEST", "The request could not be understood."),
    404: ("NOT_FOUND", "This address does not exist."),
    405: ("METHOD_NOT_ALLOWED", "This address does not support this method."),
    413: ("TOO_LARGE", "The body is larger than 1 MiB."),
    415: ("NOT_JSON", "Send the body as application/json."),
}


def asks() -> bool:
    """Return whether the API is asked, which takes no cookie: another site has nothing to ride on."""
    return f"{request.path}/".startswith(API)


def refusal(status: int, code: str, message: str, details: dict[str, object] | None = None) -> Response:
    """Make the answer to a refused or failed request."""
    said = Error(
        error=HTTPStatus(status).phrase,
        message=message,
        statusCode=status,
        code=code,
        details=details or {},
        correlation_id=correlation.current(),
    )
    headers = {"Retry-After": str(COME_BACK_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return Response(said.model_dump_json(), status, headers, mimetype="application/json")
