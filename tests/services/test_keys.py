"""The keys of candidates are made anew when their rules change."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.mailers import post
from portal.models import Candidate
from portal.services.candidates import candidates, keys
from portal.services.candidates.contacts import CandidateInput
from portal.services.candidates.keys import Clash, Renewed
from tests.cast import Cast

NEW, OLD = "+842838221234", "+84838221234"


def entered(cast: Cast, phone: str = "", **stored: str) -> uuid.UUID:
    """Enter somebody, with keys as earlier rules made them."""
    said = CandidateInput(full_name="Linh Tran", email=f"{uuid.uuid4()}@example.com", phone=phone)
    candidate_id = candidates.add(actor=cast.actor(cast.rita), input=said)
    if stored:
        with Session(db.engine) as session, session.begin():
            session.execute(update(Candidate).where(Candidate.id == candidate_id).values(stored))
    return candidate_id


def recomputed() -> list[Renewed]:
    return list(keys.recompute(actor=post.system()))


def phone_key(candidate_id: uuid.UUID) -> str | None:
    with Session(db.engine) as session:
        return session.scalar(select(Candidate.phone_key).where(Candidate.id == candidate_id))


def test_keys_of_earlier_rules_are_renewed_once(cast: Cast) -> None:
    linh = entered(cast, OLD, phone_key=OLD, email_key="linh@example.com")
    assert recomputed() == [Renewed(1, 2, ())]
    assert phone_key(linh) == NEW
    assert recomputed() == [Renewed(1, 0, ())]


def test_a_key_that_somebody_else_has_stays_and_is_named(cast: Cast) -> None:
    linh, other = entered(cast, OLD, phone_key=OLD), entered(cast, NEW)
    assert recomputed() == [Renewed(2, 0, (Clash(linh, "phone", other),))]
    assert (phone_key(linh), phone_key(other)) == (OLD, NEW)


def test_what_can_no_longer_be_read_keeps_its_key(cast: Cast) -> None:
    linh = entered(cast, phone="+14155550132")
    with Session(db.engine) as session, session.begin():
        session.execute(update(Candidate).where(Candidate.id == linh).values(phone="12", phone_key="12"))
    assert recomputed() == [Renewed(1, 0, ())]
    assert phone_key(linh) == "12"


def test_candidates_are_taken_in_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        entered(cast)
    monkeypatch.setattr(keys, "CHUNK", 2)
    assert [part.seen for part in recomputed()] == [2, 1]


def test_the_command_goes_on_while_one_key_makes_room_for_another(cast: Cast) -> None:
    linh, other = entered(cast, OLD, phone_key=OLD), entered(cast, "+14155550132", phone_key=NEW)
    said = cast.app.test_cli_runner().invoke(args=["keys", "recompute"]).output
    assert said == "2 candidates, 2 keys changed, 0 conflicts.\n"
    assert (phone_key(linh), phone_key(other)) == (NEW, "+14155550132")


def test_the_command_names_the_pair_that_would_share_a_key(cast: Cast) -> None:
    linh, other = entered(cast, OLD, phone_key=OLD), entered(cast, NEW)
    said = cast.app.test_cli_runner().invoke(args=["keys", "recompute"]).output
    assert (
        said == f"Same phone: /candidates/{linh} and /candidates/{other}.\n2 candidates, 0 keys changed, 1 conflict.\n"
    )
