"""Billing details (money.md §3), and who has agreed to get copies of documents: whoever reads the address, by a link.

A link is `<id>.<proof>`; it works as long as the address is asked for, so that a copy can be refused later, too.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, fields
from datetime import timedelta

from sqlalchemy import func, select

from portal import access
from portal.domain import texts
from portal.domain.billing.documents import Details
from portal.domain.errors import Conflict, InvalidInput, NotFound, existing
from portal.domain.events import BillingAddressAnswered, BillingAddressAsked, BillingDetailsChanged
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import Actor, Permission, Scope, system_actor
from portal.extensions import reading
from portal.models import BillingAddress, BillingDetails
from portal.runtime.clock import now_sql
from portal.services.identity.addresses import email_address
from portal.services.identity.proofs import is_proven, prove
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work

PURPOSE = "billing-address"
AGAIN_AFTER = timedelta(days=1)
MOST_ASKED = 5  # addresses within that time: nobody writes to strangers through the portal
_LENGTHS = {"legal_name": (texts.LINE, 1), "address": (texts.REASON, 1), "tax_id": (60, 0), "email": (254, 0)}


def save(organisation_id: uuid.UUID, *, actor: Actor, details: Details, version: int | None = None) -> tuple[str, ...]:
    """Save the billing details of a company, or of the platform, and name the fields that changed.

    An address that is new to the company is asked whether it wants copies.

    Raises:
        InvalidInput: a field is missing, too long or no address; or who reads the address refused copies.
    """
    access.require(actor, Permission.TERMS_EDIT)
    if actor.scope(Permission.TERMS_EDIT) is not Scope.ANY and organisation_id != actor.organisation_id:
        raise NotFound()
    said = _checked(details)
    with unit_of_work(actor) as uow:
        row = uow.session.scalar(
            select(BillingDetails).where(BillingDetails.organisation_id == organisation_id).with_for_update()
        )
        check_version(0 if row is None else row.version, version)
        changed = tuple(f.name for f in fields(Details) if row is None or getattr(row, f.name) != getattr(said, f.name))
        _write(uow, row, organisation_id, said, changed)
        if said.email and "email" in changed and organisation_id != PLATFORM_ORGANISATION_ID:
            _ask_new(uow, organisation_id, said.email)
    return changed


def _write(
    uow: UnitOfWork, row: BillingDetails | None, organisation_id: uuid.UUID, said: Details, changed: tuple[str, ...]
) -> None:
    if row is None:
        uow.add(BillingDetails(organisation_id=organisation_id, updated_at=uow.now, **asdict(said)))
    elif changed:
        for name in changed:
            setattr(row, name, getattr(said, name))
        row.updated_at, row.version = uow.now, row.version + 1
    if changed:
        uow.record(BillingDetailsChanged(organisation_id=organisation_id, changed=changed))


def _checked(details: Details) -> Details:
    wrong, clean = dict[str, str](), dict[str, str]()
    for name in (f.name for f in fields(Details)):
        most, least = _LENGTHS.get(name, (texts.LINE, 0))
        try:
            clean[name] = texts.clean(name, getattr(details, name), most=most, least=least, multiline=name == "address")
            if name == "email" and clean[name]:
                clean[name] = email_address(clean[name])
        except InvalidInput as error:
            wrong |= error.fields
    if wrong:
        raise InvalidInput("Some fields need changes.", fields=wrong)
    return Details(**clean)


# --- consent ------------------------------------------------------------------------------------------------------


def _ask_new(uow: UnitOfWork, organisation_id: uuid.UUID, email: str) -> None:
    """Ask an address unless it has agreed before, or was asked just now.

    Raises:
        InvalidInput: who reads it refused, or the company asked too many.
    """
    row = _row(uow, organisation_id, email)
    if row is not None and row.declined_at is not None:
        raise InvalidInput.field("email", "The recipient at this address declined invoice copies. Enter another one.")
    if row is None:
        if _asked_lately(uow, organisation_id) >= MOST_ASKED:
            raise InvalidInput.field("email", "You’ve entered too many new addresses today. Try again tomorrow.")
        row = uow.add(BillingAddress(organisation_id=organisation_id, email=email))
    elif row.confirmed_at is not None or row.asked_at > uow.now - AGAIN_AFTER:
        return
    _ask(uow, row)


def ask_again(*, actor: Actor) -> str:
    """Send the billing address of one's company the question once more, and return the address.

    Raises:
        Conflict: there is none, it has answered, or it was asked within a day.
    """
    access.require(actor, Permission.TERMS_EDIT)
    with unit_of_work(actor) as uow:
        organisation_id = actor.organisation_id
        query = select(BillingDetails.email).where(BillingDetails.organisation_id == organisation_id)
        email = uow.session.scalar(query.with_for_update())
        if not email or organisation_id in {None, PLATFORM_ORGANISATION_ID}:
            raise Conflict("Enter a billing email first.", code="NO_ADDRESS")
        row = _row(uow, organisation_id, email)
        if row is None:  # it was entered before addresses were asked
            _ask_new(uow, organisation_id, email)
            return email
        if row.confirmed_at is not None or row.declined_at is not None:
            raise Conflict("This address has already answered.", code="ANSWERED")
        if row.asked_at > uow.now - AGAIN_AFTER:
            raise Conflict(
                "A request was sent to this address within the last 24 hours. Try again tomorrow.", code="ASKED_LATELY"
            )
        _ask(uow, row)
    return email


def _ask(uow: UnitOfWork, row: BillingAddress) -> None:
    row.asked_at, row.asked_by = uow.now, uow.actor.user_id
    uow.session.flush()
    uow.record(BillingAddressAsked(organisation_id=row.organisation_id, user_id=uow.actor.user_id, consent_id=row.id))


def _row(uow: UnitOfWork, organisation_id: uuid.UUID, email: str) -> BillingAddress | None:
    a = BillingAddress
    query = select(a).where(a.organisation_id == organisation_id, func.lower(a.email) == email.lower())
    return uow.session.scalar(query.with_for_update())


def _asked_lately(uow: UnitOfWork, organisation_id: uuid.UUID) -> int:
    a = BillingAddress
    query = select(func.count()).where(a.organisation_id == organisation_id, a.asked_at > uow.now - AGAIN_AFTER)
    return uow.session.scalars(query).one()


def token_of(address_id: uuid.UUID) -> str:
    """Return what comes after /billing-address/ in a link; emails ask for it when they are sent."""
    return f"{address_id}.{prove(PURPOSE, str(address_id))}"


def address_of(token: str) -> uuid.UUID:
    """Return the id of the address that a link is for."""
    name, _, proof = token.partition(".")
    try:
        address_id = uuid.UUID(name)
    except ValueError as error:
        raise NotFound() from error
    if not is_proven(proof, PURPOSE, str(address_id)):
        raise NotFound()
    return address_id


def answer(token: str, *, agreed: bool) -> None:
    """Record whether whoever reads an address wants copies; the last answer counts."""
    address_id = address_of(token)
    with unit_of_work(system_actor(reading().execute(select(now_sql())).scalar_one())) as uow:
        row = existing(uow.session.get(BillingAddress, address_id, with_for_update=True))
        if (row.confirmed_at if agreed else row.declined_at) is not None:
            return
        row.confirmed_at, row.declined_at = (uow.now, None) if agreed else (None, uow.now)
        uow.session.flush()
        uow.record(
            BillingAddressAnswered(
                organisation_id=row.organisation_id, consent_id=row.id, answer="agreed" if agreed else "refused"
            )
        )
