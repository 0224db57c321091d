"""/metrics: for the loopback or with the token, and what it tells."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from portal.extensions import redis_client
from tests.cast import Cast
from tests.marketplace import proposed


def figures(cast: Cast) -> dict[str, float]:
    """Read all samples, labels in their names."""
    with cast.app.app_context():
        text = cast.app.test_client().get("/metrics").text
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_requests_are_counted_by_route_method_and_status(cast: Cast) -> None:
    name = "http_requests_total{method=GET,route=/healthz,status=200}"
    before = figures(cast).get(name, 0)
    cast.client().get("/healthz")
    after = figures(cast)
    assert after[name] == before + 1
    assert after["http_request_duration_seconds_count{route=/healthz}"] >= 1


def test_what_waits_is_counted(cast: Cast) -> None:
    before = figures(cast)
    assert (before["outbox_pending"], before["outbox_oldest_age_seconds"]) == (0, 0)
    proposed(cast)
    after = figures(cast)
    assert after["outbox_pending"] == after["events_unsealed"] == 4
    assert after["redis_up"] == 1
    assert after["queue_depth"] >= 1
    assert after["db_pool_connections{pool=read,state=open}"] >= after["db_pool_connections{pool=read,state=in_use}"]


def test_labels_hold_no_ids(cast: Cast) -> None:
    proposal_id = proposed(cast)
    cast.client(cast.rita).get(f"/proposals/{proposal_id}")
    cast.client().open("/nowhere/123", method="BREW")
    assert not [name for name in figures(cast) if re.search(r"[0-9a-f]{8}-|nowhere|BREW", name)]


def test_without_redis_the_rest_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no redis")

    monkeypatch.setattr(redis_client(), "execute_command", away)
    found = figures(cast)
    assert (found["redis_up"], found["outbox_pending"]) == (0, 0)


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "192.0.2.7", 404),
        ({"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", 404),
    ],
)
def test_without_a_token_only_the_machine_itself_is_let_in(
    app: Flask, headers: dict[str, str], address: str, status: int
) -> None:
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("sent", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("", 404), ("Bearer r\xefght", 404)]
)
def test_with_a_token_only_who_has_it(app: Flask, monkeypatch: pytest.MonkeyPatch, sent: str, status: int) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "right")
    assert app.test_client().get("/metrics", headers={"Authorization": sent}).status_code == status


def test_a_token_of_any_characters_lets_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "geheimnis-für-ops")
    sent = "Bearer geheimnis-für-ops".encode().decode("latin-1")  # as WSGI hands bytes over
    assert app.test_client().get("/metrics", headers={"Authorization": sent}).status_code == 200
