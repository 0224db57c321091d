"""CSV for spreadsheets: a byte-order mark, every cell quoted, none that is taken for a formula."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

from portal.domain.imports import guarded
from portal.domain.people import NumberFormat
from portal.wording import notation

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Style:
    """How a person's spreadsheet reads CSV: what separates cells, what begins decimals, in which zone times are."""

    separator: str = ","
    decimal: str = "."
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - a zone never changes


PLAIN = Style()
SEPARATORS = {".": ",", ",": ";"}  # of cells, where decimals begin so


def style_of(number_format: str, zone: str) -> Style:
    """Return the style of a person's number format; who chose none gets that of the place that the time zone names."""
    if number_format == NumberFormat.AUTOMATIC:
        decimal = "," if _is_decimal_comma(zone) else "."
    else:
        decimal = notation.SIGNS[NumberFormat(number_format)][1]
    return Style(SEPARATORS[decimal], decimal, ZoneInfo(zone))


@lru_cache(maxsize=1024)
def _is_decimal_comma(zone: str) -> bool:
    """Return whether people in a time zone write decimals with a comma; UTC, which is no place, has a point."""
    territory = get_global("zone_territories").get(zone, "")
    languages = get_official_languages(territory, de_facto=True) if territory else ()
    try:
        return bool(languages) and Locale(languages[0], territory).number_symbols["latn"]["decimal"] == ","
    except (UnknownLocaleError, KeyError):
        return False


def cell(value: object, style: Style = PLAIN) -> str:
    """Write a cell; what a spreadsheet would compute gets an apostrophe, except numbers."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return str(value).replace(".", style.decimal)
        case datetime():
            return f"{value.astimezone(style.zone):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return guarded(str(value))


def line(cells: Iterable[object], style: Style = PLAIN) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=style.separator, quoting=csv.QUOTE_ALL).writerow([cell(v, style) for v in cells])
    return written.getvalue()


def table(head: Sequence[str], rows: Iterable[Sequence[object]], style: Style = PLAIN) -> str:
    return BYTE_ORDER_MARK + line(head, style) + "".join(line(row, style) for row in rows)
