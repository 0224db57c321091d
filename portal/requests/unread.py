"""The answer to what reaches no view, or to a fault of the server: it has an id and a shape all the same."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from portal.answers.refusals import Error
from portal.requests import security_headers
from portal.requests.too_busy import API
from portal.runtime import correlation

CODES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("TOO_LARGE", "The body is larger than 1 MiB."),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "INTERNAL",
        "Something went wrong on our side. If you report it, quote the correlation ID.",
    ),
}
PAGES = {  # how much they take differs, by the file that they ask for
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "What you sent is larger than the server accepts. Nothing was changed. Go back in your browser, which still has"
        " what you entered, and choose a smaller file."
    ),
}
UNREADABLE = ("BAD_REQUEST", "The request could not be understood.")


def refusal(status: int, *, path: str, config: Mapping[str, Any]) -> Response:
    """Return the API's error, or a sentence where the path is another or was not read."""
    code, message = CODES.get(HTTPStatus(status), UNREADABLE)
    if path.startswith(API):
        said = Error(
            error=HTTPStatus(status).phrase,
            message=message,
            statusCode=status,
            code=code,
            details={},
            correlation_id=correlation.current(),
        )
        answer = Response(said.model_dump_json(), status, mimetype="application/json")
    else:
        answer = Response(f"{PAGES.get(HTTPStatus(status), message)}\n", status, mimetype="text/plain")
    answer.headers["X-Correlation-ID"] = correlation.current()
    return security_headers.protect(answer, config.get("ENV_NAME"))
