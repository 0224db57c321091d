"""A candidate's data are erased on request: nobody learns any more who it was, and the log still verifies."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.erasure import ERASED, CandidateNeeded
from portal.domain.errors import NotFound
from portal.domain.profiles import Profile
from portal.extensions import db
from portal.mailers import post
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent
from portal.runtime.clock import simulated
from portal.services import interviews, proposals
from portal.services.candidates import candidates, erasure, ownership
from portal.services.candidates.contacts import CandidateInput
from portal.services.log import chain, verification
from tests.api.callers import bearer
from tests.cast import DAY, Cast
from tests.hires import accepted
from tests.interviews import scheduled
from tests.letters import worked
from tests.marketplace import claimed, posted, proposed

LENA: dict[str, Any] = {
    "name": "Lena Brandt",
    "email": "lena@mail.test",
    "phone": "+49 30 1234567",
    "employer": "Acme",
    "profile": Profile(8, 4, DAY.date(), 9_000_000, 11_000_000, "EUR", "Citizen of Liechtenstein", ("Lower Sorbian",)),
}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def erase(email: str = "Lena@mail.test") -> uuid.UUID:
    return erasure.erase(email, actor=post.system())


def withdrawn(cast: Cast) -> uuid.UUID:
    """Propose Lena to Acme, tell everybody, and take the proposal back."""
    proposal_id = proposed(cast, pitch="Lena Brandt led ranking.", **LENA)
    worked()
    proposals.withdraw(proposal_id, actor=cast.actor(cast.rita))
    return proposal_id


def rows_that_name(*words: str) -> set[str]:
    """Name the tables in which one of the words stands somewhere."""
    tables = "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information|kept)'"
    with Session(db.engine) as session:
        return {
            name
            for name in session.scalars(text(tables))
            for word in words
            if session.scalar(text(f"SELECT count(*) FROM {name} t WHERE t::text ILIKE :word"), {"word": f"%{word}%"})
        }


def test_no_table_tells_any_more_who_it_was(cast: Cast) -> None:
    withdrawn(cast)
    assert {"ats.candidates", "notifications.deliveries"} <= rows_that_name("Lena", "Brandt", "301234567")
    erase()
    assert rows_that_name("Lena", "Brandt", "301234567", "lena@mail.test") == set()


@pytest.mark.parametrize("path", ["/candidates", "/proposals"])
def test_a_request_that_is_sent_again_gets_no_answer_that_names_who_was_erased(cast: Cast, path: str) -> None:
    typed = {name: LENA[name] for name in ("email", "phone")} | {"full_name": LENA["name"]}
    bodies = {"/candidates": typed, "/proposals": {"pitch": "Lena Brandt led ranking."}}
    if path == "/proposals":
        bodies[path] |= {"candidate_id": str(claimed(cast, **LENA)), "job_id": str(posted(cast))}
    headers = bearer(cast, cast.rita) | {"Idempotency-Key": "once"}
    first = cast.client().post(f"/api{path}", json=bodies[path], headers=headers)
    assert "Lena Brandt" in first.text
    if path == "/proposals":
        proposals.withdraw(uuid.UUID(first.get_json()["id"]), actor=cast.actor(cast.rita))
    erase()
    again = cast.client().post(f"/api{path}", json=bodies[path], headers=headers)
    assert (again.status_code, again.get_json()["code"]) == (409, "IDEMPOTENT_ANSWER_LOST")
    assert rows_that_name("Lena", "Brandt", "301234567") == set()


def test_the_log_tells_of_it_without_a_name_and_verifies(cast: Cast) -> None:
    withdrawn(cast)
    chain.seal_pending(actor=post.system())
    candidate_id = erase()
    chain.seal_pending(actor=post.system())
    assert verification.verify().ok
    with Session(db.engine) as session:
        told = select(MarketplaceEvent.type).where(MarketplaceEvent.candidate_id == candidate_id)
        assert "candidate.erased" in set(session.scalars(told))


def test_who_was_erased_exists_for_nobody_and_can_be_entered_anew(cast: Cast) -> None:
    candidate_id = claimed(cast, **LENA)
    assert erase() == candidate_id
    for act in (
        lambda: ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin"),
        lambda: candidates.edit(
            candidate_id,
            actor=cast.actor(cast.pia),
            input=CandidateInput(full_name="Lena", email=LENA["email"]),
            version=None,
        ),
        erase,
    ):
        with pytest.raises(NotFound):
            act()
    assert claimed(cast, cast.omar, **LENA) != candidate_id


def test_a_claim_ends_with_whom_it_protected(cast: Cast) -> None:
    candidate_id = claimed(cast, **LENA)
    erase()
    with Session(db.engine) as session:
        claims = select(CandidateSourcer.is_current).where(CandidateSourcer.candidate_id == candidate_id)
        assert session.scalars(claims).all() == [False]


def test_whom_an_open_proposal_depends_on_is_not_erased(cast: Cast) -> None:
    candidate_id = proposed(cast, **LENA) and claimed_id()
    with pytest.raises(CandidateNeeded) as refused:
        erase()
    assert "an open proposal" in refused.value.message
    with Session(db.engine) as session:
        assert session.get_one(Candidate, candidate_id).full_name == "Lena Brandt"


def test_whom_a_company_is_about_to_meet_is_not_erased(cast: Cast) -> None:
    interview_id = scheduled(cast, accepted(cast, candidate_id=claimed(cast, **LENA)))
    with pytest.raises(CandidateNeeded) as refused:
        erase()
    assert "a coming interview" in refused.value.message
    interviews.record(interview_id, actor=cast.actor(cast.hana), outcome="cancelled")
    erase()


def claimed_id() -> uuid.UUID:
    with Session(db.engine) as session:
        return session.scalars(select(Candidate.id).where(Candidate.email == LENA["email"])).one()


def test_the_database_takes_no_name_for_who_was_erased(cast: Cast) -> None:
    claimed(cast, **LENA)
    candidate_id = erase()
    with Session(db.engine) as session, pytest.raises(IntegrityError, match="ck_candidates_erased"):
        session.execute(update(Candidate).where(Candidate.id == candidate_id).values(full_name="Lena"))


def test_the_command_asks_first_and_says_why_not(cast: Cast, app: Flask) -> None:
    claimed(cast, **LENA)
    shell = app.test_cli_runner()
    assert shell.invoke(args=["candidates", "erase", LENA["email"]], input="n\n").exit_code == 1
    assert "without a name" in shell.invoke(args=["candidates", "erase", LENA["email"]], input="y\n").output
    again = shell.invoke(args=["candidates", "erase", LENA["email"], "--yes"])
    assert (again.exit_code, again.output) == (1, "Error: No candidate has this email.\n")
    with Session(db.engine) as session:
        assert session.scalars(select(Candidate.full_name)).all() == [ERASED]
