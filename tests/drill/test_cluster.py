"""`make drill`, what stands around the portal: a streaming replica that it reads from, nginx with TLS before it."""

from __future__ import annotations

import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portal.launcher.embedded import Postgres, postgres_programs
from tests.cast import PASSWORD
from tests.chaos.serving import PATIENCE, ROOT, Portal, token
from tests.drill.conftest import Record
from tests.drill.test_drills import fetch, load, restarted, work
from tests.mailers.sink import free_port
from tests.servers import conninfo

POSTS = 20
FORGED = "203.0.113.9"


# --- a streaming replica --------------------------------------------------------------------------------------------


@contextmanager
def following(primary: Postgres, root: Path) -> Iterator[Postgres]:
    """Copy a running server as deploy.md asks for it, and let the copy follow."""
    root.mkdir(mode=0o755)
    source = conninfo(primary.url())
    copy = [str(postgres_programs() / "pg_basebackup"), "-d", source, "-D", str(root / "data"), "-R", "-c", "fast"]
    subprocess.run(copy, check=True)
    with (root / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write("hot_standby_feedback = on\n")
    with Postgres(root, durable=True) as standby:
        yield standby


def reads(server: Postgres) -> int:
    """Count the rows that a server has handed out to statements."""
    with psycopg.connect(conninfo(server.url())) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        found = connection.execute("SELECT tup_returned FROM pg_stat_database WHERE datname = current_database()")
        [(count,)] = found.fetchall()
    return int(count)


def test_pages_are_read_from_a_streaming_replica_and_own_writes_are_not(
    served: Portal, record: Record, tmp_path: Path
) -> None:
    with (
        following(served.database, tmp_path / "standby") as standby,
        restarted(served, DATABASE_REPLICA_URL=standby.url()),
    ):
        reader, writer, before = served.signed_in(), served.signed_in(), reads(standby)
        reader.cookies.delete("portal_wrote")
        served.until(lambda: reader.get("/jobs").status_code == 200 and reads(standby) > before + 1_000)
        seen = 0
        for number in range(POSTS):
            assert work(served, writer, 1_000 + number) == 303
            seen += f"Job {1_000 + number}" in writer.get("/jobs").text
        with load([served.url], reader.cookies) as answers:
            served.until(lambda: len(answers) > 50)
            standby.stop()
            asked = len(answers)
            served.until(lambda: len(answers) > asked + 100)
    failed = [answer for answer in answers if answer != "200"]
    record(
        "streaming replica",
        f"{seen} of {POSTS} own jobs seen at once; replica stopped under load: "
        f"{len(failed)} of {len(answers):,} requests failed",
    )
    assert (seen, failed) == (POSTS, [])


# --- nginx with TLS -------------------------------------------------------------------------------------------------


def certificate(place: Path) -> Path:
    """Make a certificate for localhost, and return the one file that holds it and its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, traditional = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    path = place / "portal.pem"
    path.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, traditional, serialization.NoEncryption()))
    return path


@contextmanager
def proxied(served: Portal, place: Path) -> Iterator[tuple[str, Path]]:
    """Run Debian's nginx with deploy/nginx.conf before the portal, and yield its address and its certificate."""
    programs, pem, port, plain = fetch(place, "nginx"), certificate(place), free_port(), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"\n\s*listen \[::\].*", "", text)
    changes = {"127.0.0.1:8000": f"127.0.0.1:{served.port}", "listen 443": f"listen 127.0.0.1:{port}"}
    changes |= {"listen 80;": f"listen 127.0.0.1:{plain};", "portal.example.com": "localhost"}
    changes |= {"/var/log/nginx/access.log": f"{place}/access.log"}
    changes |= {f"/etc/ssl/portal/{name}.pem": str(pem) for name in ("fullchain", "privkey")}
    for there, here in changes.items():
        assert there in text
        text = text.replace(there, here)
    own = [f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    settings = place / "nginx.conf"
    settings.write_text(
        f"daemon off; pid {place}/pid; error_log {place}/log; events {{}}\n"
        f"http {{ access_log off; {' '.join(own)}\n{text}\n}}\n"
    )
    command = [str(programs / "sbin" / "nginx"), "-p", str(place), "-e", str(place / "log"), "-c", str(settings)]
    running = subprocess.Popen(command)
    try:
        served.until(lambda: (place / "pid").exists() or running.poll() is not None)
        assert running.poll() is None, (place / "log").read_text()
        yield f"https://localhost:{port}", pem
    finally:
        running.terminate()
        running.wait()


def test_a_production_behind_nginx_with_tls_signs_in_and_sees_the_true_address(
    served: Portal, record: Record, tmp_path: Path
) -> None:
    place = tmp_path / "nginx"
    place.mkdir(mode=0o755)
    with proxied(served, place) as (url, pem):
        production = {
            "PORTAL_ENV": "production",
            "PUBLIC_URL": url,
            "TRUSTED_PROXIES": "1",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_DEFAULT_SENDER": "Portal <portal@example.com>",
            "PAYEE_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        }
        trusting = ssl.create_default_context(cafile=pem)
        with (
            restarted(served, **production),
            httpx.Client(base_url=url, verify=trusting, timeout=PATIENCE, trust_env=False) as client,
        ):
            forged = {"X-Forwarded-For": FORGED, "Referer": f"{url}/login"}
            form = {"email": served.cast.carl.email, "password": PASSWORD, "csrf_token": token(client, "/login")}
            answer = client.post("/login", data=form, headers=forged)
            assert answer.status_code == 303, answer.text
            secure = [c for c in client.cookies.jar if c.name.startswith("__Host-") and c.secure]
            home, mailbox = client.get("/").status_code, client.get("/dev/mailbox").status_code
            client.get("/reset/what-nobody-may-read?from=email")
            with psycopg.connect(conninfo(served.database.url())) as connection:
                query = "SELECT address FROM identity.user_sessions ORDER BY id DESC LIMIT 1"
                [(address,)] = connection.execute(query).fetchall()
            served.stop()
            page, programs = client.get("/jobs"), client.get("/api/jobs", headers={"X-Correlation-ID": "of-who-asks"})
    assert (home, mailbox, address) == (200, 404, "127.0.0.1")
    assert secure
    logged = (place / "access.log").read_text()
    assert '"GET /reset/... HTTP/1.1" ' in logged
    assert "what-nobody-may-read" not in logged
    assert (page.status_code, page.headers["Content-Type"], page.headers["Retry-After"]) == (503, "text/html", "5")
    assert (programs.status_code, programs.headers["Content-Type"]) == (503, "application/json")
    assert (programs.json()["code"], programs.json()["correlation_id"]) == ("UNAVAILABLE", "of-who-asks")
    record("nginx with TLS", f"production signs in, {len(secure)} __Host- cookie(s); a forged address changes nothing")
