"""The page of one's own access tokens: create (shown once), see the last use, revoke."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms.access_tokens import SCOPE_LABELS, AccessTokenForm
from portal.policy import current_actor, policy
from portal.queries.identity.access_tokens import tokens_of
from portal.requests import respond
from portal.services.identity import access_tokens

SHOWN_BEFORE = (
    "The token was created when you first sent the form and was shown only once. If you missed it, revoke it and"
    " create another."
)
bp = Blueprint("access_tokens", __name__, url_prefix="/account/tokens")


def _page(form: AccessTokenForm, *, status: int = 200, fresh: str = "") -> ResponseReturnValue:
    """Show the tokens; `fresh` is a new one, which nobody sees again."""
    form.offer(access_tokens.scopes_of(current_actor()))
    return respond.page("access_tokens/page.html", status=status, form=form, fresh=fresh, **_listed())


def _listed() -> dict[str, Any]:
    return {"tokens": tokens_of(current_actor()), "labels": SCOPE_LABELS}


@bp.route("", methods=["GET", "POST"])
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """List the tokens; create one and show it, this once; sent a second time, the form leads back to the list."""
    form = AccessTokenForm()
    form.offer(access_tokens.scopes_of(current_actor()))
    return respond.submit(
        form,
        lambda: access_tokens.issue(actor=current_actor(), **form.to_input()),
        again=lambda status: _page(form, status=status),
        then=lambda issued: _page(AccessTokenForm(formdata=None), fresh=issued.token),
        once=True,
        done_before=SHOWN_BEFORE,
    )


@bp.post("/<uuid:token_id>/revoke")
@policy(Permission.ACCOUNT_USE)
def revoke(token_id: uuid.UUID) -> ResponseReturnValue:
    access_tokens.revoke(token_id, actor=current_actor())
    message = "Token revoked. It no longer works."
    return respond.done(
        url_for("access_tokens.index"),
        message,
        panel=lambda: render_template("access_tokens/_tokens.html", done=message, **_listed()),
    )
