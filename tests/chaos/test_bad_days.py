"""`make chaos`: a disk that is full, a server that hangs, a clock that is put back, clients that never finish.

What each took is written to drills.md. One bound is asserted because it is what is promised: a Redis that hangs, a
thousand clients that never finish, and to `/healthz` a database that hangs, cost half a second at most.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.jobs import schedule
from tests.cast import Cast
from tests.chaos.serving import PATIENCE, Portal, frozen, portal, token
from tests.figures import record

DISK = "220m"
SLOW, KEPT, ROUNDS = 1_000, 8, 3
PROMISED = 0.5  # seconds that an outage of others may cost


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Run the portal for the tests that leave it as it was."""
    with portal(tmp_path_factory.mktemp("portal")) as running:
        yield running


def timed(what: Callable[[], int]) -> tuple[int, float]:
    """Do something, and return its answer with the seconds it took."""
    began = time.monotonic()
    return what(), time.monotonic() - began


def job(client: httpx.Client, title: str) -> int:
    """Post a job with a text that fills a page of the database."""
    noise = "".join(random.choices("abcdefghijklmnopqrstuvwxyz ", k=4_000))
    form = {"title": title, "description": noise, "currency": "EUR", "fee_bp": "20", "status": "draft"}
    return client.post("/jobs/new", data={**form, "csrf_token": client.headers["X-Token"]}).status_code


def working(served: Portal) -> httpx.Client:
    """Sign in, and keep the token at hand for when no page can be read."""
    client = served.signed_in()
    client.headers["X-Token"] = token(client, "/jobs/new")
    return client


def test_with_a_redis_that_hangs_everything_is_answered(served: Portal) -> None:
    client = working(served)
    asked: list[tuple[str, Callable[[], int]]] = [
        ("read", lambda: client.get("/jobs").status_code),
        ("write", lambda: job(client, "While Redis hangs")),
        ("API", lambda: httpx.get(f"{served.url}/api/me", timeout=PATIENCE, trust_env=False).status_code),
        ("sign-in", lambda: served.signed_in().get("/").status_code),
    ]
    usual = {name: timed(ask)[1] for name, ask in asked for _ in range(2)}  # the second time: nothing is new to it
    with frozen(served.redis):
        found = {name: timed(ask) for name, ask in asked}
    assert {name: status for name, (status, _) in found.items()} == {
        "read": 200,
        "write": 303,
        "API": 401,
        "sign-in": 200,
    }
    assert all(seconds < usual[name] + PROMISED for name, (_, seconds) in found.items())
    record("Redis hangs", ", ".join(f"{name} {status} in {seconds:.2f} s" for name, (status, seconds) in found.items()))


def test_with_a_database_that_hangs_health_is_answered_and_work_goes_on_afterwards(served: Portal) -> None:
    client = working(served)
    with frozen(served.database):
        threads = [threading.Thread(target=client.get, args=("/jobs",)) for _ in range(20)]
        for thread in threads:
            thread.start()
        status, seconds = timed(lambda: served.get("/healthz"))
        for thread in threads:
            thread.join()
        answers = (client.get("/jobs").status_code, job(client, "While the database hangs"), served.get("/readyz"))
    assert (status, *answers) == (200, 503, 503, 503)
    assert seconds < PROMISED
    served.until(lambda: client.get("/jobs").status_code == 200 and job(client, "Afterwards") == 303)
    record("PostgreSQL hangs", f"/healthz {status} in {seconds:.2f} s beside {len(threads)} reads, which get 503")


def test_clients_that_never_finish_do_not_keep_others_out(served: Portal) -> None:
    _, files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    half = b"POST /login HTTP/1.1\r\nHost: portal\r\nContent-Length: 1000\r\n\r\nemail="
    lines = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(SLOW)]
    try:
        for line in lines:
            line.sendall(half)
        status, seconds = timed(lambda: served.get("/healthz"))
    finally:
        for line in lines:
            line.close()
    assert status == 200
    assert seconds < PROMISED
    record("half-sent requests", f"/healthz {status} in {seconds:.2f} s beside {SLOW:,} of them")


def test_a_restart_of_the_web_server_cuts_no_kept_connection(served: Portal) -> None:
    stop, cut, asked = threading.Event(), list[str](), list[int]()

    def browse() -> None:
        """Ask again and again over one connection, and open another when told to."""
        line, kept = HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE), False
        while not stop.wait(random.uniform(0.05, 3.0)):
            try:
                line.request("GET", "/healthz")
                answer = line.getresponse()
                answer.read()
                asked.append(answer.status)
                kept = not answer.will_close
                if not kept:
                    line.close()
            except (RemoteDisconnected, ConnectionError) as error:
                if kept:  # a new one that nobody took up may be tried again without harm
                    cut.append(type(error).__name__)
                kept = False
                line.close()

    threads = [threading.Thread(target=browse) for _ in range(KEPT)]
    for thread in threads:
        thread.start()
    for _ in range(ROUNDS):
        time.sleep(4)
        served.stop()
        served.start()
    stop.set()
    for thread in threads:
        thread.join()
    assert cut == []
    assert set(asked) == {200}
    record("kept connections", f"{ROUNDS} restarts under {KEPT} of them: {len(asked)} answers, {len(cut)} cut")


def test_a_clock_that_was_put_back_two_hours_stops_no_job(cast: Cast) -> None:
    schedule.tick()
    with db.engine.begin() as connection:  # what is left in the table when the clock goes back by two hours
        connection.execute(text("UPDATE notifications.periodic_runs SET next_at = next_at + interval '2 hours'"))
    assert schedule.tick() == len(schedule.SCHEDULE)
    assert schedule.tick() == 0
    record("clock put back two hours", f"{len(schedule.SCHEDULE)} of {len(schedule.SCHEDULE)} periodic jobs run, once")


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """Mount a small disk in memory, and tell whether this user may."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Write until nothing more fits."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(os.urandom(65_536))
        except OSError:
            return ballast


def test_on_a_full_disk_writes_are_refused_reads_go_on_and_room_ends_it(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as mounted:
        if not mounted:
            print("\nthe full disk was not tried: only root may mount a small one")
            return
        with portal(tmp_path / "disk") as served:
            client = working(served)
            ballast = fill(tmp_path / "disk")
            found = [job(client, f"On a full disk {number}") for number in range(30)]
            reads = [client.get(path).status_code for path in ("/jobs", "/healthz", "/", "/metrics")]
            ready = httpx.get(f"{served.url}/readyz", timeout=PATIENCE, trust_env=False)
            said = f"writes {sorted(set(found))}, reads {sorted(set(reads))}, /readyz {ready.status_code}"
            assert set(found) <= {303, 503}
            assert 503 in found
            assert reads == [200] * 4
            assert ready.status_code == 503
            assert "full" in " ".join(ready.json()["problems"])
            ballast.unlink()
            served.until(lambda: job(client, "With room again") == 303 and served.get("/readyz") == 200)
            record("disk full", f"{said}; all 200 and 303 once there is room")
        shutil.rmtree(tmp_path / "disk" / "data", ignore_errors=True)
