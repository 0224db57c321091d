"""Which files are taken: by what they are, not by what they are called."""

from __future__ import annotations

import pytest

from portal.domain import attachments
from portal.domain.attachments import CONTENT_TYPES, OF_CASES, MediaType, read, size_in_words
from portal.domain.errors import InvalidInput
from tests.documents import docx, pdf

PDF = b"%PDF-1.7\n%%EOF\n"


@pytest.mark.parametrize(
    ("name", "content", "kept", "kind"),
    [
        ("cv.pdf", PDF, "cv.pdf", MediaType.PDF),
        ("CV.PDF", pdf(), "CV.pdf", MediaType.PDF),
        ("cv.docx", PDF, "cv.docx.pdf", MediaType.PDF),
        ("C:\\Users\\Lena\\cv.docx", docx(), "cv.docx", MediaType.DOCX),
        ("../../etc/cv", docx(), "cv.docx", MediaType.DOCX),
        ("", PDF, "attachment.pdf", MediaType.PDF),
        ("..pdf", PDF, "attachment.pdf", MediaType.PDF),
        ("x" * 300 + ".pdf", PDF, "x" * 116 + ".pdf", MediaType.PDF),
    ],
)
def test_a_file_is_what_its_content_says(name: str, content: bytes, kept: str, kind: MediaType) -> None:
    found = read(name, content)
    assert (found.name, found.media_type, found.content) == (kept, kind, content)


def locked() -> bytes:
    """Return a Word document whose parts say that they are encrypted."""
    content = bytearray(docx())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(signature, at + 1)
    return bytes(content)


def packed_otherwise() -> bytes:
    """Return a Word document whose directory names a way of packing that no program for documents uses."""
    content = bytearray(docx())
    content[content.find(b"PK\x01\x02") + 10] = 14
    return bytes(content)


def damaged() -> bytes:
    """Return a Word document with a byte changed in its body."""
    content = bytearray(docx({"word/media/a.bin": bytes(range(256)) * 9}))
    content[content.find(b"word/media/a.bin") + 40] ^= 0xFF
    return bytes(content)


def miscounted() -> bytes:
    """Return a Word document with a part that does not fit its checksum."""
    content = bytearray(docx())
    content[content.find(b"PK\x01\x02") + 16] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not empty"),
        (b"%PDF-" + b"x" * attachments.MOST_BYTES, attachments.too_large(attachments.OF_CANDIDATES)),
        (b"%PDF-1.7 without an end", attachments.NOT_TAKEN),
        (b"<html>%PDF-1.7\n%%EOF", attachments.NOT_TAKEN),
        (b"MZ\x90 a program", attachments.NOT_TAKEN),
        (docx(types=b"spreadsheetml.sheet.main+xml"), attachments.NOT_TAKEN),
        (docx(types=b"application/vnd.ms-word.document.macroEnabled.main+xml"), attachments.MACROS),
        (docx({"word/vbaProject.bin": b"Sub AutoOpen()"}), attachments.MACROS),
        (docx({"word/media/huge.bin": bytes(attachments.UNPACKED_MOST)}), attachments.TOO_MUCH),
        (docx({f"word/{n}.xml": b"" for n in range(attachments.PARTS_MOST)}), attachments.TOO_MUCH),
        (docx()[:-30], attachments.DAMAGED),
        (locked(), attachments.LOCKED),
        (packed_otherwise(), attachments.DAMAGED),
        (damaged(), attachments.DAMAGED),
        (miscounted(), attachments.DAMAGED),
    ],
)
def test_anything_else_is_refused_and_told_why(content: bytes, said: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read("cv.pdf", content)
    assert said in refusal.value.fields["file"]


def test_a_word_document_has_the_parts_of_one() -> None:
    without = docx().replace(CONTENT_TYPES.encode(), b"[Content_Tapes].xml")
    with pytest.raises(InvalidInput) as refusal:
        read("cv.docx", without)
    assert refusal.value.message == attachments.NOT_TAKEN


PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" + b"IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + b"pixels" + b"\xff\xd9"


def test_evidence_may_be_a_picture_and_hides_nothing_inside() -> None:
    assert read("Scan.PNG", PNG, OF_CASES).name == "Scan.png"
    assert (read("Photo.jpeg", JPEG, OF_CASES).name, read("a.docx", docx(), OF_CASES).name) == ("Photo.jpg", "a.docx")
    refused = {
        PNG + b"<script>": attachments.NO_EVIDENCE,
        docx({"word/embeddings/a.xlsx": docx()}): attachments.NESTED,
        docx({"word/vbaProject.bin": b"Sub AutoOpen()"}): attachments.MACROS,
        b"%PDF-1.7 /Encrypt 5 0 R %%EOF": attachments.ENCRYPTED_PDF,
        b"%PDF-" + b"x" * OF_CASES.most_bytes: attachments.too_large(OF_CASES),
    }
    for content, said in refused.items():
        with pytest.raises(InvalidInput) as refusal:
            read("evidence.pdf", content, OF_CASES)
        assert refusal.value.fields["file"] == said
    with pytest.raises(InvalidInput):
        read("cv.png", PNG)


@pytest.mark.parametrize(("size", "words"), [(1, "1 KB"), (2_048, "2 KB"), (1_572_864, "1.5 MB")])
def test_a_size_reads_as_people_say_it(size: int, words: str) -> None:
    assert size_in_words(size) == words
