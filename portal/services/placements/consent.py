"""Whom a change of a sheet or of a hire waits for: its row, one answer a party, and how it is closed (domain.md §5)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict
from portal.models import AmendmentAnswer, Placement, SplitAmendment
from portal.services.machinery.unit_of_work import UnitOfWork

WAITING = "Another change is waiting for approval. It has to be decided or withdrawn first."
OPEN, IN_FORCE, REFUSED, WITHDRAWN = "proposed", "in_force", "refused", "withdrawn"
DONE = {IN_FORCE: "applied", REFUSED: "declined", WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of a proposed change: in force at once when nobody else has to agree."""

    id: uuid.UUID
    state: str


def ask(
    uow: UnitOfWork,
    placement: Placement,
    lines: Sequence[Agreed],
    reason: str,
    parties: Collection[uuid.UUID],
    corrected: dict[str, object] | None = None,
    *,
    at_once: bool = False,
) -> SplitAmendment:
    """Write a proposed change and ask the parties; what is in force `at_once` does not wait for another that is open.

    Raises:
        Conflict: another change waits for answers.
    """
    amendment = _row(uow, placement, lines, reason)
    amendment.corrected = corrected
    if at_once:
        amendment.state, amendment.closed_at = IN_FORCE, uow.now
    with uow.refusing({"uq_split_amendments_open": Conflict(WAITING, code="AMENDMENT_OPEN")}):
        uow.add(amendment)
    uow.session.add_all(_answer_row(amendment.id, party, uow) for party in sorted(parties))
    uow.session.flush()
    return amendment


def _row(uow: UnitOfWork, placement: Placement, lines: Sequence[Agreed], reason: str) -> SplitAmendment:
    return SplitAmendment(
        id=uow.new_id(),
        placement_id=placement.id,
        base_version=placement.split_version,
        lines={"lines": [[str(line.recruiter_id), line.role, line.split_bp] for line in lines]},
        reason=reason,
        state=OPEN,
        proposed_at=uow.now,
        proposed_by=uow.actor.user_id,
    )


def _answer_row(amendment_id: uuid.UUID, party: uuid.UUID, uow: UnitOfWork) -> AmendmentAnswer:
    own = party == uow.actor.recruiter_id  # whoever proposes it agrees by that
    answered: datetime | None = uow.now if own else None
    return AmendmentAnswer(
        amendment_id=amendment_id, recruiter_id=party, asked_at=uow.now, answered_at=answered, agreed=own or None
    )


def enter_into_force(uow: UnitOfWork, amendment: SplitAmendment, reason: str = "") -> None:
    """Close a change as agreed; the trigger that keeps locked sheets lets this one through."""
    close(uow, amendment, IN_FORCE, reason)
    uow.session.execute(select(func.set_config("portal.amendment", str(amendment.id), True)))


def close(uow: UnitOfWork, amendment: SplitAmendment, state: str, reason: str) -> None:
    amendment.state, amendment.closed_at, amendment.closed_reason = state, uow.now, reason
    uow.session.flush()


def lapse(uow: UnitOfWork, placement: Placement, why: str) -> None:
    """Close what is proposed for a placement that fails or is undone and can't be put in force any more.

    Of one that began that is a correction; its shares may still be amended.
    """
    waiting = [SplitAmendment.placement_id == placement.id, SplitAmendment.state == OPEN]
    if placement.activated_at is not None:
        waiting.append(SplitAmendment.corrected["after"].is_not(None))  # where there is none, it may be JSON's null
    closed = {"state": WITHDRAWN, "closed_at": uow.now, "closed_reason": why}
    ended = update(SplitAmendment).where(*waiting).values(closed)
    uow.session.execute(ended.execution_options(synchronize_session=False))
