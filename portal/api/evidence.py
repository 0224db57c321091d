"""Files of disputes: attach, download, and ask for more (disputes.md §6)."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.disputes import Dispute, EvidenceFile
from portal.api.attachments import decoded, in_base64
from portal.api.endpoint import Api, Created, File
from portal.api.types import Body
from portal.domain.attachments import NAME_MOST, OF_CASES
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.disputes import attachments as queries
from portal.queries.disputes import files
from portal.requests import uploads
from portal.services.disputes import attachments

bp = Api("evidence", __name__, tag="Disputes")
IN_BASE64 = in_base64(OF_CASES.most_bytes)
uploads.make_room(bp, IN_BASE64)


class EvidenceBody(Body):
    """A PDF, PNG or JPEG image or Word document (.docx) without macros, at most 10 MiB, encoded in base64."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_MOST)]
    content: Annotated[str, Field(min_length=1, max_length=IN_BASE64)]


@bp.changes(
    "/disputes/<uuid:dispute_id>/attachments",
    EvidenceFile,
    Permission.DISPUTE_OPEN,
    "ATTACHED_BEFORE",
    "TOO_MANY_ATTACHMENTS",
    "NOT_ASKED",
    "WRONG_STATE",
    names={"file": "content"},
)
def attach_evidence(dispute_id: uuid.UUID, body: EvidenceBody) -> Created:
    """Attach a file to a dispute for both sides to read; under review, only if the platform has asked for files."""
    actor = current_actor()
    id = attachments.attach(dispute_id, actor=actor, name=body.name, content=decoded(body.content))
    file = next(one for one in queries.of_case(dispute_id, viewer=actor) if one.id == id)
    return Created(file, f"/api/disputes/{dispute_id}/attachments/{id}")


@bp.reads(
    "/disputes/<uuid:dispute_id>/attachments/<uuid:evidence_id>", "application/octet-stream", Permission.DISPUTE_VIEW
)
def get_evidence_file(dispute_id: uuid.UUID, evidence_id: uuid.UUID) -> File:
    """Download one of a dispute's files; the download is logged."""
    found = attachments.download(dispute_id, evidence_id, actor=current_actor())
    return File(found.content, found.name)


@bp.changes(
    "/disputes/<uuid:dispute_id>/attachments/ask", Dispute, Permission.DISPUTE_RULE, "WRONG_STATE", "FILES_ASKED"
)
def ask_for_files(dispute_id: uuid.UUID) -> Dispute:
    """Ask both sides for files while a dispute is under review."""
    attachments.ask(dispute_id, actor=current_actor())
    return Dispute.model_validate(files.case_file(dispute_id, viewer=current_actor()))
