"""Simulated time: what people do, in its order, and after each step what the portal does by itself."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from portal import correlation
from portal.clock import simulated
from portal.jobs.schedule import BY_NAME
from portal.mailers import post
from portal.services import reputation

Step = Callable[[], object]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHORES_HOUR = 5
EVERY_DAY = ("complete_placements", "warn_of_guarantees", "warn_of_protections")
# Proposals have steps of their own at their deadlines, and the relay runs after each step.
NEVER = ("sweep", "forget_expired", "expire_proposals", "remind_deciders")
SEED = 2_026


class Simulation:
    """Hold the steps to come; running them lets the time pass from the first to `end`."""

    def __init__(self, begin: datetime, end: datetime) -> None:
        self.end = end
        self.dice = random.Random(SEED)  # noqa: S311 - the same demo every time is what is wanted
        self._steps: list[tuple[datetime, int, Step]] = []
        self._order = itertools.count()
        day = begin.replace(hour=CHORES_HOUR, minute=0, second=0, microsecond=0) + DAY
        while day < end:
            self.at(day, do_chores)
            day += DAY

    def at(self, when: datetime, step: Step) -> None:
        """Do a step at a time; what lies after the end does not happen."""
        if when < self.end:
            heapq.heappush(self._steps, (when, next(self._order), step))

    def days_ago(self, days: float) -> datetime:
        """Give a time of day on which people work, some days before the end; the last two days are exact."""
        moment = self.end - days * DAY
        return moment if days < 2 else self.at_work(moment)

    def at_work(self, moment: datetime) -> datetime:
        """Move a time at night to the next morning."""
        if moment.hour >= 18:
            moment += (24 - moment.hour) * HOUR
        if moment.hour < 8:
            moment = moment.replace(hour=8) + timedelta(minutes=self.dice.randrange(170))
        return moment

    def later(self, moment: datetime, hours: float) -> datetime:
        """Give a time some hours after another, at work unless that is almost now."""
        then = moment + hours * HOUR
        return then if self.end - then < 2 * DAY else self.at_work(then)

    def run(self) -> int:
        """Do all steps in the order of their times, those that steps add too, and count them."""
        count = 0
        while self._steps:
            when, _, step = heapq.heappop(self._steps)
            with simulated(when):
                correlation.begin()
                step()
                settle()
            count += 1
        return count


def do_chores() -> None:
    """Do what the portal does by itself: some every day, the rest on Mondays."""
    actor = post.system()
    for name, entry in BY_NAME.items():
        if name in EVERY_DAY or (actor.now.weekday() == 0 and name not in NEVER):
            entry.work()
    if actor.now.weekday() == 0:
        for _ in reputation.recalculate_all(actor=actor):
            pass
        reputation.snapshot_weekly(actor=actor)


def settle() -> None:
    """Turn what happened into notices and mails, and deliver them."""
    if post.relay():
        post.drain()
