"""Commands of `flask --app wsgi`: each is one service call."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    """Add the commands."""
    _ = app
