"""Statements built once: building one again costs as much as running it.

`@prepared` makes a query of the function that builds its statement::

    @prepared
    def _detail(viewer: Actor) -> Select[Any]:
        return select(Job.title).where(Job.id == bindparam("job"), access.visible(Job, viewer))

    row = _detail(viewer, job=job_id).one_or_none()

The function gets a stand-in of the viewer, which has the viewer's roles and parameters for everything that is a value,
so that what it builds fits every viewer of the same shape. What else decides how the statement is built follows the
viewer in the call and is hashable; everything that varies is a parameter, `bindparam(...)`, and given by name. The time
is `viewer.now`: `now_sql()` would keep what a simulation had set. Lists keep theirs in the same way (`lists`).
Statements that nobody asks, or that look for whoever asks, are functions under `lru_cache`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Concatenate, cast

import psycopg._queries  # how it reads statements has no public name
from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Executable,
    Integer,
    String,
    Uuid,
    bindparam,
    literal_column,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseList
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeEngine

from portal.domain.permissions import Actor, Role
from portal.extensions import reading

# psycopg splits a statement at its parameters and keeps the parts, but only of short ones: longer ones are seldom asked
# twice. The longest here are, and splitting them took a tenth of the work queue's CPU (ADR 0065).
psycopg._queries.MAX_CACHED_STATEMENT_LENGTH = 65_536
psycopg._queries.MAX_CACHED_STATEMENT_PARAMS = 500

NOW: BindParameter[datetime] = bindparam("viewer_now", type_=DateTime(timezone=True))
RECRUITER: BindParameter[uuid.UUID] = bindparam("viewer_recruiter", type_=Uuid())
ORGANISATION: BindParameter[uuid.UUID] = bindparam("viewer_organisation", type_=Uuid())
USER: BindParameter[uuid.UUID] = bindparam("viewer_user", type_=Uuid())
MAILBOX: BindParameter[str] = bindparam("viewer_mailbox", type_=String())


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a viewer decides how a statement is built; hashable, so that statements are kept by it."""

    roles: frozenset[Role]
    recruits: bool
    active: bool

    def stand_in(self) -> Actor:
        """Return an actor of this shape whose values are parameters."""
        return Actor(
            cast(Any, USER),
            "",
            cast(Any, NOW),
            roles=self.roles,
            organisation_id=cast(Any, ORGANISATION),
            recruiter_id=cast(Any, RECRUITER) if self.recruits else None,
            recruiter_active=self.active,
            mailbox=cast(Any, MAILBOX),
        )


def shape_of(viewer: Actor) -> Shape:
    return Shape(viewer.roles, viewer.recruiter_id is not None, viewer.recruiter_active)


def values_of(viewer: Actor) -> dict[str, object]:
    return {
        NOW.key: viewer.now,
        RECRUITER.key: viewer.recruiter_id,
        ORGANISATION.key: viewer.organisation_id,
        USER.key: viewer.user_id,
        MAILBOX.key: viewer.mailbox,
    }


def written(number: int) -> ColumnElement[int]:
    """Write out a limit: if it were a parameter, the planner would expect a tenth of all rows, and sort them."""
    return literal_column(str(number), Integer)


class _OneForm(dict[Any, Any]):
    """The compiled form of one statement in one dialect, whatever key SQLAlchemy looks it up by."""

    def get(self, _key: object, default: Any = None) -> Any:
        return super().get("", default)

    def __setitem__(self, _key: object, compiled: Any) -> None:
        super().__setitem__("", compiled)


class _Constant(ColumnElement[Any]):
    """A word or a number that is the same at each call: text of the statement, with the type that a parameter has."""

    inherit_cache = True
    _traverse_internals = [("value", InternalTraversal.dp_plain_obj), ("type", InternalTraversal.dp_type)]

    def __init__(self, value: str | int, kind: TypeEngine[Any]) -> None:
        self.value, self.type = value, kind


@compiles(_Constant)
def _write(constant: _Constant, compiler: SQLCompiler, **_: object) -> str:
    text, kind = compiler.render_literal_value(constant.value, constant.type), constant.type
    own = kind.dialect_impl(compiler.dialect)
    casted: str = compiler.render_bind_cast(kind, own, text)  # type: ignore[no-untyped-call]  # SQLAlchemy left it untyped
    return casted if own.render_bind_cast else text


@lru_cache(maxsize=1024)
def _written_out(statement: Executable) -> Executable:
    """Write into the statement what no call changes: SQLAlchemy and psycopg handle each parameter at each call anew.

    Each value of an IN stands alone; SQLAlchemy would write the list into the statement again at each call.
    """
    return cast(Executable, visitors.replacement_traverse(cast(Any, statement), {}, _each))


def _each(element: Any, **_: object) -> ClauseElement | None:
    if not isinstance(element, BindParameter):
        return None
    if element.expanding and element.value:
        return ClauseList(*(_one(value, element.type) for value in element.value)).self_group(against=operators.in_op)
    return _one(element.value, element.type) if element.unique and _is_constant(element.value, element.type) else None


def _one(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return _Constant(value, kind) if _is_constant(value, kind) else BindParameter(None, value, type_=kind, unique=True)


def _is_constant(value: object, kind: TypeEngine[Any]) -> bool:
    wanted = str if isinstance(kind, String) else int if isinstance(kind, Integer) else ()
    return isinstance(value, wanted) and not isinstance(value, bool)


@lru_cache(maxsize=1024)
def _form(_statement: Executable, _dialect: Dialect) -> _OneForm:
    return _OneForm()


def ask(
    statement: Executable, values: Mapping[str, object], *, on: Connection | None = None
) -> CursorResult[*tuple[Any, ...]]:
    """Run a SELECT that is kept; SQLAlchemy's own cache would hash it whole at each call (ADR 0035)."""
    connection, written_out = on or reading(), _written_out(statement)
    kept = {"compiled_cache": _form(written_out, connection.dialect)}
    return connection.execute(written_out, values, execution_options=kept)


class Prepared:
    """A query whose statement is built once for each shape of viewer, and for each form that it is asked in."""

    def __init__(self, build: Callable[Concatenate[Actor, ...], Executable]) -> None:
        self._built = lru_cache(maxsize=64)(lambda shape, *form: build(shape.stand_in(), *form))

    def __call__(self, viewer: Actor, *form: Hashable, **values: object) -> CursorResult[*tuple[Any, ...]]:
        """Run the statement for a viewer."""
        return ask(self._built(shape_of(viewer), *form), {**values_of(viewer), **values})


def prepared(build: Callable[Concatenate[Actor, ...], Executable]) -> Prepared:
    """Make a query of the function that builds its statement."""
    return Prepared(build)
