"""What stays of a candidate whose data were erased, and what keeps them from being erased yet (GDPR Article 17)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from portal.domain.errors import Conflict

ERASED, ERASED_HOST = "Erased candidate", "erased.invalid"
ERASED_TEXT = "This message was about a candidate whose data has been erased."
ERASED_WORDS = "[not shown: the candidate’s data has been erased]"
_IN_WORDS = {
    "proposals": ("an open proposal", "{} open proposals"),
    "placements": ("a placement that has not ended", "{} placements that have not ended"),
    "disputes": ("an open dispute", "{} open disputes"),
    "interviews": ("a coming interview", "{} coming interviews"),
}


class CandidateNeeded(Conflict):
    """Refuse to erase whose identity a decision or a guarantee still depends on."""

    code = "CANDIDATE_NEEDED"

    def __init__(self, needed: Mapping[str, int]) -> None:
        super().__init__(
            f"Nothing was erased: the candidate has {in_words(needed)}. Erase the data once nothing depends on it "
            "anymore (GDPR Article 17(3)(e)).",
            details=dict(needed),
        )


def address(candidate_id: uuid.UUID) -> str:
    """Return what stands for the address: no email gets there, and no two candidates share it."""
    return f"{candidate_id}@{ERASED_HOST}"


def in_words(needed: Mapping[str, int]) -> str:
    """List what still depends on who a candidate is."""
    return " and ".join(_IN_WORDS[name][count > 1].format(count) for name, count in needed.items() if count)
