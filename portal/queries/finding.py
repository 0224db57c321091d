"""What a search finds: words in any order and spelling; what stands in quotation marks exactly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, func, or_

from portal.domain.contact_words import PARTICLES
from portal.domain.names import fold, simplify

WORDS = 5
FAMILY_LEAST, MOST_APART = 3, 4  # letters behind a particle; ways to take a word apart that are looked for
_WORD = re.compile(r'["“„]([^"“”„]+)["”“]|(\S+)')
_NATIONAL = re.compile(r"0+(\d{3,})")
_SIGNS = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"  # of kana, Han and Hangul
_UNSPACED = f"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff{_SIGNS}]"
_NAME_WITHOUT_BLANKS = re.compile(f"[{_SIGNS}]{{3,8}}")  # long enough to have two parts, too short for a sentence
_JOINT = re.compile(rf"['\-·・･]|(?<={_UNSPACED})\s+(?={_UNSPACED})")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or words in quotation marks, to be found exactly but for their case."""

    text: str
    exact: bool

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return the LIKE patterns of texts that contain it in one of its ways; it means itself in them."""
        return tuple("%" + re.sub(r"([\\%_])", r"\\\1", way) + "%" for way in self._ways)

    @property
    def _ways(self) -> tuple[str, ...]:
        """Return it, the parts of a name without blanks in each other order, and apart what is written as one word.

        太郎山田 is found in 山田太郎, and vanderberg in van der Berg.
        """
        if self.exact:
            return (self.text,)
        turns = len(self.text) if _NAME_WITHOUT_BLANKS.fullmatch(self.text) else 0
        turned = (self.text[at:] + self.text[:at] for at in range(1, turns))
        return (self.text, *turned, *itertools.islice(_apart(self.text.casefold()), MOST_APART))

    def is_in(self, text: str) -> bool:
        """Return whether it occurs in a text that is at hand, as `occurs` says it of one in the database."""
        if self.exact and self.text.casefold() not in text.casefold():
            return False
        return any(_plain(way) in _plain(text) for way in self._ways)


def _apart(word: str) -> Iterator[str]:
    """Yield a family name with its particles apart: `van der berg`, and `van derberg`, for vanderberg."""
    for end in range(2, len(word) - FAMILY_LEAST + 1):
        if word[:end] in PARTICLES:
            yield from (f"{word[:end]} {rest}" for rest in (*_apart(word[end:]), word[end:]))


def _plain(text: str) -> str:
    return simplify(_JOINT.sub("", fold(text)))


def words_of(typed: str) -> tuple[Word, ...]:
    """Return the words of a search; a telephone number is found as it is written in its own country, too."""
    found = [Word(exact or _reachable(word), bool(exact)) for exact, word in _WORD.findall(typed)]
    return tuple(found[:WORDS])


def _reachable(word: str) -> str:
    """Take off the zeros that a country puts before its own numbers."""
    digits = _NATIONAL.fullmatch(word.strip("()"))
    return digits[1] if digits else word


def folded(text: Any) -> ColumnElement[str]:
    """Return a text as it is compared: see the function of the database."""
    return func.ats.folded(text, type_=Text)


def occurs(text: Any, patterns: Sequence[Any], *, exact: bool) -> ColumnElement[bool]:
    """Return the condition that a word occurs in a text; the folded one has an index where a text has one."""
    found = or_(*(folded(text).like(folded(pattern), escape="\\") for pattern in patterns))
    return found & text.ilike(patterns[0], escape="\\") if exact else found


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A text of the rows that `key` leads to, of which `ids` selects the ids; `given` must hold for it to be read.

    `index` is a text with an index that contains it: a text of another table joined to it would be folded row by row.
    """

    key: Any
    ids: Select[Any]
    text: Any
    index: Any = None
    given: ColumnElement[bool] | None = None

    def has(self, patterns: Sequence[Any], *, exact: bool) -> ColumnElement[bool]:
        """Return the condition that a word occurs in the text."""
        ids = self.ids.where(occurs(self.text, patterns, exact=exact))
        if self.index is not None:
            ids = ids.where(occurs(self.index, patterns, exact=False))
        found: ColumnElement[bool] = self.key.in_(ids.correlate(None))
        return found if self.given is None else found & self.given


def occurs_in(places: Sequence[Place], patterns: Sequence[Any], *, exact: bool) -> ColumnElement[bool]:
    """Return the condition that a word occurs in one of the places."""
    return or_(*(place.has(patterns, exact=exact) for place in places))
