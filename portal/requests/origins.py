"""Which pages of other origins may read what the API answers (CORS_ORIGINS)."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response

ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Correlation-ID"
EXPOSED_HEADERS = "Location, X-Correlation-ID, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"
METHODS = "GET, POST, PATCH"


def allow(answer: Response, origin: str | None, origins: Collection[str]) -> Response:
    """Let a page of one of the origins read an answer."""
    if origins:
        answer.vary.add("Origin")
    if origin in origins:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        answer.headers["Access-Control-Allow-Methods"] = METHODS
        answer.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
        answer.headers["Access-Control-Max-Age"] = "600"
    return answer
