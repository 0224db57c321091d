"""Mails about the team of a placement and its split sheet (domain.md §5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.collaboration import ROLE_LABELS, CollaboratorRole
from portal.mailers.mailing import Case, Mailing, collaborators, own_part, recruiter
from portal.queries.recipients import Person

PAGE = "/placements/{placement_id}"


def _joined(case: Case, _person: Person) -> Mapping[str, Any]:
    payload = case.event.payload
    return {
        "role": ROLE_LABELS[CollaboratorRole(payload["role"])],
        "split_bp": payload["split_bp"],
        "amount_minor": payload["amount_minor"],
        "currency": payload["currency"],
    }


def _sheet(case: Case, person: Person) -> Mapping[str, Any]:
    return {
        **own_part(case, person),
        "currency": case.placement.currency,
        "version": case.event.payload["version"],
        "how": "by a platform admin" if case.event.payload.get("forced") else "as everybody concerned agreed",
    }


def _amendment(case: Case, person: Person) -> Mapping[str, Any]:
    amendment_id = case.event.uuid("amendment_id")
    reason = case.facts.amendments.get(amendment_id, "") if amendment_id else ""
    return {**own_part(case, person), "currency": case.placement.currency, "reason": reason}


def _asked(case: Case) -> Iterable[Person]:
    """Tell those whose answer the amendment waits for."""
    return (case.facts.recruiters[uuid.UUID(text)] for text in case.event.payload["recruiter_ids"])


def _after_the_first(case: Case) -> bool:
    """Tell of changes; the first sheet of a hire is told by `collaborator_added`."""
    return bool(case.event.payload["version"] > 1)


MAILINGS = (
    Mailing(
        "collaborator_added",
        recruiter,
        "Added to the team: {candidate} at {company}",
        PAGE,
        _joined,
    ),
    Mailing(
        "splits_changed",
        collaborators,
        "Splits changed: {candidate}",
        PAGE,
        _sheet,
        when=_after_the_first,
    ),
    Mailing(
        "amendment_proposed",
        _asked,
        "Your agreement is asked: splits of {candidate}",
        PAGE,
        _amendment,
    ),
    Mailing("splits_amended", collaborators, "Splits amended: {candidate}", PAGE, _sheet),
)
