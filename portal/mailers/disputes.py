"""Mails about disputes: both sides at each step, and platform admins where they have to act (disputes.md §4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.disputes import SUBJECTS, SubjectType
from portal.domain.permissions import Role
from portal.mailers.mailing import Case, Mailing, platform_admins
from portal.queries.recipients import Person

PAGE = "/disputes/{dispute_id}"
# What happened, in the subject; and what follows, in the text, whose date is that of the event's clock.
STEPS = {
    "dispute.opened": ("Dispute opened", "Unless you opened it, your statement is asked for. It is due by"),
    "dispute.answered": ("New statement", "Read it on the page of the case, where you can reply."),
    "dispute.attached": ("File attached", "A party attached a file, which is on the page of the case."),
    "dispute.files_asked": (
        "Files asked for",
        "The platform asks for documents. Until the ruling you can attach more on the page of the case.",
    ),
    "dispute.due_soon": ("Statement due soon", "Your statement is still missing. It is due by"),
    "dispute.review_started": ("Dispute under review", "A platform admin now decides. The ruling is due by"),
    "dispute.resolved": (
        "Dispute resolved",
        "The ruling and its reason are on the page of the case. You can appeal until",
    ),
    "dispute.dismissed": (
        "Dispute dismissed",
        "All stays as it is; the reason is on the page of the case. You can appeal until",
    ),
    "dispute.withdrawal_asked": (
        "Withdrawal asked for",
        "Who opened the dispute would withdraw it. The other side has to agree, on the page of the case.",
    ),
    "dispute.withdrawn": ("Dispute withdrawn", "What it had frozen is free again."),
    "dispute.appealed": ("Ruling appealed", "The case is under review again. The second ruling is due by"),
    "dispute.appeal_waived": (
        "Ruling accepted",
        "A party accepts the ruling. Once every party does, it takes full effect at once.",
    ),
    "dispute.released": ("Dispute settled", "It can no longer be appealed, and nothing is frozen any longer."),
    "dispute.clock_missed": ("Deadline missed", "A statement or ruling is missing. It was due by"),
}
CLOCKS = ("due_at", "appeal_until")


def _parties(case: Case) -> Iterable[Person]:
    """Return the recruiters and the companies' admins on both sides, but for who did it."""
    said, facts = case.event.payload, case.facts
    recruiters = [facts.recruiters[uuid.UUID(text)] for text in said["recruiter_ids"]]
    members = [found for text in said["company_ids"] for found in facts.members.get(uuid.UUID(text), ())]
    admins = [person for role, person in members if role == Role.COMPANY_ADMIN]
    return (person for person in (*recruiters, *admins) if person.user_id != case.event.actor_id)


def _step(case: Case, _person: Person) -> Mapping[str, Any]:
    headline, follows = STEPS[case.event.type]
    clock = next((name for name in CLOCKS if case.event.payload.get(name)), None)
    about = SUBJECTS[SubjectType(case.event.payload["subject_type"])].label
    until = case.at(clock) if clock else None
    return {"headline": headline, "about": about.lower(), "follows": follows, "until": until}


MAILINGS = (
    Mailing("dispute_told", _parties, "{headline}: {about}", PAGE, _step),
    Mailing("dispute_desk", platform_admins, "{headline}: {about}", PAGE, _step),
)
