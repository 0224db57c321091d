"""Signing in and out, forgotten passwords, the account page, theme and organization switcher."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import FlaskForm

from portal.domain.errors import NotFound, PortalError
from portal.domain.ids import written_id
from portal.domain.people import folded
from portal.domain.permissions import Actor, Permission
from portal.domain.seen import digest
from portal.forms.accounts import (
    FORMATS,
    ChangePasswordForm,
    ForgotForm,
    NewPasswordForm,
    ProfileForm,
    SignInForm,
    few_zones,
    zone_choices,
)
from portal.policy import current_actor, of_the_person, policy, public
from portal.queries.identity import accounts as queries
from portal.requests import callers, held, respond, sessions
from portal.requests.drawn_for import tag_of
from portal.requests.limited import failed, limited
from portal.runtime import limits
from portal.runtime.limits import Limit
from portal.services.identity import accounts, guessing, resets
from portal.services.identity import sessions as session_service
from portal.wording.writing import plural

bp = Blueprint("accounts", __name__)
log = logging.getLogger(__name__)

# Failed sign-ins (ADR 0026): by network; by account and network, or known browser; and by account from everywhere, a
# count that no single network fills. A browser known to the account has none of the others' counts, and what a network
# used up holds back only the accounts that were tried from it.
BY_ADDRESS, BY_ACCOUNT = Limit("sign-in-address", 30, 5 * 60), Limit("sign-in-account", 10, 5 * 60)
BY_ACCOUNT_LONG, EVERYWHERE = Limit("sign-in-account-hour", 20, 60 * 60), Limit("sign-in-everywhere", 200, 60 * 60)
# Of all accounts together, the spared ones too, but no tries that the other counts refused; beyond it new browsers of
# the network come by mail (ADR 0073).
BY_NETWORK_LONG, TOLD_OF_NETWORK = Limit("sign-in-network-hour", 200, 60 * 60), Limit("network-told", 1, 60 * 60)
RESETS, PASSWORDS = Limit("reset-link", 30, 5 * 60), Limit("password-user", 10, 5 * 60)
# Links for forgotten passwords: counted likewise, and for as long as a link works. Whoever has to wait has one in the
# mailbox, whoever asked for it (ADR 0109).
LINK_SECONDS = int(resets.RESET_LIFETIME.total_seconds())
LINKS_BY_ADDRESS, LINKS_BY_ACCOUNT = Limit("link-address", 20, LINK_SECONDS), Limit("link-account", 3, LINK_SECONDS)
LINKS_EVERYWHERE = Limit("link-everywhere", 6, LINK_SECONDS)
FIRST_TRIES = 3  # wrong passwords of an account in an hour that may be its owner's, whatever others do on this line
THEMES = ("light", "dark", "system")
BY_MAIL = (
    "Too many wrong passwords have come from your network. To sign in with this browser, choose “Forgot your password?”"
    " below: the link we email you gets you in."
)
ANSWER_TO_FORGOT = "If this address has an account, a link is on its way. It expires in 30 minutes."


def _account() -> str:
    return folded(request.form.get("email", ""))


def _known() -> str:
    """Return the proof that this browser signed in to the account before, or an empty text."""
    return next((device for device in sessions.devices() if session_service.is_known((device,), _account())), "")


def _unknown_network() -> str | None:
    return None if _known() else callers.network()


def _account_here() -> str:
    return queries.token_hash(_account() + (_known() or callers.network()))


def _account_everywhere() -> str | None:
    return None if _known() else queries.token_hash(_account())


def _is_hardly_tried_here() -> bool:
    return limits.used(BY_ACCOUNT_LONG, _account_here()) < FIRST_TRIES


def _asked_for_no_link_here() -> bool:
    return limits.used(LINKS_BY_ACCOUNT, _account_here()) == 0


def _link_here() -> str:
    """Return the link that is used: nobody guesses one, and tries with one are not those with another."""
    return queries.token_hash(f"{request.path} {callers.network()}")


def _user_key() -> str:
    return str(current_actor().user_id)


def _too_many(
    show: Callable[[int, FlaskForm], ResponseReturnValue], kind: type[FlaskForm], *, advice: str = ""
) -> Callable[[int], ResponseReturnValue]:
    """Make the answer to too many tries: the form again, saying how long to wait."""

    def answer(seconds: int) -> ResponseReturnValue:
        form = kind()
        form.form_errors.append(f"Too many attempts. {advice}Try again in {plural(-(-seconds // 60), 'minute')}.")
        return show(429, form)

    return answer


# --- signing in and out ---------------------------------------------------------------------------------------


def _show_sign_in(status: int, form: FlaskForm) -> ResponseReturnValue:
    return respond.page("accounts/sign_in.html", status=status, form=form, held=held.carried())


_slow_sign_in = _too_many(_show_sign_in, SignInForm)


def _sign_in_by_mail(_seconds: int) -> ResponseReturnValue:
    """Lead new browsers of a network that tried many accounts to the mailbox, and tell the platform once."""
    if limits.count(TOLD_OF_NETWORK, callers.network()).used == 1:
        log.warning("%s wrong passwords came from %s in an hour", BY_NETWORK_LONG.most, callers.network())
        guessing.report(BY_NETWORK_LONG.most)
    form = SignInForm()
    form.form_errors.append(BY_MAIL)
    return _show_sign_in(429, form)


@bp.route("/login", methods=["GET", "POST"])
@public
@limited(BY_ADDRESS, by=_unknown_network, counts=failed, refused=_slow_sign_in, spares=_is_hardly_tried_here)
@limited(BY_ACCOUNT, by=_account_here, counts=failed, refused=_slow_sign_in)
@limited(BY_ACCOUNT_LONG, by=_account_here, counts=failed, refused=_slow_sign_in)
@limited(EVERYWHERE, by=_account_everywhere, counts=failed, refused=_slow_sign_in)
@limited(BY_NETWORK_LONG, by=_unknown_network, counts=failed, refused=_sign_in_by_mail)
def sign_in() -> ResponseReturnValue:
    """Sign in, then go where one wanted to."""
    form = SignInForm(next=request.args.get("next"))
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(respond.local_path(form.next.data), 303)
        return _show_sign_in(200, form)
    return respond.submit(
        form,
        lambda: session_service.sign_in(
            form.email.data or "",
            form.password.data or "",
            address=callers.address(),
            user_agent=request.user_agent.string,
            devices=sessions.devices(),
        ),
        again=lambda status: _show_sign_in(status, form),
        then=lambda signed_in: _signed_in(signed_in, respond.local_path(form.next.data)),
    )


def _signed_in(signed_in: session_service.SignedInSession, target: str) -> ResponseReturnValue:
    """Hand over the new session; whoever was signed in here before is signed out."""
    if current_user.is_authenticated:
        session_service.sign_out(current_actor())
    sessions.start(signed_in.actor, signed_in.token)
    answer = make_response(_go_on(signed_in.actor, target, told="You’re signed in again"))
    sessions.remember_device(answer, signed_in.device)
    return answer


def _go_on(actor: Actor, target: str, *, told: str) -> ResponseReturnValue:
    """Open the form again that was carried here, if it is this person's, else go where one wanted to."""
    form = held.carried()
    if form is None or form.by != tag_of(actor.user_id):
        return redirect(target, 303)
    return render_template("accounts/go_on.html", held=form, told=told)


@bp.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """End the session here and on the server; Back then shows nothing."""
    if current_user.is_authenticated:
        session_service.sign_out(current_actor())
    session.clear()
    flash("You’re signed out.", "ok")
    answer = make_response(redirect(url_for("accounts.sign_in"), 303))
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


# --- forgotten passwords and invitations ----------------------------------------------------------------------


def _show_forgot(status: int, form: FlaskForm) -> ResponseReturnValue:
    return respond.page("accounts/forgot.html", status=status, form=form)


STILL_WORKS = "If this address has an account, the last link we emailed still works. "
_slow_links = _too_many(_show_forgot, ForgotForm, advice=STILL_WORKS)


@bp.route("/forgot", methods=["GET", "POST"])
@public
@limited(LINKS_BY_ADDRESS, by=_unknown_network, refused=_slow_links, spares=_asked_for_no_link_here)
@limited(LINKS_BY_ACCOUNT, by=_account_here, refused=_slow_links)
@limited(LINKS_EVERYWHERE, by=_account_everywhere, refused=_slow_links)
def forgot() -> ResponseReturnValue:
    """Send a link to set a new password; the answer is the same for every address."""
    form = ForgotForm()
    return respond.submit(
        form,
        lambda: resets.request_password_reset(form.email.data or ""),
        again=lambda status: _show_forgot(status, form),
        then=(url_for("accounts.sign_in"), ANSWER_TO_FORGOT),
    )


def _show_reset(status: int, form: FlaskForm, *, email: str = "", is_first: bool = False) -> ResponseReturnValue:
    return respond.page("accounts/reset.html", status=status, form=form, email=email, is_first=is_first)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
@limited(RESETS, by=_link_here, counts=failed, refused=_too_many(_show_reset, NewPasswordForm))
def reset(token: str) -> ResponseReturnValue:
    """Set a password through the link of an email; opening the page uses nothing up."""
    form = NewPasswordForm()
    try:
        link = resets.usable_link(token)
    except PortalError as error:
        return respond.page("accounts/dead_link.html", status=410, message=error.message)
    return respond.submit(
        form,
        lambda: resets.reset_password(token, form.new.data or ""),
        again=lambda status: _show_reset(status, form, email=link.email, is_first=link.password_hash is None),
        then=lambda _: _password_is_set(link.email),
    )


def _password_is_set(email: str) -> ResponseReturnValue:
    """Lead to the sign-in page, where no stranger's tries hold this browser up: whoever has the mailbox is known."""
    answer = make_response(respond.done(url_for("accounts.sign_in"), "Password set. You can sign in now."))
    sessions.remember_device(answer, session_service.known_from_now(email))
    return answer


# --- the account page -----------------------------------------------------------------------------------------


def _page(
    panel: str,
    *,
    status: int = 200,
    profile: FlaskForm | None = None,
    password: FlaskForm | None = None,
    done: str = "",
) -> ResponseReturnValue:
    """Show the account, or one panel of it, with the form that was just sent."""
    view = queries.account(current_actor())
    present = {"name": view.name, "time_zone": view.time_zone, "number_format": current_actor().number_format}
    is_stale = profile is not None and status == 409
    profile = profile or ProfileForm(formdata=None, **present)
    if is_stale or not profile.is_submitted():
        profile.seen.data = digest(present)  # the next attempt is made knowing the present values
    few = few_zones(view.time_zone)
    lists_few = "zones" not in request.args and profile.time_zone.data in {zone.value for zone in few}
    profile.time_zone.choices = few if lists_few else zone_choices(view.time_zone)
    return respond.page(
        "accounts/account.html",
        panel=f"accounts/_{panel}.html",
        status=status,
        account=view,
        profile=profile,
        lists_few_zones=lists_few,
        is_stale=is_stale,
        number_format=next(choice.label for choice in FORMATS if choice.value == present["number_format"]),
        password=password or ChangePasswordForm(formdata=None),
        done=done,
    )


@bp.get("/account")
@policy(Permission.ACCOUNT_USE)
def account() -> ResponseReturnValue:
    return _page("profile")


@bp.post("/account/profile")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def change_profile() -> ResponseReturnValue:
    """Set name, time zone and number format."""
    form = ProfileForm()
    return respond.submit(
        form,
        lambda: accounts.change_profile(actor=current_actor(), **form.to_input(), seen_profile=form.seen.data or None),
        again=lambda status: _page("profile", status=status, profile=form),
        then=(url_for("accounts.account"), "Profile saved."),
    )


def _show_password(status: int, form: FlaskForm) -> ResponseReturnValue:
    return _page("password", status=status, password=form)


@bp.post("/account/password")
@policy(Permission.ACCOUNT_USE)
@of_the_person
@limited(PASSWORDS, by=_user_key, counts=failed, refused=_too_many(_show_password, ChangePasswordForm))
def change_password() -> ResponseReturnValue:
    """Set a new password; every other session ends."""
    form = ChangePasswordForm()
    return respond.submit(
        form,
        lambda: resets.change_password(actor=current_actor(), current=form.current.data or "", new=form.new.data or ""),
        again=lambda status: _show_password(status, form),
        then=(url_for("accounts.account"), "Password changed. All other sessions were signed out."),
    )


@bp.post("/account/sessions/<uuid:session_id>/revoke")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def revoke_session(session_id: uuid.UUID) -> ResponseReturnValue:
    """Sign another browser out."""
    session_service.revoke_session(session_id, actor=current_actor())
    return _sessions_done("Session signed out.")


@bp.post("/account/sessions/revoke-others")
@policy(Permission.ACCOUNT_USE)
@of_the_person
def revoke_other_sessions() -> ResponseReturnValue:
    ended = session_service.revoke_other_sessions(actor=current_actor())
    return _sessions_done(
        f"Signed out of {plural(ended, 'other session')}." if ended else "You have no other active sessions."
    )


def _sessions_done(message: str) -> ResponseReturnValue:
    def panel() -> str:
        return render_template("accounts/_sessions.html", account=queries.account(current_actor()), done=message)

    return respond.done(url_for("accounts.account"), message, panel=panel)


# --- theme and organization -----------------------------------------------------------------------------------


@bp.post("/theme")
@public
def set_theme() -> ResponseReturnValue:
    """Choose light, dark or the system's; a cookie keeps it for the pages before signing in."""
    theme = request.form.get("theme", "")
    if current_user.is_authenticated:
        accounts.set_theme(theme, actor=current_actor())
    answer = make_response(redirect(respond.local_path(request.form.get("next")), 303))
    if theme in THEMES:
        sessions.keep_cookie(answer, sessions.THEME_COOKIE, theme)
    return answer


@bp.post("/organisation")
@public
def switch_organisation() -> ResponseReturnValue:
    """Act for another organization from now on, under a new token."""
    actor = current_actor()
    try:
        organisation_id = written_id(request.form.get("organisation", ""))
    except ValueError as error:
        raise NotFound() from error
    token = session_service.switch_organisation(organisation_id, actor=actor)
    sessions.renew(actor, token)
    return _go_on(actor, respond.local_path(request.form.get("next")), told="You’re back in that organization")
