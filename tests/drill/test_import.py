"""`make drill`: a file of 5,000 candidates is imported and claimed while others work; the figure goes to drills.md."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from flask import Flask

from portal.domain.ids import time_of
from tests.cast import Cast
from tests.chaos.serving import ROOT
from tests.chaos.test_mail import Load, settle, unlimited
from tests.drill.conftest import Record
from tests.letters import deliveries, happened
from tests.mailers import sink as sinks

ROWS, PROMISED = 5_000, 5.0  # how many seconds later than otherwise an email may leave
EVERY, BEFORE, AFTER = 0.25, 20, 20  # seconds between two things that happen; how many happen before and after


def late() -> list[float]:
    """Return how many seconds after its event each of rita's emails was handed over, oldest first."""
    sent = sorted(deliveries(template="candidate_sourced"), key=lambda mail: mail.id)
    return [(mail.sent_at - time_of(mail.event_id)).total_seconds() for mail in sent if mail.sent_at]


def keep_happening(cast: Cast, least: int, beside: subprocess.Popen[bytes] | None = None) -> None:
    """Let things happen that are worth an email each, as long as another process runs."""
    while least > 0 or (beside is not None and beside.poll() is None):
        happened(cast)
        time.sleep(EVERY)  # the pace at which things happen; nothing is waited for
        least -= 1


def test_an_import_of_5000_rows_delays_nobody_s_email(cast: Cast, app: Flask, tmp_path: Path, record: Record) -> None:
    unlimited()
    with sinks.running() as sink:
        load = Load(app, sink, tmp_path)
        try:
            keep_happening(cast, 1)
            settle()  # once the workers have started
            keep_happening(cast, BEFORE)
            settle()
            usual = late()[1:]
            command = [sys.executable, "-m", "tests.drill.importing", cast.omar.email, str(ROWS)]
            importing = subprocess.Popen(command, cwd=ROOT, env=load.environment)
            keep_happening(cast, 0, beside=importing)
            keep_happening(cast, AFTER)
            settle()
        finally:
            load.stop()
    assert importing.returncode == 0
    beside = late()[1 + BEFORE :]
    figures = [f"{median(found):.1f} s after their event, the latest {max(found):.1f}" for found in (usual, beside)]
    load_now = f"a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    told = f"{len(beside)} emails of others: {figures[1]}; without it: {figures[0]}; {load_now}"
    record(f"import of {ROWS:,} rows", told)
    assert max(beside) - max(usual) < PROMISED
