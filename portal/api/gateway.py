"""What every request under /api passes: limits first, CORS by configuration, errors in the API's shape."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from portal.api import document, jwt, limits
from portal.api.errors import answer_error
from portal.domain.errors import PortalError
from portal.requests import origins, programs

UNROUTED = (404, 405, 413)


def _before() -> ResponseReturnValue | None:
    if not programs.asks():
        return None
    if request.method == "OPTIONS" and request.headers.get("Origin") in current_app.config["CORS_ORIGINS"]:
        return Response(status=204)
    try:
        limits.count()
    except PortalError as error:  # a wrong token is refused here, whether the address exists or not
        return answer_error(error)
    return None


def _after(answer: Response) -> Response:
    if not programs.asks():
        return answer
    return limits.name_window(origins.allow(answer, request.headers.get("Origin"), current_app.config["CORS_ORIGINS"]))


def by_path(page: Callable[[Exception], ResponseReturnValue]) -> Callable[[Exception], ResponseReturnValue]:
    """Answer in JSON under /api, else as `page` does: for what reaches no view."""

    def answer(error: Exception) -> ResponseReturnValue:
        return answer_error(error) if programs.asks() else page(error)

    return answer


def register(app: Flask) -> None:
    """Guard the requests under /api; before the policies, so that refused ones are counted."""
    jwt.register(app)
    document.register(app)
    app.before_request(_before)
    app.after_request(_after)
