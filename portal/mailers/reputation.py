"""Emails about appeals against what counts in a score (domain.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.domain.reputation import CONTESTED
from portal.mailers.mailing import Case, Mailing, platform_admins, recruiter
from portal.queries.recipients import Person

PAGE = "/recruiters/appeals/{appeal_id}"
RULED = {"excluded": "excluded from your score", "kept": "kept in your score"}


def _appeal(case: Case, _person: Person) -> Mapping[str, Any]:
    """Return what was contested and why; a rating as such, for stars and rater are no matter for an email."""
    appeal_id = case.event.uuid("appeal_id")
    assert appeal_id is not None
    appeal = case.facts.appeals[appeal_id]
    said = {"recruiter": case.recruiter.name, "contested": CONTESTED[appeal.kind], "reason": appeal.reason}
    return {**said, "ruling": appeal.ruling, "ruled": RULED.get(case.event.payload["step"], "")}


def _is_opened(case: Case) -> bool:
    return bool(case.event.payload["step"] == "opened")


def _is_ruled(case: Case) -> bool:
    return not _is_opened(case)


MAILINGS = (
    Mailing(
        "appeal_opened",
        platform_admins,
        "{recruiter} appealed {contested}",
        PAGE,
        _appeal,
        when=_is_opened,
    ),
    Mailing(
        "appeal_ruled",
        recruiter,
        "Appeal decided: {contested} is {ruled}",
        PAGE,
        _appeal,
        when=_is_ruled,
    ),
)
