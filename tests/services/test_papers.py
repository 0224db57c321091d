"""Invoices and credit notes on paper (money.md §3): complete, in every script, the same bytes for ever."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, InternalError
from sqlalchemy.orm import Session

from portal.domain.billing.documents import Details
from portal.domain.errors import NotFound
from portal.extensions import db
from portal.models import CreditNote, InvoiceDocument
from portal.printing.documents import Printed, printed
from portal.printing.paper import FONTS
from portal.runtime.clock import simulated
from portal.services import billing_details
from portal.services.billing import papers
from portal.services.placements import corrections
from portal.services.placements.corrections import Right
from tests import money
from tests.cast import DAY, Cast
from tests.money import begun, invoice_of, job_on, left, paid, started

NAMES = "Łukasz Żółć 王伟 김민준 Ångström"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def read(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def printed_for(currency: str, name: str = NAMES, amount: int = 1_234_567) -> bytes:
    details = {"legal_name": name, "address": "1 High Street\nLondon", "tax_id": "GB1", "bank_account": "GB29NWBK"}
    lines = [("Placement", amount), ("VAT 19 %", 100)]
    return printed(Printed("Invoice", "INV-2026-00001", currency, details, details, DAY.date(), lines, DAY.date()))


def credit_note_of(placement_id: uuid.UUID) -> CreditNote:
    with Session(db.engine) as session:
        invoice_id = invoice_of(placement_id).id
        return session.scalars(select(CreditNote).where(CreditNote.invoice_id == invoice_id)).one()


def test_an_invoice_says_who_bills_whom_for_what_until_when_and_how_to_pay(cast: Cast) -> None:
    row = invoice_of(started(cast, tax_bp=1_900, tax_label="VAT"))
    text = read(papers.of_invoice(row.id, actor=cast.actor(cast.carl)).content)
    for said in (money.HOUSE.legal_name, money.ACME.legal_name, "Berlin", money.HOUSE.tax_id, row.number):
        assert said in text
    assert "Placement of Maya Okafor as" in text
    for said in ("$25,000.00", "VAT 19% $4,750.00", "Total $29,750.00"):
        assert said in text
    assert "Date: 24 November 2026" in text
    assert "Due: 24 December 2026" in text
    assert f"Account: GB29 NWBK 6016 1331 9268 19 Reference: {row.number}" in text


@pytest.mark.parametrize("tax", [0, 1_900])
def test_how_tax_is_rounded_is_said_where_there_is_tax(cast: Cast, tax: int) -> None:
    row = invoice_of(started(cast, tax_bp=tax, tax_label="VAT"))
    text = read(papers.of_invoice(row.id, actor=cast.actor(cast.carl)).content)
    assert ("rounded to the currency’s smallest unit" in text) == bool(tax)


def test_what_was_printed_is_kept_whatever_changes_later(cast: Cast) -> None:
    row, carl = invoice_of(started(cast)), cast.actor(cast.carl)
    first = papers.of_invoice(row.id, actor=carl)
    details = Details("Other Inc.", "Elsewhere 1")
    billing_details.save(cast.acme, actor=carl, details=details)
    assert papers.of_invoice(row.id, actor=cast.actor(cast.pia)) == first
    with Session(db.engine) as session:
        kept = session.get_one(InvoiceDocument, row.id)
        assert kept.sha256 == hashlib.sha256(first.content).hexdigest()
        kept.pdf = b"other"
        with pytest.raises((IntegrityError, InternalError)):
            session.flush()


def test_a_credit_note_names_the_invoice_that_it_takes_back(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund", tax_bp=1_900)
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    found, carl = credit_note_of(placement_id), cast.actor(cast.carl)
    first = papers.of_credit_note(found.id, actor=carl)
    text = read(first.content)
    assert f"Credit note {found.number}" in text
    assert f"Invoice {invoice_of(placement_id).number} of 24 November 2026" in text
    assert "Total $29,750.00" in text
    assert "Reference:" not in text
    assert papers.of_credit_note(found.id, actor=carl) == first


def test_a_corrected_invoice_names_the_one_that_it_replaces(cast: Cast) -> None:
    placement_id, pia = started(cast), cast.actor(cast.pia)
    old = invoice_of(placement_id)
    corrections.correct(placement_id, actor=pia, right=Right(salary_minor=13_000_000), reason="A typing error")
    new = invoice_of(placement_id)
    assert f"Replaces invoice {old.number} of 24 November 2026" in read(papers.of_invoice(new.id, actor=pia).content)
    assert "Replaces" not in read(papers.of_invoice(old.id, actor=pia).content)
    page = cast.client(cast.carl).get(f"/invoices/{new.id}").text
    assert "Replaces" in page
    assert old.number in page


def test_an_invoice_says_what_was_paid_for_the_one_before_it(cast: Cast) -> None:
    placement_id, pia = started(cast), cast.actor(cast.pia)
    paid(cast, placement_id, 2_500_000)
    corrections.correct(placement_id, actor=pia, right=Right(salary_minor=13_000_000), reason="A typing error")
    new = invoice_of(placement_id)
    with simulated(DAY + timedelta(hours=1)):
        paid(cast, placement_id, 100_000, reference="rest")  # after the issue: not printed
    text = read(papers.of_invoice(new.id, actor=pia).content)
    assert "Total $26,000.00 Already paid $25,000.00 Left to pay $1,000.00" in text


def test_an_invoice_says_what_credit_has_paid(cast: Cast) -> None:
    paid(cast, started(cast), 3_000_000)
    row = invoice_of(begun(cast, job_on(cast), name="Jonas Weber"))
    text = read(papers.of_invoice(row.id, actor=cast.actor(cast.carl)).content)
    assert "Total $25,000.00 Already paid $5,000.00 Left to pay $20,000.00" in text


def test_zoe_finds_neither_invoice_nor_credit_note(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    left(cast, placement_id, 1)
    zoe, note = cast.actor(cast.zoe), credit_note_of(placement_id)
    for asked, key in ((papers.of_invoice, note.invoice_id), (papers.of_credit_note, note.id)):
        with pytest.raises(NotFound):
            asked(key, actor=zoe)
        with pytest.raises(NotFound):
            asked(uuid.uuid4(), actor=cast.actor(cast.pia))
    browser = cast.client(cast.zoe)
    assert browser.get(f"/invoices/{note.invoice_id}/pdf").status_code == 404
    assert browser.get(f"/credit-notes/{note.id}/pdf").status_code == 404


def test_the_company_downloads_both_under_their_numbers(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    left(cast, placement_id, 1)
    note, browser = credit_note_of(placement_id), cast.client(cast.carl)
    page = browser.get(f"/invoices/{note.invoice_id}").text
    assert "GB29 NWBK 6016 1331 9268 19" in page
    for url, name in ((f"/invoices/{note.invoice_id}/pdf", "INV-"), (f"/credit-notes/{note.id}/pdf", "CN-")):
        assert url in page
        answer = browser.get(url)
        assert answer.mimetype == "application/pdf"
        assert f"filename={name}2026-00001.pdf" in answer.headers["Content-Disposition"]
        assert answer.data.startswith(b"%PDF-")


def test_any_name_prints_and_so_does_arabic() -> None:
    text = read(printed_for("EUR", name=f"{NAMES} مريم"))
    for name in (*NAMES.split(), "مريم"):
        assert name in text


@pytest.mark.parametrize(
    ("currency", "total"),
    [
        ("EUR", "€12,346.67"),
        ("GBP", "£12,346.67"),
        ("INR", "₹12,346.67"),
        ("JPY", "¥1,234,667"),
        ("KWD", "KWD 1,234.667"),
    ],
)
def test_every_currency_has_its_sign_and_digits(currency: str, total: str) -> None:
    assert f"Total {total}" in read(printed_for(currency))


def test_the_same_document_is_the_same_bytes() -> None:
    assert printed_for("USD") == printed_for("USD")
    assert printed_for("USD") != printed_for("EUR")


@pytest.mark.parametrize(
    ("name", "scripts"),
    [
        ("Acme", set()),
        ("王伟", {"SC-Common"}),
        ("김민준", {"KR-Hangul"}),
        ("뷁 王", {"SC-Common", "KR-Hangul"}),
        ("ᄒㅏ", {"KR-Hangul"}),
        ("प्रिया সুমন", {"Devanagari", "Bengali"}),
        ("ગુજરાતી ਗੁਰਪ੍ਰੀਤ", {"Gujarati", "Gurmukhi"}),
        ("தமிழ் తెలుగు", {"Tamil", "Telugu"}),
        ("ಕನ್ನಡ മലയാളം", {"Kannada", "Malayalam"}),
        ("ଓଡ଼ିଆ සිංහල สมชาย", {"Oriya", "Sinhala", "Thai"}),
    ],
)
def test_every_sign_has_a_font_that_is_embedded_only_where_it_is_needed(name: str, scripts: set[str]) -> None:
    found = {str(font["/BaseFont"]).partition("+")[2] for font in _fonts(printed_for("USD", name=name))}
    noto = {f"NotoSans{script}" for script in scripts}
    assert {font.removesuffix("-Regular") for font in found if "NotoSans" in font} == {
        {"NotoSansSC-Common": "NotoSansSC", "NotoSansKR-Hangul": "NotoSansKR"}.get(font, font) for font in noto
    }
    known = [TTFont(FONTS / f"{font}.ttf").getBestCmap() for font in (*noto, "DejaVuSans")]
    assert not [sign for sign in name if not any(ord(sign) in glyphs for glyphs in known)]


def test_every_korean_syllable_has_a_glyph() -> None:
    known = TTFont(FONTS / "NotoSansKR-Hangul.ttf").getBestCmap()
    assert not [syllable for syllable in range(0xAC00, 0xD7A4) if syllable not in known]


def _fonts(content: bytes) -> list:
    page = PdfReader(io.BytesIO(content)).pages[0]
    found = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    for font in found:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor
    return found


def test_a_long_document_goes_on_on_another_page() -> None:
    details = {"legal_name": "Acme", "address": "\n".join(f"Line {n}" for n in range(70))}
    said = Printed("Invoice", "INV-2026-00001", "USD", details, details, date(2026, 11, 24), [("Placement", 1)])
    assert len(PdfReader(io.BytesIO(printed(said))).pages) > 1
