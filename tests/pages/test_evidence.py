"""The evidence pack of a dispute: one download that verifies without the portal."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from portal.domain import evidence_pack
from tests.cast import Cast
from tests.marketplace import claimed
from tests.queries.test_evidence import case


def test_a_party_downloads_the_evidence_and_nobody_else(cast: Cast, tmp_path: Path) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed(cast))
    answer = cast.client(cast.rita).get(f"/disputes/{id}/evidence.zip")
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path)
    assert evidence_pack.findings(tmp_path, []) == []
    summary = (tmp_path / "summary.html").read_text()
    assert "Left out of this pack: names, companies and contents of third parties" in summary
    assert "Sourcing credit claimed" in summary
    assert cast.client(cast.zoe).get(f"/disputes/{id}/evidence.zip").status_code == 404


def test_nothing_is_left_out_for_the_platform(cast: Cast, tmp_path: Path) -> None:
    id = case("candidate", cast.omar, cast.rita, candidate_id=claimed(cast))
    answer = cast.client(cast.pia).get(f"/disputes/{id}/evidence.zip")
    assert "Nothing was left out" in zipfile.ZipFile(io.BytesIO(answer.data)).read("summary.html").decode()
