"""What holds for every endpoint: errors, bodies, limits, idempotency, correlation, CORS (api-guide.md)."""

from __future__ import annotations

import errno
import json
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.domain.errors import Unavailable
from portal.extensions import db, redis_client
from portal.models import CandidateOutreach, IdempotencyKey, MarketplaceEvent
from portal.queries.proposals import detail
from portal.requests import programs
from portal.runtime.clock import simulated
from tests.accounts import statements
from tests.api.callers import bearer, limit_requests
from tests.cast import Cast
from tests.hires import hired
from tests.marketplace import claimed, later, posted, proposed

KEYS = {"error", "message", "statusCode", "code", "details", "correlation_id"}
SPLITS = "/api/placements/calculate-splits"


def call(cast: Cast, method: str, path: str, **sent: Any) -> TestResponse:
    """Send a request with a context of its own."""
    with cast.app.app_context():
        return cast.app.test_client().open(path, method=method, **sent)


@pytest.fixture
def rita(cast: Cast) -> dict[str, str]:
    """Return rita's headers."""
    return bearer(cast, cast.rita)


# --- errors ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/api/me", {"headers": {}}, 401, "NOT_SIGNED_IN"),
        ("GET", "/api/me", {"headers": {"Authorization": "Bearer spl_nothing"}}, 401, "BAD_TOKEN"),
        ("GET", "/api/me", {"headers": {"Authorization": "Basic cml0YTpy"}}, 401, "BAD_TOKEN"),
        ("GET", "/api/me", {"headers": {"Authorization": "Bearer "}}, 401, "BAD_TOKEN"),
        ("GET", "/api/me", {"headers": {"Authorization": "Bearer a.b.c"}}, 401, "BAD_TOKEN"),
        ("GET", "/api/me?surprise=1", {}, 400, "INVALID_INPUT"),
        ("POST", "/api/proposals/process-timeouts", {}, 403, "NOT_PERMITTED"),
        ("GET", f"/api/proposals/{uuid.UUID(int=1)}", {}, 404, "NOT_FOUND"),
        ("GET", "/api/proposals/1", {}, 404, "NOT_FOUND"),
        ("GET", "/api/nothing", {}, 404, "NOT_FOUND"),
        ("GET", "/api", {}, 404, "NOT_FOUND"),
        ("POST", "/api", {}, 404, "NOT_FOUND"),
        ("DELETE", "/api/me", {}, 405, "METHOD_NOT_ALLOWED"),
        ("POST", SPLITS, {"data": b"x" * (1024 * 1024 + 1), "content_type": "application/json"}, 413, "TOO_LARGE"),
        ("POST", SPLITS, {"data": b"{}", "content_type": "text/plain"}, 415, "NOT_JSON"),
        ("POST", SPLITS, {"data": {"total_fee": "1"}}, 415, "NOT_JSON"),
        ("POST", SPLITS, {"json": {}}, 400, "INVALID_INPUT"),
    ],
)
def test_every_refusal_has_one_shape(
    cast: Cast, rita: dict[str, str], method: str, path: str, sent: dict[str, Any], status: int, code: str
) -> None:
    answer = call(cast, method, path, **{"headers": rita, **sent})
    body = answer.json
    assert (answer.status_code, set(body), body["statusCode"], body["code"]) == (status, KEYS, status, code)
    assert body["correlation_id"] == answer.headers["X-Correlation-ID"]
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "application/json"


def test_a_wrong_method_names_the_right_ones(cast: Cast, rita: dict[str, str]) -> None:
    assert set(call(cast, "DELETE", "/api/me", headers=rita).headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    asked = call(cast, "OPTIONS", "/api/events", headers=rita)  # what an address takes is the same whoever asks
    assert (asked.status_code, set(asked.headers["Allow"].split(", "))) == (200, {"GET", "HEAD", "OPTIONS"})


def test_what_breaks_on_our_side_says_nothing_of_the_inside(
    cast: Cast, rita: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(detail, "detail", breaks)
    answer = call(cast, "GET", f"/api/proposals/{uuid.UUID(int=1)}", headers=rita)
    assert (answer.status_code, answer.json["code"], set(answer.json)) == (500, "INTERNAL", KEYS)
    assert "swordfish" not in answer.text


def test_an_answer_that_is_not_as_described_is_a_500(
    cast: Cast, rita: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal_id = proposed(cast)
    monkeypatch.setattr("portal.api.proposals.detail.detail", lambda *_, **__: {"secret": "x"})
    answer = call(cast, "POST", f"/api/proposals/{proposal_id}/withdraw", headers=rita)
    assert (answer.status_code, answer.json["code"], "secret" in answer.text) == (500, "INTERNAL", False)


@pytest.mark.parametrize("error", [OperationalError("SELECT", {}, Exception("gone")), OSError(errno.ENOSPC, "full")])
def test_without_a_database_or_space_the_answer_is_503_with_retry_after(
    cast: Cast, rita: dict[str, str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(detail, "detail", away)
    answer = call(cast, "GET", f"/api/proposals/{uuid.UUID(int=1)}", headers=rita)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "UNAVAILABLE", "5")


def test_a_refusal_says_shares_in_percent_and_a_creation_its_address(cast: Cast, rita: dict[str, str]) -> None:
    team = f"/api/placements/{hired(cast)}/collaborators"
    body = {"recruiter_id": str(cast.omar.recruiter_id), "role": "support", "split_percentage": 30.01}
    answer = call(cast, "POST", team, headers=rita, json=body)
    assert (answer.status_code, answer.json["details"]) == (409, {"left_percentage": 30, "split_percentage": 30.01})
    created = call(cast, "POST", team, headers=rita, json={**body, "split_percentage": 5})
    assert (created.status_code, created.headers["Location"]) == (201, team)


# --- bodies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ('{"total_fee": NaN, "collaborators": []}', "NaN is not a number"),
        ('{"total_fee": Infinity, "collaborators": []}', "Infinity is not a number"),
        ('{"total_fee": 1, "total_fee": 2}', "a key appears twice"),
        ("[" * 21 + "]" * 21, "deeper than 20 levels"),
        ('{"total_fee": 1e400}', "too large or too precise"),
        ('{"total_fee": 0.' + "1" * 40 + "}", "too large or too precise"),
        ('{"total_fee": 12345678901234567.89, "collaborators": []}', "too large or too precise"),
        ('{"total_fee": 100.000000000000001, "collaborators": []}', "too large or too precise"),
        ('{"total_fee": 1e-400, "collaborators": []}', "too large or too precise"),
        ('{"total_fee": ' + "9" * 100_000 + "}", "more than 30 digits"),
        ('{"total_fee": 1', "not valid JSON"),
        ('{"total_fee": "\\ud800"}', ""),
        ("\xff\xfe", "not valid JSON"),
        ("[]", ""),
        ("null", ""),
        ('"text"', ""),
        ("{} {}", "not valid JSON"),
    ],
)
def test_a_body_that_is_not_plain_json_is_refused(cast: Cast, rita: dict[str, str], raw: str, words: str) -> None:
    data = raw.encode("latin-1")
    answer = call(cast, "POST", SPLITS, headers=rita, data=data, content_type="application/json")
    assert answer.status_code == 400
    assert words in answer.json["message"]


def test_brackets_inside_a_text_are_no_depth(cast: Cast, rita: dict[str, str]) -> None:
    candidate_id = claimed(cast)
    body = {"outreach_type": "phone", "message_preview": '[[["' + "[" * 50 + "\\"}
    assert call(cast, "POST", f"/api/candidates/{candidate_id}/outreach", headers=rita, json=body).status_code == 201


def test_a_body_is_json_in_utf_8_whatever_the_charset_says(cast: Cast, rita: dict[str, str]) -> None:
    candidate_id = claimed(cast)
    raw = json.dumps({"outreach_type": "phone", "subject": "Grüße"}, ensure_ascii=False).encode()
    answer = call(
        cast, "POST", f"/api/candidates/{candidate_id}/outreach", headers=rita, data=raw,
        content_type="application/json; charset=utf-8",
    )  # fmt: skip
    assert answer.json["subject"] == "Grüße"


def test_what_is_missing_or_unknown_is_told_in_plain_words(cast: Cast, rita: dict[str, str]) -> None:
    sent = call(cast, "POST", "/api/candidates", headers=rita, json={"full_name": "Lena", "emial": "l@mail.test"})
    unknown = "This endpoint doesn’t know this name. Check its spelling."
    assert sent.json["details"] == {"email": "This field is required.", "emial": unknown}
    for path in ("/api/candidates?surprise=1", "/api/me?surprise=1"):
        assert call(cast, "GET", path, headers=rita).json["details"] == {"surprise": unknown}


def test_an_unknown_field_is_named_as_it_was_sent(cast: Cast, rita: dict[str, str]) -> None:
    carl, unknown = bearer(cast, cast.carl), "This endpoint doesn’t know this name. Check its spelling."
    job = {"title": "Engineer", "salary_max_minor": 1, "fee_percentage": 20}
    for path, caller, body, missing in (
        (f"/api/proposals/{proposed(cast)}/decline", carl, {"reason": "salary"}, {"decline_reason"}),
        ("/api/jobs", carl, {**job, "fee_bp": 2_000, "salary_min_minor": 1}, set()),
        ("/api/candidates", rita, {"full_name": "Lena", "salary_minor": 1}, {"email"}),
    ):
        told = call(cast, "POST", path, headers=caller, json=body).json["details"]
        assert {name for name, says in told.items() if says == "This field is required."} == missing
        refused = {name for name, says in told.items() if says == unknown}
        assert refused == {name for name in body if name.endswith(("minor", "bp")) or name == "reason"}


@pytest.mark.parametrize("name", ["fee_bp", "split_bp", "_bp", "amount_minor"])
def test_a_name_of_the_inside_is_unknown_like_any_other(cast: Cast, rita: dict[str, str], name: str) -> None:
    for path in ("/api/candidates", "/api/me"):
        answer = call(cast, "GET", f"{path}?{name}=1", headers=rita)
        assert (answer.status_code, list(answer.json["details"])) == (400, [name])
    body = {"full_name": "Lena", "email": "l@mail.test", name: 1}
    answer = call(cast, "POST", "/api/candidates", headers=rita, json=body)
    assert (answer.status_code, list(answer.json["details"])) == (400, [name])


def test_a_change_without_fields_refuses_fields_and_parameters(cast: Cast, rita: dict[str, str]) -> None:
    carl, proposal_id = bearer(cast, cast.carl), proposed(cast)
    path = f"/api/proposals/{proposal_id}/review"
    assert call(cast, "POST", path, headers=carl, json={"note": "x"}).json["details"].keys() == {"note"}
    assert call(cast, "POST", f"{path}?note=x", headers=carl).json["details"].keys() == {"note"}
    assert call(cast, "POST", path, headers=carl).status_code == 200


# --- limits ---------------------------------------------------------------------------------------------------


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the limit to three requests."""
    limit_requests(monkeypatch, 3)


@pytest.mark.usefixtures("narrow")
def test_over_the_limit_the_answer_is_429_with_the_headers(cast: Cast, rita: dict[str, str]) -> None:
    answers = [call(cast, "GET", "/api/me", headers=rita) for _ in range(4)]
    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert [a.headers["X-RateLimit-Remaining"] for a in answers] == ["2", "1", "0", "0"]
    last = answers[-1]
    assert (last.json["code"], last.headers["X-RateLimit-Limit"]) == ("TOO_MANY", "3")
    assert 1 <= int(last.headers["Retry-After"]) <= 900
    assert int(last.headers["X-RateLimit-Reset"]) > 1_700_000_000
    assert call(cast, "GET", "/api/me", headers=bearer(cast, cast.rita)).status_code == 429
    assert call(cast, "GET", "/api/me", headers=bearer(cast, cast.omar)).status_code == 200


@pytest.mark.usefixtures("narrow")
def test_guessing_tokens_is_counted_by_address(cast: Cast) -> None:
    wrong = {"Authorization": "Bearer spl_guess"}
    statuses = [call(cast, "GET", "/api/me", headers=wrong).status_code for _ in range(3)]
    assert statuses == [401, 401, 401]
    assert call(cast, "GET", "/api/me").status_code == 429


@pytest.mark.usefixtures("narrow")
def test_platform_admins_have_no_limit(cast: Cast) -> None:
    pia = bearer(cast, cast.pia)
    answers = [call(cast, "GET", "/api/me", headers=pia) for _ in range(5)]
    assert {a.status_code for a in answers} == {200}
    assert "X-RateLimit-Limit" not in answers[0].headers


def test_the_limits_are_those_of_the_contract(cast: Cast, rita: dict[str, str]) -> None:
    assert call(cast, "GET", "/api/me").headers["X-RateLimit-Limit"] == "100"
    assert call(cast, "GET", "/api/me", headers=rita).headers["X-RateLimit-Limit"] == "1000"


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("error", [RedisConnectionError("no redis"), OutOfMemoryError("maxmemory")])
def test_without_redis_the_limits_are_counted_here(
    cast: Cast, rita: dict[str, str], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def away(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(redis_client(), "execute_command", away)
    answers = [call(cast, "GET", "/api/me", headers=rita) for _ in range(4)]
    assert [(a.status_code, a.headers["X-RateLimit-Remaining"]) for a in answers] == [
        (200, "2"), (200, "1"), (200, "0"), (429, "0"),
    ]  # fmt: skip
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 900


# --- idempotency ----------------------------------------------------------------------------------------------


def keyed(rita: dict[str, str], key: str = "one") -> dict[str, str]:
    """Add a key to headers."""
    return {**rita, "Idempotency-Key": key}


def outreaches() -> int:
    """Count what was recorded."""
    with Session(db.engine) as session:
        return session.scalars(select(func.count()).select_from(CandidateOutreach)).one()


def test_the_same_key_and_body_get_the_first_answer(cast: Cast, rita: dict[str, str]) -> None:
    path, body = f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}
    first, again = (call(cast, "POST", path, headers=keyed(rita), json=body) for _ in range(2))
    assert (first.status_code, again.status_code, outreaches()) == (201, 201, 1)
    assert (again.json, again.headers["Location"]) == (first.json, first.headers["Location"])
    assert (again.headers["Idempotent-Replay"], "Idempotent-Replay" in first.headers) == ("true", False)


def test_another_body_or_address_with_the_same_key_is_a_conflict(cast: Cast, rita: dict[str, str]) -> None:
    path, body = f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}
    call(cast, "POST", path, headers=keyed(rita), json=body)
    other = call(cast, "POST", path, headers=keyed(rita), json={"outreach_type": "sms"})
    elsewhere = call(cast, "POST", f"/api/candidates/{claimed(cast)}/outreach", headers=keyed(rita), json=body)
    for answer in (other, elsewhere):
        assert (answer.status_code, answer.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert outreaches() == 1


def test_a_key_is_a_person_s_own_and_lasts_a_day(cast: Cast, rita: dict[str, str]) -> None:
    path, body = f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}
    omars = f"/api/candidates/{claimed(cast, cast.omar)}/outreach"
    call(cast, "POST", path, headers=keyed(rita), json=body)
    assert call(cast, "POST", omars, headers=keyed(bearer(cast, cast.omar)), json=body).status_code == 201
    with simulated(later(days=1)):
        assert "Idempotent-Replay" not in call(cast, "POST", path, headers=keyed(rita), json=body).headers
    assert outreaches() == 3


def test_a_refused_request_leaves_its_key_free(cast: Cast, rita: dict[str, str]) -> None:
    path = f"/api/candidates/{claimed(cast)}/outreach"
    assert call(cast, "POST", path, headers=keyed(rita), json={"outreach_type": "email"}).status_code == 400
    assert call(cast, "POST", path, headers=keyed(rita), json={"outreach_type": "phone"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201, "a\tb"])
def test_a_key_is_1_to_200_printable_characters(cast: Cast, rita: dict[str, str], key: str) -> None:
    path = f"/api/candidates/{claimed(cast)}/outreach"
    answer = call(cast, "POST", path, headers=keyed(rita, key), json={"outreach_type": "phone"})
    assert (answer.status_code, list(answer.json["details"])) == (400, ["Idempotency-Key"])


def test_a_key_whose_answer_was_lost_says_so(cast: Cast, rita: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    path, body = f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}
    call(cast, "POST", path, headers=keyed(rita), json=body)
    with Session(db.engine) as session, session.begin():
        session.scalars(select(IdempotencyKey)).one().status = 0
    monkeypatch.setattr("portal.services.machinery.once.PATIENCE", 0)
    answer = call(cast, "POST", path, headers=keyed(rita), json=body)
    assert (answer.status_code, answer.json["code"]) == (409, "IDEMPOTENT_ANSWER_LOST")


@pytest.mark.parametrize("kind", ["a change", "a computation", "a check"])
def test_of_eight_at_once_with_one_key_all_get_the_first_answer(cast: Cast, rita: dict[str, str], kind: str) -> None:
    path, body = {
        "a change": (f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}),
        "a computation": (SPLITS, {"total_fee": 1_000, "collaborators": [{"role": "sourcer"}]}),
        "a check": ("/api/candidates/check", {"email": "nobody@mail.test"}),
    }[kind]
    barrier, answers = threading.Barrier(8), list[TestResponse]()

    def send() -> None:
        barrier.wait()
        answers.append(call(cast, "POST", path, headers=keyed(rita), json=body))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(answer.status_code, answer.text, answer.headers.get("Location")) for answer in answers}) == 1
    assert answers[0].status_code in {200, 201}
    assert outreaches() == (kind == "a change")


@pytest.mark.parametrize("kind", ["a computation", "a check", "a change"])
def test_a_key_of_one_endpoint_never_answers_at_another(cast: Cast, rita: dict[str, str], kind: str) -> None:
    first = (f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"})
    path, body = {
        "a change": (f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}),
        "a computation": (SPLITS, {"total_fee": 1_000, "collaborators": [{"role": "sourcer"}]}),
        "a check": ("/api/candidates/check", {"email": "nobody@mail.test"}),
    }[kind]
    answered = call(cast, "POST", first[0], headers=keyed(rita), json=first[1])
    other = call(cast, "POST", path, headers=keyed(rita), json=body)
    assert (other.status_code, other.json["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    again = call(cast, "POST", first[0], headers=keyed(rita), json=first[1])
    assert (again.status_code, again.json, again.headers["Location"]) == (
        201, answered.json, answered.headers["Location"],
    )  # fmt: skip


def test_a_key_of_a_computation_never_answers_at_a_change(cast: Cast, rita: dict[str, str]) -> None:
    body = {"total_fee": 1_000, "collaborators": [{"role": "sourcer"}]}
    assert call(cast, "POST", SPLITS, headers=keyed(rita), json=body).status_code == 200
    path = f"/api/candidates/{claimed(cast)}/outreach"
    answer = call(cast, "POST", path, headers=keyed(rita), json={"outreach_type": "phone"})
    assert (answer.json["code"], outreaches()) == ("IDEMPOTENCY_KEY_REUSED", 0)


def test_a_key_belongs_to_a_person_in_an_organisation(cast: Cast, rita: dict[str, str]) -> None:
    body = {"total_fee": 1_000, "collaborators": [{"role": "sourcer"}]}
    for headers in (rita, bearer(cast, cast.omar), bearer(cast, cast.carl)):
        answer = call(cast, "POST", SPLITS, headers=keyed(headers), json=body)
        assert (answer.status_code, "Idempotent-Replay" in answer.headers) == (200, False)


# --- correlation and CORS ---------------------------------------------------------------------------------------


def test_a_correlation_id_goes_through_to_the_event(cast: Cast, rita: dict[str, str]) -> None:
    headers = {**rita, "X-Correlation-ID": "trace-me-0123456789"}
    path = f"/api/candidates/{claimed(cast)}/outreach"
    answer = call(cast, "POST", path, headers=headers, json={"outreach_type": "phone"})
    assert answer.headers["X-Correlation-ID"] == "trace-me-0123456789"
    query = select(MarketplaceEvent.type).where(MarketplaceEvent.correlation_id == "trace-me-0123456789")
    with Session(db.engine) as session:
        assert session.scalars(query).all() == ["candidate.outreach_recorded"]


@pytest.mark.parametrize("wrong", ["short", "x" * 65, "with space here", "semi;colon;here"])
def test_a_wrong_correlation_id_is_replaced(cast: Cast, wrong: str) -> None:
    given = call(cast, "GET", "/api/me", headers={"X-Correlation-ID": wrong}).headers["X-Correlation-ID"]
    assert given != wrong
    assert len(given) >= 8


@pytest.fixture
def shared(cast: Cast) -> Iterator[None]:
    """Allow one other site to call the API."""
    before, cast.app.config["CORS_ORIGINS"] = cast.app.config["CORS_ORIGINS"], ["https://app.example"]
    yield
    cast.app.config["CORS_ORIGINS"] = before


@pytest.mark.usefixtures("shared")
def test_a_configured_origin_may_call(cast: Cast, rita: dict[str, str]) -> None:
    origin = {"Origin": "https://app.example", "Sec-Fetch-Site": "cross-site"}
    asked = call(cast, "OPTIONS", "/api/proposals", headers={**origin, "Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, "https://app.example")
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    got = call(cast, "GET", "/api/me", headers={**rita, **origin})
    assert (got.status_code, got.headers["Access-Control-Allow-Origin"]) == (200, "https://app.example")
    assert "Access-Control-Allow-Credentials" not in got.headers
    sent = call(cast, "POST", SPLITS, headers={**rita, **origin}, json={"total_fee": 1, "collaborators": []})
    assert sent.status_code == 400


@pytest.mark.usefixtures("shared")
def test_other_origins_may_not(cast: Cast, rita: dict[str, str]) -> None:
    got = call(cast, "GET", "/api/me", headers={**rita, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in got.headers
    assert "Origin" in got.headers["Vary"]


def test_cors_is_off_by_default(cast: Cast) -> None:
    got = call(cast, "OPTIONS", "/api/me", headers={"Origin": "https://app.example"})
    assert "Access-Control-Allow-Origin" not in got.headers


# --- cost -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/proposals", "/api/jobs/{job}/proposals", "/api/placements", "/api/jobs"])
def test_a_list_costs_the_same_however_long_it_is(cast: Cast, path: str) -> None:
    job_id, carl = posted(cast), bearer(cast, cast.carl)
    address = path.format(job=job_id)
    counts = []
    for _ in range(2):
        for _ in range(3):
            proposed(cast, job_id=job_id)
        call(cast, "GET", address, headers=carl)
        with statements() as seen:
            assert call(cast, "GET", address, headers=carl).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 4


def test_the_errors_of_the_framework_have_sentences() -> None:
    assert all(message.endswith(".") for _, message in programs.CODES.values())


@pytest.mark.parametrize("path", ["/api/jobs?q={}", "/api/candidates?q={}", "/api/recruiters?q={}"])
def test_a_parameter_has_no_control_characters(cast: Cast, rita: dict[str, str], path: str) -> None:
    for character in ("%00", "%0B", "%E2%80%AE"):
        answer = call(cast, "GET", path.format(f"a{character}"), headers=rita)
        assert (answer.status_code, list(answer.json["details"])) == (400, ["q"])


def test_what_somebody_else_is_changing_answers_503_and_keeps_no_key(
    cast: Cast, rita: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body = f"/api/candidates/{claimed(cast)}/outreach", {"outreach_type": "phone"}

    def busy(*_: object, **__: object) -> None:
        raise Unavailable("Someone else is changing this right now.")

    with monkeypatch.context() as patched:
        patched.setattr("portal.services.candidates.outreach.record_outreach", busy)
        answer = call(cast, "POST", path, headers=keyed(rita), json=body)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "UNAVAILABLE", "5")
    assert call(cast, "POST", path, headers=keyed(rita), json=body).status_code == 201


def test_an_answer_without_an_address_is_repeated_without_one(cast: Cast) -> None:
    carl, path = bearer(cast, cast.carl), f"/api/proposals/{proposed(cast)}/accept"
    first, again = (call(cast, "POST", path, headers=keyed(carl)) for _ in range(2))
    assert (again.status_code, again.json, again.headers.get("Location")) == (200, first.json, None)


def test_a_slash_too_many_is_led_on_or_refused_in_json(cast: Cast, rita: dict[str, str]) -> None:
    answer = call(cast, "GET", "/api/me/", headers=rita)
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
