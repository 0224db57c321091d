"""Settings: what is wrong is refused at start, by the variable's name and with what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal import config
from portal.config.settings import SETTINGS
from portal.domain.addresses import Proxies
from portal.jobs import starting

README = Path(__file__).parents[2] / "README.md"
NOWHERE = {"PORTAL_DATA_DIR": "/nowhere"}
PRODUCTION = {
    **NOWHERE,
    "PORTAL_ENV": "production",
    "DATABASE_URL": "postgresql://portal:p%40ss@db.example.com/portal",
    "REDIS_URL": "rediss://:secret@cache.example.com:6379/0",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "EVENT_SEAL_KEYS": "1:fedcba9876543210fedcba9876543210",
    "PAYEE_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "PUBLIC_URL": "https://portal.example.com",
    "TRUSTED_PROXIES": "1",
    "MAIL_SERVER": "mail.example.com",
    "MAIL_DEFAULT_SENDER": "Splits portal <portal@example.com>",
}
WRONG = {
    "PORTAL_ENV": ["prod", "Production", "staging", "dev"],
    "PORT": ["0", "65536", "http", "-1", "8 000", "٨٠"],
    "MAIL_PORT": ["tcp://10.0.0.7:25", "25.0", "smtp"],
    "REDIS_TIMEOUT": ["0", "-1", "nan", "inf", "soon", "301"],
    "MAIL_TIMEOUT": ["0", "-1", "nan", "inf", "ten", "301"],
    "MAIL_USE_TLS": ["maybe", "2"],
    "MAIL_SERVER": [
        "smtp://mail.example.com",
        "mail.example.com:25",
        "me@mail.example.com",
        '"mail.example.com"',
        "${MAIL_SERVER}",
        "mail..example.com",
        "a.test,b.test",
    ],
    "MAIL_DOMAIN": ["<example.com>", "'example.com'"],
    "MAIL_DEFAULT_SENDER": [
        "a@example.com\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "Splits portal <pörtal@example.com>",
        "@example.com",
    ],
    "EVENT_AUDITORS": ["auditor@example.com, jösé@example.com", "auditor", "a@b.test;c@d.test"],
    "PUBLIC_URL": [
        "portal.example.com",
        "ftp://portal.example.com",
        "https://x.test/?a=b",
        "https://me@x.test",
        "https://x y",
    ],
    "TRUSTED_PROXIES": ["all", "10.0.0.1/8", "0.0.0.0/0", "10.0.0.7, ::/0", "::ffff:0.0.0.0/96"],
    "TRUSTED_HOSTS": ["https://portal.example.com", '"portal.example.com"', "a.test; b.test", "*.example.com"],
    "DATABASE_URL": ["sqlite:///x", "postgresql://u:p@ss@h/db", "postgresql://u:p/s@h/db", "postgresql://u:p#s@h/db"],
    "REDIS_URL": ["localhost:6379", "http://localhost", "redis://"],
    "CORS_ORIGINS": ["https://ok.test, nonsense"],
    "JWT_JWKS_URL": ["idp.example.com/keys"],
    "DATABASE_REPLICA_URL": ["replica.example.com"],
    "SENTRY_DSN": ["key@errors.example.com/1"],
    "OTEL_EXPORTER_OTLP_ENDPOINT": ["collector:4318"],
    "WEB_BIND": ["0.0.0.0", "8000", "http://0.0.0.0:8000", "0.0.0.0:99999", "0.0.0.0:"],
    "WEB_WORKERS": ["0", "auto"],
    "DATABASE_POOL_SIZE": ["0", "many"],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts])
def test_a_wrong_value_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(config.ConfigurationError, match=rf"^{name} ") as refusal:
        config.from_environment({**NOWHERE, name: text})
    assert list(refusal.value.problems) == [name]


def test_worker_and_ticker_end_with_what_is_wrong_and_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PORT", "tcp://10.0.0.7:25")
    with pytest.raises(SystemExit, match=r"^MAIL_PORT is 'tcp://10\.0\.0\.7:25': write a number"):
        starting.application()


@pytest.mark.parametrize("name", [s.name for s in SETTINGS if s.needed])
@pytest.mark.parametrize("text", [None, "", "  "])
def test_production_does_not_start_without_what_it_needs(name: str, text: str | None) -> None:
    environ = {key: value for key, value in PRODUCTION.items() if key != name}
    with pytest.raises(config.ConfigurationError, match=f"^{name} is not set. Production needs it: "):
        config.from_environment(environ if text is None else {**environ, name: text})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SECRET_KEY", "development-only"),
        ("SECRET_KEY", "x" * 31),
        ("SECRET_KEY", "change-me-" * 4),
        ("SECRET_KEY", "$(openssl rand -base64 48 | head -c 64)"),
        ("SECRET_KEY", "<64 letters and digits, of which nobody knows>"),
        ("SECRET_KEY", "your-Secret-key-of-at-least-32-characters"),
        ("EVENT_SEAL_KEYS", "1:replace-this-by-32-random-characters"),
        ("SECRET_KEY_FALLBACKS", "0123456789abcdef0123456789abcdef,development-only"),
        ("EVENT_SEAL_KEYS", f"1:{'secret' * 6}"),
        ("PAYEE_KEYS", "A" * 43 + "="),
        ("PUBLIC_URL", "http://portal.example.com"),
        ("METRICS_TOKEN", "metrics"),
    ],
)
def test_production_refuses_what_is_good_enough_for_development(name: str, text: str) -> None:
    config.from_environment({**NOWHERE, "PORTAL_ENV": "development", name: text})
    with pytest.raises(config.ConfigurationError, match=f"^{name} "):
        config.from_environment({**PRODUCTION, name: text})


@pytest.mark.parametrize(
    "reached",
    [
        {"PUBLIC_URL": "https://portal.example.com"},
        {"PUBLIC_URL": "http://127.0.0.1.example.com"},
        {"WEB_BIND": "0.0.0.0:8000"},
        {"WEB_BIND": ":8000", "PORTAL_ENV": " "},
        {"WEB_BIND": "[::]:8000", "PUBLIC_URL": "http://localhost:8000"},
        {"TRUSTED_PROXIES": "1"},
        {"TRUSTED_HOSTS": "localhost, portal.example.com", "TRUSTED_PROXIES": "0"},
    ],
)
def test_a_portal_that_others_reach_does_not_start_before_it_is_said_which_it_is(reached: dict[str, str]) -> None:
    with pytest.raises(config.ConfigurationError, match=r"^PORTAL_ENV is not set, and others reach the portal by"):
        config.from_environment({**NOWHERE, **reached})
    config.from_environment({**NOWHERE, **reached, "PORTAL_ENV": "development"})
    config.from_environment({**NOWHERE, "PUBLIC_URL": "http://[::1]:8001", "WEB_BIND": "127.0.0.1:8001"})


def test_the_sender_is_written_with_the_host_that_was_meant() -> None:
    read = config.from_environment({**NOWHERE, "MAIL_DEFAULT_SENDER": "Post <post@straße.de>"})
    assert read["MAIL_DEFAULT_SENDER"] == "Post <post@xn--strae-oqa.de>"


@pytest.mark.parametrize(
    ("name", "meant", "environ"),
    [
        ("portal_env", "PORTAL_ENV", {}),
        ("\ufeffPORTAL_ENV", "PORTAL_ENV", {}),
        ("MAIL_USE_TSL", "MAIL_USE_TLS", PRODUCTION),
        ("Trusted_Hosts", "TRUSTED_HOSTS", PRODUCTION),
    ],
)
def test_a_variable_that_is_almost_a_setting_is_refused_by_name(name: str, meant: str, environ: dict[str, str]) -> None:
    with pytest.raises(config.ConfigurationError, match=f"is not read: rename it to {meant}.") as refusal:
        config.from_environment({**NOWHERE, **environ, name: "true"})
    assert list(refusal.value.problems) == [name]
    config.from_environment({**PRODUCTION, "MAIL_USE_TLS": "true", "MAIL_USE_TSL": "true", "HOME": "/root"})


@pytest.mark.parametrize(
    ("shared", "where"),
    [
        ({"EVENT_SEAL_KEYS": f"2:{PRODUCTION['SECRET_KEY']},1:{'0f1e2d3c4b5a6978' * 2}"}, "EVENT_SEAL_KEYS"),
        ({"SECRET_KEY_FALLBACKS": "fedcba9876543210fedcba9876543210"}, "EVENT_SEAL_KEYS"),
        ({"SECRET_KEY": PRODUCTION["PAYEE_KEYS"]}, "PAYEE_KEYS"),
        ({"EVENT_SEAL_KEYS": f"1:{PRODUCTION['PAYEE_KEYS']}"}, "PAYEE_KEYS"),
    ],
)
def test_production_refuses_one_key_for_two_purposes(shared: dict[str, str], where: str) -> None:
    with pytest.raises(config.ConfigurationError, match=rf"^{where} \w+s with") as refusal:
        config.from_environment({**PRODUCTION, **shared})
    assert list(refusal.value.problems) == [where]
    former = f"2:{'0f1e2d3c4b5a6978' * 2},1:{PRODUCTION['SECRET_KEY']}"  # kept as long as the log, and seals no more
    config.from_environment({**PRODUCTION, "EVENT_SEAL_KEYS": former})


PROVIDER = {"JWT_ISSUER": "https://id.example.com", "JWT_JWKS_URL": "https://id.example.com/jwks"}


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"JWT_ISSUER": "https://id.example.com"}, {"JWT_JWKS_URL", "JWT_AUDIENCE"}),
        ({"JWT_JWKS_URL": "https://id.example.com/jwks"}, {"JWT_ISSUER"}),
        ({"JWT_AUDIENCE": "portal"}, {"JWT_ISSUER"}),
        (PROVIDER, {"JWT_AUDIENCE"}),
        ({"MAIL_PASSWORD": "hunter2"}, {"MAIL_USERNAME"}),
        ({"MAIL_USERNAME": "portal"}, {"MAIL_PASSWORD"}),
    ],
)
def test_what_is_of_no_use_alone_or_lets_too_much_in_is_refused(given: dict[str, str], missing: set[str]) -> None:
    with pytest.raises(config.ConfigurationError, match="is not set") as refusal:
        config.from_environment({**NOWHERE, **given})
    assert set(refusal.value.problems) == missing


def test_a_password_of_the_mail_server_crosses_no_network_in_clear() -> None:
    signs_in = {"MAIL_SERVER": "mail.example.com", "MAIL_USERNAME": "portal", "MAIL_PASSWORD": "hunter2"}
    for environ, said in {
        (): "MAIL_USE_TLS is not set. MAIL_PASSWORD would cross",
        (("MAIL_SERVER", "10.0.0.5"), ("MAIL_USE_SSL", "no")): "MAIL_USE_TLS is not set. MAIL_PASSWORD would cross",
        (("MAIL_USE_TLS", "true"), ("MAIL_USE_SSL", "true")): "MAIL_USE_TLS and MAIL_USE_SSL exclude each other",
    }.items():
        with pytest.raises(config.ConfigurationError) as refusal:
            config.from_environment({**NOWHERE, **signs_in, **dict(environ)})
        assert list(refusal.value.problems) == ["MAIL_USE_TLS"]
        assert refusal.value.problems["MAIL_USE_TLS"].startswith(said)
    for well in ({"MAIL_USE_TLS": "on"}, {"MAIL_USE_SSL": "1"}, {"MAIL_SERVER": "::1"}, {"MAIL_SERVER": "localhost"}):
        config.from_environment({**NOWHERE, **signs_in, **well})


def test_an_identity_provider_needs_an_audience_or_its_clients() -> None:
    for restricted in ({"JWT_AUDIENCE": "portal"}, {"JWT_AUTHORIZED_PARTIES": "https://portal.example.com"}):
        assert config.from_environment({**NOWHERE, **PROVIDER, **restricted})["JWT_ISSUER"] == PROVIDER["JWT_ISSUER"]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(config.ConfigurationError) as refusal:
        config.from_environment({"PORTAL_ENV": "production", "MAIL_PORT": "smtp"})
    assert {"SECRET_KEY", "DATABASE_URL", "MAIL_SERVER", "MAIL_PORT"} < set(refusal.value.problems)


def test_a_secret_is_never_printed() -> None:
    with pytest.raises(config.ConfigurationError) as refusal:
        config.from_environment({**PRODUCTION, "SECRET_KEY": "hunter2", "DATABASE_URL": "mysql://u:hunter2@h/db"})
    assert "hunter2" not in str(refusal.value)


def test_a_path_in_the_public_address_is_refused_with_the_reason() -> None:
    with pytest.raises(config.ConfigurationError, match="leave out the path /portal/: pages link from the root"):
        config.from_environment({**PRODUCTION, "PUBLIC_URL": "https://example.com/portal/"})


@pytest.mark.parametrize("text", ["1", "true", "yes please"])
def test_production_opens_no_console(text: str) -> None:
    with pytest.raises(config.ConfigurationError, match=r"^FLASK_DEBUG is set\."):
        config.from_environment({**PRODUCTION, "FLASK_DEBUG": text})
    config.from_environment({**NOWHERE, "FLASK_DEBUG": text})
    config.from_environment({**PRODUCTION, "FLASK_DEBUG": "0"})


def test_production_starts_with_what_it_needs() -> None:
    values = config.from_environment(PRODUCTION)
    assert values["ENV_NAME"] == "production"
    assert values["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://portal:p%40ss@db.example.com/portal"
    assert (values["TRUSTED_PROXIES"], values["MAIL_PORT"], values["MAIL_USE_TLS"]) == (Proxies(hops=1), 25, False)
    assert (values["SESSION_COOKIE_NAME"], values["MAIL_DOMAIN"]) == ("__Host-portal", "portal.example.com")


def test_an_empty_value_is_the_default() -> None:
    assert config.from_environment(dict.fromkeys(NAMES, "") | NOWHERE) == config.from_environment(NOWHERE)


def test_commands_beside_make_run_find_its_servers(tmp_path: Path) -> None:
    environ = {"PORTAL_DATA_DIR": str(tmp_path), "REDIS_URL": "redis://mine"}
    told = "DATABASE_URL=postgresql://embedded/portal\nREDIS_URL=unix:///x\nPORT=8001\n"
    (tmp_path / config.RUNNING).write_text(told)
    values = config.from_environment(environ)
    assert values["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://embedded/portal"
    assert (values["REDIS_URL"], values["PUBLIC_URL"]) == ("redis://mine", "http://127.0.0.1:8001")
    for word in ("production", " production\n"):
        with pytest.raises(config.ConfigurationError, match="DATABASE_URL is not set"):
            config.from_environment({**PRODUCTION, **environ, "PORTAL_ENV": word, "DATABASE_URL": ""})


def test_the_keys_of_an_identity_provider_come_by_tls_in_production() -> None:
    clear = {**PROVIDER, "JWT_AUDIENCE": "portal", "JWT_JWKS_URL": "http://id.example.com/jwks"}
    config.from_environment({**NOWHERE, **clear})
    with pytest.raises(config.ConfigurationError, match=r"^JWT_JWKS_URL is 'http.*: write https://"):
        config.from_environment({**PRODUCTION, **clear})


def test_two_keys_that_no_comma_parts_are_not_taken_for_one() -> None:
    payee = PRODUCTION["PAYEE_KEYS"]
    for name, text in (
        ("PAYEE_KEYS", f"{payee} {payee}"),
        ("EVENT_SEAL_KEYS", f"2:{KEY};1:{KEY}"),
        ("EVENT_SEAL_KEYS", f"2:{KEY} 1:{KEY}"),
    ):
        with pytest.raises(config.ConfigurationError, match=f"^{name} is not valid"):
            config.from_environment({**NOWHERE, name: text})
    config.from_environment({**NOWHERE, "PAYEE_KEYS": f"{payee}, {'_-' * 21}8="})


KEY = "k" * 32


@pytest.mark.parametrize("keys", ["1:short", KEY, f"1:{KEY},2:{KEY}", f"1:{KEY},1:{KEY}", f"one:{KEY}", f"1:{KEY},,"])
def test_keys_of_the_log_that_are_short_or_out_of_order_are_refused(keys: str) -> None:
    with pytest.raises(config.ConfigurationError, match="EVENT_SEAL_KEYS is not valid"):
        config.from_environment({"EVENT_SEAL_KEYS": keys})


NAMES = [setting.name for setting in SETTINGS]


def test_the_readme_lists_every_setting() -> None:
    table = README.read_text().split("## Configuration")[1].split("##")[0]
    listed = set(re.findall(r"`([A-Z_]+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line)))
    assert listed - {"PG_BIN"} == set(NAMES)
