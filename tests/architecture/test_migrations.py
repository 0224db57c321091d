"""The migrations match the models, and run up, down and up again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask
from flask_migrate import check as check_models
from flask_migrate import downgrade, upgrade

from tests import servers
from tests.cast import assemble

FOUNDING_TABLES = [
    "ats.candidate_sourcers",
    "ats.candidate_outreach",
    "network.candidate_role_assignments",
    "ats.placement_collaborators",
    "ats.placement_states",
    "network.recruiter_reputation",
    "network.marketplace_events",
    "ats.placement_guarantee_config",
]


@pytest.fixture
def scratch(worker_id: str) -> Iterator[Flask]:
    """Return an app on a database of its own, which is migrated and thrown away."""
    with servers.another_app(f"portal_migrations_{worker_id}", worker_id) as app, app.app_context():
        yield app


def tables(app: Flask) -> set[str]:
    """List the tables of the portal's schemas."""
    url = servers.conninfo(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    query = (
        "SELECT schemaname || '.' || tablename FROM pg_tables"
        " WHERE schemaname IN ('identity', 'ats', 'network', 'notifications')"
    )
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query)}


def test_the_migrations_make_what_the_models_say(scratch: Flask) -> None:
    check_models(directory=str(servers.MIGRATIONS))
    assert tables(scratch) >= set(FOUNDING_TABLES)


def test_the_migrations_run_up_down_and_up_again_with_data(scratch: Flask) -> None:
    assemble(scratch)
    downgrade(directory=str(servers.MIGRATIONS), revision="0003")
    downgrade(directory=str(servers.MIGRATIONS), revision="base")
    assert tables(scratch) == set()
    upgrade(directory=str(servers.MIGRATIONS))
    assert tables(scratch) >= set(FOUNDING_TABLES)
    assert assemble(scratch).rita.recruiter_id is not None
