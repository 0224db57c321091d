"""Amendments (domain.md §5): shares change when all concerned agree, or a platform admin rules.

Of a locked sheet any change is one; of an open sheet what takes a share back from somebody else.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, select

from portal import access
from portal.domain import collaboration as rules
from portal.domain import texts
from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, InvalidInput, NotPermitted, existing
from portal.domain.events import AmendmentAnswered, AmendmentProposed, SplitsAmended
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import SPLITS_OPEN
from portal.models import AmendmentAnswer, Placement, Recruiter, SplitAmendment, User
from portal.queries.waiting.placements import amendment as to_approve
from portal.services import freezes, snoozes
from portal.services.billing import lifecycle
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements import collaboration, consent, corrections, split_sheets
from portal.services.placements.consent import Proposed
from portal.services.placements.split_sheets import Line, about


def propose(
    placement_id: uuid.UUID, *, actor: Actor, lines: Sequence[Agreed], reason: str, version: int | None = None
) -> Proposed:
    """Propose other shares for a sheet; the team whose shares change has to agree, the proposer does so by this.

    Recruiters who join have no share yet to agree about; they are told when the amendment is in force.

    Raises:
        Conflict: the placement never began, another amendment is open, or the sheet is another than `version`.
        InvalidInput: the shares do not make 100 %, a row stands twice, or nothing changes.
        NotPermitted: the actor proposes it for the company or the platform, and shares in the placement.
    """
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        placement = _load(uow, placement_id, Permission.SPLITS_AMEND)
        if actor.scope(Permission.SPLITS_AMEND) is not Scope.OWN:
            split_sheets.refuse_own(uow, placement_id, {line.recruiter_id for line in lines})
        split_sheets.check_seen(uow, placement, version)
        rules.check_agreed(lines, whole=placement.splits_locked_at is not None)
        before = split_sheets.team(uow, placement_id)
        parties = _parties(before, lines)
        _check_newcomers(uow, placement, _newcomers(before, lines), access.may_join())
        amendment = consent.ask(uow, placement, lines, said, parties)
        waiting = tuple(sorted(p for p in parties if p != actor.recruiter_id))
        asked = select(Recruiter.user_id).where(Recruiter.id.in_(waiting))
        snoozes.wake_for(uow, asked, to_approve, placement_id)
        uow.record(_proposed(uow, placement, amendment.id, before, lines, waiting))
        if not waiting:
            _put_in_force(uow, placement, amendment, forced=False)
    return Proposed(amendment.id, amendment.state)


def _proposed(
    uow: UnitOfWork,
    placement: Placement,
    amendment_id: uuid.UUID,
    before: Sequence[Line],
    lines: Sequence[Agreed],
    waiting: tuple[uuid.UUID, ...],
) -> AmendmentProposed:
    """Return what those who are asked read: the split as it is, and as it would be."""
    receipt = split_sheets.receipt_for(uow, placement, collaboration.agreed_team(uow, before, lines))
    figures = split_sheets.figures(before, receipt)
    return AmendmentProposed(
        **about(placement),
        amendment_id=amendment_id,
        recruiter_ids=waiting,
        shares_before=figures["shares_before"],
        shares=figures["shares"],
    )


def answer(amendment_id: uuid.UUID, *, actor: Actor, agreed: bool, reason: str = "", version: int | None = None) -> str:
    """Agree to an amendment or refuse it, once, and return its state: one refusal closes it, the last agreement enacts.

    `reason` is why it is refused, for everyone concerned.

    Raises:
        NotPermitted: the actor's share does not change.
        Conflict: it is closed, or was answered before.
        StaleVersion: the sheet that it would change is another than `version`.
    """
    why = "" if agreed else texts.clean("reason", reason, most=texts.REASON, multiline=True)
    with unit_of_work(actor) as uow:
        placement, amendment = _load_open(uow, amendment_id, Permission.SPLITS_AGREE, version)
        answers = {row.recruiter_id: row for row in uow.session.scalars(_answers(amendment_id))}
        mine = answers.get(actor.recruiter_id) if actor.recruiter_id else None
        if mine is None:
            raise NotPermitted("Your share doesn’t change, so there is nothing for you to approve.")
        if mine.agreed is not None:
            raise Conflict("You’ve already answered this split change.", code="ALREADY_ANSWERED")
        mine.agreed, mine.answered_at = agreed, uow.now
        _record_answer(uow, placement, amendment, mine, why)
        if not agreed:
            consent.close(uow, amendment, consent.REFUSED, why)
        elif all(row.agreed for row in answers.values()):
            _put_in_force(uow, placement, amendment, forced=False)
    return amendment.state


def force(amendment_id: uuid.UUID, *, actor: Actor, reason: str, version: int | None = None) -> None:
    """Put an amendment in force without the missing agreements; for platform admins, with a reason.

    Raises:
        NotPermitted: the actor is no platform admin, or shares in the placement.
        Conflict: it is closed.
        StaleVersion: the sheet that it would change is another than `version`.
    """
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        placement, amendment = _load_open(uow, amendment_id, Permission.SPLITS_FORCE, version)
        joining = {line.recruiter_id for line in rules.agreed_lines(amendment.lines)}
        split_sheets.refuse_own(uow, placement.id, joining)
        _put_in_force(uow, placement, amendment, forced=True, reason=said)


def withdraw(amendment_id: uuid.UUID, *, actor: Actor, version: int | None = None) -> None:
    """Take an amendment back; for whoever proposed it, and for platform admins.

    Raises:
        NotPermitted: somebody else proposed it, and the actor is no platform admin or shares in the placement.
        Conflict: it is closed.
        StaleVersion: the sheet that it would change is another than `version`.
    """
    with unit_of_work(actor) as uow:
        placement, amendment = _load_open(uow, amendment_id, Permission.SPLITS_AMEND, version)
        if amendment.proposed_by != actor.user_id:
            if actor.scope(Permission.SPLITS_AMEND) is not Scope.ANY:
                raise NotPermitted("Only the person who proposed a split change can withdraw it.")
            split_sheets.refuse_own(uow, placement.id)
        consent.close(uow, amendment, consent.WITHDRAWN, "")


def enact(uow: UnitOfWork, placement_id: uuid.UUID, lines: Sequence[Agreed], reason: str) -> None:
    """Put other shares in force by a ruling, whoever agrees, on a sheet that a dispute may keep frozen."""
    placement = _load(uow, placement_id, Permission.SPLITS_FORCE)
    before = split_sheets.team(uow, placement_id)
    active = Recruiter.status == "active"  # who worked on it gets a share by a ruling even after having left
    _check_newcomers(uow, placement, _newcomers(before, lines), active)
    amendment = consent.ask(uow, placement, lines, reason[: texts.REASON], (), at_once=True)
    _enact(uow, placement, amendment, forced=True, reason=reason)


# --- loading ------------------------------------------------------------------------------------------------


def _load(uow: UnitOfWork, placement_id: uuid.UUID, permission: Permission) -> Placement:
    placement = uow.load(Placement, placement_id, permission)
    if placement.splits_locked_at is None and placement.state not in SPLITS_OPEN:
        raise Conflict("This placement never began; there is nothing to share.", code="SPLITS_LOCKED")
    return placement


def _load_open(
    uow: UnitOfWork, amendment_id: uuid.UUID, permission: Permission, version: int | None
) -> tuple[Placement, SplitAmendment]:
    """Load an open amendment of the sheet that was shown; its placement is locked first, as in every change of one."""
    find = select(SplitAmendment.placement_id).where(SplitAmendment.id == amendment_id)
    placement_id = existing(uow.session.scalars(find).one_or_none())
    placement = uow.load(Placement, placement_id, permission)
    split_sheets.check_seen(uow, placement, version)
    amendment = uow.session.scalars(select(SplitAmendment).where(SplitAmendment.id == amendment_id)).one()
    if amendment.state != consent.OPEN:
        raise Conflict(
            f"This change has already been {consent.DONE[amendment.state]}.",
            code="AMENDMENT_CLOSED",
            details={"state": amendment.state},
        )
    return placement, amendment


def _answers(amendment_id: uuid.UUID) -> Select[AmendmentAnswer]:
    return select(AmendmentAnswer).where(AmendmentAnswer.amendment_id == amendment_id)


# --- rules and writes -----------------------------------------------------------------------------------------


def _parties(before: Sequence[Line], lines: Sequence[Agreed]) -> set[uuid.UUID]:
    """Return the members of the team whose shares change."""
    present = {line.key: line.split_bp for line in before}
    wanted = {line.key: line.split_bp for line in lines}
    if present == wanted:
        raise InvalidInput.field("lines", "These are the current shares; change at least one.")
    team = {line.recruiter_id for line in before}
    return {key[0] for key in present.keys() | wanted.keys() if present.get(key) != wanted.get(key)} & team


def _check_newcomers(
    uow: UnitOfWork, placement: Placement, newcomers: Collection[uuid.UUID], fit: ColumnElement[bool]
) -> None:
    """Refuse newcomers of whom one is not fit, or is the candidate."""
    if not newcomers:
        return
    found = select(User.email).join(Recruiter, Recruiter.user_id == User.id)
    addresses = uow.session.scalars(found.where(Recruiter.id.in_(newcomers), fit)).all()
    if len(addresses) < len(newcomers):
        raise InvalidInput.field("lines", "Choose active recruiters.")
    keys = uow.session.scalars(split_sheets.keys_of_candidate(placement))
    split_sheets.refuse_candidate(addresses, keys, field="lines")


def _newcomers(before: Sequence[Line], lines: Sequence[Agreed]) -> set[uuid.UUID]:
    return {line.recruiter_id for line in lines} - {line.recruiter_id for line in before}


def _put_in_force(
    uow: UnitOfWork, placement: Placement, amendment: SplitAmendment, *, forced: bool, reason: str = ""
) -> None:
    """Write the amended sheet, or the corrected hire."""
    if amendment.corrected is not None:
        corrections.put_in_force(uow, placement, amendment, forced=forced, reason=reason)
        return
    freezes.refuse(uow, placement.id, split_sheets.DISPUTED)
    _enact(uow, placement, amendment, forced=forced, reason=reason)


def _enact(uow: UnitOfWork, placement: Placement, amendment: SplitAmendment, *, forced: bool, reason: str) -> None:
    consent.enter_into_force(uow, amendment, reason)
    before = split_sheets.team(uow, placement.id)
    receipt = collaboration.replace_team(uow, placement, before, rules.agreed_lines(amendment.lines))
    lifecycle.amended(uow, placement.id)
    event = SplitsAmended(
        **about(placement),
        amendment_id=amendment.id,
        version=receipt.version,
        sha256=receipt.sha256(),
        forced=forced,
        reason=reason,
        **split_sheets.figures(before, receipt),
    )
    uow.record(event)


def _record_answer(
    uow: UnitOfWork, placement: Placement, amendment: SplitAmendment, row: AmendmentAnswer, why: str
) -> None:
    event = AmendmentAnswered(
        **about(placement),
        amendment_id=row.amendment_id,
        recruiter_id=row.recruiter_id,
        agreed=bool(row.agreed),
        seconds_to_answer=int((uow.now - row.asked_at).total_seconds()),
        reason=why,
        proposer_id=amendment.proposed_by,
    )
    uow.record(event)
