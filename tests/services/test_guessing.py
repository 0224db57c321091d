"""One network that tries many passwords: the log and the admins learn of it."""

from __future__ import annotations

from portal.services.identity import guessing
from tests.cast import Cast
from tests.letters import payloads, relayed


def test_the_log_has_how_many_and_each_platform_admin_a_mail(cast: Cast) -> None:
    guessing.report(200)
    assert [event["tries"] for event in payloads("passwords.guessed")] == [200]
    assert [who for _, who, _ in relayed()] == ["pia"]
