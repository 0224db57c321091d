"""What every form carries: above all the organization that it was drawn for, and acts for whatever the session does."""

from __future__ import annotations

import uuid

from flask import Flask, g, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from portal.domain.errors import OtherOrganisation
from portal.policy import PUBLIC, current_actor, is_of_the_person, policy_of, signed_in
from portal.queries.identity.accounts import organisation_choices
from portal.rendering.charts import drawn
from portal.requests import programs

FIELD, BY = "drawn_for", "drawn_by"
PAGE = "X-Drawn-For"  # of what a page asks without a form of its own: a dialog, a list narrowed


def tag_of(user_id: uuid.UUID) -> str:
    """Return what tells one person from another in a form, and is short, because a page has many forms."""
    return user_id.hex[-8:]


def drawn_for() -> str:
    """Return the organization that a form of this answer is drawn for; empty without one."""
    user = signed_in()
    return str(user.actor.organisation_id or "") if user else ""


def carried() -> Markup:
    """Return what every form of this answer carries: its session's token, and for which organization and whom it is."""
    kept: Markup | None = g.get("carried")
    if kept is None:
        user = signed_in()
        known = {FIELD: drawn_for(), BY: tag_of(user.actor.user_id) if user else ""}
        fields = [("csrf_token", generate_csrf()), *((name, value) for name, value in known.items() if value)]
        kept = g.carried = drawn("".join(f'<input type="hidden" name="{n}" value="{escape(v)}">' for n, v in fields))
    return kept


def check() -> None:
    """Refuse what was filled in, or is asked by a page that was drawn, for another organization than now acted for."""
    if programs.asks():
        return  # no form of ours: reading it as one would take the body from the endpoint
    is_sent = request.method == "POST"
    sent = (is_sent and request.form.get(FIELD)) or request.headers.get(PAGE, "")
    endpoint = request.endpoint or ""
    if not sent or signed_in() is None or policy_of(endpoint) == PUBLIC:
        return
    if sent == drawn_for() or is_of_the_person(endpoint):
        return
    actor = current_actor()
    names = {str(choice.id): choice.name for choice in organisation_choices(actor)}
    raise OtherOrganisation(sent, names.get(sent, ""), now=actor.organisation_name, is_sent=is_sent)


def register(app: Flask) -> None:
    """Add it to every form."""
    app.jinja_env.globals["carried"] = carried
