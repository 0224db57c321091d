"""The answer to newcomers while too many requests wait: it takes no thread of the portal, no database, no template."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import Response

from portal.requests import origins, programs, security_headers
from portal.runtime import correlation

BUSY = "Too many requests are waiting."
STYLE = "body { max-width: 34rem; margin: 15vh auto; padding: 0 1rem; font: 1.1rem/1.5 system-ui, sans-serif }"
PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Splits is busy</title><style>{STYLE}</style>
<h1>Splits is busy</h1><p>{BUSY} Nothing was changed. Wait a few seconds, then reload this page.
If you were submitting a form, your browser will ask whether to send it again. Confirm, and nothing you typed is
lost.</p>"""
CSP = f"default-src 'none'; style-src '{security_headers.hashed(STYLE)}'; base-uri 'none'; frame-ancestors 'none'"


def refusal(*, method: str, path: str, origin: str | None, config: Mapping[str, Any]) -> Response:
    """Return a page, or the API's error with what lets another origin's page read it; such pages may ask first."""
    if path.startswith(programs.API):
        answer = _for_programs(method, origin, config.get("CORS_ORIGINS", ()))
    else:
        headers = {"Content-Security-Policy": CSP, "Retry-After": str(programs.COME_BACK_SECONDS)}
        answer = Response(PAGE, 503, headers, mimetype="text/html")
    answer.headers["X-Correlation-ID"] = correlation.current()
    return security_headers.protect(answer, config.get("ENV_NAME"))


def _for_programs(method: str, origin: str | None, allowed: Collection[str]) -> Response:
    if method == "OPTIONS" and origin in allowed:
        return origins.allow(Response(status=204), origin, allowed)
    said = programs.refusal(503, "UNAVAILABLE", f"{BUSY} Nothing was changed. Try again in a few seconds.")
    return origins.allow(said, origin, allowed)
