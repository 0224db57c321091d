"""Emails about the sourcing credit (domain.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.ownership import SOURCE_METHOD_LABELS, SourceMethod
from portal.mailers.mailing import Case, Mailing, owner, recruiter
from portal.queries.recipients import Person

PASSED_ON = ("claims", "proposals", "placements")
CONTEST = "/disputes/new?subject=candidate&subject_id={candidate_id}"


def _claim(case: Case, _person: Person) -> Mapping[str, Any]:
    until = case.at("protection_expires_at")
    return {
        "method": SOURCE_METHOD_LABELS[SourceMethod(case.event.payload["source_method"])],
        "until": until,
        "days": (until - case.event.at).days,
    }


def _conflict(case: Case, _person: Person) -> Mapping[str, Any]:
    attempt = "log outreach to" if case.event.payload["attempt"] == "outreach" else "claim"
    return {"until": case.at("protection_expires_at"), "challenger": case.recruiter.name, "attempt": attempt}


def _expiry(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"until": case.at("protection_expires_at"), "days": case.event.payload["days"]}


def _inheritance(case: Case, _person: Person) -> Mapping[str, Any]:
    former = case.event.uuid("former_recruiter_id")
    assert former is not None
    return {"former": case.facts.recruiters[former].name, **{name: case.event.payload[name] for name in PASSED_ON}}


def _decision(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"reason": case.event.payload["reason"]}


def _claimant(case: Case) -> Iterable[Person]:
    """Tell the recruiter whose claim it is about, where there was one."""
    return recruiter(case) if case.event.payload["recruiter_id"] else ()


MAILINGS = (
    Mailing("candidate_merged", _claimant, "Merged with another record: {candidate}", CONTEST, _decision),
    Mailing(
        "candidate_separated",
        _claimant,
        "Your claim is active again: {candidate}",
        "/candidates/{candidate_id}",
        _decision,
    ),
    Mailing(
        "candidate_sourced",
        recruiter,
        "You claimed {candidate}",
        "/candidates/{candidate_id}",
        _claim,
    ),
    Mailing(
        "ownership_conflict",
        owner,
        "Ownership conflict: {candidate}",
        "/candidates/{candidate_id}",
        _conflict,
    ),
    # The challenger may not see the candidate: the link leads to where one checks who is protected, and until when.
    Mailing(
        "ownership_refused",
        recruiter,
        "Already claimed: {candidate}",
        "/candidates/check",
        _conflict,
    ),
    Mailing(
        "ownership_expiring",
        recruiter,
        "Claim expires in {days} days: {candidate}",
        "/candidates/{candidate_id}",
        _expiry,
    ),
    Mailing(
        "handed_over",
        recruiter,
        "You’ve taken over from {former}",
        "/",
        _inheritance,
    ),
)
