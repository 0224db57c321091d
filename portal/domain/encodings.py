"""The text of a file: of a workbook its sheet, else as its mark says, its bytes tell or charset-normalizer guesses."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from charset_normalizer import from_bytes

from portal.domain.errors import InvalidInput
from portal.domain.import_columns import FIELD_OF, plain_name

WESTERN = "cp1252"  # what German and French spreadsheets write; also where nothing speaks for another one
MAC = "mac_roman"  # what Excel on a Mac calls "CSV (Macintosh)", whose lines end in CR alone
# What spreadsheets of a country write, and how a person knows it.
GUESSED = {
    WESTERN: "Windows-1252 (Western European)",
    MAC: "Mac Roman (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "Windows-949 (Korean)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp874": "Windows-874 (Thai)",
}
# Encodings of Latin letters differ in a few signs: one of them is another than the Western one by its language alone.
_OF_LANGUAGES = {
    **dict.fromkeys(("Croatian", "Czech", "Hungarian", "Polish", "Romanian", "Slovak", "Slovene"), "cp1250"),
    "Turkish": "cp1254",
}
_LATIN = sorted({WESTERN, *_OF_LANGUAGES.values()})
_PORTUGUESE = re.compile(rb"\xe3[oe]|\xc3[OE]")  # João: the language that reads Joăo is taken for has no such ending
# What charset-normalizer sees in files of others; they are known by the names of their columns, or chosen by a person.
_NEVER_GUESSED = {MAC, "cp1255", "cp1256", "cp1257", "cp874"}
_HEADER_LINES = 20
_AS_IT_IS = "portal.as_it_is"  # a byte that the guess doesn't have stays, so that the right encoding can still read it
WORKBOOK_BEGINS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # of .xlsx, and of what Office wrote until 2007


def _as_it_is(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return a byte as the sign of its number, and such a sign as the byte.

    Raises:
        UnicodeError: the sign is none of these.
    """
    if isinstance(error, UnicodeDecodeError):
        return error.object[error.start : error.end].decode("latin-1"), error.end
    if isinstance(error, UnicodeEncodeError):
        return error.object[error.start : error.end].encode("latin-1"), error.end
    raise error


codecs.register_error(_AS_IT_IS, _as_it_is)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, its encoding where that is a guess, and its sheet where a workbook has several."""

    text: str
    guess: str = ""
    sheet: str = ""


def decode(data: bytes) -> Decoded:
    """Read the bytes of a file.

    Raises:
        InvalidInput: they are neither text nor a workbook.
    """
    if data.startswith(WORKBOOK_BEGINS):
        from portal.domain import workbooks  # noqa: PLC0415  # a third of a second, and most files are CSV

        sheet = workbooks.read_sheet(data)
        return Decoded(sheet.text, sheet=sheet.name if sheet.of > 1 else "")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Decoded(data.decode("utf-16", errors="replace"))
    unmarked = _unmarked(data)
    if unmarked is not None:
        return Decoded(unmarked)
    if b"\x00" not in data:
        try:
            return Decoded(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return _guessed(data)
    raise InvalidInput.field("file", "This file can’t be read as text. Save it as “CSV UTF-8” and choose it again.")


def _unmarked(data: bytes) -> str | None:
    """Return what UTF-16 without its mark says, of which every other byte is mostly zero; None for other bytes."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) <= 8 * min(even, odd):
        return None
    try:
        text = data.decode("utf-16-le" if odd > even else "utf-16-be")
    except UnicodeDecodeError:
        return None
    signs = set(text) - {"\t", "\r", "\n"}
    return None if any(unicodedata.category(sign) in {"Cc", "Cn", "Co"} for sign in signs) else text


def _guessed(data: bytes) -> Decoded:
    runs = re.findall(rb"[\x80-\xff]+", data)
    alone = sum(len(run) == 1 for run in runs)  # as accents stand among Latin letters
    is_latin = 2 * alone > len(runs)
    best = from_bytes(data, cp_isolation=_LATIN if is_latin else [*GUESSED.keys() - _NEVER_GUESSED]).best()
    encoding = best.encoding if best else WESTERN
    if best and encoding in _LATIN:
        language = "" if _PORTUGUESE.search(data) else best.language
        encoding = MAC if b"\n" not in data else _OF_LANGUAGES.get(language, WESTERN)
    encoding = max((encoding, *GUESSED), key=lambda name: _known_columns(data, name))  # the first of equals
    text, western = (data.decode(name, errors=_AS_IT_IS) for name in (encoding, WESTERN))
    return Decoded(text, WESTERN if text == western else encoding)


def _known_columns(data: bytes, encoding: str) -> int:
    """Count the names of columns that are known when the first lines are read in an encoding."""
    lines = re.split(r"[\r\n]+", data.decode(encoding, errors=_AS_IT_IS), maxsplit=_HEADER_LINES)[:_HEADER_LINES]
    # As they are spelled: blind to accents, Imiê would be as good as Imię.
    return sum(plain_name(cell) in FIELD_OF for line in lines for cell in re.split(r"[,;\t|]", line))


def read_again(text: str, *, guess: str, encoding: str) -> str:
    """Return the text of a file whose encoding was guessed wrong, in the one that a person chose.

    Raises:
        InvalidInput: the file cannot be written in it.
    """
    message = "The file isn’t in this encoding. Choose another one, or save it as “CSV UTF-8”."
    if not {guess, encoding} <= GUESSED.keys():
        raise InvalidInput.field("encoding", message)
    try:
        return text.encode(guess, errors=_AS_IT_IS).decode(encoding)
    except UnicodeError as error:
        raise InvalidInput.field("encoding", message) from error
