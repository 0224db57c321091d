"""The address and the scheme that a person asked under, as trusted proxies tell them (TRUSTED_PROXIES)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask

from portal.domain.addresses import Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SCHEMES = ("http", "https")


def tell_apart(environ: WSGIEnvironment, proxies: Proxies) -> None:
    """Write the person's address over the last proxy's; a header that no trusted proxy sent changes nothing."""
    peer = environ.get("REMOTE_ADDR", "")
    environ["REMOTE_ADDR"] = proxies.client(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
    if not proxies.believes(peer):
        return
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
    if scheme in SCHEMES:
        environ["wsgi.url_scheme"] = scheme


def register(app: Flask) -> None:
    """Look at the headers before anything else does."""
    inner: WSGIApplication = app.wsgi_app

    def behind_proxies(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        tell_apart(environ, app.config["TRUSTED_PROXIES"])
        return inner(environ, start_response)

    app.wsgi_app = behind_proxies  # type: ignore[method-assign]  # as Flask's documentation says
