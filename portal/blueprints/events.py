"""The event log of the platform: filter, page, open, export, verify."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.domain import times
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.events import EVENT_TYPES
from portal.domain.permissions import Permission
from portal.forms.events import EventFilterForm
from portal.policy import current_actor, policy
from portal.queries.log import event_log
from portal.queries.paging import Page
from portal.rendering import spreadsheets
from portal.requests import respond
from portal.services.log import chain, verification
from portal.services.log.verification import Verdict
from portal.wording.writing import iso

bp = Blueprint("events", __name__)
VERIFY_AT_ONCE = 50_000  # entries a request: some seconds
MOST_ENTRIES = 2**62
COLUMNS = (
    "id",
    "type",
    "at",
    "actor_id",
    "actor",
    "organisation_id",
    "organisation",
    "candidate_id",
    "job_id",
    "proposal_id",
    "placement_id",
    "recruiter_id",
    "user_id",
    "correlation_id",
    "payload",
)


@bp.get("/admin/events")
@policy(Permission.EVENTS_VIEW)
def index() -> ResponseReturnValue:
    """Show the log, and one event beside it when the address names it."""
    actor, form = current_actor(), EventFilterForm(request.args)
    valid = form.validate()
    page: Page[event_log.LogRow] = Page(())
    if valid:
        page = event_log.log(actor, form.to_input(actor.time_zone), before=_id("before"), after=_id("after"))
    opened = _id("event")
    place = {k: request.args[k] for k in ("before", "after") if k in request.args}
    return respond.page(
        "events/page.html",
        status=200 if valid else 422,
        form=form,
        page=page,
        query=urlencode(form.given()),
        here=urlencode({**form.given(), **place}),
        entry=event_log.entry(actor, opened) if opened else None,
    )


@bp.get("/admin/events/types")
@policy(Permission.EVENTS_VIEW)
def types() -> ResponseReturnValue:
    """List the types of events for the filter."""
    return render_template("events/_types.html", types=sorted(EVENT_TYPES))


@bp.get("/admin/events.csv")
@policy(Permission.EVENTS_VIEW)
def as_csv() -> ResponseReturnValue:
    """Stream what the filter shows as CSV for spreadsheets."""
    return _download(_csv_lines(_exported()), "events.csv", "text/csv")


@bp.get("/admin/events.jsonl")
@policy(Permission.EVENTS_VIEW)
def as_json_lines() -> ResponseReturnValue:
    """Stream what the filter shows, one JSON object a line."""
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in _exported())
    return _download(lines, "events.jsonl", "application/jsonl")


@bp.get("/admin/events/chain")
@policy(Permission.EVENTS_VIEW)
def integrity() -> ResponseReturnValue:
    """Show how far the log is sealed and marked, and offer to verify it."""
    return respond.page("events/chain.html", **_chain(None))


@bp.post("/admin/events/verify")
@policy(Permission.EVENTS_VIEW)
def verify() -> ResponseReturnValue:
    """Recompute the chain, a part a request, and say what was found."""
    actor, after = current_actor(), request.form.get("after", type=int)
    start = min(max(0, after), MOST_ENTRIES) if after is not None else verification.last_verified()
    verdict = verification.verify(after=start, most=VERIFY_AT_ONCE)
    if verdict.next is None:
        verification.keep_verified(verdict, actor=actor)
    if respond.wants_panel():
        return render_template("events/_chain.html", **_chain(verdict))
    flash(_said(verdict), "ok" if verdict.ok else "bad")
    return redirect("/admin/events/chain", 303)


def _chain(verdict: Verdict | None) -> dict[str, object]:
    """Return what the panel shows: the head, how old its checkpoint is, and the verdict."""
    return {
        "head": chain.head(),
        "age": verification.checkpoint_age(current_actor().now),
        "verified": verification.last_verified(),
        "verdict": verdict,
    }


@bp.get("/admin/events/head.json")
@policy(Permission.EVENTS_VIEW)
def head() -> ResponseReturnValue:
    """Give the newest seal to be kept elsewhere: whoever has it can tell later whether history was changed."""
    number, digest = chain.head()
    kept = {"number": number, "hash": digest, "algorithm": "HMAC-SHA256", "at": iso(current_actor().now)}
    return respond.text_file(json.dumps(kept, indent=2) + "\n", f"event-log-head-{number}.json", "application/json")


def _said(verdict: Verdict) -> str:
    """Say the outcome in one sentence."""
    if verdict.problem is not None:
        return verdict.problem.sentence
    if verdict.next is not None:
        return f"Entries up to {verdict.next:,} are intact; `flask --app wsgi events verify` checks all."
    return f"Verified: all {verdict.head_number:,} entries are intact."


def _id(name: str) -> uuid.UUID | None:
    """Read an id from the address.

    Raises:
        NotFound: it is none.
    """
    text = request.args.get(name)
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise NotFound() from error


def _exported() -> Iterator[dict[str, object]]:
    """Stream the rows of the address's filter with values for files.

    Raises:
        InvalidInput: the filter cannot be read.
    """
    actor, form = current_actor(), EventFilterForm(request.args)
    if not form.validate():
        raise InvalidInput(next(iter(form.errors.values()))[0])
    rows = event_log.export(actor, form.to_input(actor.time_zone))
    return ({name: _written(row[name]) for name in COLUMNS} for row in rows)


def _written(value: object) -> object:
    """Return ids and times as text, times as the API writes them; the payload stays an object."""
    if isinstance(value, datetime):
        return times.exact(value)
    return value if value is None or isinstance(value, str | dict) else str(value)


def _csv_lines(rows: Iterator[dict[str, object]]) -> Iterator[str]:
    """Write the rows with a byte-order mark and every cell quoted."""
    yield spreadsheets.table(COLUMNS, ())
    for row in rows:
        yield spreadsheets.line(_cell(row[name]) for name in COLUMNS)


def _cell(value: object) -> object:
    """Write the payload as JSON text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else value


def _download(lines: Iterator[str], name: str, mimetype: str) -> Response:
    answer = Response(stream_with_context(lines), mimetype=mimetype)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
