"""Events: every founding type exists, payloads are JSON, references are found."""

from __future__ import annotations

import dataclasses
import json
import re
import typing
import uuid
from datetime import UTC, date, datetime

import pytest

from portal.domain import events
from portal.services.machinery.rows import written

FOUNDING = [
    "candidate.sourced",
    "candidate.outreach_recorded",
    "ownership.conflict_detected",
    "proposal.created",
    "proposal.accepted",
    "proposal.declined",
    "proposal.timeout",
    "placement.activated",
    "placement.completed",
    "placement.failed",
    "replacement.requested",
    "guarantee.expiring",
    "collaborator.added",
    "reputation.updated",
]
NO_CONTACT = re.compile(r"email|phone|name|address")


def example(kind: type[events.Event]) -> events.Event:
    """Make an event with a value in every field."""
    values: dict[type, object] = {
        uuid.UUID: uuid.UUID(int=7),
        datetime: datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        date: date(2026, 11, 24),
        str: "text",
        int: 3,
        bool: True,
    }
    hints = typing.get_type_hints(kind)
    made = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        options = typing.get_args(hint) or (hint,)
        made[field.name] = next((values[o] for o in options if o in values), {} if "dict" in str(hint) else ())
    return kind(**made)


@pytest.mark.parametrize("name", FOUNDING)
def test_every_founding_event_exists(name: str) -> None:
    assert events.EVENT_TYPES[name].type == name


@pytest.mark.parametrize("kind", events.EVENT_TYPES.values(), ids=lambda k: k.type)
def test_a_payload_is_json_without_contact_data(kind: type[events.Event]) -> None:
    payload = events.as_json(example(kind).payload())
    assert json.loads(json.dumps(payload)) == payload
    assert not [name for name in payload if NO_CONTACT.search(name)]
    assert "organisation_id" not in payload


@pytest.mark.parametrize("kind", events.EVENT_TYPES.values(), ids=lambda k: k.type)
def test_a_payload_is_the_same_however_it_is_written(kind: type[events.Event]) -> None:
    payload = example(kind).payload()
    assert json.loads(written([payload])) == [events.as_json(payload)]


def test_values_are_written_as_json() -> None:
    assert events.as_json(datetime(2026, 11, 24, 9, 30, tzinfo=UTC)) == "2026-11-24T09:30:00Z"
    assert events.as_json(date(2026, 11, 24)) == "2026-11-24"
    assert events.as_json((1, None, True)) == [1, None, True]
    assert events.as_json({"days": (1, 2)}) == {"days": [1, 2]}
    assert events.as_json(3.5) == "3.5"


def test_what_a_payload_says_are_days_times_and_the_defaults_of_what_it_lacks() -> None:
    payload = {"due_on": "2026-11-24", "received_on": "2026-11-25", "number": "R-7", "left_minor": 5}
    said = events.said("payment.received", payload)
    assert (said["due_on"], said["received_on"]) == (date(2026, 11, 24), date(2026, 11, 25))
    assert (said["number"], said["left_minor"], said["over_minor"]) == ("R-7", 5, 0)
    assert events.said("payout.due", {})["next_run_on"] is None
    expiring = events.said("proposal.expiring", {"expires_at": "2026-11-24T09:30:00Z"})
    assert expiring == {"expires_at": datetime(2026, 11, 24, 9, 30, tzinfo=UTC)}


def test_references_are_the_entities_of_the_event() -> None:
    event = example(events.EVENT_TYPES["collaborator.added"])
    assert set(event.references()) == {"placement_id", "candidate_id", "job_id", "recruiter_id"}
