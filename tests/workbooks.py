"""Workbooks for tests, written as their programs write them: the parts of an archive."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZipFile

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LINKS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
SHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENTS = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KINDS}.sharedStrings+xml"/></Types>'
)
# Styles of cells: 0 is a number, 1 a date, 2 a date as Japan writes it, 3 a number with a currency in red.
STYLES = (
    f"<styleSheet {MAIN}><numFmts>"
    '<numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
    '<numFmt numFmtId="165" formatCode="[Red]#,##0.00\\ &quot;per day&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def text(words: str, at: str = "") -> str:
    """Write a cell that holds a text of its own."""
    place = f' r="{at}"' if at else ""
    return f'<c{place} t="inlineStr"><is><t>{words}</t></is></c>'


def row(*cells: str, number: int = 0) -> str:
    """Write a row of cells; plain words are texts."""
    place = f' r="{number}"' if number else ""
    return f"<row{place}>{''.join(c if c.startswith('<c') else text(c) for c in cells)}</row>"


def archive(**parts: str) -> bytes:
    """Write an archive; a part `a__b` is called `xl/a/b.xml`."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name if "." in name else f"xl/{name.replace('__', '/')}.xml", content)
    return out.getvalue()


def workbook(*sheets: tuple[str, str], texts: str = "", properties: str = "", **more: str) -> bytes:
    """Write a workbook of sheets, each its name (`~` before it hides it) and its rows; `texts` are the shared ones."""
    listed, related, parts = "", "", dict[str, str]()
    for number, (name, rows) in enumerate(sheets, start=1):
        state = ' state="hidden"' if name.startswith("~") else ""
        listed += f'<sheet name="{name.strip("~")}" sheetId="{number}" r:id="rId{number}"{state}/>'
        related += f'<Relationship Id="rId{number}" Type="{SHEET}" Target="worksheets/sheet{number}.xml"/>'
        parts[f"worksheets__sheet{number}"] = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    return archive(
        **{
            "[Content_Types].xml": CONTENTS,
            "workbook": f"<workbook {MAIN} {LINKS}>{properties}<sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f"<Relationships {RELATIONS}>{related}</Relationships>",
            "styles": STYLES,
            "sharedStrings": f"<sst {MAIN}>{texts}</sst>",
            **parts,
            **more,
        }
    )
