"""Figures are read as people write them, and never guessed; every expected value was written by hand."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from portal.domain.people import NumberFormat
from portal.wording import amounts, notation, reading, writing

WANTED = "Enter a number"
POINT, COMMA, SPACE, SWISS, INDIAN = "en_US", "de_DE", "fr_FR", "de_CH", "en_IN"


@pytest.mark.parametrize(
    ("written_in", "text", "digits", "value", "foreign"),
    [
        (POINT, "75000", 2, "75000", False),
        (POINT, "75,000", 2, "75000", False),
        (POINT, "1,234,567.5", 2, "1234567.5", False),
        (POINT, "12 500,50", 2, "12500.50", True),
        (POINT, "1.250,00", 2, "1250.00", True),
        (POINT, "7,5", 2, "7.5", True),
        (POINT, "1.234.567", 2, "1234567", True),
        (POINT, "1 234.50", 2, "1234.50", False),
        (POINT, "75\u202f000", 2, "75000", False),
        (POINT, "75'000.50", 2, "75000.50", False),
        (POINT, "75\u2019000", 2, "75000", False),
        (POINT, "12,50,000", 2, "1250000", False),
        (POINT, "12000.125", 3, "12000.125", False),  # a currency of three decimals
        (POINT, "\u22125", 2, "-5", False),
        (POINT, "\u0667\u0665", 0, "75", False),
        (POINT, "\u0667\u0665\u066c\u0660\u0660\u0660\u066b\u0665", 2, "75000.5", False),
        (COMMA, "\u0667\u066b\u0665", 2, "7.5", False),
        (POINT, "\uff17\uff15\uff0c\uff10\uff10\uff10", 2, "75000", False),
        (POINT, "\u202a75,000\u202c", 2, "75000", False),  # as spreadsheets copy it
        (POINT, "\ufeff75,000\u200f ", 2, "75000", False),
        (POINT, "1.250,-", 2, "1250", True),
        *((POINT, "75,000.-", digits, "75000", False) for digits in (0, 2, 3)),  # of a currency without cents, too
        (COMMA, "75.000,--", 0, "75000", False),
        (INDIAN, "1,25,000/-", 2, "125000", False),
        (SPACE, "75 000:-", 2, "75000", False),
        (SWISS, "1\u2019250.\u2013", 2, "1250", False),
        (COMMA, "75.000", 2, "75000", False),
        (COMMA, "12000,1250", 3, "12000.125", False),
        (COMMA, "75.1250", 3, "75.125", True),
        (COMMA, "7,5", 2, "7.5", False),
        (COMMA, "7.5", 2, "7.5", True),
        (COMMA, "1,250.00", 2, "1250.00", True),
        (SPACE, "75 000,5", 2, "75000.5", False),
        (SPACE, "75.000", 2, "75000", False),
        (SWISS, "75'000.5", 2, "75000.5", False),
        (INDIAN, "7,50,000", 2, "750000", False),
    ],
)
def test_a_number_is_read_in_the_own_notation_first(
    written_in: str, text: str, digits: int, value: str, foreign: bool
) -> None:
    with notation.using(written_in):
        found = reading.read(text, digits=digits, wanted=WANTED)
    assert (found.value, found.is_foreign) == (Decimal(value), foreign)


@pytest.mark.parametrize(
    ("written_in", "text", "value"),
    [(POINT, "75.000", "75"), (POINT, "12.500", "12.5"), (COMMA, "75,000", "75"), (COMMA, "7.500", "7.5")],
)
def test_a_percentage_over_a_hundred_is_not_what_was_meant(written_in: str, text: str, value: str) -> None:
    with notation.using(written_in):
        assert reading.read(text, digits=2, wanted=WANTED, most=100).value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("75k", "Enter it in full: 75000."),
        ("7.5 k", "Enter it in full: 7500."),
        ("1.2m", "Enter it in full: 1200000."),
        ("€75,000", "Enter only the number: 75,000."),
        ("75,000 USD", "Enter only the number: 75,000."),
        ("12€", "Enter only the number: 12."),
        ("Chf 25,000", "Enter only the number: 25,000."),
        ("Sek 25 000", "Enter only the number: 25 000."),
        ("R$ 12.500", "Enter only the number: 12.500."),
        ("80 thousand", "Enter it in full: 80000."),
        ("$12.5 lakh", "Enter it in full: 1250000."),
        ("6 dozen", WANTED),
        ("(500)", WANTED),
        ("$ 75'000.-", WANTED),
        ("a lot", WANTED),
        ("5 or 6", WANTED),
    ],
)
def test_a_number_among_signs_is_refused_with_what_to_enter(text: str, says: str) -> None:
    with notation.using(POINT), pytest.raises(ValueError, match=re.escape(says)):
        reading.read(text, digits=2, wanted=WANTED)


@pytest.mark.parametrize(
    ("written_in", "text", "digits", "says"),
    [
        (POINT, "75.000", 2, "Did you mean 75,000 or 75.00? Enter 75000 or 75.00."),
        (POINT, "75.000", 3, "Did you mean 75,000 or 75? Enter 75000 or 75."),
        (COMMA, "75,000", 3, "Did you mean 75.000 or 75? Enter 75000 or 75."),
        (POINT, "12.125", 3, "Did you mean 12,125 or 12.1250? Enter 12125 or 12.1250."),
        (POINT, "75.000", 0, "Did you mean 75,000 or 75? Enter 75000 or 75."),
        (POINT, "75.000:-", 2, "Did you mean 75,000 or 75.00?"),
        (POINT, "75.525", 2, "Did you mean 75,525? Then enter 75525. Use at most two decimals."),
        (COMMA, "75,000", 2, "Did you mean 75.000 or 75,00? Enter 75000 or 75,00."),
        (INDIAN, "1.000", 0, "Did you mean 1,000 or 1? Enter 1000 or 1."),
        (POINT, "7.1234", 2, "Use at most two decimals."),
        (POINT, "7,1234", 3, "Use at most three decimals."),
        (POINT, "5000000.5", 0, "Enter a whole number, without decimals."),
        (POINT, "0,500", 1, "Use at most one decimal."),
    ],
)
def test_what_may_be_two_numbers_is_asked_and_too_many_decimals_are_refused(
    written_in: str, text: str, digits: int, says: str
) -> None:
    with notation.using(written_in), pytest.raises(ValueError, match=re.escape(says)):
        reading.read(text, digits=digits, wanted=WANTED)


@pytest.mark.parametrize("text", ["ten", "1.2.3", "1,2,3", "NaN", "Infinity", "1e5", "1_000", "--5", "9" * 41, "1 00"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert not reading.is_number(text)
    with pytest.raises(ValueError, match=WANTED):
        reading.read(text, digits=2, wanted=WANTED)


@pytest.mark.parametrize(
    ("written_in", "shown", "share", "count"),
    [
        (POINT, "$1,234,567.50", "12.5%", "−1,234,567"),
        (COMMA, "$1.234.567,50", "12,5%", "−1.234.567"),
        (SPACE, "$1\u202f234\u202f567,50", "12,5%", "−1\u202f234\u202f567"),
        (SWISS, "$1\u2019234\u2019567.50", "12.5%", "−1\u2019234\u2019567"),
        (INDIAN, "$12,34,567.50", "12.5%", "−12,34,567"),
    ],
)
def test_what_is_shown_is_written_in_the_readers_notation(written_in: str, shown: str, share: str, count: str) -> None:
    with notation.using(written_in):
        assert (amounts.money(123_456_750), writing.percent(1_250), writing.number(-1_234_567)) == (shown, share, count)


@pytest.mark.parametrize("written_in", [f for f in NumberFormat if f is not NumberFormat.AUTOMATIC])
@pytest.mark.parametrize("value", ["0", "7.5", "-1250", "1234567.89"])
def test_what_was_written_is_read_back_as_the_same(written_in: str, value: str) -> None:
    number = Decimal(value)
    with notation.using(written_in):
        for text in (reading.written(number), reading.typed(number)):
            found = reading.read(text, digits=2, wanted=WANTED)
            assert (found.value, found.is_foreign) == (number, False)


@pytest.mark.parametrize(
    ("languages", "found"),
    [
        (["en-US", "de"], NumberFormat.COMMA_POINT),
        (["de", "en"], NumberFormat.POINT_COMMA),
        (["pt-BR"], NumberFormat.POINT_COMMA),
        (["sv-SE"], NumberFormat.SPACE_COMMA),
        (["de-CH"], NumberFormat.APOSTROPHE_POINT),
        (["hi"], NumberFormat.LAKHS),
        (["xx-nonsense", "no such", "it"], NumberFormat.POINT_COMMA),
        ([], NumberFormat.COMMA_POINT),
    ],
)
def test_an_automatic_notation_follows_the_first_language_that_is_known(
    languages: list[str], found: NumberFormat
) -> None:
    before = notation.present()
    notation.use(NumberFormat.AUTOMATIC, languages)
    assert notation.present() is found
    notation.use(before)


def test_a_chosen_notation_is_not_the_browsers() -> None:
    notation.use(NumberFormat.POINT_COMMA, ["en-US"])
    assert notation.sample(NumberFormat.COMMA_POINT) == "1,234,567.50"
    assert notation.decimal_sign() == ","
    notation.use()
    assert notation.decimal_sign() == "."


def test_a_sentence_begins_with_a_currency_as_it_is_written() -> None:
    assert writing.sentence("kr 5, SEK 25,000 and CHF") == "Kr 5, SEK 25,000 and CHF"
    assert writing.sentence("CHF 25,000") == "CHF 25,000"
