"""Emails are drawn with the portal's templates and filters, but without a request: text and HTML of one template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import current_app
from jinja2 import Environment, StrictUndefined


def render(template: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Return the text and the HTML of `templates/email/<template>`; only the HTML is escaped."""
    environment = _strict(current_app.jinja_env)
    text = environment.get_template(f"email/{template}.txt").render(context)
    html = environment.get_template(f"email/{template}.html").render(context)
    return text.strip() + "\n", html


@lru_cache(maxsize=8)
def _strict(environment: Environment) -> Environment:
    """Raise an error for a missing word: the event waits and says why, rather than go out with a gap."""
    return environment.overlay(undefined=StrictUndefined)


def link_to(path: str) -> str:
    """Return the address of a page of the portal as an email writes it."""
    return f"{current_app.config['PUBLIC_URL']}{path}"


def one_line(text: str) -> str:
    """Write a text on one line, so that no name breaks out of a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def amount(minor: int, currency: str) -> str:
    """Write an amount as the filter `money` does."""
    written: str = current_app.jinja_env.filters["money"](minor, currency)
    return written
