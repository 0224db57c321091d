"""Settings of the platform and of the guarantee (domain.md §4), resolved job → company → platform."""

from __future__ import annotations

import uuid
from dataclasses import asdict, fields, replace
from typing import TypeVar

from sqlalchemy import select, update

from portal import access
from portal.domain import people
from portal.domain.errors import Conflict, InvalidInput, NotFound, StaleVersion
from portal.domain.events import SettingsChanged
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import Actor, OrganisationKind, Permission
from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import PlatformLimits, check_limits, check_terms, differences
from portal.models import GuaranteeConfig, Job, Organisation, PlatformSettings, TermsSetting
from portal.queries.guarantee_terms import NEAREST, applying
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work

Changes = dict[str, tuple[str, str]]
Scoped = TypeVar("Scoped", GuaranteeConfig, TermsSetting)
NONE_OF_ITS_OWN = Conflict("There are no custom terms here, or they have already been removed.", code="ALREADY_REMOVED")


def current(uow: UnitOfWork) -> PlatformSettings:
    return uow.session.scalars(select(PlatformSettings)).one()


def guarantee_terms(
    uow: UnitOfWork, *, company_id: uuid.UUID | None, job_id: uuid.UUID | None = None
) -> GuaranteeTerms:
    """Return the guarantee's terms: those of the job, else of the company, else of the platform."""
    query = select(GuaranteeConfig).where(applying(company_id, job_id)).order_by(NEAREST).limit(1)
    return terms_of(uow.session.scalars(query).one())


def terms_of(row: GuaranteeConfig) -> GuaranteeTerms:
    values = {f.name: getattr(row, f.name) for f in fields(GuaranteeTerms)}
    return GuaranteeTerms(**{**values, "notice_days": tuple(row.notice_days)})


def limits_of(row: PlatformSettings) -> PlatformLimits:
    values = {f.name: getattr(row, f.name) for f in fields(PlatformLimits)}
    return PlatformLimits(**{**values, "payout_days": tuple(row.payout_days)})


def change_platform(
    *, actor: Actor, limits: PlatformLimits, version: int | None = None, preview: bool = False
) -> Changes:
    """Set the platform's limits and return what changed, old and new; a preview only tells.

    Raises:
        InvalidInput: a value lies outside its bounds.
    """
    access.require(actor, Permission.SETTINGS_EDIT)
    limits = replace(limits, payout_days=tuple(sorted(limits.payout_days)))
    check_limits(limits)
    with unit_of_work(actor) as uow:
        row = uow.session.scalars(select(PlatformSettings).with_for_update()).one()
        check_version(row.version, version)
        before = limits_of(row)
        changed = differences(before, limits)
        if changed and not preview:
            _assign(row, limits)
            _set_zone(uow, limits.time_zone)
            uow.record(SettingsChanged(scope="platform", changed=changed))
    return changed


def _set_zone(uow: UnitOfWork, time_zone: str) -> None:
    zone = update(Organisation).where(Organisation.id == PLATFORM_ORGANISATION_ID).values(time_zone=time_zone)
    with uow.refusing({"ck_organisations_time_zone": people.ZONE_UNKNOWN}):
        uow.session.execute(zone)


def change_guarantee(
    *,
    actor: Actor,
    terms: GuaranteeTerms,
    company_id: uuid.UUID | None = None,
    job_id: uuid.UUID | None = None,
    version: int | None = None,
    preview: bool = False,
) -> Changes:
    """Set the guarantee's terms of the platform, a company or a job, and return what changed; a preview only tells.

    Version 0 says that there were none of its own. Raises InvalidInput, StaleVersion, and NotFound for no such target.
    """
    access.require(actor, Permission.SETTINGS_EDIT)
    terms = replace(terms, notice_days=tuple(sorted(terms.notice_days, reverse=True)))
    check_terms(terms)
    with unit_of_work(actor) as uow:
        company = _company_of(uow, company_id, job_id)
        row = of_scope(uow, GuaranteeConfig, company_id, job_id)
        check_version(row.version if row is not None else 0, version)
        changed = differences(_before(uow, row, company, job_id), terms)
        if row is None:
            changed["own_terms"] = ("no", "yes")
        if changed and not preview:
            _write(uow, row, terms, company_id=company_id, job_id=job_id)
            scope = scope_of(company_id, job_id)
            uow.record(SettingsChanged(scope=scope, changed=changed, organisation_id=company, job_id=job_id))
    return changed


def drop_guarantee(
    *,
    actor: Actor,
    company_id: uuid.UUID | None = None,
    job_id: uuid.UUID | None = None,
    version: int | None = None,
) -> None:
    """Drop the terms of a company or a job in favour of those above it; placements already active keep theirs.

    Raises:
        InvalidInput: neither a company nor a job was named.
        Conflict: it has no terms of its own, or no longer.
    """
    access.require(actor, Permission.SETTINGS_EDIT)
    if company_id is None and job_id is None:
        raise InvalidInput("The platform’s own terms can be changed but not removed.")
    with unit_of_work(actor) as uow:
        company = _company_of(uow, company_id, job_id)
        row = of_scope(uow, GuaranteeConfig, company_id, job_id)
        if row is None:
            raise NONE_OF_ITS_OWN
        check_version(row.version, version)
        uow.session.delete(row)
        uow.session.flush()
        changed = differences(terms_of(row), _before(uow, None, company, job_id))
        changed["own_terms"] = ("yes", "no")
        scope = scope_of(company_id, job_id)
        uow.record(SettingsChanged(scope=scope, changed=changed, organisation_id=company, job_id=job_id))


def _before(
    uow: UnitOfWork, row: GuaranteeConfig | None, company: uuid.UUID | None, job_id: uuid.UUID | None
) -> GuaranteeTerms:
    """Return the terms of a row, or those from above where there is none."""
    if row is not None:
        return terms_of(row)
    assert company is not None, "the platform has a row from its first migration on"
    return guarantee_terms(uow, company_id=company, job_id=job_id)


def _company_of(uow: UnitOfWork, company_id: uuid.UUID | None, job_id: uuid.UUID | None) -> uuid.UUID | None:
    """Return the company that the settings concern, or None for the platform."""
    if company_id is None and job_id is None:
        return None
    if job_id is not None:
        query = select(Job.company_id).where(Job.id == job_id)
    else:
        query = select(Organisation.id).where(
            Organisation.id == company_id, Organisation.kind == OrganisationKind.COMPANY
        )
    found = uow.session.scalars(query).one_or_none()
    if found is None or (job_id is not None and company_id is not None):
        raise NotFound()
    return found


def of_scope(
    uow: UnitOfWork, table: type[Scoped], company_id: uuid.UUID | None, job_id: uuid.UUID | None
) -> Scoped | None:
    """Return what is set for a job, for a company, or with neither for the platform; locked, None for nothing."""
    query = select(table).where(table.scope == scope_of(company_id, job_id)).with_for_update()
    if job_id is not None:
        query = query.where(table.job_id == job_id)
    elif company_id is not None:
        query = query.where(table.company_id == company_id)
    return uow.session.scalars(query).one_or_none()


def _write(
    uow: UnitOfWork,
    row: GuaranteeConfig | None,
    terms: GuaranteeTerms,
    *,
    company_id: uuid.UUID | None,
    job_id: uuid.UUID | None,
) -> None:
    """Write the terms into their row, or into a new one.

    Raises:
        StaleVersion: somebody else inserted the row at the same moment.
    """
    if row is not None:
        _assign(row, terms)
        row.updated_at = uow.now
        return
    raced = StaleVersion("Someone else just changed this. Check the current values.")
    with uow.refusing({f"uq_placement_guarantee_config_{name}_id": raced for name in ("company", "job")}):
        uow.add(
            GuaranteeConfig(
                scope=scope_of(company_id, job_id),
                company_id=company_id,
                job_id=job_id,
                updated_at=uow.now,
                **{**asdict(terms), "notice_days": list(terms.notice_days)},
            )
        )


def scope_of(company_id: uuid.UUID | None, job_id: uuid.UUID | None) -> str:
    """Return the name of what settings are for."""
    return "job" if job_id is not None else "company" if company_id is not None else "platform"


def _assign(row: PlatformSettings | GuaranteeConfig, values: PlatformLimits | GuaranteeTerms) -> None:
    """Write all values that are columns of the row, and count the version up."""
    for name, value in asdict(values).items():
        if name in row.__table__.columns:
            setattr(row, name, list(value) if isinstance(value, tuple) else value)
    row.version += 1
