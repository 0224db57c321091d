"""Live counters: they count what happened, once, and come back from the tables when they are lost."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db, redis_client
from portal.mailers import post
from portal.models import MarketplaceEvent, OutboxEntry
from portal.services.reputation import counters
from tests.cast import Cast
from tests.hires import accepted
from tests.histories import outcomes
from tests.marketplace import proposed


def today(cast: Cast) -> dict[str, int]:
    return counters.today(actor=cast.actor(cast.pia))


def test_signals_are_counted_as_they_are_told(cast: Cast) -> None:
    assert today(cast) == {"proposals": 0, "decisions": 0, "hires": 0, "completions": 0}
    proposed(cast)
    accepted(cast, name="Tim Ode")
    assert today(cast)["proposals"] == 0
    post.relay()
    assert today(cast) == {"proposals": 2, "decisions": 1, "hires": 0, "completions": 0}


def test_telling_of_an_event_twice_counts_once(cast: Cast) -> None:
    today(cast)
    accepted(cast)
    post.relay()
    with Session(db.engine) as session, session.begin():
        for event_id in session.scalars(select(MarketplaceEvent.id)):
            session.add(OutboxEntry(event_id=event_id))
    post.relay()
    assert today(cast) == {"proposals": 1, "decisions": 1, "hires": 0, "completions": 0}


def test_lost_counters_are_read_from_the_tables(cast: Cast) -> None:
    now = cast.actor(cast.pia).now
    outcomes(cast, cast.rita, ["declined", "hired", "completed"], at=now)
    post.relay()
    redis_client().flushdb()
    expected = {"proposals": 3, "decisions": 3, "hires": 2, "completions": 1}
    assert today(cast) == expected
    assert today(cast) == expected


def test_without_redis_they_are_read_from_the_tables(cast: Cast, no_redis: None) -> None:
    accepted(cast)
    post.relay()
    assert today(cast) == {"proposals": 1, "decisions": 1, "hires": 0, "completions": 0}
