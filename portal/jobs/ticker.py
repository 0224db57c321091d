"""The ticker: `python -m portal.jobs.ticker` looks every second what is due. Any number may run; each job runs once."""

from __future__ import annotations

import logging
import signal

from flask import Flask

from portal.jobs import schedule, starting, stopping

log = logging.getLogger(__name__)
SECONDS = 1.0
AFTER_ERROR_SECONDS = 5.0


def main() -> None:
    """Tick until a signal comes; a job that runs here is finished first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stopping.ask)
    app = starting.application()
    pause = 0.0
    while not stopping.wait(pause):
        pause = tick(app)


def tick(app: Flask) -> float:
    """Look once, and give how long to wait for the next look; an outage of the database is waited out."""
    try:
        with app.app_context():
            schedule.tick()
    except Exception:
        log.exception("tick_failed")
        return AFTER_ERROR_SECONDS
    return SECONDS


if __name__ == "__main__":
    main()
