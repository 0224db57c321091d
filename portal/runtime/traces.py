"""Traces through OpenTelemetry, an extra (requirements-telemetry.txt): a span a request, a span a statement.

Paths carry tokens and exceptions quote values, so a span leaves with its route, status and statement alone.
"""

from __future__ import annotations

from flask import Flask
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Status

SERVICE = "splits-portal"
KEPT = frozenset(
    {
        "http.method",
        "http.request.method",
        "http.route",
        "http.status_code",
        "http.response.status_code",
        "db.system",
        "db.system.name",
        "db.statement",
        "db.query.text",
    }
)


class Scrubbing(SpanProcessor):
    """Give on what may leave the process."""

    def __init__(self, exporter: SpanExporter) -> None:
        self.sending = BatchSpanProcessor(exporter)

    def on_end(self, span: ReadableSpan) -> None:
        self.sending.on_end(scrubbed(span))

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.sending.force_flush(timeout_millis)

    def shutdown(self) -> None:
        self.sending.shutdown()


def start(app: Flask, endpoint: str) -> None:
    """Send the spans of this process to a collector."""
    instrument(app, OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces"))


def instrument(app: Flask, exporter: SpanExporter) -> None:
    """Make spans of the app's requests and of all statements, and give them to an exporter."""
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    provider.add_span_processor(Scrubbing(exporter))
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    PsycopgInstrumentor().instrument(tracer_provider=provider)
    app.extensions["traces"] = provider


def scrubbed(span: ReadableSpan) -> ReadableSpan:
    """Return a copy of a span with what may leave the process."""
    found = span.attributes or {}
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes={name: value for name, value in found.items() if name in KEPT},
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
