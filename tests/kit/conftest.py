"""An app that is nothing but the kit, so that these tests need neither database nor session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal.rendering import assets, formatting
from portal.rendering.compiling import QuickEnvironment
from portal.requests import security_headers

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2026, 11, 24, 2, 39, tzinfo=UTC)
Draw = Callable[..., str]


@pytest.fixture(scope="session")
def kit() -> Flask:
    """Return a Flask app with the kit alone."""
    app = Flask("portal", root_path=str(ROOT / "portal"), template_folder=str(ROOT / "templates"), static_folder=None)
    app.jinja_environment = QuickEnvironment
    app.config.update(SECRET_KEY="kit", TESTING=True, ENV_NAME="development")
    CSRFProtect(app)
    for part in (formatting, assets, security_headers):
        part.register(app)
    app.jinja_env.globals["carried"] = lambda: Markup(
        f'<input type="hidden" name="csrf_token" value="{generate_csrf()}">'
    )
    app.add_url_rule("/page", "page", lambda: render_template_string("<p>page</p>"))
    return app


@pytest.fixture
def draw(kit: Flask) -> Iterator[Draw]:
    """Return a function that renders a piece of template at 24 Nov 2026, 02:39 UTC."""
    with kit.test_request_context():

        def drawn(template: str, **context: Any) -> str:
            return render_template_string(template, **{"now": NOW, "viewer_zone": None, **context})

        yield drawn
