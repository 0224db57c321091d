"""/healthz: the process is up. /readyz: what it needs is there, or what is wrong."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from portal.policy import public
from portal.queries.admin import health

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer that the process lives."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Answer whether requests can be served, and what is wrong: without Redis they can, but degraded."""
    found = health.readiness(current_app.config["MIGRATIONS_HEAD"], Path(current_app.config["PORTAL_DATA_DIR"]))
    said = jsonify(
        status=found.status, problems=found.problems, troubles=found.troubles, outbox_pending=found.outbox_pending
    )
    return said, (200 if found.ready else 503)
