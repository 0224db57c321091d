"""What an email is made of: its event, its template, its recipients, and what it can say."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.collaboration import ROLE_LABELS, CollaboratorRole
from portal.domain.events import said
from portal.domain.permissions import Actor, Role
from portal.queries.recipients import Facts, Happened, JobFacts, Part, Person, PlacementFacts, Sheet

UNKNOWN = "a candidate"


@dataclass(frozen=True, slots=True)
class Case:
    """One event, with what is known about everything it refers to."""

    event: Happened
    facts: Facts

    @property
    def candidate(self) -> str:
        """Return the candidate's name, which is only for people who `may_name` the candidate."""
        return self.facts.candidates.get(self.event.candidate_id, UNKNOWN) if self.event.candidate_id else UNKNOWN

    def may_name(self, person: Person) -> bool:
        """Return whether a person can read the candidate's name; a company can't until it accepts the proposal.

        Knowing the candidate from another proposal changes nothing, and neither does accepting after the event.
        """
        event = self.event
        known = (event.candidate_id, person.user_id) in self.facts.known
        proposal = self.facts.proposals.get(event.proposal_id) if event.proposal_id else None
        if proposal is None or (proposal.accepted_at is not None and proposal.accepted_at <= event.at):
            return known
        company = self.facts.members.get(proposal.company_id, ())
        return known and all(member.user_id != person.user_id for _role, member in company)

    @property
    def job(self) -> JobFacts:
        return self.facts.jobs[self._id("job_id")]

    @property
    def placement(self) -> PlacementFacts:
        return self.facts.placements[self._id("placement_id")]

    @property
    def failure_notes(self) -> str:
        """Return the notes from when the placement failed this time."""
        return self.facts.failure_notes.get((self._id("placement_id"), self.event.at), "")

    @property
    def sheet(self) -> Sheet:
        """Return the split sheet as it was when the event happened: of the version that the event names."""
        placement_id, version = self._id("placement_id"), self.event.payload.get("split_version")
        named = [sheet for sheet in self.facts.sheets[placement_id] if sheet.version == version]
        return named[0] if named else self.sheet_then(placement_id)

    def sheet_then(self, placement_id: uuid.UUID) -> Sheet:
        """Return the last version of a placement's sheet that was written by the time of the event."""
        written = self.facts.sheets[placement_id]
        return ([sheet for sheet in written if sheet.at <= self.event.at] or written[:1])[-1]

    def team_of(self, sheet: Sheet) -> tuple[Part, ...]:
        """Return each person's part in a sheet; several roles of one person are added up."""
        parts: dict[uuid.UUID, Part] = {}
        for recruiter_id, role, split_bp, amount_minor in sheet.lines:
            person = self.facts.recruiters[recruiter_id]
            had = parts.get(person.user_id) or Part(person, (), 0, 0)
            both = (had.split_bp + split_bp, had.amount_minor + amount_minor)
            parts[person.user_id] = Part(person, (*had.roles, role), *both)
        return tuple(parts.values())

    @property
    def recruiter(self) -> Person:
        return self.facts.recruiters[self._id("recruiter_id")]

    @property
    def by(self) -> str:
        """Return who did it."""
        person = self.facts.users.get(self.event.actor_id)
        return person.name if person and person.reachable else "The portal"

    def part_of(self, person: Person, sheet: Sheet) -> Part:
        """Return a person's own part in a sheet, all roles together."""
        mine = (part for part in self.team_of(sheet) if part.person.user_id == person.user_id)
        return next(mine, Part(person, (), 0, 0))

    @property
    def reason(self) -> str:
        """Return why an amendment or a correction was proposed."""
        amendment_id = self.event.uuid("amendment_id")
        return self.facts.amendments.get(amendment_id, "") if amendment_id else ""

    @property
    def said(self) -> dict[str, Any]:
        """Return the event's fields, days and times as such."""
        return said(self.event.type, self.event.payload)

    def _id(self, name: str) -> uuid.UUID:
        found: uuid.UUID = getattr(self.event, name)
        return found


Audience = Callable[[Case], Iterable[Person]]
Says = Callable[[Case, Person], Mapping[str, Any]]


def nothing_more(_case: Case, _person: Person) -> Mapping[str, Any]:
    """Add nothing to the event's fields and the words that every email has."""
    return {}


def always(_case: Case) -> bool:
    """Send the email whenever the event happens."""
    return True


@dataclass(frozen=True, slots=True)
class Attached:
    """A document attached to an email."""

    name: str
    mimetype: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mailing:
    """Declare what an email says and who gets it; the event that it belongs to names its template.

    Subject, path and templates have the event's own fields, the words that every email has, and what `says` adds.
    `attached` prints the document that goes with it, when it is sent; `to_billing` copies the first admin's mail to the
    billing address that the company has set.
    A secret mail is rendered only when it is sent, with what `secret` adds; nothing of that is kept.
    """

    template: str
    to: Audience
    subject: str
    path: str
    says: Says = nothing_more
    when: Callable[[Case], bool] = always
    secret: Callable[[Happened], Mapping[str, Any]] | None = None
    attached: Callable[[Happened, Actor], Attached] | None = None
    to_billing: bool = False


# --- who gets it -------------------------------------------------------------------------------------------------


def recruiter(case: Case) -> Iterable[Person]:
    """Return the recruiter whom the event is about."""
    return (case.recruiter,)


def owner(case: Case) -> Iterable[Person]:
    """Return the owner of the sourcing credit."""
    owner_id = case.event.uuid("owner_recruiter_id")
    return (case.facts.recruiters[owner_id],) if owner_id else ()


def user(case: Case) -> Iterable[Person]:
    """Return the person whom the event is about."""
    return (case.facts.users[case.event.user_id],) if case.event.user_id else ()


def deciders(case: Case) -> Iterable[Person]:
    """Return everyone at the company who can decide on proposals."""
    return (person for _role, person in case.facts.members.get(case.job.company_id, ()))


def decider(case: Case, user_id: uuid.UUID | None) -> Iterable[Person]:
    """Return one of those who can decide; where that one has gone, the others, but for whoever acted."""
    there = [person for person in deciders(case) if person.reachable]
    named = [person for person in there if person.user_id == user_id]
    return named or [person for person in there if person.user_id != case.event.actor_id]


def collaborators(case: Case) -> Iterable[Person]:
    """Return everyone who had a part in the placement."""
    return (part.person for part in case.team_of(case.sheet))


def company_admins(case: Case) -> Iterable[Person]:
    """Return the admins of the company that the event concerns."""
    members = case.facts.members.get(case.event.organisation_id, ()) if case.event.organisation_id else ()
    return (person for role, person in members if role == Role.COMPANY_ADMIN)


def collaborators_and_admins(case: Case) -> Iterable[Person]:
    """Return the team of the placement and the admins of the company."""
    members = case.facts.members.get(case.job.company_id, ())
    return (*collaborators(case), *(person for role, person in members if role == Role.COMPANY_ADMIN))


def asked(case: Case) -> Iterable[Person]:
    """Return the people whose approval the change is waiting for."""
    return (case.facts.recruiters[uuid.UUID(text)] for text in case.event.payload["recruiter_ids"])


def platform_admins(case: Case) -> Iterable[Person]:
    """Return all platform admins."""
    return case.facts.platform_admins


# --- what it says --------------------------------------------------------------------------------------------


def own_part(case: Case, person: Person) -> Mapping[str, Any]:
    """Return a person's own roles, share and amount, in the placement's currency."""
    part = case.part_of(person, case.sheet)
    roles = " and ".join(ROLE_LABELS[CollaboratorRole(role)] for role in part.roles)
    amounts = {"split_bp": part.split_bp, "amount_minor": part.amount_minor, "currency": case.sheet.currency}
    return {"roles": roles, **amounts}
