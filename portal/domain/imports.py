"""A file of candidates: its columns, its limits, and what may be said of a row."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import InvalidInput
from portal.domain.import_columns import FIELDS, JOB_OR_ADDRESS, MONEY, MONTHS, NAME_OR_PART, NOTHING, known, plain_name
from portal.domain.money import CURRENCIES
from portal.domain.names import normal

MOST_BYTES, MOST_ROWS = 1024 * 1024, 5_000
DELIMITERS = (",", ";", "\t", "|")
PREAMBLE = 20  # lines that may stand before the header
# Also as wide as Chinese signs, which Asian editions of spreadsheets take for the usual ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
GUARDED = (*FORMULA, "'")
COLUMNS = (
    "full_name", "email", "phone", "location", "title", "employer", "linkedin_url", "skills", "experience_years",
    "notice_weeks", "available_on", "salary", "expected_salary", "currency", "right_to_work", "languages",
)  # fmt: skip
# Signs that one currency has alone, unlike $, ¥ and kr.
SIGNS = {
    "€": "EUR", "£": "GBP", "₹": "INR", "zł": "PLN", "kč": "CZK", "r$": "BRL", "us$": "USD", "ca$": "CAD", "a$": "AUD",
}  # fmt: skip
SIGN = re.compile(r"[€£₹]|(?<![^\W\d_])(?:[A-Z]{1,2}\$|[^\W\d_]{2,3}(?![^\W\d_]))", re.I)
SAMPLE_ROWS = 3
# Of names that are written family first, and without a blank: 王 and 小明 are 王小明.
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_BEHIND = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "mba", "msc", "bsc", "dr", "esq", "dipl.-ing"})


class Outcome(StrEnum):
    NEW = "new"
    YOURS = "yours"  # in the list of who imports, and not claimed by another
    EXISTS = "exists"  # known to others
    REPEATED = "repeated"
    INVALID = "invalid"
    LATER = "later"  # beyond what may be learned in an hour


OUTCOME_LABELS = {
    Outcome.NEW: "New",
    Outcome.YOURS: "Already on your list",
    Outcome.EXISTS: "Already in the system",
    Outcome.REPEATED: "Duplicate in file",
    Outcome.INVALID: "Invalid",
    Outcome.LATER: "Not checked",
}
OUTCOME_TONES = {Outcome.NEW: "ok", Outcome.EXISTS: "info", Outcome.REPEATED: "warn", Outcome.INVALID: "bad"}
UNDONE = "This import has already been undone."
NOTHING_TO_UNDO = "Someone has worked with each of these candidates since, so none can be removed."


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row by field, those of several columns of one field in the order of their names."""

    number: int  # as a spreadsheet counts, the first line being 1
    cells: dict[str, list[str]]
    surplus: bool

    def first(self, field: str) -> str:
        """Return the first cell of a field that is not empty."""
        return next((cell for cell in self.cells.get(field, ()) if cell), "")

    @property
    def full_name(self) -> str:
        """Return the name, put together where the file has it in parts, and turned where the family stands first."""
        families = " ".join(dict.fromkeys(filter(None, self.cells.get("last_name", ()))))  # of both parents, in Spain
        parts = [part for part in (self.first("first_name"), self.first("middle_name"), families) if part]
        in_parts = "".join(reversed(parts)) if all(map(_EAST_ASIAN.fullmatch, parts)) else " ".join(parts)
        whole = self.first("full_name")
        return in_parts if "," in whole and len(parts) > 1 else _turned(whole) or in_parts


def _turned(name: str) -> str:
    """Return `Okafor, Chidi` in the order in which it is said; titles and degrees stay behind their comma."""
    family, comma, given = (part.strip() for part in name.partition(","))
    stays = not (comma and family and given) or "," in given or given.rstrip(".").lower() in _BEHIND
    is_degree = given.isupper() and not family.isupper()
    return name if stays or is_degree else f"{given} {family}"


@dataclass(frozen=True, slots=True)
class Table:
    """What a file holds: the columns of its header, the field of each ("" is left out), and the lines below."""

    header: tuple[str, ...]
    fields: tuple[str, ...]
    lines: tuple[tuple[int, tuple[str, ...]], ...]

    def rows(self) -> list[Row]:
        return [self._row(number, cells) for number, cells in self.lines]

    @property
    def _currency(self) -> list[str]:
        """Return the one currency that the names of the columns of money say, as `Salary (EUR)` does."""
        columns = zip(self.header, self.fields, strict=True)
        said = {code for name, field in columns if field in MONEY for code in currencies(name)}
        return list(said) if len(said) == 1 else []

    def _row(self, number: int, cells: tuple[str, ...]) -> Row:
        found: dict[str, list[str]] = {} if "currency" in self.fields else {"currency": self._currency}
        order = sorted(range(len(self.header)), key=lambda at: known(self.header[at])[1])
        for at in order:
            if self.fields[at] and at < len(cells):
                found.setdefault(self.fields[at], []).append(cells[at])
        return Row(number, found, any(c.strip() for c in cells[len(self.header) :]))

    @property
    def samples(self) -> list[tuple[str, ...]]:
        """Return for each column what its first three rows hold."""
        first = [cells for _, cells in self.lines[:SAMPLE_ROWS]]
        return [tuple(cells[at] if at < len(cells) else "" for cells in first) for at in range(len(self.header))]

    @property
    def layout(self) -> str:
        """Return a digest of the header: files of one program have it in common."""
        return hashlib.sha256("\x1f".join(map(normal, self.header)).encode(errors="surrogatepass")).hexdigest()

    @property
    def is_usable(self) -> bool:
        """Return whether a name and an address can be read."""
        named = {"full_name", "first_name", "last_name"} & set(self.fields)
        return bool(named) and "email" in self.fields


def currencies(text: str) -> list[str]:
    """Return the currencies that are named in a text by their code or by a sign of one alone."""
    named = (SIGNS.get(sign.lower(), sign.upper()) for sign in SIGN.findall(text))
    return [code for code in named if code in CURRENCIES]


def read_table(text: str, fields: Sequence[str] = ()) -> Table:
    """Read a file; its header names the columns in any order and language, below whatever stands before it.

    `fields` says what the columns are, instead of their names.

    Raises:
        InvalidInput: it is empty, too large, or is no CSV.
    """
    if len(text.encode(errors="surrogatepass")) > MOST_BYTES:
        raise InvalidInput.field("file", "The file is larger than 1 MiB. Split it.")
    delimiter, rest, before = _without_separator_line(text.removeprefix("\ufeff").lstrip("\r\n"))
    lines = [(n, cells) for n, cells in _lines(rest, delimiter, before) if any(c.strip() for c in cells)]
    if not lines:
        raise InvalidInput.field("file", "The file is empty.")
    at = max(range(min(len(lines), PREAMBLE)), key=lambda n: (_known(lines[n][1]), -n))
    has_header = not (at == 0 and _known(lines[0][1]) == 0 and addresses(lines[0][1]))
    header = tuple(cell.strip() for cell in lines[at][1]) if has_header else _without_names(lines[0][1])
    below = _unguarded(lines[at + 1 :] if has_header else lines)
    if not below:
        raise InvalidInput.field("file", "The file has no rows below the header.")
    if len(below) > MOST_ROWS:
        raise InvalidInput.field("file", f"The file has {len(below):,} rows; the limit is {MOST_ROWS:,}. Split it.")
    chosen = tuple(fields) if len(fields) == len(header) else _fields_of(header)
    return Table(header, tuple(f if f in FIELDS else "" for f in chosen), tuple(below))


def _without_names(first: Sequence[str]) -> tuple[str, ...]:
    """Return names for the columns of a file that begins with a person: the one of addresses is certain."""
    return tuple("Email" if addresses([cell]) else f"Column {at}" for at, cell in enumerate(first, start=1))


def _fields_of(header: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that the names of columns mean: beside `Vorname`, `Name` is the family name alone."""
    fields = tuple(map(field_of, header))
    jobs = {at for at, field in enumerate(fields) if field == "title"}
    addressed = {at for at in jobs if plain_name(header[at]) in JOB_OR_ADDRESS}
    if addressed < jobs or "anrede" in map(plain_name, header):  # beside which `Titel` is Dr.
        fields = tuple("" if at in addressed else field for at, field in enumerate(fields))
    missing = {"first_name", "last_name"} - set(fields)
    if len(missing) != 1:
        return fields
    (part,) = missing
    return tuple(
        part if plain_name(column) in NAME_OR_PART else field for column, field in zip(header, fields, strict=True)
    )


def field_of(column: str) -> str:
    """Return the field that a column's name means, an empty text for none."""
    return known(column)[0]


def _known(cells: Sequence[str]) -> int:
    """Count the cells that name a field; a single cell is not a header but a line before it."""
    return sum(bool(field_of(cell)) for cell in cells) if len(cells) > 1 else 0


def _without_separator_line(text: str) -> tuple[str, str, int]:
    """Return the delimiter, the text and how many lines went: spreadsheets may name it in a first line `sep=;`."""
    first = re.match(r'"?sep=(.)"?[\r\n]+', text, re.I)
    if first and first[1] in DELIMITERS:
        return first[1], text[first.end() :], 1
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", PREAMBLE)[:PREAMBLE]
    return max(DELIMITERS, key=lambda d: max(_known(line.split(d)) * 100 + line.count(d) for line in lines)), text, 0


def _lines(text: str, delimiter: str, before: int) -> list[tuple[int, tuple[str, ...]]]:
    """Return the lines with their numbers; quotation marks may be written otherwise than CSV has them.

    Raises:
        InvalidInput: a quotation mark is never closed, or a cell is far too long.
    """
    try:
        found = _read_strictly(text, delimiter)
    except InvalidInput:
        escape = "\\" if '\\"' in text else None
        loose = csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter, escapechar=escape)
        try:
            found = list(loose)
        except csv.Error:
            found = []
        if found[-1:] != [[_END]]:  # it is within a quotation that nobody closed
            raise
        found.pop()
    return [(number, tuple(cells)) for number, cells in enumerate(found, start=1 + before)]


def _read_strictly(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        message = f"Line {reader.line_num} can’t be read as CSV ({error}). Look for an unclosed quotation mark."
        raise InvalidInput.field("file", message) from error


def _unguarded(lines: list[tuple[int, tuple[str, ...]]]) -> list[tuple[int, tuple[str, ...]]]:
    """Take off the apostrophes of an export of ours, in which no cell that looks like a formula stands without one."""
    cells = [cell for _, row in lines for cell in row]
    if any(cell.startswith(FORMULA) for cell in cells):
        return lines
    return [(number, tuple(c[1:] if c[:1] == "'" and c[1:2] in GUARDED else c for c in row)) for number, row in lines]


# --- what spreadsheets and other programs do to cells -----------------------------------------------------------

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d+")
_DATE = re.compile(rf"\d{{1,2}}[.\-/ ]+(?:{'|'.join(MONTHS)})\w*\.?(?:[.\-/ ]+\d{{2,4}})?", re.I)
_ERROR = re.compile(
    r"(?<!\S)#(?:#+|[^\W\d_][\w/]{1,8}[!?]|¡\w{2,8}!|DIV/0!)(?!\S)"
)  # also a column too narrow to show it
# =VLOOKUP(A1;B:C;2), =A2&" "&B2, =Sheet1!A2, =1/0; a company may be called =Sum GmbH.
_CELL = r"(?:(?:'[^']*'|\w+)!)?[$A-Z]*\d[\w$.]*"
_UNCOMPUTED = re.compile(
    rf"""=(?:[A-Z][\w.]*\(.*\)|[-+]*{_CELL}(?:[-+*/&^]+(?:{_CELL}|"[^"]*"))*(?:[-+*/&^]+[A-Z][\w.]*\(.*\))?)"""
)
_END = "\x1e"
_GOES_ON = re.compile(r"\(?[1-9]")  # what begins with + or 0 is another number, or decimals
SHORTEST = 7  # digits of a number among others: fewer are a piece of one
_FORMULA_TEXT = re.compile(r'="([^"]*)"')
_ADDRESS = re.compile(r"[^\s,;<>|/()\[\]?]+@[^\s,;<>|/()\[\]?]+")
_URL = re.compile(r"(?:https?://|www\.)[^\s\"'<>()\[\],;|]+", re.I)


class Damaged(ValueError):
    """Refuse a cell that a spreadsheet changed; the message says what it did."""


def clean_cell(cell: str) -> str:
    """Return a cell without invisible signs, without the quotes of a formula, and empty where it says nothing."""
    text = "".join(c for c in normal(cell).replace("\u00a0", " ") if c.isprintable() or c in "\n\t").strip()
    formula = _FORMULA_TEXT.fullmatch(text)
    text = formula[1].strip() if formula else text
    return "" if text.lower() in NOTHING else text


def empty_word(cells: Sequence[str]) -> str:
    """Return the word that stands for nothing, like `N/A`, where the cells hold no more than that."""
    return next((cell.strip() for cell in cells if cell.strip().lower() in NOTHING), "")


def line_cell(cell: str) -> str:
    """Return a cell on one line.

    Raises:
        Damaged: a spreadsheet took it for a date, or failed to compute it.
    """
    text = " ".join(valued_cell(cell).split())
    if _DATE.fullmatch(text):
        raise Damaged(f"A spreadsheet turned it into a date (“{text}”).")
    return text


def valued_cell(cell: str) -> str:
    """Return a clean cell for which the spreadsheet had a value.

    Raises:
        Damaged: it failed to compute it.
    """
    text = clean_cell(cell)
    if error := _ERROR.search(text):
        raise Damaged(f"A spreadsheet had no value for it (“{error[0]}”).")
    if _UNCOMPUTED.fullmatch(text):
        raise Damaged(f"It’s a formula without its result (“{text}”).")
    return text


def addresses(cells: Sequence[str]) -> list[str]:
    """Return the email addresses of cells, several in one, or with a name or `mailto:` around them."""
    texts = (clean_cell(cell).replace("\uff20", "@") for cell in cells)  # as Japanese keyboards write it
    found = [a.strip("'.\"").removeprefix("mailto:") for text in texts for a in _ADDRESS.findall(text)]
    return list(dict.fromkeys(found))


def refuse_power_of_ten(text: str, why: str) -> None:
    """Refuse what a spreadsheet wrote as a power of ten.

    Raises:
        Damaged: it did; `why` says what may be wrong with it.
    """
    if _SCIENTIFIC.fullmatch(text):
        raise Damaged(f"A spreadsheet changed it to {text} and {why}.")


def numbers(cell: str, is_one: Callable[[str], bool]) -> list[str]:
    """Return the telephone numbers of a cell, with its separators taken out where they stand within one: 040 / 123456.

    `is_one` says whether what they divide is a number of its country.

    Raises:
        Damaged: a spreadsheet failed to compute it, or wrote it as a power of ten, which lost its last digits.
    """
    text = valued_cell(cell).lstrip("'")
    refuse_power_of_ten(text, "lost the last digits")
    parts = [part.strip() for part in re.split(r"[,;|\n]|\s/\s|:::|\s(?=\+)", text) if part.strip()]
    if len(parts) < 2:
        return parts
    whole = " ".join(parts)
    if all(map(_is_piece, parts)) or (all(map(_GOES_ON.match, parts[1:])) and is_one(whole)):
        return [whole]
    found = parts[:1]
    for part in parts[1:]:
        if _is_piece(found[-1]) and not part.startswith("+"):
            part = f"{found.pop()} {part}"
        found.append(part)
    return [number for number in found if not _is_piece(number)] or [whole]


def _is_piece(part: str) -> bool:
    return sum(map(str.isdigit, part)) < SHORTEST


def links(cells: Sequence[str]) -> list[str]:
    """Return the links of cells, those to LinkedIn first; a word alone may be the name of a profile."""
    found: list[str] = []
    for cell in cells:
        text = clean_cell(cell)
        words = _URL.findall(text) or [word for word in re.split(r"[\s,;|]+", text) if word]
        found += words if len(words) == 1 else [word for word in words if "." in word or "/" in word]
    return sorted(found, key=lambda link: "linkedin" not in link.lower())


def guarded(cell: str) -> str:
    """Keep a cell of an export from being read as a formula.

    One that looks guarded gets one more apostrophe, so that taking one off gives the cell back.
    """
    looks_guarded = cell.startswith("'") and cell[1:].startswith(GUARDED)
    return f"'{cell}" if cell.startswith(FORMULA) or looks_guarded else cell


def write_rows(rows: list[list[str]]) -> str:
    """Write a file that spreadsheets open: every cell quoted and guarded, CRLF, marked as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
