"""The security headers of every answer; pages are never kept by a cache."""

from __future__ import annotations

import base64
import hashlib

from flask import Flask, Response, current_app

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; manifest-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: over https Flask-WTF refuses a POST that has no Referer.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HSTS = "max-age=63072000; includeSubDomains"


def hashed(text: str) -> str:
    """Return how a policy names a style or script that stands in the page itself."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def protect(answer: Response, environment: str | None) -> Response:
    """Add the headers; nothing is stored but what says so itself."""
    said = {name.lower() for name, _ in answer.headers}
    answer.headers.extend((name, value) for name, value in HEADERS.items() if name.lower() not in said)
    if environment == "production":
        answer.headers["Strict-Transport-Security"] = HSTS
    answer.headers.setdefault("Cache-Control", "no-store")  # pages, exports, refusals; only assets are kept
    return answer


def add(answer: Response) -> Response:
    """Add the headers to an answer of the app, whose HTML differs for HTMX and is packed (compression)."""
    protect(answer, current_app.config.get("ENV_NAME"))
    if answer.mimetype == "text/html":
        answer.headers.add("Vary", "HX-Request, Accept-Encoding")
    return answer


def register(app: Flask) -> None:
    """Add the headers to every answer, errors included."""
    app.after_request(add)
