"""The tables and their constraints; no rules."""

from portal.models.accounts import (
    AccessToken,
    IdempotencyKey,
    Membership,
    Organisation,
    PasswordReset,
    PlatformSettings,
    Recruiter,
    User,
    UserSession,
)
from portal.models.collaboration import AmendmentAnswer, Collaborator, Feedback, SplitAmendment, SplitSheet
from portal.models.events import (
    Delivery,
    DeliveryAttempt,
    EventSeal,
    MarketplaceEvent,
    Notice,
    NotificationPreference,
    OutboxEntry,
    PeriodicRun,
    UnsealedEntry,
)
from portal.models.marketplace import Candidate, Job
from portal.models.ownership import (
    CandidateOutreach,
    CandidateSourcer,
    OutreachEngagement,
    OwnershipConflict,
    ProtectionNotice,
)
from portal.models.placements import (
    GuaranteeConfig,
    GuaranteeExtension,
    GuaranteeNotice,
    Placement,
    PlacementStateChange,
)
from portal.models.proposals import Proposal, ProposalQuestion, ProposalStateChange
from portal.models.reputation import Reputation, ReputationAppeal, ReputationQueue, ReputationSnapshot

__all__ = [
    "AccessToken",
    "AmendmentAnswer",
    "Candidate",
    "CandidateOutreach",
    "CandidateSourcer",
    "Collaborator",
    "Delivery",
    "DeliveryAttempt",
    "EventSeal",
    "Feedback",
    "GuaranteeConfig",
    "GuaranteeExtension",
    "GuaranteeNotice",
    "IdempotencyKey",
    "Job",
    "MarketplaceEvent",
    "Membership",
    "Notice",
    "NotificationPreference",
    "Organisation",
    "OutboxEntry",
    "OutreachEngagement",
    "OwnershipConflict",
    "PasswordReset",
    "PeriodicRun",
    "Placement",
    "PlacementStateChange",
    "PlatformSettings",
    "Proposal",
    "ProposalQuestion",
    "ProposalStateChange",
    "ProtectionNotice",
    "Recruiter",
    "Reputation",
    "ReputationAppeal",
    "ReputationQueue",
    "ReputationSnapshot",
    "SplitAmendment",
    "SplitSheet",
    "UnsealedEntry",
    "User",
    "UserSession",
]
