"""What the database refuses goes to logs and reports without what people typed and without what opens doors."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from portal.extensions import db
from portal.queries.admin import health
from tests.cast import Cast

TAKEN = "UPDATE identity.users SET email = :value WHERE id = :id"
UNREADABLE = "SELECT CAST(CAST(:value AS text) AS uuid), CAST(:id AS uuid)"


def logged(statement: str, value: str, cast: Cast, caplog: pytest.LogCaptureFixture) -> str:
    """Let a statement fail, and return what the log says of it, traceback and all."""
    caplog.clear()
    try:
        with db.engine.begin() as connection:
            connection.execute(text(statement), {"value": value, "id": cast.omar.user_id})
    except DBAPIError:
        logging.getLogger("portal.requests.errors").exception("unexpected_error")
    return caplog.text


def test_an_error_names_the_rule_and_the_statement_and_no_value(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with db.engine.connect() as connection:
        who = {"id": cast.rita.user_id}
        address = str(connection.execute(text("SELECT email FROM identity.users WHERE id = :id"), who).scalar_one())
    said = logged(TAKEN, address, cast, caplog)
    assert ("uq_users_email" in said, "UPDATE identity.users" in said) == (True, True)
    assert (address in said, str(cast.omar.user_id) in said) == (False, False)
    said = logged(UNREADABLE, 'token-"0123"-456789', cast, caplog)
    assert 'invalid input syntax for type uuid: "…"' in said
    assert ("token" in said, "0123" in said, "456789" in said) == (False, False, False)


def test_a_database_that_is_read_only_is_as_good_as_away_and_its_connections_are_given_up(cast: Cast) -> None:
    with db.engine.connect() as connection:
        connection.execute(text("SET TRANSACTION READ ONLY"))
        with pytest.raises(OperationalError, match="read-only"):
            connection.execute(health.TRIAL)
        assert connection.invalidated
    assert not health.writes()
