"""The styleguide, the sample pages and the error pages are sound HTML with every header; production hides the kit."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask, render_template

from portal.blueprints.styleguide import PAGES
from portal.requests.security_headers import HEADERS
from tests.checking_client import CheckingClient, check

ADDRESSES = ["/styleguide/", *(f"/styleguide/pages/{name}" for name in PAGES)]
ERRORS = ("400", "403", "404", "409", "410", "413", "429", "csrf")


@pytest.fixture
def browser(app: Flask) -> CheckingClient:
    """Return a client that checks each page."""
    return CheckingClient(app, app.response_class)


@pytest.mark.parametrize(
    "address", [*ADDRESSES, "/styleguide/pages/events?event=1", "/styleguide/pages/proposals?sel=x"]
)
def test_every_sample_is_sound_and_carries_the_headers(browser: CheckingClient, address: str) -> None:
    answer = browser.get(address)
    assert answer.status_code == 200
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", PAGES)
def test_a_whole_page_keeps_its_budget(browser: CheckingClient, name: str) -> None:
    assert len(gzip.compress(browser.get(f"/styleguide/pages/{name}").data, 6)) <= 6 * 1024


def test_the_chosen_theme_is_in_the_document(browser: CheckingClient) -> None:
    assert '<html lang="en" data-theme="dark"' in browser.get("/styleguide/?theme=dark").text
    assert "data-theme" not in browser.get("/styleguide/?theme=purple").text


def test_the_live_preview_answers(browser: CheckingClient) -> None:
    assert "$25,000" in browser.post_form("/styleguide/preview", page="/styleguide/").text


def test_an_unknown_sample_is_not_found(browser: CheckingClient) -> None:
    assert browser.get("/styleguide/pages/nothing").status_code == 404


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


@pytest.mark.parametrize(("status", "says"), [(500, "Something broke on our side"), (503, "Try again in 5 s.")])
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
    assert (message or "That did not work") in note
    assert ("8f3a0c21d94e" in note) is code
