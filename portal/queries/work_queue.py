"""The work queue: what waits for this person or for others, by the time left and then by money."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CompoundSelect, Select, func, select

from portal.domain.errors import NotFound
from portal.domain.money import to_major
from portal.domain.permissions import Actor, Role
from portal.domain.snoozing import SHOWN_WHEN_DUE_WITHIN
from portal.domain.times import in_zone
from portal.models import Snooze
from portal.queries.billing import earnings
from portal.queries.billing.money import PayoutLine
from portal.queries.figures import Figure, figures
from portal.queries.placements.gains import own_gains
from portal.queries.prepared import prepared
from portal.queries.proposals.disclosure import shown_name
from portal.queries.waiting.kinds import DAY, KINDS, MONTH, WEEK, Kind, moments, waiting_for
from portal.queries.waiting.placements import amendment, correction
from portal.queries.waiting.rows import A_KIND

FEW_SNOOZED = 12  # of a kind; who has put off more is asked for once more
INSTANT = timedelta(microseconds=1)  # what lasts through a day ends with it, not with the next one


class Group(StrEnum):
    """The parts of the queue, in the order of the page."""

    NOW = "Now"
    WEEK = "This week"
    LATER = "Coming up"
    OTHERS = "Waiting on others"
    SNOOZED = "Snoozed"


NOT_MINE_NOW = (Group.OTHERS, Group.SNOOZED)


@dataclass(frozen=True, slots=True)
class Item:
    """One row: who, what, until when, how much money is in it for the viewer, and the one action with its form."""

    who: str
    what: str
    due: datetime | None
    minor: int | None
    currency: str | None
    verb: str
    path: str
    icon: str
    form: str
    ahead: str
    zone: str
    key: str = ""  # kind and id, as in addresses; nothing for what is only counted
    snoozed_until: datetime | None = None
    is_soon: bool = False
    worth: str = ""
    at: datetime | None = None  # when it happens, of what does not last until the end of a day
    is_gain: bool = False  # the money is what the viewer would get more, or less

    @property
    def may_snooze(self) -> bool:
        """Return whether it can be put off: what is due within a day stays."""
        return bool(self.key) and not self.is_soon and self.snoozed_until is None

    @property
    def snooze_path(self) -> str:
        """Return where it is put off."""
        return f"/queue/{self.key}/snooze"


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day of the next thirty on which something is due or ends."""

    day: date
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """The groups that have rows, the figures, the days to come, and whether this person has not begun yet."""

    groups: tuple[tuple[Group, tuple[Item, ...]], ...]
    mine: int
    today: int
    figures: tuple[Figure, ...]
    days: tuple[DayAhead, ...]
    is_new: bool

    @property
    def waiting(self) -> tuple[tuple[Group, tuple[Item, ...]], ...]:
        return tuple(pair for pair in self.groups if pair[0] is not Group.SNOOZED)

    @property
    def snoozed(self) -> tuple[Item, ...]:
        return dict(self.groups).get(Group.SNOOZED, ())


def queue(viewer: Actor) -> WorkQueue:
    """Collect what waits for the viewer, in a number of statements that does not depend on the number of rows."""
    rows = _rows(viewer) if viewer.roles else []
    grouped: dict[Group, list[Item]] = {group: [] for group in Group}
    ahead = _payouts(viewer)
    gains = _gains(rows, viewer)
    for row in sorted(rows, key=_urgency):
        item, kind = _item(row, viewer), KINDS[row.kind]
        if (gain := gains.get(item.key)) is not None:
            item = replace(item, minor=gain, is_gain=True)
        (ahead if kind.happens else grouped[_group(item, kind, viewer.now)]).append(item)
    shown, is_new = figures(viewer)
    mine = sum(len(items) for group, items in grouped.items() if group not in NOT_MINE_NOW)
    groups = tuple((group, tuple(items)) for group, items in grouped.items() if items)
    days = _days([item for _, items in groups for item in items] + ahead, viewer)
    return WorkQueue(groups, mine, len(grouped[Group.NOW]), shown, days, is_new and not rows)


def item(kind: str, subject_id: uuid.UUID, *, viewer: Actor) -> Item:
    key = f"{kind}/{subject_id}"
    found = (one for _, items in queue(viewer).groups for one in items if one.key == key)
    if (row := next(found, None)) is None:
        raise NotFound()
    return row


def _rows(viewer: Actor) -> Sequence[Any]:
    """Read the soonest of each kind, those that are put off behind the others.

    What is put off stands among the soonest: so many more are looked at, and more yet where many are.
    """
    found = _waiting(viewer, A_KIND + FEW_SNOOZED, **moments(viewer.now)).all()
    crowded = [kind for kind, number in Counter(row.kind for row in found).items() if number == A_KIND]
    if any(row.snoozed_until and row.kind in crowded for row in found):
        snoozed = _snoozed(viewer).scalar_one()
        if snoozed > FEW_SNOOZED:
            found = _waiting(viewer, A_KIND + (1 << snoozed.bit_length()), **moments(viewer.now)).all()
    return found


def _gains(rows: Sequence[Any], viewer: Actor) -> dict[str, int]:
    """Say of each change of a split or a hire what it brings the viewer, by the key of its row."""
    keys = {row.id: f"{row.kind}/{row.id}" for row in rows if row.kind in {amendment.__name__, correction.__name__}}
    found = own_gains([*keys], viewer=viewer) if keys else {}
    return {keys[placement_id]: gain for placement_id, gain in found.items()}


@prepared
def _waiting(viewer: Actor, window: int) -> CompoundSelect[Any]:
    return waiting_for(viewer, window)


@prepared
def _snoozed(viewer: Actor) -> Select[int]:
    return select(func.count()).where(Snooze.user_id == viewer.user_id, Snooze.until > viewer.now)


def _payouts(viewer: Actor) -> list[Item]:
    """List the payouts that the viewer can expect: nothing to do, so they stand among the days to come alone."""
    if Role.RECRUITER not in viewer.roles:
        return []
    expected: dict[tuple[date, uuid.UUID], list[PayoutLine]] = {}
    for line in earnings.coming(viewer, until=(viewer.now + MONTH).date()):
        if line.expected_on:
            expected.setdefault((line.expected_on, line.placement_id), []).append(line)
    return [_payout(lines, on, viewer.time_zone) for (on, _), lines in expected.items()]


def _payout(lines: Sequence[PayoutLine], on: date, zone: str) -> Item:
    """Make one row of what a placement pays on a day, for all the shares that the viewer has in it."""
    first, amount = lines[0], sum(line.amount for line in lines)
    path, words = f"/placements/{first.placement_id}", "Payout expected"
    due = datetime.combine(on, time(12), ZoneInfo(zone))
    return Item(first.candidate_name, words, due, amount, first.currency, "Open", path, "coins", path, words, zone)


def _days(items: Sequence[Item], viewer: Actor) -> tuple[DayAhead, ...]:
    """Sort what is due or ends within thirty days by its day; what is overdue is none of the days to come."""
    last = viewer.now + MONTH
    dated = [(item.due, item) for item in items if item.ahead and item.due and item.due <= last]
    found: dict[date, list[Item]] = {}
    for due, item in sorted(dated, key=lambda pair: pair[0]):
        zone = ZoneInfo(item.zone)
        day = in_zone(item.at or due - INSTANT, zone)[0].date()
        if day >= viewer.now.astimezone(zone).date():
            found.setdefault(day, []).append(item)
    return tuple(DayAhead(day, tuple(items)) for day, items in found.items())


def _urgency(row: Any) -> tuple[object, ...]:
    """Order by the time left, then by money; amounts of two currencies by what they count."""
    worth = Decimal(0) if row.minor is None else to_major(int(row.minor), row.currency)
    return row.due is None, row.due, -worth, str(row.id)


def _item(row: Any, viewer: Actor) -> Item:
    kind = KINDS[row.kind]
    who = shown_name(viewer, row.who, row.candidate_id, row.state) if row.state else kind.names(row.who)
    minor = None if row.minor is None else int(row.minor)
    return Item(
        who,
        kind.says(row),
        row.due,
        minor,
        row.currency,
        kind.verb,
        kind.path.format(id=row.id),
        kind.icon,
        (kind.form or kind.path).format(id=row.id),
        kind.ahead.format(about=row.about),
        row.zone or viewer.time_zone,
        f"{row.kind}/{row.id}" if row.id else "",
        row.snoozed_until,
        row.due is not None and row.due <= viewer.now + SHOWN_WHEN_DUE_WITHIN,
        kind.worth,
        row.due if kind.happens else None,
    )


def _group(item: Item, kind: Kind, now: datetime) -> Group:
    if item.snoozed_until is not None:
        return Group.SNOOZED
    return Group.OTHERS if kind.others_act else _when(item.due, now)


def _when(due: datetime | None, now: datetime) -> Group:
    """Sort by what is left; what has no deadline is for this week."""
    if due is None:
        return Group.WEEK
    return Group.NOW if due < now + DAY else Group.WEEK if due < now + WEEK else Group.LATER
