"""How gunicorn serves the portal: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from portal.config import ConfigurationError, from_environment
from portal.extensions import db
from portal.runtime import logs
from portal.services.log import checkpoints


class JsonLogger(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """Send the server's own lines the way the portal's lines go: JSON on stderr."""

    def setup(self, cfg: Config) -> None:
        """Leave the writing to the root logger."""
        super().setup(cfg)
        logs.configure()
        self.error_log.handlers.clear()
        self.error_log.propagate = True


try:
    settings = from_environment()
except ConfigurationError as error:
    sys.exit(str(error))  # a sentence a line, no traceback

bind = settings["WEB_BIND"] or f"127.0.0.1:{settings['PORT']}"
worker_class = "portal.serving.BufferingWorker"
workers = settings["WEB_WORKERS"]
threads = settings["WEB_THREADS"]
preload_app = True
timeout = 60
graceful_timeout = 10
control_socket_disable = True
logger_class = JsonLogger

# The workers count into mapped files, so that /metrics adds them up; the directory is named before the app is loaded.
# On a disk that is full such a file kills whoever touches it (SIGBUS), so they lie in shared memory, like the workers'
# signs of life. Without it, or without room in it, each process counts for itself.
SHARED, ROOM = Path("/dev/shm"), 32 * 1024 * 1024  # noqa: S108  # a directory of our own is made in it


def shared_memory() -> Path | None:
    """Return where files are memory, when they can be written there."""
    try:
        roomy = shutil.disk_usage(SHARED).free >= ROOM
    except OSError:
        return None
    return SHARED if roomy and os.access(SHARED, os.W_OK) else None


def clear_up(shared: Path) -> None:
    """Remove what web servers of this user left behind that were killed; their directories carry their numbers."""
    for left in shared.glob("portal-metrics-*"):
        if not Path("/proc", left.name.split("-")[2]).exists() and left.stat().st_uid == os.getuid():
            shutil.rmtree(left, ignore_errors=True)


memory = shared_memory()
counts: str | None = None
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
if memory is not None:
    clear_up(memory)
    counts = os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(
        prefix=f"portal-metrics-{os.getpid()}-", dir=memory
    )
    worker_tmp_dir = str(memory)


def on_exit(server: Any) -> None:
    """Take the counts along."""
    if counts is not None:
        shutil.rmtree(counts, ignore_errors=True)


def when_ready(server: Any) -> None:
    """Refuse a wrong seal key; move what was loaded out of the collector's sight: workers share its memory."""
    try:
        with server.app.wsgi().app_context():
            checkpoints.check_key()
    except checkpoints.WrongSealKey as error:
        sys.exit(str(error))
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Forget connections opened before the fork: two processes on one connection read each other's answers."""
    application = server.app.wsgi()
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
