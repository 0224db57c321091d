"""The security headers of every answer; pages are never kept by a cache."""

from __future__ import annotations

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


def add(answer: Response) -> Response:
    """Add the headers; nothing is stored but what says so itself, and HTML differs for HTMX."""
    said = {name.lower() for name, _ in answer.headers}
    answer.headers.extend((name, value) for name, value in HEADERS.items() if name.lower() not in said)
    if current_app.config.get("ENV_NAME") == "production":
        answer.headers["Strict-Transport-Security"] = HSTS
    answer.headers.setdefault("Cache-Control", "no-store")  # pages, exports, refusals; only assets are kept
    if answer.mimetype == "text/html":
        answer.vary.add("HX-Request")
    return answer


def register(app: Flask) -> None:
    """Add the headers to every answer, errors included."""
    app.after_request(add)
