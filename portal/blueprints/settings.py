"""The platform's settings: shown, changed after a preview of old and new, each change an event."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.permissions import Permission
from portal.domain.settings import LABELS
from portal.forms.figures import SHOWN, read_id
from portal.forms.settings import GuaranteeForm, PlatformForm, fill
from portal.forms.terms import TermsForm, typed
from portal.policy import current_actor, policy
from portal.queries.admin import settings as queries
from portal.queries.billing import terms as terms_queries
from portal.queries.billing.terms import SetTerms
from portal.requests import respond
from portal.runtime import scanning
from portal.services import settings
from portal.services.billing import terms as terms_service
from portal.wording import terms as words

bp = Blueprint("settings", __name__)
Show = Callable[[int], ResponseReturnValue]
Change = Callable[..., settings.Changes]
Crumbs = tuple[tuple[str, str], ...]
SETTINGS: Crumbs = (("Settings", "/admin/settings"),)


@bp.get("/admin/settings")
@policy(Permission.SETTINGS_EDIT)
def index() -> ResponseReturnValue:
    """Show all settings, and search for a company or job to give its own."""
    actor, q = current_actor(), request.args.get("q", "").strip()[: queries.SEARCH_LENGTH]
    before = read_id(request.args.get("before"))
    return respond.page(
        "settings/settings.html",
        platform=queries.platform(viewer=actor),
        guarantee=queries.guarantee(viewer=actor),
        overrides=queries.overrides(viewer=actor, before=before),
        targets=queries.targets(viewer=actor, q=q) if q.isprintable() else (),
        q=q if q.isprintable() else "",
        labels=LABELS,
        scans=scanning.is_set_up(),
    )


@bp.route("/admin/settings/platform", methods=["GET", "POST"])
@policy(Permission.SETTINGS_EDIT)
def platform() -> ResponseReturnValue:
    actor = current_actor()
    view = queries.platform(viewer=actor)
    form = PlatformForm(view.limits.time_zone)
    if request.method != "POST":
        fill(form, view.limits, view.version)

    def show(status: int) -> ResponseReturnValue:
        if status == 409:
            form.version.data = str(view.version)
        return respond.page("settings/platform.html", status=status, form=form, now_set=view.limits)

    def change(*, preview: bool) -> settings.Changes:
        return settings.change_platform(actor=actor, limits=form.to_input(), version=form.seen, preview=preview)

    return _answer(form, show, change, "the platform limits")


def _answer(
    form: PlatformForm | GuaranteeForm | TermsForm,
    show: Show,
    change: Change,
    what: str,
    crumbs: Crumbs = SETTINGS,
) -> ResponseReturnValue:
    """Show the form, then what it would change, then change it and go back to the last of the crumbs."""
    if request.method != "POST" or request.form.get("edit"):
        return show(200)
    confirmed = form.confirmed.data == "yes"

    def then(changes: settings.Changes) -> ResponseReturnValue:
        if changes and not confirmed:
            return _ask(form, changes, what, crumbs)
        message = f"Saved: {what}." if changes else "No changes: these values are already set."
        return respond.done(crumbs[-1][1], message)

    return respond.submit(form, lambda: change(preview=not confirmed), again=show, then=then)


def _ask(form: FlaskForm, changes: settings.Changes, what: str, crumbs: Crumbs) -> ResponseReturnValue:
    kept = [(k, v) for k, v in request.form.items(multi=True) if k.removesuffix(SHOWN) in form]
    sent = [(k, v) for k, v in kept if k not in {"csrf_token", "confirmed"}]
    lines = [(LABELS.get(name, name), old, new) for name, (old, new) in changes.items()]
    return respond.page("settings/confirm.html", lines=lines, sent=sent, what=what, crumbs=crumbs)


@bp.route("/admin/settings/guarantee", methods=["GET", "POST"])
@policy(Permission.SETTINGS_EDIT)
def guarantee() -> ResponseReturnValue:
    """Change the platform's guarantee terms."""
    return _guarantee({})


@bp.route("/admin/settings/guarantee/company/<uuid:company_id>", methods=["GET", "POST"])
@policy(Permission.SETTINGS_EDIT)
def company_guarantee(company_id: uuid.UUID) -> ResponseReturnValue:
    return _guarantee({"company_id": company_id})


@bp.route("/admin/settings/guarantee/job/<uuid:job_id>", methods=["GET", "POST"])
@policy(Permission.SETTINGS_EDIT)
def job_guarantee(job_id: uuid.UUID) -> ResponseReturnValue:
    return _guarantee({"job_id": job_id})


def _guarantee(target: dict[str, uuid.UUID]) -> ResponseReturnValue:
    actor, form = current_actor(), GuaranteeForm()
    view = queries.guarantee(viewer=actor, **target)
    if request.method != "POST":
        fill(form, view.terms, view.version)

    def show(status: int) -> ResponseReturnValue:
        if status == 409:
            form.version.data = str(view.version)
        return respond.page("settings/guarantee.html", status=status, form=form, view=view)

    def change(*, preview: bool) -> settings.Changes:
        return settings.change_guarantee(
            actor=actor, terms=form.to_input(), version=form.seen, preview=preview, **target
        )

    return _answer(form, show, change, f"the guarantee terms of {view.name}")


@bp.route("/admin/settings/guarantee/company/<uuid:company_id>/drop", methods=["GET", "POST"])
@policy(Permission.SETTINGS_EDIT)
def drop_company_guarantee(company_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then let a company go back to the platform's terms."""
    return _drop({"company_id": company_id})


@bp.route("/admin/settings/guarantee/job/<uuid:job_id>/drop", methods=["GET", "POST"])
@policy(Permission.SETTINGS_EDIT)
def drop_job_guarantee(job_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then let a job go back to the terms above it."""
    return _drop({"job_id": job_id})


def _drop(target: Mapping[str, Any]) -> ResponseReturnValue:
    actor, form = current_actor(), FlaskForm()
    view = queries.guarantee(viewer=actor, **target)
    return respond.submit(
        form,
        lambda: settings.drop_guarantee(actor=actor, **target),
        again=lambda status: respond.page("settings/drop.html", status=status, view=view, form=form),
        then=(url_for("settings.index"), f"{view.name} no longer has custom terms."),
    )


# --- the terms of a fee ---------------------------------------------------------------------------------


@bp.get("/organisations/<uuid:organisation_id>/terms")
@policy(Permission.TERMS_EDIT)
def terms(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """Show the terms of a company or of the platform, what it sets itself, and who changed them when."""
    return _terms(terms_queries.set_by(organisation_id, viewer=current_actor()))


@bp.get("/jobs/<uuid:job_id>/terms")
@policy(Permission.TERMS_EDIT)
def job_terms(job_id: uuid.UUID) -> ResponseReturnValue:
    """Show the terms of a job, what it sets itself, and who changed them when."""
    return _terms(terms_queries.set_for_job(job_id, viewer=current_actor()))


def _terms(found: SetTerms) -> ResponseReturnValue:
    currency = found.terms.currency
    history = [(change.at, change.by, _in_words(change.changed, currency)) for change in found.changes]
    own = [
        (label, words.term(name, found.own[name], currency))
        for name, label in words.LABELS.items()
        if name in found.own
    ]
    return respond.page(
        "settings/terms.html",
        found=found,
        said=words.in_words(found.terms),
        own=own,
        history=history,
        crumbs=_crumbs(found)[:-1],
    )


@bp.route("/organisations/<uuid:organisation_id>/terms/edit", methods=["GET", "POST"])
@policy(Permission.TERMS_EDIT)
def change_terms(organisation_id: uuid.UUID) -> ResponseReturnValue:
    """Change the terms of a company or of the platform; what is left blank comes from above."""
    view = terms_queries.set_by(organisation_id, viewer=current_actor())
    return _change_terms(view, company_id=terms_queries.company_of(organisation_id))


@bp.route("/jobs/<uuid:job_id>/terms/edit", methods=["GET", "POST"])
@policy(Permission.TERMS_EDIT)
def change_job_terms(job_id: uuid.UUID) -> ResponseReturnValue:
    """Change the terms of a job; what is left blank comes from its company."""
    return _change_terms(terms_queries.set_for_job(job_id, viewer=current_actor()), job_id=job_id)


def _change_terms(view: SetTerms, **target: uuid.UUID | None) -> ResponseReturnValue:
    form = (TermsForm() if request.method == "POST" else TermsForm(formdata=None, **typed(view))).fit(view)
    above = {name: words.term(name, value, view.above.currency) for name, value in view.above.as_json().items()}
    crumbs = _crumbs(view)

    def show(status: int) -> ResponseReturnValue:
        if status == 409:
            form.version.data = str(view.version)
        return respond.page("settings/edit_terms.html", status=status, form=form, view=view, above=above, crumbs=crumbs)

    def change(*, preview: bool) -> settings.Changes:
        changed = terms_service.change(
            actor=current_actor(), values=form.to_values(view), version=form.seen, preview=preview, **target
        )
        return {label: (old, new) for label, old, new in _in_words(changed, form.currency_of(view))}

    return _answer(form, show, change, f"the terms of {_named(view)}", crumbs)


def _crumbs(view: SetTerms) -> Crumbs:
    """Return the address of the terms of a job, a company or the platform."""
    if view.scope == "job":
        job_url = url_for("jobs.show", job_id=view.id)
        return (("Jobs", "/jobs"), (view.name, job_url), ("Terms", url_for("settings.job_terms", job_id=view.id)))
    return (("Invoices", "/invoices"), ("Terms", url_for("settings.terms", organisation_id=view.id)))


def _named(view: SetTerms) -> str:
    return "the platform" if view.scope == "platform" else view.name


def _in_words(changed: Mapping[str, Sequence[str]], currency: str) -> list[tuple[str, str, str]]:
    """Return each changed term with its old and new wording."""
    return [
        (words.LABELS.get(name, name), words.term(name, old, currency), words.term(name, new, currency))
        for name, (old, new) in changed.items()
    ]
