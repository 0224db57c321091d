"""/metrics for Prometheus: requests, database pools, outbox, emails, queue; for the loopback or with a token.

The workers of the web server count into files of one directory (PROMETHEUS_MULTIPROC_DIR), which are added up here.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from portal.domain.errors import NotFound
from portal.extensions import DATABASE_AWAY, reading
from portal.policy import public
from portal.queries.admin import backlog, health
from portal.runtime import clock
from portal.services.log import checkpoints, months

bp = Blueprint("metrics", __name__)
LOOPBACK = {"127.0.0.1", "::1"}
requests_total = Counter("http_requests_total", "Requests by route, method and status", ("route", "method", "status"))
seconds = Histogram(
    "http_request_duration_seconds",
    "Time to respond by route",
    ("route",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


@bp.before_app_request
def _start() -> None:
    g.metrics_start = time.perf_counter()


@bp.after_app_request
def _count(answer: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"  # never the address: labels hold no ids
    method = request.method if request.url_rule or request.method in {"GET", "POST"} else "other"
    requests_total.labels(route, method, str(answer.status_code)).inc()
    if "metrics_start" in g:
        seconds.labels(route).observe(time.perf_counter() - g.metrics_start)
    return answer


@bp.get("/metrics")
@public
def show() -> Response:
    if not _is_let_in():
        raise NotFound()
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(REGISTRY)
    registry.register(_Now())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _is_let_in() -> bool:
    """Ask for the token when there is one, else for a request that no proxy brought from elsewhere."""
    token = str(current_app.config["METRICS_TOKEN"])
    if token:
        given = request.headers.get("Authorization", "").encode("latin-1", "replace")  # the bytes that were sent
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    brought = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & set(request.headers.keys())
    return request.remote_addr in LOOPBACK and not brought


class _Now:
    """Collect what is true at this moment; while the database is away, that, and what needs no database."""

    def collect(self) -> Iterator[Metric]:
        try:
            asked = [
                *_of_backlog(backlog.backlog()),
                *_of_jobs(backlog.jobs()),
                *_of_log(),
                *_of_others(),
            ]
        except DATABASE_AWAY:
            asked = []
        yield GaugeMetricFamily("database_up", "Whether the database responds", float(bool(asked)))
        yield GaugeMetricFamily(
            "database_writable", "Whether it accepts changes", float(bool(asked) and not health.writes())
        )
        yield from asked
        queues = backlog.queued()
        yield GaugeMetricFamily("redis_up", "Whether Redis responds", float(queues is not None))
        yield from _of_queues(queues or ())
        connections = GaugeMetricFamily("db_pool_connections", "Connections by pool", labels=["pool", "state"])
        for name, pool in backlog.pools().items():
            connections.add_metric([name, "in_use"], pool.in_use)
            connections.add_metric([name, "open"], pool.open)
        yield connections


def _by(name: str, said: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


def _of_backlog(found: backlog.Backlog) -> Iterator[Metric]:
    yield GaugeMetricFamily("outbox_pending", "Events whose emails have not been created", found.outbox.length)
    yield GaugeMetricFamily("outbox_oldest_age_seconds", "Age of the oldest of these", found.outbox.seconds)
    yield GaugeMetricFamily("events_unsealed", "Events that have not been sealed", found.unsealed.length)
    yield GaugeMetricFamily("events_unsealed_oldest_age_seconds", "Age of the oldest of these", found.unsealed.seconds)
    yield _by("mails", "Emails by state; dead ones need a person", "state", found.mails.items())
    yield GaugeMetricFamily("mails_due", "Emails that should have been sent by now", found.due_mails.length)
    yield GaugeMetricFamily("mails_due_oldest_age_seconds", "How long the oldest has been due", found.due_mails.seconds)
    late = found.overdue_proposals
    yield GaugeMetricFamily("proposals_overdue", "Open proposals whose deadline has passed", late.length)
    yield GaugeMetricFamily(
        "proposals_overdue_oldest_age_seconds", "How long the oldest has been overdue", late.seconds
    )
    said = "Debits minus credits of all accounts, in minor units; 0 unless the books were changed"
    yield _by("ledger_difference_minor", said, "currency", found.differences.items())


def _of_log() -> Iterator[Metric]:
    found = months.stand()
    said = "Date up to which the log has a partition for each month"
    yield GaugeMetricFamily("events_months_end_timestamp_seconds", said, found.end.timestamp())
    yield GaugeMetricFamily("events_outside_months", "Whether any events are outside these", float(found.has_strays))
    said = "For how long a checkpoint has been nowhere but in the database"
    yield GaugeMetricFamily("checkpoints_uncopied_seconds", said, checkpoints.uncopied_seconds())


def _of_others() -> Iterator[Metric]:
    said = "By how much this machine's clock is ahead of the database's"
    yield GaugeMetricFamily("clock_ahead_seconds", said, clock.seconds_ahead(reading()))
    if (replica := current_app.extensions.get("replica")) is None:
        return
    behind = replica.seconds_behind()
    yield GaugeMetricFamily("replica_up", "Whether the replica responds and follows the primary", behind is not None)
    if behind is not None:
        yield GaugeMetricFamily("replica_behind_seconds", "How old pages read from the replica would be", behind)


def _of_jobs(found: tuple[backlog.Job, ...]) -> Iterator[Metric]:
    ended = ((job.name, job.succeeded.timestamp()) for job in found if job.succeeded is not None)
    took = ((job.name, job.seconds) for job in found if job.seconds is not None)
    yield _by("periodic_job_last_success_timestamp_seconds", "When it last succeeded", "name", ended)
    yield _by("periodic_job_last_duration_seconds", "How long its last run took", "name", took)
    late = ((job.name, job.overdue_seconds) for job in found)
    yield _by("periodic_job_overdue_seconds", "How long it has been due", "name", late)
    failed = ((job.name, float(job.failed)) for job in found)
    yield _by("periodic_job_failed", "Whether its last run failed", "name", failed)


def _of_queues(found: tuple[backlog.Waiting, ...]) -> Iterator[Metric]:
    yield _by("queue_depth", "Jobs waiting", "queue", ((one.name, one.jobs.length) for one in found))
    ages = ((one.name, one.jobs.seconds) for one in found)
    yield _by("queue_oldest_age_seconds", "How long the first of these has waited", "queue", ages)
    yield _by("queue_jobs_failed", "Jobs that failed", "queue", ((one.name, one.failed) for one in found))
    yield _by("queue_workers", "Workers alive", "queue", ((one.name, one.workers) for one in found))
