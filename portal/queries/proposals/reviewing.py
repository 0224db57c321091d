"""Who of the company has a proposal open now: colleagues read the name, everybody else the company."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from portal.access import visible
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import OPEN
from portal.extensions import reading
from portal.models import Proposal
from portal.runtime import presence
from portal.runtime.presence import Person


def reviewing(proposal_id: uuid.UUID, *, viewer: Actor) -> str:
    """Say who else is reviewing an open proposal that the viewer may see, and keep that a decider has it open."""
    decides = viewer.scope(Permission.PROPOSAL_DECIDE) is Scope.COMPANY
    there = presence.present(proposal_id, viewer.now)
    if not (decides or there) or not _is_open_to(viewer, proposal_id):
        return ""
    if decides:
        presence.arrive(proposal_id, _as_person(viewer), viewer.now)
    others = [one for one in there if one.user_id != str(viewer.user_id)]
    colleagues = [one.name for one in others if one.organisation_id == str(viewer.organisation_id)]
    return _sentence(colleagues or sorted({one.organisation_name for one in others}))


def _is_open_to(viewer: Actor, proposal_id: uuid.UUID) -> bool:
    query = select(Proposal.id).where(Proposal.id == proposal_id, Proposal.state.in_(OPEN), visible(Proposal, viewer))
    return reading().execute(query).one_or_none() is not None


def _as_person(viewer: Actor) -> Person:
    return Person(str(viewer.user_id), viewer.name, str(viewer.organisation_id), viewer.organisation_name)


def _sentence(names: list[str]) -> str:
    if not names:
        return ""
    *first, last = names
    who = f"{', '.join(first)} and {last}" if first else last
    return f"{who} {'are' if first else 'is'} reviewing now"
