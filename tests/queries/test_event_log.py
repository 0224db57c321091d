"""The log of the platform: what each filter finds, paging in both directions, at the same cost at any depth."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from portal.domain.errors import NotFound, NotPermitted
from portal.domain.events import CandidateViewed, DeliveryRetried, ProposalReviewing, RecruiterStatusChanged
from portal.domain.permissions import Actor
from portal.extensions import READ_BIND, db, reading
from portal.queries.filters import Exact
from portal.queries.lists import Edge
from portal.queries.log import event_log
from portal.queries.log.event_log import LogFilter
from portal.runtime.clock import simulated
from portal.services.billing import runs
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import statements
from tests.cast import Cast
from tests.money import paid, started

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
CANDIDATE, JOB, PROPOSAL = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


@pytest.fixture
def pia(cast: Cast) -> Actor:
    """Return the only one who may see the log."""
    return cast.actor(cast.pia)


def happen(actor: Actor, event: Any, *, days: int = 0) -> uuid.UUID:
    """Record one event some days after the start."""
    with simulated(START + timedelta(days=days)), unit_of_work(actor) as uow:
        return uow.record(event)


def types(viewer: Actor, **wanted: Any) -> list[str]:
    """List the types that a filter finds."""
    return [row.type for row in event_log.log(viewer, LogFilter(**wanted)).rows]


@pytest.fixture
def history(cast: Cast) -> None:
    """Three events: rita's suspension, a look at a candidate, hana's review."""
    rita, hana, pia = cast.rita, cast.actor(cast.hana), cast.actor(cast.pia)
    assert rita.recruiter_id
    happen(pia, RecruiterStatusChanged(recruiter_id=rita.recruiter_id, old="active", new="suspended"))
    happen(pia, CandidateViewed(candidate_id=CANDIDATE), days=1)
    happen(
        hana,
        ProposalReviewing(proposal_id=PROPOSAL, candidate_id=CANDIDATE, job_id=JOB, recruiter_id=rita.recruiter_id),
        days=2,
    )


def test_without_a_filter_all_events_are_listed_newest_first(pia: Actor, history: None) -> None:
    assert types(pia) == ["proposal.reviewing", "candidate.viewed", "recruiter.status_changed"]


FILTERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "candidate.viewed"}, ["candidate.viewed"]),
    ({"type": "Viewed"}, ["candidate.viewed"]),
    ({"type": "e"}, ["proposal.reviewing", "candidate.viewed", "recruiter.status_changed"]),
    ({"type": "e", "actor": "pia"}, ["candidate.viewed", "recruiter.status_changed"]),
    ({"type": "nothing.such"}, []),
    ({"actor": "hAn"}, ["proposal.reviewing"]),
    ({"actor": "pia", "type": "candidate.viewed"}, ["candidate.viewed"]),
    ({"actor": "nobody of that name"}, []),
    ({"actor": "%"}, []),
    ({"organisation": "acme"}, ["proposal.reviewing"]),
    ({"organisation": "acme", "actor": "pia"}, []),
    ({"organisation": "platform", "actor": "pia"}, ["candidate.viewed", "recruiter.status_changed"]),
    ({"subject": CANDIDATE}, ["proposal.reviewing", "candidate.viewed"]),
    ({"subject": JOB}, ["proposal.reviewing"]),
    ({"subject": CANDIDATE, "actor": "pia"}, ["candidate.viewed"]),
    ({"subject": CANDIDATE, "organisation": "acme"}, ["proposal.reviewing"]),
    ({"subject": uuid.uuid4()}, []),
    ({"correlation": "unheard-of"}, []),
    ({"since": START + timedelta(days=1)}, ["proposal.reviewing", "candidate.viewed"]),
    ({"until": START + timedelta(days=1)}, ["recruiter.status_changed"]),
    ({"since": START + timedelta(days=1), "until": START + timedelta(days=2)}, ["candidate.viewed"]),
]


@pytest.mark.parametrize(("wanted", "found"), FILTERS)
def test_each_filter_finds_what_it_says(pia: Actor, history: None, wanted: dict[str, Any], found: list[str]) -> None:
    assert types(pia, **wanted) == found


def test_an_actor_or_an_organisation_may_be_named_by_id(cast: Cast, pia: Actor, history: None) -> None:
    assert types(pia, actor=str(cast.hana.user_id)) == ["proposal.reviewing"]
    assert types(pia, organisation=str(cast.acme)) == ["proposal.reviewing"]


def test_a_subject_that_is_known_is_looked_for_where_it_may_be(cast: Cast, pia: Actor, history: None) -> None:
    assert cast.rita.recruiter_id
    wanted = LogFilter(subject=cast.rita.recruiter_id)
    assert [column.key for column in event_log._meant(wanted).subjects] == ["recruiter_id"]
    assert len(event_log._meant(LogFilter(subject=CANDIDATE)).subjects) == 5
    assert types(pia, subject=wanted.subject) == ["proposal.reviewing", "recruiter.status_changed"]


def test_subjects_are_named_and_linked(cast: Cast, pia: Actor, history: None) -> None:
    rows = event_log.log(pia, LogFilter()).rows
    assert [(row.subject, row.path) for row in rows] == [
        ("Rita", f"/proposals/{PROPOSAL}"),  # neither candidate nor job exist in this test: the recruiter is named
        ("Candidate", f"/candidates/{CANDIDATE}"),
        ("Rita", f"/recruiters/{cast.rita.recruiter_id}"),
    ]


def test_what_happens_to_money_is_about_the_candidate(cast: Cast, pia: Actor) -> None:
    placement_id = started(cast)
    (issued,) = event_log.log(pia, LogFilter(type="invoice.issued")).rows
    assert (issued.subject, issued.path) == ("Maya Okafor", f"/placements/{placement_id}")


def test_what_happens_to_a_payout_run_leads_to_it(cast: Cast, pia: Actor) -> None:
    placement_id = started(cast, payout_schedule="when_paid")
    paid(cast, placement_id)
    run_id = runs.collect(actor=pia, currency="USD")
    (collected,) = event_log.log(pia, LogFilter(type="payout_run")).rows
    assert (collected.subject, collected.path) == ("Payout run", f"/admin/billing/runs/{run_id}")


def test_an_entry_tells_its_payload_and_its_siblings(pia: Actor) -> None:
    with unit_of_work(pia) as uow:
        first, _ = (uow.record(DeliveryRetried(delivery_id=JOB)) for _ in range(2))
    entry = event_log.entry(pia, first)
    assert entry.payload == {"delivery_id": str(JOB)}
    assert (entry.row.actor, entry.organisation, entry.same_request) == ("Pia", "Platform", 1)
    assert (entry.seal_number, entry.seal_hash) == (None, "")


def test_an_unknown_entry_does_not_exist(pia: Actor) -> None:
    with pytest.raises(NotFound):
        event_log.entry(pia, uuid.uuid4())


def test_only_the_platform_reads_the_log(cast: Cast) -> None:
    for person in (cast.rita, cast.carl, cast.hana, cast.zoe):
        with pytest.raises(NotPermitted):
            event_log.log(cast.actor(person), LogFilter())
        with pytest.raises(NotPermitted):
            list(event_log.export(cast.actor(person), LogFilter()))


def many(actor: Actor, count: int) -> list[uuid.UUID]:
    """Record many events, oldest first."""
    with unit_of_work(actor) as uow:
        return [uow.record(DeliveryRetried(delivery_id=JOB)) for _ in range(count)]


@pytest.mark.parametrize("wanted", [LogFilter(), LogFilter(actor="pia"), LogFilter(type="delivery.retried")])
def test_pages_lead_down_and_up_again_without_gaps(pia: Actor, wanted: LogFilter) -> None:
    ids = many(pia, 120)[::-1]
    first = event_log.log(pia, wanted)
    second = event_log.log(pia, wanted, edge=first.last)
    third = event_log.log(pia, wanted, edge=second.last)
    assert [r.id for page in (first, second, third) for r in page.rows] == ids
    assert (first.first, third.last) == (None, None)
    up = event_log.log(pia, wanted, edge=third.first)
    assert [r.id for r in up.rows] == [r.id for r in second.rows]
    top = event_log.log(pia, wanted, edge=up.first)
    assert [r.id for r in top.rows] == [r.id for r in first.rows]
    assert (top.first, top.last) == (None, first.last)


def test_beyond_the_ends_there_is_nothing(pia: Actor) -> None:
    ids = many(pia, 2)
    assert event_log.log(pia, LogFilter(), edge=Edge(ids[0])).rows == ()
    assert event_log.log(pia, LogFilter(), edge=Edge(ids[1], back=True)).rows == ()


def test_an_export_streams_all_that_the_filter_shows(pia: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "EXPORT_CHUNK", 10)
    ids = many(pia, 25)[::-1]
    rows = list(event_log.export(pia, LogFilter(type="delivery.retried")))
    assert [row["id"] for row in rows] == ids
    assert {row["actor"] for row in rows} == {"Pia"}


def plan(wanted: LogFilter, before: uuid.UUID | None) -> dict[str, Any]:
    """Explain how the database finds a page."""
    query = event_log._ids(wanted, event_log._meant(wanted), event_log._span(wanted, before, None), 51, upwards=False)
    sql = query.compile(db.engines[READ_BIND], compile_kwargs={"literal_binds": True})
    found = reading().execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}".replace(":", r"\:"))).scalar_one()
    return found[0]["Plan"]


def rows_read(node: dict[str, Any]) -> int:
    """Count the rows that the leaves of a plan produced or threw away."""
    children = node.get("Plans", [])
    own = 0 if children else (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(own) + sum(rows_read(child) for child in children)


BULK = """
    INSERT INTO network.marketplace_events (id, type, at, actor_id, organisation_id, payload, correlation_id)
    SELECT ('0193' || lpad(to_hex(n), 8, '0') || '70008000000000000000')::uuid, 'delivery.retried', now(), :actor,
           :organisation, '{}', 'bulk-' || n FROM generate_series(1, 20000) n
"""


@pytest.mark.parametrize("wanted", [LogFilter(), LogFilter(actor="pia"), LogFilter(organisation="platform")])
def test_a_page_reads_as_few_rows_at_any_depth(cast: Cast, pia: Actor, wanted: LogFilter) -> None:
    with db.engine.begin() as connection:
        values = {"actor": cast.pia.user_id, "organisation": cast.pia.organisation_id}
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # nothing is to be told of these
        connection.execute(text(BULK), values)
        connection.execute(text("ANALYZE network.marketplace_events"))
    deep = uuid.UUID("0193" + f"{1000:08x}" + "70008000000000000000")
    assert rows_read(plan(wanted, None)) < 130
    assert rows_read(plan(wanted, deep)) < 130


def test_the_log_is_four_statements_however_many_rows(pia: Actor) -> None:
    many(pia, 60)
    with statements() as seen:
        event_log.log(pia, LogFilter(actor="pia", type="delivery.retried"))
    assert len(seen) == 4  # who is named, the ids of a few months and of all, the lines


@pytest.mark.parametrize("falls", [True, False])
def test_pages_join_over_months_in_which_nothing_happened(pia: Actor, falls: bool) -> None:
    days = (0, -1, -70, -71, -200, -201, -202, -600)
    expected = [happen(pia, CandidateViewed(candidate_id=CANDIDATE), days=n) for n in days]
    expected = expected if falls else expected[::-1]
    wanted, seen, edge = LogFilter(type="candidate.viewed"), list[uuid.UUID](), None
    for _ in range(4):
        page = event_log.log(pia, wanted, edge=edge, falls=falls, size=2)
        assert page.total == len(days)
        seen += [row.id for row in page.rows]
        edge = page.last
    assert (seen, edge) == (expected, None)
    back = event_log.log(pia, wanted, edge=page.first, falls=falls, size=2)
    assert [row.id for row in back.rows] == expected[4:6]
    assert event_log.log(pia, LogFilter(actor="nobody at all")).rows == ()


def test_the_filter_of_an_id_reads_as_the_name(cast: Cast) -> None:
    actor, type_of = (next(f for f in event_log.EVENTS.filters if f.name == name) for name in ("actor", "type"))
    assert isinstance(actor, Exact)
    assert isinstance(type_of, Exact)
    assert [actor.said(text) for text in (str(cast.pia.user_id), str(CANDIDATE), "pi")] == [
        "Actor: Pia",
        f"Actor: {CANDIDATE}",
        "Actor: pi",
    ]
    given = [(actor, str(cast.pia.user_id)), (actor, "pi"), (type_of, str(CANDIDATE))]
    assert [f.is_given(text) for f, text in given] == [True, False, False]
