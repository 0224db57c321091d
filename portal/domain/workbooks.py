"""Workbooks of spreadsheets (.xlsx) as text: the sheet that holds the table, each cell as its program shows it."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape

from portal.domain.errors import InvalidInput
from portal.domain.import_columns import known

ARCHIVE = b"PK\x03\x04"  # how one begins; Office files until 2007, and protected ones of today, are none
WORKBOOK = "xl/workbook.xml"
UNPACKED_MOST, PARTS_MOST = 8 * 1024**2, 1_000
COLUMNS_MOST, ROWS_MOST = 200, 10_000  # beyond these lies nothing that is imported, or a stray cell at the edge
HEADER_LINES = 20
SAVE_AS = "Save it as .xlsx or “CSV UTF-8” and choose it again."
OTHER = f"This file isn’t an Excel workbook (.xlsx). {SAVE_AS}"
OLD = f"This workbook is password-protected or in the old .xls format. {SAVE_AS}"
DAMAGED = f"This workbook can’t be read. Open it, then save it again. {SAVE_AS}"
TOO_LARGE = "This workbook is too large. Keep only the sheet with the candidates, or save that as “CSV UTF-8”."
# What openpyxl and the libraries below it raise for parts that lack, are cut off, or say what they may not.
UNREADABLE = (
    BadZipFile, zlib.error, EOFError, ValueError, TypeError, AttributeError, OSError, NotImplementedError, LookupError,
    RuntimeError, ParseError, DefusedXmlException,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read of a workbook; `of` says of how many sheets."""

    text: str
    name: str
    of: int


def read_sheet(data: bytes) -> Sheet:
    """Return the visible sheet whose first lines name the most columns, as text that is separated by tabs.

    Raises:
        InvalidInput: it is no workbook that can be read, or too large a one.
    """
    if not data.startswith(ARCHIVE):
        raise InvalidInput.field("file", OLD)
    try:
        _refuse(data)
        sheets = list(_visible(data))
    except UNREADABLE as error:
        raise InvalidInput.field("file", DAMAGED) from error
    if not sheets:
        raise InvalidInput.field("file", "This workbook has no visible sheet.")
    name, lines = max(sheets, key=lambda sheet: _known(sheet[1]))  # the first of equals
    return Sheet(_written(lines), name, len(sheets))


def _refuse(data: bytes) -> None:
    """Judge an archive by its directory, before anything is unpacked; what is unpacked then stays within it."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
    if WORKBOOK not in {part.filename for part in parts}:
        raise InvalidInput.field("file", OTHER)
    if len(parts) > PARTS_MOST or sum(part.file_size for part in parts) > UNPACKED_MOST:
        raise InvalidInput.field("file", TOO_LARGE)


def _visible(data: bytes) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the sheets that can be seen, in their order: the name of each, and its lines from the first."""
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = load_workbook(io.BytesIO(data), read_only=True) if _has_formulas(data) else book
    for sheet, same in zip(book.worksheets, formulas.worksheets, strict=True):
        if sheet.sheet_state == "visible":
            rows = zip(_rows(sheet), _rows(same), strict=True)
            yield sheet.title, [list(map(_cell, shown, written)) for shown, written in rows]


def _has_formulas(data: bytes) -> bool:
    with ZipFile(io.BytesIO(data)) as archive:
        sheets = (part for part in archive.namelist() if part.startswith("xl/worksheets/"))
        return any(b"<f" in archive.read(sheet) for sheet in sheets)


def _rows(sheet: Any) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # which a program may have written wrongly
    return (row[:COLUMNS_MOST] for row in sheet.iter_rows(max_row=ROWS_MOST))


def _cell(shown: Any, written: Any) -> str:
    """Return what a cell shows, or the formula itself, which a program wrote that computes none.

    A formula that was computed and shows nothing is of the type of texts.
    """
    if written.data_type == "f" and shown.value is None and shown.data_type == "n":
        formula = written.value
        return formula if isinstance(formula, str) else getattr(formula, "text", None) or "=TABLE()"
    return _shown(shown.value)


def _known(lines: Sequence[Sequence[str]]) -> int:
    return max((sum(bool(known(cell)[0]) for cell in line if cell) for line in lines[:HEADER_LINES]), default=0)


def _written(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    # An empty line keeps its place: rows are named by the numbers that the spreadsheet shows.
    csv.writer(out, "excel-tab").writerows(line or [""] for line in lines)
    return out.getvalue()


def _shown(value: Any) -> str:
    """Return what a cell says, of a formula its result: a day as one, whose time is told unless it is midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, int | float):
        return _number(value)
    return str(unescape(value)) if isinstance(value, str) else str(value)


def _number(value: float) -> str:
    """Return a number with all of its digits.

    Three decimals get one more: half the world would take `75.125` for seventy-five thousand.
    """
    number = Decimal(repr(value))
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(value)
    text = f"{number:f}" if number % 1 else f"{number:.0f}"
    return f"{text}0" if re.fullmatch(r"-?\d{1,3}\.\d{3}", text) else text
