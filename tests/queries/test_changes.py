"""An open page learns of what others did that it may show, and of nothing else."""

from __future__ import annotations

import uuid

import pytest

from portal.queries.changes import changed_since
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.reputation import reputation
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.hires import hired, share
from tests.histories import Sums, write
from tests.marketplace import proposed


def millis(cast: Cast) -> int:
    return int(cast.actor(cast.hana).now.timestamp() * 1000)


@pytest.fixture
def asked(cast: Cast) -> tuple[uuid.UUID, int]:
    """Return a proposal that hana asked about, a minute after the time from which pages ask."""
    with simulated(DAY):
        proposal_id = proposed(cast)
    with simulated(DAY.replace(second=30)):
        drawn = millis(cast)
    with simulated(DAY.replace(minute=1)):
        proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When could she start?")
    return proposal_id, drawn


SEES = {"rita": True, "carl": True, "pia": True, "hana": False, "omar": False, "zoe": False}


@pytest.mark.parametrize("name", SEES)
def test_a_question_changes_the_pages_of_whom_it_concerns_but_not_of_who_asked(
    cast: Cast, asked: tuple[uuid.UUID, int], name: str
) -> None:
    proposal_id, drawn = asked
    with simulated(DAY.replace(minute=2)):
        viewer = cast.actor(getattr(cast, name))
        assert changed_since(drawn, viewer=viewer, subject=("proposal", proposal_id)) is SEES[name]
        assert changed_since(drawn, viewer=viewer) is SEES[name]  # the work queue, the inbox


def test_nothing_has_changed_since_it_was_seen(cast: Cast, asked: tuple[uuid.UUID, int]) -> None:
    with simulated(DAY.replace(minute=2)):
        now = millis(cast)
        with statements() as seen:
            assert not changed_since(now, viewer=cast.actor(cast.rita), subject=("proposal", asked[0]))
    assert len([one for one in seen if "marketplace_events" in one]) == 1


def test_a_team_sees_a_share_that_the_lead_added(cast: Cast) -> None:
    with simulated(DAY):
        placement_id = hired(cast)
        share(cast, placement_id, cast.omar, "support", 1_000)
        omar = cast.actor(cast.omar)
        assert changed_since(millis(cast), viewer=omar, subject=("placement", placement_id))
        assert not changed_since(millis(cast), viewer=cast.actor(cast.zoe), subject=("placement", placement_id))


def test_a_score_shown_beside_a_proposal_or_in_a_team_changes_their_pages_alone(cast: Cast) -> None:
    assert cast.rita.recruiter_id
    with simulated(DAY):
        placement_id, proposal_id = hired(cast), proposed(cast)
        write(cast, cast.rita.recruiter_id, Sums(5, 5, 5, 3, 0))
    with simulated(DAY.replace(minute=1)):
        drawn, carl, zoe = millis(cast), cast.actor(cast.carl), cast.actor(cast.zoe)
        reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))
        for subject in (("placement", placement_id), ("proposal", proposal_id)):
            assert changed_since(drawn, viewer=carl, subject=subject)
            assert not changed_since(drawn, viewer=zoe, subject=subject)
        assert not changed_since(drawn, viewer=carl)


@pytest.mark.parametrize("since", [-1, 0, 10**30])
def test_a_time_that_is_none_asks_from_the_beginning_or_from_now(
    cast: Cast, asked: tuple[uuid.UUID, int], since: int
) -> None:
    with simulated(DAY.replace(minute=2)):
        assert changed_since(since, viewer=cast.actor(cast.rita)) is (since <= 0)


def test_of_a_recruiter_others_learn_a_new_score_only(cast: Cast, asked: tuple[uuid.UUID, int]) -> None:
    assert cast.rita.recruiter_id
    with simulated(DAY.replace(minute=2)):
        watched = ("recruiter", cast.rita.recruiter_id)
        assert not changed_since(asked[1], viewer=cast.actor(cast.omar), subject=watched)
