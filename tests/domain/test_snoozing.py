"""When a snoozed row of the work queue comes back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.snoozing import Span, comes_back


@pytest.mark.parametrize(
    ("span", "now", "zone", "back"),
    [
        (Span.TOMORROW, (2026, 11, 24, 9), "UTC", (2026, 11, 25, 8)),
        (Span.TOMORROW, (2026, 11, 24, 23, 30), "Europe/Berlin", (2026, 11, 26, 7)),  # it is the 25th there already
        (Span.NEXT_WEEK, (2026, 11, 24, 9), "UTC", (2026, 11, 30, 8)),
        (Span.NEXT_WEEK, (2026, 11, 30, 7), "UTC", (2026, 12, 7, 8)),  # on a Monday, the next one
        (Span.NEXT_WEEK, (2026, 11, 29, 20), "America/New_York", (2026, 11, 30, 13)),
    ],
)
def test_a_row_comes_back_in_the_morning_where_the_person_is(
    span: Span, now: tuple[int, ...], zone: str, back: tuple[int, ...]
) -> None:
    assert comes_back(span, datetime(*now, tzinfo=UTC), zone) == datetime(*back, tzinfo=UTC)  # type: ignore[misc,arg-type]  # mypy does not count what is unpacked


def test_a_row_comes_back_in_the_morning_of_the_day_that_was_chosen() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    back = comes_back(Span.DAY, now, "Europe/Berlin", chosen=date(2026, 12, 24))
    assert back == datetime(2026, 12, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize("chosen", [None, date(2026, 11, 24), date(2027, 11, 26)])
def test_a_day_to_come_back_on_is_after_today_and_within_a_year(chosen: date | None) -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    with pytest.raises(InvalidInput) as refusal:
        comes_back(Span.DAY, now, "UTC", chosen=chosen)
    assert refusal.value.fields["day"] == "Choose a day after today, within a year."
