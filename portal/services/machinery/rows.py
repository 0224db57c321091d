"""Many rows into a table as one statement with one parameter: what a batch of a thousand can afford.

A statement with a placeholder for each value costs more to compose and to parse than to execute.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import ARRAY, ColumnElement, SQLColumnExpression, Table, TextClause, Uuid, any_, insert, literal, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from portal.domain.events import as_json


def insert_all(session: Session, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert one row or more, all of the same columns; triggers for statements fire once."""
    if len(rows) == 1:
        session.execute(insert(table), {k: as_json(v) if isinstance(v, dict) else v for k, v in rows[0].items()})
    else:
        session.execute(_statement(table, tuple(rows[0])), {"rows": written(rows)})


def update_all(session: Session, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write columns of one row or more, which name their `id` and all write the same columns."""
    session.execute(_update(table, tuple(rows[0])), {"rows": written(rows)})


def among(column: SQLColumnExpression[Any], ids: Iterable[uuid.UUID]) -> ColumnElement[bool]:
    """Compare with ids that are one parameter: a statement with hundreds takes longer to write than to run."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def written(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows as JSON, the values of their objects as `as_json` does."""
    return orjson.dumps(rows, default=as_json, option=orjson.OPT_UTC_Z).decode()


@cache
def _statement(table: Table, columns: tuple[str, ...]) -> TextClause:
    listed = ", ".join(f'"{name}"' for name in columns)
    read = f"SELECT {listed} FROM {_recordset(table, columns)}"  # noqa: S608  # our columns
    return text(f"INSERT INTO {table.fullname} ({listed}) {read}")


@cache
def _update(table: Table, columns: tuple[str, ...]) -> TextClause:
    set_ = ", ".join(f'"{name}" = r."{name}"' for name in columns if name != "id")
    read = f"FROM {_recordset(table, columns)} WHERE kept.id = r.id"
    return text(f"UPDATE {table.fullname} AS kept SET {set_} {read}")  # noqa: S608  # our columns


def _recordset(table: Table, columns: tuple[str, ...]) -> str:
    dialect = postgresql.dialect()
    typed = ", ".join(f'"{name}" {table.c[name].type.compile(dialect)}' for name in columns)
    return f"jsonb_to_recordset(CAST(:rows AS jsonb)) AS r ({typed})"
