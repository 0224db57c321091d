"""The search of the top bar, and the palette: go somewhere, do something, find somebody."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.names import fold
from portal.domain.permissions import Actor, Permission
from portal.policy import PUBLIC, current_actor, policy, policy_of
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
# Pages that the navigation has no room for, found by what is typed: their words, and the view.
BELOW = {
    "Account, password and sessions": "accounts.account",
    "Notifications": "notifications.index",
    "Notification settings": "notifications.choose",
    "Access tokens": "access_tokens.index",
    "API documentation": "api_docs.show",
    "Keyboard shortcuts": "home.shortcuts",
    "Payouts": "earnings.index",
    "Bank details": "earnings.payee_page",
    "Receipts": "billing.all_receipts",
    "Credit notes": "billing.credit_notes",
    "Billing details": "billing.details_page",
    "Precedents": "disputes.all_precedents",
    "Payout runs": "billing.all_runs",
    "Ledger": "billing.transfers",
    "Billing limits": "billing.set_limits",
    "Appeals": "appeals.index",
    "Recalculation of scores": "recruiters.recalculation",
    "Organizations": "people.organisations",
    "Email queue and jobs": "deliveries.queue",
    "Integrity check of the event log": "events.integrity",
    "Limits and deadlines": "settings.platform",
    "Guarantee terms": "settings.guarantee",
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
    """List the acts and pages of this person whose words hold all that is typed; what is below a page comes last."""
    acts = [Offer(label, "bolt", url_for(view)) for label, view in ACTS.items() if _may_open(actor, view)]
    pages = [Offer(f"Go to {item.label}", item.icon, item.url) for item in frame.nav_for(actor)]
    below = [
        Offer(f"Go to {label}", "chevron-right", url_for(view))
        for label, view in BELOW.items()
        if q and _may_open(actor, view)
    ]
    words = fold(q).split()
    return [offer for offer in [*acts, *pages, *below] if all(word in fold(offer.label) for word in words)]


def _may_open(actor: Actor, view: str) -> bool:
    needed = policy_of(view)
    return needed == PUBLIC or actor.has(Permission(str(needed)))
