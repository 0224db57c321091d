"""The address and the scheme that a person asked under, as trusted proxies tell them (TRUSTED_PROXIES)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from portal.domain.addresses import Proxies

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SCHEMES = ("http", "https")
BY_ADDRESS = ("/healthz", "/readyz", "/metrics")  # probes and Prometheus name a machine, not the portal


def tell_apart(environ: WSGIEnvironment, proxies: Proxies) -> None:
    """Write the person's address over the last proxy's; a header that no trusted proxy sent changes nothing."""
    peer = environ.get("REMOTE_ADDR", "")
    environ["REMOTE_ADDR"] = proxies.client(peer, environ.get("HTTP_X_FORWARDED_FOR", ""))
    if not proxies.believes(peer):
        return
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
    if scheme in SCHEMES:
        environ["wsgi.url_scheme"] = scheme


def name_for_probes(environ: WSGIEnvironment, hosts: Sequence[str] | None) -> None:
    """Let what is asked of a machine by its address pass under a name that TRUSTED_HOSTS lists."""
    if hosts and environ.get("PATH_INFO") in BY_ADDRESS:
        environ["HTTP_HOST"] = hosts[0].lstrip(".")


def see_through(environ: WSGIEnvironment, config: Mapping[str, Any]) -> None:
    """Look at the headers before anything else does."""
    tell_apart(environ, config["TRUSTED_PROXIES"])
    name_for_probes(environ, config["TRUSTED_HOSTS"])
