"""Emails about the sourcing credit (domain.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.ownership import SOURCE_METHOD_LABELS, SourceMethod
from portal.mailers.mailing import Case, Mailing, owner, recruiter
from portal.queries.recipients import Person
from portal.wording.writing import plural

CONTEST = "/disputes/new?subject=candidate&subject_id={candidate_id}"


def _claim(case: Case, _person: Person) -> Mapping[str, Any]:
    return {**_protection(case), "method": SOURCE_METHOD_LABELS[SourceMethod(case.event.payload["source_method"])]}


def _protection(case: Case) -> Mapping[str, Any]:
    return {"days": (case.said["protection_expires_at"] - case.event.at).days}


def _claims_alone(case: Case) -> bool:
    """Return whether a claim gets an email of its own; those of an import share one."""
    return not case.event.payload.get("import_id")


def _claims_some(case: Case) -> bool:
    return bool(case.event.payload.get("protection_expires_at"))


def _imported(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"count": plural(case.event.payload["claimed"], "candidate"), **_protection(case)}


def _conflict(case: Case, _person: Person) -> Mapping[str, Any]:
    attempt = "log outreach to" if case.event.payload["attempt"] == "outreach" else "claim"
    return {"challenger": case.recruiter.name, "attempt": attempt}


def _inheritance(case: Case, _person: Person) -> Mapping[str, Any]:
    former = case.event.uuid("former_recruiter_id")
    assert former is not None
    return {"former": case.facts.recruiters[former].name}


def _holders(case: Case) -> Iterable[Person]:
    """Send it to the recruiter whose claim it is about, if there was one, and to who has a part of it."""
    held = (case.event.uuid(name) for name in ("recruiter_id", "shared_with_recruiter_id"))
    return (case.facts.recruiters[who] for who in held if who)


def _held(case: Case, person: Person) -> Mapping[str, Any]:
    owns = case.event.recruiter_id and case.recruiter.user_id == person.user_id
    return {"held": "claim" if owns else "part of the sourcing credit", "owns": owns}


def _part_holder(case: Case) -> Iterable[Person]:
    """Send it to whoever had a part of the claim that ended, by a ruling."""
    holder = case.event.uuid("shared_with_recruiter_id")
    return (case.facts.recruiters[holder],) if holder else ()


MAILINGS = (
    # Whoever has but a part may not see the candidate either.
    Mailing(
        "claim_part_ended", _part_holder, "Your part of a sourcing credit has ended: {candidate}", "/candidates/check"
    ),
    Mailing("candidate_merged", _holders, "Merged with another record: {candidate}", CONTEST, _held),
    Mailing(
        "candidate_separated",
        _holders,
        "Your {held} is active again: {candidate}",
        "/candidates/{candidate_id}",
        _held,
    ),
    Mailing(
        "candidate_sourced",
        recruiter,
        "You claimed {candidate}",
        "/candidates/{candidate_id}",
        _claim,
        when=_claims_alone,
    ),
    Mailing(
        "candidates_imported",
        recruiter,
        "You claimed {count} with an import",
        "/candidates/import",
        _imported,
        when=_claims_some,
    ),
    Mailing(
        "ownership_conflict",
        owner,
        "Ownership conflict: {candidate}",
        "/candidates/{candidate_id}",
        _conflict,
    ),
    # The challenger may not see the candidate, so the link leads to the blind check.
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
    ),
    Mailing(
        "handed_over",
        recruiter,
        "You’ve taken over from {former}",
        "/",
        _inheritance,
    ),
)
