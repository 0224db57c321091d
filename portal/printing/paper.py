"""A sheet of A4 with the fonts of this package embedded; the same content is the same bytes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

FONTS = Path(__file__).parent / "fonts"
MARGIN, LINE, SMALL = 20.0, 5.5, 4.5
WIDTH = 210 - 2 * MARGIN
# What DejaVu Sans does not write: the file of each font, and the ranges of signs that it is for.
SCRIPTS: dict[str, tuple[tuple[int, int], ...]] = {
    "NotoSansDevanagari.ttf": ((0x0900, 0x097F),),
    "NotoSansBengali.ttf": ((0x0980, 0x09FF),),
    "NotoSansGurmukhi.ttf": ((0x0A00, 0x0A7F),),
    "NotoSansGujarati.ttf": ((0x0A80, 0x0AFF),),
    "NotoSansOriya.ttf": ((0x0B00, 0x0B7F),),
    "NotoSansTamil.ttf": ((0x0B80, 0x0BFF),),
    "NotoSansTelugu.ttf": ((0x0C00, 0x0C7F),),
    "NotoSansKannada.ttf": ((0x0C80, 0x0CFF),),
    "NotoSansMalayalam.ttf": ((0x0D00, 0x0D7F),),
    "NotoSansSinhala.ttf": ((0x0D80, 0x0DFF),),
    "NotoSansThai.ttf": ((0x0E00, 0x0E7F),),
    "NotoSansKR-Hangul.ttf": ((0x1100, 0x11FF), (0x3131, 0x318E), (0xAC00, 0xD7A3)),
    "NotoSansSC-Common.ttf": ((0x2E80, 0x3130), (0x318F, 0xABFF), (0xD7A4, 0x10FFFF)),
}

logging.getLogger("fontTools").setLevel(logging.WARNING)  # subsetting tells of every table


class Paper(FPDF):
    """A page that begins with the head of a document; text that goes on takes another page."""

    def __init__(self, title: str, on: date, texts: Sequence[str]) -> None:
        super().__init__(format="A4")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN)
        self.set_title(title)
        self.set_creator("Splits portal")
        self.set_lang("en")
        self.set_creation_date(datetime.combine(on, time(), UTC))  # not of the moment: a reprint is the same
        self._embed(texts)
        self.add_page()
        self.write_bold(title, size=18)
        self.ln(6)

    def _embed(self, texts: Sequence[str]) -> None:
        """Embed what the texts are written in: the large fonts only where something needs them."""
        self.add_font("Sans", "", FONTS / "DejaVuSans.ttf")
        self.add_font("Sans", "B", FONTS / "DejaVuSans-Bold.ttf")
        signs = {ord(sign) for text in texts for sign in text}
        needed = [name for name, ranges in SCRIPTS.items() if any(a <= sign <= z for sign in signs for a, z in ranges)]
        for name in needed:
            for style in ("", "B"):
                self.add_font(name, style, FONTS / name)
        if needed:
            self.set_fallback_fonts(needed, exact_match=False)
        self.set_text_shaping(True)  # joins letters as their script does, and turns lines that run from right to left
        self.set_font("Sans", size=10)

    def write_plain(self, text: str, *, size: float = 10) -> None:
        """Write a paragraph, and go on below it."""
        self.set_font("Sans", size=size)
        self.multi_cell(WIDTH, LINE if size >= 10 else SMALL, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_bold(self, text: str, *, size: float = 10) -> None:
        """Write a heading, and go on below it."""
        self.set_font("Sans", "B", size)
        self.multi_cell(WIDTH, size * 0.55, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_columns(self, blocks: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Write blocks of lines side by side, each under its heading."""
        top, width, lowest = self.get_y(), WIDTH / len(blocks), self.get_y()
        for index, (head, lines) in enumerate(blocks):
            left = MARGIN + index * width
            self.set_xy(left, top)
            self.set_font("Sans", "B", 9)
            self.multi_cell(width - 6, LINE, head, align=Align.L, new_x=XPos.LEFT, new_y=YPos.NEXT)
            self.set_font("Sans", size=10)
            for line in filter(None, lines):
                self.multi_cell(width - 6, LINE, line, align=Align.L, new_x=XPos.LEFT, new_y=YPos.NEXT)
            lowest = max(lowest, self.get_y())
        self.set_xy(MARGIN, lowest + 6)

    def write_sums(self, heads: tuple[str, str], rows: Sequence[tuple[str, str]]) -> None:
        """Write a table of descriptions and amounts."""
        self.set_font("Sans", size=10)
        with self.table(
            col_widths=(3, 1),
            text_align=(Align.L, Align.R),
            borders_layout="HORIZONTAL_LINES",
            line_height=7,
        ) as table:
            for cells in (heads, *rows):
                row = table.row()
                for text in cells:
                    row.cell(text)
        self.ln(6)

    def to_bytes(self) -> bytes:
        return bytes(self.output())
