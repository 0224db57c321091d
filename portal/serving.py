"""How the web server reads and writes: a thread works on whole requests, and never waits for a slow line.

Gunicorn looks after the processes, waitress reads each request and sends each answer in one loop beside the threads
(ADR 0025). On SIGTERM requests in hand are finished, and connections that are kept alive are told that they end.
"""

from __future__ import annotations

import os
import time
from typing import Any

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

CONNECTIONS = 2_000  # open ones a process; the next ones wait in the kernel's queue
IDLE_SECONDS = 60  # without a byte, before a connection is closed
LINGER_SECONDS = 5.5  # after SIGTERM, for a client that asks every few seconds on a connection that is kept
LARGEST_BODY = 8 * 1024 * 1024  # what is over MAX_CONTENT_LENGTH and not over this gets the portal's own page
LARGEST_HEAD = 64 * 1024
INTO_A_FILE = 2 * 1024 * 1024  # what the portal takes stays in memory: uploads go on while a disk is full
LOOK_SECONDS = 1.0


class ClosingTask(WSGITask):  # type: ignore[misc]  # waitress carries no types
    """A request, whose answer ends the connection once the process is stopping."""

    def build_response_header(self) -> bytes:
        """Say so in the head."""
        if self.channel.stopping and not self.close_on_finish:
            self.set_close_on_finish()
        head: bytes = super().build_response_header()
        return head


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection."""

    task_class = ClosingTask
    stopping = False

    @property
    def is_busy(self) -> bool:
        """Return whether a request is worked on or an answer on its way."""
        return bool(self.requests or self.total_outbufs_len)


class BufferingWorker(Worker):  # type: ignore[misc]  # gunicorn carries no types
    """A process of gunicorn that serves as waitress does."""

    def run(self) -> None:
        """Serve until gunicorn says stop, or is gone."""
        sockets: dict[int, Any] = {}
        server = create_server(
            self.wsgi,
            map=sockets,
            sockets=[listener.sock for listener in self.sockets],
            threads=self.cfg.threads,
            connection_limit=CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            max_request_body_size=LARGEST_BODY,
            max_request_header_size=LARGEST_HEAD,
            inbuf_overflow=INTO_A_FILE,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # the portal knows whom to believe (TRUSTED_PROXIES)
            ident=None,
        )
        listeners = [found for found in sockets.values() if found.accepting]
        for listener in listeners:
            listener.channel_class = Channel
        while self.alive and self.ppid == os.getppid():
            self._look(sockets)
        for listener in listeners:
            listener.accepting = False
            listener.channel_class.stopping = True
        self._finish(sockets)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)

    def _look(self, sockets: dict[int, Any]) -> None:
        """Read and write what is ready, and tell gunicorn that the process lives."""
        self.notify()
        wasyncore.loop(timeout=LOOK_SECONDS, use_poll=True, map=sockets, count=1)

    def _finish(self, sockets: dict[int, Any]) -> None:
        """Serve on for the connections that are open, for some seconds, or until none has work left."""
        started = time.monotonic()
        while (spent := time.monotonic() - started) < self.cfg.graceful_timeout:
            open_ones = [found for found in sockets.values() if isinstance(found, Channel)]
            busy = any(channel.is_busy for channel in open_ones)
            if not open_ones or (not busy and spent > LINGER_SECONDS):
                return
            self.notify()
            wasyncore.loop(timeout=0.1, use_poll=True, map=sockets, count=1)
