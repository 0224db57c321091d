"""What is encrypted at rest: Fernet with `PAYEE_KEYS`, of which the first one encrypts and all of them decrypt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


def seal(content: Mapping[str, str]) -> str:
    """Return texts, encrypted."""
    return _keys().encrypt(orjson.dumps(content)).decode()


def unseal(sealed: str) -> dict[str, str]:
    """Return the texts that were encrypted.

    Raises:
        InvalidToken: none of the keys opens them.
    """
    found: dict[str, str] = orjson.loads(_keys().decrypt(sealed))
    return found


def reseal(sealed: str) -> str:
    """Return the same content, encrypted with the first key.

    Raises:
        InvalidToken: none of the keys opens it.
    """
    return _keys().rotate(sealed).decode()


def opens(key: str, sealed: str) -> bool:
    try:
        Fernet(key).decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    listed: Sequence[str] = current_app.config["PAYEE_KEYS"]
    return MultiFernet([Fernet(key) for key in listed])
