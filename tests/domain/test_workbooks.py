"""Workbooks are read as their programs show them, and what is none is refused by name."""

from __future__ import annotations

import pytest

from portal.domain import workbooks
from portal.domain.encodings import decode
from portal.domain.errors import InvalidInput
from portal.domain.imports import read_table
from tests.workbooks import archive, row, text, workbook

HEADER = row("Name", "Email", "Phone", "Available from")


def cells(data: bytes) -> list[tuple[int, list[str]]]:
    """Read the table of a workbook: the number of each row, and its first cells."""
    return [(number, list(line[:4])) for number, line in read_table(decode(data).text).lines]


def test_a_cell_says_what_its_program_shows() -> None:
    texts = (
        "<si><r><t>Maya </t></r><r><t>Okafor</t></r></si><si><t>山田太郎</t><rPh sb='0' eb='4'><t>ヤマダ</t></rPh></si>"
        "<si><t>Data_x000D_&#10;engineer</t></si>"
    )
    rows = HEADER + row(
        '<c t="s"><v>0</v></c>', "m@x.test", "<c><v>4.91713920001E11</v></c>", '<c s="1"><v>46402</v></c>'
    )
    rows += row(
        '<c t="s"><v>1</v></c>', "t@x.test", '<c t="str"><f>A1</f><v>+81 90</v></c>', '<c s="2"><v>46402.5</v></c>'
    )
    rows += row(
        '<c t="s"><v>2</v></c>',
        '<c><f>HYPERLINK("x")</f></c>',
        '<c t="b"><v>1</v></c>',
        '<c t="d"><v>2027-01-15</v></c>',
    )
    rows += row('<c t="e"><v>#N/A</v></c>', "<c/>", '<c s="3"><v>75000.50</v></c>', '<c s="9"><v>1E400</v></c>')
    rows += row("", "<c><v>1.0</v></c>", '<c s="1"><v>-1</v></c>', "<c><v>75.125</v></c>")
    assert [line for _, line in cells(workbook(("Sheet1", rows), texts=texts))] == [
        ["Maya Okafor", "m@x.test", "491713920001", "2027-01-15"],
        ["山田太郎", "t@x.test", "+81 90", "2027-01-15 12:00:00"],
        ["Data\r\nengineer", '=HYPERLINK("x")', "TRUE", "2027-01-15"],
        ["#N/A", "", "75000.5", "inf"],
        ["", "1", "1899-12-29", "75.1250"],
    ]


def test_a_formula_without_a_result_is_no_empty_cell_and_an_empty_result_is_one() -> None:
    rows = HEADER + row(
        "<c><f>A9&amp;B9</f><v></v></c>", "m@x.test", '<c t="str"><f>IF(A1,"","")</f><v></v></c>', "<c/>"
    )
    assert cells(workbook(("Sheet1", rows))) == [(2, ["=A9&B9", "m@x.test", "", ""])]


def test_days_count_from_1904_where_the_workbook_says_so() -> None:
    rows = HEADER + row("Maya", "m@x.test", "", '<c s="1"><v>44940</v></c>')
    read = cells(workbook(("Sheet1", rows), properties='<workbookPr date1904="1"/>'))
    assert read[0][1][3] == "2027-01-15"


def test_the_sheet_with_the_candidates_is_read_and_named_and_hidden_ones_are_not() -> None:
    notes, people = row("Read me first"), HEADER + row("Maya", "m@x.test")
    read = decode(workbook(("~Old", HEADER + row("Leo", "l@x.test")), ("Notes", notes), ("People", people)))
    assert read.sheet == "People"
    assert cells(workbook(("People", people))) == [(2, ["Maya", "m@x.test"])]
    assert decode(workbook(("People", people), ("~Old", people))).sheet == ""
    with pytest.raises(InvalidInput, match="no visible sheet"):
        decode(workbook(("~Old", people)))


def test_places_are_kept_and_stray_cells_left_out() -> None:
    rows = row("Candidates", number=2) + row("Name", "Email", number=4)
    rows += row(text("m@x.test", "B6"), text("stray", "XFD6"), number=6) + row("far", "away", number=1_048_576)
    assert cells(workbook(("Sheet1", rows))) == [(6, ["", "m@x.test", "", ""])]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password-protected or in the old .xls format"),
        (b"PK\x03\x04 cut off", "can’t be read"),
        (archive(**{"content.xml": "<a/>"}), "isn’t an Excel workbook"),
        (workbook(("Sheet1", row('<c t="s"><v>7</v></c>'))), "can’t be read"),
        (workbook(("Sheet1", HEADER), styles="<a"), "can’t be read"),
        (workbook(("Sheet1", HEADER), styles='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "can’t be read"),
        (workbook(("Sheet1", "<row/>" * (workbooks.UNPACKED_MOST // 6))), "too large"),
    ],
)
def test_what_is_no_workbook_that_can_be_read_says_what_to_do(data: bytes, says: str) -> None:
    with pytest.raises(InvalidInput, match="CSV UTF-8") as refused:
        decode(data)
    assert says in refused.value.fields["file"]
