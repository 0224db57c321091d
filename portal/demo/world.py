"""The demo's people and things by the names that the tables use."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from portal.demo.people import ADMINS, DECIDERS, PEOPLE, PLATFORM, SEEKERS, Person, Seeker
from portal.demo.plan import OPENINGS, Opening
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import Actor
from portal.queries.identity import accounts

PEOPLE_BY_KEY: dict[str, Person] = {person.key: person for person in PEOPLE}
SEEKERS_BY_KEY: dict[str, Seeker] = {seeker.key: seeker for seeker in SEEKERS}
OPENINGS_BY_KEY: dict[str, Opening] = {opening.key: opening for opening in OPENINGS}


@dataclass
class World:
    """The ids of what has been made so far."""

    organisations: dict[str, uuid.UUID] = field(default_factory=lambda: {PLATFORM: PLATFORM_ORGANISATION_ID})
    users: dict[str, uuid.UUID] = field(default_factory=dict)
    recruiters: dict[str, uuid.UUID] = field(default_factory=dict)
    candidates: dict[str, uuid.UUID] = field(default_factory=dict)
    jobs: dict[str, uuid.UUID] = field(default_factory=dict)
    proposals: dict[str, uuid.UUID] = field(default_factory=dict)
    placements: dict[str, uuid.UUID] = field(default_factory=dict)

    def actor(self, key: str) -> Actor:
        """Return the actor that a person is at this moment."""
        actor = accounts.actor_for(self.users[key], self.organisations[PEOPLE_BY_KEY[key].organisation])
        assert actor is not None, f"{key} has no account"
        return actor

    def recruiter_of(self, seeker: str) -> Actor:
        """Return the recruiter who works with a candidate."""
        return self.actor(SEEKERS_BY_KEY[seeker].recruiter)

    def admin_of(self, opening: str) -> Actor:
        """Return the admin of the company that hires."""
        return self.actor(ADMINS[OPENINGS_BY_KEY[opening].company])

    def decider_of(self, opening: str, number: int) -> Actor:
        """Return one of those who decide on a job's proposals, in turns."""
        deciders = DECIDERS[OPENINGS_BY_KEY[opening].company]
        return self.actor(deciders[number % len(deciders)])
