"""The virus scanner that `SCAN_COMMAND` names: a command that reads a file and ends with 0 if it is clean, 1 if not."""

from __future__ import annotations

import logging
import subprocess

from flask import current_app

from portal.domain.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)
CLEAN, INFECTED = 0, 1
WAIT_SECONDS = 20
REPORTED = "The virus scanner flagged this file. It wasn’t saved."
AWAY = Unavailable("The virus scanner did not answer, so the file was not saved. Try again in a few minutes.")


def is_set_up() -> bool:
    return bool(current_app.config["SCAN_COMMAND"])


def check(content: bytes) -> bool:
    """Return whether a file was scanned, which it is where there is a scanner.

    Raises:
        InvalidInput: the scanner reported it.
        Unavailable: it did not run, or did not say.
    """
    if not is_set_up():
        return False
    command = current_app.config["SCAN_COMMAND"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=WAIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("scanner_failed", extra={"error": type(error).__name__})
        raise AWAY from error
    if done.returncode not in {CLEAN, INFECTED}:
        log.error("scanner_failed", extra={"returncode": done.returncode})
        raise AWAY
    if done.returncode == INFECTED:
        raise InvalidInput.field("file", REPORTED, code="INFECTED")
    return True
