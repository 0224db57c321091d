"""By whose calendar the business days of disputes are counted (ADR 0043)."""

from __future__ import annotations

import uuid

from sqlalchemy import ColumnElement, Select, func, select

from portal.models import Organisation, PlatformSettings, Recruiter, User


def of_platform() -> Select[str]:
    """Select the time zone in which the platform counts its own days."""
    return select(PlatformSettings.time_zone)


def of_organisation() -> ColumnElement[str]:
    """Return the time zone of the organization that a query selects: its own, else the platform's."""
    return func.coalesce(func.nullif(Organisation.time_zone, "UTC"), of_platform().scalar_subquery())


def of_recruiter(recruiter_id: uuid.UUID | None) -> Select[str]:
    """Select the time zone of a recruiter: of the agency, else of the person, else of the platform."""
    own = func.nullif(User.time_zone, "UTC")
    found = func.coalesce(func.nullif(Organisation.time_zone, "UTC"), own, of_platform().scalar_subquery())
    return (
        select(found)
        .select_from(Recruiter)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Organisation, Organisation.id == Recruiter.agency_id)
        .where(Recruiter.id == recruiter_id)
    )
