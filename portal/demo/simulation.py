"""Simulated time: what people do, in its order, and after each step what the portal does by itself."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from portal.jobs.schedule import BY_NAME
from portal.mailers import post
from portal.runtime import correlation
from portal.runtime.clock import simulated
from portal.services.reputation import reputation

Step = Callable[[], object]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OPENS, WORKING = 8 * HOUR, 10 * HOUR
RECENT = 2 * DAY
CHORES_HOUR = 5
EVERY_DAY = (
    "complete_placements",
    "warn_of_guarantees",
    "warn_of_protections",
    "issue_invoices",
    "remind_of_invoices",
    "release_payouts",
    "expire_obligations",
    "warn_of_obligations",
)
# Proposals have steps of their own at their deadlines, and the relay runs after each step.
NEVER = ("sweep", "forget_expired", "verify_log", "add_months", "expire_proposals", "remind_deciders")
SEED = 2_026


class Simulation:
    """The steps to come; running them lets the time pass from the first to `end`.

    Tables and stories tell times as if people worked by day and night. `clock` moves each into working hours and keeps
    their order, so that a plan holds whatever the hour at which the demo is loaded.
    """

    def __init__(self, begin: datetime, end: datetime) -> None:
        self.end = end
        self.dice = random.Random(SEED)  # noqa: S311 - the same demo every time is what is wanted
        self._steps: list[tuple[datetime, datetime, int, Step]] = []
        self._order = itertools.count()
        day = begin.replace(hour=CHORES_HOUR, minute=0, second=0, microsecond=0) + DAY
        while day < end:
            self.exactly(day, do_chores)
            day += DAY

    def at(self, told: datetime, step: Step) -> None:
        """Do a step at a told time; what lies after the end does not happen."""
        self._plan(self.clock(told), told, step)

    def exactly(self, when: datetime, step: Step) -> None:
        """Do a step at a time of the clock, whatever the hour."""
        self._plan(when, when, step)

    def _plan(self, when: datetime, told: datetime, step: Step) -> None:
        if when < self.end:
            heapq.heappush(self._steps, (when, told, next(self._order), step))

    def days_ago(self, days: float) -> datetime:
        """Return the told time so many days before the end."""
        return self.end - days * DAY

    def clock(self, told: datetime) -> datetime:
        """Return the time of the clock: the whole day pressed into working hours, but for the last two days."""
        recent = self.end - RECENT
        if told >= recent:
            return told
        midnight = told.replace(hour=0, minute=0, second=0, microsecond=0)
        working = midnight + OPENS + (told - midnight) * (WORKING / DAY)
        return min(working, recent - (recent - told) / 100)

    def run(self) -> int:
        """Do all steps in the order of their times, those that steps add too, and count them.

        What a day led to is told at its end: to settle after each step takes longer than all the steps. Of the last
        two days, the portal's pages show the hour, and each step is told of at once.
        """
        count = 0
        while self._steps:
            when, _, _, step = heapq.heappop(self._steps)
            with simulated(when):
                correlation.begin()
                step()
                if self._is_last_of_its_day(when) or when >= self.end - RECENT:
                    settle()
            count += 1
        return count

    def _is_last_of_its_day(self, when: datetime) -> bool:
        return not self._steps or self._steps[0][0].date() > when.date()


def do_chores() -> None:
    """Do what the portal does by itself: some every day, the rest on Mondays."""
    actor = post.system()
    for name, entry in BY_NAME.items():
        if name in EVERY_DAY or (actor.now.weekday() == 0 and name not in NEVER):
            entry.do()
    if actor.now.weekday() == 0:
        for _ in reputation.recalculate_all(actor=actor):
            pass
        reputation.snapshot_weekly(actor=actor)


def settle() -> None:
    """Turn what happened into notices and emails, and deliver them."""
    if post.relay():
        post.drain()
