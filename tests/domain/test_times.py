"""Times by the clock of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.times import by_the_clock


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    day, zone = date(2027, 3, 28), "Europe/Berlin"
    assert by_the_clock(day, time(3, 30), zone, name="time") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    with pytest.raises(InvalidInput) as refused:
        by_the_clock(day, time(2, 30), zone, name="time")
    assert "the clocks are put forward" in refused.value.fields["time"]
