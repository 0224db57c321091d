"""Emails about placements, their guarantee and their replacement (domain.md §4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.billing.terms import Terms
from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason
from portal.mailers.mailing import Case, Mailing, asked, collaborators, collaborators_and_admins, own_part
from portal.queries.recipients import Person
from portal.wording import terms

PAGE = "/placements/{placement_id}"


def _activation(case: Case, person: Person) -> Mapping[str, Any]:
    return {
        **own_part(case, person),
        "paid_when": terms.payout(Terms.from_json(case.placement.terms)),
    }


def _failure(case: Case, person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    return {
        **own_part(case, person),
        **_consequence(case, person),
        "reason": FAILURE_REASON_LABELS[FailureReason(payload["failure_reason"])],
        "notes": case.failure_notes,
    }


def _consequence(case: Case, person: Person) -> Mapping[str, str]:
    """Return where the failure lies, and what follows for the money."""
    payload = case.event.payload
    if payload["failure_reason"] == FailureReason.NO_SHOW:
        return {"guarantee": "never started", "money": "Nothing is paid because the candidate never started."}
    if not payload["within_guarantee"]:
        return {"guarantee": "had already ended", "money": "The guarantee had ended, so you keep your share."}
    if _is_named(case, person):
        return {"guarantee": "extended", "money": "You hadn’t agreed to the extension, so you keep your share."}
    more = f"; {case.job.company} can request a replacement" if payload["replacement_eligible"] else ""
    return {
        "guarantee": "active at the time",
        "money": f"Your share won’t be paid out while the guarantee is being settled{more}.",
    }


def _end(case: Case, _person: Person) -> Mapping[str, Any]:
    left = int(case.event.payload["days_left"])
    return {"when": "today" if left == 0 else "in 1 day" if left == 1 else f"in {left} days"}


def _is_named(case: Case, person: Person) -> bool:
    """Return whether the event names a person among its recruiters."""
    named = (case.facts.recruiters.get(uuid.UUID(text)) for text in case.event.payload.get("recruiter_ids", ()))
    return any(one is not None and one.user_id == person.user_id for one in named)


def _extension(case: Case, person: Person) -> Mapping[str, Any]:
    return {
        "is_asked": _is_named(case, person),
        "pays_after": Terms.from_json(case.placement.terms).pays_after_guarantee,
    }


def _correction(case: Case, person: Person) -> Mapping[str, Any]:
    """Return the figures of a hire that changed, before and now, and, for whoever shares in it, their own amounts."""
    payload = case.event.payload
    own = tuple(_own(case, person, payload.get(name) or ()) for name in ("shares_before", "shares"))
    return {
        "salary": _if_changed(payload["salary_before_minor"], payload["salary_minor"]),
        "fee": _if_changed(payload["fee_before_minor"], payload["fee_minor"]),
        "own": None if own[1] is None else _if_changed(*own),
        "reason": case.reason,
    }


def _if_changed(before: int | None, now: int | None) -> tuple[int | None, int | None] | None:
    return None if before == now else (before, now)


def _own(case: Case, person: Person, rows: Iterable[Any]) -> int | None:
    mine = [row[3] for row in rows if case.facts.recruiters[uuid.UUID(row[0])].user_id == person.user_id]
    return sum(mine) if mine else None


def _undone(case: Case, _person: Person) -> Mapping[str, Any]:
    is_hire = case.event.payload["what"] == "hire"
    return {"is_hire": is_hire, "step": "Hire" if is_hire else "No-show report"}


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
        "Placement activated: {candidate}",
        PAGE,
        _activation,
    ),
    Mailing(
        "placement_completed",
        collaborators,
        "Placement completed: {amount} for {candidate}",
        PAGE,
        own_part,
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
    ),
    Mailing(
        "correction_proposed",
        asked,
        "Approve hire correction: {candidate}",
        "/placements/{placement_id}/amendments",
        _correction,
    ),
    Mailing("placement_corrected", collaborators_and_admins, "Hire corrected: {candidate}", PAGE, _correction),
    Mailing("placement_undone", collaborators_and_admins, "{step} undone: {candidate}", PAGE, _undone),
    Mailing("replacement_linked", _both_teams, "Replacement linked: {candidate}", PAGE),
    Mailing("replacement_unlinked", collaborators, "Replacement no longer linked: {candidate}", PAGE),
)
