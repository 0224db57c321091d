"""The writing of a split sheet (domain.md §5): rows, sheet and version in one statement, on a locked placement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypedDict

from sqlalchemy import (
    CTE,
    BigInteger,
    Row,
    Select,
    Text,
    Uuid,
    column,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
    values,
)
from sqlalchemy.orm.attributes import set_committed_value

from portal import access
from portal.domain import collaboration as rules
from portal.domain import events
from portal.domain.collaboration import Receipt, Whole
from portal.domain.contacts import email_key
from portal.domain.errors import InvalidInput, StaleVersion
from portal.domain.events.placements import Shares
from portal.models import (
    Candidate,
    Collaborator,
    MarketplaceEvent,
    Placement,
    Recruiter,
    SplitAmendment,
    SplitSheet,
    User,
)
from portal.queries.candidates.records import records_of
from portal.queries.placements.collaboration import divided
from portal.services.machinery.unit_of_work import UnitOfWork

DISPUTED = "A dispute about this placement is open; the split can’t change until the ruling."
OWN = "You share in this placement, so someone else has to do this."
# What changes a placement's version.
CHANGES = (
    events.PlacementHired.type,
    events.PlacementActivated.type,
    events.PlacementCompleted.type,
    events.PlacementFailed.type,
    events.PlacementCorrected.type,
    events.PlacementUndone.type,
    events.GuaranteeExtended.type,
    events.SplitsChanged.type,
    events.SplitsAmended.type,
    events.ReplacementRequested.type,
)


class About(TypedDict):
    """What every event of a placement refers to, and the version of the split sheet."""

    placement_id: uuid.UUID
    candidate_id: uuid.UUID
    job_id: uuid.UUID
    organisation_id: uuid.UUID
    split_version: int


def about(placement: Placement | Row[Any]) -> About:
    """Return the references that every event of a placement carries."""
    return About(
        placement_id=placement.id,
        candidate_id=placement.candidate_id,
        job_id=placement.job_id,
        organisation_id=placement.company_id,
        split_version=placement.split_version,
    )


class Figures(TypedDict):
    """The figures of a sheet before and after a change, as its event keeps them."""

    shares_before: Shares
    shares: Shares
    left_recruiter_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a team; lines stand in the order of their positions."""

    id: uuid.UUID
    recruiter_id: uuid.UUID
    role: str
    split_bp: int
    amount_minor: int
    notes: str = ""

    @property
    def key(self) -> tuple[uuid.UUID, str]:
        """Return what is unique within a team."""
        return self.recruiter_id, self.role


def figures(before: Sequence[Line], receipt: Receipt) -> Figures:
    """Return the figures of a sheet before and after a change, and who is on it no more."""
    staying = {share.recruiter_id for share in receipt.result}
    left = {line.recruiter_id: None for line in before if str(line.recruiter_id) not in staying}
    return Figures(
        shares_before=shares(before),
        shares=tuple((x.recruiter_id, x.role, x.split_bp, x.amount_minor) for x in receipt.result),
        left_recruiter_ids=tuple(left),
    )


def shares(lines: Iterable[Line]) -> Shares:
    """Return the lines of a sheet as an event keeps them."""
    return tuple((str(line.recruiter_id), line.role, line.split_bp, line.amount_minor) for line in lines)


def refuse_own(uow: UnitOfWork, placement_id: uuid.UUID, joining: Collection[uuid.UUID] = ()) -> None:
    """Refuse to let a company or the platform decide through somebody who shares in the placement, or would."""
    takes_part = exists().where(Placement.id == placement_id, access.takes_part(uow.actor))
    joins = exists().where(Recruiter.user_id == uow.actor.user_id, Recruiter.id.in_(joining))
    uow.refuse_if(or_(takes_part, joins), OWN)


def refuse_candidate(addresses: Iterable[str], keys: Iterable[str], *, field: str) -> None:
    """Refuse recruiters with these addresses one of whom is the candidate, whose records have these keys."""
    if set(keys) & set(map(email_key, addresses)):
        raise InvalidInput.field(field, "This recruiter is the candidate, who can’t share in their own placement.")


def candidate_among(uow: UnitOfWork, placement: Placement, recruiter_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return who of these recruiters is the one placed."""
    keys = func.array(keys_of_candidate(placement).scalar_subquery())
    query = select(Recruiter.id, User.email, keys).join(User, User.id == Recruiter.user_id)
    rows = uow.session.execute(query.where(Recruiter.id.in_(recruiter_ids)))
    return {recruiter_id for recruiter_id, address, own in rows if email_key(address) in own}


def keys_of_candidate(placement: Placement) -> Select[str]:
    """Select the keys of the addresses of the one placed, under all records."""
    return select(Candidate.email_key).where(Candidate.id.in_(records_of(placement.candidate_id)))


def check_seen(uow: UnitOfWork, placement: Placement, seen: int | None) -> None:
    """Refuse a form that was drawn from an older sheet, and say what changed since; None was drawn from none."""
    if seen is None or seen == placement.split_version:
        return
    details = {"current_version": placement.split_version}
    if seen < 0:
        raise StaleVersion("Check the split below, which this locks, and submit it again.", details=details)
    if seen > placement.split_version:
        raise StaleVersion(f"There is no version {seen} of this split. Check the current one.", details=details)
    query = (
        select(SplitSheet.cause, User.name)
        .join(User, User.id == SplitSheet.by)
        .where(SplitSheet.placement_id == placement.id, SplitSheet.version > seen)
        .order_by(SplitSheet.version)
    )
    since = "; ".join(f"{name}: {rules.SHEET_CAUSES[cause]}" for cause, name in uow.session.execute(query))
    raise StaleVersion(
        f"The split has changed since you opened this ({since}). Nothing was saved; check the current one.",
        details=details,
    )


def check_version(uow: UnitOfWork, placement: Placement, seen: int | None) -> None:
    """Refuse a form that was drawn from an older version of a placement, and say what was done to it last."""
    if seen is None or seen == placement.version:
        return
    details = {"current_version": placement.version}
    if seen > placement.version:
        raise StaleVersion(f"There is no version {seen} of this placement. Check the current one.", details=details)
    query = (
        select(MarketplaceEvent.type, MarketplaceEvent.at, User.name)
        .join(User, User.id == MarketplaceEvent.actor_id)
        .where(MarketplaceEvent.placement_id == placement.id, MarketplaceEvent.type.in_(CHANGES))
        .order_by(MarketplaceEvent.id.desc())
    )
    kind, at, name = uow.session.execute(query.limit(1)).one()
    did = f"{name}: {events.EVENT_TYPES[kind].shown.title.lower()}"
    if placement.linked_at and placement.linked_at > at:  # of which the log tells at the placement that it replaces
        did = "linked as a replacement"
    raise StaleVersion(
        f"This placement has changed since you opened this ({did}). Nothing was saved; check the current one.",
        details=details,
    )


COLUMNS = (
    Collaborator.id,
    Collaborator.recruiter_id,
    Collaborator.role,
    Collaborator.split_bp,
    Collaborator.amount_minor,
    Collaborator.notes,
)


def team(uow: UnitOfWork, placement_id: uuid.UUID) -> list[Line]:
    """Read the team in the order of its positions; the placement is locked already."""
    query = select(*COLUMNS).where(Collaborator.placement_id == placement_id).order_by(Collaborator.position)
    return [Line(*row) for row in uow.session.execute(query)]


def write(
    uow: UnitOfWork,
    placement: Placement,
    before: Sequence[Line],
    after: Sequence[Line],
    *,
    cause: str,
    fill: bool = False,
    whole: Whole | None = None,
) -> Receipt:
    """Write the team `after`, whose kept lines stand first and in order, as the next version of the sheet.

    All in one statement, on a placement that is locked; amounts are recomputed for every row.
    """
    receipt = receipt_for(uow, placement, after, fill=fill, whole=whole)
    version = receipt.version
    rows = zip(after, receipt.result, strict=True)
    settled = [replace(line, split_bp=share.split_bp, amount_minor=share.amount_minor) for line, share in rows]
    changes = {"split_version": version, "version": placement.version + 1}
    parts = [_sheet(uow, placement, receipt, cause, locked=fill or placement.splits_locked_at is not None)]
    parts += [*_row_changes(uow, placement.id, before, settled), _void_amendment(uow, placement)]
    statement = update(Placement).where(Placement.id == placement.id).values(changes).add_cte(*parts)
    uow.session.execute(statement, execution_options={"synchronize_session": False})
    for name, value in changes.items():
        set_committed_value(placement, name, value)
    set_committed_value(placement, "allocated_bp", sum(line.split_bp for line in settled))
    return receipt


def receipt_for(
    uow: UnitOfWork, placement: Placement, lines: Sequence[Line], *, fill: bool = False, whole: Whole | None = None
) -> Receipt:
    """Return what the next version of the sheet is with these lines, which divide `whole`, or what they divided."""
    inputs = [(str(line.recruiter_id), line.role, line.split_bp) for line in lines]
    whole = whole or _divided(uow, placement)
    of = (str(placement.id), placement.split_version + 1, placement.currency, whole.fee_minor, inputs)
    return rules.compute_receipt(*of, fill=fill, platform_fee_minor=whole.platform_fee_minor)


def _divided(uow: UnitOfWork, placement: Placement) -> Whole:
    """Return what a sheet divides: the hire's fee, or of a replacement that has begun what it took over."""
    if placement.replaces_id is None or placement.splits_locked_at is None:
        return Whole(placement.fee_minor, placement.platform_fee_minor)
    last = SplitSheet.placement_id == placement.id, SplitSheet.version == placement.split_version
    return Whole(*uow.session.execute(select(*divided()).where(*last)).one())


def _sheet(uow: UnitOfWork, placement: Placement, receipt: Receipt, cause: str, *, locked: bool) -> CTE:
    """Return the insert of a sheet as a part of a larger statement."""
    row = {
        "placement_id": placement.id,
        "version": receipt.version,
        "receipt": json.loads(receipt.canonical()),
        "sha256": receipt.sha256(),
        "locked": locked,
        "cause": cause,
        "at": uow.now,
        "by": uow.actor.user_id,
    }
    return insert(SplitSheet).values(row).cte("sheet")


def _void_amendment(uow: UnitOfWork, placement: Placement) -> CTE:
    """Close what is proposed: its lines were drawn from a sheet that is no more."""
    closed = {"state": "withdrawn", "closed_at": uow.now, "closed_reason": "The split has changed in the meantime."}
    proposed = (SplitAmendment.placement_id == placement.id, SplitAmendment.state == "proposed")
    return update(SplitAmendment).where(*proposed).values(closed).cte("void")


def _row_changes(uow: UnitOfWork, placement_id: uuid.UUID, before: Sequence[Line], after: Sequence[Line]) -> list[CTE]:
    """Return the insert, update and delete that lead from one team to another, as parts of a larger statement."""
    known = {line.id: line for line in before}
    staying = {line.id for line in after}
    new = [line for line in after if line.id not in known]
    changed = [line for line in after if line.id in known and known[line.id] != line]
    gone = [line.id for line in before if line.id not in staying]
    parts = []
    if new:
        parts.append(insert(Collaborator).values([_row(uow, placement_id, line) for line in new]).cte("joined"))
    if changed:
        parts.append(_update_rows(changed))
    if gone:
        parts.append(delete(Collaborator).where(Collaborator.id.in_(gone)).cte("gone"))
    return parts


def _update_rows(lines: Sequence[Line]) -> CTE:
    names = (column("id", Uuid), column("split_bp", BigInteger), column("amount_minor", BigInteger))
    rows = [(line.id, line.split_bp, line.amount_minor, line.notes) for line in lines]
    new = values(*names, column("notes", Text), name="new").data(rows)
    fresh = {name: new.c[name] for name in ("split_bp", "amount_minor", "notes")}
    return update(Collaborator).where(Collaborator.id == new.c.id).values(fresh).cte("changed")


def _row(uow: UnitOfWork, placement_id: uuid.UUID, line: Line) -> dict[str, object]:
    return {
        "id": line.id,
        "placement_id": placement_id,
        "recruiter_id": line.recruiter_id,
        "role": line.role,
        "split_bp": line.split_bp,
        "amount_minor": line.amount_minor,
        "notes": line.notes,
        "added_at": uow.now,
        "added_by": uow.actor.user_id,
    }
