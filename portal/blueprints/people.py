"""The team of a company, and all people and organizations for platform admins."""

from __future__ import annotations

import uuid
from functools import partial

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.domain.errors import Conflict
from portal.domain.people import RecruiterStatus
from portal.domain.permissions import Permission
from portal.forms.figures import read_id
from portal.forms.people import IdentityForm, MemberForm, OrganisationForm, PersonForm, SuccessorForm
from portal.policy import current_actor, policy
from portal.queries.admin import people as queries
from portal.requests import lists, respond
from portal.services import departures
from portal.services.departures import HandedOver
from portal.services.identity import accounts, external
from portal.wording.writing import plural

bp = Blueprint("people", __name__)
# For each status of a recruiter those that a platform admin can give instead: the button, its tone, its icon.
_SUSPEND = ("suspended", "Suspend", "danger", "ban")
RECRUITER_STATUSES = {
    RecruiterStatus.PENDING: (("active", "Activate", "", "check"), _SUSPEND),
    RecruiterStatus.ACTIVE: (_SUSPEND,),
    RecruiterStatus.SUSPENDED: (("active", "Reactivate", "", "check"),),
}
NO_PROVIDER = Conflict("No identity provider is configured. Set JWT_ISSUER and JWT_JWKS_URL first.")
ADDED = "Added. New users get an email with a link to set a password."


def _before() -> uuid.UUID | None:
    """Return the id after which the page continues; a made-up one starts at the top."""
    return read_id(request.args.get("before"))


# --- the team of a company ------------------------------------------------------------------------------------


def _team_page(template: str, organisation_id: uuid.UUID | None, status: int, form: MemberForm) -> ResponseReturnValue:
    view = queries.organisation(organisation_id, viewer=current_actor(), before=_before())
    shown = form.offer(view.roles)
    return respond.page(template, panel="people/_add_member.html", status=status, organisation=view, form=shown)


def _add(template: str, organisation_id: uuid.UUID | None, url: str) -> ResponseReturnValue:
    actor, form = current_actor(), MemberForm()
    return respond.submit(
        form,
        lambda: accounts.add_member(
            actor=actor, organisation_id=organisation_id or uuid.UUID(int=0), **form.to_input()
        ),
        again=lambda status: _team_page(template, organisation_id, status, form),
        then=(url, ADDED),
        once=True,
    )


@bp.get("/team")
@policy(Permission.TEAM_VIEW)
def team() -> ResponseReturnValue:
    """Show who can act for the viewer's company."""
    return _team_page("people/team.html", current_actor().organisation_id, 200, MemberForm(formdata=None))


@bp.post("/team")
@policy(Permission.TEAM_EDIT)
def add_to_team() -> ResponseReturnValue:
    return _add("people/team.html", current_actor().organisation_id, url_for("people.team"))


@bp.route("/team/<uuid:membership_id>/remove", methods=["GET", "POST"])
@policy(Permission.TEAM_EDIT)
def remove_member(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then take a role away."""
    if (before := respond.sent_before()) is not None:
        return before
    actor, form = current_actor(), SuccessorForm()
    try:
        member = queries.member(membership_id, viewer=actor)
    except Conflict as removed:
        return respond.refused(removed, _team())
    back = _place_of(member)
    holds = queries.holdings(member.user_id, viewer=actor) if member.is_recruiter else None
    show = partial(respond.page, "people/remove.html", member=member, back=back, form=form, holds=holds)
    return respond.submit(
        form,
        lambda: departures.remove_member(membership_id, actor=actor, **form.to_input()),
        again=lambda status: show(status=status),
        then=lambda done: respond.done(_after_removal(member, back), _removed(member, done)),
        once=True,
    )


def _removed(member: queries.Member, done: HandedOver) -> str:
    said = f"{member.name} is no longer a {member.role_label.lower()}."
    if not done.interviews:
        return said
    return f"{said} {plural(done.interviews, 'coming interview')} counted on them: choose someone else."


def _team() -> str:
    """Return the page on which the viewer sees members, for when the removed one can't be loaded."""
    return url_for("people.people" if current_actor().has(Permission.USERS_ADMINISTER) else "people.team")


def _place_of(member: queries.Member) -> str:
    """Return the list in which the viewer sees the member."""
    if current_actor().has(Permission.USERS_ADMINISTER):
        return url_for("people.organisation", organisation_id=member.organisation_id)
    return url_for("people.team")


def _after_removal(member: queries.Member, back: str) -> str:
    """Redirect people who left their own team to the start page, where they can choose another organization."""
    return "/" if member.user_id == current_actor().user_id else back


@bp.post("/team/<uuid:membership_id>/invite")
@policy(Permission.TEAM_EDIT)
def invite_again(membership_id: uuid.UUID) -> ResponseReturnValue:
    """Send another link to a member without a password."""
    actor, form = current_actor(), FlaskForm()
    try:
        member = queries.member(membership_id, viewer=actor)
    except Conflict as removed:
        return respond.refused(removed, _team())
    place = _place_of(member)
    return respond.submit(
        form,
        lambda: accounts.invite_again(membership_id, actor=actor),
        again=lambda _: respond.refused(Conflict("; ".join(form.form_errors)), place),
        then=(place, f"Invitation sent to {member.name} again."),
        once=True,
    )


# --- everyone, for platform admins ---------------------------------------------------------------------------


@bp.get("/admin/people")
@policy(Permission.USERS_ADMINISTER)
def people() -> ResponseReturnValue:
    return lists.show(queries.PEOPLE, "people/people.html")


@bp.route("/admin/people/new", methods=["GET", "POST"])
@policy(Permission.USERS_ADMINISTER)
def add_person() -> ResponseReturnValue:
    actor = current_actor()
    form = PersonForm(queries.organisation_options(viewer=actor))
    return respond.submit(
        form,
        lambda: accounts.add_member(actor=actor, organisation_id=form.organisation_id, **form.to_input()),
        again=lambda status: respond.page("people/new_person.html", status=status, form=form),
        then=lambda _: respond.done(url_for("people.organisation", organisation_id=form.organisation_id), ADDED),
        once=True,
    )


@bp.get("/admin/people/<uuid:user_id>")
@policy(Permission.USERS_ADMINISTER)
def person(user_id: uuid.UUID) -> ResponseReturnValue:
    return respond.page(
        "people/person.html",
        person=queries.person(user_id, viewer=current_actor()),
        recruiter_statuses=RECRUITER_STATUSES,
    )


@bp.post("/admin/people/<uuid:user_id>/recruiter")
@policy(Permission.USERS_ADMINISTER)
def set_recruiter_status(user_id: uuid.UUID) -> ResponseReturnValue:
    actor, status = current_actor(), request.form.get("status", "")
    view, url = queries.person(user_id, viewer=actor), url_for("people.person", user_id=user_id)
    try:
        accounts.set_recruiter_status(view.recruiter_id or uuid.UUID(int=0), actor=actor, status=status)
    except Conflict as error:
        return respond.refused(error, url)
    return respond.done(url, f"{view.name} is now {status} as a recruiter.")


@bp.route("/admin/people/<uuid:user_id>/hand-over", methods=["GET", "POST"])
@policy(Permission.USERS_ADMINISTER)
def hand_over(user_id: uuid.UUID) -> ResponseReturnValue:
    """Show what a recruiter holds, and let a successor take over."""
    actor, form = current_actor(), SuccessorForm()
    view, holds = queries.person(user_id, viewer=actor), queries.holdings(user_id, viewer=actor)
    show = partial(respond.page, "people/hand_over.html", person=view, form=form, holds=holds)
    return respond.submit(
        form,
        lambda: departures.hand_over(user_id, actor=actor, **form.to_input()),
        again=lambda status: show(status=status),
        then=(url_for("people.person", user_id=user_id), f"{view.name}’s work was handed over."),
        once=True,
    )


@bp.route("/admin/people/<uuid:user_id>/close", methods=["GET", "POST"])
@policy(Permission.USERS_ADMINISTER)
def close_account(user_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then close an account."""
    actor, form = current_actor(), FlaskForm()
    view = queries.person(user_id, viewer=actor)
    return respond.submit(
        form,
        lambda: accounts.set_access(user_id, actor=actor, disabled=True),
        again=lambda status: respond.page("people/close.html", status=status, person=view, form=form),
        then=(
            url_for("people.person", user_id=user_id),
            f"{view.name}’s account was closed and signed out everywhere.",
        ),
    )


@bp.post("/admin/people/<uuid:user_id>/open")
@policy(Permission.USERS_ADMINISTER)
def open_account(user_id: uuid.UUID) -> ResponseReturnValue:
    command = partial(accounts.set_access, user_id, actor=current_actor(), disabled=False)
    return respond.press(command, url_for("people.person", user_id=user_id), "Account reopened.")


@bp.route("/admin/people/<uuid:user_id>/identity", methods=["GET", "POST"])
@policy(Permission.USERS_ADMINISTER)
def link_identity(user_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for a person's subject at the identity provider, and link it."""
    actor, issuer, form = current_actor(), str(current_app.config["JWT_ISSUER"]), IdentityForm()
    view, url = queries.person(user_id, viewer=actor), url_for("people.person", user_id=user_id)
    if not issuer and request.method != "POST":
        return respond.refused(NO_PROVIDER, url)
    if not issuer:
        raise NO_PROVIDER
    show = partial(respond.page, "people/identity.html", person=view, issuer=issuer, form=form)
    return respond.submit(
        form,
        lambda: external.link(user_id, actor=actor, issuer=issuer, subject=form.subject.data or ""),
        again=lambda status: show(status=status),
        then=(url, f"Tokens for this subject now act for {view.name}."),
    )


@bp.post("/admin/people/<uuid:user_id>/identity/unlink")
@policy(Permission.USERS_ADMINISTER)
def unlink_identity(user_id: uuid.UUID) -> ResponseReturnValue:
    return respond.press(
        lambda: external.unlink(user_id, actor=current_actor()),
        url_for("people.person", user_id=user_id),
        "Unlinked. Identity provider tokens no longer act for this person.",
    )


@bp.get("/admin/people/organisations")
@policy(Permission.USERS_ADMINISTER)
def organisations() -> ResponseReturnValue:
    return lists.show(queries.ORGANISATIONS, "people/organisations.html")


@bp.route("/admin/people/organisations/new", methods=["GET", "POST"])
@policy(Permission.USERS_ADMINISTER)
def add_organisation() -> ResponseReturnValue:
    actor, form = current_actor(), OrganisationForm()
    return respond.submit(
        form,
        lambda: accounts.add_organisation(actor=actor, **form.to_input()),
        again=lambda status: respond.page("people/new_organisation.html", status=status, form=form),
        then=lambda organisation_id: respond.done(
            url_for("people.organisation", organisation_id=organisation_id), "Organization added. Now add people to it."
        ),
        once=True,
    )


@bp.get("/admin/people/organisations/<uuid:organisation_id>")
@policy(Permission.USERS_ADMINISTER)
def organisation(organisation_id: uuid.UUID) -> ResponseReturnValue:
    return _team_page("people/organisation.html", organisation_id, 200, MemberForm(formdata=None))


@bp.post("/admin/people/organisations/<uuid:organisation_id>")
@policy(Permission.USERS_ADMINISTER)
def add_to_organisation(organisation_id: uuid.UUID) -> ResponseReturnValue:
    url = url_for("people.organisation", organisation_id=organisation_id)
    return _add("people/organisation.html", organisation_id, url)
