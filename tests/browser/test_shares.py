"""Handles on the bar of shares: dragged or moved by keys, they fill in the fields, and the sums follow."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.test_pages_axe import signed_in
from tests.cast import Cast
from tests.hires import hired


def test_a_handle_moves_a_share_to_its_neighbor(cast: Cast, chromium: Browser, address: str) -> None:
    placement = hired(cast)
    page = signed_in(chromium, cast, "rita", address)
    page.goto(f"/placements/{placement}/collaborators")
    fields = [page.get_by_role("textbox", name="New split of").nth(n) for n in range(2)]
    handles = page.get_by_role("slider")
    expect(handles).to_have_count(2)
    before = [float(field.input_value()) for field in fields]
    handles.first.focus()
    for key in ("ArrowLeft", "PageDown"):
        page.keyboard.press(key)
    for field, expected in zip(fields, (before[0] - 11, before[1] + 11), strict=True):
        expect(field).to_have_value(f"{expected:g}")
    expect(page.locator("#shares-preview")).to_contain_text(f"{before[1] + 11:g}%")
    expect(handles.first).to_have_attribute("aria-valuetext", f"{before[0] - 11:g}%")
    bar, last = page.locator(".handles").bounding_box(), handles.last.bounding_box()
    assert bar
    assert last
    page.mouse.move(last["x"] + 12, last["y"] + 8)
    page.mouse.down()
    page.mouse.move(bar["x"] + bar["width"] * 0.8, last["y"] + 8)
    page.mouse.up()
    expect(fields[1]).to_have_value(f"{80 - before[0] + 11:g}")
    fields[0].fill("a lot")
    expect(handles).to_have_count(0)
    fields[0].fill(f"{before[0] - 11:g}")
    page.get_by_role("button", name="Save split").click()
    expect(page.get_by_text("Allocated (20% left)")).to_be_visible()
    expect(handles).to_have_count(2)  # of what was swapped in
    page.context.close()
