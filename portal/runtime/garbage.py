"""How often Python looks for garbage that counting references does not find."""

from __future__ import annotations

import gc

NEW_OBJECTS = 20_000  # many times what a page makes and drops by itself; a chunk of a batch keeps more (ADR 0065)


def settle() -> None:
    """Leave alone what stands by now, which workers that are forked then share for good, and look seldom."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()
