"""How gunicorn serves the portal: `gunicorn -c deploy/gunicorn.conf.py wsgi:app`."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger

from portal.config import ConfigurationError, from_environment
from portal.extensions import db
from portal.runtime import logs


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
worker_class = "gthread"
workers = settings["WEB_WORKERS"]
threads = settings["WEB_THREADS"]
preload_app = True
timeout = 60
graceful_timeout = 10
keepalive = 5
limit_request_line = 8190
limit_request_field_size = 16_380
control_socket_disable = True
logger_class = JsonLogger

# The workers count into files of this directory, so that /metrics adds them up; it is named before the app is loaded.
counts = Path(str(settings["PORTAL_DATA_DIR"])) / f"metrics-{settings['PORT']}"
shutil.rmtree(counts, ignore_errors=True)
counts.mkdir(parents=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)


def when_ready(server: Any) -> None:
    """Move what was loaded out of the collector's sight: workers share its memory instead of copying it."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Forget connections opened before the fork: two processes on one connection read each other's answers."""
    application = server.app.wsgi()
    with application.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
