"""Hosts as people write them: with and without a scheme, read aloud, as numbers; but no files, no technologies.

The endings are those that IANA lists (`top_level_domains.txt`, which `make docs` renews).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from portal.domain.contact_words import (
    BEFORE_A_DOT,
    FILE_ENDINGS,
    FILE_STEMS,
    ROMANCE_ENDINGS,
    TECHNOLOGIES,
    TOLD_ENDINGS,
)
from portal.domain.folded import ALNUM, LETTER, MARKED
from portal.domain.names import fold
from portal.domain.networks import MAIL_HOSTS, either
from portal.domain.plain_words import is_word

LISTED = Path(__file__).with_name("top_level_domains.txt")
ENDINGS = frozenset(map(fold, LISTED.read_text(encoding="utf-8").split())) | {"test", "example", "invalid", "localhost"}
END = r"[^\s.,;:!?)\]}'\"]"  # of an address, which a mark of the sentence may follow
DOT_WORD = "(?:dot|punkt|punto|point|ponto)"
BRACKETED_DOT = rf"\s*[(\[{{<«‹]\s*(?:{DOT_WORD}|\.)\s*[)\]}}>»›]\s*"
LABEL = rf"{ALNUM}[\w\-]*"
# A label that is neither begun at each of its hyphens nor cut again at each sign, which would take seconds.
_BEGIN, _WHOLE = r"(?<![\w.\-])-*+", f"{LABEL}+"
_HOST = re.compile(
    rf"(?<![\w@.])(?:{ALNUM}[\w{MARKED}\-]*\.)+(?P<end>xn--[a-z0-9\-]+|(?:{LETTER}|[{MARKED}]){{2,24}})(?![\w{MARKED}\-])"
    rf"(?P<path>(?:[/:?#]\S*{END}|(?:\s+slash\s+[\w.\-]+){{1,4}})?/?)"
)
# As browsers read the full stop of Chinese and Japanese, and as people write that they mean an address.
_OTHER_DOTS = re.compile(
    r"(?<!\w)[a-z0-9][a-z0-9\-]*。(?P<end>[a-z]{2,24})(?!\w)|(?<!\w)www\s+[\w\-]+\s+(?P<last>[a-z]{2,24})(?!\w)"
)
_NUMERIC = re.compile(
    rf"(?<![\w.])(?:(?P<four>\d{{1,3}}(?:\.\d{{1,3}}){{3}})(?!\.?\w)|\[(?P<six>[0-9a-f:.]{{3,45}})\])"
    rf"(?P<path>(?::\d{{2,5}})?(?:/\S*{END})?)",
    re.I,
)
_ROUTES = re.compile(r"/\d{1,2}")  # how many addresses belong to a net
_SURE = 9  # digits of an address that is no version of a program
_TOLD = re.compile(
    rf"{_BEGIN}(?P<word>{_WHOLE})(?:\s+{DOT_WORD}\s+{_WHOLE})*\s+(?P<dot>{DOT_WORD})\s+(?P<end>{LETTER}{{2,24}})(?![\w\-])"
    r"(?P<path>(?:(?:\s*/\s*|\s+slash\s+)[\w.\-]+){0,4})",
    re.I,
)
# Run together, or with marks that part no words: `kodekingdotdev`, `kodeking-dot-dev`, `kodekingatgmail`.
_GLUED = re.compile(
    rf"{_BEGIN}(?P<word>{ALNUM}[\w\-]*?{ALNUM})(?P<mark>[_*~\-]*+)"
    rf"(?:d[o0]t[_*~\-]*(?:co(?=uk|jp|nz|za|in|kr|il))?(?P<end>[a-z]{{2,10}})|punkt[_*~\-]*(?:{'|'.join(sorted(TOLD_ENDINGS))})"
    rf"|at(?:{either(MAIL_HOSTS)}|outlook|yahoo|proton))(?!\w)",
    re.I,
)
_PLURAL = "es"  # and a country: sacerdotes, Anekdotes
_BRACKETED = re.compile(rf"{_BEGIN}{_WHOLE}(?:{BRACKETED_DOT}{_WHOLE})+(?:/\S*{END})?", re.I)
_SPACED = re.compile(
    rf"{_BEGIN}(?P<word>{_WHOLE})\s+\.\s?(?:com|org|io|dev|ai|app|de|eu|me|xyz)(?:/\S*{END}|(?=\s*(?:$|[,;:!?)])))"
)
_CLAUSE_ENDS = re.compile(r"\s*(?:\Z|[\n.,;:!?)\]}|/–])")
_CUE = re.compile(
    r"(?<!\w)(?:see|visit|site|website|page|blog|portfolio|homepage|webseite|web|url|link)\W{1,3}(?:is\s)?$", re.I
)


def hosts(text: str) -> Iterator[tuple[int, int]]:
    """Find where hosts stand in a folded text, with the path behind them."""
    for found in _HOST.finditer(text):
        if _is_host(found, text):
            yield found.span()
    for found in _NUMERIC.finditer(text):
        if _is_reached(found):
            yield found.span()
    for found in _BRACKETED.finditer(text):
        yield found.span()
    for found in _OTHER_DOTS.finditer(text):
        if (found["end"] or found["last"]) in ENDINGS:
            yield found.span()
    for found in _TOLD.finditer(text):
        if _is_told(found, text):
            yield found.span()
    for found in _GLUED.finditer(text):
        if _is_glued(found):
            yield found.span()
    for found in _SPACED.finditer(text):
        if found["word"].lower() not in BEFORE_A_DOT:
            yield found.span()


def named(names: Iterable[str]) -> frozenset[str]:
    """Return the hosts that companies are called by, in lower case: `Booking.com` of `Booking.com B.V.`."""
    return frozenset(name[start:end].lower() for name in map(fold, names) for start, end in hosts(name))


def _is_host(found: re.Match[str], text: str) -> bool:
    """Return whether a text is a host, not a sentence that lost the space after its full stop, nor a technology."""
    end, name = found["end"], text[found.start() : found.end("end")]
    if end.startswith("xn--"):
        return True
    if end.lower() not in ENDINGS or _is_file(name, text[: found.start()]):
        return False
    if "/" in found["path"]:
        return True
    is_lower = end == end.lower() or (end.istitle() and end.lower() in TOLD_ENDINGS)  # `Lb.Dev`, but not `Great.In`
    return name.lower() not in TECHNOLOGIES and (is_lower or name.isupper())


def _is_file(name: str, before: str) -> bool:
    """Return whether a name with the ending of a program is a file: `README.md`, `src/main.rs`, `run_all.sh`."""
    stem, _, ending = name.rpartition(".")
    if ending.lower() not in FILE_ENDINGS:
        return False
    return before.endswith("/") or "_" in stem or not FILE_STEMS.isdisjoint(re.split(r"[.\-]", stem.lower()))


def _is_reached(found: re.Match[str]) -> bool:
    """Return whether numbers are the address of a machine that everybody can reach, and no version or net."""
    try:
        address = IPv4Address(found["four"]) if found["four"] else IPv6Address(found["six"])
    except ValueError:
        return False
    path = found["path"]
    if not address.is_global or _ROUTES.fullmatch(path):
        return False
    return bool(path) or isinstance(address, IPv6Address) or sum(c.isdigit() for c in found["four"]) >= _SURE


def _is_told(found: re.Match[str], text: str) -> bool:
    """Return whether words read a host aloud: `brandt dot dev`, not `at this point in` or a `red dot design`."""
    dot, end = found["dot"].lower(), found["end"].lower()
    if end not in ENDINGS or found["word"].lower() in BEFORE_A_DOT:
        return False
    if dot not in ("dot", "punkt"):
        return end in ROMANCE_ENDINGS
    stands_alone = _CLAUSE_ENDS.match(text, found.end()) or _CUE.search(text, max(0, found.start() - 20), found.start())
    return bool(end in TOLD_ENDINGS or found["path"] or stands_alone)


def _is_glued(found: re.Match[str]) -> bool:
    """Return whether a word is a host with a word for its dot, and none of a language: `antidotes`."""
    end = found["end"]
    if end and (end.lower() not in ENDINGS or end.lower() == _PLURAL):
        return False
    return found["word"].lower() not in BEFORE_A_DOT if found["mark"] else not is_word(found[0].lstrip("-"))
