"""JWTs of an identity provider: a local issuer with key rotation, and every forgery that is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.api import jwt as verifier
from portal.extensions import db
from portal.models import Membership, User
from tests.cast import Cast

AUDIENCE, PARTY = "splits-portal", "https://app.example"
RIGHT = "2fa-subject"


@dataclass
class Issuer:
    """An identity provider: its keys by id, and the documents it handed out."""

    keys: dict[str, Any] = field(default_factory=dict)
    fetches: int = 0
    status: int = 200
    url: str = ""
    use: str = "sig"

    def rotate(self, kid: str, *, elliptic: bool = False) -> None:
        """Replace the keys by one new key."""
        self.keys = {kid: _made(kid, elliptic=elliptic)}

    def document(self) -> bytes:
        """Write the JWKS."""
        listed = [
            {**json.loads(_algorithm(key).to_jwk(key.public_key())), "kid": kid, "use": self.use, "alg": _name(key)}
            for kid, key in self.keys.items()
        ]
        return json.dumps({"keys": listed}).encode()

    def token(self, kid: str = "first", **change: Any) -> str:
        """Sign a token; a claim that is changed to None is left out."""
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + 60}
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": RIGHT, "azp": PARTY, **times, **change}
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.keys[kid]
        return jwt.encode(kept, key, algorithm=_name(key), headers={"kid": kid})


@cache
def _made(_kid: str, *, elliptic: bool) -> Any:
    """Make the key of a name; one of RSA takes long."""
    return ec.generate_private_key(ec.SECP256R1()) if elliptic else rsa.generate_private_key(65_537, 2_048)


def _algorithm(key: Any) -> Any:
    return jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm


def _name(key: Any) -> str:
    return "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"


@pytest.fixture(scope="module")
def served() -> Iterator[Issuer]:
    """Return an issuer that serves its keys on the loopback."""
    issuer = Issuer()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.fetches += 1
            self.send_response(issuer.status)
            self.end_headers()
            self.wfile.write(issuer.document())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield issuer
        server.shutdown()


@pytest.fixture
def issuer(served: Issuer, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    """Make the portal trust the issuer, who knows rita."""
    served.rotate("first")
    served.fetches, served.status = 0, 200
    settings = {"JWT_ISSUER": served.url, "JWT_AUDIENCE": AUDIENCE, "JWT_AUTHORIZED_PARTIES": [PARTY]}
    for name, value in settings.items():
        monkeypatch.setitem(cast.app.config, name, value)
    monkeypatch.setitem(cast.app.extensions, "jwks", verifier.KeySet(f"{served.url}/jwks"))
    known_as(cast, f"{served.url} {RIGHT}")
    return served


def known_as(cast: Cast, external: str) -> None:
    """Link rita to a subject."""
    with Session(db.engine) as session, session.begin():
        session.execute(update(User).where(User.id == cast.rita.user_id).values(external_subject=external))


def ask(cast: Cast, token: str) -> TestResponse:
    """Ask who the bearer is."""
    with cast.app.app_context():
        return cast.app.test_client().get("/api/me", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("elliptic", [False, True])
def test_a_token_of_the_issuer_lets_its_subject_in(cast: Cast, issuer: Issuer, *, elliptic: bool) -> None:
    issuer.rotate("first", elliptic=elliptic)
    answer = ask(cast, issuer.token())
    assert (answer.status_code, answer.json["name"]) == (200, "Rita")
    assert answer.json["roles"] == ["recruiter"]


def test_a_token_without_nbf_lets_its_subject_in(cast: Cast, issuer: Issuer) -> None:
    assert ask(cast, issuer.token(nbf=None)).status_code == 200


@pytest.mark.parametrize(
    "document", [b"[]", b'[{"kty": "RSA"}]', b'{"keys": {}}', b'{"keys": ["a"]}', b'"keys"', b"{}"]
)
def test_what_is_no_key_set_lets_nobody_in(
    cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, document: bytes
) -> None:
    monkeypatch.setattr(issuer, "document", lambda: document)
    answer = ask(cast, issuer.token())
    assert (answer.status_code, answer.json["code"]) == (401, "BAD_TOKEN")


def test_a_key_that_cannot_be_used_costs_the_others_nothing(
    cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (good,) = json.loads(issuer.document())["keys"]
    listed = [{**good, "kid": {"a": 1}}, {**good, "kid": ""}, {"kty": ["RSA"]}, {**good, "n": 5, "kid": "other"}, good]
    monkeypatch.setattr(issuer, "document", lambda: json.dumps({"keys": listed}).encode())
    assert ask(cast, issuer.token()).status_code == 200


def test_a_key_for_another_use_signs_nothing(cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "use", "enc")
    assert ask(cast, issuer.token()).status_code == 401


def test_keys_are_fetched_once_and_again_after_a_rotation(
    cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [ask(cast, issuer.token()).status_code for _ in range(3)] == [200, 200, 200]
    assert issuer.fetches == 1
    old = issuer.token()
    issuer.rotate("second")
    assert ask(cast, issuer.token("second")).status_code == 401, "within the cool-down no second fetch"
    pass_time(monkeypatch, verifier.COOL_DOWN + 1)
    assert ask(cast, issuer.token("second")).status_code == 200
    assert (issuer.fetches, ask(cast, old).status_code) == (2, 401)


def pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Make the key set believe that so much time has passed."""
    start = time.monotonic()
    monkeypatch.setattr(verifier, "monotonic", lambda: start + seconds)


def test_a_flood_of_unknown_key_ids_makes_at_most_one_fetch(cast: Cast, issuer: Issuer) -> None:
    issuer.keys["stranger"] = rsa.generate_private_key(65_537, 2_048)
    forged = issuer.token("stranger")
    del issuer.keys["stranger"]
    assert {ask(cast, forged).status_code for _ in range(20)} == {401}
    assert issuer.fetches == 1


def test_when_the_issuer_is_away_its_old_keys_serve_on_for_a_day(
    cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(cast, issuer.token())
    issuer.status = 500
    pass_time(monkeypatch, verifier.REFRESHED_AFTER + 1)
    assert (ask(cast, issuer.token()).status_code, issuer.fetches) == (200, 2)
    pass_time(monkeypatch, verifier.STALE_AFTER + 1)
    assert (ask(cast, issuer.token()).status_code, issuer.fetches) == (401, 3)


def test_a_known_key_does_not_wait_for_the_issuer(cast: Cast, issuer: Issuer) -> None:
    ask(cast, issuer.token())
    keys = cast.app.extensions["jwks"]
    with ThreadPoolExecutor() as others, keys.lock:  # as held by a request that fetches
        assert others.submit(keys.key, "first").result(timeout=5) is not None


def test_without_any_keys_nobody_gets_in(cast: Cast, issuer: Issuer) -> None:
    issuer.status = 500
    assert ask(cast, issuer.token()).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-app"},
        {"aud": None},
        {"azp": "https://evil.example"},
        {"azp": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"nbf": int(time.time()) + 3_600},
        {"iat": None},
        {"sub": "nul\0"},
        {"sub": None},
        {"sub": "nobody"},
    ],
    ids=lambda wrong: " ".join(f"{name}-{'none' if value is None else 'wrong'}" for name, value in wrong.items()),
)
def test_a_token_that_is_not_meant_for_us_is_refused(cast: Cast, issuer: Issuer, change: dict[str, Any]) -> None:
    answer = ask(cast, issuer.token(**change))
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="portal"')
    assert answer.json["code"] in {"BAD_TOKEN", "UNKNOWN_SUBJECT"}


def _encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(issuer: Issuer) -> str:
    """Forge a token without signature."""
    _, claims, _ = issuer.token().split(".")
    return f"{_encoded({'alg': 'none', 'kid': 'first'})}.{claims}."


def signed_with_the_public_key(issuer: Issuer) -> str:
    """Forge a token that takes the public key for a shared secret."""
    public = issuer.keys["first"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    _, claims, _ = issuer.token().split(".")
    said = f"{_encoded({'alg': 'HS256', 'kid': 'first'})}.{claims}"
    return f"{said}.{_encoded(hmac.digest(pem, said.encode(), hashlib.sha256))}"


def with_a_key_of_its_own(issuer: Issuer) -> str:
    """Forge a token that brings the key along."""
    own = rsa.generate_private_key(65_537, 2_048)
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    brought = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(own.public_key()))
    return jwt.encode(
        claims, own, algorithm="RS256", headers={"kid": "first", "jwk": brought, "jku": "http://127.0.0.1:1"}
    )


def altered(issuer: Issuer) -> str:
    """Forge a token by changing what it says."""
    head, claims, signature = issuer.token().split(".")
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    return f"{head}.{_encoded({**said, 'sub': 'somebody else'})}.{signature}"


@pytest.mark.parametrize("forge", [unsigned, signed_with_the_public_key, with_a_key_of_its_own, altered])
def test_a_forged_token_is_refused(cast: Cast, issuer: Issuer, forge: Callable[[Issuer], str]) -> None:
    ask(cast, issuer.token())
    assert ask(cast, forge(issuer)).json["code"] == "BAD_TOKEN"


def test_without_an_issuer_no_token_counts(cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cast.app.extensions, "jwks", None)
    assert ask(cast, issuer.token()).status_code == 401


def test_without_audience_and_parties_they_are_not_asked_for(
    cast: Cast, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast.app.config, "JWT_AUDIENCE", "")
    monkeypatch.setitem(cast.app.config, "JWT_AUTHORIZED_PARTIES", [])
    assert ask(cast, issuer.token(aud=None, azp=None)).status_code == 200


def test_the_address_of_a_person_is_no_proof_and_an_admin_finds_the_subject_in_the_log(
    cast: Cast, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    known_as(cast, "https://other.example 1")
    assert ask(cast, issuer.token(email=cast.rita.email)).json["code"] == "UNKNOWN_SUBJECT"
    (line,) = (record for record in caplog.records if record.message == "bearer_refused")
    assert {"issuer": issuer.url, "subject": RIGHT}.items() <= vars(line).items()


def test_rights_vanish_with_the_membership(cast: Cast, issuer: Issuer) -> None:
    with Session(db.engine) as session, session.begin():
        session.delete(session.query(Membership).filter_by(user_id=cast.rita.user_id).one())
    assert ask(cast, issuer.token()).json["code"] == "UNKNOWN_SUBJECT"
