"""Emails about proposals and their questions (domain.md §3); before it accepts, a company reads initials only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.proposals import DECLINE_REASON_LABELS, DeclineReason
from portal.mailers.mailing import Case, Mailing, decider, deciders, recruiter
from portal.queries.recipients import Person

PAGE = "/proposals/{proposal_id}"
CAUSES = {
    "recruiter": "The recruiter withdrew it.",
    "platform": "The platform withdrew it.",
    "job_closed": "The job has been filled or closed.",
    "hired_elsewhere": "The candidate was hired for another job.",
    "recruiter_left": "The recruiter left the portal.",
}


def _notes(case: Case) -> str:
    proposal = case.facts.proposals.get(case.event.proposal_id) if case.event.proposal_id else None
    return proposal.notes if proposal else ""


def _decision(case: Case, _person: Person) -> Mapping[str, Any]:
    reason = case.event.payload.get("decline_reason")
    return {"notes": _notes(case), "reason": DECLINE_REASON_LABELS[DeclineReason(reason)] if reason else ""}


def _deadline(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"recruiter": case.recruiter.name}


def _withdrawal(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"cause": CAUSES[case.event.payload["cause"]], "recruiter": case.recruiter.name}


def _ended(case: Case, person: Person) -> Mapping[str, Any]:
    """Return an admin's notes too, which may name the candidate; all others only repeat the cause."""
    return {**_withdrawal(case, person), "notes": _notes(case) if case.event.payload["cause"] == "platform" else ""}


def _question(case: Case, person: Person) -> Mapping[str, Any]:
    text, asked_by = case.facts.questions[_question_id(case)]
    return {"question": text, "recruiter": case.recruiter.name, "is_own": person.user_id == asked_by}


def _question_id(case: Case) -> Any:
    return case.event.uuid("question_id")


def _asker(case: Case) -> Iterable[Person]:
    _text, asked_by = case.facts.questions[_question_id(case)]
    return decider(case, asked_by)


def _receiver(case: Case) -> Iterable[Person]:
    return (person for person in deciders(case) if person.user_id == case.event.user_id)


def _giver(case: Case) -> Iterable[Person]:
    return decider(case, case.event.user_id)


def _to_another(case: Case) -> bool:
    """Return whether somebody was handed it, and did not take it."""
    return case.event.actor_id != case.event.user_id


def _handed_back(case: Case, person: Person) -> Mapping[str, Any]:
    former = case.facts.users.get(case.event.uuid("former_user_id") or case.event.actor_id)
    return {"former": former.name if former else "A colleague", "is_own": person.user_id == case.event.user_id}


def _by_another(case: Case) -> bool:
    """Return whether somebody else than the recruiter did it."""
    return bool(case.event.payload["cause"] != "recruiter")


def _not_by_the_company(case: Case) -> bool:
    """Return whether the company did not cause it by closing the job."""
    return bool(case.event.payload["cause"] != "job_closed")


MAILINGS = (
    Mailing(
        "proposal_created",
        deciders,
        "New proposal: {candidate} for {job}",
        PAGE,
        _deadline,
    ),
    Mailing(
        "proposal_expiring",
        deciders,
        "24 hours left to decide: {candidate} for {job}",
        PAGE,
        _deadline,
    ),
    Mailing("proposal_accepted", recruiter, "Proposal accepted: {candidate} for {job}", PAGE, _decision),
    Mailing("proposal_declined", recruiter, "Proposal declined: {candidate} for {job}", PAGE, _decision),
    Mailing("proposal_timeout", recruiter, "Proposal expired: {candidate} for {job}", PAGE, _deadline),
    Mailing(
        "proposal_withdrawn",
        deciders,
        "Proposal withdrawn: {candidate} for {job}",
        PAGE,
        _withdrawal,
        when=_not_by_the_company,
    ),
    Mailing(
        "proposal_ended",
        recruiter,
        "Proposal withdrawn: {candidate} for {job}",
        PAGE,
        _ended,
        when=_by_another,
    ),
    Mailing(
        "proposal_delegated",
        _receiver,
        "Yours to decide: {candidate} for {job}",
        "/proposals?sel={proposal_id}",
        when=_to_another,
    ),
    Mailing(
        "proposal_handed_back",
        _giver,
        "Handed back: {candidate} for {job}",
        "/proposals?sel={proposal_id}",
        _handed_back,
        when=_to_another,
    ),
    Mailing("question_asked", recruiter, "Question about {candidate} for {job}", PAGE, _question),
    Mailing(
        "question_answered",
        _asker,
        "Question answered: {candidate} for {job}",
        PAGE,
        _question,
    ),
)
