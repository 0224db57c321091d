"""Emails about disputes: both sides at each step, and platform admins where they have to act (disputes.md §4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.disputes import SUBJECTS, SubjectType
from portal.domain.permissions import Role
from portal.mailers.mailing import Case, Mailing, platform_admins
from portal.queries.recipients import Person

PAGE = "/disputes/{dispute_id}"
# The subject; what happened; and what follows, whose date is that of the event's clock.
STEPS = {
    "dispute.opened": (
        "Dispute opened",
        "A dispute was opened.",
        "Unless you opened it, submit a statement by",
    ),
    "dispute.answered": (
        "New statement",
        "A party made a statement in a dispute.",
        "Read it on the dispute’s page, where you can reply.",
    ),
    "dispute.attached": ("File attached", "A party attached a file to a dispute.", "View it on the dispute’s page."),
    "dispute.files_asked": (
        "Files requested",
        "The platform requested documents in a dispute.",
        "You can attach more on the dispute’s page until the ruling.",
    ),
    "dispute.due_soon": ("Statement due soon", "Your statement in a dispute is still missing.", "It is due by"),
    "dispute.review_started": (
        "Dispute under review",
        "A dispute is under review: all statements are in, or their deadline has passed.",
        "A platform admin will now decide. The ruling is due by",
    ),
    "dispute.resolved": (
        "Dispute resolved",
        "A platform admin has ruled on a dispute.",
        "The ruling and its reason are on the dispute’s page. Any appeal is due by",
    ),
    "dispute.dismissed": (
        "Dispute decided",
        "A platform admin has ruled on a dispute. What it was about stays as it is.",
        "The ruling and its reason are on the dispute’s page. Any appeal is due by",
    ),
    "dispute.withdrawal_asked": (
        "Withdrawal requested",
        "The party that opened a dispute asked to withdraw it.",
        "The other side has to agree on the dispute’s page.",
    ),
    "dispute.withdrawal_agreed": (
        "Withdrawal agreed",
        "A party agreed to withdraw a dispute.",
        "It ends once every party it was opened against agrees.",
    ),
    "dispute.withdrawn": ("Dispute withdrawn", "A dispute was withdrawn.", "Everything it had frozen is released."),
    "dispute.appealed": (
        "Ruling appealed",
        "A party appealed the ruling in a dispute.",
        "The dispute is under review again. The second ruling is due by",
    ),
    "dispute.appeal_waived": (
        "Ruling accepted",
        "A party accepted the ruling in a dispute.",
        "It takes full effect once every party has accepted it.",
    ),
    "dispute.released": (
        "Dispute settled",
        "A dispute is settled.",
        "It can no longer be appealed, and nothing is frozen anymore.",
    ),
    "dispute.clock_missed": (
        "Deadline missed",
        "A deadline in a dispute was missed.",
        "A statement or ruling is missing. It was due by",
    ),
}
# What follows for platform admins, where it is not what follows for the parties.
DESK = {
    "dispute.opened": "The other side was asked for a statement. It is due by",
    "dispute.review_started": "A platform admin has to decide. The ruling is due by",
    "dispute.appealed": "Another platform admin has to decide, if there is one. The second ruling is due by",
}
FINAL = "The ruling on the appeal is final, and nothing is frozen anymore. It and its reason are on the dispute’s page."
CLOCKS = ("due_at", "appeal_until")


def _parties(case: Case) -> Iterable[Person]:
    """Return the recruiters and the companies' admins on both sides, but for whoever did it."""
    said, facts = case.event.payload, case.facts
    recruiters = [facts.recruiters[uuid.UUID(text)] for text in said["recruiter_ids"]]
    members = [found for text in said["company_ids"] for found in facts.members.get(uuid.UUID(text), ())]
    admins = [person for role, person in members if role == Role.COMPANY_ADMIN]
    return (person for person in (*recruiters, *admins) if person.user_id != case.event.actor_id)


def _is_told(case: Case) -> bool:
    """Return whether no other email tells it: the last ruling and the last acceptance settle a dispute."""
    said = case.event.payload
    return not (said.get("is_appeal") if case.event.type == "dispute.released" else said.get("is_last"))


def _step(case: Case, _person: Person) -> Mapping[str, Any]:
    headline, happened, follows = STEPS[case.event.type]
    if is_final := case.event.payload.get("is_appeal", False):
        follows = FINAL
    clock = None if is_final else next((name for name in CLOCKS if case.event.payload.get(name)), None)
    about = SUBJECTS[SubjectType(case.event.payload["subject_type"])].label
    until = case.said[clock] if clock else None
    return {
        "headline": headline,
        "happened": happened,
        "about": about.lower(),
        "follows": FINAL if is_final else follows,
        "until": until,
    }


def _desk(case: Case, person: Person) -> Mapping[str, Any]:
    said = _step(case, person)
    return {**said, "follows": DESK.get(case.event.type, said["follows"])}


MAILINGS = (
    Mailing("dispute_told", _parties, "{headline}: {about}", PAGE, _step, when=_is_told),
    Mailing("dispute_desk", platform_admins, "{headline}: {about}", PAGE, _desk),
)
