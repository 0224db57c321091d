"""Interviews as files for calendars: what an email carries and the page offers (ADR 0074)."""

from __future__ import annotations

import uuid

from flask import current_app

from portal.domain.interviews import Outcome
from portal.domain.permissions import Actor
from portal.printing.calendars import Entry, event_file
from portal.queries import interviews
from portal.queries.proposals import detail


def of_interview(interview_id: uuid.UUID, *, viewer: Actor, is_off: bool = False) -> bytes:
    """Return an interview as it is now; `is_off` takes it out of the calendar of whoever takes part no more."""
    line = interviews.interview(interview_id, viewer=viewer)
    p = detail.detail(line.proposal_id, viewer=viewer)
    url = f"{current_app.config['PUBLIC_URL']}/proposals/{p.id}#interviews"
    about = f"{p.candidate_name} for {p.job_title} at {p.company_name}"
    return event_file(
        Entry(
            id=line.id,
            version=line.version,
            written_at=viewer.now,
            starts_at=line.starts_at,
            minutes=line.minutes,
            title=f"{line.stage} interview: {p.candidate_name}, {p.job_title}",
            place=line.place,
            notes="\n".join(filter(None, [about, line.people and f"With {line.people}", url])),
            url=url,
            sender=current_app.config["MAIL_DEFAULT_SENDER"],
            is_off=is_off or line.outcome == Outcome.CANCELLED,
        )
    )
