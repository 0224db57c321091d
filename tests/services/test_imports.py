"""Files of candidates: what is said of each row, and what is written (issue 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import InvalidInput, NotPermitted, TooMany
from portal.domain.imports import Outcome, decode, guarded, read_rows, write_rows
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, imports, ownership
from portal.services.candidates.contacts import CandidateInput
from portal.services.candidates.imports import ImportReport
from tests.cast import DAY, Cast, Person

FILE = """Name;E-Mail;Job title;Company;Phone;LinkedIn;Skills
Maya Okafor;maya@example.com;Data engineer;Northwind;+1 415 555 0132;in/maya-okafor;Python, SQL
Leo Brandt;leo@example.com;;;;;
"""


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def preview(cast: Cast, text: str = FILE, who: Person | None = None) -> ImportReport:
    return imports.preview(actor=cast.actor(who or cast.rita), text=text)


def apply(cast: Cast, text: str = FILE, who: Person | None = None, *, claim: bool = False) -> ImportReport:
    method = "database" if claim else ""
    return imports.apply(actor=cast.actor(who or cast.rita), text=text, claim=claim, source_method=method)


def outcomes(report: ImportReport) -> list[str]:
    return [line.outcome.value for line in report.lines]


def count(model: type) -> int:
    with Session(db.engine) as session:
        return session.scalars(select(func.count()).select_from(model)).one()


@contextmanager
def written() -> Iterator[list[str]]:
    """Collect the statements of the engine that writes."""
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sql_event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    sql_event.remove(db.engine, "before_cursor_execute", note)


# --- reading the file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "full_name,email\nMaya,maya@example.com\n",
        "\ufefffull_name,email\r\nMaya,maya@example.com\r\n",
        "EMAIL;Full Name\nmaya@example.com;Maya",
        "Full-Name\tE-mail address\nMaya\tmaya@example.com\n\n \t\n",
        'sep=;\nname;mail\n"Maya";"maya@example.com"',
        "\n\nname,mail\n'Maya,maya@example.com".replace("'", ""),
        "name,email,colour\nMaya,maya@example.com,red\n",
    ],
)
def test_spreadsheets_of_many_habits_are_read(text: str) -> None:
    (row,) = read_rows(text)
    assert (row.cells["full_name"], row.cells["email"], row.surplus) == ("Maya", "maya@example.com", False)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "full_name and email is missing"),
        ("name,phone\nMaya,1", "email is missing"),
        ("name,email", "no rows"),
        ("name,email,e-mail\nMaya,a@example.com,b@example.com", "Two columns"),
        ('name,email\n"Maya,maya@example.com', "Line 2 cannot be read"),
        ("name,email\n" + "x,y\n" * 5001, "5,001 rows; at most 5,000"),
        ("name,email\n" + "x" * 1024 * 1024, "larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_rows(text)
    assert says in refusal.value.fields["file"]


def test_only_utf_8_is_read() -> None:
    assert decode("\ufeffname,é".encode()) == "name,é"
    with pytest.raises(InvalidInput, match="CSV UTF-8"):
        decode("name,é".encode("latin-1"))


@pytest.mark.parametrize("cell", ["=1+1", "+41", "-1", "@x", "\tx"])
def test_exported_cells_are_no_formulas_and_come_back_as_they_were(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    (row,) = read_rows(write_rows([["name", "email"], [cell, "a@example.com"]]))
    assert row.cells["full_name"] == cell


def test_harmless_cells_are_exported_as_they_are() -> None:
    assert write_rows([["Maya", 'say "hi"']]) == '\ufeff"Maya","say ""hi"""\r\n'


# --- the dry run ----------------------------------------------------------------------------------------------


def test_a_dry_run_reports_and_changes_nothing(cast: Cast) -> None:
    report = preview(cast)
    assert outcomes(report) == ["new", "new"]
    assert (report.applied, report.count(Outcome.NEW)) == (False, 2)
    assert (count(Candidate), count(MarketplaceEvent)) == (0, 0)


def test_each_wrong_row_names_its_fields(cast: Cast) -> None:
    text = "name,email,phone,title\n,maya@,12,\nLeo,leo@example.com,,\x00\nIda,ida@example.com,,x,surplus\n"
    report = preview(cast, text)
    assert outcomes(report) == ["invalid"] * 3
    assert [[field for field, _ in line.wrong] for line in report.lines] == [
        ["full_name", "email", "phone"],
        ["title"],
        [],
    ]
    assert [line.number for line in report.lines] == [2, 3, 4]
    assert "More cells" in report.lines[2].says


def test_a_row_repeated_in_the_file_is_found_by_any_key(cast: Cast) -> None:
    text = (
        "name,email,phone\nMaya,maya@gmail.com,+14155550132\nM,m.aya+x@googlemail.com,\nM,m@example.com,+14155550132\n"
    )
    report = preview(cast, text)
    assert outcomes(report) == ["new", "repeated", "repeated"]
    assert [line.says for line in report.lines[1:]] == ["The same email as in row 2.", "The same phone as in row 2."]


def test_known_candidates_are_told_as_a_check_tells_them(cast: Cast) -> None:
    apply(cast, claim=True)
    apply(cast, "name,email\nIda,ida@example.com\n")
    text = FILE + "Ida;ida@example.com;;;;;\n"
    mine, theirs = preview(cast, text), preview(cast, text, cast.omar)
    assert outcomes(mine) == ["yours"] * 3
    assert all(line.candidate_id for line in mine.lines)
    assert outcomes(theirs) == ["exists"] * 3
    assert {line.candidate_id for line in theirs.lines} == {None}
    assert [line.until for line in theirs.lines] == [DAY + timedelta(days=365)] * 2 + [None]
    assert theirs.lines[2].says == "Free: nobody holds the sourcing credit."


def test_a_dry_run_that_names_others_is_logged_and_limited(cast: Cast) -> None:
    apply(cast)
    for _ in range(10):
        preview(cast, who=cast.omar)
    with pytest.raises(TooMany, match="10 files within an hour") as refusal:
        preview(cast, who=cast.omar)
    assert refusal.value.retry_after == 3600
    assert outcomes(preview(cast)) == ["yours", "yours"]
    assert outcomes(preview(cast, who=cast.pia)) == ["yours", "yours"]
    with Session(db.engine) as session:
        logged = session.scalars(select(MarketplaceEvent.payload).where(MarketplaceEvent.type == "candidate.checked"))
        assert {(*p["by"], p["result"]) for p in logged} == {("import", "2 of 2 known")}
    with simulated(DAY + timedelta(minutes=61)):
        preview(cast, who=cast.omar)


@pytest.mark.parametrize("name", ["carl", "hana", "zoe"])
def test_a_company_imports_nobody(cast: Cast, name: str) -> None:
    with pytest.raises(NotPermitted):
        preview(cast, who=getattr(cast, name))
    with pytest.raises(NotPermitted):
        apply(cast, who=getattr(cast, name))


# --- the import -----------------------------------------------------------------------------------------------


def test_an_import_adds_what_is_new(cast: Cast) -> None:
    report = apply(cast)
    assert [line.says for line in report.lines] == ["Added.", "Added."]
    with Session(db.engine) as session:
        maya = session.scalars(select(Candidate).where(Candidate.email_key == "maya@example.com")).one()
    assert (maya.phone, maya.linkedin_key, maya.skills) == ("+14155550132", "maya-okafor", ["Python", "SQL"])
    assert maya.id == report.lines[0].candidate_id
    assert count(CandidateSourcer) == 0


def test_the_same_file_twice_changes_nothing(cast: Cast) -> None:
    apply(cast, claim=True)
    before = [count(model) for model in (Candidate, CandidateSourcer, MarketplaceEvent)]
    report = apply(cast, claim=True)
    assert (outcomes(report), report.claimed) == (["yours", "yours"], 0)
    assert [count(model) for model in (Candidate, CandidateSourcer, MarketplaceEvent)] == before


def test_all_that_are_new_may_be_claimed(cast: Cast) -> None:
    apply(cast, "name,email\nMaya,maya@example.com\n", cast.omar)
    report = apply(cast, claim=True)
    assert (outcomes(report), report.claimed) == (["exists", "new"], 1)
    with Session(db.engine) as session:
        (claim,) = session.scalars(select(CandidateSourcer))
        told = session.scalars(select(MarketplaceEvent).where(MarketplaceEvent.type == "candidate.sourced")).one()
    assert (claim.recruiter_id, claim.source_method) == (cast.rita.recruiter_id, "database")
    assert claim.protection_expires_at == DAY + timedelta(days=365)
    assert told.payload["claim_id"] == str(claim.id)


def test_a_file_with_nothing_new_writes_nothing(cast: Cast) -> None:
    apply(cast, "name,email\nMaya,?\n", claim=True)
    assert (count(Candidate), count(MarketplaceEvent)) == (0, 0)


def test_a_claim_names_its_method_and_its_recruiter(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        imports.apply(actor=cast.actor(cast.rita), text=FILE, claim=True, source_method="luck")
    with pytest.raises(InvalidInput, match="recruiters claim"):
        apply(cast, who=cast.pia, claim=True)
    assert outcomes(apply(cast, who=cast.pia)) == ["new", "new"]


def test_who_is_entered_elsewhere_meanwhile_is_left_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    leo = CandidateInput(full_name="Leo", email="leo@example.com")
    candidates.add(actor=cast.actor(cast.omar), input=leo)
    monkeypatch.setattr(imports, "_known", lambda uow, keys: {})
    report = apply(cast, claim=True)
    assert (outcomes(report), report.claimed) == (["new", "exists"], 1)
    assert report.lines[1].says == "Somebody entered this one just now."


def test_a_protected_match_counts_before_a_free_one(cast: Cast) -> None:
    maya = CandidateInput(full_name="Maya", email="maya@example.com")
    other = CandidateInput(full_name="Other", email="other@example.com", phone="+1 415 555 0132")
    candidates.add(actor=cast.actor(cast.rita), input=maya)
    owned = candidates.add(actor=cast.actor(cast.rita), input=other)
    ownership.claim(owned, actor=cast.actor(cast.rita), source_method="event")
    assert preview(cast, who=cast.omar).lines[0].until == DAY + timedelta(days=365)


def test_a_full_file_is_written_in_a_bounded_number_of_statements(cast: Cast) -> None:
    def file(start: int, rows: int) -> str:
        return "name,email\n" + "".join(f"P {n},p{n}@example.com\n" for n in range(start, start + rows))

    with written() as few:
        apply(cast, file(0, 5), claim=True)
    with written() as many:
        report = apply(cast, file(100, 2_000), claim=True)
    assert report.claimed == 2_000
    assert len(many) <= len(few) + 5
