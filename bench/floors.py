"""The floors of the same run: an empty answer, a minimal list as a first try would write it, a minimal accept."""

from __future__ import annotations

from flask import Flask, jsonify, redirect, render_template_string
from sqlalchemy import create_engine, text
from werkzeug.wrappers import Response

PAGE = """<!doctype html><html lang="en"><head><title>Candidates</title></head><body><h1>Candidates</h1><table>
<thead><tr><th>Name</th><th>Title</th><th>Sourced</th><th>Protected until</th><th>Last outreach</th><th>Open</th></tr></thead>
<tbody>{% for c in rows %}<tr><td><a href="{{ url_for('candidate', candidate_id=c.id) }}">{{ c.full_name }}</a></td>
<td>{{ c.title }}</td><td>{{ c.sourced_at.strftime('%d %b %Y') if c.sourced_at }}</td>
<td>{{ c.protection_expires_at.strftime('%d %b %Y') if c.protection_expires_at }}</td>
<td>{{ c.last_outreach.strftime('%d %b %Y') if c.last_outreach }}</td><td>{{ c.open_proposals }}</td></tr>{% endfor %}
</tbody></table></body></html>"""
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


def minimal(url: str) -> Flask:
    """Make the app of the floors on the same database."""
    app = Flask("floors")
    engine = create_engine(url)

    @app.get("/empty")
    def empty() -> str:
        return ""

    @app.get("/candidates")
    def candidates() -> str:
        with engine.connect() as connection:
            rows = connection.execute(text(ROWS)).all()
        return render_template_string(PAGE, rows=rows)

    @app.get("/candidates/<candidate_id>")
    def candidate(candidate_id: str) -> Response:
        return jsonify(id=candidate_id)

    @app.post("/accept/<proposal_id>")
    def accept(proposal_id: str) -> Response:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE network.candidate_role_assignments SET state = 'accepted', closed_at = now(), version = version + 1"
                    " WHERE id = :id AND state IN ('proposed', 'company_reviewing')"
                ),
                {"id": proposal_id},
            )
            connection.execute(
                text(
                    "INSERT INTO network.proposal_states (id, proposal_id, from_state, to_state, at, by)"
                    " VALUES (gen_random_uuid(), :id, 'proposed', 'accepted', now(), (SELECT id FROM identity.users LIMIT 1))"
                ),
                {"id": proposal_id},
            )
            connection.execute(
                text(
                    "INSERT INTO network.marketplace_events (id, type, at, actor_id, payload, correlation_id) VALUES"
                    " (gen_random_uuid(), 'proposal.accepted', now(), gen_random_uuid(), '{}', 'floor')"
                )
            )
        return redirect("/proposals")

    return app
