"""A file of candidates: its columns, its limits, and what may be said of a row (issue 2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import InvalidInput

MOST_BYTES, MOST_ROWS = 1024 * 1024, 5_000
DELIMITERS = (",", ";", "\t")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = ("full_name", "email", "phone", "location", "title", "employer", "linkedin_url", "skills")
REQUIRED = ("full_name", "email")
# What other programs call the same columns, without spaces, dashes and case.
ALIASES = {
    "fullname": "full_name",
    "name": "full_name",
    "candidate": "full_name",
    "email": "email",
    "emailaddress": "email",
    "mail": "email",
    "phone": "phone",
    "phonenumber": "phone",
    "mobile": "phone",
    "location": "location",
    "city": "location",
    "title": "title",
    "jobtitle": "title",
    "position": "title",
    "employer": "employer",
    "company": "employer",
    "linkedinurl": "linkedin_url",
    "linkedin": "linkedin_url",
    "skills": "skills",
}


class Outcome(StrEnum):
    """Name what becomes of a row."""

    NEW = "new"
    YOURS = "yours"  # in the list of who imports
    EXISTS = "exists"  # known to others
    REPEATED = "repeated"
    INVALID = "invalid"


OUTCOME_LABELS = {
    Outcome.NEW: "New",
    Outcome.YOURS: "In your list",
    Outcome.EXISTS: "Known already",
    Outcome.REPEATED: "Twice in the file",
    Outcome.INVALID: "Not valid",
}


@dataclass(frozen=True, slots=True)
class Row:
    """Hold the cells of one row by column; `surplus` says that it has more cells than the header."""

    number: int  # as a spreadsheet counts, the header being 1
    cells: dict[str, str]
    surplus: bool


def decode(data: bytes) -> str:
    """Read the bytes of a file as UTF-8, with or without its mark.

    Raises:
        InvalidInput: they are something else.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = "This file is not UTF-8 text. Save it as “CSV UTF-8” and choose it again."
        raise InvalidInput.field("file", message) from error


def read_rows(text: str) -> list[Row]:
    """Read the rows of a file; its header names the columns in any order and case.

    Raises:
        InvalidInput: it is empty, too large, has no usable header, or is no CSV.
    """
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        raise InvalidInput.field("file", "The file is larger than 1 MiB. Split it.")
    first, rest = _without_separator_line(text.removeprefix("\ufeff").lstrip("\r\n"))
    lines = _lines(rest, first)
    header = next(lines, (0, []))[1]
    names = [ALIASES.get("".join(c for c in cell.lower() if c.isalnum())) for cell in header]
    _check_header(header, names)
    rows = [_row(number, cells, names) for number, cells in lines if any(c.strip() for c in cells)]
    if not rows:
        raise InvalidInput.field("file", "There are no rows below the header.")
    if len(rows) > MOST_ROWS:
        raise InvalidInput.field(
            "file", f"The file has {len(rows):,} rows; at most {MOST_ROWS:,} go at once. Split it."
        )
    return rows


def _without_separator_line(text: str) -> tuple[str, str]:
    """Give the delimiter and the text; spreadsheets may name it in a first line `sep=;`."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and first.strip()[4:] in DELIMITERS:
        return first.strip()[4:], rest
    return max(DELIMITERS, key=first.count), text


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        message = (
            f"Line {reader.line_num} cannot be read as CSV ({error}); look for a quotation mark that is not closed."
        )
        raise InvalidInput.field("file", message) from error


def _check_header(header: list[str], names: list[str | None]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        message = f"The first line must name the columns; {' and '.join(missing)} is missing. Take the template."
        raise InvalidInput.field("file", message)
    known = [name for name in names if name]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise InvalidInput.field("file", f"Two columns of the header are {twice[0]}: {', '.join(header)}"[:300])


def _row(number: int, cells: list[str], names: list[str | None]) -> Row:
    found = {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if name}
    return Row(number, found, any(c.strip() for c in cells[len(names) :]))


def _plain(cell: str) -> str:
    """Take off the apostrophe with which an export kept a cell from being a formula."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def guarded(cell: str) -> str:
    """Keep a cell of an export from being read as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def write_rows(rows: list[list[str]]) -> str:
    """Write a file that spreadsheets open: every cell quoted and guarded, CRLF, marked as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
