"""The evidence of a dispute: what the log says, the rule that would decide, and all of it as one download.

The download verifies without the portal (disputes.md §2).
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain import evidence_pack
from portal.domain.disputes import SUBJECTS
from portal.domain.permissions import Permission
from portal.domain.times import exact
from portal.forms.figures import read_id
from portal.policy import current_actor, policy
from portal.queries.disputes import evidence, outlooks, packs
from portal.rendering import spreadsheets
from portal.requests import respond
from portal.services.log import chain

bp = Blueprint("evidence", __name__)
COLUMNS = ("entry", "hash", "time", "event", "text", "actor", "emailed", "id")


def panels(dispute_id: uuid.UUID) -> dict[str, Any]:
    """Return the variables of the panels with the evidence and the rule."""
    viewer = current_actor()
    about = evidence.matter(viewer, dispute_id)
    found = outlooks.outlook(viewer, about)
    return {
        "evidence": evidence.timeline(viewer, about, after=read_id(request.args.get("after"))),
        "left_out": evidence.left_out(viewer),
        "outlook": found,
        "follows": SUBJECTS[about.subject].effects[found.follows] if found else "",
        "by_rule": found is not None and about.is_decided_by(found, viewer.now),
    }


@bp.get("/disputes/<uuid:dispute_id>/evidence.zip")
@policy(Permission.DISPUTE_VIEW)
def pack(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Send the evidence as the viewer may read it, with a manifest that names what was left out."""
    viewer = current_actor()
    about = evidence.matter(viewer, dispute_id)
    rows = list(evidence.whole(viewer, about))
    number, digest = chain.head()
    left_out = evidence.left_out(viewer)
    said: dict[str, object] = {
        "case": str(dispute_id),
        "packed_at": exact(viewer.now),
        "packed_for": viewer.name,
        "head": {"number": number, "hash": digest},
        "left_out": list(left_out),
    }
    summary = render_template(
        "disputes/pack.html",
        case=packs.case_file(about),
        rows=rows,
        outlook=outlooks.outlook(viewer, about),
        left_out=left_out,
        number=number,
    )
    files = {"summary.html": summary.encode(), evidence_pack.TIMELINE: _table(rows).encode()}
    return respond.zip_file(evidence_pack.pack(files, said), f"evidence-{dispute_id}.zip")


def _table(rows: list[evidence.EvidenceRow]) -> str:
    lines = (
        (r.number or "", r.hash, exact(r.at), r.title, r.text, r.by, ", ".join(r.emailed), str(r.id)) for r in rows
    )
    return spreadsheets.table(COLUMNS, lines)
