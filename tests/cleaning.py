"""Give every test the database as the migrations leave it: delete what it wrote, put back the rows they insert.

What takes seconds to make is made once in a process: its rows are kept too, and put back for each test that needs them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import psycopg
import redis
from psycopg import sql

from tests import servers

VACUUM_EVERY = 40
TABLES = """
    SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^(pg_|kept|information_schema)'
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
        self.tables = [name for (name,) in self.connection.execute(TABLES)]
        self.emptied = sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(_quoted(table)) for table in self.tables)
        self.statements = self._keep("kept")
        self.made: dict[str, tuple[Any, sql.Composed]] = {}

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

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what `make` returned the first time, with the rows that it wrote in place; Redis stays empty."""
        if name not in self.made:
            self.made[name] = make(), self._keep(f"kept_{len(self.made)}")
        made, statements = self.made[name]
        self.connection.execute(statements)
        return made

    def _keep(self, schema: str) -> sql.Composed:
        """Copy all rows aside and compose the statements that restore exactly them.

        Foreign keys and the triggers that guard histories stand aside meanwhile (session_replication_role).
        """
        self.connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        parts = [sql.SQL("SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '2s'"), self.emptied]
        for table in filter(self._has_rows, self.tables):
            copy = sql.Identifier(schema, table)
            self.connection.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copy, _quoted(table)))
            names = sql.SQL(", ").join(map(sql.Identifier, self._columns(table)))
            restore = "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {2}"
            parts.append(sql.SQL(restore).format(_quoted(table), names, copy))
        return sql.SQL("; ").join(parts)  # one message to the server is one transaction

    def _has_rows(self, table: str) -> bool:
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(_quoted(table))
        row = self.connection.execute(query).fetchone()
        return bool(row and row[0])

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
