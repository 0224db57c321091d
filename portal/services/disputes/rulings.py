"""Rulings: what was decided, by whom and why, and when it takes full effect (disputes.md §2, §6)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from portal import access
from portal.domain import disputes as rules
from portal.domain import texts
from portal.domain.business_days import deadline
from portal.domain.collaboration import Agreed, check_agreed
from portal.domain.disputes import DisputeAction, Effect
from portal.domain.errors import Conflict, InvalidInput, NotPermitted
from portal.domain.events import DisputeDismissed, DisputeReleased, DisputeResolved
from portal.domain.permissions import Actor, Permission
from portal.models import Dispute, DisputeParty, DisputeRuling
from portal.queries.disputes import grounds, hindrances
from portal.queries.disputes.grounds import Grounds
from portal.services.disputes import cases, effects, freezing, parties, precedents
from portal.services.disputes.effects import Ruled
from portal.services.machinery import transitions
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingInput:
    """What is typed to rule; `lines` are the shares of an amended sheet, `percent_bp` is what goes back.

    `precedent` is what everybody reads of the case later, so that it names nobody.
    """

    effect: str
    reason: str
    rule: str = ""
    precedent: str = ""
    lines: tuple[Agreed, ...] = ()
    percent_bp: int = 0


def rule(dispute_id: uuid.UUID, *, actor: Actor, input: RulingInput) -> uuid.UUID:
    """Decide a case that is under review, and act on it in the same transaction.

    Raises:
        NotPermitted: only platform admins rule, not on their own cases, and not twice on one when there is another.
        InvalidInput: the effect, its figures or a text is not acceptable, or the precedent names somebody.
        WrongState: it is not under review.
    """
    access.require(actor, Permission.DISPUTE_RULE)
    reason = texts.clean("reason", input.reason, most=rules.MOST_STATEMENT, least=1, multiline=True)
    named = texts.clean("rule", input.rule, most=texts.LINE)
    precedent = texts.clean("precedent", input.precedent, most=rules.MOST_PRECEDENT, multiline=True)
    with unit_of_work(actor) as uow:
        dispute, rows = cases.load(uow, dispute_id)
        precedents.refuse_names(uow, dispute, rows, precedent)
        pronounce(uow, dispute, rows, replace(input, reason=reason, rule=named, precedent=precedent))
    return dispute_id


def confirm(dispute_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Decide a case by its rule if the evidence supports only one side; the facts of the rule are the reason.

    Raises:
        NotFound, NotPermitted: as for any ruling.
        Conflict: someone has to weigh it, because the evidence is not one-sided or not everyone has answered.
        WrongState: it is not under review.
    """
    access.require(actor, Permission.DISPUTE_RULE)
    with unit_of_work(actor) as uow:
        dispute, rows = cases.load(uow, dispute_id)  # from here on, no one can answer, attach or withdraw
        pronounce(uow, dispute, rows, _by_rule(grounds.grounds(dispute_id, viewer=actor)), by_rule=True)
    return dispute_id


def _by_rule(found: Grounds) -> RulingInput:
    """Return the ruling that follows from a rule; its words are the portal's own and name nobody."""
    if found.outlook is None or not found.is_decided:
        raise Conflict("No single rule decides this dispute; weigh the evidence and give a reason.", code="NOT_BY_RULE")
    rule_ = found.outlook.rule
    reason = " ".join([rule_.quote, *(fact.text for fact in found.outlook.facts)])
    return RulingInput(effect=found.outlook.follows, reason=reason, rule=rule_.name, precedent=rule_.quote)


def pronounce(
    uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty], input: RulingInput, *, by_rule: bool = False
) -> None:
    """Decide a locked case; the texts have been cleaned."""
    effect = _effect(dispute, input)
    rules.MACHINE.check(DisputeAction.RESOLVE, dispute.state)
    handled = _has_handled(uow, dispute)
    before = earlier(uow, dispute.id)
    first = before[0] if before else None
    ruled = Ruled(dispute, rows, effect, input.reason, input.lines, input.percent_bp, first)
    figures = effects.act(uow, ruled)
    row = _row(uow, ruled, figures, number=len(before) + 1)
    row.rule, row.precedent, row.by_rule, row.handled = input.rule, input.precedent, by_rule, handled
    uow.add(row)
    _decide(uow, ruled, number=len(before) + 1)


def _effect(dispute: Dispute, input: RulingInput) -> Effect:
    """Read what a ruling does.

    Raises:
        InvalidInput: this subject has no such ruling, or the shares do not make 100 %.
    """
    offered = rules.SUBJECTS[rules.SubjectType(dispute.subject_type)].effects
    if input.effect not in offered:
        raise InvalidInput.field("effect", f"Choose one of these: {', '.join(offered)}.")
    effect = Effect(input.effect)
    if effect is Effect.AMEND:
        check_agreed(input.lines, whole=True)
    elif input.lines:
        raise InvalidInput.field("lines", "Leave out the shares: this ruling doesn’t change any.")
    if effect in rules.IN_PERCENT and not 0 < input.percent_bp <= WHOLE:
        raise InvalidInput.field("percent", "Enter a percentage, for example 25.")
    if effect is Effect.SHARE and input.percent_bp == WHOLE:
        raise InvalidInput.field("percent", "To give the other side everything, transfer the sourcing credit.")
    return effect


def earlier(uow: UnitOfWork, dispute_id: uuid.UUID) -> Sequence[DisputeRuling]:
    """Return the rulings on a case so far."""
    query = select(DisputeRuling).where(DisputeRuling.dispute_id == dispute_id)
    return uow.session.scalars(query.order_by(DisputeRuling.number)).all()


def _has_handled(uow: UnitOfWork, dispute: Dispute) -> bool:
    """Return whether the actor handled the money in a case against the platform and no one else can rule.

    Raises:
        NotPermitted: another admin has to.
    """
    query = select(*hindrances.columns(uow.actor.user_id)).where(Dispute.id == dispute.id)
    found = uow.session.execute(query).one()
    hindrance = hindrances.read(found)
    if hindrance is not None:
        raise NotPermitted(hindrance.sentence, code=hindrance.code)
    return bool(found.has_handled)


def _row(uow: UnitOfWork, ruled: Ruled, figures: dict[str, object], *, number: int) -> DisputeRuling:
    return DisputeRuling(
        dispute_id=ruled.dispute.id,
        number=number,
        effect=ruled.effect,
        figures=figures,
        reason=ruled.reason,
        at=uow.now,
        by=uow.actor.user_id,
    )


def _decide(uow: UnitOfWork, ruled: Ruled, *, number: int) -> None:
    """Close the case; what it froze is released once no appeal is possible: after the second ruling, immediately."""
    dispute, is_last = ruled.dispute, number > 1
    zone = parties.platform_zone(uow)
    until = uow.now if is_last else deadline(uow.now, rules.APPEAL_DAYS, zone)
    changes = rules.changes_something(ruled.effect)
    kind = DisputeResolved if changes else DisputeDismissed
    about = parties.about(dispute, ruled.parties)
    event = kind(**about, effect=ruled.effect, number=number, appeal_until=until, is_appeal=is_last)
    values: dict[str, datetime] = {"closed_at": uow.now, "appeal_until": until}
    action = DisputeAction.RESOLVE if changes else DisputeAction.DISMISS
    transitions.apply(uow, dispute, action, event=event, values=values)
    freezing.release_claims(uow, dispute.id, deadline(uow.now, rules.AFTERMATH_DAYS, zone))
    if is_last:
        settle(uow, dispute, ruled.parties, is_appeal=True)


def settle(uow: UnitOfWork, dispute: Dispute, rows: Sequence[DisputeParty], *, is_appeal: bool = False) -> None:
    """End a decided case for good: do what waited for that, and release what it froze."""
    dispute.settled_at = uow.now
    uow.session.flush()  # the second ruling too, which is settled at once
    last = earlier(uow, dispute.id)[-1]
    freezing.lift(uow, dispute.id)
    effects.act_later(uow, dispute, last)  # first, so that what is canceled never becomes due in between
    freezing.thaw(uow, dispute.id)
    uow.record(DisputeReleased(**parties.about(dispute, rows), is_appeal=is_appeal))
