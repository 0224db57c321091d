"""Attached files: which are taken for a candidate or in a case, recognized by content, whatever their name says."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import asdict, dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from portal.domain.errors import Conflict, InvalidInput
from portal.domain.texts import clean

MOST_BYTES = 4 * 1024 * 1024
MOST = 10  # of one candidate
NAME_MOST = 120
UNPACKED_MOST = 32 * 1024 * 1024
PARTS_MOST = 1_000
ENCRYPTED = 0x1
ARCHIVES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!")
CONTENT_TYPES, BODY = "[Content_Types].xml", "word/document.xml"
MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"

# zipfile has no error of its own for what is wrong inside a part: it lets through what its readers raise.
UNREADABLE = (BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError)

NOT_TAKEN = "Choose a PDF or a Word document (.docx). This file is neither, whatever its name says."
NO_EVIDENCE = (
    "Choose a PDF, a PNG or JPEG image, or a Word document (.docx). This file is none of these, whatever its name says."
)
NESTED = "This Word document contains an archive or another document. Attach its contents separately."
ENCRYPTED_PDF = "This PDF is password-protected. Save it without a password."
DAMAGED = "This Word document is damaged. Open it in Word, save it again as .docx, then attach it."
MACROS = "This Word document contains macros. Save it as .docx without them, or as a PDF."
LOCKED = "This Word document is password-protected. Save it without a password."
TOO_MUCH = "This Word document is too large once unpacked. Save it as a PDF."
TOO_MANY = Conflict(f"A candidate can have up to {MOST} attachments. Remove one first.", code="TOO_MANY_ATTACHMENTS")
ATTACHED_BEFORE = Conflict("This file is already attached.", code="ATTACHED_BEFORE")


class AttachmentKind(StrEnum):
    """The type of document."""

    CV = "cv"
    COVER_LETTER = "cover_letter"
    CERTIFICATE = "certificate"
    WORK_SAMPLE = "work_sample"
    OTHER = "other"


KIND_LABELS = {
    AttachmentKind.CV: "CV",
    AttachmentKind.COVER_LETTER: "Cover letter",
    AttachmentKind.CERTIFICATE: "Certificate",
    AttachmentKind.WORK_SAMPLE: "Work sample",
    AttachmentKind.OTHER: "Other document",
}


class MediaType(StrEnum):
    """The types of file that are taken."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    PNG = "image/png"
    JPEG = "image/jpeg"


TYPE_LABELS = {
    MediaType.PDF: "PDF",
    MediaType.DOCX: "Word document",
    MediaType.PNG: "PNG image",
    MediaType.JPEG: "JPEG image",
}
ENDINGS = {MediaType.PDF: ".pdf", MediaType.DOCX: ".docx", MediaType.PNG: ".png", MediaType.JPEG: ".jpg"}
DOCUMENTS = (MediaType.PDF, MediaType.DOCX)


@dataclass(frozen=True, slots=True)
class Takes:
    """What is taken: which types, how large, and what is said about the rest."""

    types: tuple[MediaType, ...]
    most_bytes: int
    refusal: str
    is_open: bool  # nothing inside is encrypted or an archive of its own


OF_CANDIDATES = Takes(DOCUMENTS, MOST_BYTES, NOT_TAKEN, is_open=False)
OF_CASES = Takes(tuple(MediaType), 10 * 1024 * 1024, NO_EVIDENCE, is_open=True)  # disputes.md §6


@dataclass(frozen=True, slots=True)
class Document:
    """A file that is taken: its name ends as its content says."""

    name: str
    media_type: MediaType
    content: bytes

    def as_kept(self) -> dict[str, Any]:
        """Return the columns of its row, with the digest by which the same file is known again."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {**asdict(self), "size": len(self.content), "sha256": digest}


def read(name: str, content: bytes, takes: Takes = OF_CANDIDATES) -> Document:
    """Return a file as it is kept.

    Raises:
        InvalidInput: it is empty, too large, of no type that is taken, or a Word document with macros.
    """
    if not content:
        raise InvalidInput.field("file", "Choose a file that is not empty.")
    if len(content) > takes.most_bytes:
        raise InvalidInput.field("file", too_large(takes))
    media_type = _recognized(content)
    if media_type not in takes.types:
        raise InvalidInput.field("file", takes.refusal)
    if media_type is MediaType.DOCX:
        _check_docx(content, takes)
    elif media_type is MediaType.PDF and takes.is_open and b"/Encrypt" in content:
        raise InvalidInput.field("file", ENCRYPTED_PDF)
    return Document(_named(name, media_type), media_type, content)


def too_large(takes: Takes) -> str:
    """Return what is said of a file that is too large."""
    most = takes.most_bytes // 1024**2
    return f"This file is larger than {most} MiB. Save a smaller version, for example as a PDF."


def _recognized(content: bytes) -> MediaType | None:
    # At the very beginning: what starts as something else may also be read as something else.
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]:
        return MediaType.PDF
    if content.startswith(b"PK\x03\x04"):
        return MediaType.DOCX
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82"):
        return MediaType.PNG
    if content.startswith(b"\xff\xd8\xff") and content.endswith(b"\xff\xd9"):
        return MediaType.JPEG
    return None


def _check_docx(content: bytes, takes: Takes) -> None:
    """Refuse an archive that is no Word document, has macros, or unpacks to more than it may."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_parts(parts, takes)
            if archive.testzip() is not None:
                raise InvalidInput.field("file", DAMAGED)
            _refuse_types(archive.read(CONTENT_TYPES), takes)
            if takes.is_open:
                _refuse_nested(archive, parts)
    except UNREADABLE as error:
        raise InvalidInput.field("file", DAMAGED) from error


def _refuse_parts(parts: list[ZipInfo], takes: Takes) -> None:
    """Judge an archive by its directory, before anything is unpacked; what is unpacked then stays within it."""
    names = {part.filename for part in parts}
    if not {CONTENT_TYPES, BODY} <= names:
        raise InvalidInput.field("file", takes.refusal)
    if any(part.flag_bits & ENCRYPTED for part in parts):
        raise InvalidInput.field("file", LOCKED)
    if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        raise InvalidInput.field("file", MACROS)
    if len(parts) > PARTS_MOST or sum(part.file_size for part in parts) > UNPACKED_MOST:
        raise InvalidInput.field("file", TOO_MUCH)
    if any(part.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for part in parts):
        raise InvalidInput.field("file", DAMAGED)


def _refuse_types(types: bytes, takes: Takes) -> None:
    if b"macroEnabled" in types:
        raise InvalidInput.field("file", MACROS)
    if MAIN not in types:
        raise InvalidInput.field("file", takes.refusal)


def _refuse_nested(archive: ZipFile, parts: list[ZipInfo]) -> None:
    """Refuse archives within an archive, by how they begin: zip, the older Office files, gzip, 7z, rar."""
    for part in parts:
        with archive.open(part) as opened:
            if opened.read(8).startswith(ARCHIVES):
                raise InvalidInput.field("file", NESTED)


def _named(name: str, media_type: MediaType) -> str:
    """Return the last part of a path, with the ending of what it is."""
    ending = ENDINGS[media_type]
    stem = PurePosixPath(name.replace("\\", "/")).name
    for known in (ending, ".jpeg") if media_type is MediaType.JPEG else (ending,):
        if stem.lower().endswith(known):
            stem = stem[: -len(known)]
    return (clean("file", stem[: NAME_MOST - len(ending)], most=NAME_MOST).strip(". ") or "attachment") + ending


def size_in_words(size: int) -> str:
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 else f"{max(1, round(size / 1024)):,} KB"
