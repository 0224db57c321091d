"""The settings as they are now: the platform's limits, and the guarantee's terms of platform, companies and jobs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, select, union_all

from portal import access
from portal.domain.errors import existing
from portal.domain.permissions import Actor, OrganisationKind, Permission
from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import PlatformLimits
from portal.extensions import reading
from portal.models import GuaranteeConfig, Job, Organisation, PlatformSettings
from portal.queries.finding import has
from portal.queries.guarantee_terms import NEAREST, applying
from portal.queries.paging import PAGE_SIZE, Page, cut

SEARCH_LENGTH = 100
TARGETS_SHOWN = 20
_TERMS = tuple(f.name for f in fields(GuaranteeTerms))
_LIMITS = tuple(f.name for f in fields(PlatformLimits))


@dataclass(frozen=True, slots=True)
class PlatformView:
    """The platform's limits and the version that a form edits."""

    limits: PlatformLimits
    version: int


@dataclass(frozen=True, slots=True)
class GuaranteeView:
    """The terms in force for a platform, company or job; `version` is 0 while they come from above."""

    scope: str
    name: str
    terms: GuaranteeTerms
    version: int
    inherited_from: str
    company_id: uuid.UUID | None = None
    job_id: uuid.UUID | None = None

    @property
    def is_own(self) -> bool:
        """Return whether this company or job has terms of its own."""
        return self.version > 0


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """One company or job with terms of its own."""

    id: uuid.UUID
    scope: str
    target_id: uuid.UUID
    name: str
    default_days: int
    maximum_days: int
    maximum_extensions: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """A company or job that may get terms of its own."""

    scope: str
    id: uuid.UUID
    name: str
    is_own: bool


def platform(*, viewer: Actor) -> PlatformView:
    access.require(viewer, Permission.SETTINGS_EDIT)
    columns = [getattr(PlatformSettings, name).label(name) for name in _LIMITS]
    row = reading().execute(select(*columns, PlatformSettings.version)).one()
    values = {name: getattr(row, name) for name in _LIMITS}
    return PlatformView(PlatformLimits(**{**values, "payout_days": tuple(row.payout_days)}), row.version)


def guarantee(*, viewer: Actor, company_id: uuid.UUID | None = None, job_id: uuid.UUID | None = None) -> GuaranteeView:
    """Return the terms in force for the platform, a company or a job, and where they come from."""
    access.require(viewer, Permission.SETTINGS_EDIT)
    wanted = "job" if job_id is not None else "company" if company_id is not None else "platform"
    row = existing(reading().execute(_in_force(company_id, job_id)).one_or_none())
    values = {name: getattr(row, name) for name in _TERMS}
    terms = GuaranteeTerms(**{**values, "notice_days": tuple(row.notice_days)})
    version = row.version if row.scope == wanted else 0
    return GuaranteeView(wanted, row.name, terms, version, row.scope, company_id, job_id)


def _in_force(company_id: uuid.UUID | None, job_id: uuid.UUID | None) -> Select[*tuple[Any, ...]]:
    """Select the nearest terms of a target that exists, with the target's name."""
    columns = [getattr(GuaranteeConfig, name) for name in _TERMS]
    applies = applying(None, None)
    named = select(literal("the platform").label("name"), literal(None).label("company")).subquery()
    if job_id is not None:
        named = select(Job.title.label("name"), Job.company_id.label("company")).where(Job.id == job_id).subquery()
        applies = applying(named.c.company, job_id)
    elif company_id is not None:
        company = and_(Organisation.id == company_id, Organisation.kind == OrganisationKind.COMPANY)
        named = select(Organisation.name.label("name"), Organisation.id.label("company")).where(company).subquery()
        applies = applying(company_id, None)
    return (
        select(named.c.name, GuaranteeConfig.scope, GuaranteeConfig.version, *columns)
        .join(named, applies)
        .order_by(NEAREST)
        .limit(1)
    )


def overrides(*, viewer: Actor, before: uuid.UUID | None = None) -> Page[OverrideRow]:
    """List companies and jobs with terms of their own, latest first."""
    access.require(viewer, Permission.SETTINGS_EDIT)
    query = (
        select(
            GuaranteeConfig.id,
            GuaranteeConfig.scope,
            func.coalesce(GuaranteeConfig.job_id, GuaranteeConfig.company_id),
            func.coalesce(Job.title, Organisation.name),
            GuaranteeConfig.default_days,
            GuaranteeConfig.maximum_days,
            GuaranteeConfig.maximum_extensions,
            GuaranteeConfig.updated_at,
        )
        .outerjoin(Job, Job.id == GuaranteeConfig.job_id)
        .outerjoin(Organisation, Organisation.id == GuaranteeConfig.company_id)
        .where(GuaranteeConfig.scope != "platform")
    )
    if before is not None:
        query = query.where(GuaranteeConfig.id < before)
    found = reading().execute(query.order_by(GuaranteeConfig.id.desc()).limit(PAGE_SIZE + 1)).all()
    shown, more = cut(found, PAGE_SIZE)
    rows = tuple(OverrideRow(*row) for row in shown)
    return Page(rows, older=rows[-1].id if more else None)


def targets(*, viewer: Actor, q: str) -> tuple[Target, ...]:
    """List companies and jobs whose name has `q`, companies first; nothing for an empty `q`."""
    access.require(viewer, Permission.SETTINGS_EDIT)
    if not q:
        return ()
    own_company = exists().where(GuaranteeConfig.company_id == Organisation.id)
    own_job = exists().where(GuaranteeConfig.job_id == Job.id)
    part = q[:SEARCH_LENGTH]
    companies = select(
        literal("company").label("scope"), Organisation.id, Organisation.name.label("name"), own_company.label("own")
    ).where(Organisation.kind == OrganisationKind.COMPANY, has(Organisation.name, part))
    jobs = select(literal("job"), Job.id, Job.title + ", " + Organisation.name, own_job).join(
        Organisation, and_(Organisation.id == Job.company_id, has(Job.title, part))
    )
    found = union_all(companies, jobs).subquery()
    query = select(found.c.scope, found.c.id, found.c.name, found.c.own).order_by(found.c.scope, found.c.name)
    return tuple(Target(*row) for row in reading().execute(query.limit(TARGETS_SHOWN)))
