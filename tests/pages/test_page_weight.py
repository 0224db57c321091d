"""Full pages of varied rows stay light and cost a fixed number of statements; times are for `make bench`."""

from __future__ import annotations

import gzip
import re

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import PlatformSettings
from tests.accounts import statements
from tests.cast import Cast
from tests.marketplace import claimed, posted, proposed

PAGES = [("carl", "/proposals", 4), ("pia", "/admin/events", 5)]


@pytest.mark.parametrize(("who", "url", "most"), PAGES)
def test_fifty_varied_rows_are_light_and_cost_few_statements(cast: Cast, who: str, url: str, most: int) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(outreach_per_day=60))
    jobs = [posted(cast, title=f"Engineer for field {number}") for number in range(5)]
    for number in range(51):
        one = claimed(cast, name=f"Candidate {number}", title=f"Engineer {number % 9}")
        proposed(cast, candidate_id=one, job_id=jobs[number % 5])
    client = cast.client(getattr(cast, who))
    client.get(url)
    with statements() as seen:
        page = client.get(url)
    assert len(seen) <= most, seen
    assert len(page.data) <= 32 * 1024
    assert len(gzip.compress(page.data, 6)) <= 6 * 1024  # the inbox shows the chosen proposal with its terms, too


def test_a_page_is_drawn_when_its_last_element_is_read(cast: Cast) -> None:
    page = cast.client(cast.hana).get("/account").text
    [last] = re.findall(r'<div id="([^"]+)"[^>]*></div>\s*</body>', page)
    assert f'<link rel="expect" href="#{last}" blocking="render">' in page
