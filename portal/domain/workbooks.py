"""Workbooks of spreadsheets (.xlsx) as text: the sheet that holds the table, each cell as its program shows it."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException, ElementTree

from portal.domain.errors import InvalidInput
from portal.domain.import_columns import known

BEGINS, BEGAN = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # archives; Office files until 2007, and protected ones of today
UNPACKED_MOST, PARTS_MOST = 16 * 1024**2, 1_000
COLUMNS_MOST, ROWS_MOST = 200, 20_000  # beyond these lies nothing that is imported, or a stray cell at the edge
HEADER_LINES = 20
WORKBOOK, NAMES, RELATIONS = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
STYLES = "xl/styles.xml"
SAVE_AS = "Save it as .xlsx or “CSV UTF-8” and choose it again."
OTHER = f"This file is no Excel workbook (.xlsx). {SAVE_AS}"
OLD = f"This workbook is password-protected or of an old kind (.xls). {SAVE_AS}"
DAMAGED = f"This workbook can’t be read. Open it, then save it again. {SAVE_AS}"
TOO_LARGE = "This workbook is too large. Keep only the sheet with the candidates, or save that as “CSV UTF-8”."
UNREADABLE = (
    BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError, KeyError, IndexError, RuntimeError,
    ElementTree.ParseError, DefusedXmlException,
)  # fmt: skip
EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 - days of a calendar, of no zone
DAY_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # of dates, built into spreadsheets
_SAID = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # in a format: what is printed as it stands, and colours and languages
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read of a workbook; `of` says of how many sheets."""

    text: str
    name: str
    of: int


@dataclass(frozen=True, slots=True)
class _Book:
    """What all sheets share: their texts, which formats are of dates, and when days begin to count."""

    texts: Sequence[str]
    is_day: Sequence[bool]
    epoch: datetime


def read_sheet(data: bytes) -> Sheet:
    """Return the visible sheet whose first lines name the most columns, as text that is separated by tabs.

    Raises:
        InvalidInput: it is no workbook that can be read, or too large a one.
    """
    if data.startswith(BEGAN):
        raise InvalidInput.field("file", OLD)
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            _refuse(archive)
            book = _book(archive)
            sheets = [(name, list(_lines(archive.read(part), book))) for name, part in _visible(archive)]
    except UNREADABLE as error:
        raise InvalidInput.field("file", DAMAGED) from error
    if not sheets:
        raise InvalidInput.field("file", "This workbook has no visible sheet.")
    name, lines = max(sheets, key=lambda sheet: _known(sheet[1]))  # the first of equals
    return Sheet(_written(lines), name, len(sheets))


def _refuse(archive: ZipFile) -> None:
    """Judge an archive by its directory, before anything is unpacked; what is unpacked then stays within it."""
    parts = archive.infolist()
    if not {WORKBOOK, RELATIONS} <= {part.filename for part in parts}:
        raise InvalidInput.field("file", OTHER)
    if len(parts) > PARTS_MOST or sum(part.file_size for part in parts) > UNPACKED_MOST:
        raise InvalidInput.field("file", TOO_LARGE)


def _known(lines: Sequence[Sequence[str]]) -> int:
    return max((sum(bool(known(cell)[0]) for cell in line) for line in lines[:HEADER_LINES]), default=0)


def _written(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    # An empty line keeps its place: rows are named by the numbers that the spreadsheet shows.
    csv.writer(out, "excel-tab").writerows(line or [""] for line in lines)
    return out.getvalue()


# --- the parts of a workbook --------------------------------------------------------------------------------------


def _visible(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the names of the sheets that can be seen, in their order, each with its part of the archive."""
    relations = ElementTree.fromstring(archive.read(RELATIONS))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    parts = set(archive.namelist())
    for sheet in ElementTree.fromstring(archive.read(WORKBOOK)).iterfind("{*}sheets/{*}sheet"):
        relation = next(value for name, value in sheet.items() if name.endswith("}id"))
        target = targets[relation]
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if sheet.get("state", "visible") == "visible" and part in parts:
            yield sheet.get("name", ""), part


def _book(archive: ZipFile) -> _Book:
    parts = set(archive.namelist())
    properties = ElementTree.fromstring(archive.read(WORKBOOK)).find("{*}workbookPr")
    is_1904 = properties is not None and properties.get("date1904") in {"1", "true"}
    texts = ElementTree.fromstring(archive.read(NAMES)).iterfind("{*}si") if NAMES in parts else ()
    is_day = _day_formats(ElementTree.fromstring(archive.read(STYLES))) if STYLES in parts else []
    return _Book([_text(text) for text in texts], is_day, EPOCH_1904 if is_1904 else EPOCH)


def _day_formats(styles: Any) -> list[bool]:
    """Return of each style of a cell whether its numbers are days."""
    own = {one.get("numFmtId"): one.get("formatCode", "") for one in styles.iterfind("{*}numFmts/{*}numFmt")}
    ids = [style.get("numFmtId", "0") for style in styles.iterfind("{*}cellXfs/{*}xf")]
    return [int(id) in DAY_FORMATS or bool(re.search("[dy]", _SAID.sub("", own.get(id, "").lower()))) for id in ids]


def _text(element: Any) -> str:
    """Return a text, put together where parts of it look different; how its signs are read aloud is not of it."""
    parts = (part.text or "" for path in ("{*}t", "{*}r/{*}t") for part in element.iterfind(path))
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), "".join(parts))


# --- cells ----------------------------------------------------------------------------------------------------


def _lines(part: bytes, book: _Book) -> Iterator[list[str]]:
    """Yield the lines of a sheet from the first, also those that are not written because they are empty."""
    written = 0
    for row in ElementTree.fromstring(part).iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", written + 1))
        if number > ROWS_MOST:
            return
        for _ in range(written + 1, number):
            yield []
        written = max(written, number)
        yield _cells(row, book)


def _cells(row: Any, book: _Book) -> list[str]:
    cells = dict[int, str]()
    for cell in row.iterfind("{*}c"):
        at = _column(cell.get("r")) if cell.get("r") else max(cells, default=-1) + 1
        if at < COLUMNS_MOST:
            cells[at] = _shown(cell, book)
    return [cells.get(at, "") for at in range(max(cells, default=-1) + 1)]


def _column(place: str) -> int:
    """Return the column of a place, such as 27 of `AB12`."""
    number = 0
    for letter in place.rstrip("0123456789"):
        number = number * 26 + ord(letter.upper()) - ord("A") + 1
    return number - 1


def _shown(cell: Any, book: _Book) -> str:
    """Return what a cell says; of a formula its result, or else the formula itself."""
    kind, value = cell.get("t", "n"), cell.findtext("{*}v") or ""
    if kind == "inlineStr":
        return "".join(map(_text, cell.iterfind("{*}is")))
    if not value:
        formula = cell.findtext("{*}f")
        return f"={formula}" if formula else ""
    if kind == "s":
        return book.texts[int(value)]
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    return _number(value, int(cell.get("s", 0)), book) if kind == "n" else value


def _number(value: str, style: int, book: _Book) -> str:
    """Return a number with all of its digits, and a day as one, whose time is told unless it is midnight.

    Three decimals get one more: half the world would take `75.125` for seventy-five thousand.
    """
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if style < len(book.is_day) and book.is_day[style] and 0 <= number < 2_958_466:  # the end of the year 9999
        at = book.epoch + timedelta(seconds=round(float(number) * 86_400))
        return at.date().isoformat() if at.time().isoformat() == "00:00:00" else at.isoformat(" ")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return value
    text = f"{number:f}" if number % 1 else f"{number:.0f}"
    return f"{text}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text
