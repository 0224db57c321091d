"""The evidence of a dispute as one download, which verifies without the portal (disputes.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from flask import render_template

from portal.domain import evidence_pack
from portal.domain.permissions import Actor
from portal.domain.times import exact
from portal.queries.disputes import attachments, evidence, outlooks, packs
from portal.queries.disputes.attachments import EvidenceFile
from portal.queries.disputes.evidence import Matter
from portal.rendering import spreadsheets
from portal.services.log import chain

COLUMNS = ("entry", "hash", "time", "event", "text", "actor", "emailed", "id")


def packed(dispute_id: uuid.UUID, *, viewer: Actor) -> tuple[bytes, str]:
    """Return the evidence as the viewer may read it, with a manifest that names what is left out, and its file name."""
    about = evidence.matter(viewer, dispute_id)
    rows, left_out = list(evidence.whole(viewer, about)), evidence.left_out(viewer, about)
    number, digest = chain.head()
    case = packs.summary(about, viewer=viewer)
    listed, attached = _attachments(about, case.attachments)
    said: dict[str, object] = {
        "case": str(dispute_id),
        "packed_at": exact(viewer.now),
        "packed_for": viewer.name,
        "head": {"number": number, "hash": digest},
        "left_out": list(left_out),
        "attachments": listed,
    }
    summary = render_template(
        "disputes/pack.html",
        case=case,
        rows=rows,
        outlook=outlooks.outlook(viewer, about),
        left_out=left_out,
        attachments=listed,
        number=number,
    )
    files = {"summary.html": summary.encode(), evidence_pack.TIMELINE: _table(rows).encode(), **attached}
    return evidence_pack.pack(files, said), f"evidence-{dispute_id}.zip"


def _attachments(about: Matter, files: Iterable[EvidenceFile]) -> tuple[list[dict[str, object]], dict[str, bytes]]:
    """Return what was attached, and the files that are still there by where they stand in the pack."""
    held = {id: (path, content) for id, path, content in attachments.contents(about.id)}
    listed: list[dict[str, object]] = [
        {"name": f.name, "by": f.by, "at": exact(f.attached_at), "sha256": f.sha256, "file": held.get(f.id, ("",))[0]}
        for f in files
    ]
    return listed, dict(held.values())


def _table(rows: Iterable[evidence.EvidenceRow]) -> str:
    lines = (
        (r.number or "", r.hash, exact(r.at), r.title, r.text, r.by, ", ".join(r.emailed), str(r.id)) for r in rows
    )
    return spreadsheets.table(COLUMNS, lines)
