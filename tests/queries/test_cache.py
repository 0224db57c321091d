"""What Redis keeps: until it is old, until a write, and never what a reader saw before a write."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from portal.domain.permissions import system_actor
from portal.extensions import redis_client
from portal.queries.candidates import ownership as protections
from portal.queries.placements import split_sheets
from portal.runtime import cache
from portal.runtime.clock import simulated
from portal.services.candidates import ownership
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.hires import active
from tests.marketplace import claimed, later


@pytest.fixture
def numbers() -> Iterator[int]:
    return count(1)


def look(numbers: Iterator[int], name: str = "thing", seconds: int | None = 60) -> int:
    value: int = cache.remembered(name, lambda: next(numbers), seconds=seconds)
    return value


def test_a_value_is_made_once_and_kept_until_a_write(context: None, numbers: Iterator[int]) -> None:
    assert (look(numbers), look(numbers)) == (1, 1)
    cache.forget(["thing"])
    assert (look(numbers), look(numbers)) == (2, 2)
    cache.forget([])
    assert look(numbers) == 2


def test_what_is_looked_up_ahead_serves_once(context: None, numbers: Iterator[int]) -> None:
    cache.ask_ahead({"thing": "thing", "other": "group"})
    assert (look(numbers), look(numbers, "other")) == (1, 2)
    cache.ask_ahead({"thing": "thing"})
    cache.forget(["thing"])
    assert look(numbers) == 1  # as it was looked up, for this once
    assert look(numbers) == 3


def test_a_value_has_its_age(context: None, numbers: Iterator[int]) -> None:
    look(numbers, seconds=60)
    look(numbers, "old", seconds=None)
    assert 0 < redis_client().ttl("kept:thing") <= 60
    assert redis_client().ttl("kept:old") == -1


def test_what_was_read_before_a_write_is_never_kept(context: None, numbers: Iterator[int]) -> None:
    def slow() -> int:
        cache.forget(["thing"])  # somebody writes while we read
        return next(numbers)

    assert cache.remembered("thing", slow, seconds=60) == 1
    assert look(numbers) == 2


def test_a_change_ends_values_when_it_is_committed_and_not_before(cast: Cast, numbers: Iterator[int]) -> None:
    look(numbers)
    with pytest.raises(ZeroDivisionError), unit_of_work(system_actor(DAY)) as uow:
        uow.forget("thing")
        raise ZeroDivisionError
    assert look(numbers) == 1
    with unit_of_work(system_actor(DAY)) as uow:
        uow.as_system().forget("thing")
        assert look(numbers) == 1
    assert look(numbers) == 2


def test_without_redis_everything_is_made(context: None, numbers: Iterator[int], no_redis: None) -> None:
    assert (look(numbers), look(numbers)) == (1, 2)
    cache.ask_ahead({"thing": "thing"})
    assert look(numbers) == 3
    cache.forget(["thing"])


def test_a_protection_is_kept_until_somebody_claims(cast: Cast) -> None:
    with simulated(DAY):
        candidate_id = claimed(cast)
        viewer = cast.actor(cast.rita)
        first = protections.protection(viewer, candidate_id)
        with statements() as seen:
            assert protections.protection(viewer, candidate_id) == first
        assert seen == []
    assert (first.is_protected, first.sourcer_recruiter_id, first.days_remaining) == (True, cast.rita.recruiter_id, 365)
    with simulated(later(days=365)):
        assert not protections.protection(cast.actor(cast.rita), candidate_id).is_protected
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="referral")
        again = protections.protection(cast.actor(cast.rita), candidate_id)
    assert (again.is_protected, again.sourcer_recruiter_id) == (True, None)


def test_a_locked_sheet_is_read_once_but_verified_from_the_table(cast: Cast) -> None:
    with simulated(DAY):
        placement_id = active(cast)
        found = split_sheets.receipt(placement_id, viewer=cast.actor(cast.carl))
        with statements() as seen:
            assert split_sheets.receipt(placement_id, viewer=cast.actor(cast.carl)) == found
        assert len(seen) == 2  # the actor, and who may see it
        with statements() as seen:
            assert split_sheets.verify(found).faults == ()
        assert len(seen) == 1
