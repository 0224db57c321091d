"""One entry of the log, as much as the viewer can read: from the history of something, or the evidence of a case."""

from __future__ import annotations

import uuid

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.policy import current_actor, policy
from portal.queries.candidates import candidates
from portal.queries.disputes import disputes, evidence
from portal.queries.disputes.evidence import EvidenceRow
from portal.queries.log import seals, slices
from portal.queries.log.slices import TimelineEntry
from portal.queries.placements import placements
from portal.queries.proposals import detail as proposals
from portal.requests import respond

bp = Blueprint("log_entries", __name__)


@bp.get("/candidates/<uuid:candidate_id>/log/<uuid:event_id>")
@policy(Permission.CANDIDATE_VIEW)
def of_candidate(candidate_id: uuid.UUID, event_id: uuid.UUID) -> ResponseReturnValue:
    viewer = current_actor()
    name = candidates.detail(viewer, candidate_id).full_name
    entry = slices.entry(viewer, event_id, candidate_id=candidate_id)
    return _entry(entry, ("Candidates", "/candidates"), (name, f"/candidates/{candidate_id}"))


@bp.get("/proposals/<uuid:proposal_id>/log/<uuid:event_id>")
@policy(Permission.PROPOSAL_VIEW)
def of_proposal(proposal_id: uuid.UUID, event_id: uuid.UUID) -> ResponseReturnValue:
    viewer = current_actor()
    name = proposals.detail(proposal_id, viewer=viewer).candidate_name
    entry = slices.entry(viewer, event_id, proposal_id=proposal_id)
    return _entry(entry, ("Proposals", "/proposals"), (name, f"/proposals/{proposal_id}"))


@bp.get("/placements/<uuid:placement_id>/log/<uuid:event_id>")
@policy(Permission.PLACEMENT_VIEW)
def of_placement(placement_id: uuid.UUID, event_id: uuid.UUID) -> ResponseReturnValue:
    """Show an entry from the history of a placement, which includes that of its money."""
    viewer = current_actor()
    name = placements.detail(placement_id, viewer=viewer).candidate_name
    entry = slices.entry(viewer, event_id, placement_id=placement_id)
    return _entry(entry, ("Placements", "/placements"), (name, f"/placements/{placement_id}"))


@bp.get("/disputes/<uuid:dispute_id>/log/<uuid:event_id>")
@policy(Permission.DISPUTE_VIEW)
def of_dispute(dispute_id: uuid.UUID, event_id: uuid.UUID) -> ResponseReturnValue:
    case, about = disputes.case_and_matter(dispute_id, viewer=current_actor())
    entry = evidence.entry(current_actor(), about, event_id)
    return _entry(entry, ("Disputes", "/disputes"), (case.candidate_name, f"/disputes/{dispute_id}"))


def _entry(entry: TimelineEntry | EvidenceRow, *crumbs: tuple[str, str]) -> ResponseReturnValue:
    return respond.page("log/entry.html", entry=entry, seal=seals.seal_of(entry.id), crumbs=list(crumbs))
