"""Static files are small, hashed and kept for ever; pages are not kept at all."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask

from portal.rendering.assets import FOR_EVER, MINIFIED, Assets
from portal.requests.security_headers import HEADERS
from tests.kit.conftest import ROOT

KB = 1024
FIRST_VIEW = (
    "css/portal.css",
    "js/portal.js",
    "js/live.js",
    "vendor/htmx-2.0.11.min.js",
    "fonts/inter-400-650.woff2",
    "icons.svg",
    "favicon.svg",
)
INBOX = "js/decisions.js"  # the page with most has this script, too
INBOX_OF_50 = 7 * KB  # at most 6 in tests/pages/test_page_weight.py, and its headers
OF_SERVER = 110  # Server, Date, Connection and the line of the status
BUDGETS = {
    "css/portal.css": 12 * KB,
    "js/portal.js": 4 * KB,
    "js/live.js": 2_304,
    "js/decisions.js": 2 * KB,
    "icons.svg": 6 * KB,
}


@pytest.fixture(scope="module")
def assets() -> Assets:
    """Return the static files of the project."""
    return Assets(ROOT / "static")


def sent(assets: Assets, name: str) -> int:
    """Count the bytes of a file as they travel."""
    asset = assets.files[name]
    return len(asset.gzipped or asset.content)


@pytest.mark.parametrize(("name", "most"), BUDGETS.items())
def test_each_file_keeps_its_budget(assets: Assets, name: str, most: int) -> None:
    assert sent(assets, name) <= most


def test_the_first_view_keeps_its_budget_with_its_headers(kit: Flask) -> None:
    client, takes = kit.test_client(), {"Accept-Encoding": "gzip"}
    answers = [client.get(kit.extensions["assets"].url(name), headers=takes) for name in (*FIRST_VIEW, INBOX)]
    travels = sum(len(answer.data) + len(str(answer.headers)) + OF_SERVER for answer in answers)
    assert travels + INBOX_OF_50 <= 70 * KB
    assert len(FIRST_VIEW) + 1 <= 8


def test_names_follow_the_content(tmp_path: Path) -> None:
    def url(text: str) -> str:
        (tmp_path / "a.js").write_text(text)
        return Assets(tmp_path).url("a.js")

    first = url("one")
    assert re.fullmatch(r"/assets/a\.[0-9a-f]{12}\.js", first)
    assert url("two") != first
    assert url("one") == first


@pytest.mark.parametrize("script", sorted((ROOT / "static/js").glob("*.js")), ids=lambda script: script.name)
def test_a_template_stands_in_no_other_of_which_the_minifier_would_take_the_blanks(script: Path) -> None:
    assert re.findall(r"\$\{[^}`]*`", script.read_text()) == []


def test_the_stylesheet_joins_the_files_in_order_and_names_the_font(assets: Assets) -> None:
    css = assets.files["css/portal.css"].content.decode()
    assert css.index("@layer reset,tokens") < css.index("@layer reset{") < css.index("@layer print{")
    assert f"url({assets.url('fonts/inter-400-650.woff2')})" in css


def test_packing_keeps_what_is_within_apart_from_what_is_both() -> None:
    packed = MINIFIED["css"](".rows :is(a, b):hover { color: red }  .tbl:is(.log) td { margin: 0 }")
    assert packed == ".rows *:is(a,b):hover{color:red}.tbl:is(.log) td{margin:0}"


def test_colours_stand_in_the_tokens_only() -> None:
    colour = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", re.IGNORECASE)
    for path in sorted((ROOT / "static" / "css").glob("*.css")):
        if path.name != "20-tokens.css":
            text = re.sub(r"/\*.*?\*/|#(?:toasts|detail|user-menu)\b", "", path.read_text(encoding="utf-8"), flags=re.S)
            assert not colour.search(text), f"{path.name} has a raw colour; make it a token"


def test_a_file_is_sent_packed_and_kept_for_ever(kit: Flask) -> None:
    client, url = kit.test_client(), kit.extensions["assets"].url("js/portal.js")
    packed = client.get(url, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(url, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["Cache-Control"] == FOR_EVER
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert plain.mimetype == "text/javascript"


def test_the_font_is_sent_as_it_is(kit: Flask) -> None:
    answer = kit.test_client().get(kit.extensions["assets"].url("fonts/inter-400-650.woff2"))
    assert answer.mimetype == "font/woff2"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("name", ["js/portal.js", "js/portal.000000000000.js", "nothing.000000000000.js", "../wsgi.py"])
def test_another_name_is_not_found(kit: Flask, name: str) -> None:
    assert kit.test_client().get(f"/assets/{name}").status_code == 404


def test_while_developing_the_present_file_is_sent_and_not_kept(kit: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kit.config, "DEBUG", True)
    answer = kit.test_client().get("/assets/js/portal.000000000000.js")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_has_the_security_headers_and_is_not_stored(kit: Flask) -> None:
    answer = kit.test_client().get("/page")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in answer.headers["Vary"]
    assert "Strict-Transport-Security" not in answer.headers


def test_only_production_insists_on_https(kit: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kit.config, "ENV_NAME", "production")
    assert "max-age=63072000" in kit.test_client().get("/page").headers["Strict-Transport-Security"]


def test_licences_are_named_for_what_is_vendored() -> None:
    licences = (ROOT / "static" / "vendor" / "LICENSES.md").read_text(encoding="utf-8")
    for path in [*(ROOT / "static" / "vendor").glob("*.js"), *(ROOT / "static" / "fonts").glob("*")]:
        assert path.name in licences, f"{path.name} has no licence in vendor/LICENSES.md"
