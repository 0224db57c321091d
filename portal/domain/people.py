"""What an account may be: time zone, password (domain.md §1)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from zoneinfo import available_timezones

from zxcvbn import zxcvbn

from portal.domain.errors import InvalidInput
from portal.domain.names import normal

PASSWORD_LEAST, PASSWORD_MOST = 12, 128
PASSWORD_RULE = f"{PASSWORD_LEAST} to {PASSWORD_MOST} characters; a few unrelated words are easy to remember."
_HARD = 3  # of 4 on zxcvbn's scale: more than 100 million guesses
_READ = 72  # characters, so that a long password costs no time
_OURS = ("splits", "portal")


class NumberFormat(StrEnum):
    """How a person writes numbers; each but the automatic one by a locale of CLDR that writes so."""

    AUTOMATIC = "auto"  # as the browser's language does
    COMMA_POINT = "en_US"
    POINT_COMMA = "de_DE"
    SPACE_COMMA = "fr_FR"
    APOSTROPHE_POINT = "de_CH"
    LAKHS = "en_IN"


class RecruiterStatus(StrEnum):
    """Whether a recruiter can act on the portal."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"


MEMBER, INVITED = "member", "invited"  # what a person is in an organization: has acted for it, or not yet


def folded(address: str) -> str:
    """Return what is the same for every way to type an address: the one form that accounts and limits go by."""
    return address.strip().lower()


NO_ZONES = {"Factory", "localtime"}  # of a computer that nobody has set up, and of whichever it is


@cache
def _zones() -> set[str]:
    return available_timezones() - NO_ZONES  # walks a directory of 600 files


# Python knows it and the database, which has zones of its own, does not.
ZONE_UNKNOWN = InvalidInput.field("time_zone", "This time zone is not supported. Choose a nearby one.")


def time_zone(value: str, *, name: str = "time_zone") -> str:
    if value not in _zones():
        raise InvalidInput.field(name, "Choose a time zone from the list.")
    return value


def number_format(value: str, *, name: str = "number_format") -> NumberFormat:
    if value not in set(NumberFormat):
        raise InvalidInput.field(name, "Choose a number format from the list.")
    return NumberFormat(value)


def check_password(password: str, *, email: str, person: str, name: str = "password") -> None:
    """Refuse a password that is too short, too long or too easily guessed, as it is going to be compared."""
    password = normal(password)
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise InvalidInput.field(name, f"Use {PASSWORD_LEAST} to {PASSWORD_MOST} characters.")
    if not is_typeable(password):
        raise InvalidInput.field(name, "Use characters that can be typed.")
    if password.casefold() in {email.casefold(), person.casefold()}:
        raise InvalidInput.field(name, "Use something other than your name or email address.")
    if _is_guessable(password, email, person):
        raise InvalidInput.field(name, "This password is too easy to guess. Choose another one.")


def is_typeable(password: str) -> bool:
    """Return whether the text has no control characters and no half characters, so that it can be hashed."""
    return not re.search("[\x00-\x1f\x7f\ud800-\udfff]", password)


def _is_guessable(password: str, *about: str) -> bool:
    """Return whether lists of common passwords, patterns or what is known about the person lead to it soon."""
    words = [word for text in about for word in re.split(r"[\W_]+", text) if word]
    return int(zxcvbn(password[:_READ], user_inputs=[*about, *words, *_OURS])["score"]) < _HARD
