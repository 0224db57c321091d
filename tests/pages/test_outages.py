"""The database restarts while people work: nothing that was typed is lost, and nothing is done twice."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import Connection, event, func, select, update

from portal.extensions import db
from portal.models import Job, UserSession
from portal.services import jobs
from tests import servers
from tests.accounts import before_statements, give_password
from tests.api.callers import bearer
from tests.cast import PASSWORD, Cast
from tests.checking_client import CheckingClient, inputs
from tests.cleaning import Cleaner
from tests.letters import rows

JOB = {"title": "Data Engineer", "description": "Owns “pipelines” & <tables>.\nSecond line.", "currency": "EUR"}
TYPED = {**JOB, "location": "Berlin", "fee_bp": "20", "status": "active"}


@pytest.fixture
def carl(cast: Cast) -> CheckingClient:
    """Sign carl in."""
    return cast.client(cast.carl)


@contextmanager
def away(app: Flask, cleaner: Cleaner) -> Iterator[None]:
    """Take the database away."""
    with servers.database_away(cleaner.database_url, cleaner.connection.info.backend_pid):
        yield


def read_only(connection: Connection) -> None:
    """Begin as a server does that takes no changes."""
    connection.exec_driver_sql("SET TRANSACTION READ ONLY")


def count() -> int:
    """Count the jobs."""
    with rows() as session:
        return session.scalars(select(func.count()).select_from(Job)).one()


def test_nobody_sees_that_the_database_was_restarted(cast: Cast, carl: CheckingClient, cleaner: Cleaner) -> None:
    token = carl.csrf_token("/jobs/new")
    for _ in range(2):
        servers.hang_up(cleaner.database_url, cleaner.connection.info.backend_pid)
        assert carl.get("/jobs").status_code == 200
    servers.hang_up(cleaner.database_url, cleaner.connection.info.backend_pid)
    assert carl.post("/jobs/new", data={**TYPED, "csrf_token": token}).status_code == 303
    assert count() == 1


def test_a_form_that_meets_a_database_that_is_read_only_comes_back_filled(cast: Cast, carl: CheckingClient) -> None:
    token, program = carl.csrf_token("/jobs/new"), bearer(cast, cast.carl)
    event.listen(db.engine, "begin", read_only)
    try:
        page = carl.post("/jobs/new", data={**TYPED, "csrf_token": token})
        answer = carl.post("/api/jobs", json={"title": "Data Engineer", "fee_percentage": 20}, headers=program)
    finally:
        event.remove(db.engine, "begin", read_only)
    assert "accepts no changes" in answer.json["message"]
    assert (page.status_code, "Data Engineer" in page.text, count()) == (503, True, 0)


def test_whoever_was_last_seen_a_while_ago_reads_on_in_a_database_that_is_read_only(
    cast: Cast, carl: CheckingClient
) -> None:
    never_used = bearer(cast, cast.carl)
    with rows() as session:
        session.execute(update(UserSession).values(last_seen_at=func.now() - timedelta(hours=1)))
    event.listen(db.engine, "begin", read_only)
    try:
        assert carl.get("/jobs").status_code == 200
        assert carl.get("/api/jobs", headers=never_used).status_code == 200
    finally:
        event.remove(db.engine, "begin", read_only)


def test_a_form_that_meets_an_outage_comes_back_filled_and_is_done_once(
    cast: Cast, app: Flask, carl: CheckingClient, cleaner: Cleaner
) -> None:
    sent = {**TYPED, **{k: v for k, v in inputs(carl.get("/jobs/new").text, "/jobs/new").items() if k not in TYPED}}
    with away(app, cleaner):
        answer = carl.post("/jobs/new", data=sent)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    kept = inputs(answer.text, "/jobs/new")
    assert {name: kept[name] for name in TYPED} == {**TYPED, "description": TYPED["description"]}
    filled = carl.post("/jobs/new", data=kept)
    assert "unavailable when you submitted this" in filled.text
    assert "Owns “pipelines” &amp; &lt;tables&gt;." in filled.text
    again = {**TYPED, **{k: v for k, v in inputs(filled.text, "/jobs/new").items() if k not in TYPED}}
    assert again["idempotency_key"] == sent["idempotency_key"]
    for _ in range(2):
        assert carl.post("/jobs/new", data=again).status_code == 303
    assert count() == 1


def test_what_no_page_keeps_through_an_outage_is_said_before_it_is_lost(
    cast: Cast, app: Flask, carl: CheckingClient, cleaner: Cleaner
) -> None:
    rita = cast.client(cast.rita)
    token = rita.csrf_token("/candidates/import")
    with away(app, cleaner):
        pasted = rita.post("/candidates/import", data={"csrf_token": token, "text": "x" * 100_001, "step": "preview"})
        chosen = {"csrf_token": token, "step": "preview", "file": (BytesIO(b"name,email"), "people.csv")}
        file = rita.post("/candidates/import", data=chosen)
    assert (pasted.status_code, file.status_code) == (503, 503)
    assert "too long to be kept on this page. Go back in your browser" in pasted.text
    assert "Nothing will be sent twice." in pasted.text
    assert 'href="/"' not in pasted.text.split("<main")[1]
    assert "need to choose the file again" in file.text
    assert inputs(file.text, "/candidates/import")["step"] == "preview"


def test_who_meets_an_outage_signed_out_gets_back_what_was_typed(cast: Cast, app: Flask, cleaner: Cleaner) -> None:
    client = cast.client()
    typed = {"email": cast.carl.email, "password": "secret", "held_to": "/jobs/new", "held-title": "Data Engineer"}
    for path in ("/login", "/forgot"):
        data = {**typed, "csrf_token": client.csrf_token(path)}
        with away(app, cleaner):
            answer, theme = client.post(path, data=data), client.post("/theme", data={**data, "theme": "dark"})
        kept = inputs(answer.text, path)
        assert (answer.status_code, theme.status_code) == (503, 303)
        assert kept == {**{k: v for k, v in typed.items() if k != "password"}, "csrf_token": "outage"}
    filled = inputs(client.post("/login", data=kept).text, "/login")
    assert {name: filled[name] for name in ("email", "held-title")} == {
        "email": cast.carl.email,
        "held-title": "Data Engineer",
    }


@contextmanager
def ended_at_a_statement(times: int, cleaner: Cleaner) -> Iterator[list[str]]:
    """Hang up while a connection is in hand, just before it is asked; yields what was to be asked."""
    asked = list[str]()

    def hang_up(statement: str) -> None:
        if len(asked) < times:
            asked.append(statement)
            servers.hang_up(cleaner.database_url, cleaner.connection.info.backend_pid)

    with before_statements(hang_up):
        yield asked


def test_a_read_whose_connection_ends_under_it_is_asked_once_more(
    cast: Cast, carl: CheckingClient, cleaner: Cleaner
) -> None:
    """A change is not: whether it was done, only its key tells."""
    token, api = carl.csrf_token("/jobs/new"), bearer(cast, cast.carl)
    with ended_at_a_statement(1, cleaner):
        assert carl.get("/jobs").status_code == 200
    with ended_at_a_statement(1, cleaner):
        assert cast.client().get("/api/jobs", headers=api).status_code == 200
    with ended_at_a_statement(2, cleaner) as asked:
        assert (carl.get("/jobs").status_code, len(asked)) == (503, 2)
    with ended_at_a_statement(1, cleaner) as asked:
        assert (carl.post("/jobs/new", data={**TYPED, "csrf_token": token}).status_code, len(asked)) == (503, 1)
    assert count() == 0


def test_a_form_without_fields_and_a_read_say_that_they_may_be_tried_again(
    cast: Cast, app: Flask, carl: CheckingClient, cleaner: Cleaner
) -> None:
    token = carl.csrf_token()
    with away(app, cleaner):
        read, button = carl.get("/jobs"), carl.post("/notifications/read-all", data={"csrf_token": token})
        form = carl.post("/account/password", data={"csrf_token": token, "current": "old secret", "new": "new secret"})
    assert [answer.status_code for answer in (read, button, form)] == [503] * 3
    assert "Nothing was changed." in read.text
    assert "may not have gone through" in button.text
    assert "secret" not in form.text


def test_health_and_metrics_answer_while_the_database_is_away(
    cast: Cast, app: Flask, cleaner: Cleaner, carl: CheckingClient
) -> None:
    with away(app, cleaner):
        health, ready, metrics = (app.test_client().get(path) for path in ("/healthz", "/readyz", "/metrics"))
        signed_in = [carl.get(path).status_code for path in ("/healthz", "/readyz", "/nowhere", "/static/nothing.css")]
    assert signed_in == [200, 503, 503, 503]
    assert (health.status_code, ready.status_code, metrics.status_code) == (200, 503, 200)
    assert ready.get_json()["problems"] == ["The database does not respond."]
    assert "http_requests_total" in metrics.text
    assert "database_up 0.0" in metrics.text


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503), (errno.EIO, 500)])
def test_a_full_disk_keeps_what_was_typed(
    cast: Cast, carl: CheckingClient, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, "as the disk says")

    token = carl.csrf_token("/jobs/new")
    monkeypatch.setattr(jobs, "post", full)
    answer = carl.post("/jobs/new", data={**TYPED, "csrf_token": token})
    assert answer.status_code == status
    assert ("Data Engineer" in answer.text) is (status == 503)


def test_a_database_without_space_refuses_writes_and_answers_reads(cast: Cast, carl: CheckingClient) -> None:
    token = carl.csrf_token("/jobs/new")
    with rows() as session:  # 53100, as PostgreSQL reports a file that it cannot extend
        session.connection().exec_driver_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON ats.jobs EXECUTE FUNCTION full_disk()"
        )
    try:
        answer = carl.post("/jobs/new", data={**TYPED, "csrf_token": token})
        assert (answer.status_code, carl.get("/jobs").status_code) == (503, 200)
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER full_disk ON ats.jobs; DROP FUNCTION full_disk")
    assert inputs(answer.text, "/jobs/new")["title"] == "Data Engineer"


@pytest.mark.parametrize("code", ["query_canceled", "idle_in_transaction_session_timeout", "out_of_memory"])
def test_what_the_server_gives_up_is_an_outage_and_no_error_and_reads_go_on(
    cast: Cast, carl: CheckingClient, code: str
) -> None:
    token, pia = carl.csrf_token("/jobs/new"), cast.client(cast.pia)
    with rows() as session:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION gives_up() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE 'gave up' USING ERRCODE = '{code}'; END $$;"
            "CREATE TRIGGER gives_up BEFORE INSERT ON network.marketplace_events"
            " FOR EACH ROW EXECUTE FUNCTION gives_up()"
        )
    try:
        answer, looked = carl.post("/jobs/new", data={**TYPED, "csrf_token": token}), pia.get("/candidates")
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER gives_up ON network.marketplace_events; DROP FUNCTION gives_up")
    assert (answer.status_code, looked.status_code) == (503, 200)
    assert inputs(answer.text, "/jobs/new")["title"] == "Data Engineer"


def test_nobody_is_locked_out_by_what_an_outage_or_an_old_page_kept_from_being_read(
    cast: Cast, app: Flask, cleaner: Cleaner
) -> None:
    client, typed = cast.client(), {"email": cast.carl.email, "password": PASSWORD}
    give_password(cast.carl)
    token = client.csrf_token("/login")
    with away(app, cleaner):
        assert {client.post("/login", data={**typed, "csrf_token": token}).status_code for _ in range(11)} == {503}
    assert {client.post("/login", data={**typed, "csrf_token": "old"}).status_code for _ in range(11)} == {400}
    assert client.post_form("/login", typed, page="/login").status_code == 303
