"""The search of the top bar, and the palette: go somewhere, do something, find somebody."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.names import fold
from portal.domain.permissions import Actor, Permission
from portal.policy import current_actor, policy, policy_of
from portal.queries import search
from portal.requests import frame, respond

bp = Blueprint("search", __name__)
# What the palette offers to do, to whoever may: the words, and the view that asks for the rest.
ACTS = {
    "Add candidate": "candidates.new",
    "Check availability of a candidate": "candidates.check",
    "Import candidates": "candidate_import.run",
    "Propose candidate": "proposing.new",
    "Post job": "jobs.new",
    "Record hire": "hiring.new",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of the palette: where to go, or what to do."""

    label: str
    icon: str
    path: str


@bp.get("/search")
@policy(Permission.ACCOUNT_USE)
def index() -> ResponseReturnValue:
    """Show what was found, grouped by kind."""
    q = _typed()
    groups = search.search(current_actor(), q)
    return respond.page("search/page.html", panel="search/_results.html", q=q, groups=groups)


@bp.get("/palette")
@policy(Permission.ACCOUNT_USE)
def palette() -> ResponseReturnValue:
    """Open the palette, or answer what is typed in it; without script it is the search."""
    q, actor = _typed(), current_actor()
    if not respond.wants_panel():
        return redirect(url_for("search.index", q=q), 303)
    panel = "search/_found.html" if "q" in request.args else "search/_palette.html"
    return respond.page(panel, panel=panel, q=q, offers=_offers(actor, q), groups=search.search(actor, q))


def _typed() -> str:
    typed = request.args.get("q", "")[: search.LONGEST]
    return "".join(c for c in typed if c.isprintable()).strip()


def _offers(actor: Actor, q: str) -> list[Offer]:
    """List the acts and pages of this person whose words hold all that is typed."""
    acts = [
        Offer(label, "bolt", url_for(view))
        for label, view in ACTS.items()
        if actor.has(Permission(str(policy_of(view))))
    ]
    pages = [Offer(f"Go to {item.label}", item.icon, item.url) for item in frame.nav_for(actor)]
    words = fold(q).split()
    return [offer for offer in [*acts, *pages] if all(word in fold(offer.label) for word in words)]
