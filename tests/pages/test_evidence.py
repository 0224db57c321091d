"""The evidence pack of a dispute: one download that verifies without the portal."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path

from portal.domain import evidence_pack
from portal.domain.permissions import system_actor
from portal.runtime.clock import simulated
from portal.services.disputes import clocks
from tests.cases import case
from tests.cast import DAY, Cast
from tests.marketplace import claimed, later, proposed


def claimed_first(cast: Cast) -> uuid.UUID:
    """Let rita claim a candidate before a case is opened."""
    with simulated(DAY):
        return claimed(cast)


def test_a_party_downloads_the_evidence_and_nobody_else(cast: Cast, tmp_path: Path) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    answer = cast.client(cast.rita).get(f"/disputes/{id}/evidence.zip")
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path)
    assert evidence_pack.findings(tmp_path, []) == []
    summary = (tmp_path / "summary.html").read_text()
    assert "Left out of this pack: names, companies and contents of third parties" in summary
    assert "Sourcing credit claimed" in summary
    assert cast.client(cast.zoe).get(f"/disputes/{id}/evidence.zip").status_code == 404


def test_nothing_is_left_out_for_the_platform(cast: Cast, tmp_path: Path) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    answer = cast.client(cast.pia).get(f"/disputes/{id}/evidence.zip")
    assert "Nothing was left out" in zipfile.ZipFile(io.BytesIO(answer.data)).read("summary.html").decode()


def test_a_page_shows_the_rule_its_facts_and_the_entries(cast: Cast) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    with simulated(later(days=3)):
        page = cast.client(cast.omar).get(f"/disputes/{id}").text
    assert "First valid claim" in page
    assert "Keep the sourcing credit as it is" in page
    assert "decided by rule" not in page  # nobody answered yet, and the time to answer runs
    assert page.count("Not sealed yet") == 2


def test_what_is_one_sided_is_decided_by_the_rule_once_the_time_to_answer_is_over(cast: Cast) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed_first(cast))
    with simulated(later(days=9)):
        pia = cast.client(cast.pia)
        assert "decided by rule" in pia.get(f"/disputes/{id}").text
        clocks.run(actor=system_actor(later(days=9)))
        token = {"csrf_token": pia.csrf_token(f"/disputes/{id}")}
        assert pia.post(f"/disputes/{id}/confirm", data=token).status_code == 303
        assert "Decided by rule: First valid claim" in cast.client(cast.rita).get(f"/disputes/{id}").text


def test_both_sides_of_a_proposal_read_its_evidence(cast: Cast) -> None:
    with simulated(DAY):
        candidate_id = claimed(cast)
        proposal_id = proposed(cast, candidate_id=candidate_id)
        id = case("proposal", cast.rita, candidate_id=candidate_id, proposal_id=proposal_id, company=cast.acme)
        asked = [f"/disputes/{id}{end}" for end in ("", "/evidence.zip")]
        for who, status in ((cast.rita, 200), (cast.carl, 200), (cast.pia, 200), (cast.zoe, 404), (cast.omar, 404)):
            assert [cast.client(who).get(path).status_code for path in asked] == [status, status], who.name
