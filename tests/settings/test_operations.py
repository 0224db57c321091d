"""What operators read and load: runbooks whose commands work, alerts that lead to them, figures that exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask
from flask.cli import FlaskGroup

from portal.connections.replica import Position, Replica
from portal.jobs import schedule
from portal.mailers import post
from portal.services.log import chain
from tests.cast import Cast
from tests.marketplace import claimed, proposed

PROJECT = Path(__file__).parents[2]
PAGES = sorted((PROJECT / "docs" / "operations").glob("*.md"))
RUNBOOKS = [page for page in PAGES if page.name != "deploy.md"]  # whose commands tests/embedded runs
MONITORING = PROJECT / "deploy" / "monitoring"
RULES: list[dict[str, Any]] = yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
OF_PROMETHEUS, OF_SCRAPES = {"up", "__name__"}, {"job", "instance"}
WORDS = re.compile(r"\b(?:sum|max|min|by|or|topk|rate|delta|abs|time|histogram_quantile|le)\b")
FLASK, DRILLED = "flask --app wsgi ", ("pg_dump ", "pg_restore ", "export ")  # tests/drill runs the latter


def written() -> list[str]:
    """List the commands of the runbooks' blocks."""
    blocks = [block for page in RUNBOOKS for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)]
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return list(dict.fromkeys(filter(None, lines)))


def anchors(page: Path) -> set[str]:
    """Return what a link may name in a page."""
    return {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)}


def metrics(query: str) -> set[str]:
    """Return which metrics a query reads: what is left of it without labels, groups and functions."""
    plain = re.sub(r"\{[^}]*\}|\[[^]]*\]|\b(?:by|without) \([^)]*\)", "", query)
    named = re.findall(r'__name__=~"([^"]*)"', query)
    return {*re.findall(r"[a-z_]{2,}", WORDS.sub("", plain)), *(one for text in named for one in text.split("|"))}


def labels(rule: dict[str, Any]) -> set[str]:
    """Return which labels an alert goes by, or writes out."""
    asked = re.findall(r'(\w+)(?:=|!=|=~|!~)"', rule["expr"]) + re.findall(r"by \((\w+)\)", rule["expr"])
    return {*asked, *re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])}


@pytest.fixture
def samples(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return all samples once each kind of thing has happened."""
    at = Position(100, "today")
    monkeypatch.setitem(cast.app.extensions, "replica", Replica(lambda: at, lambda: at))
    schedule.tick()
    schedule.run("seal_events", "0" * 32)
    client = cast.app.test_client()
    client.get("/healthz")
    return [line for line in client.get("/metrics").text.splitlines() if line[0] != "#"]


@pytest.fixture
def exported(samples: list[str]) -> set[str]:
    """Return the names of all samples."""
    return {line.split("{")[0].split(" ")[0] for line in samples}


def test_every_command_of_the_runbooks_works(
    cast: Cast, app: Flask, database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("DATABASE_URL", database_url), ("REDIS_URL", redis_url), ("PORTAL_DATA_DIR", str(tmp_path))):
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    proposed(cast)
    claimed(cast, email="lena@example.com")
    chain.seal_pending(actor=post.system())
    shell, group = app.test_cli_runner(), FlaskGroup(create_app=lambda: app)
    commands = [command for command in written() if command.startswith(FLASK)]
    done = {one: shell.invoke(group, shlex.split(one.removeprefix(FLASK))) for one in commands}
    assert {one: result.output for one, result in done.items() if result.exit_code} == {}
    assert len(done) >= 15


def test_no_other_command_stands_in_a_runbook_than_those_that_are_run() -> None:
    assert [one for one in written() if not one.startswith((FLASK, *DRILLED))] == []


def test_every_alert_leads_to_a_section_of_a_runbook() -> None:
    for rule in RULES:
        page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert anchor in anchors(PROJECT / page), rule["alert"]


def test_runbooks_link_to_what_exists() -> None:
    for page in PAGES:
        for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text()):
            found = (page.parent / target) if target else page
            assert found.exists(), (page.name, target)
            assert not anchor or anchor in anchors(found), (page.name, anchor)


def test_alerts_and_dashboard_read_only_figures_that_the_portal_tells(exported: set[str]) -> None:
    queries = [rule["expr"] for rule in RULES]
    queries += [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    known = exported | OF_PROMETHEUS | {"mails", "ledger_difference_minor"}  # of those nothing has happened yet
    assert {query: metrics(query) - known for query in queries if metrics(query) - known} == {}
    assert len(queries) > len(RULES)


def test_alerts_go_by_labels_that_the_figures_have(samples: list[str]) -> None:
    told = {name: {*re.findall(r'(\w+)="', line)} for line in samples for name in [line.split("{")[0]]}
    told |= {"ledger_difference_minor": {"currency"}}  # nothing has happened of it yet
    for rule in RULES:
        of_figures = {label for name in metrics(rule["expr"]) for label in told.get(name, ())}
        assert labels(rule) <= {"le"} | OF_SCRAPES | of_figures, rule


def test_no_figure_has_a_label_that_prometheus_gives_itself(samples: list[str]) -> None:
    """It would be renamed when it is read, and an alert that goes by it would never be raised."""
    assert [line for line in samples if OF_SCRAPES & {*re.findall(r'(\w+)="', line)}] == []


def test_a_figure_that_does_not_exist_would_be_noticed() -> None:
    assert metrics('max by (queue) (delta(queue_jobs_lost{queue="work"}[1h])) > 0') == {"queue_jobs_lost"}
