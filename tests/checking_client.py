"""The browser of the page tests: it checks every page that it fetches, and posts forms with their tokens."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="?csrf[_-]token"? (?:value|content)="([^"]+)"')
UNLABELLED_OK = {"hidden", "submit", "button", "image"}
FORBIDDEN = (' style="', "hx-on", ' onclick="', "javascript:")


class CheckingClient(FlaskClient):
    """Flask's test client whose every HTML answer must be a sound page or a sound part of one."""

    checks = True

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and check what comes back; its context is its own, or `g` would keep who was signed in."""
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        if (
            self.checks
            and answer.mimetype == "text/html"
            and answer.data
            and answer.status_code not in {301, 302, 303, 307, 308}
        ):
            check(answer.text)
        return answer

    def csrf_token(self, url: str = "/account") -> str:
        """Return the token that a page of this browser carries."""
        found = TOKEN.search(self.get(url, follow_redirects=True).text)
        assert found, f"no CSRF token on {url}"
        return found[1]

    def post_form(
        self, url: str, data: dict[str, Any] | None = None, *, page: str = "/account", **kwargs: Any
    ) -> TestResponse:
        """Post a form with the token of `page`, as the browser would without JavaScript."""
        return self.post(url, data={"csrf_token": self.csrf_token(page), **(data or {})}, **kwargs)

    def post_htmx(self, url: str, data: dict[str, Any] | None = None, *, page: str = "/account") -> TestResponse:
        """Post a form as HTMX does."""
        return self.post_form(url, data, page=page, headers={"HX-Request": "true"})


def inputs(html: str, action: str) -> dict[str, str]:
    """Return what the inputs of the page's one form to `action` would send, untouched."""
    tree = html5lib.parse(html, namespaceHTMLElements=False)
    (form,) = [form for form in tree.iter("form") if form.get("action") == action]
    return {field.get("name", ""): field.get("value", "") for field in form.iter("input")}


def check(html: str) -> None:
    """Fail when the HTML is not sound."""
    whole = html.lstrip().lower().startswith("<!doctype")
    for word in FORBIDDEN:
        assert word not in html, f"{word} is forbidden by the CSP"
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(html) if whole else parser.parseFragment(html)
    wrong = [e for e in parser.errors if e[1] not in {"expected-doctype-but-got-start-tag"}]
    assert not wrong, f"invalid HTML: {wrong[:3]}"
    _check_tree(tree, whole=whole)


def _check_tree(tree: Element, *, whole: bool) -> None:
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids)), f"id twice: {sorted(i for i in ids if ids.count(i) > 1)[:5]}"
    if whole:
        assert len(tree.findall(".//h1")) == 1, "a page has exactly one h1"
    labelled = {label.get("for") for label in tree.iter("label")}
    wrapped = {id(f) for label in tree.iter("label") for f in label.iter()}
    for field in (e for e in tree.iter() if e.tag in {"input", "select", "textarea"}):
        if field.get("type") in UNLABELLED_OK:
            continue
        named = field.get("id") in labelled or id(field) in wrapped or field.get("aria-label")
        assert named or field.get("aria-labelledby"), f"a field without label: {field.get('name')}"
    framed = any(e.get("data-who") for e in tree.iter())
    for form in tree.iter("form"):
        if (form.get("method") or "get").lower() == "post":
            tokens = [i for i in form.iter("input") if i.get("name") == "csrf_token"]
            assert tokens, f"a POST form without CSRF token: {form.get('action')}"
            carried = [i for i in form.iter("input") if i.get("name") == "drawn_for" or i.get("value") == ""]
            assert carried or not framed, f"a form that does not say whom it acts for: {form.get('action')}"
