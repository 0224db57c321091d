"""How names of other scripts are written in Latin letters, and one Latin spelling as others: a pattern for each word.

AnyAscii reads a sign alone, as a library must; people write vowels that no sign stands for, and one sound in several
ways (`शर्मा` is Sharma, `สมชาย` Somchai, `Юлия` Yuliya, Julia or Iuliia). The tables are of sounds, not of names.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from anyascii import anyascii

from portal.domain.names import family_and_given, is_family

_SKELETONS = "\u05d0-\u05ea\u0620-\u06d3\u0e01-\u0e4e"  # Hebrew, Arabic, Thai
_BORROWING = "\u30a1-\u30fa\u30fc\u3099\u309a\uac00-\ud7a3"  # Katakana and Hangul, by the sounds of names
_ETHIOPIC = "[\u1200-\u135a]{3,}"
# Arabic, Hebrew and Amharic write "and", "to", "with" and the article as one word with the name: `لمحمد`, `ודוד`.
_ARABIC, _HEBREW = "[\u0620-\u064a]{3,}", "[\u05d0-\u05ea]{3,}"
_BEFORE_ARABIC, _BEFORE_HEBREW = "[وف]?(?:[بك]?ال|لل|[بكل])?", "[ושכלבמה]{0,3}"
_ARTICLE = re.compile("^ال(?=[\u0620-\u064a]{3})")
_SERVANT = re.compile(r"عبد\s+ال([\u0620-\u064a]+)")  # Abdullah, Abdel Rahman: two words, and one in Latin letters
_LED = re.compile(f"(?:{_BEFORE_ARABIC}|{_BEFORE_HEBREW})(?={_ARABIC}|{_HEBREW})")
SCRIPTS = re.compile(f"[{_SKELETONS}]+|[\u0900-\u0963\u0966-\u0d7f]+|[\u0400-\u052f]+|[{_BORROWING}]+")
HEARD_LEAST, LATIN_LEAST = 3, 4  # consonants, and letters, of a name that is known by its sound; less is in any text
SYLLABLES_LEAST = 2
LONGEST = 20  # signs of a word; who enters a longer one wants to keep the server busy
_REPEATED = re.compile(r"(.)\1\1")


def sounds(text: str) -> Iterator[str]:
    """Yield patterns of how a folded name of another script is written in Latin letters: all words on end, and each."""
    words = SCRIPTS.findall(text)
    if len(words) > 1 and all(map(_is_a_name, words)):
        yield r"[\s\-]+".join(f"(?>{_pattern(word)}(?![a-z]))" for word in words)
    yield from filter(None, map(sounded, words))
    for servant in _SERVANT.finditer(text):
        if _is_a_name(servant[1]):
            yield rf"abd?[aeiou]?[a-z]{{0,2}}[\s\-]?{_pattern(servant[1])}"


def heard(written: str, parts: Collection[str]) -> int:
    """Return how many signs of a word of `SCRIPTS` sound as one of the parts of a name in Latin letters; 0 if none do.

    Behind a name in Hangul stands a particle, which stays; the ending of a case does not.
    """
    long = [part for part in parts if len(part) >= LATIN_LEAST]
    words = _nominatives(written)
    name = next((word for word in words if _is_heard(word, long) or _is_whole_korean(word, parts, long)), "")
    is_before_a_particle = name != "" and written.startswith(name)
    return len(name) if is_before_a_particle and _is_hangul(name[-1]) else len(written) * bool(name)


def leading(part: str) -> str:
    """Return a pattern of what a part of a name may have in front of it; empty where its script puts nothing there."""
    if re.fullmatch(_ARABIC, part):
        return _BEFORE_ARABIC
    if re.fullmatch(_ETHIOPIC, part):
        return "[ለየበከ]?"
    return _BEFORE_HEBREW if re.fullmatch(_HEBREW, part) else ""


def _is_hangul(sign: str) -> bool:
    return "\uac00" <= sign <= "\ud7a3"


def _is_whole_korean(word: str, parts: Collection[str], long: Collection[str]) -> bool:
    """Return whether a word of Hangul is family and given name on end: 박지훈 of Park Ji-hoon."""
    if not _is_hangul(word[:1]):
        return False
    family, given = family_and_given(word)
    return is_family(family, parts) and _is_heard(given, long)


def _is_heard(word: str, parts: Iterable[str]) -> bool:
    """Return whether a word sounds as one of the parts; of most words the first sound tells that it does not."""
    if not _is_a_name(word):
        return False
    begins = next(_pieces(word), "(?!)")
    alike = [part for part in parts if re.match(begins, part)]
    sound = sounded(word) if alike else None
    return sound is not None and any(re.fullmatch(sound, part) for part in alike)


def _nominatives(written: str) -> Iterator[str]:
    """Yield a word in lower case, and the names in it: Петрова of `Петровой`, 브란트 of `브란트는`, محمد of `لمحمد`."""
    word = written.lower()
    yield word
    if _is_hangul(word[-1]):
        yield from (word[: -len(end)] for end in _PARTICLES if word.endswith(end))
    elif led := _LED.match(word):
        yield from (word[signs:] for signs in range(1, led.end() + 1))
    elif word[0] < "\u0530" and written[0].isupper():
        for end in (end for end in _CASES if word.endswith(end)):
            yield from (word[: -len(end)] + nominative for nominative in _CASES[end])


@lru_cache(maxsize=1024)
def sounded(word: str) -> str | None:
    """Return a pattern of how a folded word of `SCRIPTS` is written in Latin letters; None for a short one."""
    return _pattern(word) if _is_a_name(word) and _is_distinct(word) else None


def _is_a_name(word: str) -> bool:
    return 0 < len(word) <= LONGEST and not _REPEATED.search(word)


def _is_distinct(word: str) -> bool:
    """Return whether a word is long enough to be known by its sound alone."""
    if re.match(f"[{_SKELETONS}]", word):
        return sum(sign in _HEARD for sign in _ARTICLE.sub("", word)) >= HEARD_LEAST
    if re.match(f"[{_BORROWING}]", word):
        return len(unicodedata.normalize("NFC", word)) >= SYLLABLES_LEAST
    return len(word) >= (LATIN_LEAST if word[0] < "\u0900" else HEARD_LEAST)


def _pattern(word: str) -> str:
    return "".join(_pieces(word)).replace(_K_SH, "(?:ksh?|x)")


def _pieces(word: str) -> Iterator[str]:
    """Yield a pattern of each sound."""
    if re.match(f"[{_SKELETONS}]", word):
        return _skeleton(word)
    if re.match(f"[{_BORROWING}]", word):
        return _borrowed(word)
    return _cyrillic(word) if word[0] < "\u0900" else _indic(word)


# --- Katakana and Hangul: every consonant has a vowel, which is not heard --------------------------------------

_SYLLABLE_SOUNDS = {
    "iyu": "[yij]?[uo]e?", "sh": "sch|sh|s|ch|ti|ci", "ch": "tsch|tch|ch|t|c", "ts": "tz|ts|z|c",
    "kk": "ck|kk|k|c|g", "tt": "tt|th|t", "pp": "pp|p", "ss": "ss|s|c|z",
    "to": "(?:d?t{1,2}h?|d)[oau]{0,2}[whr]?", "do": "d[oau]{0,2}[whr]?",
    "eu": "[euo]?", "eo": "[eaou]{1,2}r?", "ae": "[aei]{1,2}",
    "k": "ck|k|cc?|ch|q|x", "g": "gu?|gg|k|c", "s": "ss?|c|th|z|sh?|x", "z": "z|s|th|j", "j": "j|g|dj|z|y|ch",
    "t": "d?t{1,2}h?", "d": "dd?|th", "n": "nn?|kn|m|gn", "m": "mm?", "h": "h|f|j|ch|kh|wh?", "f": "ff?|ph|v|h|w",
    "b": "bb?|v|w", "v": "vv?|w|f", "p": "pp?|ph|f|b", "r": "rr?h?|ll?|wr", "l": "ll?|rr?", "y": "[yij]?",
    "w": "[wuvo]?", "a": "[aeou]{1,2}[hr]?", "i": "[iey]{1,2}[hr]?|ea", "u": "[uoy]{0,2}", "e": "[eaiy]{1,2}[hr]?",
    "o": "[oau]{1,2}[whr]?",
}  # fmt: skip
_SYLLABLE_SOUND = re.compile("|".join(_SYLLABLE_SOUNDS))
_PARTICLES = (
    "은", "는", "이", "가", "을", "를", "의", "에", "와", "과", "도", "로", "으로", "에게", "씨", "씨는", "씨가", "님",
)  # fmt: skip


def _borrowed(word: str) -> Iterator[str]:
    read = anyascii(unicodedata.normalize("NFC", word)).lower()
    return (f"(?:{_SYLLABLE_SOUNDS[found[0]]})" for found in _SYLLABLE_SOUND.finditer(read))


# --- Indic: the nine scripts have the same letters at the same places of their blocks -------------------------


def _in_order(first: int, sounds: str) -> dict[int, str]:
    """Give the letters from a place of the block on their sounds."""
    return dict(enumerate(sounds.split(), first))


_INDIC_CONSONANTS = {
    **_in_order(
        0x15, "k|c|q|g kh? g gh? ng? ch?|s chh? j|z|g jh?|z ny|n th?|d th? dh?|r dh?|rh? n th?|dh? th? dh?|th dh? n n"
    ),
    **_in_order(0x2A, "p|b ph?|f b|v bh?|v m (?:y|j|i)? r r l l zh?|l v|w|b sh? sh? sh? g?h"),
    **_in_order(0x58, "q|k kh? gh? z|j r|d rh?|d f|ph y"),
    **_in_order(0x7A, "n n r l l k"),  # Malayalam, without a vowel
}
_INDIC_VOWELS = {
    **_in_order(0x05, "a a{1,2} i|e i|ee|e u|oo u|oo ri|r|ru"),
    **_in_order(0x0E, "e e|ay ai|ay|e"),
    **_in_order(0x12, "o o au|ou|ow|o"),
}
_INDIC_MARKS = {
    **_in_order(0x01, "(?:n|m)? (?:n|m)? h?"),
    **_in_order(0x3E, "a{1,2}h? i|e|y i|ee|y|e u|oo|o u|oo|o ri|r|ru"),
    **_in_order(0x46, "e e|ay ai|ay|e"),
    **_in_order(0x4A, "o o au|ou|ow|o"),
    0x4D: "",
}
_INHERENT = "[aeo]?"  # the vowel that no mark writes: Varma, or Verma
_NASALS = (0x01, 0x02)
_NUKTA = 0x3C
_SILENT_VOWELS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d"
_DOUBLED = re.compile(rf"(.)[{_SILENT_VOWELS}]\1")  # written once or twice in Latin letters: பிச்சை is Pichai


def _indic(word: str) -> Iterator[str]:
    once = _DOUBLED.sub(r"\1", unicodedata.normalize("NFC", word))
    places = [ord(c) & 0x7F for c in once if ord(c) & 0x7F != _NUKTA]
    for place, after in zip(places, [*places[1:], None], strict=True):
        if place in _INDIC_CONSONANTS:
            yield f"(?:{_INDIC_CONSONANTS[place]}){{1,2}}" + ("" if after in _INDIC_MARKS else _INHERENT)
        else:
            yield f"(?:{_INDIC_VOWELS.get(place) or _INDIC_MARKS.get(place, '')})"
            if place in _NASALS and after is not None:
                yield _INHERENT


_K_SH = "".join(_indic("\u0915\u094d\u0937"))[: -len(_INHERENT)]  # Lakshmi, or Laxmi


# --- Arabic, Hebrew and Thai: some vowels are not written, others stand where they are not heard ----------------

_SEMITIC = {
    # Arabic, and its letters in Persian and Urdu
    "ب": "b", "ت": "t", "ث": "th|s|t", "ج": "dj|j|g", "ح": "h", "خ": "kh|h", "د": "d", "ذ": "dh|th|z|d", "ر": "r",
    "ز": "z", "س": "s", "ش": "sh|ch", "ص": "s", "ض": "dh|d|z", "ط": "t", "ظ": "dh|z", "غ": "gh|g", "ف": "f|ph",
    "ق": "q|k|gh?", "ك": "k|c", "ل": "l", "م": "m", "ن": "n", "پ": "p", "چ": "ch", "گ": "g", "ک": "k",
    "ژ": "zh|j", "ٹ": "t", "ڈ": "d", "ڑ": "r|d", "ں": "n",
    # Hebrew
    "ב": "b|v", "ג": "g", "ד": "d", "ז": "z", "ח": "ch|kh|h", "ט": "t", "כ": "kh|ch|k|c", "ך": "kh|ch|k", "ל": "l",
    "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "פ": "ph|p|f", "ף": "ph|p|f", "צ": "tz|ts|z", "ץ": "tz|ts|z",
    "ק": "k|c|q", "ר": "r", "ש": "sh|s", "ת": "th|t",
}  # fmt: skip
_THAI = {
    letter: sounds
    for letters, sounds in (
        ("ก", "k|g"), ("ขฃคฅฆ", "kh?"), ("ง", "ng?"), ("จ", "ch?|j|t"), ("ฉชฌ", "ch?|sh|t"), ("ซศษส", "s|t|d"),
        ("ญ", "y|n"), ("ฎด", "d|t"), ("ฏต", "dt|d|t"), ("ฐถทธฑฒ", "th?|d"), ("ณน", "n"), ("บ", "b|p"),
        ("ป", "bp|p|b"), ("ผพภ", "ph?|b"), ("ฝฟ", "f|p"), ("ม", "m"), ("ร", "rn?|n|l"), ("ลฬ", "l|n|r"),
    )
    for letter in letters
}  # fmt: skip
_HEARD = _SEMITIC | _THAI
# Letters that are a vowel, or hardly heard, or nothing; a mark of Thai silences what it stands on.
_WEAK = {
    "و": "wv", "ו": "wv", "ي": "y", "ی": "y", "י": "y", "ه": "h", "ہ": "h", "ھ": "h", "ے": "ey", "ה": "h", "ة": "ht",
    "ย": "yi", "ว": "wv", "ห": "h", "ฮ": "h",
}  # fmt: skip
_SILENT = re.compile("[ก-ฮ][ิุ]?\u0e4c")


def _skeleton(word: str) -> Iterator[str]:
    """Yield the consonants, and one room for vowels between two of them, so that a text is read in one way only."""
    weak = ""
    if _ARTICLE.match(word):
        yield r"(?:[ae][a-z]{1,2}[\s\-]?)?"  # before some letters it sounds as they do: ar-Rashid
    for sign in _SILENT.sub("", _ARTICLE.sub("", word)):
        if sign in _HEARD:
            yield f"{_room(weak)}(?:{_HEARD[sign]}){{1,2}}"
            weak = ""
        else:
            weak += _WEAK.get(sign, "")
    yield _room(weak)


def _room(weak: str) -> str:
    return f"[aeiouy'{weak}]{{0,{6 if weak else 3}}}"


# --- Cyrillic: passports, people and newspapers of other countries ---------------------------------------------

_SHCH = "shch|schtsch|chtch|sch|sht|sh|sc"
# Folded: й reads as и, and ё as е.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v|w|ff?", "г": "g[uh]?|h", "ґ": "g", "д": "d", "е": "[yij]?e|[yij]?o",
    "є": "[yij]?e", "ж": "zh|j|sch|sh|z|g", "з": "z|s", "и": "[iyj]{1,2}|ee", "і": "[iyj]{1,2}", "ј": "j|y",
    "к": "c?k|c|q", "л": "ll?", "љ": "lj|ly", "м": "mm?", "н": "nn?", "њ": "nj|ny", "о": "o", "п": "p",
    "р": "r", "с": "ss?|c", "т": "t", "у": "ou|oo|u", "ф": "ff?|ph", "х": "kh|ch|h|x", "ц": "t[sz]|c|z",
    "ч": "tsch|tch|ch|c", "ђ": "dj|d", "ћ": "c|ch", "џ": "dz|j", "ш": "sch|sh|ch|s", "щ": _SHCH, "ъ": "",
    "ұ": "u|oo|ou", "ү": "ue?", "қ": "k|q", "ң": "ng?", "ә": "a|e", "ө": "oe?", "ғ": "gh?", "һ": "h",
    "ы": "y|i|ui", "ь": "[yij]?", "э": "e", "ю": "[yij]?o?u", "я": "[yij]{0,2}a",
}  # fmt: skip
# The endings of a name in a Russian or Ukrainian sentence, folded, and those of what it is then called.
_CASES = {
    "а": ("",), "у": ("", "а"), "ю": ("и", "ь", "я"), "е": ("", "а", "и", "я"), "є": ("я",), "і": ("а",), "ы": ("а",),
    "и": ("а", "я", "ь"), "я": ("и", "ь"), "ем": ("и", "ь"), "ом": ("",), "ым": ("",), "ои": ("а", "ая"), "ою": ("а",),
    "еи": ("я", "а"), "ею": ("я",), "ую": ("ая",), "ого": ("ии", "ыи"), "ому": ("ии", "ыи"), "им": ("ии", "ин"),
    "ові": ("",), "єм": ("и",),
}  # fmt: skip
_CYRILLIC_PAIRS = {"кс": "ks|x", "ии": "[iyj]{1,2}", "ия": "[yij]{0,2}a", "др": "de?r"}


def _cyrillic(word: str) -> Iterator[str]:
    for found in re.finditer("|".join((*_CYRILLIC_PAIRS, ".")), unicodedata.normalize("NFC", word)):
        yield f"(?:{_CYRILLIC_PAIRS.get(found[0]) or _CYRILLIC.get(found[0], '(?!)')})"


# --- from one Latin spelling to the others --------------------------------------------------------------------

# What is written for one sound of a name that came from Cyrillic; the longer before the shorter.
_SOUNDS = (
    ("shch|schtsch|chtch", _SHCH), ("[yij]o?u|you", "[yij]o?u"), ("[yij]{1,2}a", "[yij]{1,2}a"),
    ("[yij]o", "[yij]o|[yij]?e"), ("(?<=[aeo])[yij]", "[yij]"), ("[yij]{2}|[yij]$", "[yij]{1,2}"),
    ("ks|x", "ks|x"), ("kh", "kh|ch|h"), ("t[sz]", "t[sz]|c|z"), ("tsch|tch|ch", "tsch|tch|ch"),
    ("zh", "zh|j|sch"), ("sch|sh", "sch|sh|ch"), ("[yj]e|^[ei](?=[kv])", "[yij]?[ei]"), ("v|w", "v|w"),
    ("g(?=[ei])", "gu?"), ("u", "o?u"),
)  # fmt: skip
# How such a name is known: by its ending, its beginning, or a sound that is written in two or four letters.
_CAME_FROM_CYRILLIC = re.compile(
    "shch|zh|kh|^[yij]o?u|^ye|^e[kv]|(?:[oe]va?|sk[iy]|sk[iy]?[yij]|enko|chuk|ska[yij]a|ova)$|[yij]{1,2}a$|[yi]ana?$"
    "|[aei]y$|[iy][iyj]$|[b-df-hj-np-tv-xz]y$|ks"
)
# Arabic names that people and passports write in several ways each.
_ARABIC_NAMES = tuple(
    map(
        re.compile,
        (
            "m[aeou]{1,2}ha?m{1,2}[ae]d", "m[ou]hamm?[aeo]d", "ahm[ae]d", "mahm[ou]{1,2}d", "m[ou]{1,2}sta[fp]h?a",
            "h[ou]{1,2}s{1,2}[ae][iy]?[iy]n", "has{1,2}[ae]n", "kh?al[ei]{1,2}d", "y[ou]{1,2}s{1,2}[eou]{1,2}f",
            "ra(?:sh|ch)[eiy]{1,2}d", "s[ae]{1,2}[eiy]{1,2}d", "[ou]{1,2}s{1,2}ama", "[ei]?brah[ei]{1,2}m",
            "k[ae]r[ei]{1,2}m", "(?:dj|j|g)amaa?l", "fat[ei]?e?mah?", "a[iy]e?(?:sh|ch)ah?", "[ou]{1,2}mar",
            "l[ae]{1,2}[iy]{1,2}l{1,2}[ae]h?", "kh?ad[ei]{1,2}(?:dj|j|g)[ae]h?", "[yj]asm[ei]{1,2}ne?",
            "sam[ei]{1,2}ra?h?", "(?:dj|j|g)am[ei]{1,2}la?h?", "[wo]u?al[ei]{1,2}d", "z[ae][iy]d", "hamza[ah]?",
            "am[ei]{1,2}nah?", "far[ei]{1,2}da?h?", "nab[ei]{1,2}la?h?", "(?:sh|ch)[ae]r[ei]{1,2}f",
            "[qkg]as{1,2}[ei]m", "mans[ou]{1,2}r", "mas[ou]{1,2}d", "[ei]dr[ei]{1,2}s{1,2}", "lat[ei]{1,2}f",
            "hab[ei]{1,2}b",
            "s[uo]u?l[ae][iy]m[ae]n", "s[ae]l[ei]{1,2}m", "h[ae]m[ei]{1,2}d", "nas{1,2}[ei]{1,2}r", "tar[ei]{1,2}[qk]",
            "[iy]sma+[ei]{1,2}l", "abd[aeou]l{1,2}ah?", "zahra[ah]?", "zain[ae]b|zeinab|zaynab", "ma?r[iy]+am|maryem",
        ),
    )
)  # fmt: skip
_SOUND = re.compile("|".join(f"(?P<s{at}>{written})" for at, (written, _) in enumerate(_SOUNDS)) + "|.")


def respelled(part: str) -> str | None:
    """Return a pattern of the other spellings of a name that came from Arabic or Cyrillic; None for others."""
    if arabic := next((ways.pattern for ways in _ARABIC_NAMES if ways.fullmatch(part)), None):
        return arabic
    if len(part) < LATIN_LEAST or not part.isascii() or not part.isalpha() or not _CAME_FROM_CYRILLIC.search(part):
        return None
    return "".join(_respelled(found) for found in _SOUND.finditer(part))


def _respelled(found: re.Match[str]) -> str:
    return f"(?:{_SOUNDS[int(found.lastgroup[1:])][1]})" if found.lastgroup else found[0]


# --- Arabic names of two words in Latin letters ----------------------------------------------------------------

# Abd al-Rahman, Abdul Rahman, Abdelkader, Abdurrahman: a servant, and of whom; the article sounds as what follows.
_SERVED = re.compile(r"\babd[aeou]?[\s\-]*(?:[aeou]?(?:l|([rsndtz])(?=[\s\-]*\1))[\s\-]*)?([a-z]{4,})\b")
_SERVING = r"abd[aeou]?[\s\-]?(?:[aeou]?[lrsndtz][\s\-]?)?"
# A family by its article, which ends in what is written i or y: al-Masri, El Masry.
_BY_PLACE = re.compile(r"\b(?:al|el)[\s\-]?([a-z]{3,}[^\Waeiouy])[iy]{1,2}\b")
_BEFORE_PLACE = "(?:[ae][a-z]{1,2})?"
_VOWELS = (("[iey]+", "[iey]{1,2}"), ("[ou]+", "[ou]{1,2}"), ("a+", "[ae]{1,2}"), ("[qk]|c(?!h)", "[qkc]"))
_VOWEL = re.compile("|".join(f"(?P<v{at}>{written})" for at, (written, _) in enumerate(_VOWELS)) + r"|([a-z])\5?")


def two_words(full_name: str) -> Iterator[str]:
    """Yield patterns of the other spellings of a folded name in Latin letters that has an Arabic article inside."""
    for served in _SERVED.finditer(full_name):
        whom = _any_vowels(served[2].removesuffix("e"))
        yield f"(?:{_SERVING})?{whom}e?"
        yield "abd[aeou]l"
    for family in _BY_PLACE.finditer(full_name):
        yield f"{_BEFORE_PLACE}{_any_vowels(family[1])}[iy]{{1,2}}"


def _any_vowels(name: str) -> str:
    return "".join(_any_vowel(found) for found in _VOWEL.finditer(name))


def _any_vowel(found: re.Match[str]) -> str:
    if found.lastgroup:
        return _VOWELS[int(found.lastgroup[1:])][1]
    return f"{found[0][0]}{{1,2}}"
