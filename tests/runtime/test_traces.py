"""Spans come out for requests and statements, and carry no address, token or value."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import create_engine, text

from portal.app import watch
from portal.connections import patience
from portal.runtime import traces

SECRETS = ("token-0123456789", "lena@mail.test")


@pytest.fixture
def small(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Make an app that asks the database for what it was sent, and breaks.

    What takes the instruments away leaves a `connect` that makes plain connections, which never lose patience.
    """
    monkeypatch.setattr(psycopg.Connection, "connect", vars(psycopg.Connection)["connect"])
    app, engine = Flask(__name__), create_engine(database_url)
    patience.lose(engine)

    @app.get("/reset/<token>")
    def reset(token: str) -> str:
        with engine.connect() as connection:
            connection.execute(text("SELECT CAST(:token AS int)"), {"token": token})
        return ""

    yield app
    FlaskInstrumentor().uninstrument_app(app)
    PsycopgInstrumentor().uninstrument()
    app.extensions["traces"].shutdown()


def spans(app: Flask, path: str) -> tuple[ReadableSpan, ...]:
    """Ask for a path, and return the spans."""
    exporter = InMemorySpanExporter()
    traces.instrument(app, exporter)
    app.test_client().get(path, headers={"X-Forwarded-For": "203.0.113.7"})
    app.extensions["traces"].force_flush()
    return exporter.get_finished_spans()


def test_a_request_and_its_statement_are_spans_without_what_was_sent(small: Flask) -> None:
    *_, statement, request = spans(small, f"/reset/{SECRETS[0]}?email={SECRETS[1]}")
    assert (request.attributes or {})["http.route"] == "/reset/<token>"
    assert "SELECT CAST(%(token)s AS int)" in (statement.attributes or {}).values()
    assert statement.parent == request.context
    shown = request.to_json() + statement.to_json()
    assert [secret for secret in (*SECRETS, "127.0.0.1", "werkzeug") if secret in shown.lower()] == []


def test_a_collector_gets_the_spans(small: Flask) -> None:
    small.config.update(SENTRY_DSN="", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    watch(small)
    assert "traces" in small.extensions
