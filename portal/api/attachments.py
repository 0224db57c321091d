"""Files of candidates: list, attach, download, remove."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Annotated

from pydantic import Field

from portal.answers.candidates import Attachment, Attachments
from portal.api.endpoint import Api, Created, File
from portal.api.types import Body
from portal.domain.attachments import MOST_BYTES, NAME_MOST, AttachmentKind
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.policy import current_actor
from portal.queries.candidates import attachments as queries
from portal.requests import uploads
from portal.services.candidates import attachments

bp = Api("attachments", __name__, tag="Candidates")
CONFLICTS = ("CANDIDATE_PROTECTED",)


def in_base64(size: int) -> int:
    """Return how many characters a file of so many bytes takes in base64."""
    return (size + 2) // 3 * 4


IN_BASE64 = in_base64(MOST_BYTES)
uploads.make_room(bp, IN_BASE64)


class AttachmentBody(Body):
    """A PDF or Word document (.docx) without macros, at most 4 MiB, encoded in base64."""

    kind: AttachmentKind
    name: Annotated[str, Field(min_length=1, max_length=NAME_MOST)]
    content: Annotated[str, Field(min_length=1, max_length=IN_BASE64)]


def decoded(content: str) -> bytes:
    """Return a file that came in base64."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput.field("content", "Encode the file in base64.") from error


@bp.reads("/candidates/<uuid:candidate_id>/attachments", Attachments, Permission.CANDIDATE_VIEW)
def list_attachments(candidate_id: uuid.UUID) -> object:
    """List a candidate's files; companies can do so once they have accepted the candidate."""
    return Attachments.of(None, attachments=queries.of_candidate(candidate_id, viewer=current_actor()))


@bp.changes(
    "/candidates/<uuid:candidate_id>/attachments",
    Attachment,
    Permission.CANDIDATE_EDIT,
    "ATTACHED_BEFORE",
    "TOO_MANY_ATTACHMENTS",
    *CONFLICTS,
    names={"file": "content"},
)
def attach(candidate_id: uuid.UUID, body: AttachmentBody) -> Created:
    """Attach a file to a candidate; it is scanned for viruses if a scanner is configured."""
    actor = current_actor()
    id = attachments.attach(candidate_id, actor=actor, kind=body.kind, name=body.name, content=decoded(body.content))
    line = queries.line(candidate_id, id, viewer=actor)
    return Created(line, f"/api/candidates/{candidate_id}/attachments/{id}")


@bp.reads(
    "/candidates/<uuid:candidate_id>/attachments/<uuid:attachment_id>",
    "application/octet-stream",
    Permission.CANDIDATE_VIEW,
)
def get_attachment(candidate_id: uuid.UUID, attachment_id: uuid.UUID) -> File:
    """Download one of a candidate's files; the download is logged."""
    found = attachments.download(candidate_id, attachment_id, actor=current_actor())
    return File(found.content, found.name)


@bp.changes(
    "/candidates/<uuid:candidate_id>/attachments/<uuid:attachment_id>/remove",
    None,
    Permission.CANDIDATE_EDIT,
    *CONFLICTS,
)
def remove_attachment(candidate_id: uuid.UUID, attachment_id: uuid.UUID) -> None:
    """Permanently remove one of a candidate's files."""
    attachments.remove(candidate_id, attachment_id, actor=current_actor())
