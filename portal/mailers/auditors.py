"""The newest checkpoint of the event log by email, daily, out of reach for whoever owns the server (disputes.md §5)."""

from __future__ import annotations

import smtplib
import uuid

from flask import current_app

from portal.domain.permissions import Actor
from portal.mailers import post
from portal.mailers.letters import Letter, Parts, on_its_way
from portal.services.log import checkpoints
from portal.services.machinery.unit_of_work import unit_of_work

SUBJECT = "Checkpoint of the event log"
BODY = """Keep this line. It shows whether anything logged before it was later changed or removed:

{line}

Save it as a file. To compare it with the log, run

    flask --app wsgi events verify --kept FILE

To compare it with an evidence pack, run "python verify.py --kept FILE" in the unpacked folder.
"""


def send_checkpoints(*, actor: Actor) -> int:
    """Send each auditor of the settings the checkpoint that is owed to them, and count the mails.

    Raises:
        SMTPException, OSError: what kept one of them from it, once all others have theirs.
    """
    sent, failures = 0, list[Exception]()
    for auditor in current_app.config["EVENT_AUDITORS"]:
        try:
            sent += _sent(auditor, actor)
        except (smtplib.SMTPException, OSError) as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return sent


def _sent(auditor: str, actor: Actor) -> bool:
    """Send what is owed to an auditor; it is kept once the mail server took it, so that none is lost."""
    with unit_of_work(actor) as uow:
        owed = checkpoints.owed_to(uow, auditor)
    if owed is None:
        return False
    transport = post.transport_of_settings()
    try:
        transport.connect()
        transport.hand_over(_letter(auditor, owed[1]))
    finally:
        transport.close()
    with unit_of_work(actor) as uow:
        checkpoints.record_mailed(uow, owed[0], auditor)
    return True


def _letter(auditor: str, line: str) -> Letter:
    headers = {"Auto-Submitted": "auto-generated"}
    return Letter(uuid.uuid4(), SUBJECT, on_its_way(auditor), Parts(BODY.format(line=line), ""), headers)
