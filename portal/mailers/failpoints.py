"""Named points at which the chaos tests kill a sender; they do nothing unless PORTAL_FAILPOINT was set at import."""

from __future__ import annotations

import os
import signal

WANTED = os.environ.get("PORTAL_FAILPOINT", "")
NAMES = ("before_claim", "after_claim", "connected", "after_250", "after_commit")


def failpoint(name: str) -> None:
    """Die here, without any clean-up, when this is the wanted point."""
    if name == WANTED:
        os.kill(os.getpid(), signal.SIGKILL)
