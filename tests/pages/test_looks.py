"""Whatever shows a platform admin who somebody is, the log knows of it: a person and a list once a day."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.domain.permissions import GRANTS, Permission, Role
from portal.extensions import db, redis_client
from portal.models import Delivery, MarketplaceEvent
from portal.policy import PUBLIC, policy_of
from portal.queries.lists import BY_PATH
from portal.requests import looks
from portal.runtime.clock import simulated
from portal.services import looks as service
from tests.accounts import statements, written
from tests.api.callers import bearer
from tests.api.worlds import World, settle
from tests.cast import DAY, Cast, assemble
from tests.cleaning import Cleaner
from tests.racing import race

# What a platform admin may open that names no candidate and nobody's case.
NAMES_NOBODY = {
    "accounts.account", "notifications.choose", "access_tokens.index", "deliveries.queue", "deliveries.retry_all",
    "events.integrity", "events.head", "events.types", "people.person", "people.close_account", "people.link_identity",
    "people.hand_over",
    "people.add_person", "people.add_organisation", "people.remove_member", "settings.index",
    "settings.guarantee", "settings.company_guarantee", "settings.drop_company_guarantee", "settings.job_guarantee",
    "settings.drop_job_guarantee", "settings.platform", "settings.terms", "settings.change_terms",
    "settings.job_terms", "settings.change_job_terms",
    "analytics.index", "analytics.as_csv", "candidates.check",
    "candidates.new", "candidate_import.run", "candidate_import.template", "candidate_import.how_far",
    "candidate_import.undo", "figures.read",
    "jobs.edit", "jobs.status_page", "jobs.new", "changes.index",
    "recruiters.show", "recruiters.recalculation", "home.shortcuts", "proposing.new",
    "billing.details_page", "billing.set_limits", "decisions.credit_paid",
    "simulator.index", "disputes.pack",
    "interviews.stages_form", "saved_views.new", "saved_views.edit",
}  # fmt: skip


@pytest.fixture
def settled(app: Flask, context: None, cleaner: Cleaner) -> Iterator[tuple[Cast, World]]:
    """Return a world to look at, on the cast's day."""
    with simulated(DAY):
        yield cleaner.once("settled on the day", lambda: settle(assemble(app)))


@pytest.fixture
def here(settled: tuple[Cast, World]) -> World:
    """Return the objects of that world."""
    return settled[1]


def viewed() -> list[Any]:
    """Return which candidates were looked at."""
    with Session(db.engine) as session:
        query = select(MarketplaceEvent.candidate_id).where(MarketplaceEvent.type == "candidate.viewed")
        return list(session.scalars(query))


def lists() -> list[str]:
    return [event["list"] for event in written("list.viewed")]


@pytest.mark.parametrize(
    "path",
    [
        "/candidates/{candidate_id}",
        "/candidates/{candidate_id}/edit",
        "/candidates/{candidate_id}/claim",
        "/proposals/{proposal_id}",
        "/placements/{placement_id}",
        "/placements/{placement_id}/receipt",
        "/placements/{placement_id}/amendments",
    ],
)
def test_a_page_about_a_person_is_a_look_once_a_day(cast: Cast, here: World, path: str) -> None:
    pia, url = cast.client(cast.pia), path.format(**here.ids)
    for _ in range(2):
        assert pia.get(url).status_code == 200
    assert viewed() == [here.ids["candidate_id"]]
    with simulated(DAY + timedelta(days=1)):
        cast.client(cast.pia).get(url)
    assert len(viewed()) == 2


@pytest.mark.parametrize(
    ("method", "path", "looked"),
    [
        ("GET", "candidates/{candidate_id}", True),
        ("PATCH", "candidates/{candidate_id}", True),
        ("GET", "proposals/{proposal_id}", True),
        ("GET", "placements/{placement_id}", True),
        ("GET", "placements/{placement_id}/guarantee", False),
        ("GET", "candidates/{candidate_id}/protection-status", False),
    ],
)
def test_an_answer_that_names_a_person_is_a_look(
    cast: Cast, here: World, method: str, path: str, *, looked: bool
) -> None:
    headers = bearer(cast, cast.pia)
    with cast.app.app_context():
        answer = cast.app.test_client().open(f"/api/{path.format(**here.ids)}", method=method, headers=headers)
    assert answer.status_code == 200
    assert viewed() == ([here.ids["candidate_id"]] if looked else [])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "work queue"),
        ("/candidates", "candidates"),
        ("/candidates?q=Amber", "candidates"),
        ("/api/candidates", "candidates"),
        ("/proposals", "proposals"),
        ("/api/proposals", "proposals"),
        ("/placements", "placements"),
        ("/jobs/{job_id}", "proposals of a job"),
        ("/search?q=Amber", "search"),
        ("/admin/events", "event log"),
        ("/admin/events.jsonl", "event log"),
        ("/admin/deliveries", "emails"),
        ("/admin/people", "people"),
    ],
)
def test_a_list_of_names_is_a_look_once_a_day(cast: Cast, here: World, path: str, name: str) -> None:
    headers = bearer(cast, cast.pia) if path.startswith("/api") else {}
    client = cast.app.test_client() if headers else cast.client(cast.pia)
    for _ in range(2):
        with cast.app.app_context():
            assert client.get(path.format(**here.ids), headers=headers).status_code == 200
    assert lists() == [name]


def test_a_page_and_the_api_show_one_list(cast: Cast, here: World) -> None:
    cast.client(cast.pia).get("/candidates")
    with cast.app.app_context():
        cast.app.test_client().get("/api/candidates", headers=bearer(cast, cast.pia))
    assert lists() == ["candidates"]


def test_reading_a_mail_is_a_look(cast: Cast, here: World) -> None:
    with Session(db.engine) as session:
        delivery_id = session.scalars(select(Delivery.id).limit(1)).one()
    for _ in range(2):
        assert cast.client(cast.pia).get(f"/admin/deliveries/{delivery_id}").status_code == 200
    assert written("delivery.viewed") == [{"delivery_id": str(delivery_id)}]


@pytest.mark.parametrize("who", ["rita", "carl", "hana"])
def test_nobody_else_s_looks_are_recorded(cast: Cast, here: World, who: str) -> None:
    client = cast.client(getattr(cast, who))
    for path in ("/", "/candidates", "/proposals", f"/candidates/{here.ids['candidate_id']}"):
        client.get(path)
    assert (viewed(), lists()) == ([], [])


def test_what_is_refused_is_no_look(cast: Cast, here: World) -> None:
    assert cast.client(cast.pia).get(f"/candidates/{uuid.UUID(int=7)}").status_code == 404
    assert viewed() == []


def test_without_redis_the_log_itself_is_asked(cast: Cast, here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(redis_client(), "execute_command", away)
    pia = cast.client(cast.pia)
    for _ in range(2):
        pia.get(f"/candidates/{here.ids['candidate_id']}")
        pia.get("/candidates")
    assert (len(viewed()), lists()) == (1, ["candidates"])


def test_a_look_costs_three_statements_once_a_day(cast: Cast) -> None:
    actor = cast.actor(cast.pia)
    for cost in (3, 0):
        with statements() as seen:
            service.at_list(actor, "candidates")
        assert len(seen) == cost, seen


def test_two_looks_at_once_are_one(cast: Cast, here: World) -> None:
    actor = cast.actor(cast.pia)
    race(cast.app, [lambda: service.at_list(actor, "candidates")] * 4)
    race(cast.app, [lambda: service.at_candidate(actor, {"proposal_id": here.ids["proposal_id"]})] * 4)
    assert (lists(), viewed()) == (["candidates"], [here.ids["candidate_id"]])


@pytest.mark.parametrize("name", ["candidate_id", "proposal_id", "placement_id", "question_id", "amendment_id"])
def test_whatever_names_a_case_leads_to_its_candidate(cast: Cast, here: World, name: str) -> None:
    service.at_candidate(cast.actor(cast.pia), {name: here.ids[name]})
    assert viewed() == [here.ids["candidate_id"]]


def test_what_belongs_to_nobody_is_no_look(cast: Cast, here: World) -> None:
    service.at_candidate(cast.actor(cast.pia), {"proposal_id": uuid.UUID(int=7)})
    assert viewed() == []


def test_what_cannot_be_recorded_is_shown_all_the_same(
    cast: Cast, here: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OperationalError("INSERT", {}, Exception("no space left on device"))

    monkeypatch.setattr(looks.looks, "at_list", full)
    assert cast.client(cast.pia).get("/candidates").status_code == 200
    assert "look_not_recorded" in caplog.text


def test_every_page_of_the_platform_is_a_look_or_names_nobody(cast: Cast) -> None:
    """A new page that shows names belongs in LISTS, unless its address has the id of somebody's case."""
    missing, stale = [], looks.LISTS.keys() | NAMES_NOBODY
    for rule in cast.app.url_map.iter_rules():
        permission = policy_of(rule.endpoint)
        stale -= {rule.endpoint}
        if "GET" not in (rule.methods or ()) or permission == PUBLIC or rule.rule.startswith(("/api", "/styleguide")):
            continue
        may = Role.PLATFORM_ADMIN in GRANTS.get(Permission(str(permission)), {})
        known = rule.endpoint in looks.LISTS or rule.endpoint in NAMES_NOBODY | {"deliveries.detail"}
        known |= rule.rule in BY_PATH and BY_PATH[rule.rule].looked_at is not None
        if may and not known and not rule.arguments & set(looks.OF_A_CANDIDATE):
            missing.append(rule.endpoint)
    said = "`looked_at` of the Listing, LISTS of portal/requests/looks.py or NAMES_NOBODY"
    assert not missing, f"say in {said} what is looked at: {missing}"
    assert not stale, f"no page any more: {stale}"


def test_every_answer_of_the_api_that_names_a_candidate_is_a_look(cast: Cast) -> None:
    missing = []
    for rule in cast.app.url_map.iter_rules():
        described = getattr(cast.app.view_functions[rule.endpoint], "__api__", None)
        schema = str(described.out.model_json_schema()) if described and described.out else ""
        names = "candidate_name" in schema or "full_name" in schema
        creates = described and described.status == 201
        if (
            names
            and not creates
            and rule.endpoint not in looks.LISTS
            and not rule.arguments & set(looks.OF_A_CANDIDATE)
        ):
            missing.append(rule.endpoint)
    assert missing == []
