"""The frame around every page: navigation by permission, organization, theme, counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, request
from markupsafe import Markup
from werkzeug.local import LocalProxy

from portal.domain.permissions import Actor, Permission, Role
from portal.policy import signed_in
from portal.queries.changes import WATCHED
from portal.queries.identity import accounts, shell
from portal.runtime import correlation


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the side navigation; empty `roles` means everyone with the permission.

    It is marked on the pages below its address, and on those that begin with what it `covers`.
    """

    label: str
    icon: str
    url: str
    permission: Permission
    group: str = ""
    roles: frozenset[Role] = frozenset()
    covers: tuple[str, ...] = ()

    def holds(self, path: str) -> int:
        """Return how many characters of an address lead to this entry: the nearest one has most."""
        if path == self.url:
            return len(path)
        begins = [begin for begin in (self.url, *self.covers) if begin != "/" and path.startswith(begin)]
        return max(map(len, begins), default=0)


_RECRUITING = frozenset({Role.RECRUITER})
_PLATFORM = frozenset({Role.PLATFORM_ADMIN})
NAV: tuple[NavItem, ...] = (
    NavItem("Work queue", "layout-dashboard", "/", Permission.ACCOUNT_USE, covers=("/queue/",)),
    NavItem("Candidates", "users", "/candidates", Permission.CANDIDATE_VIEW, roles=_RECRUITING | _PLATFORM),
    NavItem("Jobs", "briefcase", "/jobs", Permission.JOB_VIEW),
    NavItem("Proposals", "inbox", "/proposals", Permission.PROPOSAL_VIEW, covers=("/interviews/",)),
    NavItem("Placements", "heart-handshake", "/placements", Permission.PLACEMENT_VIEW),
    NavItem("Earnings", "coins", "/earnings", Permission.EARNINGS_VIEW, roles=_RECRUITING),
    NavItem(
        "Invoices",
        "file-text",
        "/invoices",
        Permission.INVOICE_VIEW,
        covers=("/credit-notes", "/receipts", "/billing-details"),
    ),
    NavItem("Disputes", "gavel", "/disputes", Permission.DISPUTE_VIEW),
    NavItem("Simulator", "scale", "/simulator", Permission.SIMULATE),
    NavItem("Recruiters", "star", "/recruiters", Permission.RECRUITER_VIEW),
    NavItem("Leaderboard", "trophy", "/leaderboard", Permission.REPUTATION_VIEW),
    NavItem("Analytics", "chart-bar", "/analytics", Permission.ANALYTICS_VIEW),
    NavItem("Team", "users", "/team", Permission.TEAM_VIEW),
    NavItem(
        "Billing",
        "cash",
        "/admin/billing",
        Permission.BILLING_MANAGE,
        "Platform",
        covers=("/earnings", "/payouts/", "/clawbacks/"),
    ),
    NavItem("Event log", "list-search", "/admin/events", Permission.EVENTS_VIEW, "Platform"),
    NavItem("Email", "mail", "/admin/deliveries", Permission.DELIVERIES_MANAGE, "Platform"),
    NavItem("People", "users", "/admin/people", Permission.USERS_ADMINISTER, "Platform"),
    NavItem("Settings", "settings", "/admin/settings", Permission.SETTINGS_EDIT, "Platform"),
)
AT_HAND = ("/", "/candidates", "/proposals", "/placements", "/earnings", "/admin/billing", "/jobs", "/invoices")
FINGERS = 5  # how many of these are one tap away on a phone


@dataclass(frozen=True, slots=True)
class Shell:
    nav: tuple[tuple[str, str, str, int, str], ...]
    here: str
    who: str  # person and organization in a few characters, by which a page notices that the session has changed
    user_name: str
    organisation_name: str
    role_label: str
    organisations: tuple[tuple[object, str, str, bool], ...]
    unread: int
    theme: str


class _Asked:
    """The frame of a request, built when a template first asks: a panel draws none, and counts nothing."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor

    def __getattr__(self, name: str) -> Any:
        shell = build(self._actor, g.get("theme", "system"))
        vars(self).update({field.name: getattr(shell, field.name) for field in fields(shell)})
        return getattr(shell, name)


def nav_for(actor: Actor) -> list[NavItem]:
    """List the entries that this person may open; an area that is not built has none."""
    served: frozenset[str] = current_app.extensions["served_paths"]
    return [i for i in NAV if i.url in served and actor.has(i.permission) and (not i.roles or i.roles & actor.roles)]


def build(actor: Actor, theme: str) -> Shell:
    """Build the frame of a request; what a change may have counted anew is asked after it."""
    counts = g.get("shell_counts") or shell.shell_counts(actor)
    choices = accounts.organisation_choices(actor) if counts.memberships > 1 else ()
    items, path = nav_for(actor), request.path
    here = max(items, key=lambda item: item.holds(path), default=None)
    return Shell(
        nav=tuple(
            (i.label, i.icon, i.url, counts.open_proposals if i.url == "/proposals" else 0, i.group) for i in items
        ),
        here=here.label if here and here.holds(path) else "",
        who=f"{str(actor.user_id)[-9:]}{str(actor.organisation_id)[-9:]}",
        user_name=actor.name,
        organisation_name=actor.organisation_name,
        role_label=accounts.role_label(actor.roles),
        organisations=tuple((c.id, c.name, c.role_label, c.current) for c in choices),
        unread=counts.unread,
        theme=theme if theme != "system" else "",
    )


@lru_cache(maxsize=1024)
def draw_side(nav: tuple[tuple[str, str, str, int, str], ...], here: str) -> Markup:
    """Draw the navigation: many pages in a row show the same one."""
    macros = vars(current_app.jinja_env.get_template("layouts/_side.html").module)  # known only when they are compiled
    near = sorted((item for item in nav if item[2] in AT_HAND), key=lambda item: AT_HAND.index(item[2]))
    drawn: Markup = macros["side"](nav, here, near[:FINGERS])
    return drawn


def _context() -> dict[str, object]:
    """Return the variables that all templates have; errors outside a session get a bare frame."""
    common = {"correlation_id": correlation.current(), "viewer_zone": None, "shell": None, "theme": "", "watched": ""}
    user = None if request.path.startswith(("/healthz", "/readyz")) else signed_in()
    if user is None:
        return {**common, "now": g.get("now") or accounts.database_now()}
    actor = user.actor
    zone = actor.time_zone if actor.time_zone != "UTC" else None
    return {
        **common,
        "now": actor.now,
        "viewer_zone": zone,
        "watched": LocalProxy(_watched),
        "actor": actor,
        "shell": g.setdefault("shell", _Asked(actor)),
    }


def _watched() -> str:
    """Return the object of this address as an open page asks for its changes."""
    ids = request.view_args or {}
    return next((f"{kind}={ids[f'{kind}_id']}" for kind in WATCHED if f"{kind}_id" in ids), "")


def register(app: Flask) -> None:
    """Register the frame of every whole page; panels ask for it only when they print it."""
    app.extensions["served_paths"] = frozenset(rule.rule for rule in app.url_map.iter_rules() if not rule.arguments)
    app.context_processor(_context)
    app.jinja_env.globals["draw_side"] = draw_side
