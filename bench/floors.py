"""The floors of the same run: an empty answer, a minimal list and a minimal accept, as a first try would write them.

The floor of a detail page runs the statements that the page ran, with their parameters, and prints every value of
every row in a bare template, times as a first try writes them: no navigation, no forms, no buttons, no permissions,
no session but the cookie that comes with the request. It asks Redis, in one go, for what the page asked it for, and
prints that too, but how long a list is and not the list: a profile tells a rank and not the leaderboard. It so follows
the page by itself; what the statements themselves cost is in the column of the database.
"""

from __future__ import annotations

import json
import os
import pickle
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import Flask, abort, flash, jsonify, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import DictLoader
from redis import Redis
from sqlalchemy import Select, create_engine, or_, select, text
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from bench.harness import Statement
from portal.domain.ids import new_id
from portal.extensions import db
from portal.models import MarketplaceEvent, Membership, Proposal, ProposalStateChange, User, UserSession
from portal.queries.identity.accounts import token_hash

PAGE = """<!doctype html><html lang="en"><head><title>Candidates</title></head><body><h1>Candidates</h1><table>
<thead><tr><th>Name</th><th>Title</th><th>Sourced</th><th>Protected until</th><th>Last outreach</th><th>Open</th></tr></thead>
<tbody>{% for c in rows %}<tr><td><a href="{{ url_for('candidate', candidate_id=c.id) }}">{{ c.full_name }}</a></td>
<td>{{ c.title }}</td><td>{{ c.sourced_at.strftime('%d %b %Y') if c.sourced_at }}</td>
<td>{{ c.protection_expires_at.strftime('%d %b %Y') if c.protection_expires_at }}</td>
<td>{{ c.last_outreach.strftime('%d %b %Y') if c.last_outreach }}</td><td>{{ c.open_proposals }}</td></tr>{% endfor %}
</tbody></table></body></html>"""
FACTS = """<!doctype html><html lang="en"><head><title>{{ title }}</title></head><body><h1>{{ title }}</h1>
{% for found in results %}<table><thead><tr>{% for name in found.names %}<th>{{ name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in found.rows %}<tr>{% for value in row %}<td>{{ value.strftime('%d %b %Y %H:%M') if value is timed else value }}</td>{% endfor %}</tr>{% endfor %}</tbody>
</table>{% endfor %}{% for value in kept %}<p>{{ value }}</p>{% endfor %}</body></html>"""
ROWS = """
SELECT c.id, c.full_name, c.title, s.sourced_at, s.protection_expires_at,
    (SELECT max(o.sent_at) FROM ats.candidate_outreach o WHERE o.candidate_id = c.id) AS last_outreach,
    (SELECT count(*) FROM network.candidate_role_assignments p
        WHERE p.candidate_id = c.id AND p.state IN ('proposed', 'company_reviewing')) AS open_proposals
FROM ats.candidates c LEFT JOIN ats.candidate_sourcers s ON s.candidate_id = c.id AND s.is_current
WHERE c.created_by_recruiter_id = (SELECT r.id FROM network.recruiters r JOIN identity.users u ON u.id = r.user_id
    WHERE u.email = 'user1@bench.test')
ORDER BY c.id DESC LIMIT 50
"""


class Person(UserMixin):
    """The user that Flask-Login knows."""

    def __init__(self, user_id: uuid.UUID) -> None:
        self.id = user_id


class AcceptForm(FlaskForm):
    """Ask for the notes of a decision."""

    notes = TextAreaField(validators=[Length(max=2000)])


READ_BY_PAGES = "BENCH_READ_BY_PAGES"  # names the file with what each page read
COPIED = ("SECRET_KEY", "SQLALCHEMY_DATABASE_URI", "REDIS_URL", "SESSION_COOKIE_NAME", "EVENT_SEAL_KEYS")


@dataclass(frozen=True, slots=True)
class Facts:
    """Where the facts of a page come from: statements of the database, and keys of Redis."""

    statements: Sequence[Statement]
    keys: Sequence[str]


Read = Mapping[str, Facts]


def served() -> Flask:
    """Make the app for gunicorn, from what `written` noted."""
    with open(os.environ[READ_BY_PAGES], "rb") as file:
        settings, read = pickle.load(file)
    return minimal(settings, read)


def written(path: str, settings: Mapping[str, object], read: Read) -> dict[str, str]:
    """Note what `served` needs and return the variables that lead to it."""
    with open(path, "wb") as file:
        pickle.dump(({name: settings[name] for name in COPIED}, read), file)
    return {READ_BY_PAGES: path}


def minimal(settings: Mapping[str, object], read: Read) -> Flask:
    """Make the app of the floors on the database and with the cookies of a portal, and with what its pages read."""
    app = Flask("floors")
    app.config.update({name: settings[name] for name in COPIED})
    app.jinja_loader = DictLoader({"list.html": PAGE, "facts.html": FACTS})
    app.jinja_env.tests["timed"] = lambda value: isinstance(value, datetime)
    db.init_app(app)
    CSRFProtect(app)
    LoginManager(app, add_context_processor=False).user_loader(_person)  # the facts hold the session already
    _reading(app, read)
    app.post("/accept/<uuid:proposal_id>")(login_required(_accept))
    return app


def _reading(app: Flask, read: Read) -> None:
    engine = create_engine(str(app.config["SQLALCHEMY_DATABASE_URI"]), isolation_level="AUTOCOMMIT")
    redis = Redis.from_url(str(app.config["REDIS_URL"]))

    @app.get("/empty")
    def empty() -> str:
        return ""

    @app.get("/candidates")
    def candidates() -> str:
        with engine.connect() as connection:
            rows = connection.execute(text(ROWS)).all()
        return render_template("list.html", rows=rows)

    @app.get("/facts/<name>")
    def facts(name: str) -> str:
        results = []
        with engine.connect() as connection:
            for statement, parameters in read[name].statements:
                found = connection.exec_driver_sql(statement, parameters)
                results.append({"names": tuple(found.keys()), "rows": found.all()} if found.returns_rows else {})
        kept = [_short(json.loads(value or b"null")) for value in _of(redis, read[name].keys)]
        return render_template("facts.html", title=name, results=results, kept=kept)

    @app.get("/candidates/<candidate_id>")
    def candidate(candidate_id: str) -> Response:
        return jsonify(id=candidate_id)


def _of(redis: Redis, keys: Sequence[str]) -> list[bytes | None]:
    return cast("list[bytes | None]", redis.mget(keys)) if keys else []


def _short(value: Any) -> Any:
    """Return a kept value with the length of each list in its place."""
    if isinstance(value, dict):
        return {name: _short(part) for name, part in value.items()}
    return len(value) if isinstance(value, list) else value


def _person(token: str) -> Person | None:
    """Look the session up."""
    query = (
        select(User.id)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.token_hash == token_hash(token),
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > datetime.now(UTC),
            User.disabled_at.is_(None),
        )
    )
    user_id = db.session.scalar(query)
    return Person(user_id) if user_id else None


def _accept(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Load with permission and lock, check, change, write history and event, commit, go back to the list."""
    form, now = AcceptForm(), datetime.now(UTC)
    if not form.validate():
        abort(422)
    proposal = db.session.scalars(_own(proposal_id)).one_or_none()
    if proposal is None:
        abort(404)
    if proposal.state not in {"proposed", "company_reviewing"} or proposal.expires_at <= now:
        abort(409)
    history, event = _traces(proposal, now, form.notes.data)
    proposal.state, proposal.closed_at, proposal.closed_by = "accepted", now, current_user.id
    proposal.version += 1
    proposal.notes = form.notes.data
    db.session.add_all([history, event])
    db.session.commit()
    flash("Accepted.")
    return redirect("/proposals", 303)


def _own(proposal_id: uuid.UUID) -> Select[Proposal]:
    """Select a proposal that the person may decide on."""
    return (
        select(Proposal)
        .join(
            Membership,
            or_(Membership.organisation_id == Proposal.company_id, Membership.role == "platform_admin"),
        )
        .where(Proposal.id == proposal_id, Membership.user_id == current_user.id)
        .with_for_update(of=Proposal)
    )


def _traces(proposal: Proposal, now: datetime, notes: str) -> tuple[ProposalStateChange, MarketplaceEvent]:
    by = current_user.id
    history = ProposalStateChange(
        id=new_id(now),
        proposal_id=proposal.id,
        from_state=proposal.state,
        to_state="accepted",
        at=now,
        by=by,
        notes=notes,
    )
    about = ("candidate_id", "job_id", "recruiter_id")
    references = {name: getattr(proposal, name) for name in about}
    payload = {name: str(value) for name, value in references.items()} | {"proposal_id": str(proposal.id)}
    payload["seconds_to_decide"] = str(int((now - proposal.proposed_at).total_seconds()))
    event = MarketplaceEvent(
        id=new_id(now),
        type="proposal.accepted",
        at=now,
        actor_id=by,
        organisation_id=proposal.company_id,
        proposal_id=proposal.id,
        payload=payload,
        correlation_id=uuid.uuid4().hex[:20],
        **references,
    )
    return history, event
