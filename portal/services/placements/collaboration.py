"""Who shares the fee of a placement (domain.md §5): the team and its shares.

The placement row is locked first, so two writers cannot pass 100 %; the database's CHECK on the sum stands behind that.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from portal import access
from portal.domain import collaboration as rules
from portal.domain import money, texts
from portal.domain.collaboration import Agreed, CollaboratorRole, Receipt, Whole
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.events import CollaboratorAdded, SplitsChanged
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import SPLITS_OPEN
from portal.models import CandidateSourcer, Collaborator, Placement, Recruiter, SplitSheet, User
from portal.services import freezes
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements.split_sheets import (
    COLUMNS,
    DISPUTED,
    Line,
    about,
    candidate_among,
    check_seen,
    figures,
    keys_of_candidate,
    refuse_candidate,
    refuse_own,
    team,
    write,
)


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of a share made of it."""

    role: str
    old_split_bp: int
    split_bp: int
    amount_minor: int


def _team_and_newcomer(uow: UnitOfWork, placement: Placement, recruiter_id: uuid.UUID) -> list[Line]:
    """Read the team and check in the same query that the newcomer may join it."""
    keys = func.array(keys_of_candidate(placement).scalar_subquery())
    query = (
        select(User.email, access.may_join(), keys, *COLUMNS)
        .select_from(Recruiter)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Collaborator, Collaborator.placement_id == placement.id)
        .where(Recruiter.id == recruiter_id)
        .order_by(Collaborator.position)
    )
    rows = uow.session.execute(query).all()
    if not rows or not rows[0][1]:
        raise InvalidInput.field("recruiter_id", "Choose an active recruiter.")
    refuse_candidate([rows[0][0]], rows[0][2], field="recruiter_id")
    return [Line(*row[3:]) for row in rows if row[3] is not None]


# --- commands -----------------------------------------------------------------------------------------------


def add(
    placement_id: uuid.UUID,
    *,
    actor: Actor,
    recruiter_id: uuid.UUID,
    role: str,
    split_bp: int,
    notes: str = "",
    version: int | None = None,
) -> uuid.UUID:
    """Add a recruiter in a role to the open team of a placement and return the new row's id.

    Raises:
        Conflict: the splits are locked, the team is full, the row exists, the total would pass 100 %, or the sheet is
            another than `version`.
        InvalidInput: the role, the share or the recruiter is none.
    """
    said = texts.clean("notes", notes, most=texts.REASON, multiline=True)
    checked = (_role(role), _share(split_bp))
    with unit_of_work(actor) as uow:
        placement = _load_open(uow, placement_id, joining=(recruiter_id,))
        check_seen(uow, placement, version)
        before = _team_and_newcomer(uow, placement, recruiter_id)
        line = Line(uow.new_id(), recruiter_id, checked[0], checked[1], 0, said)
        _check_room(before, line)
        _rewrite(uow, placement, before, [*before, line], cause="added")
    return line.id


def change(
    placement_id: uuid.UUID,
    recruiter_id: uuid.UUID,
    *,
    actor: Actor,
    split_bp: int,
    role: str | None = None,
    notes: str | None = None,
    version: int | None = None,
    reason: str = "",
) -> Changed:
    """Change a share of the open team; the role is needed when the recruiter holds two, None keeps the notes.

    Raises:
        NotFound: this recruiter is not in the team in this role.
        Conflict: the splits are locked, the total would pass 100 %, the sheet is another than `version`, or another's
            share would be lowered, which takes consent.
        InvalidInput: a platform admin lowers it without a `reason`.
    """
    share = _share(split_bp)
    said = None if notes is None else texts.clean("notes", notes, most=texts.REASON, multiline=True)
    with unit_of_work(actor) as uow:
        placement = _load_open(uow, placement_id)
        check_seen(uow, placement, version)
        before = team(uow, placement_id)
        old = _find(before, recruiter_id, role)
        new = replace(old, split_bp=share, notes=old.notes if said is None else said)
        _check_total([line for line in before if line != old], share)
        amounts = _reshare(uow, placement, before, [new if line == old else line for line in before], reason)
        return Changed(old.role, old.split_bp, new.split_bp, amounts[old.key])


def reshare(
    placement_id: uuid.UUID, *, actor: Actor, shares: Sequence[Agreed], version: int | None = None, reason: str = ""
) -> None:
    """Change the shares of several rows of the open team at once; a row that is not named keeps its own.

    Raises:
        NotFound: a row is not in the team.
        Conflict: the splits are locked, the total would pass 100 %, the sheet is another than `version`, or another's
            share would be lowered, which takes consent.
        InvalidInput: a share is none, or a platform admin lowers one without a `reason`.
    """
    wanted = {row.key: _share(row.split_bp) for row in shares}
    with unit_of_work(actor) as uow:
        placement = _load_open(uow, placement_id)
        check_seen(uow, placement, version)
        before = team(uow, placement_id)
        for recruiter_id, role in wanted:
            _find(before, recruiter_id, role)
        after = [replace(line, split_bp=wanted.get(line.key, line.split_bp)) for line in before]
        _check_sum(after)
        _reshare(uow, placement, before, after, reason)


def _reshare(
    uow: UnitOfWork, placement: Placement, before: Sequence[Line], after: Sequence[Line], reason: str
) -> dict[tuple[uuid.UUID, str], int]:
    """Write the same team with other shares, unless nothing changes, and return what each row gets."""
    lowered = [old for old, new in zip(before, after, strict=True) if new.split_bp < old.split_bp]
    whys = [_why_taken_back(uow, line, reason) for line in lowered]
    if list(before) == list(after):
        return {line.key: line.amount_minor for line in before}
    why = next(filter(None, whys), "")
    return _amounts(_rewrite(uow, placement, before, after, cause="changed", reason=why))


def remove(
    placement_id: uuid.UUID,
    recruiter_id: uuid.UUID,
    *,
    actor: Actor,
    role: str,
    version: int | None = None,
    reason: str = "",
) -> None:
    """Take a row out of the open team; the last one stays, because somebody gets the fee.

    Raises:
        NotFound: this recruiter is not in the team in this role.
        Conflict: the splits are locked, it is the last row, or another's, which takes consent.
        InvalidInput: a platform admin removes it without a `reason`.
    """
    with unit_of_work(actor) as uow:
        placement = _load_open(uow, placement_id)
        check_seen(uow, placement, version)
        before = team(uow, placement_id)
        gone = _find(before, recruiter_id, role)
        if len(before) == 1:
            raise Conflict("Someone has to receive the fee: add another recruiter first.", code="LAST_COLLABORATOR")
        why = _why_taken_back(uow, gone, reason)
        _rewrite(uow, placement, before, [line for line in before if line != gone], cause="removed", reason=why)


# --- parts of other commands --------------------------------------------------------------------------------


def at_hire(uow: UnitOfWork, placement: Placement, claim: CandidateSourcer | None) -> None:
    """Start a sheet: 40 % to the owner of the live sourcing credit, 30 % to the proposing recruiter (domain.md §5).

    A ruling may have divided the sourcing credit; then each of both gets a part of the 40 % (disputes.md §1).

    One person may hold both, as two rows. Without a live claim there is no sourcer: a credit that has lapsed protects
    nothing any more, so its share stays open like the closer's; so does that of whoever is the candidate (ADR 0095).
    """
    sourcers = rules.sourcers(claim.recruiter_id, claim.shared_with, claim.shared_bp) if claim else []
    hired = candidate_among(uow, placement, [who for who, _ in sourcers]) if sourcers else ()
    shares = [(who, CollaboratorRole.SOURCER, bp) for who, bp in sourcers if who not in hired]
    submitter = CollaboratorRole.SUBMITTER
    shares.append((placement.lead_recruiter_id, submitter, rules.WEIGHTS_BP[submitter]))
    lines = [Line(uow.new_id(), who, str(role), bp, 0) for who, role, bp in shares]
    receipt = write(uow, placement, [], lines, cause="hire")
    _record_added(uow, placement, receipt, [line.key for line in lines], at_hire=True)


def lock(uow: UnitOfWork, placement: Placement, whole: Whole | None) -> Receipt:
    """Fill the shares to 100 % and write the final sheet, which divides `whole`, or else the hire's fee.

    Activation's own write then sets `splits_locked_at`.
    """
    before = team(uow, placement.id)
    return write(uow, placement, before, before, cause="locked", fill=True, whole=whole)


def take_over(uow: UnitOfWork, placement: Placement, earlier: Sequence[tuple[uuid.UUID, str, int]]) -> bool:
    """Copy the team of a failed placement to its replacement when that has none but the default; tell whether.

    Sourcer and submitter are those of the new candidate; the other roles move over with the shares agreed before,
    in proportion when less than that is left. Whoever is the new candidate stays behind (ADR 0095).
    """
    before = team(uow, placement.id)
    if _was_edited(uow, placement) or not _is_open(placement):
        return False
    mine, hired = {line.key for line in before}, candidate_among(uow, placement, [who for who, _, _ in earlier])
    others = [row for row in earlier if row[1] not in rules.OF_THE_CANDIDATE and row[0] not in hired]
    moving = [row for row in others if row[:2] not in mine]
    left = money.WHOLE_BP - sum(line.split_bp for line in before)
    shares = rules.fit([bp for _, _, bp in moving], left)
    pairs = zip(moving, shares, strict=True)
    new = [Line(uow.new_id(), who, role, share, 0) for (who, role, _), share in pairs if share]
    if not new:
        return False
    _rewrite(uow, placement, before, [*before, *new], cause="copied")
    return True


def _was_edited(uow: UnitOfWork, placement: Placement) -> bool:
    """Return whether somebody changed a sheet since the hire; its figures may have been corrected."""
    edits = SplitSheet.cause.not_in(("hire", *rules.SAME_SHARES))
    return uow.session.scalars(select(exists().where(SplitSheet.placement_id == placement.id, edits))).one()


def held_by(recruiter_id: uuid.UUID) -> ColumnElement[bool]:
    """Return the condition that a placement's sheet is open, and a recruiter has a row or the lead."""
    mine = select(Collaborator.placement_id).where(Collaborator.recruiter_id == recruiter_id)
    in_it = or_(Placement.lead_recruiter_id == recruiter_id, Placement.id.in_(mine))
    return and_(Placement.state.in_(SPLITS_OPEN), Placement.splits_locked_at.is_(None), in_it)


def pass_on(uow: UnitOfWork, leaver: uuid.UUID, heir: uuid.UUID) -> int:
    """Pass a leaver's rows, and the lead, of every open sheet on to a successor; return how many."""
    query = select(Placement).where(held_by(leaver))
    found = uow.session.scalars(query.order_by(Placement.id).with_for_update(key_share=True)).all()
    for placement in found:
        if placement.lead_recruiter_id == leaver:
            placement.lead_recruiter_id = heir
            uow.session.flush()
        before = team(uow, placement.id)
        _rewrite(uow, placement, before, _inherited(uow, before, leaver, heir), cause="passed_on")
    return len(found)


def _inherited(uow: UnitOfWork, before: Sequence[Line], leaver: uuid.UUID, heir: uuid.UUID) -> list[Line]:
    """Return the team with a successor in the leaver's roles; who has one of them already has both shares."""
    after = {line.key: line for line in before if line.recruiter_id != leaver}
    for line in before:
        if line.recruiter_id == leaver:
            had = after.get((heir, line.role))
            new = Line(uow.new_id(), heir, line.role, line.split_bp, 0, line.notes)
            after[heir, line.role] = replace(had, split_bp=had.split_bp + line.split_bp) if had else new
    return list(after.values())


def replace_team(uow: UnitOfWork, placement: Placement, before: Sequence[Line], agreed: Sequence[Agreed]) -> Receipt:
    """Put the shares of an amendment in the place of the present ones; those who join stand last and are told."""
    after = agreed_team(uow, before, agreed)
    receipt = write(uow, placement, before, after, cause="amended")
    present = {line.key for line in before}
    _record_added(uow, placement, receipt, [line.key for line in after if line.key not in present])
    return receipt


def agreed_team(uow: UnitOfWork, before: Sequence[Line], agreed: Sequence[Agreed]) -> list[Line]:
    """Return the team with the shares of an amendment; whoever stays keeps their place."""
    present = {line.key for line in before}
    wanted = {line.key: line.split_bp for line in agreed}
    kept = [replace(line, split_bp=wanted[line.key]) for line in before if line.key in wanted]
    new = [line for line in agreed if line.key not in present]
    return [*kept, *(Line(uow.new_id(), line.recruiter_id, line.role, line.split_bp, 0) for line in new)]


# --- rules that need the present team ------------------------------------------------------------------------


def _is_open(placement: Placement) -> bool:
    return placement.state in SPLITS_OPEN and placement.splits_locked_at is None


def _load_open(uow: UnitOfWork, placement_id: uuid.UUID, joining: Collection[uuid.UUID] = ()) -> Placement:
    placement = uow.load(Placement, placement_id, Permission.SPLITS_EDIT)
    if uow.actor.scope(Permission.SPLITS_EDIT) is not Scope.OWN:
        refuse_own(uow, placement_id, joining)
    if not _is_open(placement):
        after = "propose a change" if placement.splits_locked_at else "this placement never began"
        raise Conflict(f"The split is no longer open; {after}.", code="SPLITS_LOCKED")
    freezes.refuse(uow, placement_id, DISPUTED)
    return placement


def _role(role: str) -> CollaboratorRole:
    if role not in rules.ROLE_LABELS:
        raise InvalidInput.field("role", rules.NO_ROLE)
    return CollaboratorRole(role)


def _share(split_bp: int) -> int:
    if not 0 < split_bp <= money.WHOLE_BP:
        raise InvalidInput.field("split_bp", "Enter a share above 0% and up to 100%.")
    return split_bp


def _check_room(before: Sequence[Line], line: Line) -> None:
    if any(line.key == other.key for other in before):
        raise Conflict("This recruiter already has this role on the team.", code="ALREADY_COLLABORATING")
    if len(before) >= rules.MAX_ROWS:
        raise Conflict(f"A team can have at most {rules.MAX_ROWS} entries.", code="TEAM_FULL")
    _check_total(before, line.split_bp)


def _check_total(others: Sequence[Line], share: int) -> None:
    left = money.WHOLE_BP - sum(line.split_bp for line in others)
    if share > left:
        message = f"Only {money.percent_text(left)} is available; enter {money.percent_text(left)} or less."
        raise Conflict(message, code="SPLITS_OVER_100", details={"left_bp": left, "split_bp": share})


def _check_sum(lines: Sequence[Line]) -> None:
    total = sum(line.split_bp for line in lines)
    if total > money.WHOLE_BP:
        message = f"These shares add up to {money.percent_text(total)}; the most is 100%."
        raise Conflict(message, code="SPLITS_OVER_100", details={"total_bp": total})


def _find(lines: Sequence[Line], recruiter_id: uuid.UUID, role: str | None) -> Line:
    mine = [line for line in lines if line.recruiter_id == recruiter_id and role in {None, line.role}]
    if not mine:
        raise NotFound("This recruiter is not on the team in this role.")
    if len(mine) > 1:
        raise InvalidInput.field("role", "This recruiter has several roles here; say which.")
    return mine[0]


def _amounts(receipt: Receipt) -> dict[tuple[uuid.UUID, str], int]:
    return {(uuid.UUID(share.recruiter_id), share.role): share.amount_minor for share in receipt.result}


def _record_added(
    uow: UnitOfWork,
    placement: Placement,
    receipt: Receipt,
    keys: Sequence[tuple[uuid.UUID, str]],
    *,
    at_hire: bool = False,
) -> None:
    """Record an event for each newcomer, with the share and the amount on the sheet."""
    for share in receipt.result:
        key = (uuid.UUID(share.recruiter_id), share.role)
        if key in keys:
            event = CollaboratorAdded(
                **about(placement),
                recruiter_id=key[0],
                role=share.role,
                split_bp=share.split_bp,
                amount_minor=share.amount_minor,
                currency=placement.currency,
                at_hire=at_hire,
            )
            uow.record(event)


def _rewrite(
    uow: UnitOfWork,
    placement: Placement,
    before: Sequence[Line],
    after: Sequence[Line],
    *,
    cause: str,
    reason: str = "",
) -> Receipt:
    """Rewrite an open sheet, and tell of those who joined and of both sheets."""
    receipt = write(uow, placement, before, after, cause=cause)
    known = {line.key for line in before}
    _record_added(uow, placement, receipt, [line.key for line in after if line.key not in known])
    event = SplitsChanged(
        **about(placement),
        version=placement.split_version,
        total_bp=placement.allocated_bp,
        cause=cause,
        reason=reason,
        **figures(before, receipt),
    )
    uow.record(event)
    return receipt


def _why_taken_back(uow: UnitOfWork, line: Line, reason: str) -> str:
    """Return why a share may be lowered or removed here: by its holder without a word, by a platform admin with one."""
    if line.recruiter_id == uow.actor.recruiter_id:
        return ""
    if uow.actor.scope(Permission.SPLITS_EDIT) is not Scope.ANY:
        raise Conflict(
            "Lowering or removing another recruiter’s share needs their consent. Propose a change to ask for it.",
            code="CONSENT_NEEDED",
        )
    return texts.reason(reason)
