"""Times by the clock of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.times import by_the_clock, month_after, write_day, write_deadline


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    day, zone = date(2027, 3, 28), "Europe/Berlin"
    assert by_the_clock(day, time(3, 30), zone, name="time") == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    with pytest.raises(InvalidInput) as refused:
        by_the_clock(day, time(2, 30), zone, name="time")
    assert "the clocks go forward" in refused.value.fields["time"]


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"])
@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("clock", [time(0, 30), time(23, 30)])
def test_the_first_and_the_last_day_that_there_is_are_days(day: date, clock: time, zone: str) -> None:
    assert by_the_clock(day, clock, zone, name="time").year == day.year


def test_the_end_of_a_day_belongs_to_that_day() -> None:
    ends = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)
    assert write_deadline(ends, ZoneInfo("Europe/Berlin")) == "Mon 7 Dec 2026, 23:59 CET"
    assert write_deadline(ends, ZoneInfo("Europe/London")) == "Mon 7 Dec 2026, 23:00 GMT"
    assert write_deadline(datetime(2027, 1, 1, tzinfo=UTC)) == "Thu 31 Dec 2026, 23:59 UTC"


def test_a_day_ends_at_23_59_also_where_the_clocks_skip_midnight() -> None:
    for zone, day, name in (("Africa/Cairo", date(2027, 4, 30), "EET"), ("Asia/Beirut", date(2027, 3, 28), "EET")):
        ends = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
        before = day - timedelta(days=1)
        assert write_deadline(ends, ZoneInfo(zone)) == f"{before:%a} {write_day(before)}, 23:59 {name}"
    again = datetime(2027, 11, 7, 5, 0, tzinfo=UTC)  # Havana's second 00:00 of that night
    assert write_deadline(again, ZoneInfo("America/Havana")) == "Sun 7 Nov 2027, 00:00 CST"


@pytest.mark.parametrize(
    ("months", "first"),
    [
        (0, date(2027, 12, 1)),
        (1, date(2028, 1, 1)),
        (-11, date(2027, 1, 1)),
        (-12, date(2026, 12, 1)),
        (13, date(2029, 1, 1)),
    ],
)
def test_months_are_counted_across_years(months: int, first: date) -> None:
    assert month_after(date(2027, 12, 31), months) == first
