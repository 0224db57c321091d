"""Billing details: where a company's invoices go, and who issues them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select

from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Scope
from portal.extensions import reading
from portal.models import BillingDetails, Organisation


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


def details(organisation_id: uuid.UUID, *, viewer: Actor) -> DetailsView:
    """Return the billing details of the viewer's organization, or of any for the platform.

    Raises:
        NotFound: the organization is not the viewer's.
    """
    if viewer.scope(Permission.TERMS_EDIT) is not Scope.ANY and organisation_id != viewer.organisation_id:
        raise NotFound()
    d = BillingDetails
    query = (
        select(Organisation.name, d.legal_name, d.address, d.tax_id, d.email, d.bank_account, d.version)
        .outerjoin(d, d.organisation_id == Organisation.id)
        .where(Organisation.id == organisation_id)
    )
    row = reading().execute(query).one_or_none()
    if row is None:
        raise NotFound()
    if row.version is None:
        return DetailsView(organisation_id, row.name)
    return DetailsView(organisation_id, *row)
