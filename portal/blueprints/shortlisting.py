"""Several proposals put on their shortlists at once, or taken off: from a job's page and from the list."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from flask import request
from flask.typing import ResponseReturnValue

from portal.forms.figures import read_id
from portal.forms.jobs import ChosenForm
from portal.policy import current_actor
from portal.requests import respond
from portal.services import shortlists
from portal.wording.writing import plural

CHOSEN: dict[str, tuple[Callable[..., int], str]] = {
    "shortlist": (shortlists.extend, "added to the shortlist"),
    "unlist": (shortlists.cut, "removed from the shortlist"),
}


def answer(form: ChosenForm, page: str, *, again: Callable[[int], ResponseReturnValue]) -> ResponseReturnValue:
    """Do with the chosen proposals what the button says, and lead back to where they were chosen."""
    command, said = CHOSEN.get(form.do.data or "", CHOSEN["shortlist"])
    chosen = read_ids(request.form.getlist("p"))
    return respond.submit(
        form,
        lambda: command(chosen, actor=current_actor()),
        again=again,
        then=lambda count: respond.done(page, f"{plural(count, 'proposal')} {said}."),
    )


def read_ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Return those of these texts that are ids."""
    return [id for id in map(read_id, texts) if id is not None]
