"""Time out what is due, in a process of its own as a worker does it, and print the seconds that it took."""

from __future__ import annotations

import os
import sys
import time

from portal.app import create_app
from portal.domain.permissions import system_actor
from portal.queries.identity.accounts import database_now
from portal.services import proposals_in_bulk

SETTINGS = ("SQLALCHEMY_DATABASE_URI", "REDIS_URL", "SECRET_KEY")  # read from the environment


def main() -> int:
    """Do it once."""
    app = create_app({name: os.environ[name] for name in SETTINGS})
    with app.app_context():
        actor = system_actor(database_now())
        start = time.perf_counter()
        proposals_in_bulk.expire_due(actor=actor)
        print(time.perf_counter() - start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
