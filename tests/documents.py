"""Files as people attach them."""

from __future__ import annotations

import uuid
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from fpdf import FPDF

from portal.domain.attachments import BODY, CONTENT_TYPES, MAIN
from portal.services.candidates import attachments
from tests.cast import DAY, Cast, Person


@cache
def pdf(text: str = "Curriculum vitae") -> bytes:
    """Return a PDF of one page."""
    paper = FPDF()
    paper.set_creation_date(DAY)  # the same text makes the same file
    paper.add_page()
    paper.set_font("Helvetica")
    paper.cell(text=text)
    return bytes(paper.output())


def docx(parts: dict[str, bytes] | None = None, *, types: bytes = MAIN) -> bytes:
    """Return a Word document with further parts, or others in place of its own."""
    held = {CONTENT_TYPES: b"<Types>" + types + b"</Types>", BODY: b"<w:document/>", **(parts or {})}
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in held.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)  # of no particular time
    return packed.getvalue()


def attached(cast: Cast, candidate_id: uuid.UUID, who: Person | None = None, **said: Any) -> uuid.UUID:
    """Attach a CV to a candidate as `who` (rita)."""
    file = {"kind": "cv", "name": "Lena Brandt CV.pdf", "content": pdf(), **said}
    return attachments.attach(candidate_id, actor=cast.actor(who or cast.rita), **file)
