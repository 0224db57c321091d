"""How names are compared: blind to case, accents, apostrophes, joints and, where asked, to their order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from anyascii import anyascii

APOSTROPHES = frozenset("'’‘ʼʻ`´′＇ʹ＇ꞌ")
# Letters that no decomposition takes apart: as typed without the accent, and as transcribed.
_LETTERS = {
    "ß": ("ss", "ss"), "ẞ": ("SS", "SS"), "æ": ("ae", "ae"), "Æ": ("AE", "AE"), "œ": ("oe", "oe"), "Œ": ("OE", "OE"),
    "ø": ("o", "oe"), "Ø": ("O", "OE"), "ł": ("l", "l"), "Ł": ("L", "L"), "đ": ("d", "dj"), "Đ": ("D", "DJ"),
    "ð": ("d", "th"), "Ð": ("D", "TH"), "þ": ("th", "th"), "Þ": ("TH", "TH"), "ı": ("i", "i"), "ħ": ("h", "h"),
    "Ħ": ("H", "H"), "ŋ": ("n", "ng"), "Ŋ": ("N", "NG"), "ə": ("e", "a"), "Ə": ("E", "A"), "ŧ": ("t", "t"),
}  # fmt: skip
# ü is ue, å is aa, and ç, ş and š are ch and sh, where accents cannot be typed.
_TRANSCRIBED = {"\u0308": "e", "\u030a": "a", "\u0327": "h", "\u0326": "h", "\u030c": "h"}
# Marks that accents and vowel points are made of; elsewhere, as in Indic scripts, a mark is a vowel of its own.
_ACCENT = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
# How Cyrillic and Greek letters are also written, the longer first.
_ALSO_WRITTEN = (
    ("iya", "ia"), ("iy", "y"), ("iy", "i"), ("ey", "ei"), ("ay", "ai"), ("oy", "ou"), ("ks", "x"), ("kh", "h"),
    ("yu", "ju"), ("yan", "ian"), ("ya", "ja"),
)  # fmt: skip
# Korean families write their name as they always did, which is seldom how the sign is read by the rules.
_KOREAN_FAMILIES = {
    "gim": "kim", "i": "lee yi rhee", "bag": "park pak", "choe": "choi", "jeong": "jung chung", "gang": "kang",
    "jo": "cho", "yun": "yoon", "jang": "chang", "im": "lim rim", "o": "oh", "sin": "shin", "yu": "yoo ryu you",
    "gwon": "kwon", "an": "ahn", "lyu": "ryu yoo", "jeon": "chun jun", "mun": "moon", "son": "sohn", "bae": "pae",
    "baeg": "baek paik", "heo": "hur huh", "sim": "shim", "no": "noh roh", "u": "woo", "gu": "koo",
}  # fmt: skip
# Families of two signs; all others have one, except in Japan, where the signs do not tell.
_FAMILIES_OF_TWO = frozenset(
    re.findall(
        "..", "欧阳歐陽司马司馬上官诸葛諸葛夏侯东方東方皇甫尉迟尉遲公孙公孫慕容司徒令狐长孙長孫宇文端木南宫南宮独孤獨孤"
    )
    + re.findall("..", "남궁황보제갈선우독고사공서문동방")
)
_GREEK = re.compile("[\u0370-\u03ff]")
# How people write Greek, beside the rules: Yiorgos, Yannis, and Bakoyannis, which begins with two letters for a sound.
_GREEK_WRITTEN = (("gia", "ya"), ("gi", "yi"), ("ge", "ye"), ("gi", "y"))
_GREEK_BEGINNINGS = {"mp": "b", "nt": "d", "gk": "g"}
_KANA = re.compile("[\u3040-\u30ff]+")
# Long vowels of Japanese as passports write them: さとう is Sato, or Satoh.
_LONG_VOWELS = (("oo", "o"), ("ou", "o"), ("uu", "u"), ("oo", "oh"), ("ou", "oh"))
# Nothing to see: the line that draws Arabic words out, selectors of variants, fillers of Hangul and Braille, vowels of
# Khmer that are not written.
_UNSEEN = re.compile("[\u0640\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FRAMED = re.compile(
    "[\U0001f130-\U0001f189\U0001f1e6-\U0001f1ff]"
)  # Latin letters in squares and circles, and as flags
_HALF_WIDTH = re.compile("[\uff65-\uff9f]+")
MIXED = 4  # letters of a name of which each may be written in either way
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"))


@lru_cache(maxsize=8192)
def fold_character(character: str, *, transcribed: bool = False) -> str:
    """Return what is left of a character without accents, with its case; invisible ones leave nothing."""
    if character in APOSTROPHES:
        return "'"
    if character.isascii():
        return "" if unicodedata.category(character) == "Cc" and not character.isspace() else character
    if character in _LETTERS:
        return _LETTERS[character][transcribed]
    if "\uac00" <= character <= "\ud7a3":
        return character  # a Hangul syllable is one sign
    if _FRAMED.match(character):
        return anyascii(character)
    return "".join(_fold_part(c, transcribed=transcribed) for c in unicodedata.normalize("NFKD", character))


def _fold_part(character: str, *, transcribed: bool) -> str:
    if _ACCENT.match(character):
        return _TRANSCRIBED.get(character, "") if transcribed else ""
    if character in _LETTERS:
        return _LETTERS[character][transcribed]
    return "" if unicodedata.category(character) == "Cf" or _UNSEEN.match(character) else character


def fold(text: str, *, transcribed: bool = False) -> str:
    """Return a text in lower case, without accents and invisible characters, apostrophes all alike."""
    return "".join(fold_character(c, transcribed=transcribed) for c in text).lower()


def foldings(text: str) -> frozenset[str]:
    """Return a text folded in the ways in which people write its letters: Ødegård is odegard, oedegaard, odegaard.

    An h for an accent is written for all of them or for none.
    """
    found = {text}
    letters = {
        c for c in text if fold_character(c, transcribed=True) not in {fold_character(c), f"{fold_character(c)}h"}
    }
    for letter in sorted(letters)[:MIXED]:
        ways = (fold_character(letter), fold_character(letter, transcribed=True))
        found = {folding.replace(letter, way) for folding in found for way in ways}
    return frozenset({fold(text, transcribed=True), *map(fold, found)})


@lru_cache(maxsize=8192)
def read_character(character: str) -> str:
    """Return a letter of another alphabet as it is read in Latin letters."""
    if character.isascii() or not character.isalpha():
        return fold_character(character)
    return anyascii(character) or fold_character(character)


def readings(word: str) -> frozenset[str]:
    """Return how a word of another script is written in Latin letters, in lower case; none where vowels are unknown.

    A name of several signs is read whole, and with its family name, the first sign, apart: `王小明` is wang, xiaoming.
    """
    if word.isascii():
        return frozenset()
    read = anyascii(word).lower().replace("'", "")
    found = _spellings(word, read)
    if _is_of_syllables(word):
        family, given = (anyascii(signs).lower() for signs in family_and_given(word))
        found = _family_spellings(family) | {read, given}
    return frozenset(way for way in found if way.isalpha() and len(way) > 1 and re.search("[aeiouy]", way))


def family_and_given(word: str) -> tuple[str, str]:
    """Cut a name of signs behind the family's, which is nearly always one: `王小明`, but `欧阳娜娜`."""
    family = 2 if word[:2] in _FAMILIES_OF_TWO and len(word) > 2 else 1
    return word[:family], word[family:]


def _family_spellings(read: str) -> frozenset[str]:
    """Return how a family of one sign is written that is read so."""
    return frozenset({read, *_KOREAN_FAMILIES.get(read, "").split()})


def is_family(sign: str, parts: Collection[str]) -> bool:
    """Return whether a sign is a family's that one of the folded parts of a name is: 박 is Park."""
    return not _family_spellings(anyascii(sign).lower()).isdisjoint(parts)


def _spellings(word: str, read: str) -> frozenset[str]:
    """Return the other ways in which passports and people write a name of an alphabet: Dmitriy, Dmitry, Dmitri."""
    found = {read}
    also_written: tuple[tuple[str, str], ...] = _ALSO_WRITTEN
    if _GREEK.match(word):
        found.add(_GREEK_BEGINNINGS.get(read[:2], read[:2]) + read[2:])
        also_written += _GREEK_WRITTEN
    elif _KANA.fullmatch(word):
        also_written = _LONG_VOWELS
    for written, also in also_written:
        found |= {way.replace(written, also) for way in found}
    return frozenset(found)


def _is_of_syllables(word: str) -> bool:
    """Return whether each sign is a syllable, as in Chinese and Korean: the reading of one begins with a capital."""
    return len(word) > 1 and all(anyascii(sign)[:1].isupper() for sign in word.lower())


def simplify(word: str) -> str:
    """Return a folded word with both ways of writing an umlaut alike: Mueller as Muller."""
    for pair, letter in _DIGRAPHS:
        word = word.replace(pair, letter)
    return word


def normal(text: str) -> str:
    """Return a text in the one form in which its characters are stored; Katakana of half width have the usual one."""
    return unicodedata.normalize("NFC", _HALF_WIDTH.sub(lambda kana: unicodedata.normalize("NFKC", kana[0]), text))
