"""/styleguide: every macro of the kit in every state, and sample pages; in development and tests only."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, render_template, render_template_string, request
from flask.typing import ResponseReturnValue

from portal.blueprints import samples
from portal.policy import public
from portal.wording.states import known_states

bp = Blueprint("styleguide", __name__, url_prefix="/styleguide")
PAGES = (
    "queue", "placement", "proposals", "events", "reputation", "form", "statement", "sign_in", "error", "broken",
)  # fmt: skip
THEMES = ("light", "dark")


@bp.before_request
def only_outside_production() -> None:
    """Hide the styleguide where people work."""
    if current_app.config.get("ENV_NAME") == "production":
        abort(404)


@bp.get("/")
@public
def index() -> ResponseReturnValue:
    """Show every macro."""
    return _draw("styleguide/index.html", here="")


@bp.get("/pages/<name>")
@public
def page(name: str) -> ResponseReturnValue:
    """Show a sample page that is put together from the kit."""
    if name not in PAGES:
        abort(404)
    return _draw(f"styleguide/pages/{name}.html", here=samples.HERE.get(name, ""))


@bp.post("/preview")
@public
def preview() -> ResponseReturnValue:
    """Answer the live preview of the sample form."""
    return render_template_string("<b>{{ 2500000|money }}</b> fee, as the server works it out")


def _draw(template: str, here: str) -> ResponseReturnValue:
    chosen = request.args.get("theme", "")
    shell = samples.shell(here, chosen if chosen in THEMES else "")
    context = {"now": samples.NOW, "viewer_zone": None, "s": samples, "states": known_states(), "pages": PAGES}
    return render_template(template, shell=shell, form=samples.form(), **context)
