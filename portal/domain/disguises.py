"""A name in dresses that are a name's only: digits for letters, the endings of cases, other spellings of one sound.

Each is found by a rule that innocent words do not meet. What has no such rule (nicknames, a name told backwards, the
readings of Kanji) is not looked for: docs/adr/0060 lists it, and whoever writes is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from anyascii import anyascii

from portal.domain.contact_words import KOREAN_FAMILIES, NUMERONYMS
from portal.domain.names import family_and_given, fold, fold_character

# --- digits and signs for letters -----------------------------------------------------------------------------

_LEET = {"0": "o", "2": "z", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "€": "e"}
SIGNS_FOR_LETTERS = re.compile(rf"[^\W\d_][{re.escape(''.join(_LEET))}1!|]|[{re.escape(''.join(_LEET))}1!|][^\W\d_]")


def _read_sign(character: str, *, one: str) -> str:
    return one if character in "1!|" else _LEET.get(character) or fold_character(character)


# How `L3na` is folded; 1 is an l or an i.
LEET_WAYS = (partial(_read_sign, one="l"), partial(_read_sign, one="i"))


def is_leet(written: str) -> bool:
    """Return whether signs stand for letters in a word of three or more, most of which are letters."""
    letters = sum(c.isalpha() for c in written)
    signs = sum(c in _LEET or c in "1!|" for c in written)
    return 0 < signs <= letters and letters > 1 and written.lower() not in NUMERONYMS


# --- the endings of cases -------------------------------------------------------------------------------------

# Of Slavic and Baltic languages, Icelandic, Finnish, Estonian, Hungarian and German, without accents: those that end no
# word of English.
_FINNIC_AND_HUNGARIAN = "t in lle lla lta sta ssa ta ksi nak nek val vel ban ben rol tol hoz hez nin"
_SLAVIC_AND_BALTIC = "a u ar em om owi owie owa owej ovi ova ove ovou iem iego ego emu iemu ej iej ach ami ai ui"
_AFTER_CONSONANT = f"{_SLAVIC_AND_BALTIC} sche schen scher sches ot et {_FINNIC_AND_HUNGARIAN}"
_AFTER_VOWEL = f"ego emu ho mu m ch mi n {_FINNIC_AND_HUNGARIAN}"
_INSTEAD_OF_A = "a y e i u o em om ovi owi ie iej ej ego emu ii ami ach am ou ich os ai oje"
_FINNIC = "n lle lla lta sta ssa"
# Stems that change, with their endings: Marek is Marka, Pavel is Pavla (Павел is Павла), Mikko is Mikon, Virtanen is
# Virtasen, Jónsdóttir is Jónsdóttur, Kazlauskas is Kazlausko, Bērziņš is Bērziņa, Papadopoulos is Papadopoulou.
_CHANGED = (
    (re.compile(r"(.{2,})e([lkcлцк])"), r"\1\2", "a u y em om iem owi ovi"),
    (re.compile(r"(.+)([kpt])\2([aeiouy])"), r"\1\2\3", _FINNIC),
    (re.compile(r"(.{3,})nen"), r"\1se", _FINNIC),
    (re.compile(r"(.{3,}dott)ir"), r"\1", "ur"),
    (re.compile(r"(.{3,}s)son"), r"\1", "syni"),
    (re.compile(r"(.{3,})as"), r"\1", "o ui a u e ai"),
    (re.compile(r"(.{3,})[iy]s"), r"\1", "io iui i iu yje a im"),
    (re.compile(r"(.{3,})us"), r"\1", "aus ui u umi uje au"),
    (re.compile(r"(.{3,}[b-df-hj-np-rtv-z])s"), r"\1", "a am u i"),
    (re.compile(r"(.{3,})os"), r"\1", "ou o"),
)
_GREEK = re.compile("[\u0370-\u03ff]")
INFLECTED_LEAST = 5  # letters of a part; a shorter one begins too many words


def inflected(parts: Iterable[str]) -> str:
    """Return a pattern of folded parts with the ending of a case: `Kowalskiego`, `Novákem`, `Παπαδάκης`."""
    long = sorted(part for part in parts if len(part) >= INFLECTED_LEAST and part.isalpha())
    changed = (
        _any(found.expand(stem), endings)
        for part in long
        for written, stem, endings in _CHANGED
        if (found := written.fullmatch(part))
    )
    return "|".join((*map(_inflected, long), *changed, *map(_doubled, long)))


def _doubled(part: str) -> str:
    """Match a part whose letters are written once or twice: Mohamed and Mohammed, Sigurdson and Sigurdsson."""
    return re.sub(r"([a-z])\1?", r"\1{1,2}", part) if part.isascii() else "(?!)"


def _inflected(part: str) -> str:
    if _GREEK.search(part):
        return re.escape(part.rstrip("\u03c2\u03c3")[:-1]) + r"[^\W\d_]{1,3}"
    if part[-1] in "ao":
        without = "?" if part.endswith(("ova", "eva")) else ""  # Ivanova is called Ivanov abroad
        return f"{_any(part, _AFTER_VOWEL)}|{_any(part[:-1], _INSTEAD_OF_A)}{without}"
    if part[-1] in "eiuy":
        return _any(part, _AFTER_VOWEL)
    return _any(part, f"{_AFTER_CONSONANT} {part[-1]}al {part[-1]}el")  # Hungarian: Péterrel


def _any(stem: str, endings: str) -> str:
    return f"{re.escape(stem)}(?:{'|'.join(endings.split())})"


# --- Korean and Chinese in Latin letters ----------------------------------------------------------------------

# What is written for one sound; the first that fits is taken, the longer before the shorter.
_SOUNDS = (
    "yeo|you|yoo|yu", "woo|oo|eo|eu|ou|u", "ae|ai", "ee|i", "sh|s", "ch|j", "kk|k|g", "tt|t|d", "pp|p|b", "r|l",
)  # fmt: skip
_SOUND_OF = {written: f"(?:{sounds})" for sounds in reversed(_SOUNDS) for written in sounds.split("|")}
_ANY_SOUND = re.compile("|".join(sorted(_SOUND_OF, key=len, reverse=True)) + "|[a-z]")
_HANGUL = re.compile("[\uac00-\ud7a3]{2,}")
_FINAL = "i?[ao]ng|[iu]?ang|u?eng|ing|[iu]?an|[iu]n|u?en|[iu]?ao|u?ai|u?ei|ou|i[aeu]|u[aeio]|ve|[aeiouv]"
# A syllable of Mandarin.
_PINYIN = f"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:{_FINAL})"
_SYLLABLES = re.compile(f"(?:{_PINYIN}){{1,2}}")
_HAN = re.compile("[\u3400-\u9fff]{2,4}")
LATIN_LEAST = 5


def other_spellings(full_name: str) -> str:
    """Return a pattern of a Korean given name in any romanization, and of what handles make of a Chinese name."""
    words = fold(full_name).replace("-", "").split()
    found = [_korean(given) for given in _korean_given(words)]
    found += [re.escape(handle) for handle in _handles(words)]
    return "|".join(found)


def _korean_given(words: Sequence[str]) -> Iterator[str]:
    """Yield the given names of a Korean in Latin letters: the signs after the first, or the words beside a family."""
    for word in words:
        if _HANGUL.fullmatch(word):
            given = family_and_given(word)[1] if len(words) == 1 else word
            yield from [read for read in [anyascii(given).lower()] if len(read) >= LATIN_LEAST]
    latin = [word for word in words if word.isascii()]
    if len(latin) > 1 and KOREAN_FAMILIES & set(latin):
        yield from (word for word in latin if word not in KOREAN_FAMILIES and len(word) >= LATIN_LEAST)


def _korean(given: str) -> str:
    return "[ -]?".join(_SOUND_OF.get(sound, sound) for sound in _ANY_SOUND.findall(given))


def _handles(words: Sequence[str]) -> Iterator[str]:
    """Yield a Chinese family name with the initials of the given one, on either side: `wangxm`, `xm.wang`."""
    parts = _chinese(words)
    for family, given in zip(parts, reversed(parts), strict=True) if len(parts) == 2 else ():
        initials = "".join(sound[0] for sound in re.findall(_PINYIN, given))
        if len(initials) > 1 and len(family) + len(initials) > 3:
            yield from (
                f"{a}{joint}{b}" for a, b in ((family, initials), (initials, family)) for joint in ("", ".", "_")
            )


def _chinese(words: Sequence[str]) -> list[str]:
    """Return family and given name of a Chinese as they are read; nothing for others."""
    if len(words) == 1 and _HAN.fullmatch(words[0]):
        return [anyascii(signs).lower() for signs in family_and_given(words[0])]
    return list(words) if len(words) == 2 and all(map(_SYLLABLES.fullmatch, words)) else []
