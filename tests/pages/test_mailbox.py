"""The local mailbox shows what would have been sent, in development only."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from flask import Flask

from portal.mailers import mailbox, post
from portal.services.identity import resets
from tests.cast import Cast
from tests.letters import deliveries, happened

NOWHERE = "01a20cc8-8e80-7316-8c7f-1a4070e95ea7"


@pytest.fixture(autouse=True)
def data_dir(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Point the local mailbox at a directory of this test."""
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path))


def mailed(cast: Cast) -> str:
    """Record something that is mailed to rita, and return the address of the mail."""
    happened(cast)
    post.relay()
    post.drain()
    return f"/dev/mailbox/{deliveries()[0].id}"


def test_mails_are_listed_and_read_with_links_that_work(cast: Cast) -> None:
    url = mailed(cast)
    rita = cast.client(cast.rita)
    assert f'href="{url}"' in rita.get("/dev/mailbox").text
    page = rita.get(url).text
    assert "You claimed a candidate" in page
    assert re.search(r'<a href="http://127.0.0.1:8000/candidates/[0-9a-f-]+">', page)


def test_the_mail_that_was_handed_over_last_stands_first(cast: Cast) -> None:
    happened(cast)
    happened(cast)
    post.relay()
    post.drain()
    tried_again, *others = sorted((mailbox.folder() / "new").iterdir())
    assert others
    os.utime(tried_again, (time.time() + 60,) * 2)
    listed = re.findall(r'href="/dev/mailbox/([0-9a-f-]{36})"', cast.client().get("/dev/mailbox").text)
    assert listed[0] == tried_again.name


def test_who_forgot_the_password_finds_the_link_without_signing_in(cast: Cast) -> None:
    resets.request_password_reset("rita@demo.test")
    post.relay()
    post.drain()
    stranger = cast.client()
    listed = re.search(r'href="(/dev/mailbox/[0-9a-f-]+)"', stranger.get("/dev/mailbox").text)
    assert listed is not None
    link = re.search(r'<a href="http://127.0.0.1:8000(/reset/[^"]+)">', stranger.get(listed[1]).text)
    assert link is not None
    assert stranger.get(link[1]).status_code == 200


def test_the_html_of_a_mail_is_a_page_that_can_do_nothing(cast: Cast) -> None:
    answer = cast.client().get(f"{mailed(cast)}/html")
    assert "<h1>You claimed a candidate</h1>" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline';")


def test_a_mail_can_be_saved(cast: Cast) -> None:
    answer = cast.client().get(f"{mailed(cast)}/source")
    assert answer.mimetype == "message/rfc822"
    assert answer.headers["Content-Disposition"].endswith(".eml")
    assert b"Message-ID: <" in answer.data


def test_an_empty_mailbox_says_what_will_be_there(cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No emails yet" in cast.client().get("/dev/mailbox").text
    monkeypatch.setitem(app.config, "MAIL_SERVER", "mail.example")
    assert "mail.example" in cast.client().get("/dev/mailbox").text


@pytest.mark.parametrize("path", ["", "/html", "/source"])
def test_a_mail_that_does_not_exist_is_not_found(cast: Cast, path: str) -> None:
    assert cast.client().get(f"/dev/mailbox/{NOWHERE}{path}").status_code == 404


def test_production_has_no_mailbox(cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    url = mailed(cast)
    monkeypatch.setitem(app.config, "ENV_NAME", "production")
    for path in ("/dev/mailbox", url, f"{url}/html", f"{url}/source"):
        assert cast.client().get(path).status_code == 404
