"""Files of cases: for both sides, limited by the review, in the pack by digest, and gone in the end."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.domain import evidence_pack
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, WrongState
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.mailers import post
from portal.queries.disputes import attachments as queries
from portal.runtime.clock import simulated
from portal.services.candidates import erasure
from portal.services.disputes import attachments, cases
from tests.accounts import written
from tests.cases import case
from tests.cast import DAY, Cast, Person
from tests.documents import pdf
from tests.marketplace import claimed, later

SAID = "The letter shows who was in contact first."


@pytest.fixture
def case_id(cast: Cast) -> Iterator[uuid.UUID]:
    """Open a case of omar against rita, and stay on its second day."""
    with simulated(DAY):
        candidate_id = claimed(cast, email="lena@mail.test")
    with simulated(later(days=3)):
        yield case("candidate", cast.omar, cast.rita, candidate_id=candidate_id)


def attached(cast: Cast, who: Person, case_id: uuid.UUID, content: bytes) -> uuid.UUID:
    return attachments.attach(case_id, actor=cast.actor(who), name="Letter.pdf", content=content)


def test_a_file_is_for_both_sides_in_the_log_and_nobody_s_to_change(cast: Cast, case_id: uuid.UUID) -> None:
    id = attached(cast, cast.omar, case_id, pdf("A letter"))
    (event,) = written("dispute.attached")
    (file,) = queries.of_case(case_id, viewer=cast.actor(cast.rita))
    assert (file.by, file.name, event["sha256"], "Letter" in str(event)) == ("Omar", "Letter.pdf", file.sha256, False)
    assert attachments.download(case_id, id, actor=cast.actor(cast.pia)).content == pdf("A letter")
    named = attachments.attach(case_id, actor=cast.actor(cast.rita), name="Lena Brandt.pdf", content=pdf("Mine"))
    assert "Lena" not in attachments.download(case_id, named, actor=cast.actor(cast.omar)).name
    assert "Lena" in attachments.download(case_id, named, actor=cast.actor(cast.rita)).name
    with pytest.raises(NotFound):
        attachments.download(case_id, id, actor=cast.actor(cast.zoe))
    with pytest.raises((NotFound, NotPermitted)):
        attached(cast, cast.pia, case_id, pdf())
    with pytest.raises(Conflict, match="already attached to the dispute"):
        attached(cast, cast.rita, case_id, pdf("A letter"))
    with pytest.raises(InvalidInput):
        attached(cast, cast.omar, case_id, b"MZ a program")
    for change in ("UPDATE network.dispute_attachments SET name = 'x'", "DELETE FROM network.dispute_attachments"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.execute(text(change))


def test_each_party_attaches_ten_and_under_review_what_the_platform_asks_for(cast: Cast, case_id: uuid.UUID) -> None:
    pia, sides = cast.actor(cast.pia), (cast.omar, cast.rita)
    for number in range(10):
        attached(cast, cast.omar, case_id, pdf(f"Letter {number}"))
    with pytest.raises(Conflict, match="at most 10 files"):
        attached(cast, cast.omar, case_id, pdf("One more"))
    with pytest.raises(Conflict, match="can already attach files"):
        attachments.ask(case_id, actor=pia)
    for who in sides:
        cases.answer(case_id, actor=cast.actor(who), statement=SAID)
    with pytest.raises(Conflict, match="when the platform asks"):
        attached(cast, cast.rita, case_id, pdf("Mine"))
    attachments.ask(case_id, actor=pia)
    for who in sides:
        attached(cast, who, case_id, pdf(f"Of {who.name}"))


def test_the_pack_holds_the_files_under_names_that_harm_nobody(cast: Cast, case_id: uuid.UUID, tmp_path: Path) -> None:
    attached(cast, cast.omar, case_id, pdf("A letter"))
    packed = cast.client(cast.rita).get(f"/disputes/{case_id}/evidence.zip").data
    zipfile.ZipFile(BytesIO(packed)).extractall(tmp_path)
    assert evidence_pack.findings(tmp_path, {}) == []
    assert (tmp_path / "attachments" / "01.pdf").read_bytes() == pdf("A letter")
    assert "Letter.pdf, Omar" in (tmp_path / "summary.html").read_text()
    (tmp_path / "attachments" / "01.pdf").write_bytes(pdf("Another"))
    assert evidence_pack.findings(tmp_path, {}) == ["attachments/01.pdf was changed."]


def test_files_go_years_after_the_end_and_with_the_candidate_and_digests_stay(cast: Cast, case_id: uuid.UUID) -> None:
    id = attached(cast, cast.omar, case_id, pdf("A letter"))
    cases.answer(case_id, actor=cast.actor(cast.rita), statement=SAID)
    cases.answer(case_id, actor=cast.actor(cast.omar), statement=SAID)
    for who in (cast.omar, cast.rita):
        cases.withdraw(case_id, actor=cast.actor(who))
    with pytest.raises(WrongState):
        attached(cast, cast.omar, case_id, pdf("Late"))
    for years, erased in ((4, 0), (6, 1), (6, 0)):
        at = later(days=3) + timedelta(days=365 * years)
        with simulated(at):
            assert attachments.erase_old(actor=system_actor(at)) == erased
    (file,) = queries.of_case(case_id, viewer=cast.actor(cast.rita))
    assert (file.name, len(file.sha256), file.erased_at is not None) == ("Erased file", 64, True)
    with pytest.raises(NotFound):
        attachments.download(case_id, id, actor=cast.actor(cast.rita))


def test_erasing_a_candidate_empties_the_files_of_the_case(cast: Cast, case_id: uuid.UUID) -> None:
    attached(cast, cast.omar, case_id, pdf("A letter"))
    cases.withdraw(case_id, actor=cast.actor(cast.omar))
    erasure.erase("lena@mail.test", actor=post.system())
    (file,) = queries.of_case(case_id, viewer=cast.actor(cast.pia))
    assert (file.name, file.erased_at is not None) == ("Erased file", True)
