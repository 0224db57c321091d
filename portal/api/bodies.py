"""Read a JSON body strictly: depth, duplicate keys, NaN and overlong numbers are refused (reliability.md T10)."""

from __future__ import annotations

import json
from decimal import Decimal
from math import isfinite

from portal.domain.errors import InvalidInput

MAX_DEPTH = 20
MAX_DIGITS = 30


def in_utf8(raw: bytes) -> bytes:
    """Return a body in UTF-8 without a byte-order mark; UTF-16 and UTF-32 are read as well.

    Raises:
        InvalidInput: it is in another encoding.
    """
    try:
        return raw.decode(json.detect_encoding(raw)).encode()
    except UnicodeError as error:
        raise InvalidInput("The body could not be read: send it in UTF-8.", code="BAD_JSON") from error


def check_json(raw: bytes) -> None:
    """Refuse JSON that is not plain: what two parsers could read differently, or what makes one of them fail."""
    if _depth(raw) > MAX_DEPTH:
        raise InvalidInput(f"The body is nested deeper than {MAX_DEPTH} levels.", code="BAD_JSON")
    try:
        json.loads(
            raw, parse_constant=_no_constant, object_pairs_hook=_no_duplicates, parse_int=_int, parse_float=_float
        )
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, _Refused) else "it is not valid JSON"
        raise InvalidInput(f"The body could not be read: {reason}.", code="BAD_JSON") from error


class _Refused(ValueError):
    """Mark our own refusals among the parser's errors."""


def _depth(raw: bytes) -> int:
    """Count the deepest nesting, brackets in texts included only when they are outside quotes."""
    depth = deepest = 0
    inside = escaped = False
    for byte in raw:
        if inside:
            escaped, inside = (byte == 0x5C and not escaped), not (byte == 0x22 and not escaped)
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _no_constant(name: str) -> object:
    raise _Refused(f"{name} is not a number in JSON")


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("a key appears twice in one object")
    return made


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Refused(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    """Read a number; refuse one of which a float would keep another figure than was written."""
    value = float(digits)
    if len(digits) > MAX_DIGITS or not isfinite(value) or Decimal(repr(value)) != Decimal(digits):
        raise _Refused("a number is too large or too precise")
    return value
