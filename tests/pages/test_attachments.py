"""Files of candidates on pages: attached and removed without script, downloaded to keep."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest

from portal.runtime.clock import simulated
from portal.services import proposals
from tests.cast import DAY, Cast
from tests.checking_client import read
from tests.documents import attached, docx, pdf
from tests.marketplace import claimed, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_file_is_attached_downloaded_and_removed(cast: Cast) -> None:
    rita, page = cast.client(cast.rita), f"/candidates/{claimed(cast)}"
    sent = {"kind": "work_sample", "file": (BytesIO(docx()), "Ranking.docx")}
    assert rita.post_form(f"{page}/attachments/new", sent).status_code == 303
    shown = rita.get(page).text
    assert "Ranking.docx" in shown
    assert "Not scanned for viruses" in shown
    (link,) = read(shown)[0].select("a[download]")
    url = link.attrs["href"]
    file = rita.get(url)
    assert (file.data, file.headers["Content-Disposition"]) == (docx(), "attachment; filename=Ranking.docx")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "Removing it deletes it for everyone" in rita.get(f"{url}/remove").text
    assert rita.post_form(f"{url}/remove", {}).status_code == 303
    assert "Ranking.docx" not in rita.get(page).text


def test_what_was_chosen_is_kept_when_a_file_is_refused(cast: Cast) -> None:
    rita, url = cast.client(cast.rita), f"/candidates/{claimed(cast)}/attachments/new"
    answer = rita.post_form(url, {"kind": "certificate", "file": (BytesIO(b"MZ"), "cv.pdf")})
    assert answer.status_code == 422
    assert "This file is neither" in answer.text
    assert '<option selected value="certificate">' in answer.text
    assert "Choose a file." in rita.post_form(url, {"kind": "certificate"}).text


def test_a_company_reads_before_acceptance_only_that_there_is_a_cv(cast: Cast) -> None:
    candidate_id = claimed(cast)
    proposal_id, id = proposed(cast, candidate_id=candidate_id), attached(cast, candidate_id)
    hana = cast.client(cast.hana)
    before = hana.get(f"/proposals/{proposal_id}").text
    assert "CV: available for download once you accept." in before
    assert "Lena Brandt CV.pdf" not in before
    assert hana.get(f"/candidates/{candidate_id}/attachments/{id}").status_code == 404
    proposals.accept(proposal_id, actor=cast.actor(cast.hana))
    assert "Lena Brandt CV.pdf" in hana.get(f"/proposals/{proposal_id}").text
    assert hana.get(f"/candidates/{candidate_id}/attachments/{id}").data == pdf()
    assert cast.client(cast.zoe).get(f"/candidates/{candidate_id}/attachments/{id}").status_code == 404


@pytest.mark.parametrize(("command", "said"), [((), "Off: attachments aren’t scanned"), (("true",), "On: each")])
def test_the_settings_say_whether_attachments_are_scanned(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], said: str
) -> None:
    monkeypatch.setitem(cast.app.config, "SCAN_COMMAND", command)
    assert said in cast.client(cast.pia).get("/admin/settings").text
