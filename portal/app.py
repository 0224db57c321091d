"""create_app: configuration, extensions, blueprints, errors, commands."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, request
from werkzeug.wrappers import Response

import portal.api
import portal.blueprints
from portal import cli, config, extensions, policy
from portal.api import gateway
from portal.connections import patience
from portal.rendering import assets, formatting
from portal.rendering.compiling import QuickEnvironment
from portal.requests import (
    compression,
    drawn_for,
    errors,
    forgery,
    frame,
    lines,
    looks,
    proxies,
    repeats,
    replica_reads,
    security_headers,
    sessions,
    unsaid,
)
from portal.runtime import correlation, logs
from portal.wording import notation

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT = Path(__file__).parent.parent


class Portal(Flask):
    """Flask behind proxies, which asks a read again that lost its connection.

    Its hooks and views are plain functions: it need not ask each, at each request, whether it is async.
    """

    jinja_environment = QuickEnvironment
    jinja_options = {"cache_size": -1}
    session_interface = sessions.SignedCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function itself."""
        return func

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request under the address of whoever asks."""
        proxies.see_through(environ, self.config)
        return super().__call__(environ, start_response)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, if need be at the second try; traces stand around it."""
        return repeats.answered(super().wsgi_app, environ, start_response)


def create_app(overrides: Mapping[str, object] | None = None) -> Flask:
    """Make the app from the environment and `overrides`."""
    app = Portal(
        __name__, static_folder=None, template_folder=str(ROOT / "templates"), instance_path=str(ROOT / "instance")
    )
    app.config.from_mapping({**config.from_environment(), **(overrides or {})})
    app.config.setdefault("MIGRATIONS_HEAD", (ROOT / "migrations" / ".head").read_text().strip())
    logs.configure()
    watch(app)
    _databases(app)
    _extensions(app)
    lines.register(app)
    compression.register(app)
    app.before_request(_begin_request)
    unsaid.register(app)
    gateway.register(app)
    sessions.register(app)
    forgery.register(app)
    policy.register(app)
    replica_reads.register(app)
    _blueprints(app)
    for part in (formatting, assets, security_headers, frame, drawn_for, looks, errors, cli):
        part.register(app)
    _errors(app)
    app.after_request(_name_correlation)
    return app


def watch(app: Flask) -> None:
    """Send errors and traces where the settings say; what does so is loaded only then."""
    if app.config["SENTRY_DSN"]:
        from portal.runtime import reports  # noqa: PLC0415  # half a second that most processes need not spend

        reports.start(app.config["SENTRY_DSN"], app.config["ENV_NAME"])
    if app.config["OTEL_EXPORTER_OTLP_ENDPOINT"]:
        from portal.runtime import traces  # noqa: PLC0415  # its libraries are an extra

        traces.start(app, app.config["OTEL_EXPORTER_OTLP_ENDPOINT"])


def _errors(app: Flask) -> None:
    """Answer what reaches no view in the language of its path."""
    for status in gateway.UNROUTED:
        app.register_error_handler(status, gateway.by_path(errors.answer_http))


def _databases(app: Flask) -> None:
    """Bind writes to an engine of transactions, and reads to one in AUTOCOMMIT (see extensions.reading)."""
    url, options = app.config["SQLALCHEMY_DATABASE_URI"], config.engine_options(app.config)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    reading = {**options, "isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    app.config["SQLALCHEMY_BINDS"] = {extensions.READ_BIND: {"url": url, **reading}}
    if replica := app.config["DATABASE_REPLICA_URL"]:
        app.config["SQLALCHEMY_BINDS"][extensions.REPLICA_BIND] = {"url": replica, **reading}
        extensions.init_replica(app)
    app.teardown_appcontext(extensions.close_reading)


def _extensions(app: Flask) -> None:
    extensions.init_redis(app, str(app.config["REDIS_URL"]), app.config["REDIS_TIMEOUT"])
    extensions.db.init_app(app)
    extensions.keep_values_out_of_errors(app)
    with app.app_context():
        for engine in extensions.db.engines.values():
            patience.lose(engine, is_pooled=bool(app.config["DATABASE_POOLER"]))
    extensions.migrate.init_app(app, extensions.db, directory=str(ROOT / "migrations"))
    extensions.csrf.init_app(app)
    extensions.mail.init_app(app)
    extensions.htmx.init_app(app)
    extensions.login.init_app(app)


def _blueprints(app: Flask) -> None:
    """Register every module of portal.blueprints and portal.api that has a blueprint `bp`."""
    for package in (portal.blueprints, portal.api):
        for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            blueprint = getattr(importlib.import_module(found.name), "bp", None)
            if isinstance(blueprint, Blueprint):
                app.register_blueprint(blueprint)


def _begin_request() -> None:
    correlation.begin(request.headers.get("X-Correlation-ID"))
    notation.use()  # until somebody is known to be signed in


def _name_correlation(answer: Response) -> Response:
    answer.headers["X-Correlation-ID"] = correlation.current()
    return answer
