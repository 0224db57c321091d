"""Appeals against inputs of a score: what may be contested, what was, and what a ruling would make of the score."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, and_, exists, func, select
from sqlalchemy.orm import aliased

from portal.domain import reputation as rules
from portal.domain.errors import NotFound, existing
from portal.domain.permissions import Actor, Permission
from portal.extensions import reading
from portal.models import (
    Feedback,
    Job,
    Organisation,
    Placement,
    Proposal,
    ProposalQuestion,
    Recruiter,
    ReputationAppeal,
    SplitAmendment,
    User,
)
from portal.queries.filters import Choice as Picked
from portal.queries.filters import Days, Exact, Search
from portal.queries.list_parts import NEWEST, Cell, Column, Sort
from portal.queries.lists import Listing
from portal.queries.paging import Page
from portal.queries.reputation.figures import figures, without
from portal.queries.reputation.reputation import Figures
from portal.queries.reputation.rows import inputs_of

R, P, H, Q, S, F = ReputationAppeal, Proposal, Placement, ProposalQuestion, SplitAmendment, Feedback
_asked_of, _amended = aliased(Proposal), aliased(Placement)
_judge, _rater = aliased(User), aliased(User)
_rating_recruiter = aliased(Recruiter)
KIND_LABELS = {kind: words.partition(" ")[2].capitalize() for kind, words in rules.CONTESTED.items()}
STATE_LABELS = {"open": "Open", "excluded": "Excluded", "kept": "Kept"}


@dataclass(frozen=True, slots=True)
class Choice:
    """An input that may be contested: `kind:id`, and how it reads."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Appeal:
    """An appeal; stars, remark, rater and placement of a contested rating are for whoever rules on it only."""

    id: uuid.UUID
    recruiter_id: uuid.UUID
    recruiter_name: str
    kind: str
    input_id: uuid.UUID
    what: str
    url: str | None
    happened_at: datetime
    reason: str
    opened_at: datetime
    state: str
    ruled_at: datetime | None
    ruled_by: str | None
    ruling: str | None
    rating: str | None
    may_rule: bool
    needs_another: bool  # to rule on it: the viewer, who rules on others', appealed or gave the rating

    @property
    def is_open(self) -> bool:
        return self.ruled_at is None

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.kind]


@dataclass(frozen=True, slots=True)
class Prediction:
    """The figures as they are now, and as they would be without the contested input."""

    before: Figures
    after: Figures


def contestable(viewer: Actor) -> tuple[Choice, ...]:
    """List what viewers may appeal in their own score; ratings don't say who gave them."""
    if viewer.recruiter_id is None:
        return ()
    rows = [
        row for part in inputs_of(viewer.recruiter_id, viewer=viewer).values() for row in part.rows if row.may_appeal
    ]
    choices = [
        Choice(f"{row.kind}:{row.id}", f"{KIND_LABELS[row.kind]}, {row.title}, {row.at.day} {row.at:%b %Y}")
        for row in rows
    ]
    return (*choices, *_ratings(viewer.recruiter_id))


def _ratings(recruiter_id: uuid.UUID) -> tuple[Choice, ...]:
    """List ratings by their month alone: placement or day would tell who gave them."""
    contested = exists().where(R.recruiter_id == recruiter_id, R.input_kind == "feedback", R.input_id == F.id)
    query = select(F.id, F.at, F.by_recruiter_id, contested.label("is_contested"))
    rows = reading().execute(query.where(F.recruiter_id == recruiter_id).order_by(F.at, F.id)).all()
    if len({row.by_recruiter_id for row in rows}) < rules.MIN_RATERS:
        return ()
    numbers: Counter[str] = Counter()
    choices = []
    for row in rows:
        month = f"{row.at:%B %Y}"
        numbers[month] += 1
        if not row.is_contested:
            choices.append(Choice(f"feedback:{row.id}", f"Rating {numbers[month]}, {month}"))
    return tuple(choices)


def of_recruiter(recruiter_id: uuid.UUID, *, viewer: Actor, before: uuid.UUID | None = None) -> Page[Appeal]:
    """Return a page of the appeals of one recruiter, newest first."""
    if not _rules(viewer) and recruiter_id != viewer.recruiter_id:
        raise NotFound
    return APPEALS.slice(viewer, {"recruiter": recruiter_id}, before=before)


def detail(appeal_id: uuid.UUID, *, viewer: Actor) -> Appeal:
    row = existing(reading().execute(_seen(_query(), viewer).where(R.id == appeal_id)).one_or_none())
    return _to_appeal(row, viewer)


def open_count(viewer: Actor) -> int:
    """Count the appeals that wait for a ruling; 0 for whoever does not rule."""
    if not _rules(viewer):
        return 0
    return reading().execute(select(func.count()).select_from(R).where(R.state == "open")).scalar_one()


def prediction(appeal: Appeal, *, viewer: Actor) -> Prediction | None:
    """Compute the score as it is and without the contested input, by the statement that computes scores.

    Gives None for an appeal that was ruled on, and for a rating unless the viewer rules: its stars could be read off.
    """
    if appeal.state != "open" or (appeal.kind == "feedback" and not appeal.may_rule):
        return None
    now, who = viewer.now, appeal.recruiter_id
    before = reading().execute(figures(now=now, ids=[who])).one()
    after = reading().execute(without(who, appeal.input_id, now=now)).one()
    return Prediction(Figures(*before[1:]), Figures(*after[1:]))


def _rules(viewer: Actor) -> bool:
    return viewer.has(Permission.REPUTATION_RECALCULATE)


def _seen(query: Select[Any], viewer: Actor) -> Select[Any]:
    """Limit to the viewer's own appeals, unless the viewer rules.

    Raises:
        NotFound: the viewer has nothing to do with appeals.
    """
    if _rules(viewer):
        return query
    if viewer.recruiter_id is None:
        raise NotFound
    return query.where(R.recruiter_id == viewer.recruiter_id)


def _query() -> Select[Any]:
    return _joined(
        select(R, User.name.label("recruiter_name"), _judge.name.label("judge"), _rater.name.label("rater"))
        .add_columns(Job.title, Organisation.name.label("company"), F.stars, F.remark)
        .add_columns(User.id.label("appellant_id"), _rater.id.label("rater_id"))
        .add_columns(func.coalesce(P.closed_at, H.failed_at, Q.asked_at, S.proposed_at, F.at).label("happened_at"))
        .add_columns(func.coalesce(P.id, _asked_of.id).label("proposal_id"))
        .add_columns(func.coalesce(H.id, _amended.id, F.placement_id).label("placement_id"))
    )


def _appellants() -> Select[Any]:
    found = select(R.id).join(Recruiter, Recruiter.id == R.recruiter_id)
    return found.join(User, User.id == Recruiter.user_id)


def _joined(query: Select[Any]) -> Select[Any]:
    """Join what was contested, of whatever kind it is."""

    def of(kind: str, model: Any) -> Any:
        return and_(R.input_kind == kind, model.id == R.input_id)

    return (
        query.join(Recruiter, Recruiter.id == R.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(_judge, _judge.id == R.ruled_by)
        .outerjoin(P, of("proposal", P))
        .outerjoin(H, of("placement", H))
        .outerjoin(Q, of("question", Q))
        .outerjoin(_asked_of, _asked_of.id == Q.proposal_id)
        .outerjoin(S, of("amendment", S))
        .outerjoin(_amended, _amended.id == S.placement_id)
        .outerjoin(F, of("feedback", F))
        .outerjoin(_rating_recruiter, _rating_recruiter.id == F.by_recruiter_id)
        .outerjoin(_rater, _rater.id == _rating_recruiter.user_id)
        .outerjoin(Job, Job.id == func.coalesce(P.job_id, H.job_id, _asked_of.job_id, _amended.job_id))
        .outerjoin(Organisation, Organisation.id == Job.company_id)
    )


def _to_appeal(row: Any, viewer: Actor) -> Appeal:
    is_own = viewer.user_id in {row.appellant_id, row.rater_id}
    may_rule = _rules(viewer) and not is_own
    rating = f"{row.stars} of 5 by {row.rater}: {row.remark or 'no comment'}" if row.stars and may_rule else None
    is_rating = row.input_kind == "feedback"
    return Appeal(
        row.id,
        row.recruiter_id,
        row.recruiter_name,
        row.input_kind,
        row.input_id,
        f"A rating of {row.happened_at:%B %Y}" if is_rating else f"{row.title} at {row.company}",
        None if is_rating and not may_rule else _url(row),
        row.happened_at,
        row.reason,
        row.opened_at,
        row.state,
        row.ruled_at,
        row.judge,
        row.ruling,
        rating,
        may_rule and row.state == "open",
        _rules(viewer) and is_own and row.state == "open",
    )


def _url(row: Any) -> str | None:
    if row.proposal_id is not None:
        return f"/proposals/{row.proposal_id}"
    return None if row.placement_id is None else f"/placements/{row.placement_id}"


APPEALS = Listing(
    name="appeals",
    noun=("appeal", "appeals"),
    path="/recruiters/appeals",
    looked_at="appeals",
    id=R.id,
    among=lambda viewer: _seen(_appellants(), viewer),
    shows=lambda _: _query(),
    make=_to_appeal,
    filters=(
        Picked("state", "Decision", options=STATE_LABELS, on=lambda state: R.state == state, tabs=True, usual="open"),
        Search("q", "Recruiter", text=User.name),
        Picked("kind", "Result", options=KIND_LABELS, on=lambda kind: R.input_kind == kind),
        Days("opened", "Opened", on=R.id, more=True),
        Exact("recruiter", "Recruiter", on=R.recruiter_id, offered=lambda _: False),
    ),
    sorts=(
        Sort("opened", "Opened", R.id, NEWEST, falls=True),
        Sort("recruiter", "Recruiter", func.lower(User.name, type_=Text)),
    ),
    columns=(
        Column("Recruiter", sort="recruiter"),
        Column("Result"),
        Column("Opened", sort="opened"),
        Column("Ruling"),
    ),
    cells=(
        Cell("Recruiter", lambda row: row.recruiter_name),
        Cell("Kind", lambda row: row.kind_label),
        Cell("Result", lambda row: row.what),
        Cell("Reason", lambda row: row.reason),
        Cell("Opened", lambda row: row.opened_at, is_time=True),
        Cell("Ruling", lambda row: STATE_LABELS[row.state]),
        Cell("Ruled", lambda row: row.ruled_at, is_time=True),
        Cell("Decided by", lambda row: row.ruled_by),
    ),
)
