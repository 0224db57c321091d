"""What happens by itself: each entry of the one list does its work, fails alone, and runs where it can."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from rq import Worker
from sqlalchemy import select

from portal.extensions import queue
from portal.jobs import schedule
from portal.models import EventSeal, PeriodicRun, UserSession
from portal.queries.admin.deliveries import JOB_LABELS
from portal.runtime.clock import simulated
from portal.services.messages import preferences
from portal.services.messages.preferences import ByMail, Wish
from tests.cast import DAY, Cast, sign_in
from tests.hires import active, events
from tests.letters import deliveries, happened, relayed, rows
from tests.marketplace import claimed, proposed


def run(name: str, **after: float) -> None:
    """Run an entry some time after the day began."""
    with simulated(DAY + timedelta(**after)):
        schedule.run(name, "correlation-1")


def errors() -> dict[str, str | None]:
    """Read how the entries ended last."""
    with rows() as session:
        return {r.name: r.last_error for r in session.scalars(select(PeriodicRun))}


def test_words_for_people_are_of_entries() -> None:
    assert set(JOB_LABELS) <= {entry.name for entry in schedule.SCHEDULE}, "words of an entry that is gone"


def test_every_entry_of_the_list_runs_twice_without_harm(cast: Cast) -> None:
    with simulated(DAY):
        happened(cast)
        for entry in schedule.SCHEDULE * 2:
            schedule.run(entry.name, "correlation-1")
    assert queue("work").count >= 1
    assert not [error for error in errors().values() if error]


def test_the_names_of_the_list_are_its_own() -> None:
    assert len(schedule.BY_NAME) == len(schedule.SCHEDULE)


def test_proposals_expire_and_deciders_are_reminded(cast: Cast) -> None:
    with simulated(DAY):
        proposed(cast)
    run("remind_deciders", days=6, hours=1)
    run("expire_proposals", days=7)
    templates = {template for template, _, _ in relayed()}
    assert {"proposal_expiring", "proposal_timeout"} <= templates


def test_guarantees_are_warned_of_and_completed(cast: Cast) -> None:
    with simulated(DAY):
        placement_id = active(cast)
    run("warn_of_guarantees", days=60)
    run("complete_placements", days=95)
    assert len(events(placement_id, "guarantee.expiring", "placement.completed")) == 1
    run("complete_placements", days=96)
    assert len(events(placement_id, "guarantee.expiring", "placement.completed")) == 2


def test_protections_are_warned_of(cast: Cast) -> None:
    with simulated(DAY):
        claimed(cast)
    run("warn_of_protections", days=340)
    assert "ownership_expiring" in {template for template, _, _ in relayed()}


def test_what_is_long_over_is_forgotten(cast: Cast) -> None:
    sign_in(cast.rita)
    with simulated(DAY.replace(year=2099)):
        schedule.run("forget_expired", "correlation-1")
    with rows() as session:
        assert session.scalars(select(UserSession)).all() == []


def test_digests_are_folded(cast: Cast) -> None:
    preferences.choose(actor=cast.actor(cast.rita), choices={"candidates": Wish(ByMail.DAILY)})
    with simulated(DAY):
        happened(cast)
        relayed()
    run("fold_digests", days=1)
    assert [d.subject for d in deliveries(template="digest")] == ["Your digest: 1 notification"]


def test_events_are_sealed(cast: Cast) -> None:
    happened(cast)
    run("seal_events")
    with rows() as session:
        assert len(session.scalars(select(EventSeal)).all()) == 1


def test_what_is_due_is_queued_and_what_is_small_is_done(cast: Cast) -> None:
    small, long = (sum(getattr(entry, kind) for entry in schedule.SCHEDULE) for kind in ("small", "long"))
    assert schedule.tick() == len(schedule.SCHEDULE)
    assert (queue("work").count, queue("bulk").count) == (len(schedule.SCHEDULE) - small - long, long)
    assert schedule.tick() == 0


def test_a_job_whose_worker_is_at_a_long_one_waits_once_and_the_ticker_leaves_it_to_it(cast: Cast) -> None:
    line = queue("bulk")
    worker = Worker([line], connection=line.connection)
    worker.register_birth()
    try:
        for seconds in range(0, 200, 5):
            with simulated(DAY + timedelta(seconds=seconds)):
                schedule.tick()
    finally:
        worker.register_death()
    assert line.count == sum(entry.long for entry in schedule.SCHEDULE)
    with rows() as session:
        assert session.get_one(PeriodicRun, "recalculate_scores").finished_at is None


@pytest.mark.usefixtures("no_redis")
def test_without_redis_the_ticker_does_the_work_itself(cast: Cast) -> None:
    with simulated(DAY):
        proposed(cast)
    with simulated(DAY + timedelta(days=8)):
        schedule.tick()
        relayed()
    assert deliveries(template="proposal_timeout")


def test_an_entry_that_fails_is_kept_and_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("no room")

    schedule.tick()
    entry = schedule.BY_NAME["seal_events"]
    monkeypatch.setitem(schedule.BY_NAME, "seal_events", dataclasses.replace(entry, work=fail))
    schedule.run("seal_events", "correlation-1")
    schedule.run("expire_proposals", "correlation-1")
    assert errors()["seal_events"] == "RuntimeError: no room"
    assert errors()["expire_proposals"] is None
