"""A portal of which nobody said whether it is in production answers its own machine alone (ADR 0028).

Its secrets are known, and it shows every email. What the settings tell of others is refused at start; a proxy or an
option of the server's that they do not tell of is found here.
"""

from __future__ import annotations

from ipaddress import ip_address

from flask import Flask, Response, request

from portal.config.together import HERE
from portal.requests import callers

FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
SAID = (
    "PORTAL_ENV is not set, so this portal answers only the machine that it runs on. Write production, or development,"
    " which shows all emails to whoever opens /dev/mailbox.\n"
)


def _refuse_others() -> Response | None:
    """Refuse a request that came from another machine, or by a proxy."""
    by_a_proxy = not HERE.match(request.host) or any(name in request.headers for name in FORWARDED)
    if by_a_proxy or not _is_here(callers.address()):
        return Response(SAID, 403, mimetype="text/plain")
    return None


def _is_here(address: str) -> bool:
    """Return whether an address is one of this machine alone; whoever comes by a socket's file has none."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def register(app: Flask) -> None:
    """Guard every request of a portal that does not know what it is."""
    if not app.config["ENV_IS_SAID"]:
        app.before_request(_refuse_others)
