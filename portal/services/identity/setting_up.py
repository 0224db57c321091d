"""Platform admins made by a command: the first one, and one where nobody can sign in any more."""

from __future__ import annotations

import uuid

from sqlalchemy import exists, func, select

from portal.domain import people
from portal.domain.errors import Conflict
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import Role, system_actor
from portal.domain.texts import NAME, clean
from portal.models import Membership, Organisation, User
from portal.queries.identity.accounts import database_now
from portal.services.identity.accounts import create_user, join, person_at
from portal.services.identity.addresses import email_address
from portal.services.identity.resets import invite
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


def set_up(*, platform: str, name: str, email: str) -> uuid.UUID:
    """Name the platform, make its first admin, and return the id of the link that sets the password.

    Raises:
        InvalidInput: the platform's name, the person's or the address cannot be.
        Conflict: the platform has an admin.
    """
    address = email_address(email)
    with unit_of_work(system_actor(database_now())) as uow:
        row = uow.session.scalars(
            select(Organisation).where(Organisation.id == PLATFORM_ORGANISATION_ID).with_for_update()
        ).one()
        there = exists().where(Membership.organisation_id == row.id, Membership.role == Role.PLATFORM_ADMIN)
        if uow.session.scalars(select(there)).one():
            raise Conflict("The platform already has an admin, who can invite people.", code="SET_UP_ALREADY")
        row.name = clean("platform", platform, most=NAME, least=1)
        return _invite_admin(uow, name, address)


def admit_admin(*, name: str, email: str) -> uuid.UUID:
    """Make a person an admin of the platform, who may be one already, and return the id of the link to a password.

    Raises:
        InvalidInput: the person's name or the address cannot be.
        Conflict: the account of this address is closed.
    """
    address = email_address(email)
    closed = exists().where(func.lower(User.email) == people.folded(address), User.disabled_at.is_not(None))
    with unit_of_work(system_actor(database_now())) as uow:
        if uow.session.scalars(select(closed)).one():
            raise Conflict("The account with this address is closed. Use another address.")
        return _invite_admin(uow, name, address)


def _invite_admin(uow: UnitOfWork, name: str, address: str) -> uuid.UUID:
    platform, role = PLATFORM_ORGANISATION_ID, Role.PLATFORM_ADMIN
    user_id = person_at(uow, address) or create_user(uow, email=address, name=name)
    there = exists().where(
        Membership.user_id == user_id, Membership.organisation_id == platform, Membership.role == role
    )
    if not uow.session.scalars(select(there)).one():
        join(uow, user_id=user_id, organisation_id=platform, role=role)
    return invite(uow, user_id=user_id, organisation_id=platform, role=role)
