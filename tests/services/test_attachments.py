"""Files of candidates: held until acceptance, scanned where there is a scanner, in the log, gone with the candidate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain import attachments as rules
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, Unavailable
from portal.extensions import db
from portal.mailers import post
from portal.models import Attachment
from portal.queries.candidates import attachments as queries
from portal.queries.proposals import detail
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.candidates import attachments, erasure, ownership
from tests.accounts import written
from tests.cast import DAY, Cast
from tests.documents import attached, docx, pdf
from tests.marketplace import claimed, proposed
from tests.racing import race


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def files() -> list[Attachment]:
    with Session(db.engine) as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.place)))


def test_a_file_is_kept_as_it_came_and_the_log_tells_no_name(cast: Cast) -> None:
    candidate_id = claimed(cast)
    id = attached(cast, candidate_id, content=pdf("Led ranking"))
    (file,) = files()
    assert (file.id, file.content, file.scanned_at) == (id, pdf("Led ranking"), None)
    (event,) = written("attachment.added")
    assert event["size"] == file.size
    assert "Lena" not in str(event)


def test_a_company_downloads_once_it_has_accepted(cast: Cast) -> None:
    candidate_id = claimed(cast)
    proposal_id, id = proposed(cast, candidate_id=candidate_id), attached(cast, candidate_id)
    hana = cast.actor(cast.hana)
    (held,) = detail.detail(proposal_id, viewer=hana).attachments
    assert (held.label, held.name, held.sha256) == ("CV", "", "")
    with pytest.raises(NotFound):
        attachments.download(candidate_id, id, actor=hana)
    proposals.accept(proposal_id, actor=hana)
    assert attachments.download(candidate_id, id, actor=hana).name == "Lena Brandt CV.pdf"
    assert written("attachment.downloaded") == [
        {"candidate_id": str(candidate_id), "attachment_id": str(id), "kind": "cv"}
    ]


@pytest.mark.parametrize("who", ["omar", "zoe"])
def test_a_stranger_neither_downloads_nor_removes_nor_attaches(cast: Cast, who: str) -> None:
    candidate_id = claimed(cast)
    id, actor = attached(cast, candidate_id), cast.actor(getattr(cast, who))
    for refused in (attachments.download, attachments.remove):
        with pytest.raises(NotFound):
            refused(candidate_id, id, actor=actor)
    with pytest.raises((NotFound, NotPermitted)):
        attachments.attach(candidate_id, actor=actor, kind="cv", name="cv.pdf", content=docx())
    assert len(files()) == 1


def test_a_file_belongs_to_its_candidate_alone(cast: Cast) -> None:
    one, other = claimed(cast), claimed(cast, name="Noor Haddad")
    id = attached(cast, one)
    for asked in (attachments.download, attachments.remove):
        with pytest.raises(NotFound):
            asked(other, id, actor=cast.actor(cast.rita))
    with pytest.raises(NotFound):
        queries.line(other, id, viewer=cast.actor(cast.rita))


def test_a_rival_who_sees_a_candidate_leaves_the_files_to_the_owner(cast: Cast) -> None:
    candidate_id = claimed(cast)
    id = attached(cast, candidate_id)
    with simulated(DAY.replace(year=DAY.year + 2)):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="event")
        rita = cast.actor(cast.rita)
        assert [file.id for file in queries.of_candidate(candidate_id, viewer=rita)] == [id]
        with pytest.raises(Conflict) as refusal:
            attachments.remove(candidate_id, id, actor=rita)
        assert refusal.value.code == "CANDIDATE_PROTECTED"


def test_the_same_file_is_attached_once_and_ten_are_the_most(cast: Cast) -> None:
    candidate_id = claimed(cast)
    for n in range(rules.MOST):
        attached(cast, candidate_id, content=b"%%PDF-1.7 %d\n%%%%EOF" % n)
    with pytest.raises(Conflict) as refusal:
        attached(cast, candidate_id)
    assert refusal.value.code == "TOO_MANY_ATTACHMENTS"
    fifth = files()[4].id
    attachments.remove(candidate_id, fifth, actor=cast.actor(cast.rita))
    for late in (queries.line, attachments.remove):
        who = "viewer" if late is queries.line else "actor"
        with pytest.raises(Conflict, match="Rita has already removed this file"):
            late(candidate_id, fifth, **{who: cast.actor(cast.rita)})
        with pytest.raises(NotFound):
            late(candidate_id, fifth, **{who: cast.actor(cast.zoe)})
    with pytest.raises(Conflict) as again:
        attached(cast, candidate_id, content=files()[0].content)
    assert again.value.code == "ATTACHED_BEFORE"
    attached(cast, candidate_id)
    assert [file.place for file in files()] == list(range(1, rules.MOST + 1))


def test_two_at_once_take_two_places(cast: Cast) -> None:
    candidate_id = claimed(cast)
    race(cast.app, [lambda: attached(cast, candidate_id), lambda: attached(cast, candidate_id, content=docx())])
    assert [file.place for file in files()] == [1, 2]


@pytest.mark.parametrize(
    ("said", "field"), [({"kind": "photo"}, "kind"), ({"content": b"MZ"}, "file"), ({"name": "a\x07b.pdf"}, "file")]
)
def test_what_is_wrong_is_said_at_its_field(cast: Cast, said: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        attached(cast, claimed(cast), **said)
    assert list(refusal.value.fields) == [field]
    assert files() == []


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (("grep", "-qv", "EICAR"), None),
        (("false",), InvalidInput),
        (("sh", "-c", "exit 2"), Unavailable),
        (("no-such-scanner",), Unavailable),
    ],
)
def test_a_scanner_is_asked_where_there_is_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], refusal: type[Exception] | None
) -> None:
    monkeypatch.setitem(cast.app.config, "SCAN_COMMAND", command)
    candidate_id = claimed(cast)
    if refusal is None:
        attached(cast, candidate_id)
        assert [file.scanned_at for file in files()] == [DAY]
        return
    with pytest.raises(refusal):
        attached(cast, candidate_id)
    assert files() == []


def test_erasing_a_candidate_erases_the_files(cast: Cast) -> None:
    attached(cast, claimed(cast, email="lena@mail.test"))
    erasure.erase("lena@mail.test", actor=post.system())
    assert files() == []


@pytest.mark.parametrize("change", ["content = 'x'", "size = 1", "sha256 = 'ab'", "place = 11", "kind = 'photo'"])
def test_the_database_keeps_a_file_what_it_says_it_is(cast: Cast, app: Flask, change: str) -> None:
    attached(cast, claimed(cast))
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.execute(text(f"UPDATE ats.attachments SET {change}"))
