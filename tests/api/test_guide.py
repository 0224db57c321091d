"""docs/api-guide.md does what it says: its commands run, as they stand, against a portal that serves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal.domain.billing.runs import next_payout_day
from portal.domain.times import write_day
from portal.runtime.clock import simulated
from portal.services.billing import payees
from tests import money
from tests.api.callers import token_of
from tests.cast import Cast, assemble

END = (datetime.now().astimezone().date() - timedelta(days=10)).isoformat()
GUIDE = Path(__file__).parent.parent.parent / "docs" / "api-guide.md"
SAID = [
    "replied",
    "CANDIDATE_PROTECTED",
    "protected",
    "1",
    "L. B.",
    "company_reviewing",
    "Next month.",
    "accepted",
    "Lena Brandt",
    "passed",
    "Clear and calm.",
    "4200",
    "5600",
    "[{'role': 'sourcer', 'split_percentage': 66.67, 'amount': 18667.6},"
    " {'role': 'closer', 'split_percentage': 33.33, 'amount': 9332.4}]",
    "GUARANTEE_ENDED",
    END,
    "False",
    "True",
    "completed",
    "completed",
    "Rita",
    "all_time",
    "replacement_first",
    "13888.89",
    "held",
    "open",
    "partly_paid",
    "paid",
    f"the payout run on {write_day(next_payout_day((1,), datetime.now(UTC).date()))}",
    "approved",
    "28000",
    "6221.6",
    "0",
]
# Stands in for curl where there is none; knows what the guide uses.
CURL = """#!{python}
import sys, urllib.error, urllib.request
given, url, method, headers, data = iter(sys.argv[1:]), "", None, {{}}, None
for word in given:
    if word == "-X": method = next(given)
    elif word == "-H": name, _, value = next(given).partition(": "); headers[name] = value
    elif word == "-d": data = next(given).encode()
    elif word != "-s": url = word
try: answer = urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method))
except urllib.error.HTTPError as error: answer = error
sys.stdout.buffer.write(answer.read())
"""


@pytest.fixture(autouse=True)
def _day() -> None:
    """Leave time as it is: the guide counts from today."""


def _ready(cast: Cast) -> None:
    """Enter billing details, and some days ago the accounts to which payouts go."""
    money.ready(cast)
    with simulated(datetime.now().astimezone() - timedelta(days=4)):
        for person in (cast.rita, cast.omar):
            payees.save(actor=cast.actor(person), payee=money.ACCOUNT)


@pytest.mark.parametrize("curl", ["installed", "stand-in"])
def test_the_guide_s_commands_lead_to_a_completed_placement(
    app: Flask, address: str, tmp_path: Path, curl: str
) -> None:
    with app.app_context():
        cast = assemble(app)
        _ready(cast)
        names = {"RECRUITER": cast.rita, "RIVAL": cast.omar, "COMPANY": cast.carl, "PLATFORM": cast.pia}
        tokens = {f"{name}_TOKEN": token_of(cast, person) for name, person in names.items()}
    blocks = re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    path = os.environ["PATH"]
    if curl == "stand-in" or shutil.which("curl") is None:
        (tmp_path / "curl").write_text(CURL.format(python=sys.executable))
        (tmp_path / "curl").chmod(0o755)
        path = f"{tmp_path}:{path}"
    script = "set -eu\n" + "\n".join(blocks)
    environment = {"PATH": path, "PORTAL": address, **tokens}
    run = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    first, *said = run.stdout.splitlines()
    assert re.search(r'"name":"Rita".*\}\d{4}-\d\d-\d\dT', first), "who the caller is, then the end of the protection"
    assert said == SAID
