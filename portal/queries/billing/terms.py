"""Terms as people read them (money.md §1): those of a job with where each comes from, and a proposal's frozen ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, cast, func, lateral, or_, select, true

from portal import access
from portal.domain.billing import terms as rules
from portal.domain.billing.terms import Terms
from portal.domain.errors import NotFound, existing
from portal.domain.events import TermsChanged
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.jobs import JobStatus
from portal.domain.money import WHOLE_BP
from portal.domain.permissions import Actor, OrganisationKind, Permission, Scope
from portal.domain.placements import GuaranteeTerms, default_days
from portal.extensions import reading
from portal.models import (
    GuaranteeConfig,
    Job,
    MarketplaceEvent,
    Organisation,
    Placement,
    Proposal,
    TermsSetting,
    User,
)
from portal.queries.guarantee_terms import NEAREST, applying
from portal.queries.prepared import prepared

SCOPES = ("platform", "company", "job")  # the widest first
CHANGES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class TermsView:
    """Terms that apply, which scope each field comes from, and the version of what the scope sets itself."""

    terms: Terms
    origin: Mapping[str, str]
    version: int  # for the form; 0 when the scope sets nothing

    @property
    def currency(self) -> str:
        return self.terms.currency


@dataclass(frozen=True, slots=True)
class TermsChange:
    """Who changed terms when; `changed` has old and new of each field, as the event keeps them."""

    at: datetime
    by: str | None  # None for whoever has left
    changed: Mapping[str, Sequence[str]]


_INHERITED_FROM = {"platform": "the defaults", "company": "the platform", "job": "the company or the platform"}


@dataclass(frozen=True, slots=True)
class SetTerms:
    """The terms of a job, a company or the platform: what applies, what it sets itself, and what would without that."""

    id: uuid.UUID  # of the job or of the organization
    name: str
    scope: str
    terms: Terms
    own: Mapping[str, Any]
    above: Terms
    version: int  # for the form; 0 when the scope sets nothing
    may_set_platform_fee: bool
    changes: tuple[TermsChange, ...]  # the latest first
    exceptions: tuple[tuple[uuid.UUID, str], ...] = ()  # a company's jobs that set terms of their own: id, title

    @property
    def inherits_from(self) -> str:
        return _INHERITED_FROM[self.scope]

    @property
    def has_currency(self) -> bool:
        """Return whether the currency is settled: a job's amounts are in that of the job."""
        return self.scope == "job"


def of_organisation(organisation_id: uuid.UUID, *, viewer: Actor) -> TermsView:
    """Return the terms of a company, or of the platform by its own organization."""
    _name(organisation_id, viewer)
    return of_scope(company_id=company_of(organisation_id))


def set_by(organisation_id: uuid.UUID, *, viewer: Actor) -> SetTerms:
    """Return the terms that a company, or the platform, sets, and who changed them when."""
    name, company_id = _name(organisation_id, viewer), company_of(organisation_id)
    scope = "platform" if company_id is None else "company"
    layers = _layers(company_id)
    own = layers.pop(scope, None)
    above = _guaranteed(rules.merged({name: row.fields for name, row in layers.items()})[0], company_id)
    found = of_scope(company_id=company_id)
    return SetTerms(
        organisation_id,
        name,
        scope,
        found.terms,
        {} if own is None else own.fields,
        above,
        found.version,
        viewer.scope(Permission.TERMS_EDIT) is Scope.ANY,
        _changes(scope, MarketplaceEvent.organisation_id == organisation_id),
        () if company_id is None else _exceptions(company_id),
    )


def _exceptions(company_id: uuid.UUID) -> tuple[tuple[uuid.UUID, str], ...]:
    """Return the jobs of a company that are not closed and set terms of their own, in the order of their titles."""
    query = select(Job.id, Job.title).join(TermsSetting, TermsSetting.job_id == Job.id)
    query = query.where(Job.company_id == company_id, Job.status != JobStatus.CLOSED, TermsSetting.fields != {})
    return tuple((row.id, row.title) for row in reading().execute(query.order_by(Job.title, Job.id)))


def set_for_job(job_id: uuid.UUID, *, viewer: Actor) -> SetTerms:
    """Return the terms that a job sets, and who changed them when."""
    job = _of_job(viewer, job=job_id).one_or_none()
    is_any = viewer.scope(Permission.TERMS_EDIT) is Scope.ANY
    if job is None or not (is_any or job.company_id == viewer.organisation_id):
        raise NotFound()
    layers = dict(job.layers or {})
    found, _ = _offered(job, layers)
    own = layers.pop("job", {"fields": {}, "version": 0})
    above, _ = _offered(job, layers)
    changes = _changes("job", MarketplaceEvent.job_id == job_id)
    return SetTerms(job_id, job.title, "job", found, own["fields"], above, own["version"], is_any, changes)


def _name(organisation_id: uuid.UUID, viewer: Actor) -> str:
    """Return the name of an organization whose terms the viewer may read."""
    if viewer.scope(Permission.TERMS_EDIT) is not Scope.ANY and organisation_id != viewer.organisation_id:
        raise NotFound()
    sets_terms = Organisation.kind.in_((OrganisationKind.COMPANY, OrganisationKind.PLATFORM))
    query = select(Organisation.name).where(Organisation.id == organisation_id, sets_terms)
    name = existing(reading().execute(query).scalar_one_or_none())
    return str(name)


def _changes(scope: str, concerned: ColumnElement[bool]) -> tuple[TermsChange, ...]:
    e = MarketplaceEvent
    about = concerned & (e.payload["scope"].astext == scope)
    query = (
        select(e.at, User.name, e.payload["changed"])
        .outerjoin(User, User.id == e.actor_id)
        .where(e.type == TermsChanged.type, about)
        .order_by(e.id.desc())
        .limit(CHANGES_SHOWN)
    )
    return tuple(TermsChange(*row) for row in reading().execute(query))


def company_of(organisation_id: uuid.UUID) -> uuid.UUID | None:
    """Return the company whose terms an organization's are; None for the platform."""
    return None if organisation_id == PLATFORM_ORGANISATION_ID else organisation_id


def of_scope(*, company_id: uuid.UUID | None = None) -> TermsView:
    """Return the terms of the platform or a company, whose reader was checked before."""
    layers = _layers(company_id)
    terms, origin = rules.merged({scope: row.fields for scope, row in layers.items()})
    own = layers.get("company" if company_id else "platform")
    return TermsView(_guaranteed(terms, company_id), origin, 0 if own is None else own.version)


def _layers(company_id: uuid.UUID | None) -> dict[str, Any]:
    """Return what the platform sets, and a company, the widest first."""
    t = TermsSetting
    applies = or_(t.scope == "platform", *([t.company_id == company_id] if company_id else []))
    rows = {row.scope: row for row in reading().execute(select(t.scope, t.fields, t.version).where(applies))}
    return {scope: rows[scope] for scope in SCOPES if scope in rows}


def _guaranteed(terms: Terms, company_id: uuid.UUID | None) -> Terms:
    """Return terms with the days of the guarantee's settings, which set them for a company or the platform."""
    g = GuaranteeConfig
    nearest = select(g.default_days, g.replacement_window_days).where(applying(company_id, None)).order_by(NEAREST)
    days, window = reading().execute(nearest.limit(1)).one()
    return replace(terms, guarantee_days=days, replacement_window_days=window)


@prepared
def _of_job(viewer: Actor) -> Select[Any]:
    t, g = TermsSetting, GuaranteeConfig
    found = func.jsonb_build_object("fields", t.fields, "version", t.version)
    layers = select(func.jsonb_object_agg(t.scope, found)).where(
        or_(t.scope == "platform", t.company_id == Job.company_id, t.job_id == Job.id)
    )
    bounds = (g.default_days, g.minimum_days, g.maximum_days, g.replacement_window_days)
    applies = applying(Job.company_id, Job.id)
    guarantee = lateral(select(*bounds).where(applies).order_by(NEAREST).limit(1).correlate(Job))
    return (
        select(
            Job.title,
            Job.company_id,
            Job.currency,
            Job.fee_bp,
            Job.guarantee_days,
            guarantee,
            layers.correlate(Job).scalar_subquery().label("layers"),
        )
        .select_from(Job)
        .join(guarantee, true())
        .where(Job.id == bindparam("job"), access.visible(Job, viewer))
    )


def of_job(job_id: uuid.UUID, *, viewer: Actor) -> TermsView:
    """Return the terms under which one proposes for a job that the viewer may see."""
    job = existing(_of_job(viewer, job=job_id).one_or_none())
    stored = job.layers or {}
    terms, origin = _offered(job, stored)
    return TermsView(terms, origin, stored["job"]["version"] if "job" in stored else 0)


def _offered(job: Any, stored: Mapping[str, Any]) -> tuple[Terms, dict[str, str]]:
    """Return the terms that these scopes make for a job, and which one sets each."""
    layers = {name: rules.in_currency(stored[name]["fields"], job.currency) for name in SCOPES if name in stored}
    merged, origin = rules.merged(layers)
    bounds = GuaranteeTerms(job.default_days, job.minimum_days, job.maximum_days)
    terms = rules.offered(
        merged,
        currency=job.currency,
        fee_bp=job.fee_bp,
        guarantee_days=default_days(bounds, job.guarantee_days),
        replacement_window_days=job.replacement_window_days,
    )
    return terms, origin


def of_proposal(proposal_id: uuid.UUID, *, viewer: Actor) -> Terms:
    """Return the terms that a proposal keeps."""
    query = select(Proposal.terms).where(Proposal.id == proposal_id, access.visible(Proposal, viewer))
    return _kept(reading().execute(query).scalar_one_or_none())


def _kept_by_proposal(name: str) -> ColumnElement[Any]:
    return cast(func.jsonb_extract_path_text(Proposal.terms, name), BigInteger)


def kept_percentage() -> ColumnElement[Any]:
    """Select the percentage that a proposal for its job keeps, in basis points; null where it keeps a flat fee."""
    share = func.coalesce(_kept_by_proposal("fee_bp"), Job.fee_bp)
    return case((_kept_by_proposal("flat_fee_minor").is_(None), share))


def expected_fee() -> ColumnElement[Any]:
    """Select what a proposal for its job would cost by the terms that it keeps, as `rules.expected_fee` computes it."""
    salary = Proposal.expected_salary_minor
    of_salary = func.div(salary * kept_percentage() + WHOLE_BP // 2, WHOLE_BP)
    least = func.greatest(of_salary, func.coalesce(_kept_by_proposal("minimum_fee_minor"), 0))
    return func.coalesce(_kept_by_proposal("flat_fee_minor"), case((salary > 0, least)))


def of_placement(placement_id: uuid.UUID, *, viewer: Actor) -> Terms:
    """Return the terms that a placement keeps."""
    query = select(Placement.terms).where(Placement.id == placement_id, access.visible(Placement, viewer))
    return _kept(reading().execute(query).scalar_one_or_none())


def _kept(stored: Mapping[str, Any] | None) -> Terms:
    if stored is None:
        raise NotFound()
    return Terms.from_json(stored)
