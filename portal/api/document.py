"""/api/openapi.json, and the command that prints the same document."""

from __future__ import annotations

import json

import click
from flask import Blueprint, Flask, Response, current_app
from flask.cli import with_appcontext

from portal.api import openapi
from portal.policy import public

bp = Blueprint("api_document", __name__, url_prefix="/api")


def written(app: Flask) -> str:
    """Write the document as it is committed: one for every machine."""
    return json.dumps(openapi.document(app), indent=2, ensure_ascii=False) + "\n"


@bp.get("/openapi.json")
@public
def show() -> Response:
    """Return the OpenAPI document."""
    kept: str | None = current_app.extensions.get("openapi")
    if kept is None:
        kept = current_app.extensions["openapi"] = written(current_app)
    return Response(kept, mimetype="application/json")


@click.command("openapi")
@with_appcontext
def print_document() -> None:
    """Print the OpenAPI document of the API."""
    click.echo(written(current_app), nl=False)


def register(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(print_document)
