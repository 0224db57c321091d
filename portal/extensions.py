"""The extensions, made once and bound to the app in app.create_app."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from flask import Flask, current_app, g, has_app_context, has_request_context
from flask_login import LoginManager
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import BigInteger, Connection, ExceptionContext, MetaData, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, registry

from portal.connections import breaker
from portal.connections.patience import ServerFrozen
from portal.connections.replica import PRIMARY, REPLICA, Position, Replica

READ_BIND, REPLICA_BIND = "read", "replica"
WORK_QUEUE, MAIL_QUEUE, BULK_QUEUE = "work", "mail", "bulk"  # each with workers of its own
QUEUES = (WORK_QUEUE, MAIL_QUEUE, BULK_QUEUE)
OF_REDIS = ("breaker", "redis_client", "queues")
DATABASE_AWAY = (OperationalError, PoolTimeout)
ENDED = (psycopg.errors.IdleInTransactionSessionTimeout, psycopg.errors.TransactionTimeout)
READ_ONLY = psycopg.errors.ReadOnlySqlTransaction
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)  # of what the portal itself writes: uploads, checkpoints, the local mailbox
QUOTED = re.compile('".*"', re.DOTALL)  # in a message of PostgreSQL; to the last one, as a value may have quotes itself

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={int: BigInteger},  # minor units outgrow 32 bits
    )


db = SQLAlchemy(model_class=Base)
migrate = Migrate(compare_type=True, include_schemas=True)
login = LoginManager()
csrf = CSRFProtect()
mail = Mail()
htmx = Htmx()


def reading() -> Connection:
    """Return the request's connection for reads: AUTOCOMMIT, so that no ROLLBACK throws prepared statements away.

    It is returned to the pool when the application context ends.
    """
    connection: Connection | None = g.get("read_connection")
    if connection is None or connection.closed:
        connection = g.read_connection = _of_replica() or db.engines[READ_BIND].connect()
    return connection


def _of_replica() -> Connection | None:
    """Return a connection to the replica, if this request may lag and the replica does not lag too much."""
    if "may_lag" not in g:
        return None
    replica: Replica = current_app.extensions["replica"]
    try:
        return db.engines[REPLICA_BIND].connect() if replica.is_fresh() else None
    except DATABASE_AWAY:
        replica.lost()
        return None


def let_lag() -> None:
    """Let the rest of this request read what may be a second old."""
    if not has_written():
        close_reading()
        g.may_lag = True


def begin_writing() -> None:
    """Read from the primary from here on, because this request changes something."""
    if has_app_context():
        g.has_written = True
        if g.pop("may_lag", False):
            close_reading()


def has_written() -> bool:
    """Return whether this request has changed something, or tried."""
    return "has_written" in g


def init_replica(app: Flask, now: Callable[[], float] = time.monotonic) -> None:
    """Look after the replica, where there is one."""

    def primary() -> Position:
        with db.engines[READ_BIND].connect() as connection:
            return Position(*connection.execute(text(PRIMARY)).one())

    def replica() -> Position | None:
        try:
            with db.engines[REPLICA_BIND].connect() as connection:
                return Position(*connection.execute(text(REPLICA)).one())
        except DATABASE_AWAY:
            return None

    app.extensions["replica"] = Replica(primary, replica, now)


def close_reading(_error: BaseException | None = None) -> None:
    """Return the read connection to the pool; bound to the teardown of the application context."""
    connection: Connection | None = g.pop("read_connection", None)
    if connection is not None:
        connection.close()


@contextmanager
def reading_as_of_now() -> Iterator[None]:
    """Let everything that is read in this block be of one moment, whatever others commit meanwhile."""
    close_reading()
    g.read_connection = db.engines[READ_BIND].connect().execution_options(isolation_level="REPEATABLE READ")
    try:
        yield
    finally:
        close_reading()


def refuse_changes() -> None:
    """Refuse every change in what is left of this request, whatever its view tries; see `unit_of_work`."""
    g.changes_refused = True


def changes_refused() -> bool:
    return has_request_context() and "changes_refused" in g


def redis_client() -> Redis:
    """Return the app's Redis client; it carries no truth, so every caller must bear its absence."""
    client: Redis = current_app.extensions["redis_client"]
    return client


def queue(name: str) -> Queue:
    """Return one of the queues: jobs in it are bells that carry ids, in JSON."""
    found: Queue = current_app.extensions["queues"][name]
    return found


def queues() -> tuple[Queue, ...]:
    return tuple(queue(name) for name in QUEUES)


def init_redis(app: Flask, url: str, wait: float = breaker.WAIT_SECONDS) -> None:
    """Make the Redis client and the queues of an app, over one pool with one breaker, which waits so many seconds."""
    app.extensions["breaker"] = guard = breaker.Breaker(wait=wait)
    client = Redis(connection_pool=breaker.pool(url, guard))
    app.extensions["redis_client"] = client
    app.extensions["queues"] = {name: Queue(name, connection=client, serializer=JSONSerializer) for name in QUEUES}


def keep_values_out_of_errors(app: Flask) -> None:
    """Leave in an error of the database what is wrong, and take out of it the values that a statement carried.

    `hide_parameters` hides SQLAlchemy's list of them; PostgreSQL quotes them, too, in details and where it cannot read
    one.
    """

    def tell_less(context: ExceptionContext) -> None:
        error = context.original_exception
        if not isinstance(error, psycopg.Error) or error.diag.message_primary is None:
            return  # it never reached the server
        said = error.diag.message_primary
        if isinstance(error, psycopg.DataError) and not isinstance(error, psycopg.errors.InvalidParameterValue):
            said = QUOTED.sub('"…"', said)  # invalid input syntax for type uuid: "…"; a zone that is unknown is named
        error.args = (said,)
        if context.sqlalchemy_exception is not None:
            context.sqlalchemy_exception.args = (f"({type(error).__module__}.{type(error).__name__}) {said}",)

    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "handle_error", tell_less)
            event.listen(engine, "handle_error", _away_if_ended_or_read_only)


def _away_if_ended_or_read_only(context: ExceptionContext) -> None:
    """Take it for an outage when the server ended a transaction that stood still, or takes no changes.

    The driver calls either internal. Who takes no changes may be the primary of before a failover: the connections to
    it are given up, so that the next ones reach the new one.
    """
    error = context.original_exception
    if isinstance(error, (*ENDED, READ_ONLY)):
        context.is_disconnect = context.is_disconnect or isinstance(error, READ_ONLY)
        raise OperationalError(context.statement, None, error, hide_parameters=True)


def was_cut_off(error: Exception) -> bool:
    """Return whether a connection ended under a statement, so that a new one may do.

    Not when a statement took too long, the pool is empty, or the server is frozen or takes no connection: that would
    only be waited for twice.
    """
    return isinstance(error, DBAPIError) and error.connection_invalidated and not isinstance(error.orig, ServerFrozen)
