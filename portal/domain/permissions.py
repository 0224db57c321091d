"""Who may do what (domain.md §1): one table, deny by default."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from portal.domain.ids import PLATFORM_ORGANISATION_ID, SYSTEM_USER_ID
from portal.domain.people import NumberFormat


class Role(StrEnum):
    RECRUITER = "recruiter"
    COMPANY_ADMIN = "company_admin"
    HIRING_MANAGER = "hiring_manager"
    PLATFORM_ADMIN = "platform_admin"


ROLE_LABELS = {
    Role.RECRUITER: "Recruiter",
    Role.COMPANY_ADMIN: "Company admin",
    Role.HIRING_MANAGER: "Hiring manager",
    Role.PLATFORM_ADMIN: "Platform admin",
}
ADMIN_ROLES = (Role.COMPANY_ADMIN, Role.PLATFORM_ADMIN)  # an organization keeps one who has the role


class OrganisationKind(StrEnum):
    COMPANY = "company"
    AGENCY = "agency"
    PLATFORM = "platform"


ROLES_OF_KIND: dict[OrganisationKind, tuple[Role, ...]] = {
    OrganisationKind.COMPANY: (Role.COMPANY_ADMIN, Role.HIRING_MANAGER),
    OrganisationKind.AGENCY: (Role.RECRUITER,),
    OrganisationKind.PLATFORM: (Role.PLATFORM_ADMIN,),
}


class Scope(StrEnum):
    """On which objects a role has a permission."""

    OWN = "own"  # the recruiter's own: sourced, proposed, collaborating, or leading (see access.py)
    COMPANY = "company"  # of the organization that the person acts for
    ANY = "any"


class Permission(StrEnum):
    """Each thing that can be done."""

    ACCOUNT_USE = "account.use"
    CANDIDATE_ADD = "candidate.add"
    CANDIDATE_VIEW = "candidate.view"
    CANDIDATE_EDIT = "candidate.edit"
    CANDIDATE_CHECK = "candidate.check"
    CANDIDATE_SOURCE = "candidate.source"
    CANDIDATE_MERGE = "candidate.merge"
    OUTREACH_RECORD = "outreach.record"
    JOB_VIEW = "job.view"
    JOB_POST = "job.post"
    JOB_EDIT = "job.edit"
    PROPOSAL_VIEW = "proposal.view"
    PROPOSAL_CREATE = "proposal.create"
    PROPOSAL_DECIDE = "proposal.decide"
    PROPOSAL_WITHDRAW = "proposal.withdraw"
    PROPOSAL_ANSWER = "proposal.answer"
    PROPOSAL_EXPIRE = "proposal.expire"
    PLACEMENT_VIEW = "placement.view"
    PLACEMENT_CHANGE = "placement.change"
    SPLITS_EDIT = "splits.edit"
    SPLITS_PREVIEW = "splits.preview"
    SPLITS_AMEND = "splits.amend"
    SPLITS_AGREE = "splits.agree"
    SPLITS_FORCE = "splits.force"
    FEEDBACK_GIVE = "feedback.give"
    RECRUITER_VIEW = "recruiter.view"
    RECRUITER_EDIT = "recruiter.edit"
    REPUTATION_VIEW = "reputation.view"
    REPUTATION_APPEAL = "reputation.appeal"
    REPUTATION_RECALCULATE = "reputation.recalculate"
    ANALYTICS_VIEW = "analytics.view"
    EVENTS_VIEW = "events.view"
    DELIVERIES_MANAGE = "deliveries.manage"
    SETTINGS_EDIT = "settings.edit"
    USERS_ADMINISTER = "users.administer"
    TERMS_EDIT = "terms.edit"
    MONEY_VIEW = "money.view"
    EARNINGS_VIEW = "earnings.view"
    PAYEE_EDIT = "payee.edit"
    INVOICE_VIEW = "invoice.view"
    PAYMENT_ANNOUNCE = "payment.announce"
    OBLIGATION_WAIVE = "obligation.waive"
    OBLIGATION_GIVE_UP = "obligation.give_up"
    BILLING_MANAGE = "billing.manage"
    DISPUTE_VIEW = "dispute.view"
    DISPUTE_OPEN = "dispute.open"
    DISPUTE_WITHDRAW = "dispute.withdraw"
    DISPUTE_RULE = "dispute.rule"
    SIMULATE = "money.simulate"
    TEAM_VIEW = "team.view"
    TEAM_EDIT = "team.edit"


R, C, H, P = Role.RECRUITER, Role.COMPANY_ADMIN, Role.HIRING_MANAGER, Role.PLATFORM_ADMIN
_EVERYONE = {R: Scope.ANY, C: Scope.ANY, H: Scope.ANY, P: Scope.ANY}

GRANTS: dict[Permission, dict[Role, Scope]] = {
    Permission.ACCOUNT_USE: _EVERYONE,
    Permission.CANDIDATE_ADD: {R: Scope.ANY, P: Scope.ANY},
    Permission.CANDIDATE_VIEW: {R: Scope.OWN, C: Scope.COMPANY, H: Scope.COMPANY, P: Scope.ANY},
    Permission.CANDIDATE_EDIT: {R: Scope.OWN, P: Scope.ANY},
    Permission.CANDIDATE_CHECK: {R: Scope.ANY, P: Scope.ANY},
    Permission.CANDIDATE_SOURCE: {R: Scope.ANY, P: Scope.ANY},
    Permission.CANDIDATE_MERGE: {P: Scope.ANY},
    Permission.OUTREACH_RECORD: {R: Scope.ANY},
    Permission.JOB_VIEW: {R: Scope.ANY, C: Scope.COMPANY, H: Scope.COMPANY, P: Scope.ANY},
    Permission.JOB_POST: {C: Scope.COMPANY, P: Scope.ANY},
    Permission.JOB_EDIT: {C: Scope.COMPANY, P: Scope.ANY},
    Permission.PROPOSAL_VIEW: {R: Scope.OWN, C: Scope.COMPANY, H: Scope.COMPANY, P: Scope.ANY},
    Permission.PROPOSAL_CREATE: {R: Scope.OWN},
    Permission.PROPOSAL_DECIDE: {C: Scope.COMPANY, H: Scope.COMPANY, P: Scope.ANY},
    Permission.PROPOSAL_WITHDRAW: {R: Scope.OWN, P: Scope.ANY},
    Permission.PROPOSAL_ANSWER: {R: Scope.OWN},
    Permission.PROPOSAL_EXPIRE: {P: Scope.ANY},
    Permission.PLACEMENT_VIEW: {R: Scope.OWN, C: Scope.COMPANY, H: Scope.COMPANY, P: Scope.ANY},
    Permission.PLACEMENT_CHANGE: {C: Scope.COMPANY, P: Scope.ANY},
    Permission.SPLITS_EDIT: {R: Scope.OWN, C: Scope.COMPANY, P: Scope.ANY},
    Permission.SPLITS_PREVIEW: _EVERYONE,
    Permission.SPLITS_AMEND: {R: Scope.OWN, C: Scope.COMPANY, P: Scope.ANY},
    Permission.SPLITS_AGREE: {R: Scope.OWN},
    Permission.SPLITS_FORCE: {P: Scope.ANY},
    Permission.FEEDBACK_GIVE: {R: Scope.OWN},
    Permission.RECRUITER_VIEW: _EVERYONE,
    Permission.RECRUITER_EDIT: {R: Scope.OWN, P: Scope.ANY},
    Permission.REPUTATION_VIEW: _EVERYONE,
    Permission.REPUTATION_APPEAL: {R: Scope.OWN},
    Permission.REPUTATION_RECALCULATE: {P: Scope.ANY},
    Permission.ANALYTICS_VIEW: {R: Scope.OWN, C: Scope.COMPANY, P: Scope.ANY},
    Permission.EVENTS_VIEW: {P: Scope.ANY},
    Permission.DELIVERIES_MANAGE: {P: Scope.ANY},
    Permission.SETTINGS_EDIT: {P: Scope.ANY},
    Permission.USERS_ADMINISTER: {P: Scope.ANY},
    Permission.TERMS_EDIT: {C: Scope.COMPANY, P: Scope.ANY},
    Permission.MONEY_VIEW: {R: Scope.OWN, C: Scope.COMPANY, P: Scope.ANY},
    Permission.EARNINGS_VIEW: {R: Scope.OWN, P: Scope.ANY},
    Permission.PAYEE_EDIT: {R: Scope.OWN},
    Permission.INVOICE_VIEW: {C: Scope.COMPANY, P: Scope.ANY},
    Permission.PAYMENT_ANNOUNCE: {C: Scope.COMPANY},
    Permission.OBLIGATION_WAIVE: {C: Scope.COMPANY, P: Scope.ANY},
    Permission.OBLIGATION_GIVE_UP: {R: Scope.OWN, P: Scope.ANY},
    Permission.BILLING_MANAGE: {P: Scope.ANY},
    Permission.DISPUTE_VIEW: {R: Scope.OWN, C: Scope.COMPANY, P: Scope.ANY},
    Permission.DISPUTE_OPEN: {R: Scope.OWN, C: Scope.COMPANY},
    Permission.DISPUTE_WITHDRAW: {R: Scope.OWN, C: Scope.COMPANY, P: Scope.ANY},
    Permission.DISPUTE_RULE: {P: Scope.ANY},
    Permission.SIMULATE: _EVERYONE,
    Permission.TEAM_VIEW: {C: Scope.COMPANY},
    Permission.TEAM_EDIT: {C: Scope.COMPANY, P: Scope.ANY},
}

# What a recruiter who is not active may still do: look, and use their account.
LOOKS = frozenset(
    {
        Permission.ACCOUNT_USE,
        Permission.CANDIDATE_VIEW,
        Permission.JOB_VIEW,
        Permission.PROPOSAL_VIEW,
        Permission.PLACEMENT_VIEW,
        Permission.SPLITS_PREVIEW,
        Permission.RECRUITER_VIEW,
        Permission.REPUTATION_VIEW,
        Permission.ANALYTICS_VIEW,
        Permission.DISPUTE_VIEW,
        # What somebody is owed stays owed while the account is not active: it is held back, and says so.
        Permission.MONEY_VIEW,
        Permission.EARNINGS_VIEW,
    }
)
_BREADTH = {Scope.OWN: 0, Scope.COMPANY: 1, Scope.ANY: 2}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person, for one organization, with the roles held there.

    `now` is the database's time when the request or job began; views count down from it.
    """

    user_id: uuid.UUID
    name: str
    now: datetime
    roles: frozenset[Role] = frozenset()
    organisation_id: uuid.UUID | None = None
    organisation_name: str = ""
    recruiter_id: uuid.UUID | None = None
    recruiter_active: bool = False
    session_id: uuid.UUID | None = None
    email: str = ""
    mailbox: str = ""  # the key of the address, under which the person may be a candidate, too
    time_zone: str = "UTC"
    number_format: str = NumberFormat.AUTOMATIC
    scopes: frozenset[str] = frozenset({"read", "write", "admin"})

    @property
    def is_system(self) -> bool:
        """Return whether nobody acts but the portal itself."""
        return self.user_id == SYSTEM_USER_ID

    def has(self, permission: Permission) -> bool:
        """Return whether some role of the actor has the permission on some objects."""
        return self.scope(permission) is not None

    def scope(self, permission: Permission) -> Scope | None:
        """Return the widest scope in which the actor has the permission, or None; suspended recruiters only look."""
        resting = self.resting_roles(permission)
        return scope_of(self.roles - resting if resting else self.roles, permission)

    def resting_roles(self, permission: Permission) -> frozenset[Role]:
        """Return the roles that do not count for this permission now: a recruiter's who is not active."""
        is_resting = Role.RECRUITER in self.roles and not self.recruiter_active and permission not in LOOKS
        return frozenset({Role.RECRUITER}) if is_resting else frozenset()


@lru_cache(maxsize=4096)  # a page asks some thirty times, of few sets of roles
def scope_of(roles: frozenset[Role], permission: Permission) -> Scope | None:
    """Return the widest scope in which one of `roles` has the permission, or None."""
    grants = GRANTS[permission]
    scopes = [grants[role] for role in roles if role in grants]
    return max(scopes, key=_BREADTH.__getitem__) if scopes else None


def system_actor(now: datetime) -> Actor:
    """Return the actor of timeouts and automatic completion: the system's own user row, with every right."""
    return Actor(
        SYSTEM_USER_ID,
        "System",
        now,
        roles=frozenset({Role.PLATFORM_ADMIN}),
        organisation_id=PLATFORM_ORGANISATION_ID,
        organisation_name="Platform",
    )
