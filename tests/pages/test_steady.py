"""The time that an answer takes tells nobody who has an account."""

from __future__ import annotations

import pytest

from portal.requests import steady
from tests.cast import Cast


@pytest.mark.parametrize(("spent", "left"), [(0.0, 0.0), (0.006, 0.094), (0.011, 0.089), (0.1, 0.0), (0.15, 0.05)])
def test_an_answer_waits_for_the_end_of_its_step(spent: float, left: float) -> None:
    assert steady.left(spent) == pytest.approx(left)


@pytest.mark.parametrize("email", ["rita@demo.test", "nobody@demo.test", "no address", "\x00"])
def test_every_answer_to_a_forgotten_password_does(cast: Cast, monkeypatch: pytest.MonkeyPatch, email: str) -> None:
    waited: list[float] = []
    client = cast.client()
    token = client.csrf_token("/forgot")
    monkeypatch.setattr(steady.time, "sleep", waited.append)
    client.post("/forgot", data={"csrf_token": token, "email": email})
    assert len(waited) == 1
