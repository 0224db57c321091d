"""What happens to scores, and what platform admins do."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from portal.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class ReputationUpdated(Event):
    """A recruiter's score changed; scores are in hundredths of a point."""

    type: ClassVar[str] = "reputation.updated"
    recruiter_id: uuid.UUID
    old_score: int | None
    new_score: int
    cause: str


@dataclass(frozen=True, kw_only=True)
class ReputationAppealed(Event):
    """A recruiter contested an input of the score, or a platform admin ruled on it; `step` says which."""

    type: ClassVar[str] = "reputation.appealed"
    recruiter_id: uuid.UUID
    appeal_id: uuid.UUID
    step: str  # opened, excluded, kept


@dataclass(frozen=True, kw_only=True)
class DeliveryRetried(Event):
    """A platform admin sent a mail on its way again."""

    type: ClassVar[str] = "delivery.retried"
    delivery_id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class SettingsChanged(Event):
    """A platform admin changed settings; `changed` maps a name to [old, new]."""

    type: ClassVar[str] = "settings.changed"
    scope: str
    changed: dict[str, tuple[str, str]]
    job_id: uuid.UUID | None = None
