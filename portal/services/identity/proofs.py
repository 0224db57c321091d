"""Proofs under the portal's own secret: reset links and known browsers. A retired secret is still believed."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app


def prove(purpose: str, *parts: str) -> str:
    """Return the proof that the portal wrote these parts for this purpose."""
    return _sign(str(current_app.config["SECRET_KEY"]), purpose, *parts)


def is_proven(proof: str, purpose: str, *parts: str) -> bool:
    """Return whether the portal wrote the proof, under the present secret or a retired one."""
    config = current_app.config
    keys = [str(config["SECRET_KEY"]), *map(str, config.get("SECRET_KEY_FALLBACKS") or ())]
    given = proof.encode("utf-8", "replace")
    return any(hmac.compare_digest(given, _sign(key, purpose, *parts).encode()) for key in keys)


def _sign(key: str, purpose: str, *parts: str) -> str:
    """Return the hex HMAC-SHA256 over a purpose and its parts; the parts' lengths are signed too."""
    said = "".join(f"{len(part)}:{part}" for part in (purpose, *parts))
    return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()
