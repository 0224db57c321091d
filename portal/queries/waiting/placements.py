"""What waits around placements: first days, guarantees, replacements and changes of splits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, any_, exists, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal.access import may_join, takes_part, visible, visible_among_few
from portal.domain.permissions import Actor, Role
from portal.domain.placements import SPLITS_OPEN
from portal.domain.reputation import ANSWER_WITHIN
from portal.models import (
    AmendmentAnswer,
    Collaborator,
    ExtensionConsent,
    GuaranteeExtension,
    Placement,
    Recruiter,
    SplitAmendment,
    User,
)
from portal.queries.prepared import written
from portal.queries.waiting.kinds import DAY, IN_A_MONTH, MONTH, YESTERDAY, Wanted, waits
from portal.queries.waiting.rows import IS_GUARANTEED, end_of, rows, with_names, within, worth_of_placement

FEW = 1_000  # placements with a share of one's own, each of which is looked up


@waits(
    Role.RECRUITER,
    what="{about}: split change to approve",
    verb="Review",
    path="/placements/{id}",
    form="/placements/{id}/amendments",
    ahead="Split change to approve",
)
def amendment(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _changes(viewer, wanted, SplitAmendment.corrected["after"].is_(None))


@waits(
    Role.RECRUITER,
    what="{about}: hire correction to approve",
    verb="Review",
    path="/placements/{id}",
    form="/placements/{id}/amendments",
    ahead="Hire correction to approve",
)
def correction(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _changes(viewer, wanted, SplitAmendment.corrected["after"].is_not(None))


def _changes(viewer: Actor, wanted: Wanted, of_kind: ColumnElement[bool]) -> Select[Any]:
    changed = with_names(Placement).join(SplitAmendment.__table__, SplitAmendment.placement_id == Placement.id)
    return rows(
        viewer,
        wanted,
        Placement.id,
        AmendmentAnswer.recruiter_id == viewer.recruiter_id,
        AmendmentAnswer.answered_at.is_(None),
        SplitAmendment.state == "proposed",
        of_kind,
        start=changed.join(AmendmentAnswer.__table__, AmendmentAnswer.amendment_id == SplitAmendment.id),
        due=AmendmentAnswer.asked_at + ANSWER_WITHIN,
        money=worth_of_placement(viewer),
    )


@waits(
    Role.PLATFORM_ADMIN,
    what="{about}: split change waits for {whom}, who can’t answer",
    verb="Decide",
    path="/placements/{id}",
    form="/placements/{id}/amendments",
)
def unanswerable(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """Changes that wait for someone who left or is suspended: only a platform admin can apply them."""
    away = (
        select(func.string_agg(User.name, aggregate_order_by(literal(", "), User.name)))
        .select_from(AmendmentAnswer)
        .join(Recruiter, Recruiter.id == AmendmentAnswer.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(AmendmentAnswer.amendment_id == SplitAmendment.id, AmendmentAnswer.agreed.is_(None), ~may_join())
        .correlate(SplitAmendment)
        .scalar_subquery()
    )
    return rows(
        viewer,
        wanted,
        Placement.id,
        SplitAmendment.state == "proposed",
        away.is_not(None),
        ~takes_part(viewer),
        start=with_names(Placement).join(SplitAmendment.__table__, SplitAmendment.placement_id == Placement.id),
        money=worth_of_placement(viewer),
        whom=away,
    )


@waits(
    Role.RECRUITER,
    what="{about}: guarantee extension to answer",
    verb="Review",
    path="/placements/{id}",
    ahead="Extension to answer",
)
def extension(viewer: Actor, wanted: Wanted) -> Select[Any]:
    extended = with_names(Placement).join(GuaranteeExtension.__table__, GuaranteeExtension.placement_id == Placement.id)
    over = end_of(ExtensionConsent.answer_by)
    return rows(
        viewer,
        wanted,
        Placement.id,
        ExtensionConsent.recruiter_id == viewer.recruiter_id,
        ExtensionConsent.agreed.is_(None),
        GuaranteeExtension.number == Placement.extensions,
        IS_GUARANTEED,
        over > viewer.now,
        start=extended.join(ExtensionConsent.__table__, ExtensionConsent.extension_id == GuaranteeExtension.id),
        due=over,
        money=worth_of_placement(viewer),
        zone=Placement.time_zone,
    )


@waits(
    Role.RECRUITER,
    what="{about}: replacement requested",
    verb="Open",
    path="/placements/{id}",
    ahead="Replacement due",
)
def replace(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _replacements(viewer, wanted, Placement.lead_recruiter_id == viewer.recruiter_id)


@waits(
    Role.COMPANY_ADMIN,
    what="{about}: waiting for a replacement from the recruiters",
    verb="Open",
    path="/placements/{id}",
    others_act=True,
    ahead="Replacement due",
)
def awaited(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _replacements(viewer, wanted)


@waits(
    Role.COMPANY_ADMIN,
    what="{about}: hired, activate on the start date",
    verb="Activate",
    path="/placements/{id}",
    form="/placements/{id}/activate",
)
def activate(viewer: Actor, wanted: Wanted) -> Select[Any]:
    return _placements(viewer, wanted, Placement.state.in_(SPLITS_OPEN))


@waits(
    Role.COMPANY_ADMIN,
    what="{about}: guarantee ended, complete the placement",
    verb="Complete",
    path="/placements/{id}",
    form="/placements/{id}/complete",
)
def complete(viewer: Actor, wanted: Wanted) -> Select[Any]:
    """What does not complete by itself."""
    over = end_of(Placement.guarantee_end_date)
    by_hand = (IS_GUARANTEED, Placement.automatic_completion.is_(False))
    return _placements(viewer, wanted, *by_hand, over - DAY <= viewer.now, due=over, zone=Placement.time_zone)


@waits(
    Role.RECRUITER,
    Role.COMPANY_ADMIN,
    Role.HIRING_MANAGER,
    what="{about}: guarantee ends",
    verb="Open",
    path="/placements/{id}",
    ahead="Guarantee ends",
)
def guarantee(viewer: Actor, wanted: Wanted) -> Select[Any]:
    over = end_of(Placement.guarantee_end_date)
    ends = (IS_GUARANTEED, within(over, viewer, MONTH))
    by_day = Placement.guarantee_end_date  # as the index has it: two zones may change places at midnight
    lately = by_day.between(YESTERDAY, IN_A_MONTH)
    own = (lately, *ends) if viewer.recruiter_id is None else (_soonest_shared(viewer, wanted, lately, ends),)
    return _placements(viewer, wanted, *own, due=over, zone=Placement.time_zone, by=by_day)


def _soonest_shared(
    viewer: Actor, wanted: Wanted, lately: ColumnElement[bool], ends: Sequence[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Limit to the soonest that end of those in which a recruiter has a share.

    Few are looked up one by one. Of many, some end soon: there, the days of the month, which hold the guarantees of all
    recruiters, are walked until there are enough.
    """
    shared = select(Collaborator.placement_id).where(Collaborator.recruiter_id == viewer.recruiter_id)
    few = func.array(shared.limit(written(FEW)).scalar_subquery(), type_=ARRAY(Uuid))
    has_few = func.cardinality(few) < written(FEW)
    of_few = select(Placement.id).where(has_few, Placement.id == any_(few), *ends)
    by_day = select(Placement.id).where(~has_few, lately, *ends, visible_among_few(Placement, viewer))
    soonest = by_day.order_by(Placement.guarantee_end_date, Placement.id).limit(written(wanted.window))
    return Placement.id.in_(union_all(of_few, select(soonest.subquery().c.id)))


def _replacements(viewer: Actor, wanted: Wanted, *conditions: Any) -> Select[Any]:
    """Select those that want a replacement and have none linked yet."""
    other = aliased(Placement)
    linked = exists().where(other.replaces_id == Placement.id).correlate(Placement)
    asked = (Placement.replacement_requested_at.is_not(None), ~linked)
    over = end_of(Placement.replacement_deadline)
    return _placements(viewer, wanted, *asked, *conditions, due=over, zone=Placement.time_zone)


def _placements(viewer: Actor, wanted: Wanted, *conditions: Any, **more: Any) -> Select[Any]:
    return rows(
        viewer,
        wanted,
        Placement.id,
        visible(Placement, viewer),
        *conditions,
        start=with_names(Placement),
        money=worth_of_placement(viewer),
        **more,
    )
