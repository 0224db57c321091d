"""Terms (money.md §1): resolved job → company → platform, field by field, and frozen when somebody proposes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import or_, select, true, update

from portal import access
from portal.domain import texts
from portal.domain.billing import terms as rules
from portal.domain.billing.terms import Charge, Charged, Terms
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion
from portal.domain.events import TermsChanged
from portal.domain.jobs import OVER
from portal.domain.permissions import Actor, OrganisationKind, Permission, Scope
from portal.domain.placements import default_days
from portal.models import Job, Organisation, Placement, Proposal, TermsSetting
from portal.services import settings
from portal.services.machinery.unit_of_work import UnitOfWork, check_version, unit_of_work

FIELDS = tuple(field.name for field in fields(Terms))
PLATFORM_ONLY = ("platform_bp",)
_TEXTS = {"tax_label": texts.LINE, "restrictions": rules.RESTRICTIONS_LENGTH}
OF_THE_GUARANTEE = ("guarantee_days", "replacement_window_days", "report_grace_days")


@dataclass(frozen=True, slots=True)
class Resolved:
    """The terms that apply, and for each field the scope that set it."""

    terms: Terms
    origin: Mapping[str, str]


def for_job(uow: UnitOfWork, job: Job) -> Resolved:
    """Return the terms under which one proposes for a job: with the job's percentage and guarantee filled in."""
    layers = _layers(uow, job.company_id, job.id, job.currency)
    merged, origin = rules.merged(layers)
    guarantee = settings.guarantee_terms(uow, company_id=job.company_id, job_id=job.id)
    whole = rules.offered(
        merged,
        currency=job.currency,
        fee_bp=job.fee_bp,
        guarantee_days=default_days(guarantee, job.guarantee_days),
        replacement_window_days=guarantee.replacement_window_days,
    )
    return Resolved(whole, origin)


def refuse_other_fee(uow: UnitOfWork, job: Job, fee_bp: int) -> None:
    """Refuse another percentage on a job whose fee its terms set: they win, and the job would say another fee."""
    merged, origin = rules.merged(_layers(uow, job.company_id, job.id, job.currency))
    if merged.fee_bp == fee_bp:
        return
    sets = "fee_bp" if merged.fee_bp is not None else "flat_fee_minor" if merged.flat_fee_minor is not None else None
    if sets is not None:
        where = "this job" if origin[sets] == "job" else f"the {origin[sets]}"
        raise InvalidInput.field("fee_bp", f"The terms of {where} set the fee and take precedence. Change it there.")


def _layers(
    uow: UnitOfWork, company_id: uuid.UUID | None, job_id: uuid.UUID | None, currency: str | None
) -> dict[str, dict[str, Any]]:
    applies = [TermsSetting.scope == "platform"]
    if company_id is not None:
        applies.append(TermsSetting.company_id == company_id)
    if job_id is not None:
        applies.append(TermsSetting.job_id == job_id)
    rows = {row.scope: dict(row.fields) for row in uow.session.scalars(select(TermsSetting).where(or_(*applies)))}
    return {
        scope: dict(rules.in_currency(rows[scope], currency))
        for scope in ("platform", "company", "job")
        if scope in rows
    }


def change(
    *,
    actor: Actor,
    values: Mapping[str, Any],
    company_id: uuid.UUID | None = None,
    job_id: uuid.UUID | None = None,
    version: int | None = None,
    preview: bool = False,
) -> dict[str, tuple[str, str]]:
    """Set terms of the platform, a company or a job, and return what changed, old and new; a preview only tells.

    None lets a field come from above again; 0 as a minimum, "" and `rules.NEVER` do without what is set above. What is
    not named stays. Raises InvalidInput, NotPermitted, NotFound, and StaleVersion for changes since `version`.
    """
    access.require(actor, Permission.TERMS_EDIT)
    _check_names(actor, values)
    with unit_of_work(actor) as uow:
        target = _target(uow, company_id, job_id)
        row = settings.of_scope(uow, TermsSetting, company_id, job_id)
        check_version(0 if row is None else row.version, version)
        old = {} if row is None else dict(row.fields)
        new = _merged(old, values)
        after = _as_applied(uow, target, new)
        rules.check(replace(after, guarantee_days=_longest_guarantee(uow, target)))
        changed = differences(_as_applied(uow, target, old), after)
        if new != old and not preview:
            _write(uow, row, new, company_id=company_id, job_id=job_id)
            _tell(uow, target, changed)
    return changed


def _merged(old: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    new = {**old, **{name: _stored(name, value) for name, value in values.items()}}
    return {name: value for name, value in new.items() if value is not None}


def _check_names(actor: Actor, values: Mapping[str, Any]) -> None:
    wrong = {name: "There’s no such term." for name in values if name not in FIELDS}
    wrong |= {name: "Set this with the guarantee’s settings." for name in values if name in OF_THE_GUARANTEE[:2]}
    flat, others = values.get("flat_fee_minor"), (values.get("fee_bp"), values.get("minimum_fee_minor") or None)
    if flat is not None and others != (None, None):
        wrong["flat_fee_minor"] = rules.FLAT_FEE_ALONE
    if wrong:
        raise InvalidInput("Some terms need changes.", fields=wrong)
    if actor.scope(Permission.TERMS_EDIT) is not Scope.ANY and any(name in PLATFORM_ONLY for name in values):
        raise NotPermitted("Only a platform admin can set the platform’s fee.")


def _stored(name: str, value: Any) -> Any:
    if name in _TEXTS and value is not None:
        cleaned = texts.clean(name, value, most=_TEXTS[name], multiline=name == "restrictions")
        return cleaned if name == "restrictions" else cleaned or None
    return [list(row) if isinstance(row, tuple) else row for row in value] if isinstance(value, tuple | list) else value


def _as_applied(uow: UnitOfWork, target: _Target, own: dict[str, Any]) -> Terms:
    """Return the terms that apply when a scope sets `own`; a job has its currency and its percentage."""
    job = target.job
    layers = _layers(uow, target.company_id, target.job_id, job.currency if job else own.get("currency"))
    terms = rules.merged({**layers, target.scope: own})[0]
    return terms if job is None else rules.of_job(terms, currency=job.currency, fee_bp=job.fee_bp)


def _longest_guarantee(uow: UnitOfWork, target: _Target) -> int:
    """Return the longest guarantee that a placement may get under the terms: no instalment or step lies beyond."""
    return settings.guarantee_terms(uow, company_id=target.company_id, job_id=target.job_id).maximum_days


@dataclass(frozen=True, slots=True)
class _Target:
    """What terms are set for: a job, a company, or with neither the platform."""

    company_id: uuid.UUID | None = None
    job: Job | None = None

    @property
    def job_id(self) -> uuid.UUID | None:
        return None if self.job is None else self.job.id

    @property
    def scope(self) -> str:
        return settings.scope_of(self.company_id, self.job_id)


def _target(uow: UnitOfWork, company_id: uuid.UUID | None, job_id: uuid.UUID | None) -> _Target:
    """Return what the terms concern, of which the actor may set them."""
    if company_id is not None and job_id is not None:
        raise NotFound()
    if job_id is not None:
        job = uow.load(Job, job_id, Permission.TERMS_EDIT, lock=False)
        return _Target(job.company_id, job)
    mine = uow.actor.organisation_id
    if uow.actor.scope(Permission.TERMS_EDIT) is not Scope.ANY:
        if company_id is None:
            raise NotPermitted("Only a platform admin can set the platform’s terms.")
        if company_id != mine:
            raise NotFound()
    if company_id is None:
        return _Target()
    kind = uow.session.scalar(select(Organisation.kind).where(Organisation.id == company_id))
    if kind != OrganisationKind.COMPANY:
        raise NotFound()
    return _Target(company_id)


def _write(
    uow: UnitOfWork,
    row: TermsSetting | None,
    new: dict[str, Any],
    *,
    company_id: uuid.UUID | None,
    job_id: uuid.UUID | None,
) -> None:
    if row is not None:
        row.fields, row.updated_at, row.version = new, uow.now, row.version + 1
        return
    raced = StaleVersion("Someone else just changed this. Check the current values.")
    with uow.refusing({f"uq_terms_{name}_id": raced for name in ("company", "job")}):
        uow.add(
            TermsSetting(
                scope=settings.scope_of(company_id, job_id),
                company_id=company_id,
                job_id=job_id,
                fields=new,
                updated_at=uow.now,
            )
        )


def _tell(uow: UnitOfWork, target: _Target, changed: dict[str, tuple[str, str]]) -> None:
    _renew_jobs(uow, target, changed)
    about = {"organisation_id": target.company_id, "job_id": target.job_id}
    uow.record(TermsChanged(scope=target.scope, changed=changed, **about))


def _renew_jobs(uow: UnitOfWork, target: _Target, changed: Mapping[str, object]) -> None:
    """Give the open jobs whose fee this may change another version: who edits or caches one saw another fee."""
    if rules.OF_THE_FEE.isdisjoint(changed):
        return
    of_job = true() if target.job_id is None else Job.id == target.job_id
    of_company = true() if target.company_id is None else Job.company_id == target.company_id
    renewed = (
        update(Job)
        .where(of_job, of_company, Job.status.not_in(OVER))
        .values(version=Job.version + 1, updated_at=uow.now)
    )
    uow.session.execute(renewed.execution_options(synchronize_session=False))


def differences(before: Terms, after: Terms) -> dict[str, tuple[str, str]]:
    """Return what differs by name, old and new as they are stored."""
    old, new = before.as_json(), after.as_json()
    return {name: (_words(old[name]), _words(new[name])) for name in new if old[name] != new[name]}


def _words(value: object) -> str:
    return "none" if value in (None, [], "") else str(value)


def freeze(uow: UnitOfWork, job: Job, *, version: str | None, restrictions_read: bool) -> dict[str, object]:
    """Return the terms of a job as a proposal keeps them.

    Raises:
        StaleVersion: the terms that the recruiter was shown (`version`) are not those of now.
        InvalidInput: there are restrictions that were not read.
    """
    terms = for_job(uow, job).terms
    if version is not None and version != terms.version:
        raise StaleVersion("This job’s terms have changed since you read them. Read them again below.")
    if terms.restrictions and not restrictions_read:
        raise InvalidInput.field("restrictions_read", "Confirm that you’ve read this job’s restrictions.")
    return terms.as_json()


# --- at the hire ----------------------------------------------------------------------------------------------------


def at_hire(uow: UnitOfWork, proposal: Proposal, said: Charged) -> Charge:
    """Return what a hire costs by the proposal's terms (money.md §9, fee at hire).

    Raises:
        Conflict: it is another fee than the terms', and no platform admin gives a reason.
        InvalidInput: the salary or the bonus is out of bounds, the fee would be nothing or more than its base, or a
            reason is given for no other fee.
    """
    frozen = of_proposal(uow, proposal)
    charge = rules.charge_of(frozen, said)
    if charge.terms == frozen and said.fee_reason:
        raise InvalidInput.field("fee_reason", "Leave this blank: the terms set the fee.")
    may_differ = uow.actor.scope(Permission.PLACEMENT_CHANGE) is Scope.ANY and said.fee_reason
    if charge.terms != frozen and not may_differ:
        raise Conflict(
            "This isn’t the fee the candidate was proposed under. Leave the fee blank; only a platform admin"
            " can record another one, with a reason.",
            code="FEE_NOT_OF_TERMS",
        )
    return charge


def of_placement(placement: Placement) -> Terms:
    """Return the terms that a placement keeps; the oldest have no fee, and take that of the hire."""
    bp, minor = placement.fee_bp, placement.fee_minor
    return rules.of_hire(placement.terms, currency=placement.currency, fee_bp=bp, fee_minor=minor)


def of_proposal(uow: UnitOfWork, proposal: Proposal) -> Terms:
    """Return the terms that a proposal keeps; the oldest have no fee, and take that of their job."""
    of_job = uow.session.scalars(select(Job.fee_bp).where(Job.id == proposal.job_id)).one()
    return rules.kept_by(proposal.terms, currency=proposal.currency, fee_bp=of_job)
