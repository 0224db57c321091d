"""Idempotency-Key on POST: the same key and body within 24 hours gets the first answer (api-guide.md)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from portal.api.errors import answer_error
from portal.domain.errors import Conflict, InvalidInput, PortalError
from portal.policy import current_actor
from portal.services.machinery.once import AlreadyAnswered, Answer, Once, keep, keep_refusal, only_once

HEADER = "Idempotency-Key"
LONGEST = 200


def answered(answer: Callable[[], Response]) -> Response:
    """Answer a request, or repeat what was answered to the same one before."""
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return answer()
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise InvalidInput.field(HEADER, f"Send a key of 1 to {LONGEST} printable characters.")
    actor = current_actor()
    principal = f"api:{actor.user_id}:{actor.organisation_id}"
    once = Once.of(principal, key, f"{request.path}\n".encode() + request.get_data())
    try:
        with only_once(once):
            response = answer()
    except AlreadyAnswered as error:
        return _repeated(error.answer)
    except PortalError as error:
        keep_refusal(once, _kept(answer_error(error)))
        raise
    keep(once, _kept(response))
    return response


def _kept(response: Response) -> Answer:
    return Answer(response.status_code, response.headers.get("Location"), response.get_data(as_text=True))


def _repeated(first: Answer) -> Response:
    if not first.status:
        message = "This request was carried out, but its response was lost. Look up the result."
        raise Conflict(message, code="IDEMPOTENT_ANSWER_LOST")
    response = Response(first.body or None, first.status, mimetype="application/json")
    if first.location:
        response.headers["Location"] = first.location
    response.headers["Idempotent-Replay"] = "true"
    return response
