"""Saved views: the filters and the order of any list under a name of one's own; what no longer fits says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.saved_views import MOST
from portal.extensions import db
from portal.models import SavedView
from portal.queries import lists
from portal.queries import saved_views as queries
from portal.runtime.clock import simulated
from portal.services import saved_views
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import inputs

JOBS = "/jobs"
OPEN_ML = "q=engineer&sort=-salary"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_what_a_list_shows_is_kept_under_a_name_renamed_and_deleted(cast: Cast) -> None:
    carl = cast.client(cast.carl)
    shown = carl.get(f"{JOBS}?sort=-salary&q=engineer&after=junk").text
    (url,) = re.findall(r'href="(/views/new\?[^"]+)"', shown)
    assert quote("q=engineer&sort=-salary", safe="") in url
    typed = inputs(carl.get(url.replace("&amp;", "&")).text, "/views/new")
    saved = carl.post_form("/views/new", {**typed, "name": "Well paid"})
    assert (saved.status_code, saved.location) == (303, f"{JOBS}?{OPEN_ML}")
    shown = carl.get(f"{JOBS}?{OPEN_ML}").text
    assert 'aria-current="true">Well paid' in shown
    assert "Save view" not in shown
    (edit,) = set(re.findall(r"/views/[0-9a-f-]+/edit", shown))
    assert "Well paid" in carl.post_htmx(edit, {"name": " "}, page=JOBS).text
    assert carl.post_form(edit, {"name": "Best paid"}).location == f"{JOBS}?{OPEN_ML}"
    assert "Best paid" in carl.get(JOBS, headers={"HX-Request": "true"}).text
    assert carl.post_form(edit.replace("edit", "remove"), {}).location == JOBS
    assert "Best paid" not in carl.get(JOBS).text


def test_views_are_ones_own_in_one_organization_and_of_one_list(cast: Cast) -> None:
    carl, hana = cast.actor(cast.carl), cast.actor(cast.hana)
    view = saved_views.save(JOBS, OPEN_ML, actor=carl, name="Mine")
    assert [one.name for one in queries.of_list(JOBS, viewer=carl)] == ["Mine"]
    assert queries.of_list("/proposals", viewer=carl) == queries.of_list(JOBS, viewer=hana) == ()
    for refused in (lambda: saved_views.rename(view, actor=hana, name="Hers"), lambda: queries.view(view, viewer=hana)):
        with pytest.raises(NotFound):
            refused()
    assert cast.client(cast.hana).post_form(f"/views/{view}/remove", {}).status_code == 404
    assert cast.client(cast.hana).get(f"/views/{view}/edit").status_code == 404


def test_names_differ_and_a_list_has_a_bounded_number(cast: Cast) -> None:
    carl = cast.actor(cast.carl)
    made = [saved_views.save(JOBS, f"q={n}", actor=carl, name=f"View {n}") for n in range(MOST)]
    with pytest.raises(Conflict, match="Delete one first"):
        saved_views.save(JOBS, OPEN_ML, actor=carl, name="One more")
    saved_views.remove(made[3], actor=carl)
    with pytest.raises(InvalidInput, match="name"):
        saved_views.save(JOBS, OPEN_ML, actor=carl, name="view 2")
    with pytest.raises(InvalidInput):
        saved_views.rename(made[0], actor=carl, name="VIEW 1")
    saved_views.save(JOBS, OPEN_ML, actor=carl, name="One more")
    for name, query in (
        ("", OPEN_ML),
        ("x" * 41, OPEN_ML),
        ("a\x07", OPEN_ML),
        ("No filter", ""),
        ("Long", "q" * 1_001),
    ):
        with pytest.raises(InvalidInput):
            saved_views.save("/proposals", query, actor=carl, name=name)
    with Session(db.engine) as session, pytest.raises(IntegrityError, match="ck_saved_views_place"):
        session.execute(update(SavedView).where(SavedView.id == made[0]).values(place=MOST + 1))


@pytest.mark.parametrize("query", ["status=abolished", "q=x&sort=gone", "colour=red", "posted=2026"])
def test_a_view_that_no_longer_fits_says_so_and_breaks_nothing(cast: Cast, query: str) -> None:
    view = saved_views.save(JOBS, query, actor=cast.actor(cast.carl), name="Old one")
    saved_views.save(JOBS, OPEN_ML, actor=cast.actor(cast.carl), name="Fine")
    carl = cast.client(cast.carl)
    shown = carl.get(JOBS).text
    assert shown.count("out of date") == 1
    assert carl.get(f"{JOBS}?{query}").status_code == 200
    assert "This view is out of date" in carl.get(f"/views/{view}/edit").text


def test_a_filter_that_cannot_be_meant_is_not_kept_and_a_path_that_is_no_list_is_not_found(cast: Cast) -> None:
    carl = cast.client(cast.carl)
    bad = {"path": "/proposals", "query": "from=yesterday", "name": "Bad"}
    assert carl.post_form("/views/new", bad).status_code == 422
    assert carl.get("/views/new?path=/proposals&query=from%3Dyesterday").status_code == 400
    for path in ("/nowhere", "https://evil.test/", ""):
        assert carl.get(f"/views/new?path={quote(path)}&query=q%3Dx").status_code == 404
        assert carl.post_form("/views/new", {**bad, "path": path}).status_code == 404


def test_every_list_has_its_views_and_they_cost_one_statement(cast: Cast) -> None:
    pia = cast.client(cast.pia)
    for path in ("/admin/people", "/admin/events", "/invoices", "/notifications"):
        assert path in lists.BY_PATH
        saved_views.save(path, "q=one", actor=cast.actor(cast.pia), name="Mine")
        pia.get(path)
        with statements() as seen:
            assert ">Mine" in pia.get(path).text
        assert sum("saved_views.path" in one for one in seen) == 1
