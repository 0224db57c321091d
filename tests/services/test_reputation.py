"""Scores from source rows: the statement gives what the rules give, and only changes leave a trace."""

from __future__ import annotations

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
