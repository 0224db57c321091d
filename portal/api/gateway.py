"""What every request under /api passes: limits first, CORS by configuration, errors in the API's shape."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from portal.api import document, jwt, limits
from portal.api.errors import answer_error
from portal.domain.errors import PortalError

PREFIX = "/api/"
ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Correlation-ID"
EXPOSED_HEADERS = "Location, X-Correlation-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"
METHODS = "GET, POST, PATCH"
UNROUTED = (404, 405, 413)


def _before() -> ResponseReturnValue | None:
    if not request.path.startswith(PREFIX):
        return None
    if request.method == "OPTIONS" and _allowed_origin():
        return Response(status=204)
    try:
        limits.count()
    except PortalError as error:  # a wrong token is refused here, whether the address exists or not
        return answer_error(error)
    return None


def _allowed_origin() -> str | None:
    origin = request.headers.get("Origin")
    return origin if origin in current_app.config["CORS_ORIGINS"] else None


def _after(answer: Response) -> Response:
    if not request.path.startswith(PREFIX):
        return answer
    if current_app.config["CORS_ORIGINS"]:
        answer.vary.add("Origin")
    origin = _allowed_origin()
    if origin:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        answer.headers["Access-Control-Allow-Methods"] = METHODS
        answer.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        answer.headers["Access-Control-Max-Age"] = "600"
    return limits.name_window(answer)


def by_path(page: Callable[[Exception], ResponseReturnValue]) -> Callable[[Exception], ResponseReturnValue]:
    """Answer in JSON under /api, else as `page` does: for what reaches no view."""

    def answer(error: Exception) -> ResponseReturnValue:
        return answer_error(error) if request.path.startswith(PREFIX) else page(error)

    return answer


def register(app: Flask) -> None:
    """Guard the requests under /api; before the policies, so that refused ones are counted."""
    jwt.register(app)
    document.register(app)
    app.before_request(_before)
    app.after_request(_after)
