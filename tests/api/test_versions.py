"""A request may carry the version of what it was made from; an older one is refused, with the present version."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from portal.client import client
from portal.client.client import Portal
from portal.runtime.clock import simulated
from portal.services.placements import corrections, guarantees
from portal.services.placements.corrections import Right
from tests import hires, money
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.hires import TODAY, active, failed, hired

Call = tuple[str, str, str, dict[str, Any]]  # who, method, path, body
EXTENSION = {"additional_days": 5, "reason": "Long notice"}
WANTED = {"replacement_deadline": hires.day(20).isoformat()}


def adding(cast: Cast, _: uuid.UUID) -> Call:
    body = {"recruiter_id": str(cast.omar.recruiter_id), "role": "closer", "split_percentage": 10}
    return "rita", "POST", "collaborators", body


def sharing(cast: Cast, _: uuid.UUID) -> Call:
    return "rita", "PATCH", f"collaborators/{cast.rita.recruiter_id}", {"role": "sourcer", "split_percentage": 45}


def activating(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "activate", {"start_date": TODAY.isoformat()}


def extending(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "guarantee/extend", EXTENSION


def failing(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "fail", {"failure_reason": "candidate_quit"}


def completing(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "complete", {}


def requesting(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "request-replacement", WANTED


def linking(cast: Cast, placement_id: uuid.UUID) -> Call:
    with simulated(DAY + timedelta(days=1)):
        other = hired(cast, job_id=hires.placement(placement_id).job_id, name="Ann Other")
    return "carl", "POST", "link-replacement", {"replacement_placement_id": str(other)}


def correcting(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "corrections", {"salary": 130_000, "reason": "Misread the contract"}


def undoing(_: Cast, __: uuid.UUID) -> Call:
    return "carl", "POST", "undo", {"reason": "Recorded for the wrong person"}


def answering(cast: Cast, placement_id: uuid.UUID) -> Call:
    right = Right(salary_minor=13_000_000)
    made = corrections.correct(placement_id, actor=cast.actor(cast.carl), right=right, reason="Misread the contract")
    return "rita", "POST", f"/amendments/{made.id}/answer", {"agreed": True}


def answering_an_extension(cast: Cast, placement_id: uuid.UUID) -> Call:
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason="Two weeks of leave")
    return "rita", "POST", "guarantee/answer", {"agreed": True}


def over(cast: Cast) -> uuid.UUID:
    return active(cast, start=hires.day(-100), days=90)


CALLS = pytest.mark.parametrize(
    ("make", "call", "counted"),
    [
        (hired, adding, "split_version"),
        (hired, sharing, "split_version"),
        (hired, activating, "split_version"),
        (active, extending, "version"),
        (active, failing, "version"),
        (over, completing, "version"),
        (failed, requesting, "version"),
        (failed, linking, "version"),
        (active, correcting, "version"),
        (hired, undoing, "version"),
        (active, answering, "split_version"),
        (money.started, answering_an_extension, "version"),
    ],
)


def send(api: Callers, placement_id: uuid.UUID, call: Call, version: int) -> Any:
    who, method, path, body = call
    portal: Portal = getattr(api, who)
    path = path[1:] if path.startswith("/") else f"placements/{placement_id}/{path}"
    return portal.request(method, path, **body, version=version)


@CALLS
def test_an_older_version_is_refused_and_changes_nothing(
    api: Callers, cast: Cast, make: Callable[[Cast], uuid.UUID], call: Callable[[Cast, uuid.UUID], Call], counted: str
) -> None:
    placement_id = make(cast)
    request, before = call(cast, placement_id), api.carl.request("GET", f"placements/{placement_id}").json()
    with pytest.raises(client.Conflict) as refused:
        send(api, placement_id, request, before[counted] + 1)
    assert (refused.value.code, refused.value.details) == ("STALE_VERSION", {"current_version": before[counted]})
    assert "()" not in refused.value.message, "it names what changed, or that there is no such version"
    assert api.carl.request("GET", f"placements/{placement_id}").json() == before


@CALLS
def test_the_version_that_was_read_is_taken(
    api: Callers, cast: Cast, make: Callable[[Cast], uuid.UUID], call: Callable[[Cast, uuid.UUID], Call], counted: str
) -> None:
    placement_id = make(cast)
    request = call(cast, placement_id)
    read = api.carl.request("GET", f"placements/{placement_id}").json()[counted]
    assert send(api, placement_id, request, read).status_code in {200, 201}
