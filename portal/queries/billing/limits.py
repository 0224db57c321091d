"""The platform's limits of money, and a higher one that waits for a second admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select, union_all

from portal.domain.money import CURRENCIES, LIMITS_IN, limit_in
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import CurrencyLimits, MoneySettings, User


@dataclass(frozen=True, slots=True)
class Limits:
    """What is set, in minor units of `currency`; `may_approve` says whether the viewer is the second admin.

    Without a currency it holds in all that have nothing of their own, with the decimals that most have.
    """

    four_eyes_minor: int
    small_difference_minor: int
    version: int
    proposed_minor: int | None
    proposed_by: str
    may_approve: bool
    currency: str = ""

    @property
    def shown_in(self) -> str:
        """Return the currency whose decimals the figures have."""
        return self.currency or LIMITS_IN


def all_limits(viewer: Actor) -> tuple[Limits, ...]:
    """Return the limits as they are now: those of all other currencies first, then each that has its own."""
    rows = []
    for model, currency in ((MoneySettings, literal("")), (CurrencyLimits, CurrencyLimits.currency)):
        rows.append(
            select(model.four_eyes_minor, model.small_difference_minor, model.version, model.proposed_minor)
            .add_columns(model.proposed_by, User.name, currency.label("currency"))
            .outerjoin(User, User.id == model.proposed_by)
        )
    found = union_all(*rows).subquery()
    return tuple(_made(row, viewer) for row in reading().execute(select(found).order_by(found.c.currency)))


def _made(row: Any, viewer: Actor) -> Limits:
    can = row.proposed_minor is not None and row.proposed_by != viewer.user_id
    figures = (row.four_eyes_minor, row.small_difference_minor, row.version, row.proposed_minor)
    return Limits(*figures, row.name or "", can, row.currency)


def limits(viewer: Actor, currency: str = "") -> Limits:
    """Return what holds in a currency, or in all that have nothing of their own."""
    found = {one.currency: one for one in all_limits(viewer)}
    if currency in found or currency not in CURRENCIES:
        return found.get(currency, found[""])
    general = found[""]
    four_eyes, small = (limit_in(currency, each) for each in (general.four_eyes_minor, general.small_difference_minor))
    return Limits(four_eyes, small, 0, None, "", may_approve=False, currency=currency)
