"""Whether a word is one of English, of its names or of the trade, and not made up as handles are.

The lists are those by which zxcvbn judges passwords; in a text of another language nothing can be said by them.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.domain.contact_words import PROSE, TERMS

_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "ly", "able", "ment", "ness", "wise")
_BEGINNINGS = ("re", "un", "pre", "co", "sub", "non", "over", "out", "micro", "multi", "inter", "cross")
_STEM = 3  # letters that are left of a word without its ending
_WORD = re.compile(r"[a-z]{2,}")  # among the signs of another script stand terms and names
_FEW = 3  # unknown words that a text of any length may have: handles, of which a line alone may consist


@cache
def _known() -> frozenset[str]:
    return frozenset(word for words in FREQUENCY_LISTS.values() for word in words) | PROSE | TERMS


@lru_cache(maxsize=4096)
def is_word(word: str) -> bool:
    """Return whether a word is known, with an ending or a beginning too: `refactored`, `top-level`, `user_name`."""
    return all(_is_one_word(part) for part in re.split(r"[-._]", word.lower()) if part)


def _is_one_word(word: str) -> bool:
    known = _known()
    stems = [word, *(word.removesuffix(ending) for ending in _ENDINGS if len(word) >= len(ending) + _STEM)]
    stems += [stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]]  # `tagging`
    found = {*stems, *(f"{stem}e" for stem in stems)}
    found |= {stem.removeprefix(start) for stem in found for start in _BEGINNINGS if len(stem) > len(start) + _STEM}
    return not known.isdisjoint(found)


@lru_cache(maxsize=64)
def is_english(text: str) -> bool:
    """Return whether the words of a text that are known are more than the others; of other languages a third are."""
    words = set(_WORD.findall(text.lower()))
    unknown = len(words - _known())
    return unknown <= max(_FEW, len(words) - unknown)
