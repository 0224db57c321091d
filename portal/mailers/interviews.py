"""Mails about interviews (domain.md §3): to the recruiter, who reads what is shared and never what is internal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.interviews import OUTCOME_LABELS, Outcome
from portal.mailers.mailing import Case, Mailing, recruiter
from portal.queries.recipients import Person

PAGE = "/proposals/{proposal_id}#interviews"


def _appointment(case: Case, _person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    return {"stage": payload["stage"], "starts_at": case.at("starts_at"), "minutes": payload["minutes"]}


def _feedback(case: Case, _person: Person) -> Mapping[str, Any]:
    """Return what the recruiter reads of a result; facts hold shared notes only."""
    note_id, outcome = case.event.uuid("note_id"), case.event.payload.get("outcome")
    said = case.facts.interview_notes.get(note_id, "") if note_id else ""
    label = OUTCOME_LABELS[Outcome(outcome)] if outcome else ""
    return {"stage": case.event.payload["stage"], "outcome": label, "notes": said}


def _has_moved(case: Case) -> bool:
    """Return whether stage or time changed; with whom and where it is, is the company's matter."""
    return bool(case.event.payload["moved"])


MAILINGS = (
    Mailing("interview_scheduled", recruiter, "Interview: {candidate} for {job}", PAGE, _appointment),
    Mailing(
        "interview_changed", recruiter, "Interview moved: {candidate} for {job}", PAGE, _appointment, when=_has_moved
    ),
    Mailing("interview_recorded", recruiter, "Interview result: {candidate} for {job}", PAGE, _feedback),
    Mailing("interview_noted", recruiter, "Interview feedback: {candidate} for {job}", PAGE, _feedback),
)
