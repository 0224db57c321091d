"""The answer to what reaches no view, or to a fault of the server: it has an id and a shape all the same."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from portal.requests import programs, security_headers
from portal.runtime import correlation

BROKEN = ("INTERNAL", "Something went wrong on our side. If you report it, quote the correlation ID.")
PAGES = {  # how much they take differs, by the file that they ask for
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "What you sent is larger than the server accepts. Nothing was changed. Go back in your browser, which still has"
        " what you entered, and choose a smaller file."
    ),
}


def refusal(status: int, *, path: str, config: Mapping[str, Any]) -> Response:
    """Return the API's error, or a sentence where the path is another or was not read."""
    unreadable = programs.CODES[HTTPStatus.BAD_REQUEST]
    code, message = BROKEN if status == HTTPStatus.INTERNAL_SERVER_ERROR else programs.CODES.get(status, unreadable)
    if path.startswith(programs.API):
        answer = programs.refusal(status, code, message)
    else:
        answer = Response(f"{PAGES.get(HTTPStatus(status), message)}\n", status, mimetype="text/plain")
    answer.headers["X-Correlation-ID"] = correlation.current()
    return security_headers.protect(answer, config.get("ENV_NAME"))
