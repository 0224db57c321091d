"""The split sheets of a placement: each version with its receipt, and the amendments of a locked one (domain.md §5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, case, cast, exists, func, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import collaboration as rules
from portal.domain import money
from portal.domain.billing.terms import Terms, of_hire
from portal.domain.corrections import Figures, of_stored
from portal.domain.errors import existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.reputation import ANSWER_WITHIN
from portal.extensions import reading
from portal.models import (
    AmendmentAnswer,
    Candidate,
    Collaborator,
    Job,
    Organisation,
    Placement,
    Recruiter,
    SplitAmendment,
    SplitSheet,
    User,
)
from portal.queries.naming import named, naming
from portal.queries.placements.collaboration import Team, team
from portal.runtime import cache

P, C = Placement, Collaborator
_author = aliased(User)


@dataclass(frozen=True, slots=True)
class Party:
    """How one recruiter answers an amendment; `agreed` is None until then."""

    recruiter_id: uuid.UUID
    name: str
    agreed: bool | None
    answered_at: datetime | None
    is_away: bool = False  # left or is suspended, and so can't answer: only a platform admin can apply it


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    """One row of an amendment; `gain` is what it has more than the present row, None once the amendment is closed."""

    recruiter_id: uuid.UUID
    name: str
    role: str
    bp: int
    amount: int
    gain: int | None


@dataclass(frozen=True, slots=True)
class Gain:
    """What one person would get more by an amendment, or less, in minor units."""

    recruiter_id: uuid.UUID
    name: str
    minor: int


@dataclass(frozen=True, slots=True)
class Amendment:
    """A proposed change of a locked sheet, or a correction of the hire, and what the parties say.

    `corrected` are the figures of a correction before and after, None for other shares.
    """

    id: uuid.UUID
    state: str
    reason: str
    lines: tuple[AmendmentLine, ...]
    corrected: tuple[Figures, Figures] | None
    proposed_at: datetime
    proposed_by: str
    closed_at: datetime | None
    closed_reason: str
    parties: tuple[Party, ...]
    gains: tuple[Gain, ...]  # of an open one
    may_answer: bool
    may_withdraw: bool
    may_force: bool

    @property
    def waiting(self) -> tuple[Party, ...]:
        return tuple(party for party in self.parties if party.agreed is None)

    @property
    def answer_by(self) -> datetime:
        """Return until when an answer counts for the score."""
        return self.proposed_at + ANSWER_WITHIN


@dataclass(frozen=True, slots=True)
class SheetVersion:
    """One version of a split sheet in the list of all, with what it changed of the one before.

    `changes` is empty when the viewer may not read the one before.
    """

    version: int
    cause: str
    locked: bool
    at: datetime
    by: str
    changes: tuple[rules.RowChange, ...]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of one version: what it was computed from, by which rule, with which result and checksum."""

    placement_id: uuid.UUID
    candidate_name: str
    version: int
    is_latest: bool
    cause: str
    locked: bool
    at: datetime
    by: str
    sha256: str
    stored: dict[str, Any]
    names: dict[str, str]
    present: tuple[tuple[str, str, int, int], ...]
    job_title: str
    company: str
    terms: Terms

    @property
    def number(self) -> str:
        """Return the number of the paper: of its placement, and its version."""
        return f"S-{self.placement_id.hex[-8:].upper()}-{self.version}"

    @property
    def parties(self) -> str:
        """Return who shares the fee, each once."""
        return ", ".join(dict.fromkeys(self.names[share["recruiter_id"]] for share in self.stored["result"]))

    @property
    def before(self) -> dict[tuple[str, str], int]:
        """Return the shares that went in, by recruiter and role."""
        return {(who, role): bp for who, role, bp in self.stored["inputs"]}

    @property
    def pool_minor(self) -> int:
        """Return what the team shares: the fee without the platform's part."""
        return int(self.stored["fee_minor"] - self.stored.get("platform_fee_minor", 0))

    @property
    def totals(self) -> Totals:
        """Return what the columns of the result add up to."""
        result = self.stored["result"]
        sums = [sum(share[name] for share in result) for name in ("split_bp", "amount_minor")]
        return Totals(sum(self.before.values()), *sums)


@dataclass(frozen=True, slots=True)
class Totals:
    agreed_bp: int
    split_bp: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SheetPreview:
    """A sheet that is being typed: name, role, basis points and amount of each row; `whole` makes exactly 100 %."""

    rows: tuple[tuple[str, str, int, int], ...]
    whole: bool

    @property
    def bar(self) -> tuple[tuple[str, int], ...]:
        return tuple((f"{name}, {role}", bp) for name, role, bp, _ in self.rows)

    @property
    def total_bp(self) -> int:
        return sum(bp for _, _, bp, _ in self.rows)


def preview(found: Team, lines: Sequence[rules.Agreed]) -> SheetPreview:
    """Compute the amounts of a sheet that is being typed."""
    names = {member.recruiter_id: member.name for member in found.members}
    shares = [max(line.split_bp, 0) for line in lines]
    amounts = money.allocate_shares(found.pool_minor, shares)
    rows = zip(lines, shares, amounts, strict=True)
    typed = tuple((names.get(x.recruiter_id, "New collaborator"), x.role, bp, amount) for x, bp, amount in rows)
    return SheetPreview(typed, whole=not found.is_open)


def amendments(found: Team, *, viewer: Actor) -> tuple[Amendment, ...]:
    """List the amendments of a placement whose team the viewer has read, newest first."""
    query = (
        select(
            SplitAmendment,
            _author.name.label("author"),
            _parties().label("parties"),
            _names_in(SplitAmendment, SplitAmendment.lines["lines"]),
        )
        .join(_author, _author.id == SplitAmendment.proposed_by)
        .where(SplitAmendment.placement_id == found.placement_id)
        .order_by(SplitAmendment.id.desc())
    )
    return tuple(_to_amendment(row, found, viewer) for row in reading().execute(query))


def proposed(found: Team, *, viewer: Actor) -> Amendment | None:
    """Return the amendment of a placement that is not closed yet."""
    return next((one for one in amendments(found, viewer=viewer) if one.state == "proposed"), None)


@dataclass(frozen=True, slots=True)
class HireFigures:
    """What a hire is recorded with, in the placement's currency."""

    currency: str
    salary_minor: int
    guaranteed_bonus_minor: int | None
    fee_bp: int | None
    fee_minor: int
    start_date: date | None

    @classmethod
    def of(cls, figures: Figures, currency: str) -> HireFigures:
        """Return the figures of a correction with their currency."""
        bonus, start = figures.guaranteed_bonus_minor, figures.start_date
        return cls(currency, figures.salary_minor, bonus, figures.fee_bp, figures.fee_minor, start)


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction of a hire, proposed or in force."""

    id: uuid.UUID
    state: str
    reason: str
    currency: str
    before: HireFigures
    after: HireFigures
    parties: tuple[Party, ...]
    proposed_at: datetime
    proposed_by: str
    closed_at: datetime | None


def corrections(placement_id: uuid.UUID, *, viewer: Actor) -> tuple[Correction, ...]:
    """List the corrections of a hire that the viewer may see, newest first."""
    found = team(placement_id, viewer=viewer)
    listed = amendments(found, viewer=viewer)
    return tuple(_to_correction(a, found.currency, *a.corrected) for a in listed if a.corrected is not None)


def _to_correction(found: Amendment, currency: str, before: Figures, after: Figures) -> Correction:
    return Correction(
        found.id,
        found.state,
        found.reason,
        currency,
        HireFigures.of(before, currency),
        HireFigures.of(after, currency),
        found.parties,
        found.proposed_at,
        found.proposed_by,
        found.closed_at,
    )


def correction(placement_id: uuid.UUID, correction_id: uuid.UUID, *, viewer: Actor) -> Correction:
    return next(c for c in corrections(placement_id, viewer=viewer) if c.id == correction_id)


def _parties() -> Any:
    one = func.json_build_array(
        AmendmentAnswer.recruiter_id,
        User.name,
        AmendmentAnswer.agreed,
        AmendmentAnswer.answered_at,
        ~access.may_join(),
    )
    return (
        select(func.json_agg(aggregate_order_by(one, User.name)))
        .select_from(AmendmentAnswer)
        .join(Recruiter, Recruiter.id == AmendmentAnswer.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(AmendmentAnswer.amendment_id == SplitAmendment.id)
        .correlate(SplitAmendment)
        .scalar_subquery()
    )


def _names_in(table: Any, rows: Any) -> Any:
    """Return the names of the recruiters whose ids stand first in the rows of a JSON array, by id."""
    row = func.jsonb_array_elements(rows).column_valued("row")
    ids = select(row.op("->>", return_type=Text)(literal_column("0")))
    names = (
        select(func.json_object_agg(Recruiter.id, User.name))
        .select_from(Recruiter)
        .join(User, User.id == Recruiter.user_id)
        .where(cast(Recruiter.id, Text).in_(ids.correlate(table)))
    )
    return names.correlate(table).scalar_subquery().label("names")


def _to_amendment(row: Row[Any], found: Team, viewer: Actor) -> Amendment:
    is_open = row.state == "proposed"
    team = found if is_open else None
    corrected = None if row.corrected is None else of_stored(row.corrected)
    parties = tuple(_to_party(values) for values in row.parties or ())
    is_admin = viewer.scope(Permission.SPLITS_AMEND) is Scope.ANY and not found.takes_part
    lines = _lines(row, found.pool_minor if corrected is None else corrected[1].pool_minor, team)
    return Amendment(
        row.id,
        row.state,
        row.reason,
        lines,
        corrected,
        row.proposed_at,
        row.author,
        row.closed_at,
        row.closed_reason or "",
        parties,
        _gains(lines, team),
        may_answer=is_open and _is_asked(parties, viewer),
        may_withdraw=is_open
        and viewer.has(Permission.SPLITS_AMEND)
        and (row.proposed_by == viewer.user_id or is_admin),
        may_force=is_open and is_admin,
    )


def _is_asked(parties: Iterable[Party], viewer: Actor) -> bool:
    asked = any(p.recruiter_id == viewer.recruiter_id and p.agreed is None for p in parties)
    return asked and viewer.has(Permission.SPLITS_AGREE)


def _to_party(values: list[Any]) -> Party:
    recruiter_id, name, agreed, at, is_away = values
    return Party(uuid.UUID(recruiter_id), name, agreed, datetime.fromisoformat(at) if at else None, is_away)


def _lines(row: Row[Any], pool_minor: int, now: Team | None) -> tuple[AmendmentLine, ...]:
    """Compute the rows of an amendment, of an open one beside the team as it is now."""
    agreed = rules.agreed_lines(row.lines)
    amounts = money.allocate_shares(pool_minor, [line.split_bp for line in agreed])
    present = {(m.recruiter_id, m.role): m.amount for m in now.members} if now else {}
    return tuple(
        AmendmentLine(
            line.recruiter_id,
            row.names[str(line.recruiter_id)],
            line.role,
            line.split_bp,
            amount,
            amount - present.get(line.key, 0) if now else None,
        )
        for line, amount in zip(agreed, amounts, strict=True)
    )


def _gains(lines: tuple[AmendmentLine, ...], now: Team | None) -> tuple[Gain, ...]:
    """Say for an open amendment what each person would get more or less."""
    if now is None:
        return ()
    names = {m.recruiter_id: m.name for m in now.members} | {line.recruiter_id: line.name for line in lines}
    present = [(m.recruiter_id, m.amount) for m in now.members]
    found = rules.gains(present, [(line.recruiter_id, line.amount) for line in lines])
    return tuple(Gain(who, names[who], minor) for who, minor in found)


def receipt(placement_id: uuid.UUID, *, viewer: Actor, version: int | None = None) -> Receipt:
    """Return the receipt of a version of the split sheet, of the latest one unless said otherwise.

    Who is no longer on a team keeps the versions that named them.
    """
    query = _sheets(placement_id, viewer).order_by(SplitSheet.version.desc()).limit(1)
    if version is not None:
        query = query.where(SplitSheet.version == version)
    row = existing(reading().execute(query).one_or_none())
    if not row.locked:
        return _to_receipt(row, row.open_receipt)
    name = f"sheet:{row.placement_id}:{row.version}"  # a locked sheet never changes
    kept = cache.remembered(name, lambda: _stored(row.placement_id, row.version), seconds=cache.FOR_EVER)
    return _to_receipt(row, kept)


def _sheets(placement_id: uuid.UUID, viewer: Actor) -> Select[Any]:
    """Select the versions of a sheet that the viewer may read, the open ones with what they were computed from."""
    sheet = SplitSheet
    return (
        select(sheet.placement_id, sheet.version, sheet.sha256, sheet.locked, sheet.cause, sheet.at)
        .add_columns(*naming(viewer), P.split_version, _author.name.label("author"))
        .add_columns(Job.title.label("job_title"), Organisation.name.label("company"))
        .add_columns(P.terms, P.currency, P.fee_bp, P.fee_minor)
        .add_columns(
            _present().label("present"),
            _names_in(SplitSheet, SplitSheet.receipt["inputs"]),
            case((sheet.locked, null()), else_=sheet.receipt).label("open_receipt"),
        )
        .join(P, P.id == SplitSheet.placement_id)
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(Job, Job.id == P.job_id)
        .join(Organisation, Organisation.id == P.company_id)
        .join(_author, _author.id == SplitSheet.by)
        .where(P.id == placement_id, _readable(viewer))
    )


def _readable(viewer: Actor) -> ColumnElement[bool]:
    """Limit the sheets to those of placements that the viewer sees, and those that name the viewer."""
    if viewer.recruiter_id is None:
        return access.visible(P, viewer)
    return or_(access.visible(P, viewer), SplitSheet.receipt["inputs"].contains([[str(viewer.recruiter_id)]]))


def was_named(placement_id: uuid.UUID, *, viewer: Actor) -> bool:
    """Return whether some version of the sheet named the viewer, who may have left the team since."""
    if viewer.recruiter_id is None:
        return False
    named = SplitSheet.receipt["inputs"].contains([[str(viewer.recruiter_id)]])
    return bool(reading().execute(select(exists().where(SplitSheet.placement_id == placement_id, named))).scalar_one())


def _stored(placement_id: uuid.UUID, version: int) -> dict[str, Any]:
    """Read what a version was computed from, as the table has it."""
    wanted = (SplitSheet.placement_id == placement_id) & (SplitSheet.version == version)
    stored: dict[str, Any] = reading().execute(select(SplitSheet.receipt).where(wanted)).scalar_one()
    return stored


def verify(found: Receipt) -> rules.Verification:
    """Recompute a receipt from the table, not the cache; the latest version is held against the present shares."""
    stored = _stored(found.placement_id, found.version)
    return rules.verify(stored, found.sha256, found.present if found.is_latest else None)


def _present() -> Any:
    """Gather the present shares as a receipt lists them."""
    one = func.json_build_array(C.recruiter_id, C.role, C.split_bp, C.amount_minor)
    rows = select(func.json_agg(aggregate_order_by(one, C.position))).where(C.placement_id == P.id)
    return rows.correlate(P).scalar_subquery()


def _to_receipt(row: Row[Any], stored: dict[str, Any]) -> Receipt:
    return Receipt(
        row.placement_id,
        named(row),
        row.version,
        row.version == row.split_version,
        row.cause,
        row.locked,
        row.at,
        row.author,
        row.sha256,
        stored,
        row.names or {},
        tuple((who, role, bp, amount) for who, role, bp, amount in row.present or ()),
        row.job_title,
        row.company,
        of_hire(row.terms, currency=row.currency, fee_bp=row.fee_bp, fee_minor=row.fee_minor),
    )


def versions(found: Receipt, *, viewer: Actor) -> tuple[SheetVersion, ...]:
    """List the versions of a sheet that the viewer may read, newest first."""
    query = (
        select(SplitSheet.version, SplitSheet.cause, SplitSheet.locked, SplitSheet.at, User.name)
        .add_columns(SplitSheet.receipt["result"].label("rows"), _names_in(SplitSheet, SplitSheet.receipt["inputs"]))
        .join(User, User.id == SplitSheet.by)
        .join(P, P.id == SplitSheet.placement_id)
        .where(SplitSheet.placement_id == found.placement_id, _readable(viewer))
        .order_by(SplitSheet.version.desc())
    )
    listed = reading().execute(query).all()
    return tuple(_to_version(row, before) for row, before in zip(listed, [*listed[1:], None], strict=True))


def _to_version(row: Row[Any], before: Row[Any] | None) -> SheetVersion:
    names = {**((before.names if before else None) or {}), **(row.names or {})}
    follows = before is not None and before.version == row.version - 1
    changes = rules.row_changes(_shares(before) if before and follows else (), _shares(row))
    shown = changes if follows or row.version == 1 else ()
    return SheetVersion(row.version, row.cause, row.locked, row.at, row.name, shown, names)


def _shares(row: Row[Any]) -> tuple[tuple[str, str, int], ...]:
    return tuple((share["recruiter_id"], share["role"], share["split_bp"]) for share in row.rows)
