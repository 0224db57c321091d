"""Which organization a form was drawn for: it acts for that one alone, whichever the session has come to act for."""

from __future__ import annotations

from flask import Flask, request
from flask_login import current_user

from portal.domain.errors import OtherOrganisation
from portal.policy import PUBLIC, current_actor, policy_of
from portal.queries.identity.accounts import organisation_choices

FIELD = "drawn_for"


def drawn_for() -> str:
    """Return the organization that a form of this answer is drawn for; empty without one."""
    if not current_user.is_authenticated:
        return ""
    return str(current_actor().organisation_id or "")


def check() -> None:
    """Refuse what was filled in for another organization than the one acted for now.

    Raises:
        OtherOrganisation: it was, and the person may switch back to it.
    """
    if request.path.startswith("/api/"):
        return  # no form of ours: reading it as one would take the body from the endpoint
    sent = request.form.get(FIELD, "")
    if not sent or not current_user.is_authenticated or policy_of(request.endpoint or "") == PUBLIC:
        return
    if sent == drawn_for():
        return
    actor = current_actor()
    names = {str(choice.id): choice.name for choice in organisation_choices(actor)}
    raise OtherOrganisation(sent, names.get(sent, ""), now=actor.organisation_name)


def register(app: Flask) -> None:
    """Add it to every form."""
    app.jinja_env.globals["drawn_for"] = drawn_for
