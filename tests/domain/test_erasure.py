"""What keeps a candidate's data from being erased reads as a sentence."""

from __future__ import annotations

import pytest

from portal.domain.disclosure import Identity, before_acceptance
from portal.domain.erasure import ERASED, ERASED_WORDS, CandidateNeeded, in_words


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


@pytest.mark.parametrize(
    ("text", "read"), [("Lena Brandt led ranking.", ERASED_WORDS), ("CV.pdf", ERASED_WORDS), ("", "")]
)
def test_of_a_text_about_who_was_erased_nothing_is_read_by_whoever_did_not_know_them(text: str, read: str) -> None:
    assert before_acceptance(text, Identity(ERASED, label=ERASED)) == read
