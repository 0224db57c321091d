"""The columns that all kinds of rows of the work queue share, and what several of them are made of."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Numeric,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from portal.domain.permissions import Actor
from portal.domain.placements import GUARANTEED
from portal.domain.snoozing import SHOWN_WHEN_DUE_WITHIN
from portal.models import Candidate, Collaborator, Job, Placement, Proposal, Snooze, stands
from portal.queries.billing.terms import expected_fee
from portal.queries.prepared import written
from portal.queries.waiting.kinds import Wanted

A_KIND = 20  # rows shown of a kind; a list of its own has the rest
COUNT_LIMIT = 1_000
NEVER: ColumnElement[Any] = cast(null(), DateTime(timezone=True))
# Written out, so that the planner sees that the index of guarantees holds every one of them.
IS_GUARANTEED = Placement.state.in_([literal_column(f"'{state}'") for state in GUARANTEED])


def rows(
    viewer: Actor,
    wanted: Wanted,
    row_id: Any,
    *conditions: Any,
    start: Any,
    who: Any = Candidate.full_name,
    about: Any = Job.title,
    due: Any = NEVER,
    state: Any = None,
    money: tuple[Any, Any] | None = None,
    zone: Any = None,
    whom: Any = None,
    by: Any = None,
) -> Select[Any]:
    """Select the soonest rows of a kind in the columns that all kinds share; `money` is an amount and its currency.

    `zone` is the one in which the day ends on which it is due, the viewer's unless given; `whom` names who has to act.
    The soonest are found by `due`, or `by` a column that has an index and sorts as `due` does.
    """
    named = (row_id.label("id"), who.label("who"), about.label("about"), _text(whom).label("whom"))
    facts = (due.label("due"), *_hidden_by(state), *_sum(money), _text(zone).label("zone"))
    found = select(*named, *facts).select_from(start).where(*conditions)
    soonest = found.order_by(due if by is None else by, row_id).limit(written(wanted.window)).subquery()
    snoozed = _snoozed(viewer, wanted.kind, soonest.c.id, soonest.c.due)
    rows = select(literal(wanted.kind).label("kind"), *soonest.c, snoozed.label("snoozed_until"))
    shown = rows.order_by(snoozed.is_not(None), soonest.c.due, soonest.c.id).limit(written(A_KIND))
    return select(shown.subquery())


def number(wanted: Wanted, counted: Select[*tuple[Any, ...]]) -> Select[Any]:
    """Make one row of a count; none when nothing is there.

    What has a `minor` and a `currency` makes one of each currency, with its sum if nothing was left uncounted.
    """
    count, found = func.count(), counted.limit(COUNT_LIMIT).subquery()
    currency = found.c.get("currency")
    is_all = func.sum(count).over() < COUNT_LIMIT
    money = None if currency is None else (case((is_all, func.sum(found.c.minor))), currency)
    return (
        select(
            literal(wanted.kind).label("kind"),
            cast(null(), Uuid).label("id"),
            cast(count, Text).label("who"),
            literal("").label("about"),
            _text(None).label("whom"),
            NEVER.label("due"),
            *_hidden_by(None),
            *_sum(money),
            _text(None).label("zone"),
            NEVER.label("snoozed_until"),
        )
        .select_from(found)
        .group_by(*([] if currency is None else [currency]))
        .having(count > 0)
    )


def _text(column: Any) -> Any:
    return cast(null(), Text) if column is None else column


def with_names(model: type[Proposal] | type[Placement]) -> Any:
    """Join what a row reads the candidate's name and the job's title from."""
    joined = model.__table__.join(Candidate.__table__, Candidate.id == model.candidate_id)
    return joined.join(Job.__table__, Job.id == model.job_id)


def worth_of_placement(viewer: Actor) -> tuple[Any, Any]:
    """Select what a placement is worth to the viewer: to a recruiter their shares, to everyone else the fee."""
    if viewer.recruiter_id is None:
        return Placement.fee_minor, Placement.currency
    own = select(func.sum(Collaborator.amount_minor)).where(
        Collaborator.placement_id == Placement.id, Collaborator.recruiter_id == viewer.recruiter_id
    )
    return own.correlate(Placement).scalar_subquery(), Placement.currency


def worth_of_proposal() -> tuple[Any, Any]:
    """Select the fee that a proposal would bring, where it is known."""
    return expected_fee(), Job.currency


def is_hired() -> ColumnElement[bool]:
    """Say whether a placement of the proposal stands."""
    return exists().where(Placement.proposal_id == Proposal.id, stands(Placement)).correlate(Proposal)


def end_of(day: Any) -> ColumnElement[datetime]:
    """Return the first instant after a day of a placement, in the company's zone."""
    return func.timezone(Placement.time_zone, cast(day + 1, DateTime), type_=DateTime(timezone=True))


def within(column: Any, viewer: Actor, span: timedelta) -> ColumnElement[bool]:
    """Compare a time with what begins now and lasts so long."""
    return and_(column > viewer.now, column <= viewer.now + span)


def _snoozed(viewer: Actor, kind: str, row_id: Any, due: Any) -> Any:
    """Return until when the viewer has put a row off; what is due within a day is back."""
    of_row = (Snooze.user_id == viewer.user_id, Snooze.kind == kind, Snooze.subject_id == row_id)
    until = select(Snooze.until).where(*of_row, Snooze.until > viewer.now).correlate(row_id.table).scalar_subquery()
    return case((or_(due.is_(None), due > viewer.now + SHOWN_WHEN_DUE_WITHIN), until))


def _hidden_by(state: Any) -> tuple[Any, Any]:
    """Return the columns that say whether a name is hidden: the proposal's state and whose name it is."""
    if state is None:
        return cast(null(), Text).label("state"), cast(null(), Uuid).label("candidate_id")
    return state.label("state"), Candidate.id.label("candidate_id")


def _sum(money: tuple[Any, Any] | None) -> tuple[Any, Any]:
    minor, currency = (null(), cast(null(), Text)) if money is None else money
    return cast(minor, Numeric).label("minor"), currency.label("currency")
