"""The event log of the platform: filter, page, open, export, verify."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from portal.domain import times
from portal.domain.errors import NotFound
from portal.domain.events import EVENT_TYPES
from portal.domain.ids import written_id
from portal.domain.permissions import Permission
from portal.policy import current_actor, policy
from portal.queries.admin import deliveries
from portal.queries.log import event_log
from portal.requests import lists, respond
from portal.services.log import archives, chain, verification
from portal.services.log.verification import Verdict
from portal.wording.writing import iso

bp = Blueprint("events", __name__)
VERIFY_AT_ONCE = 50_000  # entries a request: some seconds
MOST_ENTRIES = 2**62


@bp.get("/admin/events")
@policy(Permission.EVENTS_VIEW)
def index() -> ResponseReturnValue:
    """Show the log, and one event beside it when the address names it."""
    opened = _id("event")
    entry = event_log.entry(current_actor(), opened) if opened else None
    return lists.show(event_log.EVENTS, "events/page.html", entry=entry, begins=archives.begins_for_pages())


@bp.get("/admin/events/types")
@policy(Permission.EVENTS_VIEW)
def types() -> ResponseReturnValue:
    return render_template("events/_types.html", types=sorted(EVENT_TYPES))


@bp.get("/admin/events.jsonl")
@policy(Permission.EVENTS_VIEW)
def as_json_lines() -> ResponseReturnValue:
    """Stream what the filter shows, one JSON object a line."""
    rows = ({name: _written(row[name]) for name in event_log.EXPORTED} for row in lists.exported(event_log.EVENTS))
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return respond.file(stream_with_context(lines), "events.jsonl", "application/jsonl")


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
    start = min(max(0, after), MOST_ENTRIES) if after is not None else verification.progress().verified
    verdict = verification.verify(after=start, most=VERIFY_AT_ONCE)
    verification.keep_verified(verdict, actor=actor)
    if respond.wants_panel():
        return render_template("events/_chain.html", **_chain(verdict))
    flash(_said(verdict), "ok" if verdict.ok else "bad")
    return redirect("/admin/events/chain", 303)


def _chain(verdict: Verdict | None) -> dict[str, Any]:
    """Return what the panel shows: the head, how old its checkpoint is, and the verdict."""
    return {
        "head": chain.head(),
        "age": verification.checkpoint_age(current_actor().now),
        "progress": verification.progress(),
        "round": verification.ROUND,
        "archives": archives.listed(),
        "alarm": deliveries.last_error(current_actor(), "verify_log"),
        "verdict": verdict,
    }


@bp.get("/admin/events/head.json")
@policy(Permission.EVENTS_VIEW)
def head() -> ResponseReturnValue:
    """Return the newest seal to be kept elsewhere: whoever has it can tell later whether history was changed."""
    number, digest = chain.head()
    kept = {"number": number, "hash": digest, "algorithm": "HMAC-SHA256", "at": iso(current_actor().now)}
    return respond.file(json.dumps(kept, indent=2) + "\n", f"event-log-head-{number}.json", "application/json")


def _said(verdict: Verdict) -> str:
    """Return the outcome in one sentence."""
    if verdict.problem is not None:
        return verdict.problem.sentence
    if verdict.next is not None:
        return f"Entries up to {verdict.next:,} are intact; `flask --app wsgi events verify` checks all."
    return f"Verified: all {verdict.head_number:,} entries are intact."


def _id(name: str) -> uuid.UUID | None:
    """Read an id from the address."""
    text = request.args.get(name)
    try:
        return written_id(text) if text else None
    except ValueError as error:
        raise NotFound() from error


def _written(value: object) -> object:
    """Return ids and times as text, times as the API writes them; the payload stays an object."""
    if isinstance(value, datetime):
        return times.exact(value)
    return value if value is None or isinstance(value, str | dict) else str(value)
