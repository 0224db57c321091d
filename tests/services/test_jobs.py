"""Jobs (domain.md §1): a company posts them, edits them, ends them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion, WrongState
from portal.domain.jobs import FOLLOWING, JobStatus
from portal.extensions import db
from portal.models import Job, MarketplaceEvent
from portal.models.marketplace import JOB_STATUSES
from portal.runtime.clock import simulated
from portal.services import jobs
from portal.services.jobs import JobInput
from tests.cast import DAY, Cast
from tests.marketplace import later, posted, proposed

SAID = JobInput(title="Staff ML Engineer", fee_bp=2_000, location="Berlin")


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def row(job_id: uuid.UUID) -> Job:
    with Session(db.engine) as session:
        return session.get_one(Job, job_id)


def last_event(job_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
    with Session(db.engine) as session:
        query = select(MarketplaceEvent).where(MarketplaceEvent.job_id == job_id).order_by(MarketplaceEvent.id.desc())
        event = session.scalars(query.limit(1)).one()
        return event.type, event.payload


def test_a_company_posts_a_job_that_is_open_at_once(cast: Cast) -> None:
    job = row(posted(cast, title="  Data  lead ", description="Line\r\nline", salary_min_minor=1, guarantee_days=0))
    assert (job.company_id, job.status, job.title, job.description) == (cast.acme, "active", "Data  lead", "Line\nline")
    assert (job.currency, job.salary_min_minor, job.salary_max_minor, job.guarantee_days) == ("USD", 1, None, 0)
    assert last_event(job.id) == ("job.posted", last_event(job.id)[1] | {"status": "active", "fee_bp": 2_000})


def test_a_company_cannot_post_for_another(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="jobs for your own company"):
        posted(cast, company_id=cast.rival)
    assert row(posted(cast)).company_id == cast.acme


def test_the_platform_posts_for_a_company_that_it_names(cast: Cast) -> None:
    assert row(posted(cast, cast.pia, company_id=cast.acme)).company_id == cast.acme
    for company_id in (None, uuid.uuid4(), cast.rita.organisation_id):
        with pytest.raises(InvalidInput, match="Choose the hiring company"):
            posted(cast, cast.pia, company_id=company_id)


@pytest.mark.parametrize("who", ["rita", "hana"])
def test_others_post_no_jobs(cast: Cast, who: str) -> None:
    with pytest.raises(NotPermitted):
        posted(cast, getattr(cast, who))


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"title": " "}, ["title"]),
    ({"title": "x" * 121}, ["title"]),
    ({"title": "a\x00"}, ["title"]),
    ({"description": "x" * 5_001}, ["description"]),
    ({"location": "\x1b[0m"}, ["location"]),
    ({"fee_bp": 0}, ["fee_bp"]),
    ({"fee_bp": 10_001}, ["fee_bp"]),
    ({"currency": "XXX"}, ["currency"]),
    ({"salary_min_minor": 0}, ["salary_min_minor"]),
    ({"salary_max_minor": 10**13 + 1}, ["salary_max_minor"]),
    ({"salary_min_minor": 2, "salary_max_minor": 1}, ["salary_max_minor"]),
    ({"guarantee_days": -1}, ["guarantee_days"]),
    ({"guarantee_days": 366}, ["guarantee_days"]),
    ({"proposal_days": 0}, ["proposal_days"]),
    ({"proposal_days": 91}, ["proposal_days"]),
    ({"status": "open"}, ["status"]),
    ({"status": "closed"}, ["status"]),
    ({"title": "", "fee_bp": -1, "currency": ""}, ["title", "fee_bp", "currency"]),
]


@pytest.mark.parametrize(("values", "fields"), WRONG)
def test_every_wrong_field_is_named(cast: Cast, values: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        posted(cast, **values)
    assert list(refusal.value.fields) == fields


def test_an_edit_names_what_changed(cast: Cast) -> None:
    job_id = posted(cast)
    with simulated(later(hours=1)):
        said = replace(SAID, title="Principal ML Engineer", fee_bp=2_500)
        jobs.edit(job_id, actor=cast.actor(cast.carl), input=said, version=1)
    job = row(job_id)
    assert (job.title, job.fee_bp, job.version, job.updated_at) == ("Principal ML Engineer", 2_500, 2, later(hours=1))
    assert last_event(job_id)[0] == "job.changed"
    assert last_event(job_id)[1]["changed"] == ["title", "fee_bp"]


def test_an_edit_that_changes_nothing_leaves_no_trace(cast: Cast) -> None:
    job_id = posted(cast)
    jobs.edit(job_id, actor=cast.actor(cast.carl), input=replace(SAID, status="active"), version=1)
    assert (row(job_id).version, last_event(job_id)[0]) == (1, "job.posted")


def test_a_draft_is_opened_with_an_edit_and_may_change_its_currency(cast: Cast) -> None:
    job_id = posted(cast, status="draft")
    said = replace(SAID, currency="EUR", status="active")
    jobs.edit(job_id, actor=cast.actor(cast.carl), input=said, version=1)
    assert (row(job_id).currency, row(job_id).status) == ("EUR", "active")
    with pytest.raises(InvalidInput, match="posted in EUR"):
        jobs.edit(job_id, actor=cast.actor(cast.carl), input=replace(SAID, currency="USD"), version=None)


def test_an_edit_of_an_older_version_changes_nothing(cast: Cast) -> None:
    job_id = posted(cast)
    carl = cast.actor(cast.carl)
    jobs.edit(job_id, actor=carl, input=replace(SAID, title="First"), version=1)
    with pytest.raises(StaleVersion):
        jobs.edit(job_id, actor=carl, input=replace(SAID, title="Second"), version=1)
    assert row(job_id).title == "First"


@pytest.mark.parametrize("status", ["filled", "closed"])
def test_a_job_that_is_over_is_not_edited(cast: Cast, status: str) -> None:
    job_id = posted(cast)
    jobs.change_status(job_id, actor=cast.actor(cast.carl), status=status)
    with pytest.raises(Conflict, match=f"is {status}; reopen it first"):
        jobs.edit(job_id, actor=cast.actor(cast.carl), input=SAID, version=None)


@pytest.mark.parametrize(("who", "error"), [("zoe", NotFound), ("hana", NotPermitted), ("rita", NotPermitted)])
def test_other_people_change_no_job(cast: Cast, who: str, error: type[Exception]) -> None:
    job_id, actor = posted(cast), cast.actor(getattr(cast, who))
    with pytest.raises(error):
        jobs.edit(job_id, actor=actor, input=SAID, version=None)
    with pytest.raises(error):
        jobs.change_status(job_id, actor=actor, status="closed")


CHANGES = [
    ("draft", {"active", "closed"}),
    ("active", {"paused", "filled", "closed"}),
    ("paused", {"active", "filled", "closed"}),
    ("filled", {"active"}),
    ("closed", {"active"}),
]


@pytest.mark.parametrize(("present", "possible"), CHANGES)
def test_a_status_leads_only_where_the_table_says(cast: Cast, present: str, possible: set[str]) -> None:
    assert {str(s) for s in FOLLOWING[JobStatus(present)]} == possible
    carl = cast.actor(cast.carl)
    for wanted in JOB_STATUSES:
        job_id = posted(cast, status="draft" if present == "draft" else "active")
        if present not in {"draft", "active"}:
            jobs.change_status(job_id, actor=carl, status=present)
        if wanted in possible:
            assert jobs.change_status(job_id, actor=carl, status=wanted) == 0
            assert row(job_id).status == wanted
        else:
            with pytest.raises(WrongState):
                jobs.change_status(job_id, actor=carl, status=wanted)


def test_there_is_no_such_status(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        jobs.change_status(posted(cast), actor=cast.actor(cast.carl), status="gone")


@pytest.mark.parametrize(("status", "withdrawn"), [("paused", 0), ("filled", 2), ("closed", 2)])
def test_only_the_end_of_a_job_withdraws_its_proposals(cast: Cast, status: str, withdrawn: int) -> None:
    job_id = posted(cast)
    for _ in range(2):
        proposed(cast, job_id=job_id)
    assert jobs.change_status(job_id, actor=cast.actor(cast.carl), status=status) == withdrawn
    assert last_event(job_id)[0] == "job.changed"


def test_a_job_does_not_end_while_more_is_open_than_was_shown(cast: Cast) -> None:
    job_id = posted(cast)
    proposed(cast, job_id=job_id)
    with pytest.raises(StaleVersion, match="1 more proposal has come in"):
        jobs.change_status(job_id, actor=cast.actor(cast.carl), status="filled", seen=0)


def test_the_domain_and_the_table_know_the_same_statuses() -> None:
    assert tuple(JobStatus) == JOB_STATUSES
