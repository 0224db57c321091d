"""The browser of the page tests: it checks every page that it fetches, and posts forms with their tokens."""

from __future__ import annotations

import re
from typing import Any

import markupever
from flask.testing import FlaskClient
from markupever.dom import TreeDom
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="?csrf[_-]token"? (?:value|content)="([^"]+)"')
LIGHTEST = "/shortcuts"  # of the pages with a token that everybody may open
UNLABELLED_OK = {"hidden", "submit", "button", "image"}
FORBIDDEN = (' style="', "hx-on", ' onclick="', "javascript:")


class CheckingClient(FlaskClient):
    """Flask's test client whose every HTML answer must be a sound page or a sound part of one."""

    checks = True
    token: tuple[str | None, str] | None = None  # the last page's, and the session that it belongs to

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and check what comes back; its context is its own, or `g` would keep who was signed in."""
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        if answer.mimetype == "text/html" and (found := TOKEN.search(answer.text)):
            self.token = self._session(), found[1]
        if (
            self.checks
            and answer.mimetype == "text/html"
            and answer.data
            and answer.status_code not in {301, 302, 303, 307, 308}
        ):
            check(answer.text)
        return answer

    def csrf_token(self, page: str | None = None) -> str:
        """Return the token that a page of this browser carries: the last that it opened, unless `page` names one."""
        if page or not self.token or self.token[0] != self._session():
            self.token = None
            self.get(page or LIGHTEST, follow_redirects=True)
            assert self.token, f"no CSRF token on {page or LIGHTEST}"
        return self.token[1]

    def _session(self) -> str | None:
        cookie = self.get_cookie("session")
        return cookie.value if cookie else None

    def post_form(
        self, url: str, data: dict[str, Any] | None = None, *, page: str | None = None, **kwargs: Any
    ) -> TestResponse:
        """Post a form with the token of a page, as the browser would without JavaScript."""
        return self.post(url, data={"csrf_token": self.csrf_token(page), **(data or {})}, **kwargs)

    def post_htmx(self, url: str, data: dict[str, Any] | None = None, *, page: str | None = None) -> TestResponse:
        """Post a form as HTMX does."""
        return self.post_form(url, data, page=page, headers={"HX-Request": "true"})


def read(html: str, *, whole: bool = True) -> tuple[TreeDom, list[str]]:
    """Return the document as a browser builds it, for CSS selectors, and what is wrong with its HTML."""
    parser = markupever.Parser(markupever.HtmlOptions(exact_errors=True, full_document=whole))
    parser.process(html)
    parser.finish()
    wrong = parser.errors()
    return parser.into_dom(), wrong


def inputs(html: str, action: str) -> dict[str, str]:
    """Return what the inputs of the page's one form to `action` would send, untouched."""
    (form,) = [form for form in read(html)[0].select("form") if form.attrs.get("action") == action]
    return {field.attrs.get("name") or "": field.attrs.get("value") or "" for field in form.select("input")}


def check(html: str) -> None:
    """Fail when the HTML is not sound."""
    for word in FORBIDDEN:
        assert word not in html, f"{word} is forbidden by the CSP"
    whole = html.lstrip().lower().startswith("<!doctype")
    page, wrong = read(html, whole=whole)
    assert not wrong, f"invalid HTML: {wrong[:3]}"
    ids = [e.attrs.get("id") for e in page.select("[id]")]
    assert len(ids) == len(set(ids)), f"id twice: {sorted(i for i in ids if ids.count(i) > 1)[:5]}"
    if whole:
        assert len(list(page.select("h1"))) == 1, "a page has exactly one h1"
    assert all(head.text().strip() for head in page.select("th")), "a head of a table without words"
    _check_labels(page)
    _check_choices(page)
    _check_terms(page)
    _check_forms(page)


def _check_labels(page: TreeDom) -> None:
    labelled = {label.attrs.get("for") for label in page.select("label")}
    wrapped = list(page.select("label :is(input, select, textarea)"))
    for field in page.select("input, select, textarea"):
        if field.attrs.get("type") in UNLABELLED_OK:
            continue
        named = field.attrs.get("id") in labelled or field in wrapped or field.attrs.get("aria-label")
        assert named or field.attrs.get("aria-labelledby"), f"a field without label: {field.attrs.get('name')}"


def _check_choices(page: TreeDom) -> None:
    for choice in page.select("select[required]:not([multiple])"):
        options = [option.attrs.get("value") for option in choice.select("option")]
        assert options[:1] == [""], "a required choice without an empty first option"


def _check_terms(page: TreeDom) -> None:
    for listed in page.select("dl"):
        terms = [term.text() for term in listed.select("dt")]
        assert len(terms) == len(set(terms)), f"a term twice in one list, where one may have several answers: {terms}"


def _check_forms(page: TreeDom) -> None:
    framed = any(element.attrs.get("data-who") for element in page.select("[data-who]"))  # empty in the styleguide
    for form in page.select("form"):
        if (form.attrs.get("method") or "get").lower() != "post":
            continue
        carried = [(i.attrs.get("name"), i.attrs.get("value")) for i in form.select("input")]
        assert "csrf_token" in dict(carried), f"a POST form without CSRF token: {form.attrs.get('action')}"
        said = any(name == "drawn_for" or value == "" for name, value in carried)
        assert said or not framed, f"a form that does not say whom it acts for: {form.attrs.get('action')}"
