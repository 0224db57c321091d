"""Handles behind the name of a messenger or network: announced by a colon, by a phrase, or plainly made as one.

A word is a handle where a phrase says so ("on GitHub as kodeking"), where it stands alone with the name on its line, or
where no word of prose is made like it (`dana.w`, `kode_king`, `danaw99`). Prose goes on with words that can be listed:
`contact_words.PROSE`. What nothing announces is looked for in `unannounced`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.domain.contact_words import (
    HANDLE_CALLED,
    HANDLE_CALLED_WITH_COLON,
    HANDLE_WORDS,
    PROSE,
    PROSE_ELSEWHERE,
)
from portal.domain.folded import ALNUM, LETTER
from portal.domain.names import fold
from portal.domain.networks import FOR_SHORT, LIKE_WORDS, MAIL_HOSTS, NETWORKS, UNSPACED, either

HANDLE = rf"{ALNUM}[\w.\-]*"
ANY_HANDLE_WORD = "|".join(HANDLE_WORDS)
_CASE = "(?:['’]?(?:a|u|ie|iem|em|ille|issa|ista|da|de|ban|en))?"  # of a network's name in a sentence: `na GitHubie`
_VALUE = rf"[\"'“‘„«(]?(?P<value>@?{ALNUM}(?:[\w.\-]*\w)?)"
_SURE = either((*NETWORKS, *MAIL_HOSTS))
_ANY = rf"(?:{_SURE}|(?=(?-i:[A-Z]))(?:{either(LIKE_WORDS)})){_CASE}"
# On, as, is and my: in English, and in German, French, Spanish, Portuguese, Italian, Dutch, Polish, Czech, the Nordic
# languages, Romanian, Turkish and Russian.
_ON = "(?:on|via)"
ON_ELSEWHERE = "(?:auf|bei|uber|sur|chez|en|em|no|na|su|sul|op|bij|pa|hos|pe|w|у|на|в)"
_AS = "(?:as|under|by|called|named|known as)"
_AS_ELSEWHERE = (
    "(?:als|unter(?: dem namen)?|sous(?: le nom(?: de)?)?|comme|como|bajo(?: el nombre)?|con el nombre(?: de)?|sob"
    "|com o nome(?: de)?|come|con il nome(?: di)?|sotto|onder(?: de naam)?|som|under(?: navnet| namnet)?|jako"
    "|pod(?: nazwa| nickiem| jmenem)?|ca|olarak|как|под"
    "|(?:heisst|heter|heet|hedder)(?: sie| er| ich| hon| han| hun| ze)?"
    "|s'appelle|se llama|si chiama|se chama|nazywa sie)"
)
_IS = "(?:is|ist|lautet|heisst|est|es|e|jest|ar|er|heter|heet|to|это)"
_WHOSE = (
    "(?:my|her|his|their|the|candidate's|mein|meine|ihr|ihre|sein|seine|mon|son|sa|mi|su|il suo|o seu|mijn|haar|zijn"
    "|min|hennes|hans|jej|jego|moj|мой|ее|его)"
)
_MARKS = r"\W{0,60}+"  # before a network's name; of a line of them, not each is tried with all behind it
_ASKED = "(?:contact|reach|ping|message|text|add|follow|dm|write to|ring)"
_ANNOUNCED = re.compile(
    rf"(?<!\w)(?:(?:{either((*NETWORKS, *LIKE_WORDS))})[\s\-]*(?:{ANY_HANDLE_WORD})(?:\s*(?:{_IS}\b|[:=#\-–]))?"
    rf"|(?:{_SURE}){_CASE}(?:\s*\([^()\n]{{1,20}}\)|\s?/\s?\w{{1,9}}|\))?\s*[:=@]|(?-i:{'|'.join(FOR_SHORT)})\s?[:=](?=\s*(?-i:[a-z])[^\s.]*\W*(?:$|[|/·;,]))"
    rf"|signal\s*:?\s*(?=\w+\.\d\d))"
    rf"\s*(?:-\s)?(?P<value>@?{HANDLE}(?:[/:]{HANDLE})*)",
    re.I | re.M,
)
# Without a colon or a word for it, a handle is what has a digit or a line in it: 微信 Pay is a product.
_UNSPACED = re.compile(
    rf"(?:{'|'.join(map(fold, UNSPACED))})\s*(?:(?:id|아이디|号|[:=])[\s:=]*|(?=[a-z.\-]*[0-9_]))"
    r"(?P<value>[a-z0-9][a-z0-9_.\-]{2,})",
    re.I,
)
_MADE = rf"(?:{LETTER}[^\W_]*_\w+|[a-z]{{2,}}\.[a-z]{{1,12}}|{LETTER}{{3,}}\d\d+)(?![\w.])"
_PHRASES = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"\b{_ON}\s+(?:{_ANY})\s+(?:\w+\s+)?{_AS}\s+{_VALUE}",
        rf"\b{ON_ELSEWHERE}\s+(?:{_ANY})\s+(?:(?!{_AS_ELSEWHERE}\s)\w+\s+){{0,2}}{_AS_ELSEWHERE}\s+{_VALUE}",
        rf"\b(?:as|goes by|called|named|handle|nick|nickname)\s+{_VALUE}['\"”’»]?\s+{_ON}\s+(?:{_ANY})\b",
        # In other languages an unknown word says nothing; how somebody is there can be listed: `ist aktiv auf GitHub`.
        rf"\b(?:ist|est|es|e|is|jest|ar|er|hon|han|pseudo|usuario|utente|{_AS_ELSEWHERE})\s+{_VALUE}['\"”’»]?"
        rf"\s+{ON_ELSEWHERE}\s+(?:{_ANY})\b",
        rf"[\"'“‘„«](?P<value>{HANDLE})[\"'”’“»]\s+(?:{_ON}|{ON_ELSEWHERE})\s+(?:{_ANY})\b",
        rf"\b{_WHOSE}\s+(?:{_SURE})\s+{_IS}\s+{_VALUE}",
        rf"(?<![\w/])(?:{_SURE})\s+(?P<value>{_MADE})",
        rf"(?<![\w/])(?:{_SURE})\s*[\"“‘„«](?P<value>{HANDLE})[\"”’“»]",
        rf"\b{_ASKED}(?=\s)[^.;\n]{{0,30}}?\b(?:{_SURE})\s+{_VALUE}(?=\s*(?:$|[).,;:!?\"”’»]))",
        rf"(?:^|[/|·;]){_MARKS}(?:(?:contact|kontakt)\W+)?(?:{_SURE})\s+(?=(?-i:[a-z@])){_VALUE}(?=\s*(?:$|[/|·;]))",
        rf"^{_MARKS}(?:{_SURE})\s*[(\-–→]\s*{_VALUE}\W*$",
        rf"\b(?:{either(HANDLE_CALLED)}|{_WHOSE} handle)\s*(?:{_IS}\b|[:=])?\s*{_VALUE}",
        rf"\b(?:{'|'.join(HANDLE_CALLED_WITH_COLON)})\s*[:=]\s*{_VALUE}(?=\s*(?:$|[).,;:!?/|·]))",
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
    first = word.lower().partition("-")[0]
    return first in PROSE or first in PROSE_ELSEWHERE
