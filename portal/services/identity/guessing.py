"""One network that tries many passwords: platform admins are told (ADR 0073)."""

from __future__ import annotations

from portal.domain.events import PasswordsGuessed
from portal.domain.permissions import system_actor
from portal.queries.identity.accounts import database_now
from portal.services.machinery.unit_of_work import unit_of_work


def report(tries: int) -> None:
    """Record that so many wrong passwords came from one network in an hour."""
    with unit_of_work(system_actor(database_now())) as uow:
        uow.record(PasswordsGuessed(tries=tries))
