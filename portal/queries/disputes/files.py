"""A case with what it is decided on, read together: for its page and for the API."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

from portal.domain.permissions import Actor
from portal.queries.disputes import disputes
from portal.queries.disputes.disputes import Case
from portal.queries.disputes.grounds import Grounds, of_matter


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case and its grounds; `rule` is those when the log knows something that a rule turns on."""

    case: Case
    grounds: Grounds
    allowed_actions: tuple[str, ...]

    @property
    def id(self) -> uuid.UUID:
        return self.case.id

    @property
    def rule(self) -> Grounds | None:
        """Return the grounds, None where no rule applies."""
        return self.grounds if self.grounds.outlook else None


def case_file(dispute_id: uuid.UUID, *, viewer: Actor, after: uuid.UUID | None = None) -> CaseFile:
    """Return a case of the viewer, as party or as who decides, with the evidence after an entry of the log."""
    found, about = disputes.case_and_matter(dispute_id, viewer=viewer)
    on = of_matter(about, viewer=viewer, after=after)
    if on.outlook is not None:
        on = replace(on, follows=dict(found.effects)[on.outlook.follows])
    actions = found.allowed_actions | ({"confirm"} if on.is_decided and "rule" in found.allowed_actions else set())
    return CaseFile(found, on, tuple(sorted(actions)))
