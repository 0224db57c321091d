"""What every test may ask for: the app on a migrated database of its own process, cleaned after each test."""

from __future__ import annotations

import gc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import event

from portal.app import create_app
from portal.extensions import db
from portal.runtime import garbage, limits
from portal.services.log import checkpoints
from portal.wording import notation
from tests import browsing, servers
from tests.api.worlds import World, settle
from tests.cast import Cast, assemble
from tests.cleaning import KEEPER, Cleaner
from tests.mailers.sink import free_port

settings.register_profile("noisy", deadline=None)  # an example may take its time: machines are noisy
settings.load_profile("noisy")

# What proves rules: directories of tests, and the files elsewhere that do so through pages and documents.
PROVES_RULES = {"domain", "services", "races", "queries", "mailers", "jobs"}
PROVE_RULES_TOO = {"test_access_tokens.py", "test_accounts.py", "test_checkup.py", "test_documents.py", "test_looks.py"}
PROVE_RULES_TOO |= {"test_attachments.py", "test_candidates_import.py", "test_placements_splits.py"}
PROVE_RULES_TOO |= {"test_simulator.py", "test_terms.py"}
PROVE_RULES_TOO |= {"test_disputes.py", "test_interviews.py", "test_saved_views.py", "test_shortlists.py"}
# What `make walk` runs, as the Makefile lists it.
STARTS_MUCH = {"embedded", "demo", "journeys", "browser", "test_guide.py", "test_reference.py", "test_processes.py"}
address, chromium = browsing.address, browsing.chromium  # fixtures for tests in a browser


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before pytest-xdist starts its processes; a run in one process waits until a test asks."""
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        servers.start()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make coverage` run what proves rules alone, and `make fuzz` try every value everywhere."""
    said = "run only the tests that prove rules"
    parser.addoption("--rules", action="store_true", help=said)
    said = "try every bad value in every place, where the suite lets the values take turns"
    parser.addoption("--every", action="store_true", help=said)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the tests that start whole portals and browsers.

    They stand at the head of one process's queue then, where the other never steals: no module is set up twice,
    and no long one is left for the end.
    """
    if config.getoption("--rules"):
        config.hook.pytest_deselected(items=[item for item in items if not _proves_rules(item.path)])
        items[:] = [item for item in items if _proves_rules(item.path)]
    items.sort(key=lambda item: STARTS_MUCH.isdisjoint((item.path.parent.name, item.path.name)))


def pytest_collection_finish() -> None:
    """Look for garbage as seldom as the portal does: thousands of collected tests are none, and would be looked at."""
    garbage.settle()


def _proves_rules(file: Path) -> bool:
    return file.parent.name in PROVES_RULES or file.name in PROVE_RULES_TOO


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started, and look for garbage once more; pytest would look at all objects five times."""
    gc.collect()
    gc.freeze()
    if not hasattr(config, "workerinput"):
        servers.stop()


@pytest.fixture(scope="session")
def cleaner(worker_id: str) -> Iterator[Cleaner]:
    """Return this process's own database, migrated, with what empties it again."""
    servers.start()
    name = servers.worker_database(worker_id)
    with Cleaner(servers.create_database(name), servers.redis_url(worker_id)) as cleaner:
        yield cleaner
    servers.drop_database(name)


@pytest.fixture(scope="session")
def database_url(cleaner: Cleaner) -> str:
    """Return the URL of this process's database."""
    return cleaner.database_url


@pytest.fixture(scope="session")
def redis_url(cleaner: Cleaner) -> str:
    """Return the URL of this process's Redis database."""
    return cleaner.redis_url


@pytest.fixture(scope="session")
def app(cleaner: Cleaner, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return the portal on this process's database, queue and data directory."""
    app = create_app(
        {
            **servers.SETTINGS,
            "SQLALCHEMY_DATABASE_URI": cleaner.database_url,
            "REDIS_URL": cleaner.redis_url,
            "PORTAL_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        }
    )
    app.extensions[KEEPER] = cleaner
    with app.app_context():
        event.listen(db.engine, "commit", cleaner.wrote)
    yield app
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def its_turn(request: pytest.FixtureRequest) -> Callable[[str, int, int], bool]:
    """Return what says whether the n-th of some values is tried in a place: one in `of`, or each with `--every`."""
    every = request.config.getoption("--every")
    return lambda place, number, of: every or (zlib.crc32(place.encode()) + number) % of == 0


@pytest.fixture(autouse=True)
def usual_notation() -> None:
    """Write numbers as everybody does: what the last request of the test before chose holds until the next request."""
    notation.use()


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    """Push an application context, for tests that call services and queries."""
    with app.app_context():
        yield


@pytest.fixture
def no_redis(app: Flask) -> Iterator[None]:
    """Let Redis be down."""
    with servers.redis_instead(app, f"redis://127.0.0.1:{free_port()}"):
        yield


@pytest.fixture
def cast(app: Flask, context: None, cleaner: Cleaner, request: pytest.FixtureRequest) -> Cast:
    """Return the six people that every test is about: those of the settled world, if the test has it."""
    if "settled" in request.fixturenames:
        made: tuple[Cast, World] = request.getfixturevalue("settled")
        return made[0]
    return cleaner.once("cast", lambda: assemble(app))


@pytest.fixture
def settled(app: Flask, context: None, cleaner: Cleaner) -> tuple[Cast, World]:
    """Return the cast with an object of each kind of rita's and Acme's; made once, as it takes seconds."""
    return cleaner.once("settled", lambda: settle(assemble(app)))


@pytest.fixture(autouse=True)
def clean_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take away what the tests before wrote, for a test that could see it; being set up first, this is torn down last.

    The fixtures of the cast put their rows back in place of all others.
    """
    if "cleaner" in request.fixturenames and {"cast", "settled"}.isdisjoint(request.fixturenames):
        request.getfixturevalue("cleaner").clean()
    yield
    if "app" in request.fixturenames:  # a Redis that a test took away would be thought away for seconds by the next
        app = request.getfixturevalue("app")
        app.extensions["breaker"].close()
        limits.forget()
        Path(app.config["PORTAL_DATA_DIR"], checkpoints.FILE).unlink(missing_ok=True)  # of a log that is gone


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Replace pytest-flask's fixture: in its one shared context a user would stay signed in for the next request."""
