"""What the typed client asks about disputes (disputes.md §4); `Portal` has these methods too."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import httpx

from portal.answers.disputes import Dispute, DisputeNotes, Disputes, EvidenceFile, Precedents, RefusedClaims
from portal.answers.values import Answer

R = TypeVar("R", bound=Answer)


class DisputeCalls(ABC):
    """The calls about disputes, for a class that can send them."""

    @abstractmethod
    def _call(self, result: type[R], method: str, path: str, **said: Any) -> R:
        """Send a request and read its answer."""

    @abstractmethod
    def request(self, method: str, path: str, **said: Any) -> httpx.Response:
        """Send a request and return its answer as it is."""

    def open_dispute(self, *, subject: str, subject_id: UUID, reason: str, statement: str, asks: str) -> Dispute:
        """Open a dispute about a `candidate`, `proposal`, `placement`, its `guarantee`, a `payout` or an `invoice`."""
        said = {"subject": subject, "subject_id": subject_id, "reason": reason, "statement": statement, "asks": asks}
        return self._call(Dispute, "POST", "disputes", **said)

    def refused_claims(self, candidate_id: UUID) -> RefusedClaims:
        """List the refused claims on a candidate."""
        return self._call(RefusedClaims, "GET", f"candidates/{candidate_id}/refused-claims")

    def refer_refused_claim(self, conflict_id: UUID, *, statement: str) -> Dispute:
        """Open a dispute for the parties of a refused claim."""
        return self._call(Dispute, "POST", f"refused-claims/{conflict_id}/dispute", statement=statement)

    def disputes(self, **query: Any) -> Disputes:
        """List disputes; `state`, `subject`, `cursor`, `limit`."""
        return self._call(Disputes, "GET", "disputes", **query)

    def precedents(self, **query: Any) -> Precedents:
        """List what was decided before; `subject`, `outcome`, `rule`, `cursor`, `limit`."""
        return self._call(Precedents, "GET", "disputes/precedents", **query)

    def dispute(self, dispute_id: UUID, *, after: UUID | None = None) -> Dispute:
        """Return a dispute with its rule and its evidence, which goes on `after` the cursor of the answer before."""
        return self._call(Dispute, "GET", f"disputes/{dispute_id}", after=after)

    def evidence_of(self, dispute_id: UUID) -> bytes:
        """Return the evidence of a dispute as a zip that verifies without the portal."""
        return self.request("GET", f"disputes/{dispute_id}/evidence.zip").content

    def answer_dispute(self, dispute_id: UUID, *, statement: str) -> Dispute:
        """Make a statement."""
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/statements", statement=statement)

    def attach_evidence(self, dispute_id: UUID, *, name: str, content: bytes) -> EvidenceFile:
        """Attach a file, for both sides to read."""
        body = {"name": name, "content": base64.b64encode(content).decode()}
        return self._call(EvidenceFile, "POST", f"disputes/{dispute_id}/attachments", **body)

    def download_evidence(self, dispute_id: UUID, attachment_id: UUID) -> bytes:
        """Return the content of an attached file."""
        return self.request("GET", f"disputes/{dispute_id}/attachments/{attachment_id}").content

    def ask_for_files(self, dispute_id: UUID) -> Dispute:
        """Ask the parties for files while a dispute is under review."""
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/attachments/ask")

    def withdraw_dispute(self, dispute_id: UUID) -> Dispute:
        """Withdraw a dispute, ask to, or agree to it."""
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/withdraw")

    def rule_dispute(
        self,
        dispute_id: UUID,
        *,
        effect: str,
        reason: str,
        rule: str = "",
        precedent: str = "",
        shares: Sequence[Mapping[str, Any]] = (),
        percentage: Decimal | None = None,
    ) -> Dispute:
        """Decide a dispute; `shares` are those of an amended split sheet, `percentage` is what goes back."""
        said = {"effect": effect, "reason": reason, "rule": rule, "precedent": precedent, "percentage": percentage}
        shares = [dict(share) for share in shares]
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/rule", **said, shares=shares)

    def confirm_dispute(self, dispute_id: UUID) -> Dispute:
        """Decide a dispute as its rule does."""
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/confirm")

    def appeal_dispute(self, dispute_id: UUID, *, statement: str) -> Dispute:
        """Appeal against the ruling."""
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/appeal", statement=statement)

    def waive_appeal(self, dispute_id: UUID) -> Dispute:
        """Accept the ruling."""
        return self._call(Dispute, "POST", f"disputes/{dispute_id}/waive")

    def note_on_dispute(self, dispute_id: UUID, *, note: str) -> DisputeNotes:
        """Note something that platform admins alone read."""
        return self._call(DisputeNotes, "POST", f"disputes/{dispute_id}/notes", note=note)

    def notes_on_dispute(self, dispute_id: UUID) -> DisputeNotes:
        """List what platform admins noted."""
        return self._call(DisputeNotes, "GET", f"disputes/{dispute_id}/notes")
