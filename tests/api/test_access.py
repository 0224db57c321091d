"""Who gets in, with what scope, and what is said to who does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import AccessToken, Membership, User
from portal.runtime.clock import simulated
from portal.services.identity import access_tokens
from tests.api.callers import bearer
from tests.cast import DAY, Cast
from tests.marketplace import claimed, posted, proposed


def me(cast: Cast, headers: dict[str, str]) -> tuple[int, str]:
    """Ask who the caller is; gives status and name or code."""
    with cast.app.app_context():
        answer = cast.app.test_client().get("/api/me", headers=headers)
    return answer.status_code, answer.json.get("name") or answer.json["code"]


def test_a_token_tells_who_the_caller_is(cast: Cast) -> None:
    assert me(cast, bearer(cast, cast.rita)) == (200, "Rita")


def test_the_session_cookie_does_not_count(cast: Cast) -> None:
    assert cast.client(cast.rita).get("/api/me").status_code == 401


def test_a_revoked_token_is_refused(cast: Cast) -> None:
    issued = access_tokens.issue(actor=cast.actor(cast.rita), name="test", scope="read", days=1)
    access_tokens.revoke(issued.id, actor=cast.actor(cast.rita))
    assert me(cast, {"Authorization": f"Bearer {issued.token}"}) == (401, "BAD_TOKEN")


def test_the_token_of_a_closed_account_is_refused(cast: Cast) -> None:
    headers = bearer(cast, cast.rita)
    with Session(db.engine) as session, session.begin():
        session.execute(update(User).where(User.id == cast.rita.user_id).values(disabled_at=datetime.now(UTC)))
    assert me(cast, headers) == (401, "BAD_TOKEN")


def test_who_left_the_organisation_may_do_nothing(cast: Cast) -> None:
    headers = bearer(cast, cast.rita)
    with Session(db.engine) as session, session.begin():
        session.delete(session.scalars(select(Membership).where(Membership.user_id == cast.rita.user_id)).one())
    assert me(cast, headers) == (403, "NOT_PERMITTED")


def test_the_last_use_is_written_every_five_minutes(cast: Cast) -> None:
    headers = bearer(cast, cast.rita)
    seen = []
    for minutes in (0, 4, 6):
        with simulated(DAY + timedelta(minutes=minutes)):
            me(cast, headers)
        with Session(db.engine) as session:
            seen.append(session.scalars(select(AccessToken.last_used_at)).one())
    assert seen == [DAY, DAY, DAY + timedelta(minutes=6)]


@pytest.mark.parametrize("scope", ["read", "write"])
def test_reading_needs_read_and_a_change_write(cast: Cast, scope: str) -> None:
    candidate_id, headers = claimed(cast), bearer(cast, cast.rita, scope=scope)
    with cast.app.app_context():
        browser = cast.app.test_client()
        assert browser.get(f"/api/candidates/{candidate_id}", headers=headers).status_code == 200
        answer = browser.patch(f"/api/candidates/{candidate_id}", headers=headers, json={"title": "CTO"})
    assert answer.status_code == (403 if scope == "read" else 200)
    assert scope == "write" or (answer.json["code"], answer.json["details"]) == ("SCOPE_MISSING", {"scope": "write"})


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_a_platform_admin_changes_with_the_scope_admin_alone(cast: Cast, scope: str) -> None:
    proposal_id, headers = proposed(cast, job_id=posted(cast)), bearer(cast, cast.pia, scope=scope)
    with cast.app.app_context():
        answer = cast.app.test_client().post(f"/api/proposals/{proposal_id}/accept", headers=headers)
    assert answer.status_code == (200 if scope == "admin" else 403)


def test_a_wrong_token_is_refused_at_unknown_addresses_too(cast: Cast) -> None:
    with cast.app.app_context():
        answer = cast.app.test_client().get("/api/nothing", headers={"Authorization": "Bearer spl_x"})
    assert (answer.status_code, answer.json["code"]) == (401, "BAD_TOKEN")
