"""What a form was filled from, where nothing counts the versions of what it shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from portal.domain.errors import StaleVersion


def digest(shown: Mapping[str, object]) -> str:
    """Return what a form carries for the values that it showed."""
    said = json.dumps({name: str(value) for name, value in shown.items()}, sort_keys=True)
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:16]


def check(present: Mapping[str, object], wanted: Mapping[str, object], seen: str | None) -> None:
    """Refuse a form that would undo what the person changed in another tab; None skips the check.

    Raises:
        StaleVersion: the present values are neither those that the form showed nor those that it asks for.
    """
    if seen is not None and seen != digest(present) and present != wanted:
        raise StaleVersion(
            "You changed these settings elsewhere since this page was opened. Nothing was saved; compare with the"
            " current values, then save again."
        )
