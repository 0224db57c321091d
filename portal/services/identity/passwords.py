"""How passwords are kept: Argon2id (m = 19 MiB, t = 2, p = 1), as OWASP recommends for a web server."""

from __future__ import annotations

from functools import cache

from flask import current_app
from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from portal.domain.names import normal
from portal.domain.people import PASSWORD_MOST, is_typeable


@cache
def _hasher(*, testing: bool) -> PasswordHash:
    """Return the hasher; tests sign in often and have nothing to protect, so theirs is quick."""
    memory, rounds = (8, 1) if testing else (19_456, 2)
    return PasswordHash((Argon2Hasher(time_cost=rounds, memory_cost=memory, parallelism=1),))


@cache
def _nobody(*, testing: bool) -> str:
    """Return the hash that passwords of unknown people are compared with, so that they take just as long."""
    return _hasher(testing=testing).hash("nobody has this password")


def hashed(password: str) -> str:
    """Return the hash of a password; an é that another keyboard types as two characters is the same."""
    return _hasher(testing=current_app.testing).hash(normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Return whether a password matches the stored hash; takes just as long if there is none."""
    typed = normal(password)
    if len(typed) > PASSWORD_MOST or not is_typeable(typed):
        return False
    # Hashes from before passwords were normalized are compared with what was typed.
    return any(_is_of(way, kept) for way in dict.fromkeys((typed, password)))


def _is_of(password: str, kept: str | None) -> bool:
    testing = current_app.testing
    try:
        return _hasher(testing=testing).verify(password, kept or _nobody(testing=testing)) and kept is not None
    except UnknownHashError:
        return False
