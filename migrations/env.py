"""Run the migrations on the app's database; every upgrade gives up soon rather than block the portal behind a lock."""

from __future__ import annotations

from alembic import context
from alembic.script import ScriptDirectory
from click import ClickException
from flask import current_app
from psycopg.errors import LockNotAvailable
from sqlalchemy import Column, ForeignKeyConstraint, MetaData, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import SchemaItem

from portal.cli import is_away, no_database
from portal.extensions import db
from portal.models.base import NETWORK, SCHEMAS

config = context.config
BY_HAND = ("_search", "_pairs")  # how the names of indexes end that are written by hand
# The previous release still reads these columns; the migration after the next release drops them (CONTRIBUTING.md).
RETIRED = {("billing", "settings", "time_zone")}
MONTHS = f"{NETWORK}.marketplace_events_"
PATIENCE = "SET lock_timeout = '3s'"
HELD_UP = "A migration gave up waiting for a lock that others hold. Run this again: it continues where it stopped."


def include_object(item: SchemaItem, name: str | None, kind: str, _reflected: object, _compare: object) -> bool:
    """Look only at the portal's own schemas, not at indexes written by hand, and not at the months of the log."""
    if kind == "index" and name and name.endswith(BY_HAND):
        return False
    if kind == "column" and isinstance(item, Column) and (item.table.schema, item.table.name, name) in RETIRED:
        return False
    about = item.elements[0].target_fullname if isinstance(item, ForeignKeyConstraint) else f"{NETWORK}.{name}"
    if about.startswith(MONTHS):
        return False
    return kind != "table" or getattr(item, "schema", None) in SCHEMAS


def metadata() -> MetaData:
    """Return the tables of the models."""
    return db.metadatas[None]


def next_number(_context: object, _revision: object, directives: list[object]) -> None:
    """Number a new revision after the last: 0001, 0002, …"""
    script = directives[0]
    head = ScriptDirectory.from_config(config).get_current_head()
    script.rev_id = f"{int(head or 0) + 1:04d}"  # type: ignore[attr-defined]


def run_online() -> None:
    """Run on a connection of the app's engine."""
    with current_app.app_context(), db.engine.connect() as connection:
        connection.execute(text(PATIENCE))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata(),
            include_schemas=True,
            include_object=include_object,
            compare_type=True,
            process_revision_directives=next_number,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def run_offline() -> None:
    """Print the SQL instead of running it."""
    url = db.engine.url.render_as_string(hide_password=False)
    context.configure(url=url, target_metadata=metadata(), literal_binds=True, include_schemas=True)
    with context.begin_transaction():
        context.execute(PATIENCE)
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    try:
        run_online()
    except OperationalError as error:  # which Flask-Migrate would end with a traceback
        if isinstance(error.orig, LockNotAvailable):
            raise ClickException(HELD_UP) from error
        if is_away(error):
            raise ClickException(no_database(current_app)) from error
        raise
