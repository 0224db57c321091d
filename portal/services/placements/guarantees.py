"""The guarantee of an active placement (domain.md §4): extensions, notices that it ends, completion by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, DateTime, Integer, Row, Select, any_, cast, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from portal.domain import placements as rules
from portal.domain import texts
from portal.domain.errors import Conflict, NotPermitted
from portal.domain.events import ExtensionAnswered, GuaranteeExpiring, GuaranteeExtended, PlacementCompleted
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import PlacementAction
from portal.domain.times import write_day
from portal.models import ExtensionConsent, GuaranteeExtension, GuaranteeNotice, Placement
from portal.services.billing import lifecycle
from portal.services.machinery import rounds, transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.placements.split_sheets import about, check_version, refuse_own

NOTICE_CHUNK = 500
COMPLETION_CHUNK = 250
BY_ITSELF = "Completed automatically: the guarantee ended."


@dataclass(frozen=True, slots=True)
class Extended:
    """What an extension made of a guarantee."""

    old_days: int
    days: int
    end_date: date
    at: datetime


def extend(
    placement_id: uuid.UUID, *, actor: Actor, additional_days: int, reason: str, version: int | None = None
) -> Extended:
    """Move the end of a running guarantee; every collaborator is told, and asked whether their money follows.

    Raises:
        WrongState: the placement is not `active`.
        Conflict: the guarantee is over, or cannot be extended further.
        InvalidInput: the days are out of bounds, or there is no reason.
    """
    said = texts.reason(reason)
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.PLACEMENT_CHANGE)
        refuse_own(uow, placement_id)
        end = _running_until(uow, placement)
        check_version(uow, placement, version)
        days = placement.guarantee_days
        assert days is not None
        assert placement.maximum_days is not None
        assert placement.maximum_extensions is not None
        rules.check_extension(
            days,
            additional_days,
            maximum_days=placement.maximum_days,
            extensions=placement.extensions,
            maximum_extensions=placement.maximum_extensions,
        )
        extended = Extended(days, days + additional_days, end + timedelta(days=additional_days), uow.now)
        _write_extension(uow, placement, additional_days, said, end, extended)
    return extended


def answer_extension(placement_id: uuid.UUID, *, actor: Actor, agreed: bool, version: int | None = None) -> date:
    """Agree or decline, once, that one's shares wait for the end of the latest extension; return that end.

    Who agrees gives back by the terms, too, if the person leaves in the extension (money.md §1).

    Raises:
        Conflict: the actor was not asked, answered before, or the guarantee is over.
    """
    with unit_of_work(actor) as uow:
        placement = uow.load(Placement, placement_id, Permission.SPLITS_AGREE)
        check_version(uow, placement, version)
        asked = _asked(uow, placement)
        asked.agreed, asked.answered_at = agreed, uow.now
        if agreed:
            assert placement.guarantee_days is not None
            lifecycle.consented(uow, placement_id, asked.recruiter_id, placement.guarantee_days)
        end = placement.guarantee_end_date
        assert end is not None
        answer = ExtensionAnswered(
            **about(placement), recruiter_id=asked.recruiter_id, agreed=agreed, guarantee_end_date=end
        )
        uow.record(answer)
    return end


def _asked(uow: UnitOfWork, placement: Placement) -> ExtensionConsent:
    """Return the actor's open question about the latest extension of a placement that is locked."""
    query = (
        select(ExtensionConsent)
        .join(GuaranteeExtension, GuaranteeExtension.id == ExtensionConsent.extension_id)
        .where(
            GuaranteeExtension.placement_id == placement.id,
            GuaranteeExtension.number == placement.extensions,
            ExtensionConsent.recruiter_id == uow.actor.recruiter_id,
        )
    )
    asked = uow.session.scalars(query).one_or_none()
    if asked is None:
        raise Conflict("There is no extension for you to answer.", code="NOT_ASKED")
    if asked.agreed is not None:
        raise Conflict("You’ve already answered this extension.", code="ALREADY_ANSWERED")
    today = rules.local_day(uow.now, placement.time_zone)
    if placement.state not in rules.GUARANTEED or today > asked.answer_by:
        raise Conflict(
            "The guarantee for your shares has ended, so the extension no longer affects you.", code="GUARANTEE_OVER"
        )
    return asked


def _running_until(uow: UnitOfWork, placement: Placement) -> date:
    """Return the last day of a guarantee that is not over."""
    if placement.state not in rules.GUARANTEED:
        raise rules.MACHINE.refusal(placement.state, "extended", "extend", part="guarantee")
    end = placement.guarantee_end_date
    assert end is not None
    if rules.local_day(uow.now, placement.time_zone) > end:
        raise Conflict(f"The guarantee ended on {write_day(end)}; it can no longer be extended.", code="GUARANTEE_OVER")
    return end


def _write_extension(
    uow: UnitOfWork, placement: Placement, additional_days: int, reason: str, end: date, extended: Extended
) -> None:
    number = placement.extensions + 1
    placement.extensions, placement.guarantee_days = number, extended.days
    placement.guarantee_end_date = extended.end_date
    placement.version += 1
    # The notices start anew for the new end.
    uow.session.execute(delete(GuaranteeNotice).where(GuaranteeNotice.placement_id == placement.id))
    row = GuaranteeExtension(
        placement_id=placement.id,
        number=number,
        additional_days=additional_days,
        reason=reason,
        old_end_date=end,
        new_end_date=extended.end_date,
    )
    uow.add(row)
    event = GuaranteeExtended(
        **about(placement),
        additional_days=additional_days,
        guarantee_days=extended.days,
        old_end_date=end,
        guarantee_end_date=extended.end_date,
        recruiter_ids=_ask_team(uow, placement, row.id),
    )
    uow.record(event)


def _ask_team(uow: UnitOfWork, placement: Placement, extension_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """Ask each recruiter whose shares are still guaranteed whether they follow the extension, and return whom."""
    uow.session.flush()
    today = rules.local_day(uow.now, placement.time_zone)
    until = lifecycle.guaranteed_until(uow, placement.id)
    asked = sorted(recruiter for recruiter, last in until.items() if today <= last)
    uow.session.add_all(
        ExtensionConsent(extension_id=extension_id, recruiter_id=one, answer_by=until[one], asked_at=uow.now)
        for one in asked
    )
    return tuple(asked)


# --- periodic work --------------------------------------------------------------------------------------------


def complete_due(*, actor: Actor) -> int:
    """Complete every placement whose guarantee and days of grace are over in its own zone, and count them.

    Chunk by chunk, each its own transaction; rows that somebody else holds are left to them or to the next round.
    """
    _require_any(actor)
    return sum(map(len, rounds.in_chunks(_complete_some, _completing, size=COMPLETION_CHUNK, actor=actor)))


def _completing(uow: UnitOfWork) -> list[uuid.UUID]:
    """Return what may be due, whatever its zone says."""
    running = select(Placement.id).where(
        Placement.state.in_(rules.GUARANTEED),
        Placement.automatic_completion.is_(True),
        Placement.guarantee_end_date <= uow.now.date(),
    )
    return list(uow.session.scalars(running.order_by(Placement.guarantee_end_date, Placement.id)))


def _complete_some(uow: UnitOfWork, ids: Sequence[uuid.UUID] | None) -> list[uuid.UUID]:
    due = _due(uow) if ids is None else _due(uow).where(Placement.id.in_(ids))
    values = {"completed_at": uow.now}
    completed = transitions.apply_to_all(
        uow, Placement, PlacementAction.COMPLETE, due.cte("due"), values=values, notes=BY_ITSELF
    )
    for row in completed:
        uow.record(PlacementCompleted(**about(row), automatic=True, currency=row.currency, fee_minor=row.fee_minor))
    lifecycle.completed(uow, [row.id for row in completed])
    return [row.id for row in completed]


def _due(uow: UnitOfWork) -> Select[uuid.UUID, str]:
    """Select what is due: the last day to report a departure has passed in the zone of the placement."""
    first = cast(Placement.guarantee_end_date + cast(Placement.report_grace_days, Integer) + 1, DateTime)
    after = func.timezone(Placement.time_zone, first)
    return (
        select(Placement.id, Placement.state)
        .where(Placement.state.in_(rules.GUARANTEED), Placement.automatic_completion.is_(True), after <= uow.now)
        .where(Placement.guarantee_end_date <= uow.now.date())  # lets the index of the running guarantees answer
        .order_by(Placement.guarantee_end_date, Placement.id)
        .limit(COMPLETION_CHUNK)
        .with_for_update(key_share=True, skip_locked=True)
    )


def give_notices(*, actor: Actor) -> int:
    """Return the notices that are due and count them: each once, after a pause only the nearest of those missed."""
    _require_any(actor)
    given, after = 0, uuid.UUID(int=0)

    def some(uow: UnitOfWork, ids: Sequence[uuid.UUID] | None) -> list[uuid.UUID]:
        nonlocal given, after
        wanted = Placement.id > after if ids is None else Placement.id.in_(ids)
        rows = uow.session.execute(_soon(uow).where(wanted)).all()
        due = [(row, notice) for row in rows if (notice := _notice(uow, row)) is not None]
        given += _write_notices(uow, due)
        looked_at = [row.id for row in rows]
        after = max([after, *looked_at])
        return looked_at

    for _ in rounds.in_chunks(some, _ending, size=NOTICE_CHUNK, actor=actor):
        pass
    return given


def _ending(uow: UnitOfWork) -> list[uuid.UUID]:
    return [row.id for row in uow.session.execute(_soon(uow).limit(None))]


def _soon(uow: UnitOfWork) -> Select[Any]:
    """Select the running guarantees that are within a notice day, a day wider because of the zones."""
    today = uow.now.date()
    given = select(GuaranteeNotice.notice_days).where(GuaranteeNotice.placement_id == Placement.id)
    left = Placement.guarantee_end_date - cast(today, Date)
    return (
        select(
            Placement.id,
            Placement.candidate_id,
            Placement.job_id,
            Placement.company_id,
            Placement.split_version,
            Placement.time_zone,
            Placement.guarantee_end_date,
            Placement.notice_days,
            func.array(given.scalar_subquery()).label("given"),
        )
        .where(
            Placement.state.in_(rules.GUARANTEED),
            Placement.guarantee_end_date >= today - timedelta(days=1),
            left - 1 <= any_(Placement.notice_days),
        )
        .order_by(Placement.id)
        .limit(NOTICE_CHUNK)
        .with_for_update(of=Placement, key_share=True, skip_locked=True)
    )


def _notice(uow: UnitOfWork, row: Row[Any]) -> int | None:
    return rules.due_notice(tuple(row.notice_days), _days_left(uow, row), frozenset(row.given))


def _days_left(uow: UnitOfWork, row: Row[Any]) -> int:
    left: timedelta = row.guarantee_end_date - rules.local_day(uow.now, row.time_zone)
    return left.days


def _write_notices(uow: UnitOfWork, due: Iterable[tuple[Row[Any], int]]) -> int:
    """Write the notices; one that another round wrote meanwhile is not told again."""
    rows = {(row.id, notice): row for row, notice in due}
    if not rows:
        return 0
    values = [{"placement_id": key[0], "notice_days": key[1], "at": uow.now} for key in rows]
    fresh = insert(GuaranteeNotice).values(values).on_conflict_do_nothing()
    written = uow.session.execute(fresh.returning(GuaranteeNotice.placement_id, GuaranteeNotice.notice_days)).all()
    for placement_id, notice in written:
        row = rows[placement_id, notice]
        event = GuaranteeExpiring(
            placement_id=row.id,
            candidate_id=row.candidate_id,
            job_id=row.job_id,
            organisation_id=row.company_id,
            split_version=row.split_version,
            notice_days=notice,
            days_left=_days_left(uow, row),
            guarantee_end_date=row.guarantee_end_date,
        )
        uow.record(event)
    return len(written)


def _require_any(actor: Actor) -> None:
    if actor.scope(Permission.PLACEMENT_CHANGE) is not Scope.ANY:
        raise NotPermitted("Only the platform can do this for all placements.")
