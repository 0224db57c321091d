"""A text in the form in which names and contact data are looked for, and where each character came from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from portal.domain.names import fold_character

LETTER, ALNUM = r"[^\W\d_]", r"[^\W_]"
INDIC = "\u0900-\u0dff"  # scripts whose vowels are marks and no letters
# Letters of other alphabets that look the same.
LOOKALIKES = str.maketrans("аеорсухіјѕһԁкмтнвԛԝѵӏɡɑօոսհցαορνικτεη", "aeopcyxijshdkmthbqwvlgaonuhgaopvikten")
_IN_ANY_CASE = LOOKALIKES | {ord(chr(a).upper()): b.upper() for a, b in ((a, chr(b)) for a, b in LOOKALIKES.items())}
_WORD, _LATIN, _OTHER = re.compile(r"\S+"), re.compile("[A-Za-z]"), re.compile(r"[^\W\d_A-Za-z]")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, and what is read in its place."""

    start: int
    end: int
    instead: str


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared, and where each of its characters came from; `cased` is as long as `lower`."""

    cased: str
    lower: str
    origin: tuple[int, ...]
    source: str

    def span(self, start: int, end: int, instead: str) -> Span:
        """Return the part of the source behind a part of the folded text, with the accents that belong to it."""
        last = self.origin[end - 1] + 1
        while last < len(self.source) and not fold_character(self.source[last]):
            last += 1
        return Span(self.origin[start], last, instead)


@lru_cache(maxsize=16)  # names and contact data are looked for in the same text
def folded(text: str, fold_one: Callable[[str], str] = fold_character) -> Folded:
    """Fold a text."""
    found = [(c, at) for at, written in enumerate(text) for c in fold_one(written)]
    cased = "".join(c for c, _ in found)
    lower = "".join(low if len(low := c.lower()) == 1 else c for c in cased).translate(LOOKALIKES)
    return Folded(cased, lower, tuple(at for _, at in found), text)


def unmixed(cased: str) -> str:
    """Return a folded text whose words of two alphabets are of one: the letters that look the same become Latin."""
    return cased if cased.isascii() else _WORD.sub(_unmixed, cased)


def _unmixed(found: re.Match[str]) -> str:
    word = found[0]
    return word.translate(_IN_ANY_CASE) if _LATIN.search(word) and _OTHER.search(word) else word
