"""The web server on a slow line and on its way out: no client holds a thread, no request is lost."""

from __future__ import annotations

import http.client
import json
import logging
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from waitress.utilities import BadRequest, Error, InternalServerError, RequestEntityTooLarge

from portal import serving
from portal.answers import refusals
from portal.requests import too_busy
from portal.requests.security_headers import HSTS
from portal.serving import Dispatcher

PROJECT = Path(__file__).parent.parent.parent
THREADS, SLOW = 2, 60
NO_TIME = -1.0  # what waits has always waited longer


class Web:
    """A started web server."""

    def __init__(self, port: int) -> None:
        self.port = port
        options = ["-k", "portal.serving.BufferingWorker", "-b", f"127.0.0.1:{port}", "--threads", str(THREADS)]
        command = [sys.executable, "-m", "gunicorn", *options, "--no-control-socket", "tests.embedded.tiny:app"]
        self.process = subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection that is kept alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str = "/") -> bytes:
        """Ask on a connection of its own."""
        connection = self.connection()
        connection.request("GET", path)
        body = connection.getresponse().read()
        connection.close()
        return body

    def half(self, said: bytes) -> socket.socket:
        """Open a connection and send a part of a request."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        client.sendall(said)
        return client

    def begin_to_end(self) -> None:
        """Ask it to end, and wait until its answers say so."""
        self.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self._kept_after_an_answer():
            assert time.monotonic() < deadline, "it does not say that it ends"

    def _kept_after_an_answer(self) -> bool:
        connection = self.connection()
        connection.request("GET", "/")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.getheader("Connection") != "close"

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                self.get()
            except OSError:
                assert time.monotonic() < deadline, "it does not answer"
                time.sleep(0.1)
            else:
                return


@pytest.fixture
def web() -> Iterator[Web]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = Web(port)
    try:
        web.wait_until_it_answers()
        yield web
    finally:
        web.process.kill()
        web.process.wait()


HALF = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf",
    "half a chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
    "a large answer that is not read": b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("said", HALF.values(), ids=HALF)
def test_slow_clients_keep_nobody_waiting(web: Web, said: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(SLOW):
            stack.enter_context(web.half(said))
        assert web.get() == b"0 bytes"


def test_a_slow_request_is_answered_once_it_is_whole(web: Web) -> None:
    with web.half(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 6\r\n\r\nthr") as client:
        time.sleep(0.2)
        client.sendall(b"ice")
        assert b"6 bytes" in b"".join(iter(lambda: client.recv(4096), b""))


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
    ],
)
def test_what_is_no_request_is_refused(web: Web, said: bytes, status: bytes) -> None:
    with web.half(said) as client:
        assert client.recv(4096).split()[1] == status


def test_a_kept_connection_is_told_that_it_ends(web: Web) -> None:
    kept = web.connection()
    kept.request("GET", "/")
    assert kept.getresponse().read() == b"0 bytes"
    web.begin_to_end()
    kept.request("GET", "/")
    answer = kept.getresponse()
    assert (answer.read(), answer.getheader("Connection")) == (b"0 bytes", "close")
    assert web.process.wait(30) == 0


def test_who_connects_or_sends_on_while_it_ends_is_answered(web: Web) -> None:
    with web.half(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nthr") as client:
        assert web.get() == b"0 bytes"  # whoever came before was let in, too
        web.begin_to_end()
        assert web.get() == b"0 bytes"
        client.sendall(b"ice")
        assert b"6 bytes" in b"".join(iter(lambda: client.recv(4096), b""))
    assert web.process.wait(30) == 0


def test_what_is_worked_on_is_finished_before_the_end(web: Web) -> None:
    answers: list[bytes] = []
    asking = [threading.Thread(target=lambda: answers.append(web.get("/slow"))) for _ in range(2 * THREADS)]
    for one in asking:
        one.start()
    time.sleep(0.5)
    web.process.send_signal(signal.SIGTERM)
    for one in asking:
        one.join(30)
    assert answers == [b"done"] * 2 * THREADS
    assert web.process.wait(30) == 0


def test_whether_it_lives_is_answered_while_all_threads_are_busy(web: Web) -> None:
    with ExitStack() as stack:
        busy = [stack.enter_context(web.half(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")) for _ in range(8 * THREADS)]
        assert web.get("/healthz") == b"lives"
        assert len(select.select(busy, [], [], 0)[0]) < len(busy) / 2


ELSEWHERE = "https://elsewhere.example"
SETTINGS = {"CORS_ORIGINS": (ELSEWHERE,), "ENV_NAME": "production"}


class Waiting:
    """A connection whose next request is whole."""

    def __init__(self, path: str, work: Callable[[], object], method: str = "GET") -> None:
        headers = {"X_CORRELATION_ID": "of-who-asks", "ORIGIN": ELSEWHERE}
        self.requests = [SimpleNamespace(error=None, command=method, path=path, headers=headers)]
        self.service, self.cancel = work, lambda: None


@pytest.mark.parametrize(("patience", "answered"), [(60.0, True), (NO_TIME, False)])
def test_threads_that_take_nothing_up_for_long_are_no_life(
    monkeypatch: pytest.MonkeyPatch, patience: float, answered: bool
) -> None:
    monkeypatch.setattr(serving, "HANGING_SECONDS", patience)
    threads, go_on, asked = Dispatcher(1, {}), threading.Event(), threading.Event()
    for _ in range(2):
        threads.add_task(Waiting("/jobs", go_on.wait))
    threads.add_task(Waiting(serving.LIFE, asked.set))
    assert asked.wait(30 if answered else 0.3) is answered
    go_on.set()
    assert asked.wait(30)
    threads.shutdown()


@pytest.mark.parametrize(
    ("path", "kind", "said", "origin"),
    [
        ("/jobs", "text/html; charset=utf-8", b"send it again", None),
        ("/api/jobs", "application/json", b"UNAVAILABLE", ELSEWHERE),
    ],
)
def test_who_would_wait_too_long_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    kind: str,
    said: bytes,
    origin: str | None,
) -> None:
    threads = Dispatcher(1, SETTINGS)
    go_on, next_in_line, refused, served = (threading.Event() for _ in range(4))
    for work in (go_on.wait, next_in_line.set):
        threads.add_task(Waiting("/jobs", work))
    monkeypatch.setattr(serving, "LONGEST_WAIT_SECONDS", NO_TIME)
    newcomer = Waiting(path, refused.set)
    threads.add_task(newcomer)
    assert refused.wait(30)
    status, pairs, body = newcomer.requests[0].error.to_response()
    headers = dict(pairs)
    assert (status, headers["Content-Type"], headers["Retry-After"]) == ("503 SERVICE UNAVAILABLE", kind, "5")
    assert said in body
    assert headers["X-Correlation-ID"] == "of-who-asks"
    assert (b"of-who-asks" in body) is (kind == "application/json")
    assert headers.get("Access-Control-Allow-Origin") == origin
    assert (headers["Strict-Transport-Security"], headers["X-Content-Type-Options"]) == (HSTS, "nosniff")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    (line,) = (record for record in caplog.records if record.message == "refused_early")
    assert path not in str(vars(line))  # it may carry a token
    go_on.set()
    assert next_in_line.wait(30)
    after = Waiting(path, served.set)
    threads.add_task(after)
    assert served.wait(30)
    assert after.requests[0].error is None
    threads.shutdown()


@pytest.mark.parametrize(("origin", "status"), [(ELSEWHERE, 204), ("https://stranger.example", 503)])
def test_a_page_of_another_origin_may_ask_whether_it_may_ask(origin: str, status: int) -> None:
    answer = too_busy.refusal(method="OPTIONS", path="/api/jobs", origin=origin, config=SETTINGS)
    assert (answer.status_code, "Access-Control-Allow-Origin" in answer.headers) == (status, status == 204)
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    ("error", "path"),
    [
        (RequestEntityTooLarge("too much"), "/api/jobs"),
        (BadRequest("no start line"), ""),
        (InternalServerError("a view broke"), ""),
        (None, "/api/jobs"),
    ],
)
def test_what_reaches_no_view_leaves_its_line_and_has_an_id(
    caplog: pytest.LogCaptureFixture, error: Error | None, path: str
) -> None:
    caplog.set_level(logging.INFO, "portal.serving")
    busy = serving.Refused(too_busy.refusal(method="POST", path=path, origin=None, config={}))
    written, server = list[bytes](), SimpleNamespace(adj=SimpleNamespace(ident=None), effective_port=80)
    server.task_dispatcher = SimpleNamespace(config={})
    request = SimpleNamespace(error=error or busy, path=path, command="POST", version="1.1", headers={})
    serving.RefusingTask(SimpleNamespace(server=server, write_soon=written.append), request).service()
    head, _, body = b"".join(written).decode().partition("\r\n\r\n")
    (said,) = (vars(record) for record in caplog.records if record.message == "request")
    assert (said["method"], said["route"], said["status"]) == ("POST", "none", (error or busy).code)
    assert f"X-Correlation-ID: {said['correlation_id']}" in head.replace("Id", "ID")
    assert ("understood" in body) is (said["status"] == 400)  # a fault of the server is not the caller's
    if path:
        answer = json.loads(body)
        assert answer.keys() == refusals.Error.model_fields.keys()
        assert (answer["statusCode"], answer["correlation_id"]) == (said["status"], said["correlation_id"])


def test_it_ends_when_gunicorn_is_gone(web: Web) -> None:
    web.process.kill()
    web.process.wait()
    deadline = time.monotonic() + 20
    with pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            web.get()
            time.sleep(0.2)
