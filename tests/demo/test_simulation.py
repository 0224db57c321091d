"""Simulated time: told times become working hours and keep their order, whatever the hour of the load."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.demo.plan import HIRES, OFFERS
from portal.demo.simulation import HOUR, RECENT, Simulation
from portal.demo.world import OPENINGS_BY_KEY, SEEKERS_BY_KEY

HOURS = [0.01, 4.99, 7.5, 8, 12.3, 17.99, 18, 21, 23.99]


def ending(hour: float) -> Simulation:
    """Make an empty simulation that ends at an hour of the day."""
    end = datetime(2026, 11, 24, tzinfo=UTC) + hour * HOUR
    return Simulation(end, end)


@pytest.mark.parametrize("hour", HOURS)
def test_the_clock_keeps_the_order_of_what_is_told(hour: float) -> None:
    sim = ending(hour)
    told = [sim.end - step * HOUR / 4 for step in range(20 * 24 * 4, 0, -1)]
    clock = [sim.clock(moment) for moment in told]
    assert clock == sorted(set(clock))


@pytest.mark.parametrize("hour", HOURS)
def test_people_work_by_day_and_on_the_day_that_is_told(hour: float) -> None:
    sim = ending(hour)
    for step in range(96):
        told = sim.end - timedelta(days=9) + step * HOUR / 4
        assert sim.clock(told).date() == told.date()
        assert 8 <= sim.clock(told).hour < 18


def test_the_last_two_days_are_told_exactly() -> None:
    sim = ending(3)
    assert sim.clock(sim.end - RECENT) == sim.end - RECENT
    assert sim.clock(sim.end - HOUR) == sim.end - HOUR


@pytest.mark.parametrize("hour", HOURS)
def test_every_decision_is_taken_before_its_deadline(hour: float) -> None:
    sim = ending(hour)
    for offer in OFFERS:
        if offer.fate in {"accept", "decline", "withdraw"}:
            told = sim.days_ago(offer.days)
            assert sim.clock(told + offer.hours * HOUR) - sim.clock(told) < timedelta(days=7), offer.key


def test_the_stories_follow_one_another() -> None:
    accepted = {o.key: o for o in OFFERS if o.fate == "accept"}
    for offer in OFFERS:
        claimed = SEEKERS_BY_KEY[offer.seeker].claimed
        assert claimed is not None
        assert claimed > offer.days, offer.key
        assert OPENINGS_BY_KEY[offer.opening].posted > offer.days, offer.key
        assert offer.asked is None or offer.due is not None or offer.asked < offer.hours, offer.key
    for hire in HIRES:
        offer = accepted[hire.key]
        assert offer.days - offer.hours / 24 > hire.hired > (hire.start or 0), hire.key


def test_what_lies_after_the_end_does_not_happen() -> None:
    sim, done = ending(12), []
    sim.at(sim.end, lambda: done.append("at the end"))
    sim.exactly(sim.end + HOUR, lambda: done.append("later"))
    assert sim.run() == 0
    assert done == []
