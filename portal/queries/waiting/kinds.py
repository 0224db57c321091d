"""The kinds of rows of the work queue: each is declared once, with its words, its select and whom it waits for.

A kind is a function of a module of this package, and its name the kind's, in addresses and in what was snoozed::

    @waits(Role.RECRUITER, what="{about}: question to answer", verb="Answer", path="/proposals/{id}")
    def question(viewer: Actor, wanted: Wanted) -> Select[Any]:
        return rows(viewer, wanted, Proposal.id, ProposalQuestion.answered_at.is_(None), start=…)

The select is kept (queries/prepared.py): it reads the time as `viewer.now`, days and ids as `IN_A_MONTH`, `A_WEEK_AGO`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, CompoundSelect, Date, Select, Uuid, bindparam, union_all

from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Role
from portal.wording.writing import plural

MINUTE, DAY, WEEK, MONTH = timedelta(minutes=1), timedelta(days=1), timedelta(days=7), timedelta(days=30)
IN_A_MONTH: BindParameter[date] = bindparam("in_a_month", type_=Date)
YESTERDAY: BindParameter[date] = bindparam("yesterday", type_=Date)
A_WEEK_AGO: BindParameter[uuid.UUID] = bindparam("a_week_ago", type_=Uuid)
A_MINUTE_AGO: BindParameter[uuid.UUID] = bindparam("a_minute_ago", type_=Uuid)


class Wanted(NamedTuple):
    """The kind of rows that are asked for, and how many of the soonest are looked at to find those to show."""

    kind: str
    window: int


Rows = Callable[[Actor, Wanted], Select[Any]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a row asks for: the words, the button, the page it is about, and whether others have to act."""

    what: str
    verb: str
    path: str
    others_act: bool = False
    icon: str = ""  # instead of initials, where no person is concerned
    form: str = ""  # where the button leads, when that is not the page
    ahead: str = ""  # the words of the days to come, for what ends or is due on a day
    counts: str = ""  # what is counted, where a row stands for several
    first: str = ""  # the words when `whom` has to act first
    worth: str = ""  # what its money is, where that is not the viewer's own part or debt
    happens: bool = False  # at a time and without anybody's doing: it is among the days to come alone

    @property
    def only_looks(self) -> bool:
        """Return whether the row asks for nothing that whoever may change nothing couldn't do."""
        return self.verb == "Open"

    def says(self, row: Any) -> str:
        words = self.first if row.whom and self.first else self.what
        return words.format(about=row.about, whom=row.whom)

    def names(self, who: str) -> str:
        """Return whom or what a row is about: a person, a company, or `3 payouts`."""
        return plural(int(who), self.counts) if self.counts else who


KINDS: dict[str, Kind] = {}
_ROWS: dict[Role, dict[str, Rows]] = {role: {} for role in Role}
# Who has several roles in an organization has one queue, that of the first of these.
_QUEUES = (Role.PLATFORM_ADMIN, Role.RECRUITER, Role.COMPANY_ADMIN, Role.HIRING_MANAGER)


def waits(*whose: Role, **words: Any) -> Callable[[Rows], Rows]:
    """Declare a kind of row in the queues of these roles; the words are those of `Kind`."""

    def declare(rows: Rows) -> Rows:
        name = rows.__name__
        KINDS[name] = Kind(**words)
        for role in whose:
            _ROWS[role][name] = rows
        return rows

    return declare


def waiting_for(viewer: Actor, window: int) -> CompoundSelect[Any]:
    """Select all that waits for the viewer, who has a role; a recruiter who is not active has nothing to answer."""
    role = next(role for role in _QUEUES if role in viewer.roles)
    rests = role is Role.RECRUITER and not viewer.recruiter_active
    wanted = {kind: rows for kind, rows in _ROWS[role].items() if KINDS[kind].only_looks or not rests}
    return union_all(*(rows(viewer, Wanted(kind, window)) for kind, rows in wanted.items()))


def moments(now: datetime) -> dict[str, object]:
    """Return the days and ids that the selects compare with."""
    return {
        IN_A_MONTH.key: (now + MONTH).date(),
        YESTERDAY.key: (now - DAY).date(),
        A_WEEK_AGO.key: lowest_id(now - WEEK),
        A_MINUTE_AGO.key: lowest_id(now - MINUTE),
    }
