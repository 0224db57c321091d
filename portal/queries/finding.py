"""What a search finds: words in any order and spelling; what stands in quotation marks exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, func

WORDS = 5
_WORD = re.compile(r'["“„]([^"“”„]+)["”“]|(\S+)')
_NATIONAL = re.compile(r"0+(\d{3,})")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or words in quotation marks, to be found exactly but for their case."""

    text: str
    exact: bool

    @property
    def pattern(self) -> str:
        """Return the LIKE pattern of texts that contain it, in which it means itself."""
        return "%" + self.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


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


def occurs(text: Any, pattern: Any, *, exact: bool) -> ColumnElement[bool]:
    """Return the condition that a word occurs in a text; the folded one has an index where a text has one."""
    found = folded(text).like(folded(pattern), escape="\\")
    return found & text.ilike(pattern, escape="\\") if exact else found
