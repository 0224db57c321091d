"""Who gets in, and what is said to who does not."""

from __future__ import annotations

from portal.services import access_tokens
from tests.cast import Cast, Person


def bearer(cast: Cast, person: Person, *, scope: str = "write") -> dict[str, str]:
    """Give the headers of a fresh token."""
    issued = access_tokens.issue(actor=cast.actor(person), name="test", scope=scope, days=1)
    return {"Authorization": f"Bearer {issued.token}"}


def test_a_token_tells_who_the_caller_is(cast: Cast) -> None:
    answer = cast.app.test_client().get("/api/me", headers=bearer(cast, cast.rita))
    assert answer.status_code == 200
    assert answer.json["name"] == "Rita"
    assert answer.json["recruiter_id"] == str(cast.rita.recruiter_id)
    assert answer.headers["X-RateLimit-Limit"] == "1000"


def test_without_credentials_the_answer_is_401(cast: Cast) -> None:
    answer = cast.app.test_client().get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["code"] == "NOT_SIGNED_IN"
    assert answer.json["correlation_id"] == answer.headers["X-Correlation-ID"]


def test_the_session_cookie_does_not_count(cast: Cast) -> None:
    assert cast.client(cast.rita).get("/api/me").status_code == 401


def test_a_revoked_token_is_refused(cast: Cast) -> None:
    issued = access_tokens.issue(actor=cast.actor(cast.rita), name="test", scope="read", days=1)
    access_tokens.revoke(issued.id, actor=cast.actor(cast.rita))
    headers = {"Authorization": f"Bearer {issued.token}"}
    assert cast.app.test_client().get("/api/me", headers=headers).json["code"] == "BAD_TOKEN"


def test_an_unknown_address_answers_in_json(cast: Cast) -> None:
    answer = cast.app.test_client().get("/api/nothing")
    assert (answer.status_code, answer.json["code"], answer.json["statusCode"]) == (404, "NOT_FOUND", 404)
