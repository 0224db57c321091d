"""Handles in an English text that no word of it announces: near the name of a network stands what is no English word.

In any language, and beside no network, a handle is what is made as no word is, and what the reader is told to look for.

The name of a network may be written in any way that its readers know. Names of programs are innocent (`TERMS`), and so
is what has the capital of a firm, unless it stands with a messenger and nothing else: `Kodeking (Telegram)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.domain.contact_words import (
    LOOK_UP,
    LOOK_UP_ELSEWHERE,
    LOOKED_UP_BEFORE,
    LOOKED_UP_BEHIND,
    PROGRAMS,
    PROSE_ELSEWHERE,
)
from portal.domain.folded import ALNUM
from portal.domain.handles import ON_ELSEWHERE
from portal.domain.hosts import hosts
from portal.domain.names import fold
from portal.domain.networks import (
    ELSEWHERE,
    FOR_SHORT,
    LIKE_WORDS,
    MAIL_HOSTS,
    MAIL_HOSTS_LIKE_WORDS,
    MESSENGERS,
    NETWORKS,
    REGISTRIES,
    SOCIAL,
    UNSPACED,
    either,
)
from portal.domain.plain_words import is_english, is_word

LEAST, LEAST_IN_A_SENTENCE = 4, 5  # signs of a handle; beside the name, and elsewhere in the sentence
_AROUND = 80
_HANDLE = r"[@~]?[a-z0-9](?:[a-z0-9_.\-]*[a-z0-9_])?"
_VALUE = rf"[\"'“‘„«]?(?P<value>{_HANDLE})"
# A sign of another script may stand beside a name in Latin letters, with no blank between.
_BEFORE, _AFTER = r"(?<![a-z0-9_@.])", r"(?![a-z0-9_])"
_REACHED = (
    rf"{either([*MESSENGERS, *MAIL_HOSTS])}|(?<!\w)(?:{'|'.join(map(fold, ELSEWHERE))})(?!\w)|(?:t|wa)(?=\.me)"
    rf"|{'|'.join(map(fold, UNSPACED))}"
)
_NETWORK = re.compile(
    rf"{_BEFORE}(?:(?P<reached>{_REACHED})|(?P<social>{either(SOCIAL)})|{either([*NETWORKS, *REGISTRIES])}"
    rf"|(?-i:{'|'.join(FOR_SHORT)})|(?P<like>{either(LIKE_WORDS)}))(?P<host>\.(?:com|me|org|net))?{_AFTER}",
    re.I,
)
_MAIL_AT_WORK = re.compile(rf"(?<![\w@./])(?:{either(MAIL_HOSTS_LIKE_WORDS)})(?!\w)", re.I)
_MARK = r"\s?(?:[(（\[{/|→>~–—…;\-]{1,2}|\.{2,3})\s?"
_FILLERS = (
    r"(?:(?:in|is|at|as|by|for|id|name|named|slash|under|user|handle|nick|pub|repo|profile|account|page|slug|org"
    r"|packages?|called)\s+){0,2}"
)
_IN_FRONT = re.compile(
    rf"(?<![\w.@\-])(?P<value>{_HANDLE})(?:['’]s\s(?:packages?|repos?|profile|code|account|projects?|page))?[\"'”’»]?(?:(?P<mark>{_MARK})"
    rf"|\s+(?:on|at|@|via|over|in|from|{ON_ELSEWHERE}|sobaka|arroba|على)\s+(?:my\s+)?|(?P<gap>\s+))\Z",
    re.I,
)
_BEHIND = re.compile(
    rf"(?:(?P<mark>{_MARK}|\s?[:=：]\s*(?:[\-*•]\s)?)|['’]s\s|(?P<list>,)?\s+){_FILLERS}{_VALUE}", re.I
)
_IN_BRACKETS = re.compile(rf"\s[a-z]+\s?[(\[]\s?{_VALUE}\s?[)\]]", re.I)  # `GitHub profile (kodeking)`
_TOLD_OF = re.compile(
    r"(?:\b(?:is|am|are|find|see|follow|add|message|text|ping|dm|me|her|him|them|as|search|slash|user|up|by|from|called|named|es|est|ist|e)|['’]s|[:=(,]"
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
    rf"(?<![\w.@\-])(?P<value>{ALNUM}[\w\-]{{2,}}{ALNUM})"
    r"(?:\s*[,.·•∙・|]\s?|[\s\"'“”‘’«»*_~,|\-]+(?:d\W?[o0]\W?t|punt[o]?|ponto|point|punkt|kropka|tecka|stip|piste|tochka|точка)"
    r"[\s\"'“”‘’«»*_~,|\-]+|\s+)"
    r"(?:com|dev|io|me|net|org|app|xyz|info|ai|de|eu|ru|ру|рф|ком)(?=\s*(?:$|[.,;:!?)\n]))",
    re.I,
)
# An owner and a program, as places for programs write them, and what says that they are.
_OWNED = re.compile(
    r"(?<![\w.@\-/\\:])(?P<value>(?P<owner>[a-z0-9][\w\-]*)(?:[/\\∕⁄:]|\s/\s(?=\S+ on\b))[a-z][\w.\-]*)(?![\w/\\])",
    re.I,
)
_PROGRAM = re.compile(
    r"\b(?:repo|repos|repository|clone[ds]?|fork(?:s|ed)?|pull|tap|get|author(?:ed)?|maintain\w*|contribut\w*|package"
    r"|library|plugins?|modules?|gists?|crates?|stars?|open[ \-]sourced?|code"
    r"|wrote|built|projects?|see|look|check|find|link|visit|tool|owner|behind)\b"
    r"|\A\W*\S+\W*\Z|\.git\b",
    re.I,
)
_BY = re.compile(rf"\b(?:by|of)\s+{_VALUE}(?=\s?(?:[)\].,;!?\n]|\Z))", re.I)
_INSTALLED = re.compile(
    rf"\b(?:pipx?|uv|npm|pnpm|yarn|bun|cargo|gem|brew|composer|go|docker|apt|conda)\s+(?:install|i|add|require|get|pull|tap)"
    rf"\s+{_VALUE}",
    re.I,
)
_AMONG_SIGNS = re.compile(
    rf"(?:{_BEFORE}(?:{either(NETWORKS)})(?=\s?[^\W\da-z_])|{'|'.join(map(fold, UNSPACED))})"
    r"[^a-z0-9_.,;。！？!?\n]{0,8}(?P<value>[a-z0-9](?:[a-z0-9_.\-]*[a-z0-9])?)",
    re.I,
)
_CLOSED = re.compile(r"\s*(?:[)\].,;!?\n]|\Z)")
_WORKED_AT = re.compile(r"\b(?:at|for|with|by|of|from|in|and)\s+\Z", re.I)
_SENTENCE = re.compile(r"(?:[^.!?;\n]|\.(?=\w))+")
# As no language makes its words: joined by a line, or with figures at the end, but for a year of a program's.
_SHAPED = re.compile(
    r"(?<![a-z0-9_.@\-/])(?:[a-z0-9]+(?:_[a-z0-9]+)+|[a-z]{4,}(?!20\d\d)\d{2,4})(?![a-z0-9_@\-/(])", re.I
)
_PART = re.compile(rf"[a-z]{{{LEAST},}}")
_PLAIN = r"[\"'“‘„«「『]?(?P<value>(?<![a-z0-9_.@\-])(?-i:[a-z][a-z0-9_.\-]*[a-z0-9_]))[\"'”’»」』]?"
# What a reader is told to look for; where the clause goes on otherwise, it was an adjective.
_TOLD = re.compile(
    rf"(?:^|[^\w\s]\s*|\b(?:and|or|just|simply|please|to|can|will|should|may)\s+)(?:{'|'.join(LOOK_UP)})\s+{_PLAIN}"
    r"(?=\s*(?:$|[)\].,;:!?])|\s(?:in|into|on|online|and|or|to|out|for|at)\b)",
    re.I | re.M,
)
_TOLD_ELSEWHERE = tuple(
    re.compile(pattern, re.I | re.M)
    for pattern in (
        rf"(?<!\w)(?:{'|'.join(map(fold, LOOK_UP_ELSEWHERE))})\s+{_PLAIN}(?=\s*(?:$|[)\].,;:!?]))",
        rf"{_PLAIN}\s?(?:{'|'.join(map(fold, LOOKED_UP_BEHIND))})",
        rf"(?:{'|'.join(LOOKED_UP_BEFORE)})\s?{_PLAIN}",
    )
)
# What a program's owner stands behind: a word for programs, or its own name, as in `dbkit (kodeking/dbkit)`.
_IN_BRACKETS_BEHIND = re.compile(
    rf"(?:(?:{'|'.join(map(fold, PROGRAMS))})(?:\s\w+)?|\b(?P<name>[\w.\-]{{1,40}}))\s?[(（]"
    r"(?P<value>(?P<owner>[a-z][a-z0-9\-]*)/(?(name)(?P=name)|[a-z][\w.\-]*))[)）]",
    re.I,
)
_LOWER = re.compile(rf"(?<![\w.@\-/])[a-z][a-z0-9_]{{{LEAST_IN_A_SENTENCE - 1},}}(?![\w@\-/])")


def unannounced(text: str) -> Iterator[tuple[int, int]]:
    """Find where handles stand in a folded text."""
    yield from _in_any_language(text)
    if not is_english(_MAIL_AT_WORK.sub(" ", _NETWORK.sub(" ", text))):
        return
    for network in _NETWORK.finditer(text):
        yield from _beside(network, text)
    for host in _MAIL_AT_WORK.finditer(text):
        yield from _in_front(host.span(), text, is_sure=True)
    for start, end in hosts(text):
        yield from _in_front((start, end), text, is_sure=False)
    for pattern in (_TOLD, _LOOKED_UP, _LOOSE_HOST, _INSTALLED, _AMONG_SIGNS):
        yield from (found.span("value") for found in pattern.finditer(text) if _is_made_up(found["value"]))
    for sentence in _SENTENCE.finditer(text):
        yield from _in_a_sentence(text, *sentence.span())


def _in_any_language(text: str) -> Iterator[tuple[int, int]]:
    """Find what is made as no word is, and what a reader is told to look for: words in general say nothing here."""
    yield from (found.span() for found in _SHAPED.finditer(text) if _is_shaped(found[0]))
    for pattern in (*_TOLD_ELSEWHERE, _IN_BRACKETS_BEHIND):
        for found in pattern.finditer(text):
            word = found.groupdict().get("owner") or found["value"]
            if _is_made_up(word) and word not in PROSE_ELSEWHERE:
                yield found.span("value")


def _beside(network: re.Match[str], text: str) -> Iterator[tuple[int, int]]:
    """Find a handle behind the name, and before it."""
    behind = _BEHIND.match(text, network.end())
    before = text[max(0, network.start() - _AROUND) : network.start()]
    is_sure = (network["reached"] or network["social"] or network["host"]) is not None
    in_a_list = behind and behind["list"] and (before.strip(" \n") or text[behind.end() : behind.end() + 1] == ",")
    if behind and not in_a_list and _is_made_up(behind["value"]):
        ends = _CLOSED.match(text, behind.end())  # `GitHub kodeking.`, but not `GitHub actionlint rules`
        if behind["mark"] or is_sure or network["like"] or ends or _ASKS.search(before):
            yield behind.span("value")
    inside = _IN_BRACKETS.match(text, network.end())
    if inside and _is_made_up(inside["value"]):
        yield inside.span("value")
    yield from _in_front(network.span(), text, is_sure=is_sure)


def _in_front(network: tuple[int, int], text: str, *, is_sure: bool) -> Iterator[tuple[int, int]]:
    """Find a handle before the name: `kodeking (Telegram)`, `it's kodeking on GitHub`; `Kodeking` where no firm is."""
    start = max(0, network[0] - _AROUND)
    found = _IN_FRONT.search(text, start, network[0])
    if found is None or not ((is_sure and not found["gap"]) or _TOLD_OF.search(text, start, found.start())):
        return
    ends = _CLOSED.match(text, network[1])
    if found["gap"] and not ends:
        return
    closed = is_sure and found["mark"] and ends
    is_a_firm = not closed or _WORKED_AT.search(text, start, found.start())
    if _is_made_up(found["value"], may_be_a_firm=bool(is_a_firm)):
        yield found.span("value")


def _in_a_sentence(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Find what is no word anywhere beside a messenger or a mail host, and owners of programs: `kodeking/toolbox`."""
    networks = list(_NETWORK.finditer(text, start, end))
    if any(network["reached"] for network in networks):
        yield from (word.span() for word in _LOWER.finditer(text, start, end) if _is_made_up(word[0]))
    if networks:
        yield from (found.span("value") for found in _BY.finditer(text, start, end) if _is_made_up(found["value"]))
    if networks or _PROGRAM.search(text[start:end]):
        for found in _OWNED.finditer(text, start, end):
            if _is_made_up(found["owner"]) and (networks or found["owner"].islower()):  # not `SAFe5/LeSS projects`
                yield found.span("value")


def _is_shaped(word: str) -> bool:
    """Return whether a word that is joined, or ends with figures, has a part that is none."""
    return any(_is_made_up(part) for part in _PART.findall(word.lower())) and _is_made_up(word)


def _is_made_up(word: str, *, may_be_a_firm: bool = True) -> bool:
    """Return whether a word is none of English, of names, of programs or of networks, nor a firm with its capital."""
    name = word.lstrip("@")
    is_a_firm = may_be_a_firm and name[:1].isupper() and name[1:] in (name[1:].lower(), name[1:].upper())
    is_long = len(name) >= LEAST and not name.isdecimal()
    return is_long and not is_a_firm and not _NETWORK.fullmatch(name) and not is_word(name)
