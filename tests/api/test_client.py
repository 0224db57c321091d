"""The client itself: what it sends again, how long it waits, and what it makes of refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from portal.client import client
from portal.client.client import Portal

ID = UUID(int=7)
ACCEPTED = {
    "id": str(ID), "state": "accepted", "accepted_at": "2026-11-24T09:00:00.000Z", "reviewed_by": "Hana", "notes": "",
}  # fmt: skip
Answer = httpx.Response | Exception


class Line:
    """Play the server: give the answers one after the other, keep what was asked and how long the client slept."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def portal(self) -> Portal:
        """Return a client of this server."""
        transport = httpx.MockTransport(self)
        return Portal("http://portal.test", "spl_token", transport=transport, sleep=self.slept.append)


def refusal(status: int, **headers: str) -> httpx.Response:
    """Make a refusal as the API shapes it."""
    body = {"code": "SOME_CODE", "message": "No.", "details": {"field": "why"}, "correlation_id": "trace-it-1"}
    return httpx.Response(status, json=body, headers=headers)


def test_a_post_is_sent_again_with_the_same_key() -> None:
    line = Line(httpx.ConnectError("away"), httpx.ReadTimeout("slow"), httpx.Response(200, json=ACCEPTED))
    assert line.portal.accept(ID).reviewed_by == "Hana"
    keys = {request.headers["Idempotency-Key"] for request in line.asked}
    assert (len(line.asked), len(keys), line.slept) == (3, 1, [0.4, 0.8])


def test_a_get_carries_no_key_and_the_token() -> None:
    line = Line(httpx.Response(200, json={"total": 0, "proposals": []}))
    line.portal.request("GET", "proposals", state="proposed", limit=None)
    (asked,) = line.asked
    assert "Idempotency-Key" not in asked.headers
    assert asked.headers["Authorization"] == "Bearer spl_token"
    assert str(asked.url) == "http://portal.test/api/proposals?state=proposed"


@pytest.mark.parametrize(
    ("wait", "slept"),
    [("3", [3.0]), ("0", [0.4]), ("31", [])],
    ids=["as told", "at least a little", "not that long"],
)
def test_over_the_limit_it_waits_as_long_as_it_is_told(wait: str, slept: list[float]) -> None:
    line = Line(refusal(429, **{"Retry-After": wait}), httpx.Response(200, json=ACCEPTED))
    if slept:
        assert line.portal.accept(ID).state == "accepted"
    else:
        with pytest.raises(client.TooMany):
            line.portal.accept(ID)
    assert line.slept == slept


def test_after_three_attempts_it_gives_up() -> None:
    line = Line(*(refusal(503) for _ in range(3)))
    with pytest.raises(client.ApiError) as refused:
        line.portal.accept(ID)
    assert (refused.value.status, len(line.asked)) == (503, 3)
    away = Line(*(httpx.ConnectError("away") for _ in range(3)))
    with pytest.raises(httpx.ConnectError):
        away.portal.accept(ID)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, client.InvalidInput),
        (401, client.NotSignedIn),
        (403, client.NotPermitted),
        (404, client.NotFound),
        (409, client.Conflict),
        (500, client.ApiError),
    ],
)
def test_a_refusal_is_an_exception_of_its_kind(status: int, kind: type[client.ApiError]) -> None:
    line = Line(refusal(status))
    with pytest.raises(kind) as refused:
        line.portal.accept(ID)
    error = refused.value
    assert (error.status, error.code, error.message, error.details) == (status, "SOME_CODE", "No.", {"field": "why"})
    assert (error.correlation_id, str(error), len(line.asked)) == ("trace-it-1", f"{status} SOME_CODE: No.", 1)


@pytest.mark.parametrize("body", [b"<html>", b"[1]"])
def test_an_answer_that_is_no_refusal_of_ours_still_is_an_error(body: bytes) -> None:
    with pytest.raises(client.ApiError) as refused:
        Line(httpx.Response(500, content=body)).portal.accept(ID)
    assert (refused.value.code, refused.value.details) == ("ERROR", {})


def test_an_answer_of_a_newer_release_is_read() -> None:
    accepted = Line(httpx.Response(200, json={**ACCEPTED, "state": "on_hold", "surprise": 1})).portal.accept(ID)
    assert (accepted.state, accepted.reviewed_by) == ("on_hold", "Hana")
    share = {"role": "scout", "split_percentage": 40, "amount": 400, "surprise": [{"of": "any kind"}]}
    preview = {"total_fee": 1000, "splits": [share], "total_split_percentage": 40, "valid": False, "surprise": {}}
    read = Line(httpx.Response(200, json=preview)).portal.calculate_splits(total_fee=Decimal(1_000), collaborators=[])
    assert [(split.role, split.amount) for split in read.splits] == [("scout", 400)]


def test_an_answer_without_a_field_is_a_fault() -> None:
    without = {name: value for name, value in ACCEPTED.items() if name != "reviewed_by"}
    with pytest.raises(ValueError, match="reviewed_by"):
        Line(httpx.Response(200, json=without)).portal.accept(ID)


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        (lambda p: p.activate(ID, start_date=date(2026, 11, 24)), {"start_date": "2026-11-24"}),
        (
            lambda p: p.add_candidate(
                full_name="Lena", email="lena@mail.test", profile={"salary": Decimal("90000"), "available_on": None}
            ),
            {"full_name": "Lena", "email": "lena@mail.test", "profile": {"salary": 90000}},
        ),
        (
            lambda p: p.change_candidate(ID, title="CTO", profile={"available_on": date(2027, 1, 15)}),
            {"title": "CTO", "profile": {"available_on": "2027-01-15"}},
        ),
        (
            lambda p: p.change_shares(
                ID, shares=[{"recruiter_id": ID, "role": "closer", "split_percentage": Decimal("12.5")}], version=3
            ),
            {"shares": [{"recruiter_id": str(ID), "role": "closer", "split_percentage": 12.5}], "version": 3},
        ),
        (
            lambda p: p.calculate_splits(
                total_fee=Decimal("1.50"), collaborators=[{"role": "sourcer", "split_percentage": Decimal(40)}]
            ),
            {"total_fee": 1.5, "collaborators": [{"role": "sourcer", "split_percentage": 40}]},
        ),
    ],
)
def test_values_are_sent_as_the_contract_writes_them(call: Callable[[Portal], object], sent: dict[str, Any]) -> None:
    line = Line(refusal(409))
    with pytest.raises(client.Conflict):
        call(line.portal)
    assert httpx.Response(200, content=line.asked[0].content).json() == sent
