"""Analytics: the whole marketplace for the platform, one's own part of it for companies and recruiters."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission
from portal.policy import current_actor, policy
from portal.queries import analytics as queries
from portal.queries.analytics import RANGES, Range
from portal.rendering import analytics_charts, spreadsheets
from portal.rendering.analytics_charts import Chart
from portal.requests import lists, respond
from portal.services.reputation import counters

bp = Blueprint("analytics", __name__)
USUAL_DAYS = 90


@bp.get("/analytics")
@policy(Permission.ANALYTICS_VIEW)
def index() -> ResponseReturnValue:
    """Show all charts over a range of days."""
    viewer, span = current_actor(), _span()
    proposals = queries.funnel(viewer, span)
    weeks = queries.protections_ending(viewer)
    sizes = queries.team_sizes(viewer, span)
    *over_time, fees = analytics_charts.of_steps(queries.steps(viewer, span), span)
    charts = [analytics_charts.of_proposals(proposals), *over_time, analytics_charts.of_teams(sizes)]
    charts += [] if weeks is None else [analytics_charts.of_protections(weeks)]
    health = queries.health(viewer, span)
    return respond.page(
        "analytics/page.html",
        days=span.days,
        tabs=[(f"{days} days", f"/analytics?days={days}", None, days == span.days) for days in RANGES],
        f=proposals,
        hired=sum(size.hired for size in sizes),
        completed=sum(size.completed for size in sizes),
        charts=[*charts, fees],
        health=health,
        today=counters.today(actor=viewer) if health else {},
    )


@bp.get("/analytics/<any(funnel, pace, timeouts, failures, fees, teams, protections):chart>.csv")
@policy(Permission.ANALYTICS_VIEW)
def as_csv(chart: str) -> ResponseReturnValue:
    """Return the figures of one chart as CSV."""
    viewer, span = current_actor(), _span()
    found = _chart(chart, viewer, span)
    table = spreadsheets.table(found.head, found.rows, lists.style_of(viewer))
    return respond.file(table, f"{chart}-{span.days}-days.csv", "text/csv")


def _chart(name: str, viewer: Actor, span: Range) -> Chart:
    """Compute one chart alone."""

    def protections() -> Chart:
        weeks = existing(queries.protections_ending(viewer))
        return analytics_charts.of_protections(weeks)

    alone: dict[str, Callable[[], Chart]] = {
        "funnel": lambda: analytics_charts.of_proposals(queries.funnel(viewer, span)),
        "teams": lambda: analytics_charts.of_teams(queries.team_sizes(viewer, span)),
        "protections": protections,
    }
    if name in alone:
        return alone[name]()
    return next(c for c in analytics_charts.of_steps(queries.steps(viewer, span), span) if c.name == name)


def _span() -> Range:
    """Read the range from the address; a made-up one is the usual one."""
    days = request.args.get("days", USUAL_DAYS, type=int)
    return queries.range_of(current_actor(), days if days in RANGES else USUAL_DAYS)
