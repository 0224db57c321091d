"""Mails about placements, their guarantee and their replacement (domain.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason
from portal.mailers.mailing import Case, Mailing, collaborators, collaborators_and_admins, own_part
from portal.mailers.rendering import amount
from portal.queries.recipients import Person

PAGE = "/placements/{placement_id}"


def _activation(case: Case, person: Person) -> Mapping[str, Any]:
    return {
        **own_part(case, person),
        "zone": case.placement.time_zone,
        "start_date": case.day("start_date"),
        "end_date": case.day("guarantee_end_date"),
        "days": case.event.payload["guarantee_days"],
    }


def _completion(case: Case, person: Person) -> Mapping[str, Any]:
    part = own_part(case, person)
    return {**part, "amount": amount(part["amount_minor"], part["currency"])}


def _failure(case: Case, person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    return {
        **own_part(case, person),
        **_consequence(case),
        "reason": FAILURE_REASON_LABELS[FailureReason(payload["failure_reason"])],
        "notes": case.placement.failure_notes,
    }


def _consequence(case: Case) -> Mapping[str, str]:
    """Return where the failure lies, and what follows for the money."""
    payload = case.event.payload
    if payload["failure_reason"] == FailureReason.NO_SHOW:
        return {"guarantee": "never began", "money": "Nothing is paid for a placement that never began."}
    if not payload["within_guarantee"]:
        return {"guarantee": "was over already", "money": "The guarantee was over, so your share stays yours."}
    more = f"; {case.job.company} may ask for a replacement" if payload["replacement_eligible"] else ""
    return {
        "guarantee": "failed inside it",
        "money": f"Your share is not paid out while the guarantee is settled{more}.",
    }


def _end(case: Case, _person: Person) -> Mapping[str, Any]:
    left = int(case.event.payload["days_left"])
    when = "today" if left == 0 else "in 1 day" if left == 1 else f"in {left} days"
    return {"when": when, "zone": case.placement.time_zone, "end_date": case.day("guarantee_end_date")}


def _extension(case: Case, _person: Person) -> Mapping[str, Any]:
    days = {"days": case.event.payload["additional_days"]}
    return {
        **days,
        "zone": case.placement.time_zone,
        "old_end": case.day("old_end_date"),
        "end_date": case.day("guarantee_end_date"),
    }


def _request(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"deadline": case.day("replacement_deadline"), "zone": case.placement.time_zone}


def _both_teams(case: Case) -> Iterable[Person]:
    """Return the team of the failed placement and the team of the one in its place."""
    other = case.event.uuid("replacement_placement_id")
    assert other is not None
    teams = (*case.team_of(case.sheet), *case.team_of(case.sheet_then(other)))
    return {part.person.user_id: part.person for part in teams}.values()


MAILINGS = (
    Mailing(
        "placement_activated",
        collaborators,
        "Placement active: {candidate} started",
        PAGE,
        _activation,
    ),
    Mailing(
        "placement_completed",
        collaborators,
        "Placement completed: {candidate} – {amount}",
        PAGE,
        _completion,
    ),
    Mailing("placement_failed", collaborators, "Placement failed: {candidate}", PAGE, _failure),
    Mailing(
        "guarantee_expiring",
        collaborators_and_admins,
        "Guarantee ends {when}: {candidate}",
        PAGE,
        _end,
    ),
    Mailing("guarantee_extended", collaborators, "Guarantee extended: {candidate}", PAGE, _extension),
    Mailing(
        "replacement_requested",
        collaborators,
        "Replacement requested: {candidate}",
        PAGE,
        _request,
    ),
    Mailing("replacement_linked", _both_teams, "Replacement linked: {candidate}", PAGE),
)
