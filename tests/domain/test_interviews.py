"""Appointments: every wrong field is said at once, and a mistyped day is refused."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.interviews import Appointment

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_all_wrong_fields_are_said_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        Appointment(stage=" ", starts_at=NOW, minutes=2, place="x" * 5_000).checked()
    assert set(refused.value.fields) == {"stage", "minutes", "place"}
    assert Appointment(stage=" Final ", starts_at=NOW).checked() == Appointment(stage="Final", starts_at=NOW)


@pytest.mark.parametrize(("days", "fine"), [(-31, False), (-30.9, True), (-30, True), (365.9, True), (366, False)])
def test_a_mistyped_day_is_refused(days: float, fine: bool) -> None:
    appointment = Appointment(stage="Final", starts_at=NOW + timedelta(days=days))
    if fine:
        appointment.check_day(NOW)
    else:
        with pytest.raises(InvalidInput):
            appointment.check_day(NOW)


def test_an_interview_has_so_many_people_and_no_more() -> None:
    people = frozenset(uuid.uuid4() for _ in range(13))
    with pytest.raises(InvalidInput) as refused:
        Appointment("Screening", datetime(2026, 12, 1, tzinfo=UTC), participants=people).checked()
    assert refused.value.fields == {"participants": "Choose up to 12 people."}
