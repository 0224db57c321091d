"""The kit that templates call as `ui`: small pieces drawn in Python because lists repeat them, and every macro.

A macro call costs several times a cached string, and a list of 50 rows makes hundreds of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g
from jinja2 import Environment, nodes
from markupsafe import Markup, escape

from portal.domain import times
from portal.domain.texts import MINUS
from portal.rendering import charts
from portal.rendering.controls import control
from portal.wording import writing
from portal.wording.states import state_info
from portal.wording.writing import Clock

CIRCLE = Markup('cx="18" cy="18" r="15.9155"')  # a circle of length 100
MACRO_FILES = "components/"
LONG = 25  # fewer letters fit into a line of a phone


def page_clock() -> Clock:
    """Return the clock of the page that is being rendered (formatting puts it there)."""
    clock: Clock = g.page_clock
    return clock


@lru_cache(maxsize=1024)
def icon(name: str, size: str = "", label: str | None = None) -> Markup:
    """Draw a symbol of the sprite; `size` is `s`, `l` or nothing; a label makes it an image that is read out."""
    sprite = current_app.extensions["assets"].url("icons.svg")
    role = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    size = f" {size}" if size else ""
    return Markup('<svg class="icon{}" {}><use href="{}#{}"/></svg>').format(size, role, sprite, name)


def avatar(name: str | None, size: str = "") -> Markup:
    """Draw a person's initials; without a name, an unknown or deleted user. Print the name beside it."""
    return (
        _avatar(name, size)
        if name
        else Markup('<span class="av{} gone" aria-hidden="true">{}</span>').format(
            f" {size}" if size else "", icon("user", "s")
        )
    )


@lru_cache(maxsize=4096)
def _avatar(name: str, size: str) -> Markup:
    size = f" {size}" if size else ""
    return Markup('<span class="av{}" aria-hidden="true">{}</span>').format(size, writing.initials(name))


def breakable(text: str) -> Markup:
    """Let a long email break before its marks, where there is no room for it, and not in the middle of a word."""
    if len(text) < LONG or "@" not in text:
        return escape(text)
    return Markup("<wbr>").join(re.split(r"(?<=\w)(?=[@.])", text))


@lru_cache(maxsize=8192, typed=True)
def who(name: str, *under: str | None) -> Markup:
    """Draw a person in a list: initials, name, and below it what is there of `under`, with commas."""
    below = Markup(", ").join(breakable(one) for one in under if one)
    said = Markup("<small>{}</small>").format(below) if below else ""
    return Markup('<span class="who">{}<span>{}{}</span></span>').format(avatar(name), name, said)


@lru_cache(maxsize=1024, typed=True)  # typed: a text and the same text as markup are not drawn alike
def tag(label: str, tone: str = "", icon_name: str | None = None) -> Markup:
    """Draw a tag: a word with a tone, and an icon if one is named."""
    drawn = icon(icon_name, "s") if icon_name else ""
    return Markup('<span class="tag{}">{}{}</span>').format(f" {tone}" if tone else "", drawn, label)


@lru_cache(maxsize=512)
def state_tag(kind: str, state: str) -> Markup:
    """Draw a state as icon, word and tone."""
    label, icon_name, tone = state_info(kind, state)
    return tag(label, tone, icon_name)


@lru_cache(maxsize=4096)
def protection(days: int, left: int) -> Markup:
    """Draw how much of a protection is left, draining to its end."""
    tone = writing.tone_of_rest(left)
    marked = f' class="{tone}"' if tone else ""
    bar = f'<progress{marked} value="{left}" max="{days}"></progress>'
    return charts.drawn(f'<label class="protection">{bar}<small>{left} days left</small></label>')


def rel(at: datetime | None, never: str = "never") -> Markup:
    """Draw how long ago it was, with the absolute time in the title."""
    if at is None:
        return escape(never)
    clock = page_clock()
    return charts.drawn(f"<time {_stamp(at, clock.zone)} data-ago>{writing.write_ago(at, clock)}</time>")


def when(at: datetime | None, never: str = "never") -> Markup:
    """Draw an absolute time with its zone."""
    if at is None:
        return escape(never)
    return charts.drawn(f'<time datetime="{writing.iso(at)}">{times.write_full(at, page_clock().zone)}</time>')


def countdown(at: datetime | None, *, titled: bool = True) -> Markup:
    """Draw what is left of a deadline, ticking; a row whose detail has the exact time needs no title."""
    if at is None:
        return Markup('<span class="muted">no deadline</span>')
    clock = page_clock()
    return charts.drawn(_ticking(at, clock, (at - clock.now).total_seconds(), titled=titled))


def _ticking(at: datetime, clock: Clock, left: float, *, titled: bool = True) -> str:
    near = writing.urgency(left)
    state = "data-countdown" if near == "ok" else f'data-countdown data-urgency="{near}"'
    stamp = _stamp(at, clock.zone, write=times.write_deadline) if titled else f'datetime="{writing.iso(at)}"'
    return f"<time {stamp} {state}>{writing.write_left(left)}</time>"


@lru_cache(maxsize=8192)
def _stamp(at: datetime, zone: ZoneInfo | None, *, write: Callable[..., str] = times.write_full) -> str:
    # No user's text is in here, so that nothing needs escaping.
    return f'datetime="{writing.iso(at)}" title="{write(at, zone)}"'


def due(at: datetime | None) -> Markup:
    """Draw a deadline with its icon: a triangle when it is hot or over."""
    if at is None:
        return countdown(None)
    clock = page_clock()
    left = (at - clock.now).total_seconds()
    sign = icon("alert-triangle" if left < writing.HOT else "clock", "s")
    return charts.drawn(f'<span class="due">{sign}{_ticking(at, clock, left)}</span>')


def delta(change: float, unit: str = "", digits: int = 1) -> Markup:
    """Draw a change with sign, arrow and word; a change that rounds to nothing says so."""
    if round(change, digits) == 0:
        return Markup('<span class="delta">no change</span>')
    direction, sign, word = ("up", "+", "up") if change > 0 else ("down", MINUS, "down")
    return Markup('<span class="delta {}">{}<span class="vh">{} </span>{}{}{}</span>').format(
        direction, icon(f"arrow-{direction}", "s"), word, sign, f"{abs(change):.{digits}f}", unit
    )


def deed(by: str, text: str) -> Markup:
    """Draw who did what; a sentence that begins with the name is not told the name a second time."""
    if not by:
        return escape(text)
    rest = text.removeprefix(f"{by} ")
    between = "" if not text else " " if rest != text else " · "
    return charts.drawn(f'<span class="by">{escape(by)}</span>{between}{escape(rest)}')


def log_entry(number: int | None, path: str) -> Markup:
    """Draw where an event stands in the sealed log, which `path` opens for those who may read it."""
    said = f"Entry {writing.number(number)}, sealed" if number else "Not sealed yet"
    link = f'<a href="{escape(path)}">{said}</a>' if path else said
    return charts.drawn(f'<small class="entry muted">{link}</small>')


def rep_ring(score: int | None, size: int = 34, *, provisional: bool = False) -> Markup:
    """Draw a reputation of 0–100 as a ring; without a score a dashed one that says new."""
    return _rep_ring(score, size, "provisional" if provisional else "")


@lru_cache(maxsize=1024)
def _rep_ring(score: int | None, size: int, provisional: str) -> Markup:
    says = "No reputation yet" if score is None else f"Reputation {score} of 100"
    arc = Markup('<circle class="v" {} stroke-dasharray="{} 100" transform="rotate(-90 18 18)"/>')
    return Markup(
        '<svg class="rep-ring {}" viewBox="0 0 36 36" width="{}" height="{}" role="img" aria-label="{}">'
        '<circle class="t" {}/>{}<text x="18" y="21.6" text-anchor="middle">{}</text></svg>'
    ).format(
        "new" if score is None else provisional,
        size,
        size,
        f"{says}, {provisional}" if score is not None and provisional else says,
        CIRCLE,
        arc.format(CIRCLE, score) if score else "",
        "new" if score is None else score,
    )


DRAWN: tuple[Callable[..., Markup], ...] = (
    icon, avatar, who, tag, state_tag, protection, rel, when, countdown, due, delta, deed, log_entry, rep_ring, control,
    charts.splitbar, charts.spark, charts.line, charts.bar, charts.stacked, charts.funnel,
)  # fmt: skip


class Kit:
    """The drawn fragments and find every macro of templates/components by its name."""

    def __init__(self, environment: Environment) -> None:
        """Take the fragments as they are and note in which file each macro stands."""
        self._environment = environment
        self._files = macro_files(environment)
        for drawn in DRAWN:
            setattr(self, drawn.__name__, drawn)

    def __getattr__(self, name: str) -> Any:
        """Return the macro; Jinja keeps the compiled module of its file."""
        try:
            file = self._files[name]
        except KeyError:
            raise AttributeError(f"the kit has no {name!r}") from None
        macro = getattr(self._environment.get_template(file).module, name)
        if not self._environment.auto_reload:
            setattr(self, name, macro)  # found without a search from now on
        return macro

    def names(self) -> list[str]:
        """List everything that `ui` offers."""
        return sorted({drawn.__name__ for drawn in DRAWN} | set(self._files))


def macro_files(environment: Environment) -> dict[str, str]:
    """Map each public macro of the component files to its file.

    Raises:
        ValueError: two files define the same name.
    """
    found: dict[str, str] = {}
    for file in environment.list_templates(filter_func=lambda name: name.startswith(MACRO_FILES)):
        source = environment.loader.get_source(environment, file)[0] if environment.loader else ""
        for macro in environment.parse(source).find_all(nodes.Macro):
            if macro.name.startswith("_"):
                continue
            if macro.name in found:
                raise ValueError(f"{macro.name} is defined in {found[macro.name]} and in {file}")
            found[macro.name] = file
    return found


def register(app: Flask) -> None:
    """Register the kit with the templates; unknown names fail loudly."""
    app.jinja_env.globals["ui"] = Kit(app.jinja_env)
