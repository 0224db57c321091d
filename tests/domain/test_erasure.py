"""What keeps a candidate's data from being erased reads as a sentence."""

from __future__ import annotations

import pytest

from portal.domain.erasure import CandidateNeeded, in_words


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        ({"proposals": 1, "placements": 0, "disputes": 0}, "an open proposal"),
        ({"proposals": 2, "placements": 1, "disputes": 0}, "2 open proposals and a placement that has not ended"),
        ({"proposals": 0, "placements": 0, "disputes": 3}, "3 open disputes"),
        ({"proposals": 1, "interviews": 2}, "an open proposal and 2 coming interviews"),
    ],
)
def test_what_depends_on_a_candidate_is_named(needed: dict[str, int], words: str) -> None:
    assert in_words(needed) == words
    assert f"the candidate has {words}." in CandidateNeeded(needed).message
