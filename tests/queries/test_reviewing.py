"""Who is told that somebody is reviewing a proposal now."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.queries.proposals.reviewing import reviewing
from portal.runtime.clock import simulated
from portal.services import proposals
from tests.cast import DAY, Cast
from tests.marketplace import later, proposed


@pytest.fixture(autouse=True)
def _today(context: None) -> Iterator[None]:
    with simulated(DAY):
        yield


TOLD = {
    "carl": "Hana is reviewing now",
    "rita": "Acme is reviewing now",
    "pia": "Acme is reviewing now",
    "omar": "",
    "zoe": "",
    "hana": "",
}


@pytest.mark.parametrize("name", TOLD)
def test_colleagues_read_the_name_others_the_company_and_strangers_nothing(cast: Cast, name: str) -> None:
    one = proposed(cast)
    assert reviewing(one, viewer=cast.actor(cast.zoe)) == ""  # nor is she there, who may not see it
    assert reviewing(one, viewer=cast.actor(cast.hana)) == ""
    assert reviewing(one, viewer=cast.actor(getattr(cast, name))) == TOLD[name]


def test_several_are_named_until_their_pages_ask_no_more(cast: Cast) -> None:
    one, pia = proposed(cast), cast.actor(cast.pia)
    for who in (cast.hana, cast.carl):
        reviewing(one, viewer=cast.actor(who))
    assert reviewing(one, viewer=pia) == "Acme is reviewing now"
    with simulated(later(seconds=31)):
        assert reviewing(one, viewer=cast.actor(cast.rita)) == ""


def test_nobody_reviews_what_is_decided(cast: Cast) -> None:
    one = proposed(cast)
    reviewing(one, viewer=cast.actor(cast.hana))
    proposals.accept(one, actor=cast.actor(cast.carl))
    assert reviewing(one, viewer=cast.actor(cast.rita)) == ""


@pytest.mark.usefixtures("no_redis")
def test_without_redis_nobody_is_reviewing(cast: Cast) -> None:
    one = proposed(cast)
    reviewing(one, viewer=cast.actor(cast.hana))
    assert reviewing(one, viewer=cast.actor(cast.carl)) == ""
