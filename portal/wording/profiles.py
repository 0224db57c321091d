"""How a candidate's profile reads to people."""

from __future__ import annotations

from collections.abc import Iterator

from portal.domain.profiles import Profile
from portal.domain.times import write_day
from portal.wording.amounts import money
from portal.wording.writing import plural


def in_words(profile: Profile) -> tuple[tuple[str, str], ...]:
    """Return what is known, each with its label."""
    return tuple(_rows(profile))


def _rows(profile: Profile) -> Iterator[tuple[str, str]]:
    if profile.experience_years is not None:
        yield "Experience", plural(profile.experience_years, "year")
    if profile.notice_weeks is not None:
        yield "Notice period", plural(profile.notice_weeks, "week") if profile.notice_weeks else "None"
    if profile.available_on is not None:
        yield "Available from", write_day(profile.available_on)
    if profile.salary_minor is not None and profile.currency:
        yield "Current salary", money(profile.salary_minor, profile.currency)
    if profile.expected_salary_minor is not None and profile.currency:
        yield "Expected salary", money(profile.expected_salary_minor, profile.currency)
    if profile.right_to_work:
        yield "Right to work", profile.right_to_work
    if profile.languages:
        yield "Languages", ", ".join(profile.languages)
