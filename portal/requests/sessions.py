"""The session of a request: the signed cookie carries a token, the database says whether it still counts."""

from __future__ import annotations

from flask import Flask, current_app, g, render_template, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask.typing import ResponseReturnValue
from flask.wrappers import Response as FlaskResponse
from flask_login import login_user
from itsdangerous import URLSafeTimedSerializer
from werkzeug.wrappers import Response

from portal.domain.permissions import Actor
from portal.extensions import login
from portal.policy import PUBLIC, SignedIn, policy_of, signed_in
from portal.queries.identity.accounts import organisation_choices, session_state
from portal.requests import programs, respond
from portal.services.identity.sessions import touch_session
from portal.wording import notation

DEVICE_COOKIE = "portal_device"
THEME_COOKIE = "theme"
DEVICES_KEPT = 5
SIGNER = "session_signer"
YEAR = 365 * 86_400
DRAWN_BEFORE = "csrf_before"  # the session's key of forms that were drawn for the organization before this one


def load_session(token: str) -> SignedIn | None:
    """Return who is signed in with this token, or nobody; keeps the last-seen time fresh to five minutes."""
    if programs.asks():
        return None  # the API takes bearer tokens only, so that it needs no CSRF token
    framed = request.method != "POST" and not respond.wants_panel()
    state = session_state(token, framed=framed)
    if state is None:
        return None
    notation.use(state.actor.number_format, request.accept_languages.values())
    g.theme, g.shell_counts = state.theme, state.counts
    if state.seen_is_stale and state.actor.session_id is not None:
        touch_session(state.actor.session_id)
    return SignedIn(state.actor, token)


login.user_loader(load_session)


class SignedCookies(SecureCookieSessionInterface):
    """Flask's sessions, whose signer is made once, and to which files that everyone may keep do not belong.

    Flask-Login looks into the session at each request, and browsers would fetch a file that varies with it again after
    each message that waits in its cookie.
    """

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of an app, whose secrets stay while it runs."""
        if SIGNER not in app.extensions:
            app.extensions[SIGNER] = super().get_signing_serializer(app)
        signer: URLSafeTimedSerializer | None = app.extensions[SIGNER]
        return signer

    def save_session(self, app: Flask, session: SessionMixin, response: FlaskResponse) -> None:
        """Send what changed, and say that the answer depends on it."""
        if not response.cache_control.public:
            super().save_session(app, session, response)


def start(actor: Actor, token: str) -> None:
    """Put a fresh token into the cookie; what the cookie held before, the CSRF token too, is gone."""
    session.clear()
    session.permanent = True
    login_user(SignedIn(actor, token))


def renew(actor: Actor, token: str) -> None:
    """Put the token of a session that changed organizations into the cookie.

    Forms that were drawn before the change keep a proof that they are this session's: those of the person may be sent.
    """
    before = session.get("csrf_token")
    start(actor, token)
    if before:
        session[DRAWN_BEFORE] = before


def devices() -> tuple[str, ...]:
    """Return the proofs of this browser: one for each account that signed in here before."""
    return tuple(part for part in request.cookies.get(DEVICE_COOKIE, "").split(".") if part)[:DEVICES_KEPT]


def remember_device(answer: Response, proof: str) -> None:
    """Remember this browser for the account that signed in with it."""
    kept = (proof, *(device for device in devices() if device != proof))[:DEVICES_KEPT]
    keep_cookie(answer, DEVICE_COOKIE, ".".join(kept))


def keep_cookie(answer: Response, name: str, value: str) -> None:
    """Set a cookie for a year that no script reads."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(name, value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)


def _stop_without_role() -> ResponseReturnValue | None:
    """Show a person whose last role was taken away where to go, instead of a bare refusal."""
    if request.endpoint is None or policy_of(request.endpoint) == PUBLIC or respond.wants_panel():
        return None
    if programs.asks():
        return None  # answered in JSON
    user = signed_in()
    if user is None or user.actor.roles:
        return None
    choices = organisation_choices(user.actor)
    return render_template("accounts/no_organisation.html", choices=choices), 403


def register(app: Flask) -> None:
    """Configure Flask-Login: no remember cookie, no redirect of its own."""
    app.config.setdefault("REMEMBER_COOKIE_SECURE", True)
    app.config.setdefault("SESSION_PROTECTION", None)
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False  # the row says how long a session lasts
    login.session_protection = None
    app.before_request(_stop_without_role)
