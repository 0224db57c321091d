"""Analytics pages: the platform sees all, everybody else their own; every chart has its table and its CSV."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from portal.domain.errors import NotPermitted
from portal.queries import analytics
from portal.runtime.clock import simulated
from portal.services import proposals, proposals_in_bulk
from portal.services.identity import accounts
from portal.services.placements import placements
from portal.services.reputation import counters
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.cleaning import made_once
from tests.hires import hired, share
from tests.marketplace import claimed, posted, proposed

EARLIER = DAY - timedelta(days=11)
CHARTS = ("funnel", "pace", "timeouts", "failures", "fees", "teams", "protections")


def rows(cast: Cast, viewer: Person, chart: str, days: int = 30) -> list[list[str]]:
    answer = cast.client(viewer).get(f"/analytics/{chart}.csv?days={days}")
    assert answer.status_code == 200
    assert answer.text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.fixture
def history(cast: Cast) -> None:
    """Let figures have something to count."""
    happened(cast)


@made_once
def happened(cast: Cast) -> None:
    """As Acme, fail one hire of rita's, hire another of two, decline one of omar's, and leave one to time out."""
    carl = cast.actor(cast.carl)
    with simulated(EARLIER):
        placement_id = hired(cast)
        placements.activate(placement_id, actor=carl, start_date=EARLIER.date())
        share(cast, hired(cast, name="Tim Ode"), cast.omar, "closer", 1_000)
        declined = proposed(cast, cast.omar, name="Ada Low")
    with simulated(EARLIER + timedelta(hours=12)):
        proposals.decline(declined, actor=carl, reason="salary")
        proposed(cast, cast.omar, name="Ben High")
    with simulated(EARLIER + timedelta(days=9)):
        proposals_in_bulk.expire_due(actor=cast.actor(cast.pia))
        placements.fail(placement_id, actor=carl, reason="candidate_quit")


def test_the_figures_open_in_columns_where_decimals_begin_with_a_comma(cast: Cast, history: None) -> None:
    carl = cast.actor(cast.carl)
    accounts.change_profile(actor=carl, name=carl.name, time_zone="Europe/Berlin", number_format="auto")
    with simulated(DAY):
        files = {chart: cast.client(cast.carl).get(f"/analytics/{chart}.csv?days=30").text for chart in CHARTS[:-1]}
    assert {chart: text.splitlines()[0].count('";"') for chart, text in files.items()} == {
        "funnel": 1,
        "pace": 2,
        "timeouts": 2,
        "failures": 2,
        "fees": 2,
        "teams": 4,
    }
    assert ',00"' in files["fees"]


@pytest.mark.parametrize(
    ("who", "proposed", "accepted", "hired"),
    [("pia", 4, 2, 2), ("carl", 4, 2, 2), ("rita", 2, 2, 2), ("omar", 2, 0, 0)],
)
def test_everybody_sees_the_own_part(
    cast: Cast, history: None, who: str, proposed: int, accepted: int, hired: int
) -> None:
    with simulated(DAY):
        table = rows(cast, getattr(cast, who), "funnel")
        assert table == [
            ["Stage", "Proposals"],
            ["Proposed", str(proposed)],
            ["Accepted", str(accepted)],
            ["Hired", str(hired)],
            ["Completed", "0"],
        ]


def test_a_company_that_has_nothing_sees_nothing(cast: Cast, history: None) -> None:
    with simulated(DAY):
        page = cast.client(cast.zoe).get("/analytics?days=30").text
        for says in ("No proposals.", "No decisions.", "No failed placements.", "No hires."):
            assert says in page
        assert rows(cast, cast.zoe, "funnel")[1] == ["Proposed", "0"]
        assert "Network health" not in page


def test_the_figures_are_those_of_the_range(cast: Cast, history: None) -> None:
    with simulated(DAY):
        viewer = cast.actor(cast.pia)
        month = analytics.funnel(viewer, analytics.range_of(viewer, 30))
        week = analytics.funnel(viewer, analytics.range_of(viewer, 7))
        solo, team = analytics.team_sizes(viewer, analytics.range_of(viewer, 30))
    assert (month.decided, month.timed_out, month.timed_out_percent, month.median_hours) == (3, 1, 25.0, 0.0)
    assert (week.proposed, week.decided, week.timed_out, week.timed_out_percent) == (0, 0, 1, 100.0)
    assert (solo.hired, solo.failed, solo.completed_percent) == (1, 1, 0.0)
    assert (team.hired, team.failed, team.completed_percent) == (1, 0, None)


def test_hires_are_counted_when_they_happen_like_their_fees(cast: Cast) -> None:
    carl = cast.actor(cast.carl)
    with simulated(EARLIER):
        proposal_id = proposed(cast)
        proposals.accept(proposal_id, actor=carl)
    with simulated(DAY - timedelta(days=1)):
        placements.hire(proposal_id, actor=carl, salary_minor=1_000_000)
    with simulated(DAY):
        page = cast.client(cast.carl).get("/analytics?days=7").text
        assert len(rows(cast, cast.carl, "fees", 7)) == 2
    assert re.search(r"<dt>Hires</dt><dd[^>]*><span class=\"big\">1</span>", page)
    assert "completed so far" not in page


def test_fees_of_each_currency_are_drawn_by_themselves_and_never_added(cast: Cast) -> None:
    carl = cast.actor(cast.carl)
    with simulated(DAY - timedelta(days=1)):
        for currency, salary in (("EUR", 1_000_000), ("JPY", 7_000_000), ("USD", 2_000_000)):
            proposal_id = proposed(cast, job_id=posted(cast, currency=currency), name=f"Hired in {currency}")
            proposals.accept(proposal_id, actor=carl)
            placements.hire(proposal_id, actor=carl, salary_minor=salary)
    with simulated(DAY):
        page = cast.client(cast.carl).get("/analytics?days=7").text
        found = rows(cast, cast.carl, "fees", 7)
    for words in ("€2,000 in total.", "¥1,400,000 in total.", "$4,000 in total."):
        assert words in page
    assert [(currency, fees) for _, currency, fees in found[1:]] == [
        ("EUR", "2000.00"),
        ("JPY", "1400000"),
        ("USD", "4000.00"),
    ]


def test_steps_are_whole_even_where_nothing_happened(cast: Cast, history: None) -> None:
    with simulated(DAY):
        viewer = cast.actor(cast.carl)
        for days, count in ((7, 8), (30, 31), (90, 13), (365, 13)):
            span = analytics.range_of(viewer, days)
            found = analytics.steps(viewer, span)
            assert count <= len(found) <= count + 1
            assert found[0].start <= span.since
            assert found[-1].start <= span.now
        assert sum(step.failed_inside for step in found) == 1
        assert sum(step.failed_outside for step in found) == 0
        assert [fee for step in found for fee in step.fees] == [("USD", 5_000_000)]


def test_protections_end_in_their_weeks(cast: Cast) -> None:
    with simulated(DAY - timedelta(days=355)):
        claimed(cast)
        claimed(cast, cast.omar)
    with simulated(DAY):
        for who, total in ((cast.pia, 2), (cast.rita, 1)):
            weeks = analytics.protections_ending(cast.actor(who))
            assert weeks is not None
            assert [count for _, count in weeks][:3] == [0, total, 0]
        assert analytics.protections_ending(cast.actor(cast.carl)) is None
        assert cast.client(cast.carl).get("/analytics/protections.csv").status_code == 404


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_has_a_table_and_a_file(cast: Cast, history: None, chart: str) -> None:
    with simulated(DAY):
        page = cast.client(cast.pia).get("/analytics?days=365").text
        head, *_ = rows(cast, cast.pia, chart, 365)
    assert f"/analytics/{chart}.csv?days=365" in page
    assert all(cell in page for cell in head)


def test_the_platform_sees_the_health_of_the_network(cast: Cast, history: None) -> None:
    with simulated(DAY):
        viewer = cast.actor(cast.pia)
        health = analytics.health(viewer, analytics.range_of(viewer, 30))
        assert health is not None
        assert (health.active_recruiters, health.proposing_recruiters, health.open_proposals) == (2, 2, 0)
        assert health.outbox > 0
        assert health.outbox_seconds >= 0
        assert "Network health" in cast.client(cast.pia).get("/analytics?days=nonsense").text


def test_open_proposals_are_counted_up_to_a_number(cast: Cast) -> None:
    with simulated(DAY):
        proposed(cast)
        proposed(cast)
        viewer = cast.actor(cast.pia)
        found = [analytics.health(viewer, analytics.range_of(viewer, 30), most=most) for most in (1, 2)]
    assert [health and (health.open_proposals, health.open_is_more) for health in found] == [(1, True), (2, False)]


def test_hiring_managers_have_no_analytics(cast: Cast) -> None:
    assert cast.client(cast.hana).get("/analytics").status_code == 403
    assert cast.client(cast.hana).get("/analytics/funnel.csv").status_code == 403
    with pytest.raises(NotPermitted):
        counters.today(actor=cast.actor(cast.carl))


def test_the_page_costs_the_same_whatever_there_is(cast: Cast) -> None:
    client, counts = cast.client(cast.pia), []
    for number in range(2):
        job_id = posted(cast)
        for n in range(1 + 3 * number):
            proposal_id = proposed(cast, job_id=job_id, name=f"Person {number} {n}")
            proposals.accept(proposal_id, actor=cast.actor(cast.carl))
            placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=1_000_000)
        client.get("/analytics")  # the day's counters are known from here on
        with statements() as seen:
            client.get("/analytics")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 9
