"""Where a request comes from, as sessions, emails and limits name it."""

from __future__ import annotations

from flask import request

from portal.domain.addresses import person_network


def address() -> str:
    return request.remote_addr or ""


def network() -> str:
    """Return what stands for one person in a limit by address."""
    return person_network(address())
