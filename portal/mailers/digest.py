"""The digest mail: one line for each email that was folded into it."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain import notifications as rules
from portal.mailers.rendering import link_to, render
from portal.services.messages.digests import Line, Reader, Written


def write(reader: Reader, lines: Sequence[Line]) -> Written:
    count = len(lines)
    subject = f"Your digest: {count} {'notification' if count == 1 else 'notifications'}"
    words = {
        "subject": subject,
        "person": reader.name,
        "lines": [{"subject": line.subject, "url": link_to(line.path), "at": line.at} for line in lines],
        "url": link_to("/notifications"),
        "now": reader.now,
        "viewer_zone": reader.time_zone if reader.time_zone != "UTC" else None,
    }
    text, html = render(rules.DIGEST, words)
    return Written(subject, text, html)
