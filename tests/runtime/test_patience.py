"""A database that was restarted or is frozen: nobody waits for it for long, and nobody sees that it was away."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import NotSupportedError, OperationalError

from portal.config import engine_options
from portal.connections import patience
from portal.launcher.embedded import Postgres


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Postgres]:
    """Run a database server that may be stopped."""
    tmp_path.chmod(0o755)
    with Postgres(tmp_path / "pg", durable=False) as postgres:
        yield postgres


@pytest.fixture
def engine(server: Postgres) -> Iterator[Engine]:
    """Return an engine with the portal's options on that server."""
    engine = create_engine(server.url(), **engine_options({"DATABASE_POOL_SIZE": 2}))
    patience.lose(engine)
    yield engine
    engine.dispose()


def one(engine: Engine, query: str = "SELECT 1") -> int:
    """Ask for a number."""
    with engine.connect() as connection:
        number: int = connection.execute(text(query)).scalar_one()
    return number


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """Stop the server and all its processes, as a machine that hangs does."""
    assert server.process is not None
    main = psutil.Process(server.process.pid)
    processes = [main, *main.children(recursive=True)]
    for process in processes:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process.pid, signal.SIGCONT)


def test_the_connections_of_a_server_that_was_restarted_are_replaced_unnoticed(
    server: Postgres, engine: Engine
) -> None:
    with engine.connect() as first, engine.connect() as second:
        assert first.execute(text("SELECT 1")).scalar_one() + second.execute(text("SELECT 1")).scalar_one() == 2
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    server.process.wait()
    server.restart()
    with engine.connect() as first, engine.connect() as second:
        assert first.execute(text("SELECT 1")).scalar_one() + second.execute(text("SELECT 1")).scalar_one() == 2


def test_a_statement_is_prepared_anew_when_a_column_gets_another_type(engine: Engine) -> None:
    query, reading = text("SELECT number FROM changing"), engine.execution_options(isolation_level="AUTOCOMMIT")
    change = "ALTER TABLE changing ALTER number TYPE {}"
    with reading.connect() as reader, engine.connect() as writer, reading.connect() as migration:
        migration.execute(text("CREATE TABLE changing AS SELECT 1 AS number"))
        for kind in ("bigint", "numeric"):
            for connection in (reader, writer) * 4:
                assert connection.execute(query).scalar_one() == 1
            writer.commit()
            migration.execute(text(change.format(kind)))
            assert reader.execute(query).scalar_one() == 1
            with pytest.raises(OperationalError, match="changed in the meantime"):
                writer.execute(query)
            writer.rollback()
            assert writer.execute(query).scalar_one() == 1
            writer.commit()
        with pytest.raises(NotSupportedError, match="DISTINCT"):
            reader.execute(text("SELECT DISTINCT number FROM changing FOR UPDATE"))


def test_a_frozen_server_is_given_up_and_then_not_begun_with(
    server: Postgres, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert one(engine) == 1
    with frozen(server):
        with pytest.raises(OperationalError, match="does not respond"):
            one(engine)
        with monkeypatch.context() as alone:
            alone.setattr(patience, "answers", lambda *_: pytest.fail("it was asked again"))
            with pytest.raises(OperationalError, match="does not respond"):
                one(engine)


def test_a_server_that_thaws_is_used_again(server: Postgres, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FROZEN_SECONDS", 0.0)
    assert one(engine) == 1
    with frozen(server), pytest.raises(OperationalError):
        one(engine)
    assert one(engine) == 1


@contextmanager
def pooler(server: Postgres) -> Iterator[int]:
    """Answer the first bytes of a handshake like a pooler, whatever the server does, and pass on the rest."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.readexactly(8) == patience.SSL_REQUEST:
            writer.write(b"N")
        back, on = await asyncio.open_unix_connection(f"{server._sockets}/.s.PGSQL.5432")
        await asyncio.gather(pump(reader, on), pump(back, writer))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            writer.write(said)
        writer.close()

    runner = asyncio.Runner()
    loop = runner.get_loop()
    listening = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    running = threading.Thread(target=loop.run_forever)
    running.start()
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        running.join()
        runner.close()


def test_a_frozen_server_is_given_up_behind_a_pooler_that_lives(server: Postgres) -> None:
    with pooler(server) as port:
        url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        engine = create_engine(url, **engine_options({"DATABASE_POOL_SIZE": 2, "DATABASE_POOLER": True}))
        patience.lose(engine, is_pooled=True)
        assert one(engine, f"SELECT 1 FROM pg_sleep({patience.PATIENT_SECONDS * 1.5})") == 1
        with frozen(server):
            assert patience.answers("127.0.0.1", port)
            with pytest.raises(OperationalError, match="does not respond"):
                one(engine)
        engine.dispose()


def test_a_slow_statement_of_a_server_that_lives_is_waited_for(engine: Engine) -> None:
    assert one(engine, f"SELECT 1 FROM pg_sleep({patience.PATIENT_SECONDS * 2.5})") == 1


def test_only_one_thread_finds_out_whether_a_frozen_server_lives_again() -> None:
    asked: list[bool] = []

    def probe() -> bool:
        asked.append(watch.is_frozen())  # a rival, meanwhile: it does not ask, and knows no better
        return len(asked) > 2

    watch = patience.Watch(probe, now=lambda: minutes[0] * 60.0)
    minutes = [0]
    assert watch.is_frozen()
    assert watch.is_given_up()
    for minutes[0] in (1, 2, 3):
        watch.is_given_up()
    assert asked == [False, True, True]


def test_nobody_answers_where_nobody_listens(tmp_path: Path) -> None:
    assert not patience.answers(str(tmp_path), 5432)
    assert not patience.answers("127.0.0.1", 1)
