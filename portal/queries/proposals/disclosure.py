"""What a company may know of a candidate before it accepts a proposal: initials, no contact data (domain.md §1)."""

from __future__ import annotations

import re

from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import ProposalState, initials

HIDDEN = "[shown after acceptance]"
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"  # addresses
    r"|(?:https?://|www\.|linkedin\.com/)\S+"
    r"|(?<!\w)(?:\+|\(?0)\d?(?:[\s().\-/]{0,3}\d){6,}"  # telephone numbers that begin with + or 0
    r"|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b",  # and North American ones
    re.IGNORECASE,
)


def reveals(viewer: Actor, state: str) -> bool:
    """Tell whether the viewer of a proposal in this state sees who the candidate is."""
    return state == ProposalState.ACCEPTED or viewer.scope(Permission.PROPOSAL_DECIDE) is not Scope.COMPANY


def shown_name(viewer: Actor, full_name: str, state: str) -> str:
    """Give the candidate's name as the viewer of a proposal in this state may read it: `L. B.` before acceptance."""
    return full_name if reveals(viewer, state) else initials(full_name)


def shown_text(viewer: Actor, text: str, full_name: str, state: str) -> str:
    """Give what a recruiter wrote about a candidate, without the name and contact data that it may hold."""
    if reveals(viewer, state):
        return text
    hidden = _CONTACT.sub(HIDDEN, text)
    for part in sorted(full_name.split(), key=len, reverse=True):
        if len(part) > 1:
            hidden = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", f"{part[0]}.", hidden)
    return hidden
