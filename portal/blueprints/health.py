"""/healthz: the process is up. /readyz: database, migrations at head and queue."""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue

from portal.policy import public
from portal.queries.admin import health

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Say whether requests can be served: without Redis yes, but degraded."""
    readiness = health.readiness(current_app.config["MIGRATIONS_HEAD"])
    return jsonify(
        status="ok" if readiness.ready and readiness.queue else "degraded" if readiness.ready else "unavailable",
        database=readiness.database,
        migrations=readiness.migrations,
        queue=readiness.queue,
        outbox_pending=readiness.outbox_pending,
    ), (200 if readiness.ready else 503)
