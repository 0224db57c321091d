"""Files of a candidate: attach, download, remove."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.attachments import MOST, MOST_BYTES
from portal.domain.permissions import Permission
from portal.forms.candidates import AttachmentForm
from portal.policy import current_actor, policy
from portal.queries.candidates import attachments as queries
from portal.queries.candidates import candidates
from portal.requests import respond, uploads
from portal.services.candidates import attachments

bp = Blueprint("attachments", __name__)
uploads.make_room(bp, MOST_BYTES)


@bp.route("/candidates/<uuid:candidate_id>/attachments/new", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_EDIT)
def new(candidate_id: uuid.UUID) -> ResponseReturnValue:
    actor, form = current_actor(), AttachmentForm()
    candidate = candidates.detail(actor, candidate_id)

    def again(status: int) -> ResponseReturnValue:
        bounds: dict[str, Any] = {"most": MOST, "mib": MOST_BYTES // 1024**2}
        return respond.page("candidates/attach.html", status=status, form=form, candidate=candidate, **bounds)

    def command() -> uuid.UUID:
        name, content = form.file.data.filename or "", form.file.data.read()
        return attachments.attach(candidate_id, actor=actor, kind=form.kind.data, name=name, content=content)

    return respond.submit(
        form,
        command,
        again=again,
        then=(url_for("candidates.detail", candidate_id=candidate_id), "File attached."),
        once=True,
    )


@bp.get("/candidates/<uuid:candidate_id>/attachments/<uuid:attachment_id>")
@policy(Permission.CANDIDATE_VIEW)
def download(candidate_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    found = attachments.download(candidate_id, attachment_id, actor=current_actor())
    return respond.file(found.content, found.name, found.media_type)


@bp.route("/candidates/<uuid:candidate_id>/attachments/<uuid:attachment_id>/remove", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_EDIT)
def remove(candidate_id: uuid.UUID, attachment_id: uuid.UUID) -> ResponseReturnValue:
    actor = current_actor()
    if request.method != "POST":
        candidate = candidates.detail(actor, candidate_id)
        file = queries.line(candidate_id, attachment_id, viewer=actor)
        return respond.page("candidates/remove_attachment.html", candidate=candidate, file=file)
    url = url_for("candidates.detail", candidate_id=candidate_id)
    command = partial(attachments.remove, candidate_id, attachment_id, actor=actor)
    return respond.press(command, url, "File removed.", once=True)
