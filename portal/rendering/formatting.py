"""Jinja filters and globals of every page: `writing` bound to the page's clock, states, form keys and the kit.

Relative times count from the template's `now`; absolute ones name their zone (UTC, or the viewer's `viewer_zone`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Flask, before_render_template, g, request
from jinja2 import pass_context
from jinja2.runtime import Context
from wtforms import Field
from wtforms.form import BaseForm

from portal.domain import times
from portal.extensions import changes_refused
from portal.rendering import charts, fragments, json_view
from portal.wording import amounts, writing
from portal.wording.states import state_info
from portal.wording.writing import Clock, Elapsed


def clock_of(values: Mapping[str, Any] | Context) -> Clock:
    """Read the clock from template variables: `now`, and `viewer_zone` as a name or a zone."""
    zone = values.get("viewer_zone")
    return Clock(
        values.get("now") or datetime.now(UTC), ZoneInfo(zone) if isinstance(zone, str) and zone else zone or None
    )


def _remember_clock(_app: Flask, context: dict[str, Any], **_: Any) -> None:
    # Macros are compiled once, without the page's variables; the page's clock reaches them through g.
    g.page_clock = context["page_clock"] = clock_of(context)


def _clock(context: Context) -> Clock:
    return context.get("page_clock") or g.get("page_clock") or clock_of(context)


@pass_context
def full(context: Context, at: datetime) -> str:
    """Write the absolute time with its zone."""
    return times.write_full(at, _clock(context).zone)


@pass_context
def deadline(context: Context, at: datetime) -> str:
    """Write the absolute time until which something may be done, with its zone."""
    return times.write_deadline(at, _clock(context).zone)


@pass_context
def day(context: Context, at: date | datetime, there: str | None = None) -> str:
    """Write the date, of a time in the viewer's zone or `there`; a day of a calendar elsewhere names its zone."""
    zone = _clock(context).zone
    if isinstance(at, datetime):
        return times.write_day(times.in_zone(at, ZoneInfo(there) if there else zone)[0])
    return times.write_day_of(at, there, zone.key if zone is not None else "UTC")


@pass_context
def clock(context: Context, at: datetime) -> str:
    """Write `02:08 UTC`."""
    local, name = times.in_zone(at, _clock(context).zone)
    return f"{local:%H:%M} {name}"


@pass_context
def second(context: Context, at: datetime) -> str:
    """Write `2026-11-24 02:08:31` as logs do; print the zone beside it."""
    return f"{times.in_zone(at, _clock(context).zone)[0]:%Y-%m-%d %H:%M:%S}"


@pass_context
def left(context: Context, at: datetime) -> str:
    """Write how long it is to a deadline."""
    return writing.write_left((at - _clock(context).now).total_seconds())


@pass_context
def ago(context: Context, at: datetime) -> str:
    """Write how long ago it was."""
    return writing.write_ago(at, _clock(context))


@pass_context
def ahead(context: Context, day: date) -> str:
    """Write a day of the weeks to come."""
    clock = _clock(context)
    return writing.write_ahead(day, times.in_zone(clock.now, clock.zone)[0].date())


@pass_context
def elapsed(context: Context, start: date | datetime, end: date | datetime) -> Elapsed:
    """Count the whole days of a span, and how many have gone by now."""
    return writing.write_elapsed(start, end, _clock(context).now)


def new_form_key() -> str:
    """Return the one-time key of a form; one that is shown again unread, after an outage, keeps the key it had."""
    sent = request.form.get("idempotency_key") if changes_refused() else None
    return sent or uuid4().hex


def form_errors(form: BaseForm) -> list[tuple[str | None, str]]:
    """List the errors of a form in the order of its fields, each with the id of the control to go to."""
    found = [pair for field in form for pair in _field_errors(field)]
    return found + [(None, str(text)) for text in getattr(form, "form_errors", ())]


def _field_errors(field: Field) -> list[tuple[str | None, str]]:
    inner = getattr(field, "entries", None) or (list(field.form) if hasattr(field, "form") else [])
    if inner:
        whole = field.errors if isinstance(field.errors, list) else ()  # what is wrong with the rows as a whole
        said: list[tuple[str | None, str]] = [(None, text) for text in whole if isinstance(text, str)]
        return said + [pair for entry in inner for pair in _field_errors(entry)]
    return [(field.id, str(text)) for text in field.errors]


CLOCKED = (full, deadline, day, clock, second, left, ago, ahead, elapsed)
PLAIN = (
    writing.iso,
    writing.duration,
    amounts.figure,
    amounts.gain,
    amounts.money,
    amounts.currency_symbol,
    writing.percent,
    writing.bp,
    writing.number,
    writing.plural,
    writing.sentence,
    writing.account,
    writing.phone,
    # Drawings of which a list has fifty: a filter costs half of a call.
    fragments.who,
    fragments.breakable,
    fragments.protection,
    charts.qr,
)


def register(app: Flask) -> None:
    """Register the templates' filters, globals and the kit `ui`."""
    app.jinja_env.filters.update(
        {written.__name__: written for written in (*CLOCKED, *PLAIN)}, json_view=json_view.draw
    )
    app.jinja_env.globals.update(new_form_key=new_form_key, state_info=state_info, form_errors=form_errors)
    before_render_template.connect(_remember_clock, app)
    fragments.register(app)
