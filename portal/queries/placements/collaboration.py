"""The team of a placement, and who may join it (domain.md §5)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, bindparam, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import collaboration as rules
from portal.domain import disputes, money
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import SPLITS_OPEN
from portal.extensions import reading
from portal.models import (
    Candidate,
    Collaborator,
    Organisation,
    Placement,
    Recruiter,
    Reputation,
    SplitSheet,
    User,
)
from portal.queries.finding import Word, occurs, words_of
from portal.queries.prepared import prepared

P, C = Placement, Collaborator
CHOICES = 50
_ROLES: dict[str, str] = {role.value: label for role, label in rules.ROLE_LABELS.items()}
_AS_THEY_ARE = (
    "placement_id", "state", "candidate_name", "currency", "salary_minor", "fee_bp", "fee_minor", "platform_fee_minor",
    "allocated_bp", "split_version", "locked_at", "written_at",
)  # fmt: skip
SEARCH_LENGTH = 100
INDEPENDENT = literal("Independent")
_author = aliased(User)


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a team: what a recruiter did, the share, the amount, and the reputation."""

    id: uuid.UUID
    recruiter_id: uuid.UUID
    name: str
    agency: str
    role: str
    bp: int
    amount: int
    notes: str
    score: int | None
    provisional: bool
    added_at: datetime

    @property
    def role_label(self) -> str:
        return _ROLES[self.role]

    @property
    def label(self) -> str:
        """Return the row in a chart."""
        return f"{self.name}, {self.role_label.lower()}"

    @property
    def role_note(self) -> str:
        """Return what this one did, or what the role does."""
        return self.notes or rules.ROLE_REASONS[rules.CollaboratorRole(self.role)]


@dataclass(frozen=True, slots=True)
class Team:
    """Who shares the fee of a placement, in the order that breaks rounding ties."""

    placement_id: uuid.UUID
    state: str
    candidate_name: str
    currency: str
    salary_minor: int
    fee_bp: int | None
    fee_minor: int
    platform_fee_minor: int
    allocated_bp: int
    split_version: int
    locked_at: datetime | None
    written_at: datetime | None  # the latest version
    members: tuple[Member, ...]
    is_open: bool
    may_edit: bool
    may_amend: bool
    viewer_recruiter_id: uuid.UUID | None
    takes_part: bool
    may_override: bool  # lower or remove another's share, with a reason

    def takes_consent(self, member: Member) -> bool:
        """Return whether the viewer lowers or removes this share only with its holder's consent."""
        return not self.may_override and member.recruiter_id != self.viewer_recruiter_id

    def may_dispute(self, viewer: Actor) -> bool:
        """Return whether the viewer may open a case about the splits (disputes.md §1)."""
        has_mates = bool(self.mates_of(viewer.recruiter_id)) and viewer.has(Permission.DISPUTE_OPEN)
        if self.locked_at is None or not has_mates:
            return False
        return disputes.may_open(self.written_at or self.locked_at, viewer.now, viewer.time_zone)

    @property
    def pool_minor(self) -> int:
        """Return what of the fee is shared: all but the platform's part."""
        return self.fee_minor - self.platform_fee_minor

    @property
    def own_minor(self) -> int:
        """Return what the viewer's shares are worth together."""
        mine = (member.amount for member in self.members if member.recruiter_id == self.viewer_recruiter_id)
        return sum(mine)

    @property
    def left_bp(self) -> int:
        """Return the share that nobody has yet."""
        return money.WHOLE_BP - self.allocated_bp

    @property
    def allocated_minor(self) -> int:
        return sum(member.amount for member in self.members)

    @property
    def left_minor(self) -> int:
        """Return what the share is worth that nobody has yet."""
        return self.pool_minor - self.allocated_minor

    @property
    def bar(self) -> tuple[tuple[str, int], ...]:
        return tuple((member.label, member.bp) for member in self.members)

    def mates_of(self, recruiter_id: uuid.UUID | None) -> tuple[Member, ...]:
        """List the rows of the others on the team; none for whoever is not on it."""
        if not any(member.recruiter_id == recruiter_id for member in self.members):
            return ()
        return tuple(member for member in self.members if member.recruiter_id != recruiter_id)

    @property
    def is_full(self) -> bool:
        """Return whether another row would be too much."""
        return self.left_bp == 0 or len(self.members) >= rules.MAX_ROWS

    def with_row(self, role: str, bp: int) -> SharePreview:
        """Return the sheet with a further row."""
        bar = (*self.bar, (_ROLES.get(role, "New"), max(bp, 0)))
        amounts = money.allocate_shares(self.pool_minor, [share for _, share in bar])
        return SharePreview(bar, max(bp, 0), amounts[-1])


@dataclass(frozen=True, slots=True)
class SharePreview:
    """What a share that is being typed would make of the sheet."""

    bar: tuple[tuple[str, int], ...]
    bp: int
    amount: int

    @property
    def total_bp(self) -> int:
        return sum(share for _, share in self.bar)

    @property
    def left_bp(self) -> int:
        """Return what would stay open; negative when it is too much."""
        return money.WHOLE_BP - self.total_bp

    @property
    def available_bp(self) -> int:
        """Return what is open without the share that is being typed."""
        return self.bp + self.left_bp


@dataclass(frozen=True, slots=True)
class RecruiterChoice:
    id: uuid.UUID
    name: str
    agency: str


def team(placement_id: uuid.UUID, *, viewer: Actor) -> Team:
    row = existing(_selected(viewer, placement=placement_id).one_or_none())
    return _to_team(row, viewer)


@prepared
def _selected(viewer: Actor) -> Select[Any]:
    return (
        select(P.id.label("placement_id"), P.state, P.currency, P.salary_minor, P.fee_bp, P.allocated_bp)
        .add_columns(*divided())
        .add_columns(P.split_version, P.splits_locked_at.label("locked_at"), P.company_id, P.lead_recruiter_id)
        .add_columns(Candidate.full_name.label("candidate_name"))
        .add_columns(SplitSheet.at.label("written_at"))
        .add_columns(_members().label("members"), access.takes_part(viewer).label("takes_part"))
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(SplitSheet, and_(SplitSheet.placement_id == P.id, SplitSheet.version == P.split_version))
        .where(P.id == bindparam("placement"), access.visible(P, viewer))
    )


def divided() -> list[Any]:
    """Return what the sheet divides: of a replacement what it took over, whatever its own fee would have been."""
    names = ("fee_minor", "platform_fee_minor")
    return [func.coalesce(SplitSheet.receipt[name].astext.cast(BigInteger), 0).label(name) for name in names]


def _members() -> Any:
    """Gather the rows of a team as JSON, in their order."""
    one = func.json_build_array(
        C.id, C.recruiter_id, User.name, func.coalesce(Organisation.name, INDEPENDENT), C.role, C.split_bp,
        C.amount_minor, C.notes, func.round(Reputation.score), func.coalesce(Reputation.provisional, False), C.added_at,
    )  # fmt: skip
    return (
        select(func.json_agg(aggregate_order_by(one, C.position)))
        .select_from(C)
        .join(Recruiter, Recruiter.id == C.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .outerjoin(Reputation, Reputation.recruiter_id == C.recruiter_id)
        .where(C.placement_id == P.id)
        .correlate(P)
        .scalar_subquery()
    )


def _to_team(row: Row[Any], viewer: Actor) -> Team:
    is_open = row.state in SPLITS_OPEN and row.locked_at is None
    is_locked = row.locked_at is not None
    return Team(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        members=tuple(_to_member(values) for values in row.members or ()),
        is_open=is_open,
        may_edit=is_open and _may(viewer, row, Permission.SPLITS_EDIT),
        may_amend=(is_open or is_locked) and _may(viewer, row, Permission.SPLITS_AMEND),
        viewer_recruiter_id=viewer.recruiter_id,
        takes_part=row.takes_part,
        may_override=viewer.scope(Permission.SPLITS_EDIT) is Scope.ANY,
    )


def _may(viewer: Actor, row: Row[Any], permission: Permission) -> bool:
    """Return whether the viewer changes shares here; who has one does not do so for a company or the platform."""
    if row.takes_part and access.decides_for_others(viewer, permission):
        return False
    placement = Placement(company_id=row.company_id, lead_recruiter_id=row.lead_recruiter_id)
    return access.allows(viewer, placement, permission)


def _to_member(values: list[Any]) -> Member:
    row_id, recruiter_id, name, agency, role, bp, amount, notes, score, provisional, at = values
    whole = None if score is None else int(score)
    ids = uuid.UUID(row_id), uuid.UUID(recruiter_id)
    return Member(*ids, name, agency, role, bp, amount, notes, whole, provisional, datetime.fromisoformat(at))


def _is_called(word: Word) -> ColumnElement[bool]:
    """Return the condition that a recruiter or the agency has a word; each of the two names has an index."""

    def has_it(name: Any) -> ColumnElement[bool]:
        return occurs(name, word.patterns, exact=word.exact)

    named = Recruiter.user_id.in_(select(User.id).where(has_it(User.name)))
    of_agency = Recruiter.agency_id.in_(select(Organisation.id).where(has_it(Organisation.name)))
    return or_(named, of_agency, Recruiter.agency_id.is_(None) & has_it(INDEPENDENT))


def recruiters(
    viewer: Actor, *, q: str = "", chosen: uuid.UUID | None = None, limit: int = CHOICES
) -> tuple[RecruiterChoice, ...]:
    """List active recruiters whose name or agency has the text, by name; the chosen one comes first."""
    access.require(viewer, Permission.SPLITS_PREVIEW)
    agency = func.coalesce(Organisation.name, INDEPENDENT)
    text = q.strip()[:SEARCH_LENGTH]
    wanted = and_(true(), *map(_is_called, words_of(text)))
    query = (
        select(Recruiter.id, User.name, agency)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .where(access.may_join(), or_(wanted, Recruiter.id == chosen))
        .order_by((Recruiter.id == chosen).desc(), User.name, Recruiter.id)
        .limit(limit)
    )
    return tuple(RecruiterChoice(*row) for row in reading().execute(query))
