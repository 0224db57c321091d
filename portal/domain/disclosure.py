"""What a company reads of a candidate before it accepts: a label for the name, no contact data (domain.md §1).

A text is compared in a folded form, blind to case, accents, apostrophes and joints, and struck in the form in which it
was written. What no rule can know ("ell ee en ay") is in docs/adr/0060; the log says who wrote it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from portal.domain import disguises, romanizations
from portal.domain.contact_data import HIDDEN as HIDDEN
from portal.domain.contact_data import contact_data
from portal.domain.contact_words import FUNCTION_WORDS, HONORIFICS, PARTICLES
from portal.domain.erasure import ERASED, ERASED_WORDS
from portal.domain.folded import ALNUM, LETTER, LOOKALIKES, MARKED, Folded, Span, folded
from portal.domain.names import APOSTROPHES, fold, fold_character, foldings, read_character, readings, simplify

PAIR_LEAST = 8  # letters of two parts on end that are known inside any word
LONG, DISTINCT = 4, 6  # letters from which a part is known inside a handle, and with a gap inside
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0002ffff"  # of signs
_UNPARTED = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"  # alphabets without spaces: Thai, Lao, Tibetan, Burmese, Khmer
UNPARTED_LEAST = 3  # letters and marks of such a name that is known inside a run of words
_BEFORE, _AFTER = rf"(?<!{LETTER})(?<![{MARKED}])", rf"(?!{LETTER}|[{MARKED}])"
_CASE_ENDINGS = "aeoyяиіїйьюэы"  # what a name in Cyrillic changes with its case in a sentence, lookalikes translated
_GEORGIAN_VOWELS = "აეი"  # with which a name ends alone: ბერიძე is ბერიძის


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is not to be known: the name, the label that stands for it, and the contact data."""

    full_name: str
    label: str
    email: str = ""
    phone: str = ""
    linkedin: str = ""
    formerly: tuple[Identity, ...] = ()  # what else the person is or was called, and reached by
    companies: frozenset[str] = frozenset()  # hosts that companies are called by: no contacts

    @property
    def known_as(self) -> tuple[Identity, ...]:
        """Return the person under each name and each set of contact data, the present ones first."""
        return tuple(dict.fromkeys((replace(self, formerly=(), companies=frozenset()), *self.formerly)))


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `instead` is what a company reads in its place, None when it reads the part as it is."""

    text: str
    instead: str | None = None

    @property
    def shown(self) -> str:
        """Return what a company reads."""
        return self.text if self.instead is None else self.instead


def label(full_name: str, candidate_id: uuid.UUID) -> str:
    """Return what stands for a name: `L. B.`, or the candidate's tag when initials would be half of the name.

    Who was erased has no initials.
    """
    if full_name == ERASED:
        return full_name
    parts = [word for word in full_name.split() if word[0].isalpha()]
    ends = parts[:1] + parts[-1:] if len(parts) > 1 else parts
    if not ends or any(_tells_much(part) for part in ends):
        return tag(candidate_id)
    return " ".join(f"{part[0].upper()}." for part in ends)


def tag(candidate_id: uuid.UUID) -> str:
    """Return what stands for a candidate of whom nothing may be told."""
    return f"Candidate {candidate_id.hex[-4:].upper()}"


def _tells_much(part: str) -> bool:
    """Return whether the first sign of a part says much of it: it is short, or its script has no capitals."""
    letters = [c for c in part if c.isalpha()]
    return len(letters) < 3 or letters[0].upper() == letters[0].lower()


def before_acceptance(text: str, person: Identity) -> str:
    """Return a text as a company reads it before it accepts."""
    return "".join(piece.shown for piece in pieces(text, person))


def names(text: str, full_name: str) -> bool:
    """Return whether a text names somebody, in whichever spelling."""
    return next(_named(text, Identity(full_name, label="")), None) is not None


# Looking through a pitch of a thousand letters takes 2 ms, a third of its page, and it is read again and again.
@lru_cache(maxsize=512)
def pieces(text: str, person: Identity) -> tuple[Piece, ...]:
    """Cut a text into what a company reads as it is and what it reads something else for.

    Of who was erased, nothing is left to look for: who did not know the candidate reads none of it.
    """
    if person.full_name == ERASED:
        return (Piece(text, ERASED_WORDS),) if text else ()
    return tuple(_cut(text, _merged(text, [*_contacts(text, person), *_called(text, person)])))


def _contacts(text: str, person: Identity) -> Iterator[Span]:
    """Find contact data, and what stands before the @ of the person's address and at the end of the profile's link."""
    known_as = person.known_as
    slugs = (known.linkedin.rstrip("/").rpartition("/")[2] for known in known_as)
    handles = dict.fromkeys([*(known.email.partition("@")[0] for known in known_as), *slugs])
    phones = [known.phone for known in known_as]
    companies = frozenset(host for host in person.companies if not _is_own(host, handles, known_as))
    return contact_data(text, phones=phones, handles=list(handles), companies=companies)


def _is_own(host: str, handles: Iterable[str], known_as: Iterable[Identity]) -> bool:
    """Return whether the person has an address at a host, or is called as it is."""
    at = [known.email.partition("@")[2].lower() for known in known_as]
    return any(f".{domain}".endswith(f".{host}") for domain in at) or not {*host.split(".")}.isdisjoint(handles)


# --- names ----------------------------------------------------------------------------------------------------


_WAYS = (fold_character, partial(fold_character, transcribed=True), read_character)


def _called(text: str, person: Identity) -> Iterator[Span]:
    """Find each name that the person has or had."""
    for name in dict.fromkeys(known.full_name for known in person.known_as):
        called = Identity(name, person.label)
        yield from _named(text, called)
        yield from _disguised(text, called)


def _named(text: str, person: Identity) -> Iterator[Span]:
    """Find the parts of the name, in both ways of writing an accent, and as another alphabet is read."""
    pattern = _name_pattern(person.full_name)
    if pattern is None:
        return
    for seen in {folded(text, fold_one) for fold_one in _WAYS[: 1 if text.isascii() else None]}:
        spans = [seen.span(*found.span(), person.label) for found in pattern.finditer(seen.lower)]
        words = [span for span in spans if _is_only_a_word(text[span.start : span.end], person.full_name)]
        sure = [span for span in spans if span not in words]
        yield from sure
        yield from (word for word in words if any(_are_beside(text, *sorted((word, one), key=_start)) for one in sure))


def _start(span: Span) -> int:
    return span.start


def _are_beside(text: str, first: Span, second: Span) -> bool:
    """Return whether only a blank stands between two parts: `will smith` is a name, and `will work` none."""
    return text[first.end : second.start].isspace() and second.start - first.end == 1


def _disguised(text: str, person: Identity) -> Iterator[Span]:
    """Find the name with signs for letters, with the ending of a case, and as other alphabets spell it."""
    pattern = _name_pattern(person.full_name)
    if pattern is not None and disguises.SIGNS_FOR_LETTERS.search(text):
        for way in disguises.LEET_WAYS:
            seen = folded(text, way)
            spans = (seen.span(*found.span(), person.label) for found in pattern.finditer(seen.lower))
            yield from (span for span in spans if disguises.is_leet(text[span.start : span.end]))
    inflected, spelled = _disguise_patterns(person.full_name)
    seen = folded(text)
    yield from _glued(seen, person)
    for found in inflected.finditer(seen.lower):
        if seen.cased[found.start()].isupper():  # in lower case it may be any word that begins alike
            yield seen.span(*found.span(), person.label)
    for found in spelled.finditer(seen.lower):
        yield seen.span(*found.span(), person.label)
    yield from _sounding(seen, person)


def _glued(seen: Folded, person: Identity) -> Iterator[Span]:
    """Find what is run together with words: two parts, `lenabrandtdev`, or one by its capitals, `ThessalyLovesGo`."""
    for pair in filter(seen.lower.__contains__, _pairs(person.full_name)):
        for found in re.finditer(rf"{ALNUM}*{re.escape(pair)}{ALNUM}*", seen.lower):
            yield seen.span(*found.span(), person.label)
    for part in sorted(part for part in _parts(person.full_name) if len(part) >= DISTINCT):
        for found in re.finditer(re.escape(part), seen.lower):
            before, word, after = (seen.cased[slice(*ends)] for ends in _around(*found.span()))
            if word.istitle() and (before.islower() or after.isupper()) and not (before.isupper() or after.islower()):
                yield seen.span(*found.span(), person.label)


@lru_cache(maxsize=1024)
def _pairs(full_name: str) -> tuple[str, ...]:
    """Return two parts of a name on end, as far as no word is likely to hold both."""
    parts = sorted(part for part in _parts(full_name) if len(part) > 2 and part.isascii())
    return tuple(first + second for first in parts for second in parts if len(first + second) >= PAIR_LEAST)


def _around(start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return where the character before a part stands, the part, and the character behind it."""
    return (max(0, start - 1), start), (start, end), (end, end + 1)


def _sounding(seen: Folded, person: Identity) -> Iterator[Span]:
    """Find words of other scripts that sound as a part of the name does, which is in Latin letters."""
    latin = [part for part in _parts(person.full_name) if part.isascii()]
    for found in romanizations.SCRIPTS.finditer(seen.cased):
        if signs := romanizations.heard(found[0], latin):
            yield seen.span(found.start(), found.start() + signs, person.label)


@lru_cache(maxsize=1024)
def _disguise_patterns(full_name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compose what is struck of a name with a capital only, and what is in any case; both may match nothing."""
    parts = sorted(_parts(full_name))
    respelled = filter(None, map(romanizations.respelled, parts))
    simple = fold(full_name)
    sounding = (*romanizations.sounds(simple), *romanizations.two_words(simple))
    cased = filter(None, [disguises.inflected(parts), *sounding, *respelled])
    either = (
        f"{_BEFORE}(?:{'|'.join(found) or '(?!)'}){_AFTER}"
        for found in (cased, filter(None, [disguises.other_spellings(full_name)]))
    )
    first, second = map(re.compile, either)
    return first, second


def _is_only_a_word(written: str, full_name: str) -> bool:
    """Return whether a word in lower case is one of the language: `do`, or `marks` where the name is Mark."""
    plural = len(written) == LONG + 1 and written.endswith("s") and written not in _parts(full_name)
    return written in FUNCTION_WORDS or (plural and written.islower())


@lru_cache(maxsize=1024)
def _name_pattern(full_name: str) -> re.Pattern[str] | None:
    """Compose what a name may look like in a folded text; None for a name without anything to look for."""
    parts = _parts(full_name)
    unparted = sorted(filter(_is_unparted, parts), key=len, reverse=True)
    spaced = sorted({p for p in parts if not _is_unspaced(p)} - {*unparted}, key=len, reverse=True)
    patterns = [_unspaced_pattern(p) for p in parts if _is_unspaced(p)] + [_unparted_pattern(p) for p in unparted]
    if spaced:
        letters = [
            word for word in re.split(r"[\s\-.]+", fold(full_name)) if len(word) == 1
        ]  # Ó Briain is OBriain, too
        patterns.append(_spaced_pattern(spaced, [*_particles(full_name), *letters]))
    return re.compile("|".join(patterns)) if patterns else None


# Of an Arabic family that is written as one word: Alahmadi is Al-Ahmadi, and Ahmadi; so in its own letters.
_ARTICLE = re.compile(r"[ae]l([a-z]{5,})|ال([\u0620-\u064a]{3,})")
# A whole name that was typed as one word, which only its capitals part: LenaBrandt, but not McDonald.
_RUN_TOGETHER = re.compile(r"[A-Z][a-z]{2,}")
_SON_OF = re.compile(r"ma?c([a-z]{4,})")  # McLeod is MacLeod
# Of a Hungarian wife: Kovácsné is of Kovács, and Nagy Istvánné also Nagyné.
_WIFE_OF = re.compile(r"([^\W\d_]{3,})né", re.I)
# What the family of a woman is called otherwise: Dvořák of Dvořáková, Kazlauskas of Kazlauskienė and Kazlauskaitė.
_WOMAN_OF = (
    (re.compile(r"([^\W\d_]{3,})ová", re.I), ("", "a")),
    (re.compile(r"([^\W\d_]{3,})(?:ien|ait|yt|[uū]t)ė", re.I), ("as", "is", "ys", "us")),
)
_RUN_TOGETHER_NAME = re.compile(rf"(?:{_RUN_TOGETHER.pattern}){{2,4}}")


@lru_cache(maxsize=1024)
def _parts(full_name: str) -> frozenset[str]:
    """Return the parts of a name in every spelling; particles inside it, and initials, are none."""
    found: set[str] = set()
    for name in foldings(full_name):
        words = _words(name)
        for word in [w for w in words if w not in PARTICLES or w not in words[1:-1]]:
            ways = (word, *re.split(r"[-_]", word), *re.split(r"[-'_]", word))  # O'Neil-Weiss is also O'Neil, and Neil
            found |= {re.sub(r"[-'_]", "", piece) for piece in ways}
    found |= {fold(piece) for piece in _RUN_TOGETHER.findall(full_name) if _RUN_TOGETHER_NAME.fullmatch(full_name)}
    written = {piece for name in (full_name, fold(full_name)) for piece in re.split(rf"(?:[^\w{MARKED}]|_)+", name)}
    found |= {way for piece in written for way in readings(piece)}
    found |= {stem[1] or stem[2] for part in found if (stem := _ARTICLE.fullmatch(part))}
    found |= {way + son[1] for part in found if (son := _SON_OF.fullmatch(part)) for way in ("mc", "mac")}
    found |= {fold(part) for part in (*_of_wives(full_name), *_of_women(full_name))}
    simple = {simplify(part) for part in found if len(simplify(part)) >= LONG}
    return frozenset(p for p in found | simple if (len(p) > 1 or (p and _is_unspaced(p))) and not p.isdigit())


def _of_wives(full_name: str) -> Iterator[str]:
    """Yield what a Hungarian name by marriage is made of, and what is made of it."""
    names = re.split(r"[\s\-]+", full_name)
    husbands = [wife[1] for name in names if (wife := _WIFE_OF.fullmatch(name))]
    yield from husbands
    yield from (f"{name}né" for name in names if husbands and not _WIFE_OF.fullmatch(name))


def _of_women(full_name: str) -> Iterator[str]:
    """Yield how the family is called whose name in this form only women have."""
    for name in re.split(r"[\s\-]+", full_name):
        for written, endings in _WOMAN_OF:
            if stem := written.fullmatch(name):
                yield from (stem[1] + ending for ending in endings)


def _words(folded: str) -> list[str]:
    return [word for word in re.split(rf"[^\w'\-{MARKED}]+", folded.translate(LOOKALIKES)) if word]


def _particles(full_name: str) -> list[str]:
    """Return the particles inside a name: no part of it alone, but what may join its parts to one word."""
    return [word for word in _words(fold(full_name))[1:-1] if word in PARTICLES]


def _is_unspaced(part: str) -> bool:
    return re.fullmatch(rf"[{_UNSPACED}]+", part) is not None


def _is_unparted(part: str) -> bool:
    return re.fullmatch(rf"[{_UNPARTED}]+", part) is not None


def _unparted_pattern(part: str) -> str:
    """Match a name of an alphabet without spaces anywhere, a very short one where it stands alone."""
    whole = r"[\s._*\-·]?".join(map(re.escape, part))
    return whole if len(part) >= UNPARTED_LEAST else f"{_BEFORE}{whole}{_AFTER}"


def _unspaced_pattern(part: str) -> str:
    """Match a name of a script without spaces anywhere: two signs of it on end, or the family name in an address."""
    signs = [re.escape(c) for c in part]
    honorific = "|".join(re.escape(fold(h)) for h in HONORIFICS)
    alone = rf"{signs[0]}(?={honorific})"
    runs = {r"[\s·・.]?".join(signs[at:end]) for at in range(len(signs)) for end in range(at + 2, len(signs) + 1)}
    return "|".join([*sorted(runs, key=len, reverse=True), alone])


def _spaced_pattern(parts: list[str], particles: list[str]) -> str:
    """Match parts as whole words, run together with each other, or with initials and digits as handles are made."""
    whole = "|".join(_one_part(p) for p in parts)
    long = "|".join(_one_part(p) for p in parts if len(p) >= LONG)
    initials = "".join(sorted({re.escape(p[0]) for p in (*parts, *particles)}))
    joining = "".join(rf"(?:{re.escape(p)})?" for p in particles)
    made = [rf"(?:{whole})(?:{joining}(?:{whole})){{0,4}}"]
    if long:
        around = "|".join([whole, *map(re.escape, particles), rf"[{initials}]"])
        made.insert(0, rf"(?:{around}){{0,4}}(?:{long})(?:{around}){{0,4}}s?")
    alone = rf"[{''.join(p for p in particles if len(p) == 1)}.]{{1,4}}"  # RK Narayan
    before = rf"(?:{_BEFORE}(?:[{initials}](?:\.\s?|')|{alone}\s)){{0,3}}"
    behind = rf"(?:\s(?:[{initials}]\.|{alone})(?!{LETTER})){{0,3}}"
    words = rf"{before}{_BEFORE}(?:{'|'.join(made)})\d*{_AFTER}{behind}"
    return "|".join([*(_spelled(p) for p in parts if len(p) > 2), words])


def _one_part(part: str) -> str:
    joint = r"(?:-\s|[\s'._\-–])?" if len(part) >= DISTINCT else r"['\-]?"
    if len(part) >= LONG and re.search("[\u0530-\u058f\u10a0-\u10ff]", part):  # Armenian and Georgian
        stem = part[:-1] if len(part) > LONG and part[-1] in _GEORGIAN_VOWELS else part
        return joint.join(map(re.escape, stem)) + LETTER + "{0,3}"
    if len(part) >= UNPARTED_LEAST and re.search("[\u1200-\u135a]", part):  # Amharic, whose letters are syllables
        return romanizations.leading(part) + re.escape(part) + LETTER + "{0,2}"
    if len(part) >= LONG and re.search("[\u0980-\u0df3]", part):  # scripts of India that write a case as one word
        return re.escape(re.sub(r"(?:\W|[\u0d7a-\u0d7f])$", "", part)) + f"[{MARKED}]{{0,6}}"
    if len(part) >= LONG and re.search("[\u0400-\u04ff]", part):
        return joint.join(re.escape(c) for c in part[: -1 if part[-1] in _CASE_ENDINGS else None]) + LETTER + "{0,3}"
    return romanizations.leading(part) + joint.join(re.escape(c) for c in part)


def _spelled(part: str) -> str:
    """Match the letters of a part with a sign between them all, the same one in short ones: `L e n a`, `L.E-N_A`."""
    first, *rest = (re.escape(c) for c in part)
    if len(part) >= LONG:
        return _BEFORE + r"[\s.,:_*\-–—·•/|~+]{1,3}".join((first, *rest)) + _AFTER
    gap = f"g{part.encode().hex()}"
    return rf"{_BEFORE}{first}(?P<{gap}>[\s._*\-–—·•]){f'(?P={gap})'.join(rest)}{_AFTER}"


# --- from spans to pieces -------------------------------------------------------------------------------------

_BETWEEN = re.compile(rf"[\s.,_\-{''.join(APOSTROPHES)}·]*(?:({LETTER}+)[\s.,_\-]*)*")


def _merged(text: str, spans: Iterable[Span]) -> list[Span]:
    """Join what overlaps, contact data first, and the parts of one name."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        before = merged[-1] if merged else None
        if before is None or not (span.start < before.end or _is_one_name(text, before, span)):
            merged.append(span)
            continue
        instead = HIDDEN if HIDDEN in (before.instead, span.instead) else span.instead
        merged[-1] = Span(before.start, max(before.end, span.end), instead)
    return merged


def _is_one_name(text: str, before: Span, span: Span) -> bool:
    """Return whether only joints, particles and initials stand between two parts of a name."""
    if before.instead != span.instead or before.instead == HIDDEN:
        return False
    between = text[before.end : span.start]
    if len(between) > 20 or not _BETWEEN.fullmatch(between):
        return False
    middle = re.findall(rf"{LETTER}+", fold(between))
    return all(word in PARTICLES or len(word) == 1 for word in middle)


def _cut(text: str, spans: Iterable[Span]) -> Iterator[Piece]:
    at = 0
    for span in spans:
        if span.start > at:
            yield Piece(text[at : span.start])
        yield Piece(text[span.start : span.end], span.instead)
        at = span.end
    if at < len(text):
        yield Piece(text[at:])
