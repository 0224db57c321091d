"""Import on pages: look first, then confirm the same content."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, PlatformSettings, User
from portal.requests.respond import SEND_AGAIN
from portal.runtime import progress
from portal.runtime.clock import simulated
from tests.cast import DAY, Cast
from tests.checking_client import CheckingClient, read
from tests.tables import count
from tests.workbooks import row, workbook

URL = "/candidates/import"
FILE = "Full name,Email,Phone\nMaya Okafor,maya@example.com,+1 415 555 0132\nLeo <b>,leo@,\n"
CHOOSE = "Choose the file again."


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def browser(cast: Cast) -> CheckingClient:
    """Return rita's browser."""
    return cast.client(cast.rita)


def upload(browser: CheckingClient, data: bytes, **fields: str) -> TestResponse:
    sent = {"step": "preview", "file": (io.BytesIO(data), "people.csv"), **fields}
    return browser.post_form(URL, sent, page=URL, content_type="multipart/form-data")


def carried(page: str) -> str:
    """Return the content that the confirmation would send back."""
    found = re.search(r'name="text" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_a_file_is_looked_at_before_anything_changes(browser: CheckingClient) -> None:
    page = upload(browser, FILE.encode())
    assert page.status_code == 200
    assert "Add 1 candidate" in page.text
    assert "not an email address" in page.text
    assert "Leo &lt;b&gt;" in page.text
    assert count(Candidate) == 0


def test_pasted_rows_do_as_well(browser: CheckingClient) -> None:
    assert "Add 1 candidate" in browser.post_form(URL, {"step": "preview", "text": FILE}, page=URL).text


def test_a_workbook_is_read_and_its_sheet_is_named(browser: CheckingClient) -> None:
    people = row("Name", "Email", "Phone") + row("Maya Okafor", "m@mail.test", "<c><v>1.4155550132E10</v></c>")
    page = upload(browser, workbook(("Notes", row("Read me")), ("People", people)), country="US").text
    assert "This workbook has several sheets; “People” was read." in page
    sent = {"step": "apply", "text": carried(page), "country": "US"}
    assert browser.post_form(URL, sent, page=URL).status_code == 303
    with Session(db.engine) as session:
        assert session.scalars(select(Candidate.phone)).one() == "+14155550132"


def test_confirming_adds_and_claims_what_is_new(browser: CheckingClient) -> None:
    text = carried(upload(browser, FILE.encode()).text)
    assert text == FILE
    sent = {"step": "apply", "text": text, "claim": "y", "source_method": "database"}
    answer = browser.post_form(URL, sent, page=URL)
    assert (answer.status_code, answer.location) == (303, "/candidates")
    page = browser.get("/candidates").text
    assert "1 added, 1 claimed; 1 invalid." in page
    undo = re.search(r'href="(/candidates/imports/[0-9a-f-]+/undo)">Undo</a>', page)
    assert undo
    assert "Undo the import" in browser.get(undo[1]).text
    assert (count(Candidate), count(CandidateSourcer)) == (1, 1)


def test_the_same_file_twice_adds_nothing(browser: CheckingClient) -> None:
    for _ in range(2):
        browser.post_form(URL, {"step": "apply", "text": FILE}, page=URL)
    assert count(Candidate) == 1
    assert "0 added; 1 already on your list; 1 invalid." in browser.get("/candidates").text
    page = upload(browser, FILE.encode()).text
    assert "This file has no new candidates" in page
    assert "Already on your list" in page
    assert "Already yours" not in page  # nobody has claimed them


def test_a_file_that_was_not_checked_is_not_said_to_have_nobody_new(browser: CheckingClient) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(checks_per_hour=1))
    assert "Add 1 candidate" in upload(browser, FILE.encode()).text
    page = upload(browser, b"name,email\nMaya,maya@example.com\nLeo,leo@example.com\n").text
    assert "no new candidates" not in page
    assert "2 rows not checked, because you’ve reached your hourly limit. Import this file again later." in page


def test_a_claim_without_a_method_asks_and_keeps_the_content(browser: CheckingClient) -> None:
    answer = browser.post_form(URL, {"step": "apply", "text": FILE, "claim": "y"}, page=URL)
    assert answer.status_code == 422
    assert "Choose a source" in answer.text
    assert carried(answer.text) == FILE
    assert count(Candidate) == 0


def test_an_import_that_outlives_its_session_keeps_its_rows_mapping_and_claim(browser: CheckingClient) -> None:
    chosen = {"column-0": "full_name", "column-1": "email", "column-2": "-", "claim": "y", "source_method": "database"}
    shown = browser.post(URL, data={**chosen, "step": "apply", "text": FILE, "csrf_token": "of another session"})
    assert (shown.status_code, SEND_AGAIN in shown.text, CHOOSE in shown.text) == (400, True, False)
    (form,) = read(shown.text)[0].select(f'form[action="{URL}"]')
    kept = {field.attrs.get("name"): field.attrs.get("value") for field in form.select("input[type=hidden]")}
    assert (kept["claim"], kept["source_method"]) == ("y", "database")
    assert html.escape(FILE.splitlines()[1]) in shown.text
    page = browser.post_form(URL, {**chosen, **kept, "text": FILE}).text
    for there in ("Add 1 candidate", 'name="column-2" value="-"', '<input checked id="claim"'):
        assert there in page


def test_a_file_that_was_chosen_in_an_earlier_session_is_asked_for_again(browser: CheckingClient) -> None:
    sent = {"step": "preview", "file": (io.BytesIO(FILE.encode()), "people.csv"), "csrf_token": "of another session"}
    assert CHOOSE in browser.post(URL, data=sent).text
    for held in ({"file": "people.csv", "text": ""}, {"text": FILE}):
        assert (CHOOSE in browser.post(URL, data={**held, "csrf_token": ""}).text) == ("file" in held)


def test_content_changed_on_the_way_is_judged_anew(browser: CheckingClient) -> None:
    answer = browser.post_form(URL, {"step": "apply", "text": "nonsense"}, page=URL)
    assert answer.status_code == 422
    assert "no rows below the header" in answer.text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04\x00\x81", "CSV UTF-8"),
        (b"a,b\n1,2\n", "Choose which columns"),
        (b'name,email\n"x,a@example.com', "quotation mark"),
        (b"name,email\n" + b"x" * 1024 * 1024, "larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(browser: CheckingClient, data: bytes, says: str) -> None:
    answer = upload(browser, data)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_file_of_a_german_spreadsheet_shows_its_columns_with_three_rows_and_takes_other_fields(
    browser: CheckingClient,
) -> None:
    data = "Nummer;Ansprache;E-Mail;Handy\n7;Jürgen Möllner;jm@example.com;0171 3920008\n".encode("cp1252")
    refused = upload(browser, data)
    assert refused.status_code == 422
    assert "Jürgen Möllner" in refused.text
    assert "was read as Windows-1252" in refused.text
    assert "Windows-1252" not in upload(browser, data.decode("cp1252").encode()).text
    chosen = {"column-0": "-", "column-1": "full_name", "column-2": "email", "column-3": "phone", "country": "DE"}
    page = browser.post_form(URL, {"step": "preview", "text": data.decode("cp1252"), **chosen}, page=URL)
    assert "Add 1 candidate" in page.text
    sent = {"step": "apply", "text": carried(page.text), **chosen}
    assert browser.post_form(URL, sent, page=URL).status_code == 303
    with Session(db.engine) as session:
        row = session.scalars(select(Candidate)).one()
    assert (row.full_name, row.phone) == ("Jürgen Möllner", "+491713920008")


def test_a_wrong_encoding_is_corrected_beside_the_rows_that_show_it(browser: CheckingClient) -> None:
    page = upload(browser, "name,email\nJiří Dvořák,jd@example.com\n".encode("cp1250")).text
    assert "was read as Windows-1252" in page
    assert "Jiøí Dvoøák" in page
    assert '<details class="card" open>' in page
    again = {"step": "preview", "text": carried(page), "guess": "cp1252", "encoding": "cp1250"}
    page = browser.post_form(URL, again, page=URL).text
    assert "Jiří Dvořák" in page
    assert '<option selected value="cp1250">' in page
    refused = browser.post_form(URL, {**again, "text": "name,email\nжук,j@example.com\n"}, page=URL)
    assert (refused.status_code, "in this encoding" in refused.text) == (422, True)
    assert "Сергей" in upload(browser, "Имя;Email\nСергей Иванов;s@example.com\n".encode("cp1251")).text


def test_a_cell_that_is_left_out_is_named_in_the_report(browser: CheckingClient) -> None:
    page = upload(browser, b"name,email,phone\nMaya,maya@example.com,4.9E+11\n").text
    assert "Skipped. A spreadsheet changed it to 4.9E+11 and lost the last digits." in page


def test_far_too_much_is_refused_before_it_is_read(browser: CheckingClient) -> None:
    assert upload(browser, b"x" * 2 * 1024 * 1024).status_code == 413


def test_a_full_file_goes_through_both_steps(browser: CheckingClient) -> None:
    padding = "x" * 180
    text = "name,email,title\n" + "".join(f"P {n},p{n}@example.com,{padding}\n" for n in range(5_000))
    assert 1_000_000 < len(text) <= 1024 * 1024
    page = upload(browser, text.encode()).text
    assert "4,800 more rows" in page
    sent = {"step": "apply", "text": carried(page).replace("\n", "\r\n")}
    answer = browser.post_form(URL, sent, page=URL, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert count(Candidate) == 5_000


def test_the_report_can_be_kept(browser: CheckingClient) -> None:
    text = FILE + '"=cmd()",=1@example.com,\n'
    answer = browser.post_form(URL, {"step": "report", "text": text}, page=URL)
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0] == ["row", "full_name", "email", "outcome", "salary", "expected_salary", "says"]
    assert rows[1][:4] == ["2", "Maya Okafor", "maya@example.com", "New"]
    assert rows[2][3:4] == ["Invalid"]
    assert rows[3][1].startswith("'=")


def test_the_template_is_a_file_that_can_be_imported(browser: CheckingClient) -> None:
    answer = browser.get("/candidates/import/template.csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Add 1 candidate" in upload(browser, answer.data).text


def test_the_platform_imports_without_claiming(cast: Cast) -> None:
    page = upload(cast.client(cast.pia), FILE.encode()).text
    assert "Add 1 candidate" in page
    assert "Claim all new candidates" not in page


@pytest.mark.parametrize("name", ["carl", "hana", "zoe"])
def test_a_company_imports_nobody(cast: Cast, name: str) -> None:
    client = cast.client(getattr(cast, name))
    assert client.get(URL).status_code == 403
    assert client.get("/candidates/import/template.csv").status_code == 403
    assert client.post_form(URL, {"step": "apply", "text": FILE}).status_code == 403


def test_the_report_names_the_zone_of_its_dates(cast: Cast, browser: CheckingClient) -> None:
    browser.post_form(URL, {"step": "apply", "text": FILE, "claim": "y", "source_method": "database"}, page=URL)
    with Session(db.engine) as session, session.begin():
        session.execute(update(User).where(User.id == cast.omar.user_id).values(time_zone="Asia/Kolkata"))
    report = upload(cast.client(cast.omar), FILE.encode(), step="report").text
    assert "Already claimed by another recruiter until Wed 24 Nov 2027, 14:30 IST." in report


def imported(browser: CheckingClient) -> str:
    browser.post_form(URL, {"step": "apply", "text": FILE}, page=URL)
    found = re.search(r'href="(/candidates/imports/[^"]+/undo)"', browser.get(URL).text)
    assert found
    return found[1]


def test_an_import_is_undone_from_its_page(browser: CheckingClient) -> None:
    undo = imported(browser)
    assert "Remove 1 candidate" in browser.get(undo).text
    answer = browser.post_form(undo, {}, page=undo)
    assert (answer.status_code, answer.location, count(Candidate)) == (303, URL, 0)
    page = browser.get(URL).text
    assert "1 candidate removed." in page
    assert undo not in page


def test_an_import_undone_meanwhile_says_so(browser: CheckingClient) -> None:
    undo = imported(browser)
    for _ in range(2):
        browser.post_form(undo, {}, page=undo if count(Candidate) else URL)
    assert "This import has already been undone." in browser.get(URL).text
    assert "This import has already been undone." in browser.get(undo).text


def test_a_page_says_when_all_stay(cast: Cast, browser: CheckingClient) -> None:
    undo = imported(browser)
    with Session(db.engine) as session, session.begin():
        session.execute(update(Candidate).values(version=2))
    assert "none can be removed" in browser.get(undo).text


def test_columns_that_were_corrected_are_offered_for_the_next_file(browser: CheckingClient) -> None:
    chosen = {"column-0": "full_name", "column-1": "email", "country": "DE"}
    browser.post_form(URL, {"step": "preview", "text": "Wer,Wo\nMaya,maya@example.com\n", **chosen}, page=URL)
    page = upload(browser, b"Wer,Wo\nLeo,leo@example.com\n").text
    assert "as in an earlier file with the same header" in page
    assert '<option selected value="DE">' in page
    assert [f'name="column-{at}" value="{field}"' in page for at, field in enumerate(("full_name", "email"))] == [
        True
    ] * 2


def test_how_far_an_import_is_is_told_while_it_runs_and_to_nobody_else(cast: Cast, browser: CheckingClient) -> None:
    far = f"{URL}/progress"
    assert browser.get(far).json == {}
    with progress.shown(f"import:{cast.rita.user_id}") as tell:
        tell(300, 5_000)
        assert browser.get(far).json == {"done": 300, "total": 5_000}
        assert cast.client(cast.omar).get(far).json == {}
    assert browser.get(far).json == {}
