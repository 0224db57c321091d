"""A recruiter's money by month as charts: what was paid in the last twelve, and what is expected in the next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from portal.domain.money import to_major
from portal.domain.times import month_after
from portal.queries.billing.earnings import Month
from portal.rendering import charts
from portal.wording.amounts import money

BACK, AHEAD = 11, 12


def by_month(months: Sequence[Month], today: date) -> tuple[tuple[str, Markup], ...]:
    """Draw each currency by itself, from the first month with money in any to the last, paid or not."""
    if not months:
        return ()
    known = {month.month for month in months}
    near = (month_after(today, away) for away in range(-BACK, AHEAD))
    shown = [day for day in near if min(known) <= day <= max(known)]
    return tuple((currency, _drawn(currency, months, shown)) for currency in sorted({m.currency for m in months}))


def _drawn(currency: str, months: Sequence[Month], shown: Sequence[date]) -> Markup:
    known = {month.month: month for month in months if month.currency == currency}
    paid, expected = (
        [max(0, getattr(known[day], name)) if day in known else 0 for day in shown] for name in ("paid", "expected")
    )
    series = [
        (name, [float(to_major(minor, currency)) for minor in minors])
        for name, minors in (("Paid", paid), ("Expected", expected))
    ]
    says = f"{money(sum(paid), currency)} paid, {money(sum(expected), currency)} expected."
    labels = [f"{day:%b %y}" for day in shown]
    return charts.stacked(labels, series, f"Paid and expected in {currency}", says)
