"""Whether a file says in which encoding it is written, or the portal has to guess."""

from __future__ import annotations

import codecs

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.imports import decode, is_guessed


@pytest.mark.parametrize(
    ("data", "guessed"),
    [
        ("Bärbel;Łucja".encode(), False),
        (codecs.BOM_UTF16_LE + "Łucja".encode("utf-16-le"), False),
        ("Bärbel;Ādams\r\n".encode("utf-16-le"), False),
        ("Bärbel €".encode("cp1252"), True),
    ],
)
def test_only_bytes_without_a_mark_that_are_no_utf_8_are_guessed(data: bytes, guessed: bool) -> None:
    assert is_guessed(data) is guessed
    assert decode(data).startswith(("Bärbel", "Łucja"))


def test_bytes_that_only_look_like_utf_16_are_no_text() -> None:
    with pytest.raises(InvalidInput, match="can’t be read as text"):
        decode("Bärbel,".encode("utf-16-le") * 9 + b"\x00\xd8" + b"a\x00")  # half of a pair
