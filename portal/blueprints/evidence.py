"""Files of a case: attach, download, and ask for more."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from portal.domain.attachments import OF_CASES
from portal.domain.disputes import MOST_FILES
from portal.domain.permissions import Permission
from portal.forms.disputes import EvidenceForm
from portal.policy import current_actor, policy
from portal.queries.disputes import disputes as queries
from portal.requests import respond, uploads
from portal.services.disputes import attachments

bp = Blueprint("evidence", __name__, url_prefix="/disputes")
uploads.make_room(bp, OF_CASES.most_bytes)


@bp.route("/<uuid:dispute_id>/attachments/new", methods=["GET", "POST"])
@policy(Permission.DISPUTE_OPEN)
def attach(dispute_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), EvidenceForm()
    case = queries.detail(dispute_id, viewer=actor)

    def again(status: int) -> ResponseReturnValue:
        bounds: dict[str, Any] = {"most": MOST_FILES, "mib": OF_CASES.most_bytes // 1024**2}
        return respond.page("disputes/attach.html", status=status, form=form, d=case, **bounds)

    def command() -> uuid.UUID:
        name, content = form.file.data.filename or "", form.file.data.read()
        return attachments.attach(dispute_id, actor=actor, name=name, content=content)

    return respond.submit(
        form,
        command,
        again=again,
        then=(url_for("disputes.show", dispute_id=dispute_id), "File attached. Both sides can read it."),
        once=True,
    )


@bp.get("/<uuid:dispute_id>/attachments/<uuid:evidence_id>")
@policy(Permission.DISPUTE_VIEW)
def download(dispute_id: uuid.UUID, evidence_id: uuid.UUID) -> ResponseReturnValue:
    found = attachments.download(dispute_id, evidence_id, actor=current_actor())
    return respond.file(found.content, found.name, found.media_type)


@bp.post("/<uuid:dispute_id>/attachments/ask")
@policy(Permission.DISPUTE_RULE)
def ask(dispute_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the parties for files while a case is under review."""
    url = url_for("disputes.show", dispute_id=dispute_id)
    command = partial(attachments.ask, dispute_id, actor=current_actor())
    return respond.press(command, url, "Request sent. The parties have been notified.")
