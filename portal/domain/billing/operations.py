"""The one pure function of money (money.md §9): terms, sheet and dated facts → the ledger's operations.

Books, simulator and today's reserve call it: `book` takes one fact, `operations` all of them from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from portal.domain import money
from portal.domain.billing import correcting, refunds, schedule
from portal.domain.billing.facts import (
    Activated,
    Amended,
    ClawbackReduced,
    ClawbackWrittenOff,
    Completed,
    Consented,
    Corrected,
    DayCame,
    DebtWrittenOff,
    DifferenceWrittenOff,
    Fact,
    Failed,
    Frozen,
    Issued,
    ObligationRefunded,
    ObligationWaived,
    PaidOut,
    Received,
    Refunded,
    Replaced,
    Resumed,
    ReturnedByBank,
    Reversed,
)
from portal.domain.billing.ledger import (
    CASH,
    TAX,
    WRITE_OFF,
    AccountKind,
    Operation,
    OperationKind,
    Ref,
    Side,
    Transfer,
    operation,
    pair,
)
from portal.domain.billing.refunds import Decision, Departure, Ending, Taken
from portal.domain.billing.schedule import Part, PartState, Row
from portal.domain.billing.standing import Standing, held, released, source
from portal.domain.billing.terms import Terms

Kind = OperationKind


Booked = tuple[Standing, tuple[Operation, ...]]


def begin(terms: Terms, placement: str, company: str, fee: int) -> Standing:
    """Return the standing of a fee to which nothing has happened yet."""
    return Standing(terms, placement, company, fee)


def operations(standing: Standing, facts: Iterable[Fact]) -> Booked:
    """Book all facts in order; return where the money stands and everything that moved."""
    moved: list[Operation] = []
    for fact in facts:
        standing, made = book(standing, fact)
        moved += made
    return standing, tuple(moved)


def book(standing: Standing, fact: Fact) -> Booked:
    """Book one fact and what follows from it: what becomes due, or is no longer due."""
    after, made = _HANDLERS[type(fact)](standing, fact)
    after, followed = settle(after, fact.on)
    return after, made + followed


def settle(standing: Standing, today: date) -> Booked:
    """Release what has become due, and put back into `held` what is due but no longer covered."""
    made: tuple[Operation, ...] = ()
    for kind, now, then in (
        (Kind.PAYOUT_UNDONE, PartState.DUE, PartState.HELD),
        (Kind.PAYOUT_DUE, PartState.HELD, PartState.DUE),
    ):
        moving = [p for p in standing.parts if p.state is now and standing.wanted_state(p, today) is then]
        if not moving:
            continue
        transfers = [_release(part, undone=then is PartState.HELD) for part in moving]
        standing = standing.with_parts({part.key: replace(part, state=then) for part in moving})
        made += operation(kind, transfers)
    return standing, made


def _release(part: Part, *, undone: bool) -> Transfer:
    debit, credit = (released(part), held(part)) if undone else (held(part), released(part))
    return Transfer(debit, credit, max(part.left, 0), part.placement)


# --- one handler per fact ---------------------------------------------------------------------------------------


def _activated(standing: Standing, fact: Activated) -> Booked:
    platform, pool = schedule.pool_of(standing.fee, standing.terms.platform_bp)
    made = schedule.parts(standing.placement, platform, pool, fact.rows, standing.terms)
    return replace(standing, parts=made, start=fact.start, days=fact.days), ()


def _issued(standing: Standing, fact: Issued) -> Booked:
    tax = money.share_of(standing.fee, standing.terms.tax_bp)
    after = replace(
        standing, invoice=fact.invoice, due_on=fact.due_on, tax=tax, outstanding=standing.fee + tax, unbooked=0
    )
    owed = after.receivable
    lines = [Transfer(owed, held(part), part.original, part.placement) for part in standing.parts]
    made = operation(Kind.INVOICE_ISSUED, [*lines, Transfer(owed, TAX, tax, standing.placement)])
    if standing.unbooked:
        after, back = _give_back(after, standing.unbooked, _bound(after))
        made += back
    return after, made


def _received(standing: Standing, fact: Received) -> Booked:
    applied = min(fact.amount, standing.outstanding)
    over = fact.amount - applied
    after = replace(
        standing,
        outstanding=standing.outstanding - applied,
        received=(*standing.received, (fact.received_on, applied)),
    )
    owed, credit, at = standing.receivable, standing.refundable, standing.placement
    if fact.from_credit:
        return after, operation(Kind.CREDIT_APPLIED, [Transfer(credit, owed, applied, at)])
    transfers = [Transfer(CASH, owed, applied, at), Transfer(CASH, credit, over)]
    return after, operation(Kind.RECEIPT, transfers)


def _reversed(standing: Standing, fact: Reversed) -> Booked:
    received = list(standing.received)
    received.remove((fact.received_on, fact.amount))
    after = replace(standing, outstanding=standing.outstanding + fact.amount, received=tuple(received))
    kind, account = (Kind.CREDIT_UNAPPLIED, standing.refundable) if fact.to_credit else (Kind.RECEIPT_REVERSED, CASH)
    return after, operation(kind, [Transfer(standing.receivable, account, fact.amount, standing.placement)])


def _day_came(standing: Standing, _: DayCame) -> Booked:
    return standing, ()


def _completed(standing: Standing, _: Completed) -> Booked:
    return replace(standing, ended=True), ()


def _consented(standing: Standing, fact: Consented) -> Booked:
    mine = [p for p in standing.parts if p.placement == standing.placement and p.recruiter == fact.recruiter]
    return standing.with_parts({part.key: replace(part, extended_days=fact.days) for part in mine}), ()


def decision(standing: Standing, fact: Failed) -> Decision:
    """Return what the terms say about a failure, before it is booked."""
    return given_back(standing, fact)[0]


def given_back(standing: Standing, fact: Failed) -> tuple[Decision, list[Taken]]:
    """Return what the terms say about a failure, and what is taken from whom, by the guarantee each agreed to."""
    decided, taken = Decision(Ending.OUTSIDE), list[Taken]()
    for days, parts in standing.by_guarantee.items():
        left = Departure(standing.start, days, fact.last_day, fact.on, fact.reason)
        found = refunds.decide(standing.terms, sum(part.left for part in parts), left, standing.payments)
        if found.ending is Ending.OUTSIDE:
            continue
        taken += refunds.take_back(parts, found.refund) if found.refund else []
        decided = replace(found, refund=decided.refund + found.refund)
    return decided, taken


def _failed(standing: Standing, fact: Failed) -> Booked:
    decided, taken = given_back(standing, fact)
    after = replace(standing, ended=True, obligation_open=decided.opens_obligation)
    if decided.ending is Ending.NEVER_STARTED and not standing.invoice:
        return _cancel(after), ()
    if standing.invoice:
        after, made = _take(after, taken)
    else:
        after, made = replace(after, unbooked=after.unbooked + decided.refund), ()
    return _bind(after, fact), made


def _bind(standing: Standing, fact: Failed) -> Standing:
    """Forget agreements to extensions that don't cover the departure: they bind no one more than the others."""
    last_day, agreed = fact.last_day, standing.agreed_end

    def lies_in(part: Part) -> bool:
        end = standing.end_of(part)
        return last_day is not None and agreed is not None and end is not None and agreed < last_day <= end

    here = [part for part in standing.parts if part.placement == standing.placement]
    over = [part for part in here if part.extended_days and not lies_in(part)]
    return standing.with_parts({part.key: replace(part, extended_days=0) for part in over})


def _cancel(standing: Standing) -> Standing:
    """Take everything back that was never invoiced: no fee was earned."""
    return standing.with_parts({part.key: replace(part, taken=part.original) for part in standing.parts})


def _obligation_refunded(standing: Standing, _: ObligationRefunded) -> Booked:
    after = replace(standing, obligation_open=False)
    return _give_back(after, refunds.at_deadline(standing.terms, standing.bound_left), _bound(standing))


def _bound(standing: Standing) -> list[Part]:
    return [part for part in standing.parts if standing.is_bound(part)]


def _obligation_waived(standing: Standing, _: ObligationWaived) -> Booked:
    return replace(standing, obligation_open=False), ()


def _refunded(standing: Standing, fact: Refunded) -> Booked:
    if not fact.key:
        return _give_back(standing, min(fact.amount, standing.fee_left))
    part = next(part for part in standing.parts if part.key == fact.key)
    return _give_back(standing, min(fact.amount, part.left), [part])


def _give_back(standing: Standing, amount: int, of: Sequence[Part] = ()) -> Booked:
    """Refund part of the fee, or `of` some parts; before there is an invoice, the refund waits for it."""
    if not amount:
        return standing, ()
    if not standing.invoice:
        return replace(standing, unbooked=standing.unbooked + amount), ()
    return _take(standing, refunds.take_back(of or standing.parts, amount))


def _take(standing: Standing, taken: Sequence[Taken]) -> Booked:
    """Refund what is taken from parts, with its tax: first off what is outstanding, the rest is owed back."""
    amount = sum(each.amount for each in taken)
    if not amount:
        return standing, ()
    tax = refunds.tax_back(standing.refunded, amount, standing.terms.tax_bp, standing.tax_back)
    tax = min(tax, standing.tax - standing.tax_back - standing.tax_gone)
    credited = min(amount + tax, standing.outstanding)
    credits = [(standing.receivable, credited), (standing.refundable, amount + tax - credited)]
    debits = [*_given(taken), (TAX, tax, standing.placement)]
    after = replace(
        _without(standing, taken),
        refunded=standing.refunded + amount,
        tax_back=standing.tax_back + tax,
        outstanding=standing.outstanding - credited,
    )
    return after, operation(Kind.REFUND_DECIDED, pair(debits, credits))


def _given(taken: Sequence[Taken]) -> list[Side]:
    return [(source(each.part), each.amount, each.part.placement) for each in taken]


def _without(standing: Standing, taken: Sequence[Taken]) -> Standing:
    """Return the standing after something was taken from parts; recruiters owe what they were paid."""
    changed = {each.part.key: replace(each.part, taken=each.part.taken + each.amount) for each in taken}
    after = standing.with_parts(changed)
    for each in taken:
        if source(each.part).kind is AccountKind.CLAWBACK:
            after = after.with_claim(each.part.recruiter, each.part.placement, each.amount)
    return after


def moving(standing: Standing) -> list[Part]:
    """Return the parts of which a replacement that begins takes over what is left."""
    unpaid = [part for part in standing.parts if part.state is not PartState.PAID and not part.owed_by]
    return [part for part in unpaid if part.left > 0 and standing.is_bound(part)]


def _replaced(standing: Standing, fact: Replaced) -> Booked:
    """Move what is held, or due and unpaid, to the sheet of the replacement, whose guarantee releases it."""
    due = [p for p in standing.parts if p.state is PartState.DUE and p.left > 0 and standing.is_bound(p)]
    undone = operation(Kind.PAYOUT_UNDONE, [_release(part, undone=True) for part in due])
    after = standing.with_parts({part.key: replace(part, state=PartState.HELD) for part in due})
    taken = [Taken(part, part.left) for part in moving(after)]
    platform = sum(each.amount for each in taken if each.part.is_platform)
    pool = sum(each.amount for each in taken) - platform
    parts = schedule.parts(fact.placement, platform, pool, fact.rows, standing.terms)
    after = replace(
        _without(after, taken),
        placement=fact.placement,
        start=fact.start,
        days=fact.days,
        ended=False,
        obligation_open=False,
    )
    after = after.with_parts({}, parts)
    if not standing.invoice:
        return after, ()
    moved = pair(_given(taken), [(held(part), part.original) for part in parts])
    return after, undone + operation(Kind.REPLACEMENT_LINKED, moved)


def _paid_out(standing: Standing, fact: PaidOut) -> Booked:
    part = next(part for part in standing.parts if part.key == fact.key)
    after = standing.with_parts({part.key: replace(part, state=PartState.PAID)})
    cash = part.left - sum(amount for _, amount in fact.netted)
    credits = [(Ref(AccountKind.CLAWBACK, part.recruiter, of), amount) for of, amount in fact.netted] + [(CASH, cash)]
    return after, operation(Kind.PAYOUT_PAID, pair([(released(part), part.left, part.placement)], credits))


def _returned(standing: Standing, fact: ReturnedByBank) -> Booked:
    part = next(part for part in standing.parts if part.key == fact.key)
    again = replace(part, key=f"{part.key}+", original=fact.cash, taken=0, returned=0, state=PartState.DUE, owed_by="")
    after = standing.with_parts({part.key: replace(part, returned=part.returned + fact.cash)}, [again])
    back = Transfer(CASH, released(part), fact.cash, part.placement)
    return after, operation(Kind.PAYOUT_RETURNED, [back])


def _clawback_reduced(standing: Standing, fact: ClawbackReduced) -> Booked:
    after, made = _free_owed(standing.with_claim(fact.recruiter, fact.placement, -fact.amount), fact)
    if not fact.in_cash:
        return after, made
    owed = Ref(AccountKind.CLAWBACK, fact.recruiter, fact.placement)
    repaid = operation(Kind.CLAWBACK_REPAID, [Transfer(CASH, owed, fact.amount, fact.placement)])
    return after, repaid + made


def _free_owed(standing: Standing, fact: ClawbackReduced) -> Booked:
    """Release what others gained by an amendment once the clawback it waited for has come in."""
    free, changed, added = fact.amount, dict[str, Part](), list[Part]()
    for part in standing.parts:
        here = min(free, part.left) if part.owed_by == fact.recruiter else 0
        if not here:
            continue
        free -= here
        if here == part.left:
            changed[part.key] = replace(part, owed_by="")
            continue
        changed[part.key] = replace(part, original=part.original - here)
        added.append(replace(part, key=f"{part.key}+", original=here, taken=0, returned=0, owed_by=""))
    return standing.with_parts(changed, added), ()


def _clawback_written_off(standing: Standing, fact: ClawbackWrittenOff) -> Booked:
    owed = Ref(AccountKind.CLAWBACK, fact.recruiter, fact.placement)
    after = standing.with_claim(fact.recruiter, fact.placement, -fact.amount)
    return after, operation(Kind.WRITTEN_OFF, [Transfer(WRITE_OFF, owed, fact.amount, fact.placement)])


def _difference_written_off(standing: Standing, _: DifferenceWrittenOff) -> Booked:
    lost = Transfer(WRITE_OFF, standing.receivable, standing.outstanding, standing.placement)
    return replace(standing, outstanding=0), operation(Kind.WRITTEN_OFF, [lost])


def _debt_written_off(standing: Standing, _: DebtWrittenOff) -> Booked:
    tax_left = standing.tax - standing.tax_back - standing.tax_gone
    borne = min(standing.outstanding, standing.fee_left + tax_left)
    fee, tax = money.allocate(borne, [standing.fee_left, tax_left])
    taken = refunds.take_back(standing.parts, fee)
    # What was refunded before the receipt came back no longer belongs to anyone: the platform bears it.
    lost = (WRITE_OFF, standing.outstanding - borne, standing.placement)
    debits = [*_given(taken), (TAX, tax, standing.placement), lost]
    after = replace(_without(standing, taken), outstanding=0, tax_gone=standing.tax_gone + tax)
    return after, operation(Kind.WRITTEN_OFF, pair(debits, [(standing.receivable, standing.outstanding)]))


def _amended(standing: Standing, fact: Amended) -> Booked:
    """Move between rows what an amendment moves: what is held, then what is due, then what was paid (a clawback).

    What a row gains of paid money becomes due as the clawback comes in. Of one recruiter's rows it stays paid: between
    them what is due or paid moves in no account.
    """
    here = [p for p in standing.parts if p.placement == standing.placement and not p.is_platform]
    has = {holder: amount for (_, holder), amount in schedule.left_by_party(here).items()}
    wanted = dict(
        zip((r.holder for r in fact.rows), money.allocate(sum(has.values()), [r.bp for r in fact.rows]), strict=True)
    )
    taken: list[Taken] = []
    for holder, amount in has.items():
        lost = amount - wanted.get(holder, 0)
        if lost > 0:
            taken += refunds.take_of([part for part in here if part.holder == holder], lost)
    gains = [(row, wanted[row.holder] - has.get(row.holder, 0)) for row in fact.rows]
    agreed = {part.recruiter: part.extended_days for part in here}
    gained = [
        (replace(part, extended_days=agreed.get(part.recruiter, 0)), moved)
        for part, moved in _gained(taken, [(row, amount) for row, amount in gains if amount > 0], len(standing.parts))
    ]
    after = _without(standing, taken).with_parts({}, [part for part, _ in gained])
    for part, moved in gained:
        if part.state is PartState.PAID:  # the recruiter keeps it, and owes nothing
            after = after.with_claim(part.recruiter, part.placement, -moved.amount)
    if not standing.invoice:
        return after, ()
    return after, operation(Kind.AMENDED, [moved for _, moved in gained])


def _gained(taken: Sequence[Taken], gains: Sequence[tuple[Row, int]], number: int) -> list[tuple[Part, Transfer]]:
    """Match what rows lose with what others gain, piece by piece; a piece keeps its instalment and its state.

    The rows of the same recruiter come first, so that nobody owes one row what another one gets.
    """
    made: list[tuple[Part, Transfer]] = []
    open_ = list(gains)
    for each in taken:
        left, lost = each.amount, each.part
        while left:
            row, wanted = open_.pop(next((i for i, (r, _) in enumerate(open_) if r.recruiter == lost.recruiter), 0))
            moved = min(left, wanted)
            paid = lost.state is PartState.PAID and row.recruiter != lost.recruiter
            part = replace(
                lost,
                key=f"{lost.placement}/{row.holder}/amended{number + len(made)}",  # no instalment has such a key
                holder=row.holder,
                recruiter=row.recruiter,
                original=moved,
                taken=0,
                returned=0,
                state=PartState.HELD if paid else lost.state,
                owed_by=lost.recruiter if paid else lost.owed_by,
            )
            target = held(part) if part.state is PartState.HELD else source(part)
            made.append((part, Transfer(source(lost), target, moved, lost.placement)))
            left -= moved
            if wanted > moved:
                open_.insert(0, (row, wanted - moved))
    return made


def _corrected(standing: Standing, fact: Corrected) -> Booked:
    """Replace the recorded fee with the corrected one and, if there is an invoice, with a new invoice."""
    standing, undone = _run_again(standing, fact) if fact.runs_again else (standing, ())
    if fact.fee == standing.fee:
        return replace(standing, terms=fact.terms, start=fact.start), undone
    moved = correcting.parts_of(standing, fact)
    after = _without(standing, moved.taken).with_parts(moved.changed, moved.added)
    after = replace(after, terms=fact.terms, fee=fact.fee, start=fact.start)
    if not standing.invoice:
        return after, undone
    tax = correcting.tax_of(fact)
    anew = replace(after, invoice=fact.invoice, due_on=fact.due_on, tax=tax, outstanding=fact.fee + tax)
    carried = correcting.carried(standing.received, anew.outstanding)
    counted = sum(amount for _, amount in carried)
    made = undone + operation(Kind.INVOICE_CREDITED, correcting.transfers(standing, anew, moved))
    made += operation(Kind.CREDIT_APPLIED, [Transfer(anew.refundable, anew.receivable, counted, standing.placement)])
    return replace(anew, outstanding=anew.outstanding - counted, received=carried), made


def _run_again(standing: Standing, fact: Corrected) -> Booked:
    """Put back on hold what the end of the guarantee released, unless it has been paid."""
    running = replace(standing, ended=False, start=fact.start)
    asked = {part.key: replace(part, state=PartState.HELD) for part in standing.parts if part.state is PartState.DUE}
    back = [p for p in standing.parts if p.key in asked and _waits(running, asked[p.key], fact.on)]
    after = running.with_parts({part.key: asked[part.key] for part in back})
    return after, operation(Kind.PAYOUT_UNDONE, [_release(part, undone=True) for part in back])


def _waits(standing: Standing, part: Part, today: date) -> bool:
    return standing.wanted_state(part, today) is PartState.HELD


def _resumed(standing: Standing, _: Resumed) -> Booked:
    """Give back what a no-show took before anything was invoiced."""
    given = {part.key: replace(part, taken=0) for part in standing.parts}
    return replace(standing.with_parts(given), ended=False), ()


def _frozen(standing: Standing, fact: Frozen) -> Booked:
    kept = {part.key: replace(part, frozen=part.key in fact.parts) for part in standing.parts}
    return replace(standing.with_parts(kept), frozen=fact.frozen), ()


_HANDLERS: dict[type[Fact], Callable[[Standing, Any], Booked]] = {
    Activated: _activated,
    Issued: _issued,
    Received: _received,
    Reversed: _reversed,
    DayCame: _day_came,
    Consented: _consented,
    Completed: _completed,
    Failed: _failed,
    ObligationRefunded: _obligation_refunded,
    ObligationWaived: _obligation_waived,
    Replaced: _replaced,
    Refunded: _refunded,
    PaidOut: _paid_out,
    ReturnedByBank: _returned,
    ClawbackReduced: _clawback_reduced,
    ClawbackWrittenOff: _clawback_written_off,
    DifferenceWrittenOff: _difference_written_off,
    DebtWrittenOff: _debt_written_off,
    Amended: _amended,
    Corrected: _corrected,
    Resumed: _resumed,
    Frozen: _frozen,
}
