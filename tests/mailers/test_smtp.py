"""The conversation with the mail server: encrypted and verified where asked for, and closed whatever happens."""

from __future__ import annotations

import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask

from portal.mailers import post, smtp
from tests.cast import Cast
from tests.letters import deliveries, queued
from tests.mailers import sink as sinks
from tests.mailers.conftest import use
from tests.mailers.sink import Sink


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (smtplib.SMTPDataError(554, b"spam"), ("SMTPDataError: spam", 554, True)),
        (smtplib.SMTPDataError(451, "busy"), ("SMTPDataError: busy", 451, False)),
        (smtplib.SMTPRecipientsRefused({"a@x.test": (550, b"gone")}), ("SMTPRecipientsRefused: gone", 550, True)),
        (smtplib.SMTPSenderRefused(530, b"sign in", "a@x.test"), ("SMTPSenderRefused: sign in", 530, False)),
        (smtplib.SMTPAuthenticationError(535, b"no"), ("SMTPAuthenticationError: no", 535, False)),
        (smtplib.SMTPServerDisconnected("bye"), ("SMTPServerDisconnected: bye", None, False)),
        (TimeoutError("slow"), ("TimeoutError: slow", None, False)),
    ],
)
def test_only_what_the_server_says_of_the_mail_itself_is_final(
    error: Exception, reason: tuple[str, int | None, bool]
) -> None:
    assert smtp.reason_of(error) == reason


def test_what_would_be_refused_of_any_email_is_about_the_server() -> None:
    of_all = (smtplib.SMTPSenderRefused(550, b"not yours", "a@x.test"), smtplib.SMTPDataError(421, b"bye"))
    full = smtplib.SMTPRecipientsRefused({"a@x.test": (452, b"4.3.1 no room")})
    assert all(map(smtp.is_of_server, (*of_all, full)))
    of_one = smtplib.SMTPRecipientsRefused({"a@x.test": (452, b"4.2.2 mailbox full")})
    assert not any(map(smtp.is_of_server, (of_one, smtplib.SMTPDataError(554, b"spam"), TimeoutError("slow"))))


def certificate(folder: Path) -> tuple[str, str]:
    """Make a certificate for 127.0.0.1, which every machine knows, that nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    began = datetime(2025, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(Encoding.PEM))
    files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(files[0]), str(files[1])


def test_a_server_with_a_strange_certificate_gets_no_mail(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate(tmp_path))
    queued(cast)
    with sinks.running(tls_context=context) as sink:
        use(app, monkeypatch, sink.port)
        monkeypatch.setattr(app.extensions["mail"], "use_tls", True)
        post.drain()
    assert "certificate verify failed" in (deliveries()[0].last_error or "")
    assert sink.taken == []


def test_a_trusted_server_gets_the_mail_encrypted_after_signing_in(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate_file, key_file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", certificate_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    queued(cast)
    signed_in: list[bytes] = []

    def authenticate(_server: object, _session: object, _mail: object, _way: str, data: SimpleNamespace) -> AuthResult:
        signed_in.append(data.login)
        return AuthResult(success=True)

    with sinks.running(tls_context=context, authenticator=authenticate, auth_required=True) as sink:
        use(app, monkeypatch, sink.port)
        settings = {"server": "127.0.0.1", "use_tls": True, "username": "portal", "password": "secret"}
        for name, value in settings.items():
            monkeypatch.setattr(app.extensions["mail"], name, value)
        post.drain()
    assert len(sink.taken) == 1
    assert signed_in == [b"portal"]


def test_a_server_may_speak_tls_from_the_first_word(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(app.extensions["mail"], "use_ssl", True)
    queued(cast)
    with sinks.running() as sink:  # this one does not
        use(app, monkeypatch, sink.port)
        post.drain()
    assert "SSLError" in (deliveries()[0].last_error or "")


def test_a_server_that_goes_away_does_not_disturb_the_goodbye(cast: Cast, sink: Sink) -> None:
    transport = smtp.SmtpTransport()
    transport.connect()
    transport._connection.host.sock.close()  # type: ignore[union-attr]
    transport.close()
    transport.close()
