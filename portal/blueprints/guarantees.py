"""The guarantee of a placement: extending it, and replacing what failed inside it."""

from __future__ import annotations

import uuid

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints import placement_pages
from portal.domain.permissions import Permission
from portal.forms.placements import LinkReplacementForm
from portal.policy import current_actor, policy
from portal.queries.placements import placements as queries
from portal.requests import respond
from portal.services.placements import guarantees, replacements

bp = Blueprint("guarantees", __name__, url_prefix="/placements/<uuid:placement_id>")


@bp.get("/extend")
@policy(Permission.PLACEMENT_CHANGE)
def extend_page(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for the extension, for a browser that opens no dialogs."""
    return placement_pages.ask(placement_id, "extend")


@bp.post("/extend")
@policy(Permission.PLACEMENT_CHANGE)
def extend(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Extend the guarantee; sent twice it extends once."""
    done = "Extended. All collaborators are told."
    return placement_pages.act(placement_id, "extend", guarantees.extend, done, once=True)


@bp.get("/request-replacement")
@policy(Permission.PLACEMENT_CHANGE)
def request_page(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask until when a replacement is needed, for a browser that opens no dialogs."""
    return placement_pages.ask(placement_id, "request_replacement")


@bp.post("/request-replacement")
@policy(Permission.PLACEMENT_CHANGE)
def request_replacement(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Request a replacement."""
    done = "Requested. The recruiters are told."
    return placement_pages.act(placement_id, "request_replacement", replacements.request, done)


@bp.get("/link-replacement")
@policy(Permission.PLACEMENT_CHANGE)
def link_page(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Ask which placement takes the place of the failed one."""
    return _link_page(placement_id, None, 200)


@bp.post("/link-replacement")
@policy(Permission.PLACEMENT_CHANGE)
def link(placement_id: uuid.UUID) -> ResponseReturnValue:
    """Link a replacement."""
    form = LinkReplacementForm()

    def then(_: uuid.UUID) -> ResponseReturnValue:
        return respond.done(url_for("placements.show", placement_id=placement_id), "Linked. Both teams are told.")

    return respond.submit(
        form,
        lambda: replacements.link(placement_id, actor=current_actor(), **form.to_input()),
        again=lambda status: _link_page(placement_id, form, status),
        then=then,
    )


def _link_page(placement_id: uuid.UUID, form: LinkReplacementForm | None, status: int) -> ResponseReturnValue:
    found = queries.detail(placement_id, viewer=current_actor())
    if "link_replacement" not in found.allowed_actions:
        return placement_pages.elsewhere(placement_id, form, status)
    choices = queries.replacement_choices(found, viewer=current_actor())
    shown = (form or LinkReplacementForm(formdata=None)).offer(choices)
    return respond.page("placements/link.html", status=status, p=found, form=shown, choices=choices)
