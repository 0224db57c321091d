"""The money of one placement: fee, shares, documents, each payout with what it waits for, and today's reserve."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import literal, select

from portal import access
from portal.domain import disputes
from portal.domain.billing import consequences, facts, payees, refunds, schedule
from portal.domain.billing import payouts as payout_rules
from portal.domain.billing.payouts import PayoutState, Waiting
from portal.domain.billing.refunds import Departure
from portal.domain.billing.schedule import Part
from portal.domain.billing.terms import Terms
from portal.domain.errors import NotPermitted, existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.placements import FailureReason, local_day
from portal.domain.times import write_day
from portal.extensions import reading
from portal.models import (
    Candidate,
    Collaborator,
    CreditNote,
    FeePlacement,
    Placement,
    Recruiter,
    Refund,
    RefundPayment,
    User,
)
from portal.queries.billing import owing, standings
from portal.queries.billing.documents import InvoiceSums, of_fee
from portal.queries.billing.standings import Loaded, PayoutRow
from portal.queries.naming import named, naming
from portal.wording import amounts
from portal.wording import terms as words

GONE = (PayoutState.CANCELLED, PayoutState.REVERSED)


@dataclass(frozen=True, slots=True)
class PayoutLine:
    """One payout: `original` is what the sheet gives, `amount` what is left of it."""

    id: uuid.UUID
    placement_id: uuid.UUID
    recruiter_id: uuid.UUID
    recruiter_name: str
    role: str
    currency: str
    amount: int
    original: int
    state: str
    expected_on: date | None
    waits_for: str | None  # None for what is paid or will not be
    is_disputed: bool = False
    moved_at: datetime | None = None  # when it was paid or, before that, became due
    paid_on: date | None = None  # in the platform's time zone, as on statements
    went_on: bool = False  # the fee went on to a replacement, which has what is missing here
    candidate_name: str = ""  # where payouts of several placements stand side by side

    @property
    def missing(self) -> int:
        """Return what the sheet gave and the payout has not any more."""
        return self.original - self.amount

    def may_dispute(self, viewer: Actor) -> bool:
        """Return whether the viewer may open a case about it (disputes.md §1)."""
        is_own = self.recruiter_id == viewer.recruiter_id and viewer.has(Permission.DISPUTE_OPEN)
        return is_own and self.state not in GONE and not self.is_disputed and _in_time(self.moved_at, viewer)


@dataclass(frozen=True, slots=True)
class ShareLine:
    """A row of the sheet and what it is worth; the whole team sees all of them.

    `payout_id` is its next payout, which the company may dispute; None for everybody else.
    """

    recruiter_id: uuid.UUID
    recruiter_name: str
    role: str
    split_bp: int
    amount: int
    currency: str
    payout_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class RefundLine:
    id: uuid.UUID
    placement_id: uuid.UUID
    company_id: uuid.UUID
    currency: str
    amount: int
    tax: int
    owed: int  # what is left to pay back, or was paid
    state: str  # credited, owed or paid
    cause: str
    credit_note: str

    @property
    def total(self) -> int:
        return self.amount + self.tax

    @property
    def is_paid(self) -> bool:
        return self.state == "paid"


@dataclass(frozen=True, slots=True)
class ObligationLine:
    """A replacement that is or was owed."""

    id: uuid.UUID
    placement_id: uuid.UUID
    state: str
    due_on: date
    first_right: uuid.UUID  # the submitter, who acts first
    first_right_name: str
    may_propose: bool  # the submitter, who may have left or be suspended by now
    prolonged_days: int  # that the company took away
    refund_then: int  # what goes back when no replacement comes
    from_viewer: int  # of that
    holds_viewer: bool  # what the viewer waits for; not after an extension that the viewer did not agree to
    pays_viewer: bool  # who then cannot waive it
    may_waive: bool  # by the viewer
    may_give_up: bool

    @property
    def is_open(self) -> bool:
        """Return whether the replacement is still owed."""
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Reserve:
    """What would follow if the placement failed today: back to the company, and of that from the viewer.

    Where a replacement is owed first, that is what follows if none arrives by `obligation_due`.
    """

    ending: str
    remedy: str
    refund: int
    from_viewer: int
    obligation_due: date | None
    currency: str


@dataclass(frozen=True, slots=True)
class EndedLine:
    """How a placement failed, and what the terms made of it; where a replacement was owed, the obligation says it."""

    last_day: date | None  # None: never came
    day: int | None  # of the guarantee
    days: int
    sentence: str


@dataclass(frozen=True, slots=True)
class PlacementMoney:
    placement_id: uuid.UUID
    currency: str
    time_zone: str  # in which the placement counts its days
    fee: int
    platform_fee: int
    tax: int
    terms: Terms
    schedule: str
    shares: tuple[ShareLine, ...]
    payouts: tuple[PayoutLine, ...]
    invoice: InvoiceSums | None
    invoices: tuple[InvoiceSums, ...]
    invoice_waits_for: str | None
    refunds: tuple[RefundLine, ...]
    obligation: ObligationLine | None
    reserve: Reserve | None
    ended: EndedLine | None = None
    candidate_name: str = ""

    @property
    def pool(self) -> int:
        """Return what the team shares."""
        return self.fee - self.platform_fee

    @property
    def refund(self) -> RefundLine | None:
        """Return the latest refund."""
        return self.refunds[-1] if self.refunds else None


def of_placement(placement_id: uuid.UUID, *, viewer: Actor) -> PlacementMoney | None:
    """Return the money of a placement that the viewer sees; None before the sheet is locked, when there is none.

    Raises:
        NotPermitted: the viewer sees the placement, but no money of it.
    """
    query = select(Placement.lead_recruiter_id, User.name, FeePlacement.fee_id).where(Placement.id == placement_id)
    query = query.add_columns(Placement.failed_at, Placement.failure_reason, Placement.last_day_worked, *naming(viewer))
    query = query.add_columns(access.may_join().label("may_propose"))
    query = query.join(Candidate, Candidate.id == Placement.candidate_id)
    query = query.join(Recruiter, Recruiter.id == Placement.lead_recruiter_id).join(User, User.id == Recruiter.user_id)
    query = query.outerjoin(FeePlacement, FeePlacement.placement_id == Placement.id)
    row = existing(reading().execute(query.where(access.visible(Placement, viewer))).one_or_none())
    scope = viewer.scope(Permission.MONEY_VIEW)
    if scope is None:
        raise NotPermitted("Your role can’t view placement money.")
    if row.fee_id is None:
        return None
    loaded = standings.with_cases(standings.of_fees([row.fee_id])[row.fee_id])
    seen = _seen(loaded, placement_id, viewer, scope, row)
    seen = replace(seen, candidate_name=named(row))
    return seen if row.failed_at is None or seen.obligation else replace(seen, ended=_ended(loaded, row, viewer))


def _ended(loaded: Loaded, row: Any, viewer: Actor) -> EndedLine:
    """Return what became of the fee; what was refunded counts, whoever decided it, and not what the terms say today."""
    standing, reported = loaded.standing, local_day(row.failed_at, loaded.fee.time_zone)
    left = Departure(standing.start, standing.days, row.last_day_worked, reported, row.failure_reason)
    if standing.refunded:
        sentence = f"{amounts.money(standing.refunded, loaded.fee.currency, cents=True)} of the fee was returned."
    elif not standing.invoice:
        sentence = "It wasn’t invoiced, so nothing is returned."
    else:
        decided = refunds.decide(standing.terms, standing.fee_left, left, standing.payments)
        sentence = words.outcome(decided, loaded.fee.currency, there=loaded.fee.time_zone, mine=viewer.time_zone)
    return EndedLine(row.last_day_worked, left.worked_until, standing.days, sentence)


def _seen(loaded: Loaded, placement_id: uuid.UUID, viewer: Actor, scope: Scope, row: Any) -> PlacementMoney:
    own, paying = scope is Scope.OWN, scope is Scope.COMPANY
    today = local_day(viewer.now, loaded.fee.time_zone)
    invoices = () if own else of_fee(loaded.fee.id, viewer)
    return PlacementMoney(
        placement_id=placement_id,
        currency=loaded.fee.currency,
        time_zone=loaded.fee.time_zone,
        fee=loaded.fee.fee_minor,
        platform_fee=schedule.pool_of(loaded.fee.fee_minor, loaded.standing.terms.platform_bp)[0],
        tax=0 if own else loaded.standing.tax,
        terms=loaded.standing.terms,
        schedule=loaded.standing.terms.payout_schedule,
        shares=_shares(placement_id, loaded, viewer if paying and viewer.has(Permission.DISPUTE_OPEN) else None),
        payouts=() if paying else payout_lines(loaded, viewer, standings.document_day(viewer.now), mine=own),
        invoice=invoices[-1] if invoices else None,
        invoices=invoices,
        invoice_waits_for=None if loaded.fee.invoice_id else _missing(loaded),
        refunds=() if own else _refunds(loaded.fee.id),
        obligation=_obligation(loaded, row, viewer),
        reserve=_reserve(loaded, today, viewer),
    )


def _in_time(moved_at: datetime | None, viewer: Actor) -> bool:
    """Return whether the time for a case about a payout runs; until it is due, each day withholds it anew."""
    return moved_at is None or disputes.may_open(moved_at, viewer.now, viewer.time_zone)


def _shares(placement_id: uuid.UUID, loaded: Loaded, disputing: Actor | None) -> tuple[ShareLine, ...]:
    """List the rows of the sheet, each with the payout that a company may dispute, if it is one that does.

    A replacement's hire is not charged: its rows share what moved to it, whatever its sheet makes of its own fee.
    """
    query = (
        select(Collaborator.id, Collaborator.amount_minor)
        .add_columns(Collaborator.recruiter_id, User.name, Collaborator.role, Collaborator.split_bp)
        .join(Recruiter, Recruiter.id == Collaborator.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(Collaborator.placement_id == placement_id)
        .order_by(Collaborator.position)
    )
    rows = [row for row in loaded.rows if row.state not in GONE] if disputing else []
    there = [row for row in rows if disputing and _in_time(row.paid_at or row.due_at, disputing)]
    there.sort(key=lambda row: (row.state != PayoutState.PAID, -row.instalment))
    next_of = {(row.recruiter_id, row.role): row.id for row in there}  # of each share the first that is not paid
    moved = _moved_to(placement_id, loaded)
    return tuple(
        ShareLine(
            row.recruiter_id,
            row.name,
            row.role,
            row.split_bp,
            row.amount_minor if placement_id == loaded.fee.id else moved[row.id],
            loaded.fee.currency,
            next_of.get((row.recruiter_id, row.role)),
        )
        for row in reading().execute(query)
    )


def _moved_to(placement_id: uuid.UUID, loaded: Loaded) -> Counter[uuid.UUID]:
    """Return what each row of a placement's sheet has of the fee that goes through it."""
    found = Counter[uuid.UUID]()
    for row in loaded.rows:
        found[row.holder_id] += row.original_minor if row.placement_id == placement_id else 0
    return found


def payout_lines(loaded: Loaded, viewer: Actor, today: date, *, mine: bool) -> tuple[PayoutLine, ...]:
    """Return the payouts of a fee with what each waits for; only the viewer's own when they are `mine`."""
    parts = {part.key: part for part in loaded.standing.parts}
    lines: list[PayoutLine] = []
    for row in loaded.rows:
        if row.recruiter_id is None or (mine and row.recruiter_id != viewer.recruiter_id):
            continue
        part, state = parts[str(row.id)], PayoutState(row.state)
        waiting = _waiting(loaded, row, part, viewer, today) if state in payout_rules.UNPAID else None
        lines.append(
            PayoutLine(
                row.id,
                row.placement_id,
                row.recruiter_id,
                row.recruiter_name,
                row.role,
                loaded.fee.currency,
                max(part.left, 0),
                part.original,
                state,
                waiting.expected_on if waiting else None,
                waiting.sentence if waiting else None,
                loaded.standing.keeps(part),
                row.paid_at or row.due_at,
                row.paid_on,
                went_on=row.placement_id != loaded.fee.placement_id,
            )
        )
    return tuple(lines)


def _waiting(loaded: Loaded, row: PayoutRow, part: Part, viewer: Actor, today: date) -> Waiting:
    return payout_rules.waiting(
        loaded.standing,
        part,
        PayoutState(row.state),
        replace(loaded.names, there=loaded.fee.time_zone, mine=viewer.time_zone),
        today=today,
        payee=_payee(row, viewer),
        run=row.run,
    )


def _payee(row: PayoutRow, viewer: Actor) -> Waiting | None:
    """Return what keeps a payout's recruiter from being paid; what is in a run has copied where it goes."""
    if row.collected_on is not None and not row.is_blocked:
        return None
    return payees.obstacle(row.payee_changed_at, is_active=row.is_active, now=viewer.now)


def _refunds(fee_id: uuid.UUID) -> tuple[RefundLine, ...]:
    query = refund_columns().where(Refund.fee_id == fee_id).order_by(Refund.id)
    return tuple(refund_line(row) for row in reading().execute(query))


def refund_columns() -> Any:
    """Select what a refund's line is made of, with its credit note and whether it was paid out."""
    return (
        select(Refund.id, Refund.placement_id, Refund.company_id, Refund.currency)
        .add_columns(Refund.amount_minor, Refund.tax_minor, owing.owed.label("owed_minor"), Refund.cause)
        .add_columns(CreditNote.number, owing.state.label("state"))
        .join(CreditNote, CreditNote.refund_id == Refund.id)
        .outerjoin(RefundPayment, RefundPayment.refund_id == Refund.id)
    )


def refund_line(row: Any) -> RefundLine:
    sums = (row.amount_minor, row.tax_minor, row.owed_minor)
    return RefundLine(row.id, row.placement_id, row.company_id, row.currency, *sums, row.state, row.cause, row.number)


def _obligation(loaded: Loaded, placement: Any, viewer: Actor) -> ObligationLine | None:
    row, standing, lead = loaded.obligation, loaded.standing, placement.lead_recruiter_id
    if row is None:
        return None
    gives_up, may_waive = viewer.scope(Permission.OBLIGATION_GIVE_UP), viewer.has(Permission.OBLIGATION_WAIVE)
    pays_viewer = row.state == "open" and may_waive and _pays(loaded.fee.id, viewer)
    refund_then, from_viewer = consequences.without_replacement(standing, str(viewer.recruiter_id))
    return ObligationLine(
        row.id,
        row.placement_id,
        row.state,
        row.due_on,
        lead,
        placement.name,
        placement.may_propose,
        row.prolonged_days,
        refund_then,
        from_viewer,
        standing.is_held_up(str(viewer.recruiter_id)),
        pays_viewer=pays_viewer,
        may_waive=row.state == "open" and may_waive and not pays_viewer,
        may_give_up=row.state == "open" and (gives_up is Scope.ANY or (bool(gives_up) and viewer.recruiter_id == lead)),
    )


def _pays(fee_id: uuid.UUID, viewer: Actor) -> bool:
    return bool(reading().execute(select(access.is_paid_by(viewer, literal(fee_id)))).scalar_one())


def _missing(loaded: Loaded) -> str | None:
    """Return what keeps the invoice from being issued: the start date, or what is not entered and by whom."""
    if loaded.fee.is_void:
        return None
    return loaded.names.missing or f"the start on {write_day(loaded.fee.start_date)}"


def _reserve(loaded: Loaded, today: date, viewer: Actor) -> Reserve | None:
    """Return what would follow if the placement failed today, by the function that would book it."""
    standing = loaded.standing
    if standing.ended or standing.start is None or today < standing.start:
        return None
    fact = facts.Failed(on=today, last_day=today, reason=FailureReason.CANDIDATE_QUIT)
    found = consequences.of_failure(standing, fact)
    decided, mine = found.decided, found.given_by(str(viewer.recruiter_id)).total
    return Reserve(decided.ending, decided.remedy, found.refund, mine, decided.due_on, loaded.fee.currency)
