"""Commands without a database say so in a sentence, whichever they are."""

from __future__ import annotations

import pytest

from portal.app import create_app
from tests import servers

NOBODY = "postgresql+psycopg://nobody@127.0.0.1:1/none"


@pytest.mark.parametrize(
    "args",
    [
        ["events", "verify"],
        ["events", "seal"],
        ["ledger", "verify"],
        ["candidates", "erase", "lena@mail.test", "--yes"],
        ["admit", "--name", "Ada", "--email", "ada@mail.test"],
        ["tokens", "issue", "ada@mail.test"],
        ["db", "upgrade"],
        ["db", "current"],
    ],
)
def test_a_command_that_finds_no_database_says_where_it_looked_and_what_to_do(args: list[str]) -> None:
    app = create_app({**servers.SETTINGS, "SQLALCHEMY_DATABASE_URI": NOBODY})
    ran = app.test_cli_runner().invoke(args=args)
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: The database at 127.0.0.1:1 does not respond.")
    assert "DATABASE_URL" in ran.output


@pytest.mark.parametrize("args", [["events", "verify"], ["ledger", "verify"], ["tokens", "issue", "ada@mail.test"]])
def test_a_command_that_finds_none_of_our_tables_says_how_they_are_made(args: list[str]) -> None:
    servers.start()
    app = create_app({**servers.SETTINGS, "SQLALCHEMY_DATABASE_URI": servers.database_url("postgres")})
    ran = app.test_cli_runner().invoke(args=args)
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: The database has no tables yet")
