"""The platform's limits of money (money.md §4, §9): lowering a guard needs a second admin.

A currency has figures of its own, or those of all other currencies: 50,000 yen are little, 50,000 dinars much.
"""

from __future__ import annotations

from sqlalchemy import select

from portal import access
from portal.domain import money
from portal.domain.errors import Conflict, InvalidInput, NotPermitted
from portal.domain.events import SettingsChanged
from portal.domain.permissions import Actor, Permission
from portal.models import CurrencyLimits, MoneySettings
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work

MOST = 10**12
Row = MoneySettings | CurrencyLimits


def change(
    *,
    actor: Actor,
    four_eyes_minor: int,
    small_difference_minor: int,
    currency: str | None = None,
    version: int | None = None,
) -> bool:
    """Change the limits, and return whether all of it holds now: a higher limit of four eyes waits for another admin.

    Of a currency, in its minor units; without one, of all currencies that have none of their own.

    Raises:
        InvalidInput: a limit is below zero or above what is sensible, or there is no such currency.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = {"four_eyes_minor": four_eyes_minor, "small_difference_minor": small_difference_minor}
    _check(said, currency)
    with unit_of_work(actor) as uow:
        row = _locked(uow, currency)
        check_version(row.version, version)
        raised = four_eyes_minor > row.four_eyes_minor
        row.proposed_minor, row.proposed_by = (four_eyes_minor, actor.user_id) if raised else (None, None)
        changed = {name: value for name, value in said.items() if not (raised and name == "four_eyes_minor")}
        told = _set(row, changed)
        if raised:
            told["four_eyes_proposed"] = (str(row.four_eyes_minor), str(four_eyes_minor))
        _write(uow, row, told)
    return not raised


def _check(said: dict[str, int], currency: str | None) -> None:
    if currency is not None and currency not in money.CURRENCIES:
        raise InvalidInput.field("currency", "Choose a currency from the list.")
    wrong = {
        name: "Enter an amount from 0 to 10,000,000,000." for name, value in said.items() if not 0 <= value <= MOST
    }
    if wrong:
        raise InvalidInput("Some fields need changes.", fields=wrong)


def answer(*, actor: Actor, approved: bool, currency: str | None = None, version: int | None = None) -> None:
    """Approve a higher limit of four eyes that another admin proposed, or reject it.

    Raises:
        Conflict: nothing is proposed.
        NotPermitted: the actor proposed it and would approve it alone.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    _check({}, currency or None)
    with unit_of_work(actor) as uow:
        row = _of_currency(uow, currency) if currency else _general(uow)
        if row is None or row.proposed_minor is None:
            raise Conflict("No higher limit is proposed.", code="NOTHING_PROPOSED")
        check_version(row.version, version)
        if approved and row.proposed_by == actor.user_id:
            raise NotPermitted(
                "You proposed this limit, so another platform admin has to approve it.", code="FOUR_EYES"
            )
        wanted = row.proposed_minor
        row.proposed_minor = row.proposed_by = None
        told = _set(row, {"four_eyes_minor": wanted}) if approved else {"four_eyes_proposed": (str(wanted), "rejected")}
        _write(uow, row, told)


def in_force(uow: UnitOfWork, currency: str) -> tuple[int, int]:
    """Return the limit of four eyes and that of small differences in minor units of a currency, locked."""
    general, own = _general(uow), _of_currency(uow, currency)
    if own is not None:
        return own.four_eyes_minor, own.small_difference_minor
    return money.limit_in(currency, general.four_eyes_minor), money.limit_in(currency, general.small_difference_minor)


def _locked(uow: UnitOfWork, currency: str | None) -> Row:
    """Return the row of a currency, with what holds in it now when it has none yet."""
    general = _general(uow)
    if currency is None:
        return general
    row = _of_currency(uow, currency)
    if row is None:
        row = CurrencyLimits(
            currency=currency,
            four_eyes_minor=money.limit_in(currency, general.four_eyes_minor),
            small_difference_minor=money.limit_in(currency, general.small_difference_minor),
            version=0,
        )
        uow.add(row)
    return row


def _general(uow: UnitOfWork) -> MoneySettings:
    return uow.session.scalars(select(MoneySettings).with_for_update()).one()


def _of_currency(uow: UnitOfWork, currency: str) -> CurrencyLimits | None:
    return uow.session.get(CurrencyLimits, currency, with_for_update=True)


def _set(row: Row, values: dict[str, int]) -> dict[str, tuple[str, str]]:
    told: dict[str, tuple[str, str]] = {}
    for name, value in values.items():
        if (old := getattr(row, name)) != value:
            setattr(row, name, value)
            told[name] = (str(old), str(value))
    return told


def _write(uow: UnitOfWork, row: Row, told: dict[str, tuple[str, str]]) -> None:
    if told:
        row.version += 1
        uow.session.flush()
        scope = "money" if isinstance(row, MoneySettings) else f"money in {row.currency}"
        uow.record(SettingsChanged(scope=scope, changed=told))
