"""Terms as people read them (money.md §1): those of a job with where each comes from, and a proposal's frozen ones."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select

from portal import access
from portal.domain.billing import terms as rules
from portal.domain.billing.terms import Terms
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Job, Placement, Proposal, TermsSetting


@dataclass(frozen=True, slots=True)
class TermsView:
    """Terms that apply, which scope each field comes from, and the version of what the scope sets itself."""

    terms: Terms
    origin: Mapping[str, str]
    version: int  # for the form; 0 when the scope sets nothing


def of_scope(*, company_id: uuid.UUID | None = None, job_id: uuid.UUID | None = None) -> TermsView:
    """Return the terms of the platform, a company or a job, whose reader was checked before."""
    company, job = company_id, None
    if job_id is not None:
        job = reading().execute(select(Job.company_id, Job.fee_bp, Job.currency).where(Job.id == job_id)).one_or_none()
        if job is None:
            raise NotFound()
        company = job.company_id
    rows = {row.scope: row for row in reading().execute(_settings(company, job_id))}
    layers: dict[str, Mapping[str, Any]] = {
        scope: rows[scope].fields for scope in ("platform", "company", "job") if scope in rows
    }
    terms, origin = rules.merged(layers)
    own = rows.get("job" if job_id else "company" if company_id else "platform")
    if job is not None:
        fee = job.fee_bp if terms.fee_bp is None and terms.flat_fee_minor is None else terms.fee_bp
        terms = replace(terms, fee_bp=fee, currency=job.currency)
    return TermsView(terms, origin, 0 if own is None else own.version)


def _settings(company_id: uuid.UUID | None, job_id: uuid.UUID | None) -> Any:
    t = TermsSetting
    applies = [t.scope == "platform"]
    applies += [t.company_id == company_id] if company_id else []
    applies += [t.job_id == job_id] if job_id else []
    return select(t.scope, t.fields, t.version).where(or_(*applies))


def of_job(job_id: uuid.UUID, *, viewer: Actor) -> TermsView:
    """Return the terms under which one proposes for a job that the viewer may see.

    Raises:
        NotFound: the job is not the viewer's to see.
    """
    seen = select(Job.id).where(Job.id == job_id, access.visible(Job, viewer))
    if reading().execute(seen).scalar_one_or_none() is None:
        raise NotFound()
    return of_scope(job_id=job_id)


def of_proposal(proposal_id: uuid.UUID, *, viewer: Actor) -> Terms:
    """Return the terms that a proposal keeps.

    Raises:
        NotFound: the proposal is not the viewer's to see.
    """
    query = select(Proposal.terms).where(Proposal.id == proposal_id, access.visible(Proposal, viewer))
    return _kept(reading().execute(query).scalar_one_or_none())


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
