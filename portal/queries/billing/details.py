"""Billing details: where a company's invoices go, and who issues them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from portal.domain.errors import NotFound, existing
from portal.domain.permissions import Actor, Permission, Scope
from portal.extensions import reading
from portal.models import BillingAddress, BillingDetails, Organisation

A, D = BillingAddress, BillingDetails
ASKED = (A.organisation_id == D.organisation_id) & (func.lower(A.email) == func.lower(D.email))  # who was asked


@dataclass(frozen=True, slots=True)
class DetailsView:
    """The billing details of an organization; empty, with version 0, until someone has entered them."""

    organisation_id: uuid.UUID
    organisation_name: str
    legal_name: str = ""
    address: str = ""
    tax_id: str = ""
    email: str = ""
    bank_account: str = ""
    version: int = 0
    asked_at: datetime | None = None  # when the billing email was asked whether it wants copies
    confirmed_at: datetime | None = None
    declined_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Return whether the billing email has not answered yet."""
        return bool(self.email) and self.confirmed_at is None and self.declined_at is None


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address that is asked whether it wants copies of a company's documents, and its answer so far."""

    email: str
    company: str
    confirmed_at: datetime | None
    declined_at: datetime | None


def address(address_id: uuid.UUID) -> AddressView:
    """Return an address for copies; whoever asks has its link."""
    query = select(A.email, D.legal_name, A.confirmed_at, A.declined_at).join(D, D.organisation_id == A.organisation_id)
    row = existing(reading().execute(query.where(A.id == address_id)).one_or_none())
    return AddressView(*row)


def silent_email(viewer: Actor) -> str:
    """Return the billing email of the viewer's organization that has not agreed to copies, or nothing."""
    agreed = exists().where(ASKED, A.confirmed_at.is_not(None))
    query = select(D.email).where(D.organisation_id == viewer.organisation_id, ~agreed)
    return (
        "" if viewer.scope(Permission.TERMS_EDIT) is Scope.ANY else reading().execute(query).scalar_one_or_none() or ""
    )


def details(organisation_id: uuid.UUID, *, viewer: Actor) -> DetailsView:
    """Return the billing details of the viewer's organization, or of any for the platform."""
    if viewer.scope(Permission.TERMS_EDIT) is not Scope.ANY and organisation_id != viewer.organisation_id:
        raise NotFound()
    query = (
        select(Organisation.name, D.legal_name, D.address, D.tax_id, D.email, D.bank_account, D.version)
        .add_columns(A.asked_at, A.confirmed_at, A.declined_at)
        .outerjoin(D, D.organisation_id == Organisation.id)
        .outerjoin(A, ASKED)
        .where(Organisation.id == organisation_id)
    )
    row = existing(reading().execute(query).one_or_none())
    if row.version is None:
        return DetailsView(organisation_id, row.name)
    return DetailsView(organisation_id, *row)
