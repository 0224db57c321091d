"""Read what is typed about a person, make the keys that find duplicates, and say what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import date
from functools import partial
from typing import Any, TypeVar

import phonenumbers

from portal.domain import profiles
from portal.domain.contacts import (
    PROFILE_URL,
    email_key,
    linkedin_slug,
    phone_key,
    profile_link,
    without_decimals,
    without_words,
)
from portal.domain.errors import InvalidInput
from portal.domain.profiles import Profile
from portal.domain.texts import LINE, NAME, clean
from portal.services.identity import addresses

T = TypeVar("T")
EMAIL_MOST, PHONE_MOST, LINKEDIN_MOST = addresses.LENGTH, 40, 300
SKILL_MOST, SKILLS = 50, 30
LINES = {"full_name": (NAME, 1), "location": (LINE, 0), "title": (LINE, 0), "employer": (LINE, 0)}
PHONE_HINT = "Include the country code, for example +1 415 555 0132."


def read_email(typed: str) -> tuple[str, str]:
    """Return an address and its key."""
    found = addresses.read(typed)
    return found.normalized, email_key(f"{found.local_part}@{found.ascii_domain}")


def read_phone(typed: str, *, country: str | None = None) -> tuple[str | None, str | None]:
    """Return a number in E.164 and its key, or two Nones when nothing was typed.

    A number without a country code is one of `country`, where one is given.

    Raises:
        InvalidInput: it has no country code, or a length that its country does not have.
    """
    text = without_words(clean("phone", typed, most=PHONE_MOST))
    if not text:
        return None, None
    try:
        number = _without_decimals(text, country)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput.field("phone", f"Enter a valid phone number. {PHONE_HINT}") from error
    if number.extension:
        raise InvalidInput.field("phone", "Leave out the extension.")
    written = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    key = phone_key(written)
    # Ranges are handed out faster than their list is released; country and length do not change.
    if not (phonenumbers.is_possible_number(number) or phonenumbers.is_possible_number(phonenumbers.parse(key, None))):
        raise InvalidInput.field("phone", f"This number is too short or too long for its country. {PHONE_HINT}")
    return written, key


def is_assigned(typed: str, *, country: str | None) -> bool:
    """Return whether it is a number of a range that its country has handed out."""
    with suppress(InvalidInput):
        written, _ = read_phone(typed, country=country)
        return written is not None and bool(phonenumbers.is_valid_number(phonenumbers.parse(written, None)))
    return False


def _without_decimals(text: str, country: str | None) -> phonenumbers.PhoneNumber:
    """Read a number without the decimals of a spreadsheet, unless it is one only with them: +1 415 555.0000."""
    bare = without_decimals(text)
    if bare == text:
        return _number(text, country)
    with suppress(phonenumbers.NumberParseException):
        number = _number(bare, country)
        if phonenumbers.is_valid_number(number):
            return number
    whole = _number(text, country)
    return whole if phonenumbers.is_valid_number(whole) else _number(bare, country)


def _number(text: str, country: str | None) -> phonenumbers.PhoneNumber:
    """Read a number; digits alone may begin with a country's code, as spreadsheets leave them.

    That of another country counts where the number is none of `country`.
    """
    if phonenumbers.is_alpha_number(text):
        raise phonenumbers.NumberParseException(phonenumbers.NumberParseException.NOT_A_NUMBER, "letters")
    number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, country)
    with suppress(phonenumbers.NumberParseException):
        whole = phonenumbers.parse(f"+{text}", None)
        is_own = whole.country_code == number.country_code
        if phonenumbers.is_valid_number(whole) and (is_own or not phonenumbers.is_valid_number(number)):
            return whole
    return number


def read_linkedin(typed: str) -> tuple[str | None, str | None]:
    """Return the link to a profile and its key, or two Nones when nothing was typed; an unknown link has no key.

    Raises:
        InvalidInput: it is no link.
    """
    text = clean("linkedin_url", typed, most=LINKEDIN_MOST)
    if not text:
        return None, None
    slug = linkedin_slug(text)
    if slug is not None:
        return PROFILE_URL + slug, slug
    link = profile_link(text)
    if link is None:
        raise InvalidInput.field("linkedin_url", "Enter the profile URL, like https://www.linkedin.com/in/maya-okafor.")
    return link, None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateInput:
    full_name: str
    email: str
    phone: str = ""
    location: str = ""
    title: str = ""
    employer: str = ""
    linkedin_url: str = ""
    skills: tuple[str, ...] = ()
    profile: Profile = profiles.NOTHING_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """The keys of a blind check: any of email, phone and LinkedIn, or name and employer together."""

    email: str = ""
    phone: str = ""
    linkedin_url: str = ""
    full_name: str = ""
    employer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate as it is written: cleaned, with the keys."""

    full_name: str
    email: str
    email_key: str
    phone: str | None
    phone_key: str | None
    location: str
    title: str
    employer: str
    linkedin_url: str | None
    linkedin_key: str | None
    skills: list[str]
    experience_years: int | None
    notice_weeks: int | None
    available_on: date | None
    salary_minor: int | None
    expected_salary_minor: int | None
    currency: str | None
    right_to_work: str
    languages: list[str]

    @property
    def keys(self) -> Keys:
        """Return the keys that identify a person; names do not."""
        return Keys(self.email_key, self.phone_key, self.linkedin_key)


@dataclass(frozen=True, slots=True)
class Keys:
    """The normalised keys of a search for duplicates."""

    email: str | None = None
    phone: str | None = None
    linkedin: str | None = None
    name_employer: tuple[str, str] | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is not None)


class _Reading:
    """Read field after field and keep the sentences of those that are wrong."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def of(self, read: Callable[[], T], instead: T) -> T:
        """Return what `read` gives, or `instead` when it refuses."""
        try:
            return read()
        except InvalidInput as error:
            self.wrong.update(error.fields)
            return instead

    def finish(self) -> None:
        """Refuse everything at once."""
        if self.wrong:
            raise InvalidInput(" ".join(dict.fromkeys(self.wrong.values())), fields=self.wrong)


def read_entry(input: CandidateInput) -> Entry:
    """Clean what was typed about a candidate and make the keys.

    Raises:
        InvalidInput: with a sentence for each field that is wrong.
    """
    reading = _Reading()
    nothing: tuple[str | None, str | None] = (None, None)
    no_skills: list[str] = []
    lines = {name: reading.of(partial(_line, name, getattr(input, name), *size), "") for name, size in LINES.items()}
    email, key = reading.of(lambda: read_email(input.email), ("", ""))
    phone, dialled = reading.of(lambda: read_phone(input.phone), nothing)
    url, slug = reading.of(lambda: read_linkedin(input.linkedin_url), nothing)
    skills = reading.of(lambda: _skills(input.skills), no_skills)
    profile = reading.of(lambda: profiles.read(input.profile), profiles.NOTHING_KNOWN)
    reading.finish()
    others: dict[str, Any] = {**lines, **asdict(profile), "languages": list(profile.languages)}
    return Entry(
        **others,
        email=email,
        email_key=key,
        phone=phone,
        phone_key=dialled,
        linkedin_url=url,
        linkedin_key=slug,
        skills=skills,
    )


def read_keys(input: CheckInput) -> Keys:
    """Make the keys of a blind check.

    Raises:
        InvalidInput: nothing to search for was typed, or it is wrong.
    """
    reading = _Reading()
    key = reading.of(lambda: read_email(input.email)[1], None) if input.email.strip() else None
    phone = reading.of(lambda: read_phone(input.phone)[1], None)
    slug = reading.of(lambda: _known_profile(input.linkedin_url), None)
    name = reading.of(partial(_line, "full_name", input.full_name, NAME, 0), "")
    employer = reading.of(partial(_line, "employer", input.employer, LINE, 0), "")
    if employer and not name and "full_name" not in reading.wrong:
        reading.wrong["full_name"] = "Enter the name as well; an employer alone isn’t enough."
    if name and not employer and not (key or phone or slug) and "employer" not in reading.wrong:
        reading.wrong["employer"] = "Enter the employer as well; a name alone isn’t enough."
    reading.finish()
    keys = Keys(key, phone, slug, (name, employer) if name and employer else None)
    if not keys.kinds:
        raise InvalidInput.field("email", "Enter an email, a phone number, a LinkedIn profile, or a name and employer.")
    return keys


def _known_profile(typed: str) -> str | None:
    """Return the key of a profile; a link of an unknown shape, which has none, finds nobody."""
    link, slug = read_linkedin(typed)
    if link is not None and slug is None:
        raise InvalidInput.field(
            "linkedin_url", "Enter the URL of a LinkedIn profile, like https://www.linkedin.com/in/maya-okafor."
        )
    return slug


def _line(name: str, typed: str, most: int, least: int) -> str:
    """Clean a line and let one space stand between its words."""
    return " ".join(clean(name, typed, most=most, least=least).split())


def _skills(typed: Iterable[str]) -> list[str]:
    """Clean the skills; the same skill counts once, however it is spelled."""
    found: dict[str, str] = {}
    for skill in (_line("skills", s, SKILL_MOST, 0) for s in typed):
        if skill:
            found.setdefault(skill.casefold(), skill)
    if len(found) > SKILLS:
        raise InvalidInput.field("skills", f"List at most {SKILLS} skills; you listed {len(found)}.")
    return list(found.values())
