"""Give every test the database as the migrations leave it: delete what it wrote, put back the rows they insert."""

from __future__ import annotations

from typing import Self

import psycopg
import redis
from psycopg import sql

from tests import servers

VACUUM_EVERY = 40
TABLES = """
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'kept')
      AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'alembic_version'
    ORDER BY 1
"""


class Cleaner:
    """The connection that cleans, and the statements, made once from the tables that exist."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.database_url = database_url
        self.redis_url = redis_url
        self.connection = psycopg.connect(servers.conninfo(database_url), autocommit=True)
        self.redis = redis.Redis.from_url(redis_url)
        self.runs = 0
        self.statements = self._prepare([name for (name,) in self.connection.execute(TABLES)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.redis.close()

    def clean(self) -> None:
        """Delete every row a test wrote, in one round trip, and empty its Redis database."""
        self.connection.execute(self.statements)
        self.redis.flushdb()
        self.runs += 1
        if self.runs % VACUUM_EVERY == 0:  # the test server does not vacuum: scans of dead rows would grow slow
            self.connection.execute("VACUUM")

    def _prepare(self, tables: list[str]) -> sql.Composed:
        """Copy the rows of the migrations aside and compose the statements that restore exactly them.

        Foreign keys and the triggers that guard histories stand aside meanwhile (session_replication_role).
        """
        self.connection.execute("CREATE SCHEMA IF NOT EXISTS kept")
        parts = [sql.SQL("SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '2s'")]
        parts += [sql.SQL("DELETE FROM {}").format(_quoted(table)) for table in tables]
        for table in filter(self._has_rows, tables):
            self._keep(table)
            names = sql.SQL(", ").join(map(sql.Identifier, self._columns(table)))
            restore = "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM kept.{2}"
            parts.append(sql.SQL(restore).format(_quoted(table), names, sql.Identifier(table)))
        return sql.SQL("; ").join(parts)  # one message to the server is one transaction

    def _has_rows(self, table: str) -> bool:
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(_quoted(table))
        row = self.connection.execute(query).fetchone()
        return bool(row and row[0])

    def _keep(self, table: str) -> None:
        copy = sql.SQL("CREATE TABLE kept.{0} AS TABLE {1}").format(sql.Identifier(table), _quoted(table))
        self.connection.execute(copy)

    def _columns(self, table: str) -> list[str]:
        """Return the columns that can be written: generated ones compute themselves."""
        query = (
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema || '.' || table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"
        )
        return [name for (name,) in self.connection.execute(query, [table])]


def _quoted(table: str) -> sql.Identifier:
    """Quote a `schema.table`."""
    return sql.Identifier(*table.split("."))
