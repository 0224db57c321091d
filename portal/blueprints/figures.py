"""How a figure that is being typed is understood: shown beside its field before the form is sent."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms import figures
from portal.policy import of_the_person, policy
from portal.requests import respond

bp = Blueprint("figures", __name__, url_prefix="/figures")


@bp.get("/<any(money, percent, days, days_or_never):kind>")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def read(kind: str) -> ResponseReturnValue:
    """Show how the figure in the field named by `field` is understood; writes nothing."""
    if not respond.wants_panel():
        return redirect(respond.START, 303)
    name = request.args.get("field", "")[:100]
    found = figures.understand(kind, request.args.get(name, ""), request.args.get("currency", ""))
    return render_template("figures/_understood.html", name=name, u=found)
