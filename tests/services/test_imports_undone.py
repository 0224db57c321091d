"""An import is undone: whom it added goes, whom somebody worked with stays; and how columns were read is remembered."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, ImportLayout, Membership
from portal.queries.candidates import imports as queries
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, import_undo, imports, merging, outreach, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput
from portal.services.candidates.import_layouts import Reading
from portal.services.candidates.imports import ImportReport
from portal.services.candidates.outreach import OutreachInput
from portal.services.candidates.ownership import CandidateProtected
from tests.cast import DAY, Cast, Person
from tests.documents import attached
from tests.letters import payloads, worked
from tests.marketplace import proposed
from tests.racing import race

FILE = "name,email\nMaya,maya@mail.test\nLeo,leo@mail.test\n"
MAIL = OutreachInput(outreach_type="email", subject="A role for you")
LATER = DAY + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def imported(cast: Cast, who: Person | None = None, *, text: str = FILE, claim: bool = True) -> ImportReport:
    method = "database" if claim else ""
    return imports.apply(actor=cast.actor(who or cast.rita), text=text, claim=claim, source_method=method)


def undo(cast: Cast, report: ImportReport, who: Person | None = None) -> tuple[int, int]:
    assert report.import_id is not None
    done = import_undo.undo(report.import_id, actor=cast.actor(who or cast.rita))
    return done.removed, done.kept


def names() -> set[str]:
    with Session(db.engine) as session:
        return set(session.scalars(select(Candidate.full_name)))


# --- undo -----------------------------------------------------------------------------------------------------


def test_whom_an_import_added_goes_with_the_claims_that_it_made(cast: Cast) -> None:
    candidates.add(actor=cast.actor(cast.rita), input=CandidateInput(full_name="Ida", email="ida@mail.test"))
    report = imported(cast)
    assert undo(cast, report) == (2, 0)
    assert names() == {"Ida"}
    with Session(db.engine) as session:
        assert session.scalars(select(CandidateSourcer)).all() == []
    assert candidates.check(actor=cast.actor(cast.omar), input=CheckInput(email="maya@mail.test")).result == "unknown"


def test_the_log_tells_of_the_import_of_its_end_and_of_each_who_went(cast: Cast) -> None:
    report = imported(cast)
    undo(cast, report)
    shared = {"import_id": str(report.import_id), "recruiter_id": str(cast.rita.recruiter_id)}
    assert payloads("candidates.imported") == [
        {**shared, "added": 2, "claimed": 2, "protection_expires_at": "2027-11-24T09:00:00Z"}
    ]
    assert payloads("candidates.import_undone") == [{**shared, "removed": 2, "kept": 0}]
    gone = {line.candidate_id for line in report.lines}
    assert {uuid.UUID(str(p["candidate_id"])) for p in payloads("candidate.removed")} == gone


def edited(cast: Cast, candidate_id: uuid.UUID) -> None:
    typed = CandidateInput(full_name="Maya Okafor", email="maya@mail.test")
    candidates.edit(candidate_id, actor=cast.actor(cast.rita), input=typed, version=1)


def contacted(cast: Cast, candidate_id: uuid.UUID) -> None:
    outreach.record_outreach(candidate_id, actor=cast.actor(cast.rita), input=MAIL)


def wanted_by_a_rival(cast: Cast, candidate_id: uuid.UUID) -> None:
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="event")


def offered(cast: Cast, candidate_id: uuid.UUID) -> None:
    proposed(cast, candidate_id=candidate_id)


def unsubscribed(cast: Cast, candidate_id: uuid.UUID) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(Candidate).where(Candidate.id == candidate_id).values(unsubscribed_at=DAY))


def merged_with(cast: Cast, candidate_id: uuid.UUID) -> None:
    again = CandidateInput(full_name="Maya O.", email="maya.again@mail.test")
    second = candidates.add(actor=cast.actor(cast.pia), input=again)
    said: dict[str, Any] = {"email": "maya@mail.test", "reason": "The same person"}
    assert merging.merge(second, actor=cast.actor(cast.pia), **said) == candidate_id


TOUCHES: list[Callable[[Cast, uuid.UUID], object]] = [
    attached,
    edited,
    contacted,
    wanted_by_a_rival,
    offered,
    unsubscribed,
    merged_with,
]


@pytest.mark.parametrize("touch", TOUCHES)
def test_whom_somebody_worked_with_since_stays_with_the_claim(
    cast: Cast, touch: Callable[[Cast, uuid.UUID], object]
) -> None:
    report = imported(cast)
    maya = report.lines[0].candidate_id
    assert maya is not None
    with simulated(LATER):
        touch(cast, maya)
        shown = queries.undoing(report.import_id or maya, viewer=cast.actor(cast.rita))
        assert (shown.removable, shown.staying) == (1, 1)
        assert undo(cast, report) == (1, 1)
    with Session(db.engine) as session:
        assert session.scalars(select(CandidateSourcer.candidate_id)).all() == [maya]


def test_a_claim_after_the_import_keeps_whom_the_platform_imported(cast: Cast) -> None:
    report = imported(cast, cast.pia, claim=False)
    maya = report.lines[0].candidate_id
    assert maya is not None
    with simulated(LATER):
        ownership.claim(maya, actor=cast.actor(cast.rita), source_method="event")
        assert undo(cast, report, cast.pia) == (1, 1)
    assert names() == {"Maya"}


def test_whose_protection_ran_out_of_time_stays(cast: Cast) -> None:
    report = imported(cast)
    with simulated(DAY + timedelta(days=340)):
        ownership.warn_expiring(actor=system_actor(DAY + timedelta(days=340)))
        with pytest.raises(Conflict, match="none can be removed"):
            undo(cast, report)


def test_where_all_stay_nothing_is_undone(cast: Cast) -> None:
    report = imported(cast)
    for line in report.lines:
        assert line.candidate_id is not None
        contacted(cast, line.candidate_id)
    with pytest.raises(Conflict, match="none can be removed"):
        undo(cast, report)
    assert queries.latest(cast.actor(cast.rita))[0].undone_at is None


def test_an_import_is_undone_once(cast: Cast) -> None:
    report = imported(cast)
    undo(cast, report)
    with pytest.raises(Conflict, match="already been undone"):
        undo(cast, report)


def test_two_who_undo_at_once_remove_once(cast: Cast) -> None:
    report = imported(cast)
    answers = race(cast.app, [lambda: undo(cast, report)] * 3)
    assert sorted(map(str, answers)) == ["(2, 0)", *["This import has already been undone."] * 2]


@pytest.mark.parametrize("name", ["omar", "pia"])
def test_somebody_elses_import_is_none(cast: Cast, name: str) -> None:
    report, other = imported(cast), getattr(cast, name)
    with pytest.raises(NotFound):
        undo(cast, report, other)
    with pytest.raises(NotFound):
        queries.undoing(report.import_id or uuid.uuid4(), viewer=cast.actor(other))
    assert queries.latest(cast.actor(other)) == []


def test_a_company_undoes_nothing(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        undo(cast, imported(cast), cast.carl)


def test_the_mails_of_who_went_are_still_written(cast: Cast) -> None:
    undo(cast, imported(cast))
    worked()
    assert names() == set()


def test_an_import_can_be_done_again_after_it_was_undone(cast: Cast) -> None:
    undo(cast, imported(cast))
    assert [line.outcome.value for line in imported(cast).lines] == ["new", "new"]


# --- remembered columns ---------------------------------------------------------------------------------------

ODD = "Wer,Wo\nMaya,maya@mail.test\n"
CHOSEN = Reading(("full_name", "email"), "DE")


def look(cast: Cast, who: Person, reading: Reading | None = None, text: str = ODD) -> ImportReport:
    look = partial(imports.preview, actor=cast.actor(who), text=text)
    return look(reading=reading) if reading else look()


def test_columns_that_were_chosen_are_read_so_in_the_next_file_with_the_same_header(cast: Cast) -> None:
    look(cast, cast.rita, CHOSEN)
    report = look(cast, cast.rita, text="Wer,Wo\nLeo,leo@mail.test\nIda,ida@mail.test\n")
    assert [line.full_name for line in report.lines] == ["Leo", "Ida"]
    assert report.reading == Reading(CHOSEN.fields, "DE", True)


@pytest.mark.parametrize("header", ["Wer,Was", "Wo,Wer", "Wer,Wo,Wann", "Wer"])
def test_another_header_is_asked_for_anew(cast: Cast, header: str) -> None:
    look(cast, cast.rita, CHOSEN)
    text = f"{header}\nLeo,leo@mail.test\n"
    with pytest.raises(InvalidInput, match="Choose which columns"):
        look(cast, cast.rita, text=text)


def test_what_the_person_chose_last_counts_and_a_new_choice_replaces_it(cast: Cast) -> None:
    look(cast, cast.rita, CHOSEN)
    imports.apply(actor=cast.actor(cast.rita), text=ODD, claim=False, reading=Reading(CHOSEN.fields, "FR"))
    assert look(cast, cast.rita).reading.country == "FR"
    with Session(db.engine) as session:
        assert len(session.scalars(select(ImportLayout)).all()) == 1


def test_a_colleagues_choice_serves_until_one_makes_another(cast: Cast) -> None:
    with Session(db.engine) as session, session.begin():
        moved = update(Membership).where(Membership.user_id == cast.omar.user_id)
        session.execute(moved.values(organisation_id=cast.rita.organisation_id))
    colleague = replace(cast.omar, organisation_id=cast.rita.organisation_id)
    look(cast, cast.rita, CHOSEN)
    assert look(cast, colleague).reading.country == "DE"
    look(cast, colleague, Reading(CHOSEN.fields, "PL"))
    assert [look(cast, who).reading.country for who in (cast.rita, colleague)] == ["DE", "PL"]


def test_another_organizations_choice_is_nobody_elses(cast: Cast) -> None:
    look(cast, cast.rita, CHOSEN)
    with pytest.raises(InvalidInput):
        look(cast, cast.omar)


def test_a_country_chosen_now_counts_before_the_one_of_last_time(cast: Cast) -> None:
    look(cast, cast.rita, CHOSEN)
    assert look(cast, cast.rita, Reading(country="GB")).reading.country == "GB"


# --- how far it is --------------------------------------------------------------------------------------------


def test_who_watches_is_told_how_many_rows_are_read_and_at_last_that_all_are(cast: Cast) -> None:
    told: list[tuple[int, int]] = []
    text = "name,email\n" + "".join(f"P {n},p{n}@mail.test\n" for n in range(250))
    imports.preview(actor=cast.actor(cast.rita), text=text, watch=lambda *how_far: told.append(how_far))
    assert told == [(0, 250), (100, 250), (200, 250), (250, 250)]
