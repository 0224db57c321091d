"""A small application for the tests of the web server: what it answers takes the time and the size that is asked."""

from __future__ import annotations

import time

from flask import Flask, request

app = Flask(__name__)


@app.route("/", methods=["GET", "POST"])
def echo() -> str:
    """Return what was sent."""
    return f"{len(request.get_data())} bytes"


@app.get("/slow")
def slow() -> str:
    """Take a second."""
    time.sleep(1)
    return "done"


@app.get("/healthz")
def life() -> str:
    """Return that the process lives."""
    return "lives"


@app.get("/large")
def large() -> bytes:
    """Return what no socket's buffers hold."""
    return b"x" * 8_000_000
