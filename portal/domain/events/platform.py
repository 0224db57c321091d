"""What happens to scores, and what platform admins do."""

from __future__ import annotations

import uuid

from portal.domain.events.base import Event, Kind, event


@event(
    "reputation.updated",
    "Reputation updated",
    "{recruiter}: {old_score:score to}{new_score:score}.",
    icon="trending-up",
    tone="info",
)
class ReputationUpdated(Event):
    """A recruiter's score changed; scores are in hundredths of a point."""

    recruiter_id: uuid.UUID
    old_score: int | None
    new_score: int
    cause: str


@event(
    "reputation.appealed",
    "Reputation appealed",
    "{recruiter}: {step}.",
    icon="gavel",
    tone="warn",
    notice=Kind.REPUTATION,
    mails=("appeal_opened", "appeal_ruled"),
)
class ReputationAppealed(Event):
    """A recruiter appealed a result, or a platform admin decided the appeal; `step` says which."""

    recruiter_id: uuid.UUID
    appeal_id: uuid.UUID
    step: str  # opened, excluded, kept


@event("delivery.retried", "Email resent", "A platform admin resent it.", icon="mail")
class DeliveryRetried(Event):
    """A platform admin resent an email."""

    delivery_id: uuid.UUID


@event("delivery.viewed", "Email viewed", "A platform admin opened its contents.", icon="eye")
class DeliveryViewed(Event):
    """A platform admin viewed an email to someone."""

    delivery_id: uuid.UUID


@event("list.viewed", "List viewed", "A platform admin opened the list: {list:word}.", icon="eye")
class ListViewed(Event):
    """A platform admin viewed a list of names; recorded once per list and day."""

    list: str


@event(
    "delivery.failed",
    "Email not delivered",
    "{permanent:The mail server rejected it.|It failed after many attempts.}",
    icon="mail",
    tone="bad",
    notice=Kind.DELIVERIES,
    mails=("mail_undelivered",),
)
class DeliveryFailed(Event):
    """An email to `user_id` failed for good; `caused_by` is whose action it reported, null for the portal.

    With `is_copy` only the copy to the billing address failed, which is told to the admin whom the email reached.
    """

    delivery_id: uuid.UUID
    template: str
    user_id: uuid.UUID
    caused_by: uuid.UUID | None
    permanent: bool
    is_copy: bool = False


@event("settings.changed", "Settings changed", "{scope:label}: {changed:list}.", icon="settings", tone="warn")
class SettingsChanged(Event):
    """A platform admin changed settings; `changed` maps a name to [old, new]."""

    scope: str
    changed: dict[str, tuple[str, str]]
    job_id: uuid.UUID | None = None


@event(
    "log.restored",
    "Restored from a backup",
    "{entries} sealed entries: {reason}",
    icon="alert-triangle",
    tone="bad",
)
class LogRestored(Event):
    """The database was restored from a backup; `entries` is the number of sealed entries the log then had."""

    reason: str
    entries: int


@event("log.archived", "Months archived", "{entries} entries moved to {file}.", icon="archive", tone="warn")
class LogArchived(Event):
    """Entries were moved from the log to a file whose lines have this SHA-256; their seals stay."""

    file: str
    entries: int
    sha256: str


@event("delivery.archived", "Emails archived", "{entries} old emails moved to {file}.", icon="archive", tone="warn")
class DeliveriesArchived(Event):
    """Emails settled at least a year ago left the database; the file records when and to whom, not the text."""

    file: str
    entries: int
