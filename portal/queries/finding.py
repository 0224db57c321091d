"""What a search finds: words in any order and spelling; text in quotation marks exactly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    false,
    func,
    intersect,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from portal.domain.contact_words import PARTICLES
from portal.domain.folded import otherwise
from portal.domain.names import fold, simplify

WORDS = 5
FAMILY_LEAST, MOST_APART = 3, 4  # letters behind a particle; ways to take a word apart that are looked for
_WORD = re.compile(r'["“„]([^"“”„]+)["”“]|(\S+)')
_NATIONAL = re.compile(r"0+(\d{3,})")
_SIGNS = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"  # of kana, Han and Hangul
_UNSPACED = f"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff{_SIGNS}]"
_NAME_WITHOUT_BLANKS = re.compile(f"[{_SIGNS}]{{3,8}}")  # long enough to have two parts, too short for a sentence
_PARTED = re.compile(r"(?<=\w)[\-‐–·・･](?=\w)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,4}|[^\W\d_](?:\.[^\W\d_]){1,3}")
_AROUND = ",;、，"  # of a word in a list, and of a family name that stands first: `García, José`
_SERVANT = "عبد"  # Abd of Abdullah: a word of its own, or none
_PAIR = re.compile(r"[A-Za-z0-9]{1,2}")
_TRIGRAM = re.compile(r"[^\W_]{3}")
_JOINT = re.compile(rf"['\-·・･]|(?<={_UNSPACED})\s+(?={_UNSPACED})")


class Form(NamedTuple):
    """What decides how the conditions of a word are built: in how many ways it may be written, and whether exactly.

    A short one has no three letters or digits side by side, by which an index of trigrams could find it. One of a
    letter or two is all said when its pairs are found.
    """

    exact: bool
    ways: int
    short: bool
    pair: bool


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
    def form(self) -> Form:
        """Return what decides how its conditions are built."""
        short = _TRIGRAM.search(_plain(self.text)) is None
        return Form(self.exact, len(self._ways), short, pair=not self.exact and _PAIR.fullmatch(self.text) is not None)

    @property
    def _ways(self) -> tuple[str, ...]:
        """Return it, the parts of a name without blanks in each other order, and apart what is written as one word.

        太郎山田 is found in 山田太郎, vanderberg in van der Berg, and garcia-nunez in García Núñez.
        """
        if self.exact:
            return (self.text,)
        turns = len(self.text) if _NAME_WITHOUT_BLANKS.fullmatch(self.text) else 0
        turned = (self.text[at:] + self.text[:at] for at in range(1, turns))
        parted = {_PARTED.sub(" ", self.text)} - {self.text}
        if _INITIALS.fullmatch(self.text):  # R.K. is found in R. K. Narayan, and in R K Narayan
            parted |= {joint.join(filter(str.isalpha, self.text)) for joint in (". ", " ")}
        return (
            self.text,
            *parted,
            *turned,
            *otherwise(self.text),
            *itertools.islice(_apart(self.text.casefold()), MOST_APART),
        )

    def is_in(self, text: str) -> bool:
        """Return whether it occurs in a text that is at hand, as `occurs` says it of one in the database."""
        if self.exact and self.text.casefold() not in text.casefold():
            return False
        return any(_plain(way) in _plain(text) for way in self._ways)


def _apart(word: str) -> Iterator[str]:
    """Yield a family name with its particles apart: `van der berg`, and `van derberg`, for vanderberg."""
    for end in range(2, len(word) - FAMILY_LEAST + 1):
        if word[:end] in PARTICLES or word[:end] == _SERVANT:
            yield from (f"{word[:end]} {rest}" for rest in (*_apart(word[end:]), word[end:]))


def _plain(text: str) -> str:
    return simplify(_JOINT.sub("", fold(text)))


def words_of(typed: str) -> tuple[Word, ...]:
    """Return the words of a search; a telephone number is found as it is written in its own country, too."""
    found = [Word(exact or _reachable(_bare(word)), bool(exact)) for exact, word in _WORD.findall(typed)]
    return tuple(found[:WORDS])


def _bare(word: str) -> str:
    """Take off the marks around a word; what is nothing but marks stays."""
    bare = word.strip(_AROUND)
    return bare if _plain(bare) else word


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


def has(text: Any, typed: str) -> ColumnElement[bool]:
    """Return the condition that a text has each word of a search, for few rows or as one condition among others."""
    return and_(true(), *(occurs(text, word.patterns, exact=word.exact) for word in words_of(typed)))


def has_pairs(text: Any, patterns: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition that a text has each two letters side by side that a word has, of which there is an index.

    It holds wherever the word occurs, and elsewhere: of a word of two letters alone it says all.
    """
    pairs = func.ats.pairs_in(text, type_=ARRAY(Text))
    return or_(*(pairs.contains(func.ats.pairs_of(pattern, type_=ARRAY(Text))) for pattern in patterns))


class Often(StrEnum):
    """How often a word occurs in a text, which decides how the rows are found that have it."""

    NEVER = "never"
    SELDOM = "seldom"  # in so few rows that their ids are at hand
    OFTEN = "often"  # the rows are gathered by the index of the text
    MOSTLY = "mostly"  # wherever one looks, so that looking row by row is soon done
    ASKED = "asked"  # in whichever of a few rows, each of which is asked

    @property
    def by_row(self) -> Often:
        """Return how a word is looked for in each row by itself."""
        return self if self in (Often.NEVER, Often.SELDOM) else Often.ASKED


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """A text to look into, and the ids of the rows that have it; `start` joins them to it where it is another table's.

    `index` is the text that has an index of its trigrams, and `pairs` one of its pairs of letters: this one, or one
    that contains it. A text of another table joined to it would be folded row by row.
    """

    id: Any
    text: Any
    index: Any = None
    pairs: Any = None
    start: Any = None

    @property
    def ids(self) -> Select[Any]:
        return select(self.id) if self.start is None else select(self.id).select_from(self.start)

    def matching(self, patterns: Sequence[Any], form: Form) -> Select[Any]:
        """Select the ids of the rows in which a word occurs."""
        if form.short and self.pairs is not None:
            return self._paired(patterns, form)
        ids = self.ids.where(occurs(self.text, patterns, exact=form.exact))
        if self.index is None or self.index is self.text:
            return ids
        return ids.where(occurs(self.index, patterns, exact=False))

    def _paired(self, patterns: Sequence[Any], form: Form) -> Select[Any]:
        """Select the ids by the index of pairs, by themselves: row by row, pairs are dear."""
        ids = self.ids.where(has_pairs(self.pairs, patterns)).offset(0)
        if form.pair and self.pairs is self.text:
            return ids
        return ids.where(occurs(self.alone, patterns, exact=form.exact))

    @property
    def alone(self) -> ColumnElement[str]:
        """Return the text not as the index of trigrams has it, which PostgreSQL would read whole."""
        alone: ColumnElement[str] = self.text.op("||")(literal_column("''", Text))
        return alone

    def says(self, key: Any, patterns: Sequence[Any], *, exact: bool) -> ColumnElement[bool]:
        """Return the condition that a word occurs in the row that a key leads to, to be asked row by row."""
        found = occurs(self.text, patterns, exact=exact)
        if key is self.id:
            return found
        one = self.ids.with_only_columns(found).where(self.id == key)
        return one.correlate(key.class_).scalar_subquery()


@dataclass(frozen=True, eq=False, slots=True)
class Place:
    """A text of the rows that `key` leads to; `given` must hold for it to be read."""

    key: Any
    source: Source
    given: ColumnElement[bool] | None = None

    def has(self, patterns: Sequence[Any], often: Often, ids: Any, form: Form) -> ColumnElement[bool]:
        """Return the condition that a word occurs in the text; `ids` are those of the rows, where it does so seldom."""
        found: ColumnElement[bool] = false()
        if often is Often.SELDOM:
            found = self.key == any_(ids)
        elif often is Often.OFTEN:
            found = self.key.in_(self.source.matching(patterns, form).correlate(None))
        elif often is Often.ASKED and self.key is self.source.id:
            found = occurs(self.source.alone, patterns, exact=form.exact)
        elif often in (Often.MOSTLY, Often.ASKED):
            found = self.source.says(self.key, patterns, exact=form.exact)
        return found if self.given is None or often is Often.NEVER else self.given & found

    def leads(self, patterns: Sequence[Any], often: Often, ids: Any, form: Form) -> ColumnElement[bool]:
        """Return the same condition for rows that are found by it alone, through the index of their key."""
        if often is not Often.OFTEN:
            return self.has(patterns, often, ids, form)
        gathered = self.source.matching(patterns, form).correlate(None).scalar_subquery()
        found: ColumnElement[bool] = self.key == any_(func.array(gathered, type_=ARRAY(Uuid)))
        return found if self.given is None else found & self.given


def by_themselves(row_id: Any, words: Sequence[Sequence[ColumnElement[bool]]], name: str) -> ColumnElement[bool]:
    """Return the condition that a row is one of those in which each word occurs, in one of its places or another.

    They are found once for the whole statement: beside an order, a limit and what somebody may see, the planner would
    rather look at all of that, row by row. It expects an array to be short, and so takes the index of the ids.
    """
    each = [union_all(*(select(row_id.label("id")).where(one).correlate(None) for one in word)) for word in words]
    found = (each[0] if len(each) == 1 else intersect(*each)).cte(name)
    is_found: ColumnElement[bool] = row_id == any_(func.array(select(found.c.id).scalar_subquery(), type_=ARRAY(Uuid)))
    return is_found


def is_gathered(words: Sequence[Sequence[Often]]) -> bool:
    """Return whether rows are gathered that have one of the words, because it is in many and not in most."""
    return not is_narrow(words) and any(Often.OFTEN in places and Often.MOSTLY not in places for places in words)


def is_narrow(words: Sequence[Sequence[Often]]) -> bool:
    """Return whether the rows are known that have one of the words, of which it is said how often it occurs where."""
    return any(is_known(places) for places in words)


def is_known(often: Sequence[Often]) -> bool:
    """Return whether the ids of all rows that have a word are at hand, wherever it is looked for."""
    return bool(often) and set(often) <= {Often.NEVER, Often.SELDOM}
