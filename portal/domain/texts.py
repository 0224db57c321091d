"""What a text may be: one cleaning for forms, API and imports, so that nothing unprintable reaches a row or a mail."""

from __future__ import annotations

import re
import unicodedata

from portal.domain.errors import InvalidInput
from portal.domain.names import normal

NOTES, PITCH, REASON, SUBJECT, PREVIEW, NAME, LINE = 2_000, 5_000, 500, 200, 500, 120, 200
MINUS = "\u2212"
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")  # come along when copying
_ALLOWED_CONTROLS = {"\n", "\t"}
# What a summary of errors, an API's caller and a command read about a field that is not called what it holds.
_CALLED = {"asks": "what you ask for", "email": "the email address", "stages": "a name for each stage"}


def clean(name: str, value: str | None, *, most: int, least: int = 0, multiline: bool = False) -> str:
    """Return the text trimmed, with line ends as LF; a line without what is not seen and spells nothing.

    Raises:
        InvalidInput: it is too long, too short, or has characters that no person types; the field `name` says which.
    """
    text = normal(value or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    if not multiline:
        text = _UNSEEN.sub("", text.replace("\n", " ").replace("\t", " ")).strip()
    if _SURROGATE.search(text) or any(unprintable(c) for c in text):
        raise InvalidInput.field(name, "Remove the control characters; they often come from copying out of a file.")
    if len(text) > most:
        raise InvalidInput.field(name, f"Shorten this to {most:,} characters; it has {len(text):,}.")
    if len(text) < least:
        missing = _CALLED.get(name) or f"the {name.replace('_', ' ')}"
        raise InvalidInput.field(name, f"Enter {missing}." if least == 1 else f"Enter at least {least} characters.")
    return text


def reason(said: str | None) -> str:
    """Return why something is done, which has to be said."""
    return clean("reason", said, most=REASON, least=1, multiline=True)


def reference(said: str | None) -> str:
    return clean("reference", said, most=LINE, least=1)


def unprintable(character: str) -> bool:
    """Return whether a character is a control or a direction override that could disguise a text."""
    category = unicodedata.category(character)
    overrides = "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069"
    return (category == "Cc" and character not in _ALLOWED_CONTROLS) or overrides
