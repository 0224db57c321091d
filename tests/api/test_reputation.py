"""Endpoints 24–27: reputation."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.reputation import reputation
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.hires import active
from tests.marketplace import later, proposed


def outcomes(cast: Cast) -> uuid.UUID:
    """Make two hires of rita's three decided proposals, one of them failed, and return her id."""
    declined = proposed(cast)
    proposals.decline(declined, actor=cast.actor(cast.carl), reason="salary")
    active(cast)
    active(cast)
    assert cast.rita.recruiter_id is not None
    return cast.rita.recruiter_id


def test_24_before_the_first_calculation_the_score_is_that_of_no_data(api: Callers, cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    found = api.carl.reputation(cast.rita.recruiter_id)
    assert (found.recruiter_name, found.reputation_score, found.provisional) == ("Rita", 50, True)
    assert (found.total_placements, found.hire_rate, found.last_updated) == (0, None, None)


def test_24_and_25_the_figures_follow_the_source_rows(api: Callers, cast: Cast) -> None:
    rita, carl = outcomes(cast), api.carl
    done = api.pia.recalculate_reputation(rita)
    assert (done.recruiter_id, done.old_score, done.recalculated_at) == (rita, None, DAY)
    # hire 2/3 over 0.45 is full marks: 40 + 15 + 7.5 + 7.5
    assert done.new_score == 70
    found = carl.reputation(rita)
    assert (found.reputation_score, found.total_placements) == (70, 2)
    assert (str(found.hire_rate), found.completion_rate) == ("0.6667", None)
    assert (found.collaboration_score, found.provisional, found.last_updated) == (50, True, DAY)


def test_25_a_second_run_tells_what_changed(api: Callers, cast: Cast) -> None:
    rita, pia = outcomes(cast), api.pia
    pia.recalculate_reputation(rita)
    assert pia.recalculate_reputation(rita).changes == {}
    proposals.decline(proposed(cast), actor=cast.actor(cast.carl), reason="other")
    with simulated(later(days=1)):
        done = pia.recalculate_reputation(rita)
    assert {name: (change.old, change.new) for name, change in done.changes.items()} == {"decided": (3, 4)}
    assert (done.old_score, done.new_score) == (70, 70)


def test_25_is_for_the_platform_and_an_unknown_recruiter_is_404(api: Callers, cast: Cast) -> None:
    rita = outcomes(cast)
    for who in (api.rita, api.carl, api.hana):
        with pytest.raises(client.NotPermitted):
            who.recalculate_reputation(rita)
    for call in (api.pia.recalculate_reputation, api.rita.reputation, api.rita.reputation_history):
        with pytest.raises(client.NotFound):
            call(uuid.uuid4())


def test_26_provisional_scores_are_not_ranked(api: Callers, cast: Cast) -> None:
    outcomes(cast)
    list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
    for period in ("all_time", "last_year", "last_month"):
        board = api.hana.leaderboard(time_period=period)
        assert (board.time_period, board.updated_at, board.leaderboard) == (period, DAY, [])
    for query in ({"limit": 101}, {"limit": 0}, {"time_period": "last_week"}):
        with pytest.raises(client.InvalidInput):
            api.hana.leaderboard(**query)


def test_26_the_ranked_ones_are_listed(api: Callers, cast: Cast) -> None:
    carl = cast.actor(cast.carl)
    for _ in range(2):
        proposals.decline(proposed(cast), actor=carl, reason="other")
    for _ in range(3):
        api.carl.fail(active(cast), failure_reason="candidate_quit")
    list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
    (first,) = api.omar.leaderboard(limit=5).leaderboard
    assert (first.rank, first.recruiter_id, first.recruiter_name) == (1, cast.rita.recruiter_id, "Rita")
    # hire 3/5: 40; completion 0/3: 0; neutral: 7.5 + 7.5
    assert (first.reputation_score, first.total_placements, str(first.hire_rate)) == (55, 3, "0.6")


def test_27_the_history_is_newest_first(api: Callers, cast: Cast) -> None:
    rita, pia, carl = outcomes(cast), api.pia, api.carl
    pia.recalculate_reputation(rita)
    with simulated(later(days=2)):
        proposals.decline(proposed(cast), actor=cast.actor(cast.carl), reason="other")
        pia.recalculate_reputation(rita)
        told = carl.reputation_history(rita)
        assert [(p.date, p.reputation_score, p.total_placements) for p in told.history] == [
            (date(2026, 11, 26), 70, 2),
            (date(2026, 11, 24), 70, 2),
        ]
        assert len(carl.reputation_history(rita, limit=1).history) == 1
        old = carl.reputation_history(rita, start_date="2026-11-23", end_date="2026-11-24")
        assert [p.date for p in old.history] == [date(2026, 11, 24)]
