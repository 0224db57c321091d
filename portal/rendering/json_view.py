"""Draw a JSON value for reading: coloured, e-mail addresses masked, long values cut."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup, escape

LIMIT = 64 * 1024
CUT = "\n… truncated at 64 KB; the export has everything"
TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b')
EMAIL = re.compile(r"\b([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+\.[A-Za-z]{2,})\b")


def masked(text: str) -> str:
    """Keep the first letter and the host of each e-mail address."""
    return EMAIL.sub(r"\1•••@\2", text)


def draw(value: Any) -> Markup:
    """Draw the value indented, with one class each for keys, strings, and other literals."""
    whole = masked(json.dumps(value, indent=2, ensure_ascii=False, default=str))
    written = whole[:LIMIT]
    pieces, at = [], 0
    for token in TOKENS.finditer(written):
        pieces.append(escape(written[at : token.start()]))
        pieces.append(_coloured(token))
        at = token.end()
    pieces.append(escape(written[at:]))
    if len(whole) > LIMIT:
        pieces.append(escape(CUT))
    return Markup("").join(pieces)


def _coloured(token: re.Match[str]) -> Markup:
    word, colon = token.group(0), token.group(1) or ""
    if not word.startswith('"'):
        return Markup('<span class="n">{}</span>').format(word)
    kind = "k" if colon else "s"
    return Markup('<span class="{}">{}</span>{}').format(kind, word[: len(word) - len(colon)], colon)
