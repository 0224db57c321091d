"""What may be known of a candidate's working life, and what a company reads of it before it accepts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.domain import profiles
from portal.domain.errors import InvalidInput
from portal.domain.profiles import NOTHING_KNOWN, Profile
from portal.wording.profiles import in_words

LENA = Profile(8, 4, date(2027, 1, 15), 9_000_000, 11_000_000, "EUR", "EU citizen", ("German C1", "English"))


def test_a_profile_reads_in_words() -> None:
    assert in_words(LENA) == (
        ("Experience", "8 years"),
        ("Notice period", "4 weeks"),
        ("Available from", "15 Jan 2027"),
        ("Current salary", "€90,000"),
        ("Expected salary", "€110,000"),
        ("Right to work", "EU citizen"),
        ("Languages", "German C1, English"),
    )
    assert in_words(replace(NOTHING_KNOWN, notice_weeks=0)) == (("Notice period", "None"),)
    assert in_words(NOTHING_KNOWN) == ()


def test_what_is_typed_is_cleaned() -> None:
    typed = replace(LENA, languages=(" German C1", "english", "", "English"), right_to_work=" EU citizen ")
    assert profiles.read(typed) == replace(LENA, languages=("German C1", "english"))
    assert profiles.read(Profile(currency="EUR")) == NOTHING_KNOWN  # a currency of nothing


WRONG: dict[str, Profile] = {
    "experience_years": Profile(experience_years=71),
    "notice_weeks": Profile(notice_weeks=-1),
    "available_on": Profile(available_on=date(1999, 12, 31)),
    "salary_minor": Profile(salary_minor=0, currency="EUR"),
    "expected_salary_minor": Profile(expected_salary_minor=-5, currency="EUR"),
    "currency": Profile(salary_minor=1),
    "right_to_work": Profile(right_to_work="x" * 201),
    "languages": Profile(languages=tuple(f"Language {number}" for number in range(21))),
}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_is_said_beside_its_field(field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        profiles.read(WRONG[field])
    assert list(refused.value.fields) == [field]


def test_a_company_does_not_read_the_current_salary_before_it_accepts() -> None:
    assert LENA.before_acceptance == replace(LENA, salary_minor=None)
    assert Profile(salary_minor=1, currency="EUR").before_acceptance == NOTHING_KNOWN
