"""Handles in an English text that no word of it announces: near the name of a network stands what is no English word.

The name of a network may be written in any way that its readers know. Names of programs are innocent (`TERMS`), and so
is what has the capital of a firm, unless it stands with a messenger and nothing else: `Kodeking (Telegram)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.domain.contact_words import MAIL_HOSTS, MESSENGERS, NETWORKS, NETWORKS_LIKE_WORDS, SOCIAL
from portal.domain.folded import ALNUM
from portal.domain.plain_words import is_english, is_word

LEAST, LEAST_IN_A_SENTENCE = 4, 5  # signs of a handle; beside the name, and elsewhere in the sentence
_AROUND = 80
_SIGNS = {"a": "[a4@]", "e": "[e3]", "i": "[i1!l]", "l": "[l1!i]", "o": "[o0]", "s": "[s5$]", "t": "[t7]"}
_HANDLE = rf"@?{ALNUM}(?:[\w.\-]*\w)?"
_VALUE = rf"[\"'“‘„«]?(?P<value>{_HANDLE})"


def _as_written(names: list[str]) -> str:
    """Return a pattern of names, those of plain letters with signs for some of them: `te1egram`."""
    return "|".join(
        "".join(_SIGNS.get(c, c) for c in name) if name.isalpha() and len(name) > 5 else name for name in names
    )


_REACHED = rf"{_as_written([*MESSENGERS, *MAIL_HOSTS])}|(?:t|wa)(?=\.me)"
_NETWORK = re.compile(
    rf"(?<![\w@.])(?:(?P<reached>{_REACHED})|(?P<social>{_as_written(SOCIAL)})|{_as_written(NETWORKS)}"
    rf"|(?P<like>{'|'.join(NETWORKS_LIKE_WORDS)}))(?P<host>\.(?:com|me|org|net))?(?!\w)",
    re.I,
)
_MAIL_AT_WORK = re.compile(r"(?<![\w@./])(?:aol|fastmail|outlook|proton|tuta(?:nota)?|yahoo)(?!\w)", re.I)
_MARK = r"\s?(?:[(\[{/|→>~–…\-]{1,2}|\.{2,3})\s?"
_FILLERS = (
    r"(?:(?:in|is|at|as|by|for|id|name|named|slash|under|user|handle|nick|pub|repo|profile|account|page|slug)\s+){0,2}"
)
_IN_FRONT = re.compile(
    rf"(?<![\w.@\-])(?P<value>{_HANDLE})[\"'”’»]?(?:(?P<mark>{_MARK})|\s+(?:on|at|@|via|over|in)\s+(?:my\s+)?)\Z", re.I
)
_BEHIND = re.compile(rf"(?:(?P<mark>{_MARK}|\s?[:=]\s?)|,?\s+){_FILLERS}{_VALUE}", re.I)
_TOLD_OF = re.compile(
    r"(?:\b(?:is|am|are|find|see|follow|add|message|text|ping|dm|me|her|him|them|as|search|slash|user|up)|['’]s|[:=(,]"
    r"|\A|[.;!?\n])\s*\Z",
    re.I,
)
_ASKS = re.compile(r"\b(?:contact|reach|ping|message|text|add|follow|dm|write|search|ring)(?=\s)[^.;\n]{0,30}\Z", re.I)
_LOOKED_UP = re.compile(
    r"\b(?:google|go(?:es|ing)? by|a\.?k\.?a\.?|look(?:ing)? (?:me|her|him|them) up(?: (?:as|under|by))?|dm|ping"
    r"|known (?:there |online |everywhere )?as|search(?:ing)?(?: for)?"
    r"|(?:alias|user(?:name)?|nick(?:name)?|handle|screen ?name|slug|bsky|(?:web ?)?site|blog|portfolio"
    r"|web ?page|home ?page)"
    r"(?: is)?)"
    rf"(?!\w)\s*:?\s*{_VALUE}",
    re.I,
)
_LOOSE_HOST = re.compile(
    rf"(?<![\w.@\-])(?P<value>{ALNUM}[\w\-]{{3,}})(?:\s*,\s?|\s+)(?:com|dev|io|me|net|org|app|xyz|info)(?=\s*(?:$|[.,;:!?)\n]))"
)
_CLOSED = re.compile(r"\s*(?:[)\].,;!?\n]|\Z)")
_WORKED_AT = re.compile(r"\b(?:at|for|with|by|of|from|in|and)\s+\Z", re.I)
_SENTENCE = re.compile(r"(?:[^.!?;\n]|\.(?=\w))+")
_LOWER = re.compile(rf"(?<![\w.@\-/])[a-z][a-z0-9_]{{{LEAST_IN_A_SENTENCE - 1},}}(?![\w@\-/])")


def unannounced(text: str) -> Iterator[tuple[int, int]]:
    """Find where handles stand in a folded text."""
    if not is_english(_NETWORK.sub(" ", text)):
        return
    for network in _NETWORK.finditer(text):
        yield from _beside(network, text)
    for host in _MAIL_AT_WORK.finditer(text):
        yield from _in_front(host, text, is_sure=True)
    for pattern in (_LOOKED_UP, _LOOSE_HOST):
        yield from (found.span("value") for found in pattern.finditer(text) if _is_made_up(found["value"]))
    yield from _with_a_messenger(text)


def _beside(network: re.Match[str], text: str) -> Iterator[tuple[int, int]]:
    """Find a handle behind the name, and before it."""
    behind = _BEHIND.match(text, network.end())
    before = text[max(0, network.start() - _AROUND) : network.start()]
    is_sure = (network["reached"] or network["social"] or network["host"]) is not None
    if behind and _is_made_up(behind["value"]):
        ends = _CLOSED.match(text, behind.end())  # `GitHub kodeking.`, but not `GitHub actionlint rules`
        if behind["mark"] or is_sure or network["like"] or ends or _ASKS.search(before):
            yield behind.span("value")
    yield from _in_front(network, text, is_sure=is_sure)


def _in_front(network: re.Match[str], text: str, *, is_sure: bool) -> Iterator[tuple[int, int]]:
    """Find a handle before the name: `kodeking (Telegram)`, `it's kodeking on GitHub`; `Kodeking` where no firm is."""
    start = max(0, network.start() - _AROUND)
    found = _IN_FRONT.search(text, start, network.start())
    if found is None or not (is_sure or _TOLD_OF.search(text, start, found.start())):
        return
    closed = is_sure and found["mark"] and _CLOSED.match(text, network.end())
    is_a_firm = not closed or _WORKED_AT.search(text, start, found.start())
    if _is_made_up(found["value"], may_be_a_firm=bool(is_a_firm)):
        yield found.span("value")


def _with_a_messenger(text: str) -> Iterator[tuple[int, int]]:
    """Find what is no word in a sentence that names a messenger or a mail host: `kodeking is the Telegram handle`."""
    for sentence in _SENTENCE.finditer(text):
        if any(network["reached"] for network in _NETWORK.finditer(text, *sentence.span())):
            found = _LOWER.finditer(text, *sentence.span())
            yield from (word.span() for word in found if _is_made_up(word[0]))


def _is_made_up(word: str, *, may_be_a_firm: bool = True) -> bool:
    """Return whether a word is none of English, of names, of programs or of networks, nor a firm with its capital."""
    name = word.lstrip("@")
    is_a_firm = may_be_a_firm and name[:1].isupper() and name[1:] in (name[1:].lower(), name[1:].upper())
    return len(name) >= LEAST and not is_a_firm and not _NETWORK.fullmatch(name) and not is_word(name)
