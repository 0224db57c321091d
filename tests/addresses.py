"""The addresses of the portal that a test can read with what it made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from portal.domain.permissions import Permission
from portal.policy import policy_of

OFFERED = {"placements.ask": ("fail", "correct")}  # elsewhere, an action is a decision


def readable(app: Flask, ids: Mapping[str, Any], *, api: bool = False) -> list[str]:
    """List every page, or every endpoint, that needs a permission and no other arguments than these."""
    known = {"action": "decline", "status": "paused", **ids}
    urls = set[str]()
    for rule in app.url_map.iter_rules():
        is_api = rule.rule.startswith("/api/")
        if "GET" not in (rule.methods or ()) or is_api is not api or not rule.arguments <= known.keys():
            continue
        if isinstance(policy_of(rule.endpoint), Permission):
            values = {name: known[name] for name in rule.arguments}
            for action in OFFERED.get(rule.endpoint, (known["action"],)):
                given = values | {"action": action} if "action" in values else values
                urls.add(str(app.url_map.bind("localhost").build(rule.endpoint, given)))
    return sorted(urls)
