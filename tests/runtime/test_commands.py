"""Commands without a database say so in a sentence, whichever they are."""

from __future__ import annotations

import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.extensions import db
from tests import servers
from tests.accounts import before_statements
from tests.cast import Cast

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


def test_a_database_that_answers_with_an_error_is_not_said_to_be_away(app: Flask, cast: Cast) -> None:
    def give_up(statement: str) -> None:
        raise OperationalError(statement, None, errors.QueryCanceled("canceling statement due to statement timeout"))

    with before_statements(give_up):
        ran = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert isinstance(ran.exception, OperationalError)
    assert "does not respond" not in ran.output


def test_a_migration_that_waits_for_a_lock_says_so(app: Flask, cast: Cast) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(text("LOCK TABLE alembic_version"))
        ran = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert (ran.exit_code, "gave up waiting for a lock" in ran.output) == (1, True)


@pytest.mark.parametrize("args", [["events", "verify"], ["ledger", "verify"], ["tokens", "issue", "ada@mail.test"]])
def test_a_command_that_finds_none_of_our_tables_says_how_they_are_made(args: list[str]) -> None:
    servers.start()
    app = create_app({**servers.SETTINGS, "SQLALCHEMY_DATABASE_URI": servers.database_url("postgres")})
    ran = app.test_cli_runner().invoke(args=args)
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: The database has no tables yet")
