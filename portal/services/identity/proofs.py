"""Proofs under the portal's own secret: reset links and known browsers. A retired secret is still believed."""

from __future__ import annotations

from flask import current_app

from portal.domain.signing import is_signed, sign


def prove(purpose: str, *parts: str) -> str:
    """Return the proof that the portal wrote these parts for this purpose."""
    return sign(str(current_app.config["SECRET_KEY"]), purpose, *parts)


def is_proven(proof: str, purpose: str, *parts: str) -> bool:
    """Return whether the portal wrote the proof, under the present secret or a retired one."""
    config = current_app.config
    keys = [str(config["SECRET_KEY"]), *map(str, config.get("SECRET_KEY_FALLBACKS") or ())]
    return is_signed(proof, keys, purpose, *parts)
