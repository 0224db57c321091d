"""How the web server reads and writes: a thread works on whole requests, and never waits for a slow line.

Gunicorn looks after the processes, waitress reads each request and sends each answer in one loop beside the threads
(ADR 0025). On SIGTERM requests in hand are finished, and connections that are kept alive are told that they end.
"""

from __future__ import annotations

import functools
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from waitress.utilities import Error

from portal.requests import too_busy, unread
from portal.runtime import correlation

log = logging.getLogger(__name__)
CONNECTIONS = 2_000  # open ones a process; the next ones wait in the kernel's queue
IDLE_SECONDS = 60  # without a byte, before a connection is closed
LINGER_SECONDS = 5.5  # after SIGTERM, for a client that asks every few seconds on a connection that is kept
LARGEST_BODY = 8 * 1024 * 1024  # what is over MAX_CONTENT_LENGTH and not over this gets the portal's own page
LARGEST_HEAD = 64 * 1024
INTO_A_FILE = 6 * 1024 * 1024  # what the portal takes stays in memory: uploads go on while a disk is full
LOOK_SECONDS, BRIEFLY = 1.0, 0.1
AT_ONCE = 32  # connections taken up a look, each of which costs as much as there are open ones
LIFE = "/healthz"
LONGEST_WAIT_SECONDS = 10.0  # for a thread; while the next in line has waited so long, newcomers are refused at once
HANGING_SECONDS = 30.0  # after which requests that no thread takes up are a fault of this process


class ClosingTask(WSGITask):
    """A request, whose answer ends the connection once the process is stopping."""

    def build_response_header(self) -> bytes:
        """Write it into the head."""
        if self.channel.stopping and not self.close_on_finish:
            self.set_close_on_finish()
        head: bytes = super().build_response_header()
        return head


class Refused(Error):
    """The answer to a request that reaches no view."""

    def __init__(self, refusal: Response) -> None:
        super().__init__(refusal.status)
        self.code, self.correlation_id = refusal.status_code, refusal.headers.get("X-Correlation-ID")
        self._refusal = refusal

    def to_response(self, _ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status, headers and body."""
        return self._refusal.status, self._refusal.headers.to_wsgi_list(), self._refusal.get_data()


class RefusingTask(ErrorTask):
    """A request that reaches no view: it is none, is too large, came too late, or broke the server."""

    def execute(self) -> None:
        """Answer, and leave the line in the log that each request has; without its path: some carry a token."""
        error, path = self.request.error, getattr(self.request, "path", "")
        if not isinstance(error, Refused):
            correlation.begin()
            config = self.channel.server.task_dispatcher.config
            self.request.error = error = Refused(unread.refusal(error.code, path=path, config=config))
        super().execute()
        line = {"method": getattr(self.request, "command", None), "route": "none", "status": error.code}
        unknown = {"milliseconds": None, "queries": 0, "person": None, "organisation": None}
        log.info("request", extra={**line, **unknown, "correlation_id": error.correlation_id})


class Channel(HTTPChannel):
    task_class = ClosingTask
    error_task_class = RefusingTask
    stopping = False

    @property
    def is_busy(self) -> bool:
        """Return whether a request is being read or worked on, or an answer on its way."""
        return bool(self.request or self.requests or self.total_outbufs_len)


class Turn:
    """A request that waits for a thread, and since when."""

    def __init__(self, channel: Channel) -> None:
        self.since = time.monotonic()
        self.service, self.cancel = channel.service, channel.cancel


class Dispatcher(ThreadedTaskDispatcher):
    """The threads, and one beside them for what must not wait: whether the process lives, and refusals.

    While all threads wait for a database that is frozen, the process lives. When they take nothing up for long, the
    question waits with all others, so that whoever asks finds out.
    """

    def __init__(self, threads: int, config: Mapping[str, Any]) -> None:
        super().__init__()
        self.config = config
        self._beside = ThreadedTaskDispatcher()
        self._beside.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Channel) -> None:
        """Queue a connection whose next request is whole."""
        request = task.requests[0]
        if not request.error and request.path == LIFE and not self._is_waited_for(HANGING_SECONDS):
            self._beside.add_task(task)
        elif not request.error and request.path != LIFE and self._is_waited_for(LONGEST_WAIT_SECONDS):
            correlation.begin(request.headers.get("X_CORRELATION_ID"))
            log.warning("refused_early", extra={"waiting": len(self.queue)})  # no path: some carry a token
            request.error = Refused(self._refusal(request))
            self._beside.add_task(task)
        else:
            super().add_task(Turn(task))

    def _refusal(self, request: Any) -> Response:
        origin, config = request.headers.get("ORIGIN"), self.config
        return too_busy.refusal(method=request.command, path=request.path, origin=origin, config=config)

    def _is_waited_for(self, seconds: float) -> bool:
        with self.lock:
            return bool(self.queue) and time.monotonic() - self.queue[0].since > seconds

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:  # noqa: FBT001, FBT002  # waitress's
        """End the threads."""
        self._beside.shutdown(cancel_pending, timeout)
        ended: bool = super().shutdown(cancel_pending, timeout)
        return ended


class BufferingWorker(Worker):
    """A process of gunicorn that serves as waitress does."""

    def run(self) -> None:
        """Serve until gunicorn says stop, or is gone."""
        sockets: dict[int, Any] = {}
        server = create_server(
            self.wsgi,
            map=sockets,
            sockets=[listener.sock for listener in self.sockets],
            _dispatcher=Dispatcher(self.cfg.threads, getattr(self.wsgi, "config", {})),
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
            listener.handle_accept = functools.partial(accept_waiting, listener, listener.handle_accept)
        while self.alive and self.ppid == os.getppid():
            self._look(sockets, LOOK_SECONDS)
        self._finish(sockets, listeners)
        server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(sockets)

    def _look(self, sockets: dict[int, Any], seconds: float) -> None:
        """Read and write what is ready, and tell gunicorn that the process lives."""
        self.notify()
        wasyncore.loop(timeout=seconds, use_poll=True, map=sockets, count=1)

    def _finish(self, sockets: dict[int, Any], listeners: list[Any]) -> None:
        """Serve on for some seconds while anybody is connected, then finish what is in hand.

        Whoever connects meanwhile is answered, too: left in the kernel's queue, they would be reset at the end.
        """
        Channel.stopping = True
        started = time.monotonic()
        while connected(sockets) and time.monotonic() - started < LINGER_SECONDS:
            self._look(sockets, BRIEFLY)
        for listener in listeners:
            while listener.handle_accept():
                pass
            listener.del_channel()
            listener.socket.close()
        self._look(sockets, 0)
        while any(found.is_busy for found in connected(sockets)):
            if time.monotonic() - started > self.cfg.graceful_timeout:
                return
            self._look(sockets, BRIEFLY)


def accept_waiting(listener: Any, accept: Callable[[], None]) -> bool:
    """Accept some of the connections that wait, and return whether more may; waitress accepts one at each look."""
    for _ in range(AT_ONCE):
        open_ones = len(listener.active_channels)
        accept()
        if len(listener.active_channels) == open_ones:
            return False
    return True


def connected(sockets: dict[int, Any]) -> list[Channel]:
    return [found for found in sockets.values() if isinstance(found, Channel)]
