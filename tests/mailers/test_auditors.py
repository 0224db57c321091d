"""Auditors get the newest checkpoint once a day, as a line that the log is compared with."""

from __future__ import annotations

import json
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from portal.domain.permissions import system_actor
from portal.jobs import schedule
from portal.mailers import auditors
from portal.runtime.clock import simulated
from portal.services.log import chain, verification
from tests.cast import DAY, Cast
from tests.marketplace import proposed


def mailed(data_dir: Path) -> list[str]:
    """Read the lines that were sent, each with who got it."""
    files = sorted((data_dir / "mailbox" / "new").iterdir())
    sent = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    bodies = [(str(mail["To"]), str(mail.get_content())) for mail in sent]
    return sorted(f"{to} {line}" for to, body in bodies for line in body.splitlines() if line.startswith("{"))


def test_each_auditor_gets_the_newest_checkpoint_once_a_day(
    cast: Cast, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast.app.config, "EVENT_AUDITORS", ("ann@audit.test", "bo@audit.test"))
    counts = []
    for hours in (0, 1, 24):
        at = DAY + timedelta(hours=hours)
        with simulated(at):
            schedule.run("mail_checkpoints", "correlation-1")  # at first nothing is sealed, and there is none
            proposed(cast, name=f"Candidate {hours}")
            chain.seal_pending(actor=system_actor(at))
            schedule.run("mail_checkpoints", "correlation-1")
        counts.append(len(mailed(data_dir)))
    assert counts == [2, 2, 4]
    assert {line.split()[0] for line in mailed(data_dir)} == {"ann@audit.test", "bo@audit.test"}
    lines = [line.partition(" ")[2] for line in mailed(data_dir)]
    assert verification.verify(kept=lines).problem is None
    forged = json.dumps({**json.loads(lines[0]), "hash": "00"})
    assert verification.verify(kept=[forged]).problem is not None


def test_what_could_not_be_sent_is_sent_by_the_next_round(
    cast: Cast, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast.app.config, "EVENT_AUDITORS", ("ann@audit.test", "bo@audit.test"))
    in_the_way = data_dir / "mailbox"
    with simulated(DAY):
        proposed(cast)
        chain.seal_pending(actor=system_actor(DAY))
        in_the_way.write_text("no directory")
        with pytest.raises(NotADirectoryError):
            auditors.send_checkpoints(actor=system_actor(DAY))
        in_the_way.unlink()
        assert [auditors.send_checkpoints(actor=system_actor(DAY)) for _ in range(2)] == [2, 0]
