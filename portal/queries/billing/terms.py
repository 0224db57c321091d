"""Terms as people read them (money.md §1): those of a job with where each comes from, and a proposal's frozen ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, case, cast, func, lateral, or_, select, true

from portal import access
from portal.domain.billing import terms as rules
from portal.domain.billing.terms import Terms
from portal.domain.errors import NotFound
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.money import WHOLE_BP
from portal.domain.permissions import Actor, OrganisationKind, Permission, Scope
from portal.domain.placements import GuaranteeTerms, default_days
from portal.extensions import reading
from portal.models import GuaranteeConfig, Job, Organisation, Placement, Proposal, TermsSetting
from portal.queries.guarantee_terms import NEAREST, applying
from portal.queries.prepared import prepared

SCOPES = ("platform", "company", "job")  # the widest first


@dataclass(frozen=True, slots=True)
class TermsView:
    """Terms that apply, which scope each field comes from, and the version of what the scope sets itself."""

    terms: Terms
    origin: Mapping[str, str]
    version: int  # for the form; 0 when the scope sets nothing

    @property
    def currency(self) -> str:
        """Return the currency of the amounts."""
        return self.terms.currency


def of_organisation(organisation_id: uuid.UUID, *, viewer: Actor) -> TermsView:
    """Return the terms of a company, or of the platform by its own organization.

    Raises:
        NotFound: there is no such company, or it is somebody else's.
    """
    if viewer.scope(Permission.TERMS_EDIT) is not Scope.ANY and organisation_id != viewer.organisation_id:
        raise NotFound()
    company_id = company_of(organisation_id)
    if company_id is not None:
        is_company = select(Organisation.id).where(
            Organisation.id == company_id, Organisation.kind == OrganisationKind.COMPANY
        )
        if reading().execute(is_company).one_or_none() is None:
            raise NotFound()
    return of_scope(company_id=company_id)


def company_of(organisation_id: uuid.UUID) -> uuid.UUID | None:
    """Return the company whose terms an organization's are; None for the platform."""
    return None if organisation_id == PLATFORM_ORGANISATION_ID else organisation_id


def of_scope(*, company_id: uuid.UUID | None = None) -> TermsView:
    """Return the terms of the platform or a company, whose reader was checked before."""
    t = TermsSetting
    applies = or_(t.scope == "platform", *([t.company_id == company_id] if company_id else []))
    rows = {row.scope: row for row in reading().execute(select(t.scope, t.fields, t.version).where(applies))}
    terms, origin = rules.merged({scope: rows[scope].fields for scope in SCOPES if scope in rows})
    own = rows.get("company" if company_id else "platform")
    return TermsView(terms, origin, 0 if own is None else own.version)


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
    """Return the terms under which one proposes for a job that the viewer may see.

    Raises:
        NotFound: the job is not the viewer's to see.
    """
    job = _of_job(viewer, job=job_id).one_or_none()
    if job is None:
        raise NotFound()
    stored = job.layers or {}
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
    return TermsView(terms, origin, stored["job"]["version"] if "job" in stored else 0)


def of_proposal(proposal_id: uuid.UUID, *, viewer: Actor) -> Terms:
    """Return the terms that a proposal keeps.

    Raises:
        NotFound: the proposal is not the viewer's to see.
    """
    query = select(Proposal.terms).where(Proposal.id == proposal_id, access.visible(Proposal, viewer))
    return _kept(reading().execute(query).scalar_one_or_none())


def expected_fee() -> ColumnElement[Any]:
    """Select what a proposal for its job would cost by the terms that it keeps, as `rules.expected_fee` computes it."""

    def kept(name: str) -> ColumnElement[Any]:
        return cast(func.jsonb_extract_path_text(Proposal.terms, name), BigInteger)

    salary, share = Proposal.expected_salary_minor, func.coalesce(kept("fee_bp"), Job.fee_bp)
    of_salary = func.div(salary * share + WHOLE_BP // 2, WHOLE_BP)
    least = func.greatest(of_salary, func.coalesce(kept("minimum_fee_minor"), 0))
    return func.coalesce(kept("flat_fee_minor"), case((salary > 0, least)))


def of_placement(placement_id: uuid.UUID, *, viewer: Actor) -> Terms:
    """Return the terms that a placement keeps.

    Raises:
        NotFound: the placement is not the viewer's to see.
    """
    query = select(Placement.terms).where(Placement.id == placement_id, access.visible(Placement, viewer))
    return _kept(reading().execute(query).scalar_one_or_none())


def _kept(stored: Mapping[str, Any] | None) -> Terms:
    if stored is None:
        raise NotFound()
    return Terms.from_json(stored)
