"""What is known of a candidate's working life: the facts on which a company decides before it knows who it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from portal.domain import money, texts
from portal.domain.errors import InvalidInput

MOST_YEARS, MOST_WEEKS, LANGUAGES, LANGUAGE_MOST = 70, 104, 20, 60
DAYS = (date(2000, 1, 1), date(2099, 12, 31))


@dataclass(frozen=True, slots=True)
class Profile:
    """What a recruiter enters of it; all of it may be left out. Both salaries are yearly and in `currency`."""

    experience_years: int | None = None
    notice_weeks: int | None = None
    available_on: date | None = None
    salary_minor: int | None = None
    expected_salary_minor: int | None = None
    currency: str | None = None
    right_to_work: str = ""
    languages: tuple[str, ...] = ()

    @property
    def before_acceptance(self) -> Profile:
        """Return what a company may read before it accepts: what somebody earns now is theirs to tell."""
        kept = replace(self, salary_minor=None)
        return kept if kept.expected_salary_minor is not None else replace(kept, currency=None)


NOTHING_KNOWN = Profile()


def read(typed: Profile) -> Profile:
    """Clean what was typed.

    Raises:
        InvalidInput: with a sentence for each field that is wrong.
    """
    wrong = {**_wrong_numbers(typed), **_wrong_salaries(typed)}
    right_to_work, languages = "", tuple[str, ...]()
    try:
        right_to_work = texts.clean("right_to_work", typed.right_to_work, most=texts.LINE)
        languages = _languages(typed.languages)
    except InvalidInput as error:
        wrong |= error.fields
    if wrong:
        raise InvalidInput(" ".join(dict.fromkeys(wrong.values())), fields=wrong)
    paid = typed.salary_minor is not None or typed.expected_salary_minor is not None
    currency = typed.currency if paid else None
    return replace(typed, right_to_work=right_to_work, languages=languages, currency=currency)


def _wrong_numbers(typed: Profile) -> dict[str, str]:
    wrong = {}
    for name, most in (("experience_years", MOST_YEARS), ("notice_weeks", MOST_WEEKS)):
        number = getattr(typed, name)
        if number is not None and not 0 <= number <= most:
            wrong[name] = f"Enter a whole number from 0 to {most}."
    if typed.available_on is not None and not DAYS[0] <= typed.available_on <= DAYS[1]:
        wrong["available_on"] = "Enter a date between 2000 and 2099."
    return wrong


def _wrong_salaries(typed: Profile) -> dict[str, str]:
    wrong, names = {}, ("salary_minor", "expected_salary_minor")
    for name in names:
        if refusal := money.optional_salary_refusal(getattr(typed, name)):
            wrong[name] = refusal
    paid = any(getattr(typed, name) is not None for name in names)
    if paid and typed.currency not in money.CURRENCIES:
        wrong["currency"] = "Choose the salary currency."
    return wrong


def _languages(typed: Iterable[str]) -> tuple[str, ...]:
    """Clean the languages; the same one counts once, however it is spelled."""
    found: dict[str, str] = {}
    for language in (texts.clean("languages", one, most=LANGUAGE_MOST) for one in typed):
        if language:
            found.setdefault(language.casefold(), language)
    if len(found) > LANGUAGES:
        raise InvalidInput.field("languages", f"List at most {LANGUAGES} languages; you listed {len(found)}.")
    return tuple(found.values())
