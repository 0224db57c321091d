"""Emails about interviews (domain.md §3): to the recruiter, who reads what is shared and never what is internal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from portal.domain.interviews import OUTCOME_LABELS, Outcome
from portal.domain.permissions import Actor
from portal.mailers.mailing import Attached, Audience, Case, Mailing, deciders, recruiter
from portal.printing.calendars import MEDIA_TYPE
from portal.queries import event_files
from portal.queries.recipients import Happened, Person

PAGE = "/proposals/{proposal_id}#interviews"


def _feedback(case: Case, _person: Person) -> Mapping[str, Any]:
    """Return what the recruiter reads of a result; facts hold shared notes only."""
    note_id, outcome = case.event.uuid("note_id"), case.event.payload.get("outcome")
    said = case.facts.interview_notes.get(note_id, "") if note_id else ""
    label = OUTCOME_LABELS[Outcome(outcome)] if outcome else ""
    return {"outcome": label, "notes": said}


def _is_cancelled(case: Case) -> bool:
    """Return whether it is cancelled; events of before that was an email of its own lack the time."""
    return case.event.payload["outcome"] == Outcome.CANCELLED and bool(case.event.payload.get("starts_at"))


def _is_held(case: Case) -> bool:
    return not _is_cancelled(case)


def _people(name: str) -> Audience:
    """Return those of the company whom an event names, but for whoever did it; who has left the company is not told."""

    def named(case: Case) -> Iterable[Person]:
        ids = set(case.event.payload.get(name) or ()) - {str(case.event.actor_id)}
        return (person for person in deciders(case) if str(person.user_id) in ids)

    return named


def _recruiter_and_who_stays(case: Case) -> Iterable[Person]:
    """Return the recruiter and who takes part as before; if one of them left, also who has to find another."""
    scheduled_by = case.said["scheduled_by"]
    mine = (person for person in deciders(case) if str(person.user_id) == scheduled_by != str(case.event.actor_id))
    return (*_recruiter_and_people(case), *mine)


def _recruiter_and_people(case: Case) -> Iterable[Person]:
    return (*recruiter(case), *_people("participant_ids")(case))


def _removed(case: Case) -> Iterable[Person]:
    return _people("removed_ids")(case)


def _new_people(case: Case) -> Iterable[Person]:
    """Return who is new among the participants: at first everybody, later those who were added."""
    return _people("added_ids" if "added_ids" in case.event.payload else "participant_ids")(case)


def _entry(event: Happened, actor: Actor, *, is_off: bool = False) -> Attached:
    """Return the interview for a calendar as it is when the email is sent: an older one must not win over a newer."""
    interview_id: Any = event.uuid("interview_id")
    file = event_files.of_interview(interview_id, viewer=actor, is_off=is_off)
    return Attached("interview.ics", MEDIA_TYPE, file)


_gone = partial(_entry, is_off=True)

MAILINGS = (
    Mailing("interview_scheduled", recruiter, "Interview: {candidate} for {job}", PAGE, attached=_entry),
    Mailing(
        "interview_attended",
        _new_people,
        "You are interviewing {candidate} for {job}",
        PAGE,
        attached=_entry,
    ),
    Mailing(
        "interview_changed",
        _recruiter_and_who_stays,
        "Interview changed: {candidate} for {job}",
        PAGE,
        attached=_entry,
    ),
    Mailing(
        "interview_left",
        _removed,
        "Removed from an interview: {candidate} for {job}",
        PAGE,
        attached=_gone,
    ),
    Mailing("interview_recorded", recruiter, "Interview result: {candidate} for {job}", PAGE, _feedback, when=_is_held),
    Mailing(
        "interview_cancelled",
        _recruiter_and_people,
        "Interview canceled: {candidate} for {job}",
        PAGE,
        _feedback,
        when=_is_cancelled,
        attached=_entry,
    ),
    Mailing("interview_noted", recruiter, "Interview feedback: {candidate} for {job}", PAGE, _feedback),
)
