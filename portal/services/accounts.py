"""People, organisations and who belongs where (domain.md §1); sessions and passwords live beside."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select

from portal.domain import people
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.events import MembershipAdded, OrganisationAdded, RecruiterAdded, UserAdded
from portal.domain.money import CURRENCIES
from portal.domain.permissions import ROLES_OF_KIND, OrganisationKind
from portal.domain.texts import NAME, clean
from portal.models import Membership, Organisation, Recruiter, User
from portal.models.accounts import RECRUITER_STATUSES
from portal.services.passwords import hashed
from portal.services.sessions import touch_session
from portal.services.unit_of_work import UnitOfWork

__all__ = ["create_organisation", "create_recruiter", "create_user", "join", "touch_session"]


def create_user(
    uow: UnitOfWork, *, email: str, name: str, password: str | None = None, time_zone: str = "UTC"
) -> uuid.UUID:
    """Add a person who may sign in, or who first has to set a password.

    Raises:
        InvalidInput: the address, the name or the password cannot be.
        Conflict: the address has an account.
    """
    row = User(
        id=uow.new_id(),
        email=people.email_address(email),
        name=clean("name", name, most=NAME, least=1),
        time_zone=people.time_zone(time_zone),
        created_at=uow.now,
    )
    if password is not None:
        people.check_password(password, email=row.email, person=row.name)
        row.password_hash, row.password_changed_at = hashed(password), uow.now
    taken = Conflict("There is an account with this address.", code="EMAIL_TAKEN")
    with uow.refusing({"uq_users_email": taken}):
        uow.session.add(row)
    uow.record(UserAdded(user_id=row.id))
    return row.id


def create_organisation(
    uow: UnitOfWork, *, kind: str, name: str, time_zone: str = "UTC", currency: str = "USD"
) -> uuid.UUID:
    """Add a company or an agency.

    Raises:
        InvalidInput: the kind, the name, the zone or the currency cannot be.
    """
    row = Organisation(
        id=uow.new_id(),
        kind=_one_of("kind", kind, (OrganisationKind.COMPANY, OrganisationKind.AGENCY)),
        name=clean("name", name, most=NAME, least=1),
        time_zone=people.time_zone(time_zone),
        currency=_one_of("currency", currency, CURRENCIES),
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.record(OrganisationAdded(organisation_id=row.id, kind=row.kind))
    return row.id


def join(uow: UnitOfWork, *, user_id: uuid.UUID, organisation_id: uuid.UUID, role: str) -> uuid.UUID:
    """Give a person a role in an organisation.

    Raises:
        InvalidInput: this kind of organisation has no such role.
        Conflict: the person has it.
    """
    kind = uow.session.scalars(select(Organisation.kind).where(Organisation.id == organisation_id)).one()
    row = Membership(
        id=uow.new_id(),
        user_id=user_id,
        organisation_id=organisation_id,
        role=_one_of("role", role, ROLES_OF_KIND[OrganisationKind(kind)]),
        created_at=uow.now,
    )
    member = Conflict("This person has that role here.", code="ALREADY_MEMBER")
    with uow.refusing({"uq_memberships_user_id_organisation_id_role": member}):
        uow.session.add(row)
    uow.record(MembershipAdded(user_id=user_id, role=row.role, organisation_id=organisation_id))
    return row.id


def create_recruiter(
    uow: UnitOfWork, user_id: uuid.UUID, agency_id: uuid.UUID | None, status: str = "pending"
) -> uuid.UUID:
    """Give a person a recruiter's profile.

    Raises:
        InvalidInput: there is no such status.
        Conflict: the person has a profile.
    """
    row = Recruiter(
        id=uow.new_id(),
        user_id=user_id,
        agency_id=agency_id,
        status=_one_of("status", status, RECRUITER_STATUSES),
        created_at=uow.now,
    )
    with uow.refusing({"uq_recruiters_user_id": Conflict("This person has a recruiter's profile.")}):
        uow.session.add(row)
    uow.record(RecruiterAdded(recruiter_id=row.id, user_id=user_id, status=row.status, organisation_id=agency_id))
    return row.id


def _one_of(name: str, value: str, choices: Iterable[str]) -> str:
    listed = [str(choice) for choice in choices]
    if value not in listed:
        raise InvalidInput.field(name, "Choose one of: " + ", ".join(listed).replace("_", " ") + ".")
    return str(value)
