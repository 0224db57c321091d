"""Ratings between team mates: after the end, once a pair, seen as a mean once two have rated."""

from __future__ import annotations

import uuid

import pytest

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.queries.reputation import feedback as queries
from portal.runtime.clock import simulated
from portal.services.placements import placements
from portal.services.reputation import feedback
from tests.cast import DAY, Cast
from tests.hires import active, hired, recruiters, share
from tests.histories import scored, stored


def ended(cast: Cast) -> uuid.UUID:
    """Complete a placement of rita and omar."""
    with simulated(DAY):
        placement_id = hired(cast)
        share(cast, placement_id, cast.omar, "closer", 1_000)
        share(cast, placement_id, cast.omar, "support", 1_000)
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date(), guarantee_days=0)
        placements.complete(placement_id, actor=cast.actor(cast.carl))
    return placement_id


def test_a_pair_rates_each_other_once(cast: Cast) -> None:
    assert cast.omar.recruiter_id is not None
    placement_id = ended(cast)
    rita = cast.actor(cast.rita)
    (mate,) = queries.of_placement(placement_id, viewer=rita).to_rate
    assert (mate.name, mate.roles) == ("Omar", "Closer, Support")
    feedback.give(placement_id, cast.omar.recruiter_id, actor=rita, stars=4, remark=" Quick. ")
    found = queries.of_placement(placement_id, viewer=rita)
    assert ([m.stars for m in found.rated], found.rated[0].remark, found.to_rate) == ([4], "Quick.", ())
    with pytest.raises(Conflict) as refused:
        feedback.give(placement_id, cast.omar.recruiter_id, actor=rita, stars=5)
    assert refused.value.code == "FEEDBACK_GIVEN"


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_there_are_one_to_five_stars(cast: Cast, stars: int) -> None:
    assert cast.omar.recruiter_id is not None
    with pytest.raises(InvalidInput):
        feedback.give(uuid.uuid4(), cast.omar.recruiter_id, actor=cast.actor(cast.rita), stars=stars)


def test_nobody_rates_themselves_a_stranger_or_as_a_stranger(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    assert cast.omar.recruiter_id is not None
    placement_id, third = ended(cast), recruiters(cast, 1)[0]
    assert third.recruiter_id is not None
    with pytest.raises(InvalidInput):
        feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.rita), stars=5)
    for who, whom in ((cast.rita, third.recruiter_id), (third, cast.rita.recruiter_id)):
        with pytest.raises(NotFound):
            feedback.give(placement_id, whom, actor=cast.actor(who), stars=5)
    with pytest.raises(NotPermitted):
        feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.carl), stars=5)
    with pytest.raises(NotFound):
        queries.of_placement(placement_id, viewer=cast.actor(third))


def test_ratings_wait_for_the_end(cast: Cast) -> None:
    assert cast.omar.recruiter_id is not None
    with simulated(DAY):
        placement_id = active(cast)
    with pytest.raises(Conflict) as refused:
        feedback.give(placement_id, cast.omar.recruiter_id, actor=cast.actor(cast.rita), stars=5)
    assert refused.value.code == "PLACEMENT_RUNS"


def test_two_raters_make_a_mean(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    third = recruiters(cast, 1)[0]
    for who, stars in ((cast.omar, 5), (third, 2)):
        with simulated(DAY):
            placement_id = hired(cast, name=f"Placed with {who.name}")
            share(cast, placement_id, who, "closer", 1_000)
            placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date(), guarantee_days=0)
            placements.complete(placement_id, actor=cast.actor(cast.carl))
        feedback.give(placement_id, cast.rita.recruiter_id, actor=cast.actor(who), stars=stars)
    scored()
    row = stored(cast.rita)
    assert row is not None
    assert (row.feedback_count, row.feedback_stars, row.collaboration) == (2, 3.5, 62.5)
