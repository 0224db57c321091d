"""Emails about the team of a placement and its split sheet (domain.md §5)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.collaboration import ROLE_LABELS, CollaboratorRole
from portal.mailers.mailing import Case, Mailing, asked, collaborators_and_admins, own_part, recruiter
from portal.queries.recipients import Person

PAGE = "/placements/{placement_id}"


def _joined(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"role": ROLE_LABELS[CollaboratorRole(case.event.payload["role"])]}


def _of_both_sheets(case: Case) -> Iterable[Person]:
    """Return those of the new sheet, and those whom it no longer names."""
    rows = [*case.event.payload["shares"], *case.event.payload["shares_before"]]
    return {row[0]: case.facts.recruiters[uuid.UUID(row[0])] for row in rows}.values()


def _sheet(case: Case, person: Person) -> Mapping[str, Any]:
    """Return the figures of the event, and what made the version that it names."""
    how = "by a platform admin" if case.event.payload.get("forced") else "after everyone affected approved"
    return {**_shares(case, person), "how": how}


def _shares(case: Case, person: Person) -> dict[str, Any]:
    """Return what the event says, whatever became of the sheet since."""
    old, new = ({(row[0], row[1]): row for row in case.event.payload[name]} for name in ("shares_before", "shares"))
    people = case.facts.recruiters
    mine = [row for row in new.values() if people[uuid.UUID(row[0])].user_id == person.user_id]
    rows = [
        (
            people[uuid.UUID(key[0])].name,
            ROLE_LABELS[CollaboratorRole(key[1])],
            old[key][2] if key in old else None,
            new[key][2] if key in new else None,
            new[key][3] if key in new else None,
        )
        for key in {**old, **new}
    ]
    return {
        "roles": " and ".join(ROLE_LABELS[CollaboratorRole(row[1])] for row in mine),
        "split_bp": sum(row[2] for row in mine),
        "amount_minor": sum(row[3] for row in mine),
        "rows": rows,
        "currency": case.sheet.currency,
    }


def _amendment(case: Case, person: Person) -> Mapping[str, Any]:
    """Return a person's share as it is and as it would be; an event of an earlier release says only what it is."""
    would_be = _shares(case, person) if case.event.payload.get("shares") else None
    return {**own_part(case, person), "would_be": would_be, "reason": case.reason}


def _the_others(case: Case) -> Iterable[Person]:
    """Return the team, the company's admins and whoever proposed it, but for whoever acted.

    A proposer who is none of them is a platform admin, was on the sheet, or has left the company and is not told.
    """
    sheets = case.facts.sheets[case.event.placement_id] if case.event.placement_id else ()
    had = (case.facts.recruiters[line[0]] for sheet in sheets for line in sheet.lines)
    proposer_id = case.event.uuid("proposer_id")
    proposer = [person for person in (*case.facts.platform_admins, *had) if person.user_id == proposer_id]
    concerned = {person.user_id: person for person in (*collaborators_and_admins(case), *proposer)}
    return (person for person in concerned.values() if person.user_id != case.event.actor_id)


def _is_declined(case: Case) -> bool:
    return not case.event.payload["agreed"]


def _after_the_first(case: Case) -> bool:
    """Return whether a sheet is a change; the first sheet of a hire is told by `collaborator_added`."""
    return bool(case.event.payload["version"] > 1)


MAILINGS = (
    Mailing(
        "collaborator_added",
        recruiter,
        "Added as {role}: {candidate} at {company}",
        PAGE,
        _joined,
    ),
    Mailing(
        "splits_changed",
        _of_both_sheets,
        "Split changed: {candidate}",
        PAGE,
        _sheet,
        when=_after_the_first,
    ),
    Mailing(
        "amendment_proposed",
        asked,
        "Approve split change: {candidate}",
        PAGE,
        _amendment,
    ),
    Mailing(
        "amendment_declined",
        _the_others,
        "Change declined: {candidate}",
        "/placements/{placement_id}/amendments",
        when=_is_declined,
    ),
    Mailing("splits_amended", _of_both_sheets, "Split change applied: {candidate}", PAGE, _sheet),
)
