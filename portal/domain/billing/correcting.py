"""A corrected fee (money.md §9): what each party gains or gives back, and the invoice that replaces the old one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from portal.domain import money
from portal.domain.billing import refunds, schedule
from portal.domain.billing.facts import Corrected
from portal.domain.billing.ledger import TAX, Ref, Side, Transfer, pair
from portal.domain.billing.refunds import Taken
from portal.domain.billing.schedule import Part, PartState
from portal.domain.billing.standing import Standing, held, source


@dataclass(frozen=True, slots=True)
class Moved:
    """What a correction makes of the parts: those that change, those that are added, what is gained and what given."""

    changed: dict[str, Part]
    added: list[Part]
    gained: list[tuple[Ref, int]]
    given: list[Side]
    taken: list[Taken]


def parts_of(standing: Standing, fact: Corrected) -> Moved:
    """Compute the shares of the corrected fee and compare them with what each party has."""
    platform, pool = schedule.pool_of(fact.fee, fact.terms.platform_bp)
    moved = Moved({}, [], [], [], [])
    whole = schedule.parts(standing.placement, platform, pool, fact.rows, fact.terms)
    holders = dict.fromkeys(part.holder for part in (*standing.parts, *whole))
    for holder in holders:
        has = [part for part in standing.parts if part.holder == holder]
        wanted = [part for part in whole if part.holder == holder]
        _party(moved, has, wanted, fact, number=len(standing.parts))
    return moved


def _party(moved: Moved, has: Sequence[Part], wanted: Sequence[Part], fact: Corrected, *, number: int) -> None:
    change = sum(part.original for part in wanted) - sum(part.left for part in has)
    if all(_is_untouched(part) for part in has):
        _in_place(moved, has, wanted)
        if change < 0:
            moved.given.append((held(has[0]), -change, has[0].placement))
    elif change > 0:
        _add(moved, replace(wanted[0], extended_days=_extended(has)), change, fact, number=number)
    elif change < 0:
        _give(moved, refunds.take_of(has, -change))
    if change > 0:
        moved.gained.append((held(wanted[0]), change))


def _is_untouched(part: Part) -> bool:
    return part.state is PartState.HELD and not (part.taken or part.returned or part.owed_by)


def _in_place(moved: Moved, has: Sequence[Part], wanted: Sequence[Part]) -> None:
    """Give a party's parts the corrected amounts if nothing was released of them."""
    fresh = {part.instalment: part for part in wanted}
    for part in has:
        new = fresh.pop(part.instalment, None)
        left = replace(part, taken=part.original) if new is None else replace(part, original=new.original)
        moved.changed[part.key] = left
    days = _extended(has)
    moved.added.extend(replace(p, key=f"{p.key}/corrected", extended_days=days) for p in fresh.values())


def _extended(has: Sequence[Part]) -> int:
    """Return the days of the extension to which a party has agreed."""
    return max((part.extended_days for part in has), default=0)


def _add(moved: Moved, like: Part, gain: int, fact: Corrected, *, number: int) -> None:
    """Add what a party gains as separate parts that follow the schedule; what was released stays as it is."""
    for instalment, amount, day in schedule.instalments(gain, fact.terms):
        key = f"{like.placement}/{like.holder}/corrected{number + len(moved.added)}"
        moved.added.append(replace(like, key=key, instalment=instalment, original=amount, day=day))


def _give(moved: Moved, taken: Sequence[Taken]) -> None:
    """Take from a party what it gives back: held first, then due, then paid, which it then owes."""
    moved.taken.extend(taken)
    moved.given.extend((source(each.part), each.amount, each.part.placement) for each in taken)


def transfers(standing: Standing, after: Standing, moved: Moved) -> tuple[Transfer, ...]:
    """Return how the new invoice replaces the old one: what was received becomes the company's credit at first."""
    more_tax = after.tax - standing.tax
    received = standing.fee + standing.tax - standing.outstanding
    debits = [
        *moved.given,
        (after.receivable, after.outstanding, standing.placement),
        (TAX, max(-more_tax, 0), standing.placement),
    ]
    credits = [
        (standing.receivable, standing.outstanding),
        (standing.refundable, received),
        *moved.gained,
        (TAX, max(more_tax, 0)),
    ]
    return pair(debits, credits)


def carried(received: Sequence[tuple[date, int]], total: int) -> tuple[tuple[date, int], ...]:
    """Return what of the receipts counts for the new invoice, in their order; the rest is the company's credit."""
    kept = list[tuple[date, int]]()
    for on, amount in received:
        counts = min(amount, total)
        if counts:
            kept.append((on, counts))
        total -= counts
    return tuple(kept)


def tax_of(fact: Corrected) -> int:
    return money.share_of(fact.fee, fact.terms.tax_bp)
