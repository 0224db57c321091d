"""Handles behind the name of a messenger or network: announced by a colon, by a phrase, or plainly made as one.

A word is a handle where a phrase says so ("on GitHub as kodeking"), where it stands alone with the name on its line, or
where no word of prose is made like it (`dana.w`, `kode_king`, `danaw99`). Prose goes on with words that can be listed:
`contact_words.PROSE`. What nothing announces is looked for in `unannounced`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.domain.contact_words import (
    HANDLE_WORDS,
    MAIL_HOSTS,
    NETWORKS,
    NETWORKS_LIKE_WORDS,
    NETWORKS_UNSPACED,
    PROSE,
)
from portal.domain.folded import ALNUM, LETTER

HANDLE = rf"{ALNUM}[\w.\-]*"
ANY_HANDLE_WORD = "|".join(HANDLE_WORDS)
_VALUE = rf"[\"'“‘„«(]?(?P<value>@?{ALNUM}(?:[\w.\-]*\w)?)"
_SURE = "|".join((*NETWORKS, *MAIL_HOSTS))
_ANY = rf"{_SURE}|(?=(?-i:[A-Z]))(?:{'|'.join(NETWORKS_LIKE_WORDS)})"
_ON = "(?:on|via|auf|sur|en)"
_AS = "(?:as|under|by|als|unter|sous|comme|como|called|named|known as|heisst(?: sie| er| ich)?)"
_WHOSE = "(?:my|her|his|their|the|candidate's|mein|meine|ihr|ihre|sein|seine)"
_ASKED = "(?:contact|reach|ping|message|text|add|follow|dm|write to|ring)"
_ANNOUNCED = re.compile(
    rf"(?<!\w)(?:(?:{'|'.join((*NETWORKS, *NETWORKS_LIKE_WORDS))})\s*(?:{ANY_HANDLE_WORD})(?:\s*(?:is\b|[:=#\-–]))?"
    rf"|(?:{_SURE})\s*[:=@]|signal\s*:?\s*(?=\w+\.\d\d))"
    rf"\s*(?P<value>@?{HANDLE}(?:[/:]{HANDLE})*)",
    re.I,
)
# Without a colon or a word for it, a handle is what has a digit or a line in it: 微信 Pay is a product.
_UNSPACED = re.compile(
    rf"(?:{'|'.join(NETWORKS_UNSPACED)})\s*(?:(?:id|아이디|号|[:=])[\s:=]*|(?=[a-z.\-]*[0-9_]))"
    r"(?P<value>[a-z0-9][a-z0-9_.\-]{2,})",
    re.I,
)
_MADE = rf"(?:{LETTER}[^\W_]*_\w+|[a-z]{{2,}}\.[a-z]{{1,12}}|{LETTER}{{3,}}\d\d+)(?![\w.])"
_PHRASES = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"\b{_ON}\s+(?:{_ANY})\s+(?:\w+\s+)?{_AS}\s+{_VALUE}",
        rf"\b(?:as|goes by|called|named|handle|nick|nickname)\s+{_VALUE}['\"”’»]?\s+{_ON}\s+(?:{_ANY})\b",
        rf"[\"'“‘„«](?P<value>{HANDLE})[\"'”’“»]\s+{_ON}\s+(?:{_ANY})\b",
        rf"\b{_WHOSE}\s+(?:{_SURE})\s+(?:is|ist)\s+{_VALUE}",
        rf"(?<![\w/])(?:{_SURE})\s+(?P<value>{_MADE})",
        rf"(?<![\w/])(?:{_SURE})\s*[\"“‘„«](?P<value>{HANDLE})[\"”’“»]",
        rf"\b{_ASKED}(?=\s)[^.;\n]{{0,30}}?\b(?:{_SURE})\s+{_VALUE}(?=\s*(?:$|[).,;:!?\"”’»]))",
        rf"(?:^|[/|·;])\W*(?:(?:contact|kontakt)\W+)?(?:{_SURE})\s+(?=(?-i:[a-z@])){_VALUE}(?=\s*(?:$|[/|·;]))",
        rf"^\W*(?:{_SURE})\s*[(\-–→]\s*{_VALUE}\W*$",
        rf"\b(?:user ?name|screen ?name|nickname|benutzername|{_WHOSE} handle)\s*(?:is\b|ist\b|[:=])?\s*{_VALUE}",
    )
)
_FURTHER = re.compile(r"(?: [a-z0-9]+){1,2}(?= ?(?:$|[.,;:!?)\n]))")


def announced(text: str) -> Iterator[tuple[int, int]]:
    """Find where handles stand in a folded text behind the name of a messenger or network."""
    for found in _UNSPACED.finditer(text):
        yield found.span("value")
    for pattern in (_ANNOUNCED, *_PHRASES):
        yield from (found.span("value") for found in pattern.finditer(text) if not _is_prose(found["value"]))
    for found in _ANNOUNCED.finditer(text):
        yield from _in_parts(found, text)


def _in_parts(found: re.Match[str], text: str) -> Iterator[tuple[int, int]]:
    """Find what ends a clause behind an announced handle: `Telegram: kode king`."""
    further = _FURTHER.match(text, found.end("value"))
    if further and not any(map(_is_prose, [found["value"], *further[0].split()])):
        yield found.start("value"), further.end()


def _is_prose(word: str) -> bool:
    """Return whether a text goes on with a word of prose: `on GitHub as maintainer`, `her LinkedIn is up to date`."""
    return word.lower().partition("-")[0] in PROSE
