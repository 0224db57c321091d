"""CSV for spreadsheets: a byte-order mark, every cell quoted, none that is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """Write a cell; what a spreadsheet would compute gets an apostrophe, except numbers."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | float) else text


def line(cells: Iterable[object]) -> str:
    """Write one line."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([cell(value) for value in cells])
    return written.getvalue()


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a whole table."""
    return BYTE_ORDER_MARK + line(head) + "".join(map(line, rows))
