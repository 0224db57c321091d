"""Values are written as the design says; every expected text here was written by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain import times
from portal.domain.errors import InvalidInput
from portal.wording import amounts, writing
from portal.wording.writing import Clock
from tests.kit.conftest import NOW, Draw

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@pytest.mark.parametrize(
    ("minor", "currency", "cents", "written"),
    [
        (0, "USD", False, "$0"),
        (2_500_000, "USD", False, "$25,000"),
        (2_500_000, "USD", True, "$25,000.00"),
        (123_450, "USD", False, "$1,234.50"),
        (5, "USD", False, "$0.05"),
        (-120_000, "USD", False, "−$1,200"),
        (-120_000, "USD", True, "−$1,200.00"),
        (2_500_000, "EUR", False, "€25,000"),
        (2_500_001, "GBP", False, "£25,000.01"),
        (2_500_000, "JPY", True, "¥2,500,000"),
        (2_500_000, "CHF", False, "CHF\u00a025,000"),
        (10**13, "USD", False, "$100,000,000,000"),
    ],
)
def test_money_shows_cents_only_when_there_are_any(minor: int, currency: str, cents: bool, written: str) -> None:
    assert amounts.money(minor, currency, cents=cents) == written


@pytest.mark.parametrize(
    ("points", "written"),
    [(0, "0%"), (4_000, "40%"), (1_250, "12.5%"), (3_333, "33.33%"), (5, "0.05%"), (10_000, "100%"), (-50, "−0.5%")],
)
def test_shares_have_at_most_two_decimals(points: int, written: str) -> None:
    assert writing.percent(points) == written


@pytest.mark.parametrize(
    ("left", "written", "urgency"),
    [
        (timedelta(days=12, hours=4, minutes=22), "12 d 4 h", "ok"),
        (timedelta(days=1), "1 d", "ok"),
        (timedelta(hours=23, minutes=59), "23 h 59 min", "warm"),
        (timedelta(hours=3, minutes=41), "3 h 41 min", "hot"),
        (timedelta(minutes=12, seconds=30), "12 min 30 s", "hot"),
        (timedelta(seconds=9), "9 s", "hot"),
        (timedelta(0), "due now", "over"),
        (timedelta(hours=-23), "due now", "over"),
        (timedelta(hours=-47), "1 d overdue", "over"),
    ],
)
def test_a_deadline_says_what_is_left_and_how_near_it_is(left: timedelta, written: str, urgency: str) -> None:
    assert writing.write_left(left.total_seconds()) == written
    assert writing.urgency(left.total_seconds()) == urgency


def test_a_day_to_come_is_named_as_people_call_it() -> None:
    today = date(2026, 11, 30)
    named = [writing.write_ahead(today + timedelta(days=days), today) for days in (0, 1, 2, 30)]
    assert named == ["Today", "Tomorrow", "Wed 2 Dec", "Wed 30 Dec"]


@pytest.mark.parametrize(
    ("ago", "written"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=2), "2 min ago"),
        (timedelta(hours=5, minutes=59), "5 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=7), "17 Nov 2026"),
        (timedelta(days=46), "9 Oct 2026"),
        (timedelta(hours=-3), "in 3 h"),
        (timedelta(days=-30), "24 Dec 2026"),
    ],
)
def test_times_are_relative_for_a_week_and_dates_beyond(ago: timedelta, written: str) -> None:
    assert writing.write_ago(NOW - ago, Clock(NOW)) == written


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        (None, "Sun 6 Dec 2026, 23:30 UTC"),
        (AMSTERDAM, "Mon 7 Dec 2026, 00:30 CET"),
        (SAO_PAULO, "Sun 6 Dec 2026, 20:30 UTC−03"),
    ],
)
def test_absolute_times_name_their_zone(zone: ZoneInfo | None, written: str) -> None:
    at = datetime(2026, 12, 6, 23, 30, tzinfo=UTC)
    assert times.write_full(at, zone) == written


def test_machines_read_utc_to_the_second_and_plain_dates() -> None:
    assert writing.iso(datetime(2026, 11, 24, 3, 8, 7, 999, tzinfo=AMSTERDAM)) == "2026-11-24T02:08:07Z"
    assert writing.iso(date(2027, 3, 14)) == "2027-03-14"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Priya Raman", "PR"),
        ("Cher", "C"),
        ("maria de la cruz", "MC"),
        ("Élodie (Ellie) Ång", "ÉÅ"),
        ("J. R. Smith", "JS"),
        ("", "?"),
        ("–", "?"),
    ],
)
def test_initials_are_those_of_the_first_and_the_last_word(name: str, written: str) -> None:
    assert writing.initials(name) == written


@pytest.mark.parametrize(
    ("count", "one", "many", "written"),
    [
        (1, "proposal", None, "1 proposal"),
        (0, "proposal", None, "0 proposals"),
        (1_204, "proposal", None, "1,204 proposals"),
        (2, "agency", "agencies", "2 agencies"),
    ],
)
def test_counts_agree_with_their_noun(count: int, one: str, many: str | None, written: str) -> None:
    assert writing.plural(count, one, many) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(9, "9 s"), (90, "1 min"), (16_200, "4 h 30 min"), (109_800, "1 d 6 h")],
)
def test_lengths_of_time_have_two_units(seconds: int, written: str) -> None:
    assert writing.duration(seconds) == written


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (timedelta(days=-78), timedelta(days=12, hours=4), (90, 78, 13, False, 86, "warn")),
        (timedelta(days=-1), timedelta(days=364), (365, 1, 364, False, 0, "")),
        (timedelta(days=-400), timedelta(days=-35), (365, 365, 0, True, 100, "")),
        (timedelta(days=2), timedelta(days=2), (0, 0, 2, False, 100, "bad")),
    ],
)
def test_a_span_counts_whole_days(start: timedelta, end: timedelta, expected: tuple[object, ...]) -> None:
    span = writing.write_elapsed(NOW + start, NOW + end, NOW)
    assert (span.days, span.gone, span.left, span.over, span.percent, span.tone) == expected


def test_a_span_takes_plain_dates() -> None:
    span = writing.write_elapsed(date(2025, 12, 15), date(2026, 3, 15), datetime(2026, 1, 1, tzinfo=UTC))
    assert (span.days, span.gone, span.left) == (90, 17, 73)


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("{{ at|full }}", "Sun 6 Dec 2026, 07:01 UTC"),
        ("{{ at|day }}", "6 Dec 2026"),
        ("{{ at|clock }}", "07:01 UTC"),
        ("{{ at|left }}", "12 d 4 h"),
        ("{{ at|ago }}", "6 Dec 2026"),
        ("{{ at|iso }}", "2026-12-06T07:01:00Z"),
        ("{{ (now|elapsed(at)).left }}", "13"),
        ("{{ day|day }}", "14 Mar 2027"),
        ("{{ 1250|bp }} {{ 1204|number }} {{ 'EUR'|currency_symbol }}", "12.5 1,204 €"),
    ],
)
def test_filters_count_from_the_now_of_the_page(draw: Draw, template: str, written: str) -> None:
    at = NOW + timedelta(days=12, hours=4, minutes=22)
    assert draw(template, at=at, day=date(2027, 3, 14)) == written


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", AMSTERDAM])
def test_the_viewers_zone_moves_the_date(draw: Draw, zone: object) -> None:
    at = datetime(2026, 12, 6, 23, 30, tzinfo=UTC)
    assert draw("{{ at|day }} {{ ui.when(at) }}", at=at, viewer_zone=zone) == (
        '7 Dec 2026 <time datetime="2026-12-06T23:30:00Z">Mon 7 Dec 2026, 00:30 CET</time>'
    )


def test_every_form_key_is_new(draw: Draw) -> None:
    first, second = draw("{{ new_form_key() }}"), draw("{{ new_form_key() }}")
    assert first != second
    assert len(first) == 32


def test_a_time_that_the_clocks_leave_out_is_refused_and_others_are_read() -> None:
    zone, spring = "America/Havana", date(2026, 3, 8)
    with pytest.raises(InvalidInput, match="00:30 on that day"):
        times.by_the_clock(spring, time(0, 30), zone, name="clock")
    assert times.by_the_clock(spring, time(1, 30), zone, name="clock") == datetime(2026, 3, 8, 5, 30, tzinfo=UTC)
    twice = times.by_the_clock(date(2026, 10, 25), time(2, 30), "Europe/Berlin", name="clock")
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first of the two


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        # The examples of the standard's own registry of formats: accounts of nobody.
        ("GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19"),
        ("GB29 NWBK 6016 1331 9268 19", "GB29 NWBK 6016 1331 9268 19"),
        ("IBAN DE89370400440532013000, BIC COBADEFFXXX", "IBAN DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX"),
        ("Routing 021000021, account 000123456789", "Routing 021000021, account 000123456789"),
    ],
)
def test_an_iban_is_written_in_groups_of_four(typed: str, written: str) -> None:
    assert writing.account(typed) == written


@pytest.mark.parametrize(
    ("kept", "written"),
    [("+13035550141", "+1 303-555-0141"), ("+493012345678", "+49 30 12345678"), ("extension 7", "extension 7")],
)
def test_a_phone_number_is_written_in_the_groups_of_its_country(kept: str, written: str) -> None:
    assert writing.phone(kept) == written
