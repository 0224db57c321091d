"""Files of candidates: what is said of each row, and what is written."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.encodings import decode
from portal.domain.errors import InvalidInput, NotFound, NotPermitted, TooMany
from portal.domain.imports import Outcome, guarded, read_table, write_rows
from portal.domain.ownership import CheckResult
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent, PlatformSettings
from portal.rendering import spreadsheets
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, import_undo, imports, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput, read_phone
from portal.services.candidates.import_cells import day_cell, money_cell, whole_cell
from portal.services.candidates.imports import ImportReport, Reading
from portal.wording import notation
from tests.cast import DAY, Cast, Person
from tests.letters import payloads
from tests.tables import count
from tests.workbooks import row, workbook

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
    (row,) = read_table(text).rows()
    assert (row.full_name, row.first("email"), row.surplus) == ("Maya", "maya@example.com", False)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("姓,名,邮箱\n王,小明,wxm@mail.test", "王小明"),
        ("名,姓,メール\n太郎,山田,ty@mail.test", "山田太郎"),
        ("名,姓,邮箱\nAnna,王,aw@mail.test", "Anna 王"),
        ("Vorname,Nachname,E-Mail\nAnna,Groß,ag@mail.test", "Anna Groß"),
    ],
)
def test_a_name_in_parts_is_put_together_as_its_people_write_it(file: str, name: str) -> None:
    (row,) = read_table(file).rows()
    assert row.full_name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("name,email", "no rows"),
        ('name,email\n"Maya,maya@example.com', "Line 2 can’t be read"),
        ("name,email\n" + "x,y\n" * 5001, "5,001 rows; the limit is 5,000"),
        ("name,email\n" + "x" * 1024 * 1024, "larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_table(text)
    assert says in refusal.value.fields["file"]


@pytest.mark.parametrize("text", ["name,phone\nMaya,1", "email,phone\nm@example.com,1", "a,b\n1,2"])
def test_a_file_without_a_column_of_names_or_addresses_asks_for_it(cast: Cast, text: str) -> None:
    with pytest.raises(InvalidInput, match="Choose which columns"):
        preview(cast, text)


def test_columns_may_be_named_by_hand(cast: Cast) -> None:
    reading = Reading(("full_name", "", "email"))
    report = imports.preview(actor=cast.actor(cast.rita), text="a,b,c\nMaya,x,m@example.com\n", reading=reading)
    assert [(line.full_name, line.email) for line in report.lines] == [("Maya", "m@example.com")]


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Vorname,Nachname,E-Mail,Handy,Firma", ("first_name", "last_name", "email", "phone", "employer")),
        ("Prénom,Nom,Adresse e-mail,Portable,Poste", ("first_name", "last_name", "email", "phone", "title")),
        ("Nombre,Apellidos,Correo electrónico,Ciudad", ("first_name", "last_name", "email", "location")),
        ("氏名,メールアドレス,会社名,職種", ("full_name", "email", "employer", "title")),
        ("Imię,Nazwisko,E-mail,Stanowisko", ("first_name", "last_name", "email", "title")),
        ("FIRST_NAME,last.name,E-MAIL ADDRESS,whatever", ("first_name", "last_name", "email", "")),
        ("Name,Vorname,E-Mail", ("last_name", "first_name", "email")),
        ("Surname,Name,Email", ("last_name", "first_name", "email")),
        ("성,이름,이메일", ("last_name", "first_name", "email")),
        ("Name,First name,Last name,Email", ("full_name", "first_name", "last_name", "email")),
        ("Full name,First name,Email", ("full_name", "first_name", "email")),
        ("Ονοματεπώνυμο,Τηλέφωνο,Email,Εταιρεία", ("full_name", "phone", "email", "employer")),
        ("Фамилия,Имя,Электронная почта,Номер телефона", ("last_name", "first_name", "email", "phone")),
        ("First name,Email (work),Phone (iPhone),City (home)", ("first_name", "email", "phone", "location")),
        ("Person : First Name,Person : Email,Person : Phones : Number", ("first_name", "email", "phone")),
        ("Candidate Name,Primary Email Address,Current City", ("full_name", "email", "location")),
        (
            "Kandidat,E-Mail (privat),Mobil (geschäftlich),Aktueller Arbeitgeber",
            ("full_name", "email", "phone", "employer"),
        ),
        ("NOM,PRENOM,MAIL,TEL PORTABLE,SOCIETE", ("last_name", "first_name", "email", "phone", "employer")),
        ("Nombre y apellidos,Correo,Teléfono móvil,Empresa actual", ("full_name", "email", "phone", "employer")),
        ("Sukunimi,Sähköposti,Puhelin,Työnantaja", ("last_name", "email", "phone", "employer")),
        ("Titel,Vorname,Name,Mail,Funktion", ("", "first_name", "last_name", "email", "title")),
        ("Title,First Name,Last Name,Job Title,E-mail Address", ("", "first_name", "last_name", "title", "email")),
        ("Förnamn,Efternamn,E-postadress,Ort,Titel", ("first_name", "last_name", "email", "location", "title")),
        ("Ім’я,Прізвище,Електронна пошта,Телефон", ("first_name", "last_name", "email", "phone")),
        ("שם פרטי,שם משפחה,דוא״ל,טלפון", ("first_name", "last_name", "email", "phone")),
        ("الاسم الأول,اسم العائلة,البريد الإلكتروني,الهاتف", ("first_name", "last_name", "email", "phone")),
        ("Last Name, First Name;E-Mail;Mobile Phone Number", ("full_name", "email", "phone")),
        ("Name, Vorname;E-Mail;derzeitiges Gehalt", ("full_name", "email", "salary")),
        ("Nom Prénom;Courriel;Devise", ("full_name", "email", "currency")),
        ("Apellidos y nombre;Correo;Moneda", ("full_name", "email", "currency")),
        ("Příjmení a jméno;E-mail;Současná pozice", ("full_name", "email", "title")),
        ("ชื่อ;นามสกุล;อีเมล", ("first_name", "last_name", "email")),
        ("What is your full name?;Your LinkedIn;Invitee Email", ("full_name", "linkedin_url", "email")),
        ("Anrede;Titel;Vorname;Nachname;E-Mail", ("", "", "first_name", "last_name", "email")),
        ("Salaire actuel (k€);Gehalt in Tsd. EUR;Monthly salary;Email", ("", "", "", "email")),
        ("現年収（万円）,希望年収,Expected salary (per month),Email", ("", "expected_salary", "", "email")),
        ("Main Phone,Phone Numbers,Company Number,Job Number", ("phone", "phone", "", "")),
        (
            "姓,名,ミドル ネーム,電子メール アドレス,会社電話",
            ("last_name", "first_name", "middle_name", "email", "phone"),
        ),
        ("Nafn,Netfang,Sími,Vinnustaður", ("full_name", "email", "phone", "employer")),
        ("Fornafn,Nafn,Netfang,Farsími", ("first_name", "last_name", "email", "phone")),
        ("Vorname,Zweiter Vorname,Nachname,Associated Company", ("first_name", "middle_name", "last_name", "employer")),
        ("Email Status,Company Linkedin Url,Candidate ID,Address", ("", "", "", "")),
    ],
)
def test_columns_are_known_in_many_languages(header: str, fields: tuple[str, ...]) -> None:
    assert read_table(f"{header}\n1,2,3,4,5\n").fields == fields


def test_what_somebody_is_now_is_surer_than_the_job_that_was_applied_for() -> None:
    for now, applied in (("Candidate Current Title", "Job Title"), ("Aktuelle Position", "Position")):
        table = read_table(f"Name,Email,{applied},{now}\nMaya,m@mail.test,Chef,Cook\n")
        assert table.rows()[0].cells["title"] == ["Cook", "Chef"]


PROGRAMS = {
    "Outlook": '"Vorname","Weitere Vornamen","Nachname","Firma","Ort geschäftlich","Mobiltelefon","E-Mail-Adresse"\n'
    '"Käthe","Luise","Müller","Böhm & Söhne","Köln","0171 3920001","k@mail.test"\n',
    "Google": "First Name,Last Name,Organization Name,Organization Title,E-mail 1 - Label,E-mail 1 - Value,"
    "Phone 1 - Value,Address 1 - City\n"
    "Käthe,Müller,Böhm & Söhne,Chefin,* Work,k@mail.test,0171 3920001 ::: 0171 3920002,Köln\n",
    "Google, formerly": "Name,Given Name,Family Name,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Value,"
    "Organization 1 - Name\nKäthe Müller,Käthe,Müller,* Work,k@mail.test,0171 3920001,Böhm & Söhne\n",
    "Greenhouse": "Candidate Name,Candidate Email Address(es),Phone Number(s),Company\n"
    '"Müller, Käthe","personal: k@mail.test, work: m@mail.test","mobile: 0171 3920001, home: 0221 1","Böhm & Söhne"\n',
    "Bullhorn": "Name,First Name,Last Name,Primary Email,Mobile Phone,Current Company\n"
    '"Müller, Käthe",Käthe,Müller,k@mail.test,0171 3920001,Böhm & Söhne\n',
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_programs_export_needs_no_mapping(cast: Cast, program: str) -> None:
    reading = Reading(country="DE")
    report = imports.apply(actor=cast.actor(cast.rita), text=PROGRAMS[program], claim=False, reading=reading)
    assert outcomes(report) == ["new"]
    with Session(db.engine) as session:
        row = session.scalars(select(Candidate)).one()
    name = "Käthe Luise Müller" if program == "Outlook" else "Käthe Müller"
    assert (row.full_name, row.email, row.phone_key) == (name, "k@mail.test", "+491713920001")
    assert row.employer == "Böhm & Söhne"


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Okafor, Chidi", "Chidi Okafor"),
        ("García Márquez, Gabriel", "Gabriel García Márquez"),
        ("OKAFOR, CHIDI", "CHIDI OKAFOR"),
        ("Jane Doe, PhD", "Jane Doe, PhD"),
        ("Jane Doe, CPA", "Jane Doe, CPA"),
        ("Jane Doe, MD, MBA", "Jane Doe, MD, MBA"),
        ("Doe,", "Doe,"),
    ],
)
def test_a_family_name_that_stands_first_goes_behind_and_a_degree_stays(cell: str, name: str) -> None:
    (row,) = read_table(f'name;email\n"{cell}";x@mail.test\n').rows()
    assert row.full_name == name


def test_a_file_that_begins_with_a_person_loses_nobody(cast: Cast) -> None:
    table = read_table("Maya Okafor;m@x.test;Chefin\nLeo Brandt;l@x.test;\n")
    assert (table.header, table.fields) == (("Column 1", "Email", "Column 3"), ("", "email", ""))
    reading = Reading(("full_name", "email", "title"))
    report = imports.preview(actor=cast.actor(cast.rita), text="Maya,m@x.test,\nLeo,l@x.test,\n", reading=reading)
    assert [(line.number, line.full_name) for line in report.lines] == [(1, "Maya"), (2, "Leo")]


def test_quotation_marks_that_other_programs_write_cost_no_file() -> None:
    for cell, name in (('"Maya" Okafor', "Maya Okafor"), ('"Maya \\"M\\" Okafor"', 'Maya "M" Okafor')):
        rows = read_table(f"name,email\n{cell},m@x.test\nLeo,l@x.test\n").rows()
        assert [(row.full_name, row.first("email")) for row in rows] == [(name, "m@x.test"), ("Leo", "l@x.test")]


def test_names_of_both_parents_are_one_family_name() -> None:
    (row,) = read_table("Nombres,Apellido paterno,Apellido materno,E-mail\nGabriel,García,Márquez,g@x.test\n").rows()
    assert row.full_name == "Gabriel García Márquez"


def test_an_address_is_read_out_of_what_stands_around_it(cast: Cast) -> None:
    cells = ("mailto:m@x.test?subject=Hi", "m＠x.test", "[m@x.test](mailto:m@x.test)", '=HYPERLINK("mailto:m@x.test")')
    for cell in cells:
        quoted = cell.replace('"', '""')
        assert preview(cast, f'name,email\nMaya,"{quoted}"\n').lines[0].email == "m@x.test"


NAMED = (
    *("1 February 2027", "Feb 1st, 2027", "1. Februar 2027", "1er févr. 2027", "lunes, 1 de febrero de 2027"),
    *("1-Feb-27", "01 LUTY 2027", "2027. február 1."),
)


def test_numbers_sums_and_days_are_read_as_spreadsheets_write_them() -> None:
    assert [whole_cell(text) for text in ("12", "12.0", "6,00")] == [12, 12, 6]
    dotted, timed = day_cell("1.2.2027"), day_cell("2027-02-01 00:00:00")
    assert dotted == timed == day_cell("2027-02-01")
    assert {day_cell(text) for text in ("2027/2/1", "2027年2月1日", "2027-02-01T00:00:00.000+01:00")} == {dotted}
    assert {day_cell(text) for text in NAMED} == {dotted}
    assert day_cell("13/02/2027") == day_cell("02/13/2027") == dotted + timedelta(days=12)
    with pytest.raises(ValueError, match=r"This could be 2 Jan 2027 or 1 Feb 2027\. Enter"):
        day_cell("02/01/2027")
    sums = [money_cell(text, currency="EUR") for text in ("75.000,00 €", "€ 75.000,00", "EUR 75000", "75000 EUR")]
    assert sums == [7_500_000] * 4
    for text in ("50K", "50K SEK"):  # its K is none of the currency's letters
        with pytest.raises(ValueError, match="Enter it in full"):
            money_cell(text, currency="SEK")
    for read, text in (
        (whole_cell, "7,5"),
        (whole_cell, "1,000"),
        (day_cell, "01/02/2027"),
        (day_cell, "30.2.2027"),
        (day_cell, "46327"),
        (day_cell, "February 2027"),
        (day_cell, "31 Feb 2027"),
        (day_cell, "1 Feb 2027 or later"),
    ):
        with pytest.raises(ValueError, match="Enter"):
            read(text)
    for changed, cell in ((day_cell, "46327"), (partial(money_cell, currency="EUR"), "7,5E+04")):
        with pytest.raises(ValueError, match="A spreadsheet changed"):
            changed(cell)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("name,é".encode(), "name,é"),
        ("\ufeffname,é".encode(), "name,é"),
        ("name,é “x” €".encode("cp1252"), "name,é “x” €"),
        ("name,é".encode("utf-16"), "name,é"),
        (codecs.BOM_UTF16_BE + "name,é".encode("utf-16-be"), "name,é"),
        ("name,é\r\n王,x".encode("utf-16-le"), "name,é\r\n王,x"),
        ("name,é\r\n王,x".encode("utf-16-be"), "name,é\r\n王,x"),
    ],
)
def test_a_file_is_read_in_the_encoding_that_it_has(data: bytes, text: str) -> None:
    assert decode(data).text == text


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\x81", b"\x81\x00", "näme".encode("utf-16-le") + b"\x00"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="CSV UTF-8"):
        decode(data)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+41", "-1", "@x", "\tx", "\n=1", "\uff1d1+1", "'-Bar", "''Bar", "'=Sum GmbH"]
)
def test_exported_cells_are_no_formulas_and_come_back_as_they_were(cell: str) -> None:
    assert guarded(cell) == spreadsheets.cell(cell) == f"'{cell}"
    (row,) = read_table(write_rows([["name", "email"], [cell, "a@example.com"]])).rows()
    assert row.first("full_name") == cell


def test_an_apostrophe_that_guards_nothing_is_exported_as_it_is() -> None:
    (row,) = read_table(write_rows([["name", "email"], ["'t Hoenig", "a@example.com"]])).rows()
    assert guarded("'t Hoenig") == row.first("full_name") == "'t Hoenig"


def test_harmless_cells_are_exported_as_they_are() -> None:
    assert write_rows([["Maya", 'say "hi"']]) == '\ufeff"Maya","say ""hi"""\r\n'


# --- the dry run ----------------------------------------------------------------------------------------------


def test_a_dry_run_reports_and_changes_nothing(cast: Cast) -> None:
    report = preview(cast)
    assert outcomes(report) == ["new", "new"]
    assert (report.applied, report.count(Outcome.NEW)) == (False, 2)
    assert (count(Candidate), count(MarketplaceEvent)) == (0, 1), "that it was asked is logged"


def test_each_wrong_row_names_its_fields(cast: Cast) -> None:
    text = "name,email,title\n,maya@,\nLeo,,x\nIda,ida@example.com,x,surplus\n"
    report = preview(cast, text)
    assert outcomes(report) == ["invalid"] * 3
    assert [[field for field, _ in line.wrong] for line in report.lines] == [["full_name", "email"], ["email"], ["row"]]
    assert [line.number for line in report.lines] == [2, 3, 4]
    assert report.lines[1].wrong == (("email", "This row has no email address."),)


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("phone", "0171 3920008", "country code"),
        ("phone", "+1 415 555 0190 x12", "extension"),
        ("phone", "4.91714E+11", "A spreadsheet changed it to 4.91714E+11 and lost the last digits."),
        ("phone", "4,91714E+11", "lost the last digits"),
        ("title", "01. Mrz", "A spreadsheet turned it into a date (“01. Mrz”)."),
        ("employer", "02-Dec", "turned it into a date"),
        ("employer", "#REF!", "A spreadsheet had no value for it (“#REF!”)."),
        ("title", "######", "had no value for it"),
        ("title", "=VLOOKUP(A2;B:C;2)", "a formula without its result"),
        ("employer", "=A2&B2", "a formula without its result"),
        ("title", "=Sheet1!A2", "a formula without its result"),
        ("title", '=\'My people\'!$B$2&"" ""&C2', "a formula without its result"),
        ("skills", "#DIV/0!", "A spreadsheet had no value for it (“#DIV/0!”)."),
        ("languages", "=B2", "a formula without its result"),
        ("right to work", "#REF!", "had no value for it"),
        ("phone", "#NAME?", "A spreadsheet had no value for it (“#NAME?”)."),
        ("phone", "=B2", "a formula without its result"),
        ("salary (USD)", "€75,000", "It says EUR, and its row says USD."),
        ("salary (EUR)", "75000 CHF", "It says CHF, and its row says EUR."),
        ("salary (EUR)", "999999999999999", "too large for an annual salary"),
        ("location", "x" * 300, "Shorten"),
        ("linkedin", "ask her", "“ask her” is not a link."),
        ("linkedin", "LinkedIn", "“LinkedIn” is not a link."),
        ("linkedin", "nein", "“nein” is not a link."),
        ("linkedin", "javascript:alert(1)", "“javascript:alert(1)” is not a link."),
        ("skills", "x" * 60 + ";Go", "1 are too long"),
    ],
)
def test_a_bad_optional_cell_costs_the_cell_and_the_report_says_so(
    cast: Cast, column: str, cell: str, says: str
) -> None:
    report = preview(cast, f'name,email,{column}\nMaya,maya@example.com,"{cell}"\n')
    assert outcomes(report) == ["new"]
    ((_field, note),) = report.lines[0].notes
    assert says in note


def test_the_first_address_that_is_one_is_taken_and_the_first_refusal_told(cast: Cast) -> None:
    wrong = "maya@-no-host-.example"
    report = preview(cast, f'name,email\nMaya,"{wrong}; maya@example.com"\nLeo,"{wrong}"\n')
    assert outcomes(report) == ["new", "invalid"]
    assert report.lines[0].notes == (("email", "maya@example.com was chosen from 2 addresses."),)
    assert [field for field, _ in report.lines[1].wrong] == ["email"]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("phone", "N/A"),
        ("phone", " n/a "),
        ("employer", "-"),
        ("skills", "none"),
        ("linkedin", "NULL"),
        ("title", "k.A."),
    ],
)
def test_a_word_that_stands_for_nothing_is_read_as_empty_and_the_report_says_so(
    cast: Cast, column: str, cell: str
) -> None:
    report = preview(cast, f'name,email,{column}\nMaya,maya@example.com,"{cell}"\n')
    ((_field, note),) = report.lines[0].notes
    assert note == f"“{cell.strip()}” was read as empty."


def test_a_profile_is_imported_and_what_cannot_be_read_of_it_costs_its_cell(cast: Cast) -> None:
    text = (
        "name,email,years of experience,notice weeks,available from,current salary,expected salary,currency,languages,"
        "work permit\n"
        "Ida Holm,ida@mail.test,8,4,2027-01-15,90000,95000.50,eur,German C1; English,EU\n"
        "Jon Reyes,jon@mail.test,many,200,soon,90000,,,,n/a\n"
        "Kim Park,kim@mail.test,,,,90000,-1,QQQ,,\n"
    )
    report = imports.apply(actor=cast.actor(cast.rita), text=text, claim=False)
    with Session(db.engine) as session:
        ida, jon, kim = session.scalars(select(Candidate).order_by(Candidate.email_key)).all()
    assert (ida.experience_years, ida.notice_weeks, str(ida.available_on)) == (8, 4, "2027-01-15")
    assert (ida.salary_minor, ida.expected_salary_minor, ida.currency) == (9_000_000, 9_500_050, "EUR")
    assert (ida.languages, ida.right_to_work) == (["German C1", "English"], "EU")
    assert (jon.experience_years, jon.notice_weeks, jon.available_on, jon.salary_minor) == (None,) * 4
    assert (kim.salary_minor, kim.currency) == (None, None)
    assert report.lines[0].sums == (("salary", "€90,000"), ("expected_salary", "€95,000.50"))
    notes = [sorted(name for name, _ in line.notes) for line in report.lines]
    assert notes[0] == []
    assert notes[1] == ["available_on", "experience_years", "notice_weeks", "right_to_work", "salary"]
    says = dict(report.lines[1].notes)
    assert says["salary"] == "“90000” skipped. Its currency is unknown. Add a column with its code, such as EUR."
    assert says["experience_years"] == "“many” skipped. Enter a whole number."
    ambiguous = preview(cast, "name,email,current salary,currency\nMay,may@example.com,75.000,EUR\n").lines[0].notes
    assert "75,000 or 75.00" in dict(ambiguous)["salary"]
    dinars = preview(cast, "name,email,current salary,currency\nMay,may@example.com,75.000,KWD\n").lines[0]
    assert ("75,000 or 75?" in dict(dinars.notes)["salary"], dinars.sums) == (True, ())


@pytest.mark.parametrize(
    ("header", "cell", "understood"),
    [
        ("salary", "75.000,00 €", "€75,000"),
        ("salary", "US$ 90,000.00", "$90,000"),
        ("Obecne wynagrodzenie", "150 000,00 zł", "PLN\u00a0150,000"),
        ("Salary (GBP)", "60,000.00", "£60,000"),
        ("Gehalt (EUR)", "$60,000.00", None),
        ("salary", "$60,000.00", None),  # of which dollar?
        ("Current salary (EUR);Expected salary (USD)", "60000;70000", None),
    ],
)
def test_a_currency_may_stand_in_the_cell_or_in_the_name_of_its_column(
    cast: Cast, header: str, cell: str, understood: str | None
) -> None:
    line = preview(cast, f"name;email;{header}\nMay;m@mail.test;{cell}\n").lines[0]
    assert (dict(line.sums).get("salary"), "salary" in dict(line.notes)) == (understood, understood is None)


def test_skills_lose_the_signs_that_other_programs_put_around_each(cast: Cast) -> None:
    for cell in ('"[""SQL"",""C++""]"', '"SQL; ""C++"""'):
        imports.apply(
            actor=cast.actor(cast.rita), text=f"name,email,skills\nMay,m{len(cell)}@mail.test,{cell}\n", claim=False
        )
    with Session(db.engine) as session:
        assert session.scalars(select(Candidate.skills)).all() == [["SQL", "C++"]] * 2


def test_a_number_of_a_workbook_is_never_read_as_thousands(cast: Cast) -> None:
    """Not even by someone who writes them with a point."""
    rows = row("Name", "Email", "Salary", "Expected salary", "Currency")
    rows += row("Ada King", "a@mail.test", "<c><v>75.125</v></c>", "<c><v>120000.5</v></c>", "EUR")
    with notation.using("de_DE"):
        (line,) = preview(cast, decode(workbook(("Sheet1", rows))).text).lines
    assert (line.sums, "at most two decimals" in str(line.notes)) == ((("expected_salary", "€120.000,50"),), True)


def test_an_empty_cell_is_worth_no_note(cast: Cast) -> None:
    assert preview(cast, "name,email,phone,title\nMaya,maya@example.com,,\n").lines[0].notes == ()


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
    assert outcomes(preview(cast, text, cast.pia)) == ["exists", "exists", "yours"]  # in the list, and another's
    assert {line.candidate_id for line in theirs.lines} == {None}
    assert theirs.lines[0].says == "Already claimed by another recruiter."
    assert [line.until for line in theirs.lines] == [DAY + timedelta(days=365)] * 2 + [None]
    assert theirs.lines[2].says == "Available: no one holds the sourcing credit."


def test_whom_an_import_names_counts_as_checked_once_an_hour_in_looks_and_apply_alike(cast: Cast) -> None:
    limit_checks(cast, 3)
    apply(cast)
    for _ in range(3):
        assert outcomes(preview(cast, who=cast.omar)) == ["exists", "exists"]
    assert outcomes(apply(cast, who=cast.omar)) == ["exists", "exists"]
    checked = [(*p["by"], p["result"]) for p in payloads("candidate.checked")]
    assert checked == [("import", "unknown"), *[("import", "free")] * 2]
    assert outcomes(preview(cast)) == ["yours", "yours"]
    assert outcomes(preview(cast, who=cast.pia)) == ["yours", "yours"]


def test_checks_claims_of_unknown_keys_and_imports_share_one_budget(cast: Cast) -> None:
    limit_checks(cast, 3)
    apply(cast)
    omar, stranger = cast.actor(cast.omar), CheckInput(email="nobody@example.com")
    candidates.check(actor=omar, input=stranger)
    with pytest.raises(NotFound):
        ownership.claim_found(actor=omar, input=stranger, source_method="linkedin")
    text = FILE + "Ida;ida@example.com;;;;;\nNobody;;;;;;\n"
    for read in (preview, apply):
        report = read(cast, text, cast.omar)
        assert outcomes(report) == ["exists", "later", "later", "invalid"]
        assert "hourly limit" in report.lines[1].says
    for refused in (candidates.check, partial(ownership.claim_found, source_method="linkedin")):
        with pytest.raises(TooMany):
            refused(actor=omar, input=stranger)
    assert count(Candidate) == 2
    with simulated(DAY + timedelta(minutes=61)):
        assert outcomes(preview(cast, text, cast.omar)) == ["exists", "exists", "new", "invalid"]


def test_a_look_that_calls_people_new_is_one_check_and_none_when_they_are_used_up(cast: Cast) -> None:
    limit_checks(cast, 2)
    apply(cast)
    strangers, known = "name,email\nA,a@example.com\nB,b@example.com\n", FILE
    for text in (strangers, strangers, strangers, strangers.replace("b@", "d@")):  # the same file again is no check
        assert outcomes(preview(cast, text, cast.omar)) == ["new", "new"]
    other = strangers.replace("a@", "c@")  # which no preview told anything about
    for text in (strangers, known):
        assert outcomes(preview(cast, text, cast.omar)) == ["later", "later"]
    for text in (other, known):
        assert outcomes(apply(cast, text, cast.omar)) == ["later", "later"]
    assert outcomes(preview(cast)) == ["yours", "yours"]
    limit_checks(cast, 0)
    assert outcomes(apply(cast, strangers, cast.omar)) == ["new", "new"]


def test_past_the_limit_known_and_unknown_look_alike_whoever_else_the_file_holds(cast: Cast) -> None:
    limit_checks(cast, 1)
    apply(cast, FILE + "Ida;ida@example.com;;;+1 415 555 0177;;\n")
    omar = cast.actor(cast.omar)
    candidates.add(actor=omar, input=CandidateInput(full_name="Own", email="own@example.com"))
    candidates.check(actor=omar, input=CheckInput(email="leo@example.com"))
    rows = {
        "Leo;leo@example.com;;;;;": "exists",  # who was checked within the hour
        "Own;own@example.com;;;;;": "yours",
        "New;new@example.com;;;;;": "later",
        "Maya;maya@example.com;;;;;": "later",
        "Leo;leo@example.com;;;+1 415 555 0178;;": "repeated",
        "No address;;;;;;": "invalid",
    }
    header = FILE.splitlines()[0]
    for read in (preview, apply):
        assert outcomes(read(cast, "\n".join([header, *rows]), cast.omar)) == list(rows.values())
        for phone in ("+1 415 555 0177", "+1 415 555 0178"):  # Ida's and nobody's, in rows of others
            text = f"{header}\nLeo;leo@example.com;;;{phone};;\n"
            assert outcomes(read(cast, text, cast.omar)) == ["later"]
            assert outcomes(read(cast, text.replace("leo@", "own@"), cast.omar)) == ["later"]
    with simulated(DAY + timedelta(minutes=61)):  # what uses up the checks is told, what stands below it is not
        text = "\n".join([header, "New;new@example.com;;;;;", "Maya;maya@example.com;;;;;", "B;b@example.com;;;;;"])
        assert outcomes(preview(cast, text, cast.omar)) == ["new", "exists", "later"]
    assert count(Candidate) == 4


def test_a_preview_that_uses_up_the_checks_is_kept_once_and_for_its_own_file_alone(cast: Cast) -> None:
    limit_checks(cast, 2)
    apply(cast)
    strangers, omar = "name,email\nA,a@example.com\nB,b@example.com\n", cast.actor(cast.omar)
    for text in (FILE, strangers):  # two known people use up the checks, and hide who is new
        preview(cast, text, cast.omar)
    assert outcomes(apply(cast, strangers, cast.omar)) == ["later", "later"]
    with simulated(DAY + timedelta(minutes=61)):
        candidates.check(actor=cast.actor(cast.omar), input=CheckInput(email="nobody@example.com"))
        assert outcomes(preview(cast, strangers, cast.omar)) == ["new", "new"]  # the last check of the hour
        assert outcomes(apply(cast, strangers.replace("b@", "c@"), cast.omar)) == ["later", "later"]
        report = apply(cast, strangers.replace("\n", "\r\n"), cast.omar)
        assert outcomes(report) == ["new", "new"]
        assert report.import_id is not None
        import_undo.undo(report.import_id, actor=omar)
        assert outcomes(apply(cast, strangers, cast.omar)) == ["later", "later"]


def test_adding_the_unknown_and_undoing_it_is_a_check_each_time(cast: Cast) -> None:
    limit_checks(cast, 2)
    strangers, omar = "name,email\nA,a@example.com\nB,b@example.com\n", cast.actor(cast.omar)
    for _ in range(2):
        report = apply(cast, strangers, cast.omar)
        assert outcomes(report) == ["new", "new"]
        assert report.import_id is not None
        import_undo.undo(report.import_id, actor=omar)
    assert outcomes(apply(cast, strangers, cast.omar)) == ["later", "later"]


def limit_checks(cast: Cast, most: int) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(checks_per_hour=most))


# --- files as people have them --------------------------------------------------------------------------------

FILES = Path(__file__).parent.parent / "files"


def of_file(cast: Cast, name: str, country: str | None = None) -> ImportReport:
    (path,) = FILES.glob(f"{name}-*")
    text = decode(path.read_bytes()).text
    return imports.apply(actor=cast.actor(cast.rita), text=text, claim=False, reading=Reading(country=country))


def kept(email: str) -> Candidate:
    with Session(db.engine) as session:
        return session.scalars(select(Candidate).where(Candidate.email == email)).one()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("01", ["invalid", "new", "invalid", "new", "new"]),
        ("02", ["new"] * 4),
        ("03", ["new"] * 2),
        ("04", ["new"] * 2),
        ("05", ["new"] * 2),
        ("06", ["new"] * 2),
        ("07", ["new"] * 2),
        ("09", ["new"]),
        ("10", ["new"] * 14),
        ("11", ["new"] * 3),
        ("12", ["new"] * 3),
        ("14", ["new"]),
        ("18", ["new"] * 3),
    ],
)
def test_a_real_export_is_read(cast: Cast, name: str, expected: list[str]) -> None:
    report = of_file(cast, name)
    assert outcomes(report) == expected, [(line.number, line.wrong) for line in report.lines]


def test_names_in_parts_and_a_preamble(cast: Cast) -> None:
    of_file(cast, "01")
    row = kept("juergen.moellner@mail.test")
    assert (row.full_name, row.employer, row.linkedin_key) == ("Jürgen Möllner", "Tailspin", "jürgen-möllner-77b1")


def test_several_addresses_and_numbers_and_a_default_country(cast: Cast) -> None:
    report = of_file(cast, "02", "US")
    assert [kept(line.email).phone for line in report.lines] == ["+14155550132", "+14155550177", None, None]
    assert ("email", "luis.ferraz@mail.test was chosen from 2 addresses.") in report.lines[1].notes
    assert ("phone", "“N/A” was read as empty.") in report.lines[3].notes
    assert kept("mei.tb@mail.test").linkedin_key == "mei-tanaka-67834512"


def test_a_german_export_keeps_its_letters_and_takes_the_mobile(cast: Cast) -> None:
    of_file(cast, "05", "DE")
    row = kept("baerbel.groessmann@mail.test")
    assert (row.full_name, row.employer, row.phone, row.skills) == (
        "Bärbel Größmann", "Möbel Weiß GmbH", "+491713920008", ["C++", "Qt"],
    )  # fmt: skip


def test_turkish_capitals_make_an_ascii_key(cast: Cast) -> None:
    of_file(cast, "09")
    with Session(db.engine) as session:
        row = session.scalars(select(Candidate)).one()
    assert (row.full_name, row.email_key) == ("Elif Şahinoğlu", "elif.sahinoglu@mail.test")


def test_what_spreadsheets_did_is_undone_or_named_never_stored(cast: Cast) -> None:
    report = of_file(cast, "10")
    phones = [kept(line.email).phone for line in report.lines]
    assert phones[:8] == [
        "+491713920001", None, None, "+491713920002", "+491713920003", None, None, "+491713920006",
    ]  # fmt: skip
    assert [line.number for line in report.lines if "last digits" in str(line.notes)] == [3, 4]
    jo = kept("jo.march@mail.test")
    assert (jo.title, jo.employer) == ("", "")
    assert (kept("kim.nbsp@mail.test").phone, kept("lou.link@mail.test").linkedin_key) == ("+491713920007", "lou-link")
    assert {kept(f"{name}@mail.test").full_name for name in ("mia.mail", "ned.mailto", "ivy.space")} == {
        "Mia Mail", "Ned Mailto", "Ivy Space",
    }  # fmt: skip


def test_the_same_people_in_another_form_are_found_by_name_and_employer(cast: Cast) -> None:
    of_file(cast, "11")
    assert kept("jose.garciaz@mail.test").full_name == unicodedata.normalize("NFC", "José Garcíaz")
    for known in read_table(decode((FILES / "12-same-people-nfc-other-mail.csv").read_bytes()).text).rows():
        check = CheckInput(full_name=known.full_name, employer=known.first("employer"))
        assert candidates.check(actor=cast.actor(cast.omar), input=check).result is CheckResult.FREE


def test_of_two_columns_of_one_field_the_first_that_is_not_empty_is_taken(cast: Cast) -> None:
    report = of_file(cast, "14")
    assert [note for _, note in report.lines[0].notes] == [
        "vic@mail.test was chosen from 2 addresses.", "Nevada was chosen from 2 columns.",
        "New Co was chosen from 2 columns.", "+14155550101 was chosen from 2 numbers.",
    ]  # fmt: skip
    row = kept("vic@mail.test")
    assert (row.phone, row.location, row.employer) == ("+14155550101", "Nevada", "New Co")


def test_an_apostrophe_of_the_users_own_stays(cast: Cast) -> None:
    of_file(cast, "18")
    assert (kept("bar.minus@mail.test").full_name, kept("bar.minus@mail.test").employer) == ("'-Bar", "'=Sum GmbH")
    assert kept("thoenig@mail.test").full_name == "'t Hoenig"


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
    with pytest.raises(InvalidInput, match="The platform can’t claim"):
        apply(cast, who=cast.pia, claim=True)
    assert outcomes(apply(cast, who=cast.pia)) == ["new", "new"]


def test_who_is_entered_elsewhere_meanwhile_is_left_alone(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    leo = CandidateInput(full_name="Leo", email="leo@example.com")
    candidates.add(actor=cast.actor(cast.omar), input=leo)
    monkeypatch.setattr(imports, "_known", lambda uow, keys: {})
    report = apply(cast, claim=True)
    assert (outcomes(report), report.claimed) == (["new", "exists"], 1)
    assert report.lines[1].says == "Someone else just added this candidate."


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


@pytest.mark.parametrize(
    ("typed", "country", "written"),
    [
        ("491713920004", "DE", "+491713920004"),  # 04917 is an area code, too
        ("0171 3920004", "DE", "+491713920004"),
        ("14155550132", "US", "+14155550132"),
        ("447911123456", "GB", "+447911123456"),
        ("9198765432", "IN", "+919198765432"),  # a mobile number that only looks as if it began with the code
        ("0049 171 3920004", "FR", "+491713920004"),
        ("14155550132", "DE", "+14155550132"),  # no number of Germany
        ("+49-171-3920004 (mobil)", None, "+491713920004"),  # telephones would read mobil as 66245
        ("0171 3920004 privat", "DE", "+491713920004"),
        ("+81 90-1234-5678（携帯）", None, "+819012345678"),
    ],
)
def test_digits_that_lost_their_plus_are_read_as_they_were_dialled(typed: str, country: str, written: str) -> None:
    assert read_phone(typed, country=country)[0] == written


def test_letters_are_no_digits_of_a_number() -> None:
    for typed in ("+1-800-FLOWERS", "+1 800 FLOW 377", "+49 mobil"):
        with pytest.raises(InvalidInput):
            read_phone(typed)


@pytest.mark.parametrize(
    ("cell", "country", "written"),
    [
        ("040 / 1234567", "DE", "+49401234567"),
        ("+49 (0)40 / 1234567", None, "+49401234567"),
        ("+49 34297 / 12345", None, "+493429712345"),
        ("0171,3920001", "DE", "+491713920001"),
        ("044 / 668 18 00", "CH", "+41446681800"),
        ("030 / 123456 / 030 123457", "DE", "+4930123456"),
        ("1,713,920,001", "DE", "+491713920001"),
        ("1,713,920,001.00", "DE", "+491713920001"),
        ("1,71,39,20,001", "DE", "+491713920001"),
        ("+491,713,920,001", None, "+491713920001"),
        ("+1,415,555,0132", None, "+14155550132"),
        ("0171 3920001,0", "DE", "+491713920001"),
        ("030 1234 / 030 5678", "DE", "+49301234"),
        ("+49 171 3920001 / 02", None, "+491713920001"),
        ("0171 3920001 +49 171 3920002", "DE", "+491713920001"),
    ],
)
def test_no_piece_of_a_number_is_taken_for_one(cast: Cast, cell: str, country: str | None, written: str) -> None:
    text = f'name;email;phone\nMia;mia@mail.test;"{cell}"\n'
    imports.apply(actor=cast.actor(cast.rita), text=text, claim=False, reading=Reading(country=country))
    assert kept("mia@mail.test").phone == written


def test_decimals_of_a_spreadsheet_are_no_digits_of_a_number(cast: Cast) -> None:
    for typed in (
        "+491713920001.0", "+491713920001,0", "491713920001.00", "+49 171 3920001.0", "49 171 3920001.0",
        "+49171 3920001.00", "(+49) 171-3920001.0", "+49 171 3920001,000", "0171 3920001.0", "Tel. 0171 3920001.0",
        "+49 171.392.0001", "0171.3920.001",
    ):  # fmt: skip
        assert read_phone(typed, country="DE")[0] == "+491713920001", typed
    for typed, country, written in (
        ("0171.3920.00", "DE", "+49171392000"),
        ("+1 415 555.0000", None, "+14155550000"),
        ("020 7946.0000", "GB", "+442079460000"),
    ):
        assert read_phone(typed, country=country)[0] == written
    text = 'name;email;phone\nMia;mia@mail.test;"+49 171 3920001,0; +49 171 3920002.0"\n'
    apply(cast, text)
    assert kept("mia@mail.test").phone == "+491713920001"
