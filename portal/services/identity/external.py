"""Which subject of an identity provider is which person; never guessed from an email address."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, func, select

from portal import access
from portal.domain.errors import Conflict, InvalidInput, NotFound, existing
from portal.domain.events import UserIdentityLinked, UserIdentityUnlinked
from portal.domain.people import folded
from portal.domain.permissions import Actor, Permission
from portal.domain.texts import clean
from portal.models import User
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

ISSUER_MOST, SUBJECT_MOST = 500, 255
OTHERS = Conflict("This subject is linked to another person. Unlink it there first.", code="SUBJECT_TAKEN")


def link(user_id: uuid.UUID, *, actor: Actor, issuer: str, subject: str) -> None:
    """Link a subject of an identity provider to a person, for whom its tokens act.

    Raises:
        InvalidInput: issuer or subject cannot be.
        Conflict: the person has a subject already, or the subject belongs to someone else.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    with unit_of_work(actor) as uow:
        person = _person(uow, user_id)
        external = _external(issuer, subject)
        if person.external_subject is not None:
            raise Conflict("This person is already linked. Unlink the current subject first.", code="ALREADY_LINKED")
        with uow.refusing({"uq_users_external_subject": OTHERS}):
            person.external_subject = external
        issuer, _, subject = external.partition(" ")
        uow.record(UserIdentityLinked(user_id=user_id, issuer=issuer, subject=subject))


def unlink(user_id: uuid.UUID, *, actor: Actor) -> None:
    """Unlink an identity provider from a person.

    Raises:
        Conflict: no subject is linked.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    with unit_of_work(actor) as uow:
        _unlink(uow, _person(uow, user_id))


def unlink_address(email: str, *, actor: Actor) -> str:
    """Unlink an identity provider from the person with this address and return their name.

    Raises:
        Conflict: no subject is linked.
    """
    access.require(actor, Permission.USERS_ADMINISTER)
    with unit_of_work(actor) as uow:
        person = _found(uow, func.lower(User.email) == folded(email))
        if person is None:
            raise NotFound(f"No one here has the address {email}.")
        _unlink(uow, person)
        return person.name


def _unlink(uow: UnitOfWork, person: User) -> None:
    if person.external_subject is None:
        raise Conflict("No subject is linked to this person.", code="NOT_LINKED")
    issuer, _, subject = person.external_subject.partition(" ")
    person.external_subject = None
    uow.record(UserIdentityUnlinked(user_id=person.id, issuer=issuer, subject=subject))


def _person(uow: UnitOfWork, user_id: uuid.UUID) -> User:
    return existing(_found(uow, User.id == user_id))


def _found(uow: UnitOfWork, which: ColumnElement[bool]) -> User | None:
    query = select(User).where(which, User.is_system.is_(False)).with_for_update(key_share=True)
    return uow.session.scalars(query).one_or_none()


def _external(issuer: str, subject: str) -> str:
    """Return both in one text; the issuer, an address, has no blank."""
    issuer = clean("issuer", issuer, most=ISSUER_MOST, least=1)
    parts = urlsplit(issuer)
    if " " in issuer or parts.scheme not in {"https", "http"} or not parts.netloc:
        raise InvalidInput.field("issuer", "Enter the issuer’s address, such as https://id.example.com.")
    return f"{issuer} {clean('subject', subject, most=SUBJECT_MOST, least=1)}"
