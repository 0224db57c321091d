"""Give every test the database as the migrations leave it: delete what it wrote, put back the rows they insert.

What takes long to make is made once in a process: its rows are kept too, and put back for each test that needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import psycopg
import redis
from psycopg import sql

from portal.runtime.clock import simulated_time
from tests import servers

P = ParamSpec("P")
R = TypeVar("R")
VACUUM_EVERY = 40
KEEPER = "cleaner"  # under which the app of the tests names its cleaner
Bells = dict[bytes, tuple[int, bytes]]  # what stands in Redis: how many milliseconds longer, and what
Kept = tuple[Any, int, Bells]  # what was made, the number its rows are kept under, its bells
# Of the connection that cleans alone: foreign keys and the triggers that guard histories stand aside, a lock that a
# test left is an error instead of a hang, and kept rows are found by their number however many there are.
SESSION = "SET session_replication_role = replica; SET lock_timeout = '2s'; SET enable_seqscan = off"
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
        self.connection.execute(SESSION)
        self.redis = redis.Redis.from_url(redis_url)
        self.runs = 0
        self.tables = [name for (name,) in self.connection.execute(TABLES)]
        self.number = 0  # of the last that was kept
        self.made: dict[Hashable, Kept] = {}
        self.making = False
        self.stands: Hashable = None  # which kept rows the tables hold; none since somebody wrote
        self.rings = 0  # how many names stood in Redis then
        self._make_room()
        self.migrated = self._keep()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        self.redis.close()

    def clean(self) -> None:
        """Delete every row that tests wrote, in one round trip, and empty their Redis database."""
        self._restore(self.migrated)
        self.stands = None
        self._sweep()

    def once(self, name: str, make: Callable[[], R]) -> R:
        """Return what `make` returned the first time, with the rows that it wrote and no others; Redis stays empty."""
        if name not in self.made:
            self.clean()
            self.made[name] = make(), self._keep(), {}
        self._sweep()
        return self._put_back(name)

    def wrote(self, *_: object) -> None:
        """Note that the tables hold more than what was kept."""
        self.stands = None

    def again(self, what: Hashable, make: Callable[[], R]) -> R:
        """Make something on top of kept rows; from the second time on put back what was there after the first.

        Of makers that call each other only the outermost's rows are kept.
        """
        key = self.stands, what
        if self.stands is None or self.redis.dbsize() != self.rings:
            return make()
        if key in self.made:
            return self._put_back(key)
        if self.making:
            return make()
        made = self._make(make)
        self.made[key] = made, self._keep(), self._bells()
        self.stands, self.rings = key, len(self.made[key][2])
        return made

    def _sweep(self) -> None:
        self.runs += 1
        if self.runs % VACUUM_EVERY == 0:  # the test server does not vacuum: scans of dead rows would grow slow
            self.connection.execute("VACUUM")

    def _put_back(self, key: Hashable) -> Any:
        """Restore rows and the jobs that rang; new ids of the same millisecond follow theirs (`new_id` counts on)."""
        made, number, bells = self.made[key]
        self._restore(number)
        with self.redis.pipeline(transaction=False) as pipe:
            for name, (milliseconds, what) in bells.items():
                pipe.restore(name, milliseconds, what)
            pipe.execute()
        self.stands, self.rings = key, len(bells)
        return made

    def _make(self, make: Callable[[], R]) -> R:
        self.making = True
        try:
            return make()
        finally:
            self.making = False

    def _restore(self, number: int) -> None:
        self.connection.execute("CALL kept.put_back(%s)", [number])
        self.redis.flushdb()

    def _bells(self) -> Bells:
        names = list(self.redis.scan_iter(count=1000))
        with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.pttl(name).dump(name)
            found = pipe.execute()
        kept = zip(names, found[::2], found[1::2], strict=True)
        return {name: (max(0, milliseconds), what) for name, milliseconds, what in kept if what}

    def _make_room(self) -> None:
        """Make a table beside each, for its rows as they were when something was kept, and what moves them.

        Procedures keep their plans: restoring would cost three times as much as statements. Most tables had no rows
        when something was kept, and are passed over.
        """
        self.connection.execute("CREATE SCHEMA kept; CREATE TABLE kept.filled (kept integer, tables text[])")
        for table in self.tables:
            like = "CREATE UNLOGGED TABLE {} AS SELECT 0 AS kept, t.* FROM {} t LIMIT 0"
            self.connection.execute(sql.SQL(like).format(_copy(table), _quoted(table)))
            self.connection.execute(sql.SQL("CREATE INDEX ON {} (kept)").format(_copy(table)))
        emptied, back = map(self._emptied, self.tables), map(self._back, self.tables)
        self._procedure(
            "keep", *map(self._aside, self.tables), sql.SQL("INSERT INTO kept.filled SELECT kept_as, full_of")
        )
        filled = sql.SQL("full_of := (SELECT tables FROM kept.filled WHERE kept = kept_as)")
        self._procedure("put_back", *emptied, filled, *back)

    def _procedure(self, name: str, *statements: sql.Composable) -> None:
        create = (
            "CREATE PROCEDURE kept.{} (kept_as integer) LANGUAGE plpgsql AS "
            "$$ DECLARE full_of text[] = ARRAY[]::text[]; BEGIN {}; END $$"
        )
        self.connection.execute(sql.SQL(create).format(sql.Identifier(name), sql.SQL("; ").join(statements)))

    def _aside(self, table: str) -> sql.Composed:
        aside = "INSERT INTO {} SELECT kept_as, t.* FROM {} t; IF FOUND THEN full_of := full_of || {}::text; END IF"
        return sql.SQL(aside).format(_copy(table), _quoted(table), table)

    def _emptied(self, table: str) -> sql.Composed:
        return sql.SQL("DELETE FROM {}").format(_quoted(table))

    def _back(self, table: str) -> sql.Composed:
        columns = sql.SQL(", ").join(map(sql.Identifier, self._columns(table)))
        back = (
            "IF {3} = ANY (full_of) THEN "
            "INSERT INTO {0} ({1}) OVERRIDING SYSTEM VALUE SELECT {1} FROM {2} WHERE kept = kept_as; END IF"
        )
        return sql.SQL(back).format(_quoted(table), columns, _copy(table), table)

    def _keep(self) -> int:
        """Copy all rows aside and return the number that puts exactly them back."""
        self.number += 1
        self.connection.execute("CALL kept.keep(%s)", [self.number])
        return self.number

    def _columns(self, table: str) -> list[str]:
        """Return the columns that can be written: generated ones compute themselves."""
        query = (
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema || '.' || table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position"
        )
        return [name for (name,) in self.connection.execute(query, [table])]


def made_once(make: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Let a maker of things of a cast, which returns ids, work once for each way in which tests begin with it."""

    @wraps(make)
    def made(cast: Any, *args: P.args, **values: P.kwargs) -> R:
        keeper: Cleaner | None = cast.app.extensions.get(KEEPER)
        key = make.__qualname__, args, tuple(sorted(values.items())), simulated_time()
        if keeper is None or not _can_be_key(key):
            return make(cast, *args, **values)
        return keeper.again(key, lambda: make(cast, *args, **values))

    return made


def _can_be_key(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _copy(table: str) -> sql.Identifier:
    return sql.Identifier("kept", table)


def _quoted(table: str) -> sql.Identifier:
    """Quote a `schema.table`."""
    return sql.Identifier(*table.split("."))
