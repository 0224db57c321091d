"""Scores from source rows: the statement gives what the rules give, and only changes leave a trace."""

from __future__ import annotations

from portal.queries import leaderboard
from portal.queries import reputation as queries
from portal.services import reputation
from tests.cast import Cast


def test_a_recruiter_without_history_is_neutral_and_provisional(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    done = reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))
    assert (done.before, done.after) == (None, 50)
    again = reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))
    assert (again.before, again.after) == (50, 50)


def test_everybody_is_recalculated_with_progress(cast: Cast) -> None:
    assert list(reputation.recalculate_all(actor=cast.actor(cast.pia))) == [(2, 2)]


def test_the_leaderboard_of_each_period_answers(cast: Cast) -> None:
    list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
    viewer = cast.actor(cast.rita)
    for period in leaderboard.Period:
        board = leaderboard.board(viewer, period=period)
        standing = leaderboard.standing(viewer, board, period=period)
        assert (board.rows, board.ranked) == ((), 0)
        assert standing is not None
        assert (standing.rank, standing.figures.missing_decided, standing.figures.missing_finished) == (None, 5, 3)
    assert viewer.recruiter_id is not None
    profile = queries.profile(viewer.recruiter_id, viewer=viewer)
    assert (profile.recruiter_name, profile.agency_name) == ("Rita", "North Talent")
    assert profile.figures is not None
    assert profile.figures == queries.replayed(viewer.recruiter_id, viewer=viewer, now=viewer.now)
    assert [p.cause for p in queries.history(viewer.recruiter_id, viewer=viewer)] == ["recalculation"]
