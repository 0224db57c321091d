"""The styleguide and the error pages are sound HTML with every header; production hides the kit."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from flask import Flask, render_template

from portal.requests.security_headers import HEADERS
from tests.checking_client import CheckingClient, check

TEMPLATES = Path(__file__).parent.parent.parent / "templates"
CHARTS = TEMPLATES.parent / "portal" / "rendering" / "analytics_charts.py"
ERRORS = ("400", "403", "404", "409", "410", "413", "429", "csrf")


@pytest.fixture
def browser(app: Flask) -> CheckingClient:
    """Return a client that checks each page."""
    return CheckingClient(app, app.response_class)


def test_the_styleguide_is_sound_and_carries_the_headers(browser: CheckingClient) -> None:
    answer = browser.get("/styleguide/")
    assert answer.status_code == 200
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] == "no-store"


def test_pages_use_all_of_the_kit_and_the_styleguide_shows_nothing_else(app: Flask) -> None:
    pages = [path for path in TEMPLATES.rglob("*.html") if path.parent.name != "styleguide"]
    called = Counter(name for path in [*pages, CHARTS] for name in re.findall(r"(\w+)\(", path.read_text("utf-8")))
    defined = Counter(name for path in pages for name in re.findall(r"macro (\w+)\(", path.read_text("utf-8")))
    unused = [name for name in app.jinja_env.globals["ui"].names() if called[name] <= defined[name]]
    assert unused == [], "a macro that no page uses goes; it comes back with its page"


def test_the_chosen_theme_is_in_the_document(browser: CheckingClient) -> None:
    assert '<html lang="en" data-theme="dark"' in browser.get("/styleguide/?theme=dark").text
    assert "data-theme" not in browser.get("/styleguide/?theme=purple").text


def test_the_live_preview_answers(browser: CheckingClient) -> None:
    assert "$25,000" in browser.post_form("/styleguide/preview", page="/styleguide/").text


def test_production_has_no_styleguide(app: Flask, browser: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "ENV_NAME", "production")
    assert browser.get("/styleguide/").status_code == 404


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_says_what_to_do_and_names_the_code(app: Flask, name: str) -> None:
    with app.test_request_context("/x"):
        page = render_template(f"errors/{name}.html", message=None, correlation_id="8f3a0c21d94e", retry_after=90)
    check(page)
    assert "8f3a0c21d94e" in page
    assert 'href="/"' in page


def test_an_error_page_prefers_the_sentence_of_the_error(app: Flask) -> None:
    with app.test_request_context("/x"):
        page = render_template("errors/409.html", message="Carl accepted this 2 minutes ago.", correlation_id="x")
    assert "Carl accepted this 2 minutes ago." in page


@pytest.mark.parametrize(("status", "says"), [(500, "Something went wrong on our side"), (503, "Try again in 5 s.")])
def test_a_broken_server_answers_without_session_or_database(app: Flask, status: int, says: str) -> None:
    with app.test_request_context("/x"):
        template = app.jinja_env.get_template(f"errors/{status}.html")
        page = template.render(message=None, correlation_id="8f3a0c21d94e", retry_after=5)
    check(page)
    assert says in page
    assert "csrf" not in page


@pytest.mark.parametrize(
    ("status", "message", "tone", "code"),
    [(409, "Someone was faster.", "warn", False), (403, "Not yours.", "bad", False), (400, None, "bad", True)],
)
def test_a_panel_gets_the_error_as_a_note(app: Flask, status: int, message: str | None, tone: str, code: bool) -> None:
    context = {"status": status, "title": "", "message": message, "correlation_id": "8f3a0c21d94e"}
    with app.test_request_context("/x"):
        note = render_template("errors/_note.html", **context)
    check(note)
    assert f'class="note {tone}"' in note
    assert (message or "That didn’t work") in note
    assert ("8f3a0c21d94e" in note) is code
