"""Saved views of lists: kept under a name, renamed, deleted; every list of the kit shows its own."""

from __future__ import annotations

import uuid

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.forms.saved_views import RenameForm, ViewForm
from portal.policy import current_actor, policy
from portal.queries import lists as listings
from portal.queries import saved_views as queries
from portal.requests import lists, respond
from portal.services import saved_views

bp = Blueprint("saved_views", __name__, url_prefix="/views")


@bp.get("/new")
@policy(Permission.ACCOUNT_USE)
def new() -> ResponseReturnValue:
    """Ask under which name the list is kept as it is shown."""
    path, actor = request.args.get("path", ""), current_actor()
    query = lists.shortest(path, request.args.get("query", ""), actor)
    return _ask(ViewForm(formdata=None, path=path, query=query), 200)


@bp.post("/new")
@policy(Permission.ACCOUNT_USE)
def save() -> ResponseReturnValue:
    """Keep filters and order of a list under a name."""
    form, actor = ViewForm(), current_actor()

    def command() -> str:
        path = form.path.data or ""
        query = lists.shortest(path, form.query.data or "", actor)
        saved_views.save(path, query, actor=actor, name=form.name.data or "")
        return f"{path}?{query}"

    return respond.submit(
        form,
        command,
        again=lambda status: _ask(form, status),
        then=lambda url: respond.done(url, "View saved."),
        once=True,
    )


def _ask(form: ViewForm, status: int) -> ResponseReturnValue:
    listing = listings.BY_PATH.get(form.path.data or "")
    listed, back = (listing.noun[1], f"{listing.path}?{form.query.data}") if listing else ("work queue", "/")
    return respond.page("views/new.html", panel="views/_new.html", status=status, form=form, listed=listed, back=back)


@bp.route("/<uuid:view_id>/edit", methods=["GET", "POST"])
@policy(Permission.ACCOUNT_USE)
def edit(view_id: uuid.UUID) -> ResponseReturnValue:
    """Rename a view, or offer to delete it."""
    actor = current_actor()
    view = queries.view(view_id, viewer=actor)
    form = RenameForm(name=view.name)

    def again(status: int) -> ResponseReturnValue:
        listing = listings.BY_PATH.get(view.path)
        fits = listing is not None and lists.fits(listing, view.query, actor)
        return respond.page("views/edit.html", panel="views/_edit.html", status=status, form=form, view=view, fits=fits)

    return respond.submit(
        form,
        lambda: saved_views.rename(view_id, actor=actor, name=form.name.data or ""),
        again=again,
        then=(view.url, "View renamed."),
    )


@bp.post("/<uuid:view_id>/remove")
@policy(Permission.ACCOUNT_USE)
def remove(view_id: uuid.UUID) -> ResponseReturnValue:
    return respond.press(
        lambda: saved_views.remove(view_id, actor=current_actor()),
        "/",
        lambda path: respond.done(path, "View deleted."),
        once=True,
    )
