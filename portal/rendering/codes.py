"""Codes that a camera reads from paper."""

from __future__ import annotations

from functools import lru_cache

from markupsafe import Markup

from portal.rendering.charts import drawn


@lru_cache(maxsize=256)
def qr(address: str, label: str) -> Markup:
    """Draw an address as a QR code, which has its own light ground in every theme."""
    import segno  # noqa: PLC0415  # only receipts have one

    code = segno.make(address, micro=False, error="m")
    svg = code.svg_inline(border=2, omitsize=True, light="#fff", svgclass="qr")
    return Markup('<div role="img" aria-label="{}">{}</div>').format(label, drawn(svg))
