"""What stands under deploy/ fits the portal: its settings, entry points and files; nobody is root."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal import config
from portal.answers.refusals import Error
from portal.app import create_app
from portal.config.settings import SETTINGS
from portal.extensions import QUEUES
from portal.requests.security_headers import hashed
from tests.settings.test_config import PRODUCTION

PROJECT = Path(__file__).parents[2]
KUBERNETES = PROJECT / "deploy" / "kubernetes"
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text())
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
PARTS = {
    "flask --app wsgi db upgrade",
    "python -m portal.jobs.worker work",
    "python -m portal.jobs.worker mail",
    "python -m portal.jobs.worker bulk",
    "python -m portal.jobs.ticker",
}
WEB = "gunicorn -c deploy/gunicorn.conf.py wsgi:app"
SECRETS = {one.name: PRODUCTION[one.name] for one in SETTINGS if one.secret and one.needed}


def documents(*folders: str) -> list[dict[str, Any]]:
    """Return what the manifests of some folders describe."""
    files = [file for folder in folders for file in sorted((KUBERNETES / folder).glob("*.yaml"))]
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def pods(*folders: str) -> Iterator[dict[str, Any]]:
    for one in documents(*folders):
        if one["kind"] in {"Deployment", "Job"}:
            yield one["spec"]["template"]["spec"]


def containers(*folders: str) -> list[dict[str, Any]]:
    return [container for pod in pods(*folders) for container in pod["containers"]]


def portals() -> dict[str, dict[str, Any]]:
    """Return compose's services that run the portal's image."""
    return {name: one for name, one in COMPOSE["services"].items() if "splits-portal" in one["image"]}


def image_settings() -> dict[str, str]:
    """Return the environment that the image carries."""
    (block,) = re.findall(r"^ENV (.*)", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)
    return dict(pair.split("=", 1) for pair in block.split())


def generated() -> dict[str, str]:
    """Return the settings of the overlay for production."""
    made = yaml.safe_load((KUBERNETES / "production" / "kustomization.yaml").read_text())["configMapGenerator"]
    return dict(literal.split("=", 1) for literal in made[0]["literals"])


def defaults(text: str) -> str:
    """Return a value of compose's as it is when .env only holds what it must, which are passwords."""
    return re.sub(r"\$\{\w+:([-?])([^}]*)\}", lambda found: found[2] if found[1] == "-" else "password", text)


def test_the_image_takes_files_that_exist_and_no_tests() -> None:
    copied = [line.split()[-2] for line in DOCKERFILE.splitlines() if line.startswith("COPY") and "--from" not in line]
    assert set(copied) >= {"wsgi.py", "portal", "templates", "static", "migrations"}
    assert all((PROJECT / name).exists() for name in copied)
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} <= set(ignored)


def test_compose_and_kubernetes_run_the_documented_parts() -> None:
    commands = {" ".join(one["command"]) for one in portals().values() if "command" in one}
    assert commands == PARTS
    assert " ".join(json.loads(DOCKERFILE.splitlines()[-1].removeprefix("CMD "))) == WEB
    assert {" ".join(one["command"]) for one in containers("base")} == {*PARTS, WEB}


@pytest.mark.parametrize("place", ["compose", "kubernetes"])
def test_production_starts_with_the_settings_of(place: str) -> None:
    settings = generated()
    if place == "compose":
        settings = {name: defaults(text) for name, text in portals()["web"]["environment"].items()}
    environment = {**SECRETS, **image_settings(), **settings, "PORTAL_DATA_DIR": "/nowhere"}
    known = {setting.name for setting in SETTINGS} | {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert environment.keys() <= known
    assert config.from_environment({**environment, "EVENT_CHECKPOINT_DIR": "/nowhere"})["ENV_NAME"] == "production"


def test_nobody_is_root_and_the_file_system_is_read_only() -> None:
    assert "USER 10001:10001" in DOCKERFILE
    for one in portals().values():
        assert one["read_only"]
        assert one["cap_drop"] == ["ALL"]
    for pod in pods("base", "examples"):
        assert pod["securityContext"]["runAsNonRoot"]
    for container in containers("base", "examples"):
        limits = container["securityContext"]
        assert limits["readOnlyRootFilesystem"]
        assert not limits["allowPrivilegeEscalation"]
        assert container["resources"]["limits"]["memory"]


def test_every_file_of_the_base_is_listed() -> None:
    for folder in ("base", "production"):
        listed = yaml.safe_load((KUBERNETES / folder / "kustomization.yaml").read_text())["resources"]
        here = {file.name for file in (KUBERNETES / folder).glob("*.yaml")} - {"kustomization.yaml"}
        assert {name for name in listed if not name.startswith("..")} == here


def test_what_an_example_leaves_out_is_what_the_portal_needs_as_a_secret() -> None:
    lines = (PROJECT / "deploy" / "example.env").read_text().splitlines()
    empty = {line.removesuffix("=") for line in lines if line.endswith("=") and not line.startswith("#")}
    assert empty == SECRETS.keys() - {"DATABASE_URL", "REDIS_URL"} | {"POSTGRES_PASSWORD"}
    kept = (PROJECT / "docs" / "operations" / "deploy.md").read_text()
    assert all(f"--from-literal={name}=" in kept for name in SECRETS)


# --- a machine of one's own ------------------------------------------------------------------------------------------

SYSTEMD = PROJECT / "deploy" / "systemd"
UNITS = sorted(SYSTEMD.glob("*.service"))


def test_units_run_the_parts_of_the_portal_as_its_user() -> None:
    started = set()
    for unit in UNITS:
        read = configparser.ConfigParser(interpolation=None)
        read.optionxform = str  # type: ignore[assignment,method-assign]  # names of systemd are in camel case
        read.read(unit)
        service = read["Service"]
        assert (service["User"], service["EnvironmentFile"]) == ("portal", "/etc/portal.env")
        command = service["ExecStart"].removeprefix("/srv/portal/.venv/bin/")
        started |= {command.replace("%i", queue) for queue in QUEUES}
    assert started == {WEB, *PARTS} - {"flask --app wsgi db upgrade"}


def test_an_upgrade_restarts_every_unit_the_web_server_last_and_reloads_none() -> None:
    pages = {name: (PROJECT / "docs" / "operations" / name).read_text() for name in ("deploy.md", "upgrade.md")}
    restarts = re.findall(r"`systemctl restart ([^`]+)`", pages["upgrade.md"])
    (enabled,) = re.findall(r"systemctl enable --now (portal.+)", pages["deploy.md"])
    assert sorted(["portal-web.socket", *" ".join(restarts).split()]) == sorted(enabled.split())
    assert ["portal-web" in one for one in restarts] == [False, True]
    commands = [line for unit in UNITS for line in unit.read_text().splitlines()]
    assert not [line for line in commands if line.startswith("ExecReload")]
    assert not re.search(r"systemctl reload (?!nginx)|kill -HUP|signal=HUP", "".join(pages.values()))


def test_the_web_server_waits_at_a_socket_that_nginx_asks_and_that_outlives_it() -> None:
    """Under a proxy that asks another address, or without it, a restart would refuse everyone for seconds."""
    (address,) = re.findall(r"^ListenStream=(.+)", (SYSTEMD / "portal-web.socket").read_text(), re.MULTILINE)
    unit = (SYSTEMD / "portal-web.service").read_text().splitlines()
    assert {"Requires=portal-web.socket", "Type=notify"} <= set(unit)
    servers = re.findall(
        r"^    server ([\d.:]+) max_fails=0;", (SYSTEMD.parent / "nginx.conf").read_text(), re.MULTILINE
    )
    assert servers == [address] * 2


def test_the_settings_of_a_machine_are_settings_that_shell_and_systemd_read_alike() -> None:
    file = PROJECT / "deploy" / "portal.env"
    shown = 'set -a; . "$0"; env -0'
    done = subprocess.run(["sh", "-c", shown, str(file)], env={}, capture_output=True, text=True, check=True)
    sourced = dict(line.split("=", 1) for line in done.stdout.split("\0") if line)
    lines = [line for line in file.read_text().splitlines() if line and line[0] != "#"]
    listed = {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}
    assert {name: sourced[name] for name in listed} == listed
    assert set(listed) <= {setting.name for setting in SETTINGS}
    assert {setting.name for setting in SETTINGS if setting.needed} <= set(listed)
    filled_in = {name: PRODUCTION.get(name, "secret") for name, value in listed.items() if value in {"", "1:"}}
    config.from_environment({**listed, **filled_in})


# --- what proxies say while no web server answers --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_says_to_programs_what_the_api_says_and_styles_its_page(name: str) -> None:
    text = (PROJECT / "deploy" / name).read_text()
    (said,) = re.findall(r'\{"error":.*\}(?=[`\'])', text)
    assert Error.model_validate_json(said).code == "UNAVAILABLE"
    (style,) = re.findall(r"<style>(.*)</style>", text)
    assert f"style-src '{hashed(style)}'" in text


def test_nginx_logs_no_address_that_holds_a_secret() -> None:
    """A link that sets a password would stand in a file that many may read."""
    text = (PROJECT / "deploy" / "nginx.conf").read_text()
    (hidden,) = re.findall(r'"~\^\(\?<kept>(.*)\)" "\$\{kept\}', text)
    secret = [rule.rule for rule in create_app().url_map.iter_rules() if "<token>" in rule.rule]
    assert secret
    assert [rule for rule in secret if not re.match(hidden, rule)] == []
    assert f"location ~ ^{hidden} {{\n            error_log /dev/null crit;" in text
    assert text.count("access_log /var/log/nginx/access.log without_links;") == text.count("listen [::]:")
    assert "$request " not in text
    assert "$http_referer" not in text
