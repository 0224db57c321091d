"""Files of candidates by the API and the typed client."""

from __future__ import annotations

import pytest

from portal.client import client
from portal.runtime.clock import simulated
from tests.api.callers import Callers
from tests.cast import DAY, Cast
from tests.documents import docx, pdf
from tests.marketplace import claimed


def test_a_file_is_attached_listed_downloaded_and_removed(api: Callers, cast: Cast) -> None:
    candidate_id = claimed(cast)
    file = api.rita.attach(candidate_id, kind="cv", name="Lena.pdf", content=docx())
    assert (file.name, file.size, file.scanned_at) == ("Lena.pdf.docx", len(docx()), None)
    assert api.rita.attachments(candidate_id).attachments == [file]
    assert api.rita.download_attachment(candidate_id, file.id) == docx()
    api.rita.remove_attachment(candidate_id, file.id)
    assert api.rita.attachments(candidate_id).attachments == []


def test_a_refused_file_names_the_field_that_was_sent(api: Callers, cast: Cast) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.rita.attach(claimed(cast), kind="cv", name="cv.pdf", content=b"MZ")
    assert list(refused.value.details) == ["content"]
    with pytest.raises(client.InvalidInput) as garbled:
        path = f"candidates/{claimed(cast)}/attachments"
        api.rita.request("POST", path, kind="cv", name="cv.pdf", content="no base64!")
    assert garbled.value.details == {"content": "Encode the file in base64."}


def test_a_company_that_has_not_accepted_knows_of_no_file(api: Callers, cast: Cast) -> None:
    with simulated(DAY):
        candidate_id = claimed(cast)
        file = api.rita.attach(candidate_id, kind="cv", name="cv.pdf", content=pdf())
        for refused in (
            lambda: api.hana.attachments(candidate_id),
            lambda: api.zoe.download_attachment(candidate_id, file.id),
        ):
            with pytest.raises(client.NotFound):
                refused()
