"""JWTs of an external identity provider (Clerk or any OIDC issuer), verified against its JWKS (api-guide.md).

Keys come only from the configured address; `jku`, `x5u` and `jwk` in a token are ignored. An unknown key id causes one
fetch, then none for five minutes, so that a flood of made-up ids costs nothing.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from time import monotonic

import httpx
import jwt
from flask import Flask, current_app

from portal.domain.errors import NotSignedIn

log = logging.getLogger(__name__)
ALGORITHMS = ["RS256", "ES256"]
REQUIRED = ["exp", "iat", "iss", "sub"]  # `nbf` is checked where it is sent; not every provider does
LEEWAY = 5
COOL_DOWN = 300.0
REFRESHED_AFTER = 3600.0
STALE_AFTER = 24 * 3600.0
FETCH_TIMEOUT = 5.0


@dataclass
class KeySet:
    """The issuer's keys: fetched every hour and when an unknown id appears, at most once in five minutes."""

    url: str
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    fetched: float | None = None
    tried: float | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def key(self, kid: str) -> jwt.PyJWK | None:
        """Return the key of an id, or None; what is known waits for nobody who asks a slow issuer."""
        if self.lock.acquire(blocking=kid not in self.keys):
            try:
                may_fetch = self.tried is None or monotonic() - self.tried > COOL_DOWN
                if (kid not in self.keys or self._older_than(REFRESHED_AFTER)) and may_fetch:
                    self._fetch()
            finally:
                self.lock.release()
        return None if self._older_than(STALE_AFTER) else self.keys.get(kid)

    def _older_than(self, seconds: float) -> bool:
        return self.fetched is not None and monotonic() - self.fetched > seconds

    def _fetch(self) -> None:
        """Replace the keys; if the issuer does not answer, the old ones are used for up to a day."""
        self.tried = monotonic()
        try:
            answer = httpx.get(self.url, timeout=FETCH_TIMEOUT, follow_redirects=False)
            answer.raise_for_status()
            listed = _keys(answer.json())
        except (httpx.HTTPError, ValueError, jwt.PyJWTError) as error:
            log.warning("jwks_unavailable", extra={"error": str(error)})
            return
        self.keys = _signing(listed)
        self.fetched = monotonic()


def _signing(listed: list[jwt.PyJWK]) -> dict[str, jwt.PyJWK]:
    """Return the keys for signing by their ids; in JSON an id may be anything."""
    return {
        kid: key for key in listed if isinstance(kid := key.key_id, str) and kid and key.public_key_use in (None, "sig")
    }


def _keys(document: object) -> list[jwt.PyJWK]:
    """Read a key set.

    Raises:
        ValueError: it isn't one.
        PyJWTError: none of its keys can be used.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or not all(isinstance(key, dict) for key in listed):
        raise ValueError("the answer is no key set")
    return jwt.PyJWKSet(listed).keys


def register(app: Flask) -> None:
    """Prepare the key set, if an issuer is configured."""
    url = app.config.get("JWT_JWKS_URL")
    app.extensions["jwks"] = KeySet(url) if url else None


def subject_of(token: str) -> tuple[str, str]:
    """Return issuer and subject of a valid token.

    Raises:
        NotSignedIn: no issuer is configured, or the token is forged, over, or not meant for us.
    """
    keys: KeySet | None = current_app.extensions["jwks"]
    if keys is None:
        raise _refused("no identity provider is configured")
    try:
        header = jwt.get_unverified_header(token)
        claims = _verified(token, keys, str(header.get("kid", "")))
    except jwt.PyJWTError as error:
        raise _refused(type(error).__name__) from error
    parties = current_app.config["JWT_AUTHORIZED_PARTIES"]
    if parties and claims.get("azp") not in parties:
        raise _refused("azp is not allowed")
    subject = str(claims["sub"])
    if not subject.isprintable():
        raise _refused("unprintable subject")
    return str(claims["iss"]), subject


def _verified(token: str, keys: KeySet, kid: str) -> dict[str, object]:
    key = keys.key(kid)
    if key is None:
        raise _refused("unknown key")
    audience = current_app.config["JWT_AUDIENCE"] or None
    claims: dict[str, object] = jwt.decode(
        token,
        key.key,
        algorithms=[key.algorithm_name] if key.algorithm_name in ALGORITHMS else [],
        issuer=current_app.config["JWT_ISSUER"],
        audience=audience,
        leeway=LEEWAY,
        options={"require": REQUIRED + (["aud"] if audience else []), "verify_aud": audience is not None},
    )
    return claims


def _refused(reason: str) -> NotSignedIn:
    log.warning("bearer_refused", extra={"reason": reason})
    return NotSignedIn("This token is not valid here.", code="BAD_TOKEN")
