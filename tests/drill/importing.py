"""Import and claim invented candidates in a process of its own: `python -m tests.drill.importing <email> <rows>`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from portal.app import create_app
from portal.queries.identity.accounts import actor_by_email
from portal.services.candidates import imports


def main(arguments: Sequence[str]) -> None:
    """Import as many rows as are asked for."""
    email, rows = arguments[0], int(arguments[1])
    lines = [f"Person {number},person{number}@import.test,Employer {number % 300}" for number in range(rows)]
    with create_app().app_context():
        actor = actor_by_email(email)
        assert actor is not None
        text = "\n".join(("Name,Email,Company", *lines))
        report = imports.apply(actor=actor, text=text, claim=True, source_method="database")
        assert report.claimed == rows, report.claimed


if __name__ == "__main__":
    main(sys.argv[1:])
