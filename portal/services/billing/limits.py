"""The platform's limits of money (money.md §4, §9): lowering a guard needs a second admin."""

from __future__ import annotations

from sqlalchemy import select

from portal import access
from portal.domain.errors import Conflict, InvalidInput, NotPermitted
from portal.domain.events import SettingsChanged
from portal.domain.permissions import Actor, Permission
from portal.models import MoneySettings
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work

MOST = 10**12
SCOPE = "money"


def change(*, actor: Actor, four_eyes_minor: int, small_difference_minor: int, version: int | None = None) -> bool:
    """Change the limits, and return whether all of it holds now: a higher limit of four eyes waits for another admin.

    Raises:
        InvalidInput: a limit is below zero or above what is sensible.
        StaleVersion: somebody changed them since `version`.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = {"four_eyes_minor": four_eyes_minor, "small_difference_minor": small_difference_minor}
    wrong = {
        name: "Enter an amount from 0 to 10,000,000,000." for name, value in said.items() if not 0 <= value <= MOST
    }
    if wrong:
        raise InvalidInput("Some fields need a change.", fields=wrong)
    with unit_of_work(actor) as uow:
        row = _locked(uow)
        check_version(row.version, version)
        raised = four_eyes_minor > row.four_eyes_minor
        row.proposed_minor, row.proposed_by = (four_eyes_minor, actor.user_id) if raised else (None, None)
        changed = {name: value for name, value in said.items() if not (raised and name == "four_eyes_minor")}
        told = _set(row, changed)
        if raised:
            told["four_eyes_proposed"] = (str(row.four_eyes_minor), str(four_eyes_minor))
        _write(uow, row, told)
    return not raised


def answer(*, actor: Actor, approved: bool) -> None:
    """Approve a higher limit of four eyes that another admin proposed, or reject it.

    Raises:
        Conflict: nothing is proposed.
        NotPermitted: the actor proposed it and would approve it alone.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    with unit_of_work(actor) as uow:
        row = _locked(uow)
        if row.proposed_minor is None:
            raise Conflict("No higher limit is proposed.", code="NOTHING_PROPOSED")
        if approved and row.proposed_by == actor.user_id:
            raise NotPermitted("You proposed this limit; another platform admin has to approve it.", code="FOUR_EYES")
        wanted = row.proposed_minor
        row.proposed_minor = row.proposed_by = None
        told = _set(row, {"four_eyes_minor": wanted}) if approved else {"four_eyes_proposed": (str(wanted), "rejected")}
        _write(uow, row, told)


def _locked(uow: UnitOfWork) -> MoneySettings:
    return uow.session.scalars(select(MoneySettings).with_for_update()).one()


def _set(row: MoneySettings, values: dict[str, int]) -> dict[str, tuple[str, str]]:
    told: dict[str, tuple[str, str]] = {}
    for name, value in values.items():
        if (old := getattr(row, name)) != value:
            setattr(row, name, value)
            told[name] = (str(old), str(value))
    return told


def _write(uow: UnitOfWork, row: MoneySettings, told: dict[str, tuple[str, str]]) -> None:
    if told:
        row.version += 1
        uow.session.flush()
        uow.record(SettingsChanged(scope=SCOPE, changed=told))
