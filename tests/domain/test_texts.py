"""What a text may be."""

from __future__ import annotations

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.texts import clean


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Maya Okafor ", "Maya Okafor"),
        ("two\r\nlines", "two lines"),
        (None, ""),
        ("\u202a+49 171 3920001\u202c", "+49 171 3920001"),
        ("\u200fחנה\u00a0כהן\u200f", "חנה\u00a0כהן"),
        ("\ufeff\u200bMü\u00adller \u2066Lena\u2069", "Müller Lena"),
        ("café 東京 🙂", "café 東京 🙂"),
    ],
)
def test_a_line_is_trimmed_and_kept_as_typed(typed: str | None, kept: str) -> None:
    assert clean("name", typed, most=50) == kept


def test_several_lines_keep_their_breaks() -> None:
    assert clean("pitch", "one\r\ntwo\rthree\n", most=50, multiline=True) == "one\ntwo\nthree"


@pytest.mark.parametrize("typed", ["a\0b", "a\x1bb", "a\x7fb", "a\ud800b", "a\nb\u202ec", "a\nb\u2066c"])
def test_control_characters_are_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean("notes", typed, most=50, multiline="\n" in typed)
    assert "control characters" in refusal.value.fields["notes"]


@pytest.mark.parametrize(
    ("typed", "least", "sentence"),
    [("x" * 51, 0, "Shorten this to 50 characters; it has 51."), ("", 1, "Enter the notes."), ("ab", 3, "at least 3")],
)
def test_a_wrong_length_says_what_to_do(typed: str, least: int, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        clean("notes", typed, most=50, least=least)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("legal_name", "Enter the legal name."),
        ("email", "Enter the email address."),
        ("asks", "Enter what you ask for."),
    ],
)
def test_what_is_missing_is_named_as_people_call_it(name: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        clean(name, " ", most=50, least=1)
    assert refusal.value.fields[name] == sentence
