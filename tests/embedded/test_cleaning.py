"""The cleaner gives the next test the rows of the migrations, no more and no fewer."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import redis

from portal.launcher.embedded import Postgres, Valkey
from tests.cleaning import VACUUM_EVERY, Cleaner
from tests.servers import conninfo

SCHEMA = """
    CREATE TABLE alembic_version (version_num text);
    INSERT INTO alembic_version VALUES ('0001');
    CREATE TABLE organisation (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
        key text GENERATED ALWAYS AS (lower(name)) STORED
    );
    INSERT INTO organisation (name) VALUES ('Platform');
    CREATE TABLE event (n int REFERENCES organisation, previous int);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'history is kept'; END $$;
    CREATE TRIGGER kept BEFORE DELETE OR UPDATE ON event FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    root = tmp_path_factory.mktemp("cleaning")
    with Postgres(root / "pg", durable=False) as postgres, Valkey(root / "valkey", durable=False) as valkey:
        with psycopg.connect(conninfo(postgres.url())) as connection:
            connection.execute(SCHEMA)
        yield postgres.url(), valkey.url


@pytest.fixture(scope="module")
def own_cleaner(urls: tuple[str, str]) -> Iterator[Cleaner]:
    with Cleaner(*urls) as cleaner:
        yield cleaner


@pytest.fixture
def connection(urls: tuple[str, str]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo(urls[0]), autocommit=True) as connection:
        yield connection


def test_rows_of_the_migrations_come_back_as_they_were(own_cleaner: Cleaner, connection: psycopg.Connection) -> None:
    connection.execute("UPDATE organisation SET name = 'Changed'; INSERT INTO organisation (name) VALUES ('Acme')")
    own_cleaner.clean()
    assert connection.execute("SELECT id, name, key FROM organisation").fetchall() == [(1, "Platform", "platform")]


def test_a_history_that_refuses_deletes_is_emptied_too(own_cleaner: Cleaner, connection: psycopg.Connection) -> None:
    connection.execute("INSERT INTO event VALUES (1, NULL)")
    own_cleaner.clean()
    assert connection.execute("SELECT count(*) FROM event").fetchone() == (0,)
    assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)


def test_the_rules_stand_again_after_cleaning(own_cleaner: Cleaner, connection: psycopg.Connection) -> None:
    own_cleaner.clean()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute("INSERT INTO event VALUES (99, NULL)")


def test_the_queue_is_emptied(own_cleaner: Cleaner, urls: tuple[str, str]) -> None:
    client = redis.Redis.from_url(urls[1])
    client.set("job", 1)
    own_cleaner.clean()
    assert client.keys() == []


def test_what_is_made_once_is_made_without_the_rows_of_the_test_before(
    own_cleaner: Cleaner, connection: psycopg.Connection
) -> None:
    def made() -> None:
        connection.execute("INSERT INTO organisation (name) VALUES ('Acme')")

    for _ in range(2):
        connection.execute("INSERT INTO organisation (name) VALUES ('Left over')")
        own_cleaner.once("Acme", made)
        assert connection.execute("SELECT name FROM organisation ORDER BY id").fetchall() == [("Platform",), ("Acme",)]
    own_cleaner.clean()


def test_dead_rows_do_not_pile_up(own_cleaner: Cleaner, connection: psycopg.Connection) -> None:
    for _ in range(2 * VACUUM_EVERY):
        connection.execute("INSERT INTO event SELECT 1, n FROM generate_series(1, 50) n")
        own_cleaner.clean()
    size = connection.execute("SELECT pg_relation_size('event')").fetchone()
    assert size is not None
    assert size[0] < 200_000


def test_a_transaction_left_open_is_an_error_not_a_hang(
    own_cleaner: Cleaner, connection: psycopg.Connection, urls: tuple[str, str]
) -> None:
    with psycopg.connect(conninfo(urls[0])) as forgotten:
        forgotten.execute("UPDATE organisation SET name = 'Locked'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            own_cleaner.clean()
        forgotten.rollback()
    own_cleaner.clean()
    assert connection.execute("SELECT name FROM organisation").fetchall() == [("Platform",)]
