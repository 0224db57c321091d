"""Run the whole portal on one machine, in the foreground: servers, migrations, demo data, web, worker, periodic jobs.

`make run` starts it. The terminal shows what a person needs; the log lines of the parts go to PORTAL_DATA_DIR/log.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psycopg

from portal.config import RUNNING
from portal.launcher import processes
from portal.launcher.children import Child
from portal.launcher.embedded import Postgres, Valkey
from portal.launcher.server_process import EmbeddedServerError

PROJECT = Path(__file__).resolve().parent.parent.parent
DATABASE = "portal"
READY_SECONDS = 300.0  # a laptop that does other things too; a web server that dies is told at once
POLL_SECONDS = 0.2
SECRETS: dict[str, Callable[[], str]] = {  # made on the first start, kept for the later ones
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "EVENT_SEAL_KEYS": lambda: f"1:{secrets.token_urlsafe(48)}",
    "PAYEE_KEYS": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
}
TOLD = ("DATABASE_URL", "REDIS_URL", "PORT", "PUBLIC_URL", "EVENT_CHECKPOINT_DIR", *SECRETS)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StartError(RuntimeError):
    """The portal cannot start: why, and what to do about it."""


class Stopped(BaseException):
    """Unwind everything because a signal asked to; no `except Exception` may hold it up."""


def main(arguments: Sequence[str]) -> int:
    """Run until a signal comes; return the exit code."""
    if "--die-with-parent" in arguments:  # make, when it is killed, cannot pass that on
        processes.die_with_parent(signal.SIGTERM, os.getppid())()
    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    try:
        with contextlib.ExitStack() as stack:
            Supervisor(os.environ, stack).run()
    except Stopped:
        say("Stopped.")
        return 0
    except (StartError, EmbeddedServerError) as error:
        say(str(error))
        return 1


def say(line: str) -> None:
    """Print a line for the person at the terminal, who may have closed it."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


class Supervisor:
    """Start the parts in order, keep them running, and leave their ends on the stack."""

    def __init__(self, environment: Mapping[str, str], stack: contextlib.ExitStack) -> None:
        self.stack = stack
        self.port = _port(environment.get("PORT") or "8000")
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = Path(environment.get("PORTAL_DATA_DIR") or PROJECT / "instance").resolve()
        self.logs = self.data_dir / "log"
        self.environment = dict(environment)
        self.servers: list[Postgres | Valkey] = []
        self.children: list[Child] = []

    def run(self) -> NoReturn:
        """Start everything, then watch it until a signal comes.

        Raises: StartError, EmbeddedServerError, Stopped
        """
        self._prepare_data_dir()
        _require_free_port(self.port)
        self._configure()
        self._start_servers()
        self._tell_commands()
        say("Migrating the database ...")
        self._flask("migrate", "db", "upgrade")
        say("Preparing the demo data: eight months, the first time a minute or more (DEMO=accounts skips them) ...")
        sign_ins = self._flask("demo", "demo", "load")
        self._start_children()
        self._wait_until_ready()
        say(f"\n{sign_ins.strip()}\n\nThe portal is running at {self.url}\nCtrl-C stops it. Logs: {self.logs}")
        while True:
            self._watch()
            time.sleep(POLL_SECONDS)

    def _prepare_data_dir(self) -> None:
        """Make the data directory and hold it against a second start."""
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            lock = self.stack.enter_context((self.data_dir / "supervisor.pid").open("a+"))
        except OSError as error:
            raise StartError(
                f"The data directory cannot be used: {error}. Name another one in PORTAL_DATA_DIR."
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartError(
                f"The portal is already running in {self.data_dir} (process {lock.read().strip()}). Stop it, or start "
                "another one alongside it: PORTAL_DATA_DIR=/another/directory PORT=8001 make run"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()

    def _configure(self) -> None:
        """Complete the environment that all parts share."""
        self.environment |= {
            "PORT": str(self.port),
            "PORTAL_DATA_DIR": str(self.data_dir),
            "PORTAL_ENV": "development",
            "FLASK_SKIP_DOTENV": "1",
            "PYTHONUNBUFFERED": "1",
            "TZ": "UTC",
        }
        for name, make in SECRETS.items():
            if not self.environment.get(name):
                self.environment[name] = _kept_secret(self.data_dir / name.lower(), make)

    def _start_servers(self) -> None:
        """Start the servers that the environment does not name."""
        if not self.environment.get("DATABASE_URL"):
            say("Starting PostgreSQL ...")
            postgres = self.stack.enter_context(Postgres(self.data_dir / "postgres", durable=True))
            self.servers.append(postgres)
            _create_database(postgres)
            self.environment["DATABASE_URL"] = postgres.url(DATABASE)
        if not self.environment.get("REDIS_URL"):
            say("Starting Valkey ...")
            valkey = self.stack.enter_context(Valkey(self.data_dir / "valkey", durable=True))
            self.servers.append(valkey)
            self.environment["REDIS_URL"] = valkey.url

    def _tell_commands(self) -> None:
        """Write where everything is, for `flask --app wsgi …` beside this (portal.config); gone when this ends."""
        path = self.data_dir / RUNNING
        self.stack.callback(path.unlink, missing_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(f"{name}={text}\n" for name in TOLD if (text := self.environment.get(name)))

    def _flask(self, name: str, *arguments: str) -> str:
        """Run a command of the portal to its end and return what it printed.

        Raises: StartError with the last lines of its log.
        """
        log = self.logs / f"{name}.log"
        with log.open("wb") as errors:
            done = subprocess.run(
                [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                process_group=0,
                preexec_fn=processes.die_with_parent(signal.SIGTERM, os.getpid()),
            )
        if done.returncode != 0:
            raise StartError(f"`flask {' '.join(arguments)}` failed; the end of {log}:\n{processes.tail(log, 12)}")
        return done.stdout

    def _start_children(self) -> None:
        """Start the processes of the portal; the web server, last on the list, ends first."""
        gunicorn = ("gunicorn", "-c", str(PROJECT / "deploy" / "gunicorn.conf.py"), "wsgi:app")
        worker = "portal.jobs.worker"
        modules = {
            "worker": (worker, "work"),
            "mail": (worker, "mail"),
            "bulk": (worker, "bulk"),
            "ticker": ("portal.jobs.ticker",),
            "web": gunicorn,
        }
        for name, module in modules.items():
            child = Child(name, [sys.executable, "-m", *module], self.environment, PROJECT, self.logs, say)
            self.children.append(child)
            self.stack.callback(child.stop)
            child.start()

    def _wait_until_ready(self) -> None:
        """Ask /readyz until it agrees."""
        deadline = time.monotonic() + READY_SECONDS
        while (reason := _not_ready(f"{self.url}/readyz")) is not None:
            if time.monotonic() > deadline:
                log = self.logs / "web.log"
                raise StartError(
                    f"The portal did not become ready: {reason}\nThe end of {log}:\n{processes.tail(log, 12)}"
                )
            self._watch()
            time.sleep(POLL_SECONDS)

    def _watch(self) -> None:
        """Start again what has died: a server at once, since everything waits for it, a child after a pause."""
        for server in self.servers:
            if not server.running():
                say(f"{server.title} stopped; starting it again. Its log: {server.log}")
                server.restart()
        for child in self.children:
            child.revive()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Answer the first signal; the rest must not interrupt the stopping."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    say("\nStopping ...")
    raise Stopped


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartError(f"PORT is {text!r}; use a number from 1 to 65535, as in: PORT=8001 make run")
    return int(text)


def _require_free_port(port: int) -> None:
    """Find out early whether the web server will get its port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise StartError(f"Port {port} is reserved for root. Choose another one: PORT=8001 make run") from None
        except OSError:
            other = port + 1 if port < 65535 else 8001
            raise StartError(
                f"Port {port} is taken by another program. Choose another one: PORT={other} make run"
            ) from None


def _kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret of earlier starts, or a new one: sessions, seals and bank details outlive a restart."""
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(make())
    unfinished.replace(path)
    return path.read_text()


def _create_database(postgres: Postgres) -> None:
    """Make the portal's database on a server that has none yet."""
    url = postgres.url().replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}"')


def _not_ready(url: str) -> str | None:
    """Return why a health page does not agree, or None when it does; a proxy of the environment is no way to it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return f"{url} answers {error.code}: {error.read(500).decode(errors='replace').strip()}"
    except OSError as error:
        return f"{url} does not answer ({error})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
