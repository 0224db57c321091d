"""How often a form may be sent."""

from __future__ import annotations

import functools
from collections.abc import Callable
from http import HTTPStatus

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue

from portal.requests import callers
from portal.runtime import limits
from portal.runtime.limits import Limit

Route = Callable[..., ResponseReturnValue]


def failed(answer: Response) -> bool:
    """Return whether a form was read and did not lead on; one of an earlier session, a 400, was not read."""
    return HTTPStatus.BAD_REQUEST < answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


def always(_answer: Response) -> bool:
    """Count every form that is sent."""
    return True


def never() -> bool:
    """Spare nobody."""
    return False


def limited(
    limit: Limit,
    *,
    refused: Callable[[int], ResponseReturnValue],
    by: Callable[[], str | None] = callers.network,
    counts: Callable[[Response], bool] = always,
    spares: Callable[[], bool] = never,
) -> Callable[[Route], Route]:
    """Answer as `refused` says, which is told the seconds to wait, once a form was sent too often by the same one.

    `by` names who sends it, None who has no limit. It is counted before it is read, so that many at once gain nothing;
    what does not count is given back. `spares` says whether this one has no part in what used the window up.
    """

    def guard(view: Route) -> Route:
        @functools.wraps(view)
        def guarded(**arguments: object) -> ResponseReturnValue:
            who = by() if request.method == "POST" else None
            if who is None:
                return view(**arguments)
            window = limits.count(limit, who)
            if window.is_over and not spares():
                return _too_many(refused, window.seconds_left)
            return _counted(limit, who, counts, functools.partial(view, **arguments))

        return guarded

    return guard


def _counted(
    limit: Limit, who: str, counts: Callable[[Response], bool], answer: Callable[[], ResponseReturnValue]
) -> Response:
    """Answer, and give back what does not count; what an outage ended was nobody's try."""
    made: Response | None = None
    try:
        made = make_response(answer())
        return made
    finally:
        if made is None or not counts(made):
            limits.give_back(limit, who)


def _too_many(refused: Callable[[int], ResponseReturnValue], seconds: int) -> Response:
    answer = make_response(refused(seconds))
    answer.headers["Retry-After"] = str(seconds)
    return answer
