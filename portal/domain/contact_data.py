"""Contact data in a text, whosever they are: addresses, links, handles, files and numbers, in any dress."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from portal.domain.contact_words import (
    FILES,
    NUMBER_WORDS,
    ROMANCE_ENDINGS,
    SPOKEN_DIGITS,
    SPOKEN_TENS,
    SPOKEN_TIMES,
    SPOKEN_ZEROS,
)
from portal.domain.folded import ALNUM, Folded, Span, folded, unmixed
from portal.domain.handles import ANY_HANDLE_WORD, HANDLE, announced
from portal.domain.hosts import BRACKETED_DOT, END, LABEL, hosts
from portal.domain.names import fold
from portal.domain.networks import MAIL_HOSTS, either
from portal.domain.unannounced import unannounced

HIDDEN = "[shown after acceptance]"
PHONE_TAIL, NUMBER = 7, 9  # digits of the candidate's own number, and of any number, that give somebody away
HANDLE_LEAST, JOINED_LEAST = 4, 7  # signs of a handle of the candidate's own, and with a gap inside
# How @ and the dot are called elsewhere: a snail, a monkey, a dog, a strudel.
_ANIMALS = (
    "apenstaartje", "arond", "kukac", "kuyruklu a", "malpa", "miukumauku", "papaki", "snabel a", "snabel-a", "snabela",
    "sobaka", "zavinac", "παπακι", "собака", "שטרודל", "كرلاء", "アットマーク", "アット", "艾特", "圈a", "골뱅이",
)  # fmt: skip
_POINTS = (
    "bodka", "dot", "kropka", "nokta", "piste", "pont", "prik", "punct", "punkt", "punktum", "punt", "tecka", "teleia",
    "tochka", "τελεια", "точка", "נקודה", "نقطة", "ドット", "点", "점", "닷",
)  # fmt: skip
# How an address is read aloud; what ends it where the word for the dot is also one of the sentence.
_TOLD = {
    f"(?:{'|'.join(map(fold, _ANIMALS))})": (f"(?:{'|'.join(map(fold, _POINTS))})", LABEL),
    "(?:at|arroba|chez|klammeraffe)": ("(?:dot|punkt)", LABEL),
    "(?:at|arroba|chez|chiocciola)": ("(?:punto|ponto|point)", f"(?:{'|'.join(sorted(ROMANCE_ENDINGS))})"),
}
_AT = r"\s*[(\[{<«‹]\s*(?:at|a|@|arroba|chez)\s*[)\]}>»›]\s*"
_SPACE = r"(?<![_\-])[\s*_~|\-]+"  # which takes all the marks: in how many ways they part words is not tried
_DOT = rf"(?:\.|{BRACKETED_DOT}|\s+dot\s+)"
_LOCAL = r"(?<![\w.+\-'])[\w.+\-']+"
_ADDRESSES = (
    rf"{_LOCAL}@[\w\-]+(?:\.[\w\-]+)*",
    rf"{_LOCAL}\s*@\s*[\w\-]+(?:\.|\s\.\s)[a-z]{{2,}}\b",
    rf"{_LOCAL}{_AT}[\w\-]+(?:{_DOT}[\w\-]+)+",
    *(
        rf"{_LOCAL}{_SPACE}{at}{_SPACE}{LABEL}(?:{_SPACE}{dot}{_SPACE}{LABEL})*{_SPACE}{dot}{_SPACE}{end}\b"
        for at, (dot, end) in _TOLD.items()
    ),
    rf"{_LOCAL}(?:{_AT}|\s+at[- ]sign\s+|\s*@\s*)(?:{either(MAIL_HOSTS)})\b",
    r"(?-i:(?<!\w)[a-z0-9._]+AT[a-z0-9\-]+DOT[a-z]{2,}(?!\w))",
    # Before a host without its ending only what is plainly a handle: an engineer works at Yahoo.
    rf"(?<![\w.])(?=\w*[.\d_])[\w.]+\s+at\s+(?:{either(MAIL_HOSTS)})\b",
)
_ADDRESS = re.compile("|".join(_ADDRESSES), re.I)
_LINK = re.compile(
    rf"(?<![a-z0-9+.\-])(?:[a-z][a-z0-9+.\-]*://|www\.|(?:mailto|tel|skype|sms|xmpp|callto|live):)\S*{END}", re.I
)
_PATH = re.compile(
    rf"(?<![\w/])/?(?:in|pub|u|t/me)/(?!(?:out|off|or|on|and|for|at|by|to|with|around|sub)\b){HANDLE}", re.I
)
_AT_HANDLE = re.compile(rf"(?<![\w@])@{HANDLE}")
_TAGGED = re.compile(rf"(?<!\w){HANDLE}#\d{{4}}(?!\d)")
_FILE = re.compile(rf"(?<!\S)\S*\.(?:{'|'.join(FILES)})(?!\w)", re.I)
_BEFORE = r"(?<![^\W_])(?<!\d[.,])(?<!\+)"
_DIGITS = re.compile(rf"{_BEFORE}[+(]*\d(?:(?:[\s().\-/–—·•‧∙⋅⸱_]{{0,3}}|[,*|~;])\d)+")
# With a mark and a space between its parts a number is told from a list by how it begins, and by long parts.
_DIGITS_IN_PARTS = re.compile(rf"{_BEFORE}(?:\+\d|\(?0)\d+(?:\)?\s?[,*|~;:='+]\s?\d{{2,}})+(?<=\d{{3}})")
_PARTED = re.compile(r"[,*|~;]\s|[:=']|\d\+")
# Letters that look like digits among them: `O171 392OOO9`.
_LOOKS_LIKE_DIGITS = re.compile(r"(?<!\w)[+O0]?(?:[\dOoIl]{0,15}\d[\dOoIl]{0,15}(?:[\s./\-–]|\b(?!\w))){1,8}")
_NUMBER_WORD = re.compile(
    rf"(?<!\w)(?:{'|'.join(NUMBER_WORDS)})\W{{0,3}}(?:(?:{ANY_HANDLE_WORD}|is|me|on|at)\W{{1,3}})*$", re.I
)
_WORD_OR_DIGITS, _BETWEEN_SPOKEN = re.compile(r"[^\W\d_]+|\d+"), re.compile(r"[\s,.\-–/]{0,3}")
SPOKEN_LEAST = 4  # words in a number; fewer stand beside years and sums in any text
SINGLE_LEAST = 3  # of them of one digit where others are tens: `twenty nineteen, twenty twenty` are years
_WRITTEN_DIGITS = re.compile(
    "|".join(
        rf"[{signs}](?:[\s\-、]?[{signs}]){{6,}}" for signs in ("〇零一二三四五六七八九幺", "공영일이삼사오육칠팔구")
    )
)
_MONEY = re.compile(r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|chf|sek|nok|dkk|jpy|inr))\s*$", re.I)
_MONEY_AFTER = re.compile(r"\s*(?:[$€£¥₹%]|(?:usd|eur|gbp|chf|sek|nok|dkk|jpy|inr)\b)", re.I)
_DAY = r"(?:\d{1,2}[/.]){0,2}(?:19|20)\d\d"
_YEARS = re.compile(rf"{_DAY}(?:\D+{_DAY})*|(?:\D*(?:19|20)\d\d-\d\d-\d\d)+")
_SUM = r"(?:\d{4,7}|\d{1,3}(?:[\s.]\d{3})+)"
_RANGE = re.compile(rf"{_SUM}\s*[-–/]\s*{_SUM}")
_GROUPED = r"(?:[1-9]\d{0,2}(?:,\d{2,3})*,\d{3}(?:\.\d\d?)?|[1-9]\d{0,2}(?:\.\d{3})+,\d\d?)"
_SUMS = re.compile(rf"\+?{_GROUPED}(?:[\s().\-/–,;|]+(?:{_GROUPED}|\d{{1,7}}))*")
_VERSION = re.compile(r"\d{1,3}(?:\.\d{1,5}){2,3}")
# A word with the same mark between all its letters, which none but a leaker writes.
_SPELLED = re.compile(r"(?<![\w.\-])[a-z](?P<gap>[ ._*·\-])[a-z0-9](?:(?P=gap)[a-z0-9]){4,}(?!\w)", re.I)
_PATTERNS = (_ADDRESS, _LINK, _PATH, _AT_HANDLE, _TAGGED, _FILE, _SPELLED)


def contact_data(
    text: str, *, phones: Sequence[str], handles: Sequence[str], companies: frozenset[str] = frozenset()
) -> Iterator[Span]:
    """Find addresses, links, hosts, handles, files and numbers, whosever they are, and those of the candidate.

    A host alone that a company is called by is no contact.
    """
    seen = folded(text)
    for start, end in _found(unmixed(seen.cased), companies):
        yield seen.span(start, end, HIDDEN)
    for pattern in (_DIGITS, _DIGITS_IN_PARTS):
        for found in pattern.finditer(seen.cased):
            if _is_number(found, seen.cased, phones):
                yield seen.span(*found.span(), HIDDEN)
    for found in _LOOKS_LIKE_DIGITS.finditer(seen.cased):
        if _is_lettered(found[0]):
            yield seen.span(found.start(), found.start() + len(found[0].rstrip(" ./-–")), HIDDEN)
    for found in _WRITTEN_DIGITS.finditer(seen.lower):
        yield seen.span(*found.span(), HIDDEN)
    yield from _spoken(seen)
    yield from _own_handles(seen, handles)


def _found(text: str, companies: frozenset[str]) -> Iterator[tuple[int, int]]:
    for pattern in _PATTERNS:
        yield from (found.span() for found in pattern.finditer(text))
    yield from (ends for ends in hosts(text) if text[slice(*ends)].lower() not in companies)
    yield from announced(text)
    yield from unannounced(text)


def _is_number(found: re.Match[str], text: str, phones: Sequence[str]) -> bool:
    """Return whether digits may reach somebody: sums of money, years and dates do not."""
    written, digits = found[0], re.sub(r"\D", "", found[0])
    if len(digits) >= PHONE_TAIL and any(_is_of(phone, digits) for phone in phones):
        return True
    if _YEARS.fullmatch(written.strip("( ")) or _SUMS.fullmatch(written) or _is_version(written):
        return False
    before = text[max(0, found.start() - 30) : found.start()]
    if _NUMBER_WORD.search(before):
        return len(digits) >= 5
    if _MONEY.search(before) or _MONEY_AFTER.match(text, found.end()):
        return False
    dialled = written.startswith(("+", "0", "(")) or re.fullmatch(r"\d{3}[-. ]\d{3}[-. ]\d{4}", written) is not None
    if not dialled and _RANGE.fullmatch(written):
        return False
    return len(digits) >= (PHONE_TAIL if dialled and not _PARTED.search(written) else NUMBER)


def _is_version(written: str) -> bool:
    """Return whether numbers are of a program: `120.0.6099.109`, of which some are of one digit."""
    return _VERSION.fullmatch(written) is not None and min(map(len, written.split("."))) == 1


def _is_lettered(written: str) -> bool:
    """Return whether digits, most of them real ones, make a number with the letters that look like some."""
    signs = [sign for sign in written if sign.isalnum()]
    real = sum(sign.isdigit() for sign in signs)
    return real < len(signs) < 2 * real and len(signs) >= NUMBER


def _is_of(phone: str, digits: str) -> bool:
    """Return whether digits are those of a telephone number, or enough of its end."""
    own = re.sub(r"\D", "", phone)
    return own != "" and (own[-PHONE_TAIL:] in digits or digits.lstrip("0") in own)


def _spoken(seen: Folded) -> Iterator[Span]:
    """Find numbers in words: at least seven digits on end, of which some are words."""
    for run in _spoken_runs(seen.cased):
        words = [found[0].lower() for found in run]
        told = sum(word in SPOKEN_DIGITS for word in words)
        tens = sum(word in SPOKEN_TENS for word in words)
        digits = told + 2 * tens + sum(len(word) for word in words if word.isdigit())
        sure = told + tens >= SPOKEN_LEAST and (not tens or told >= SINGLE_LEAST)
        before = seen.cased[: run[0].start()].rstrip().lower()
        is_dialled = before.endswith(("+", "plus")) or _is_dialled(words)
        if digits >= PHONE_TAIL and (sure or (told + tens and is_dialled)):
            yield seen.span(run[0].start(), run[-1].end(), HIDDEN)


def _is_dialled(words: Sequence[str]) -> bool:
    """Return whether digits and words begin as a number does that is dialled."""
    return words[0] in SPOKEN_ZEROS or (words[0].startswith("0") and len(words[0]) > 2)


def _spoken_runs(text: str) -> Iterator[list[re.Match[str]]]:
    """Yield the digits and words of digits that stand beside each other."""
    run: list[re.Match[str]] = []
    for found in _WORD_OR_DIGITS.finditer(text):
        word = found[0].lower()
        if not (word.isdigit() or word in SPOKEN_DIGITS or word in SPOKEN_TENS or word in SPOKEN_TIMES):
            continue
        if run and not _BETWEEN_SPOKEN.fullmatch(text, run[-1].end(), found.start()):
            yield run
            run = []
        run.append(found)
    if run:
        yield run


def _own_handles(seen: Folded, handles: Sequence[str]) -> Iterator[Span]:
    """Find what the candidate is called elsewhere, alone."""
    for word in map(fold, handles):
        if len(word) >= HANDLE_LEAST:
            joint = r"[\s._\-]?" if len(word) >= JOINED_LEAST else ""
            for found in re.finditer(rf"(?<!{ALNUM}){joint.join(map(re.escape, word))}(?!{ALNUM})", seen.lower):
                yield seen.span(*found.span(), HIDDEN)
