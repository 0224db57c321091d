"""What Redis keeps to save work (domain.md §6): JSON values, each of a generation that the next write ends.

A reader notes the generation before it reads the tables, so that what it keeps after a write in between is stale from
the start. Redis carries no truth: when it is away, everything is computed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast

from flask import g
from redis import Redis

from portal.connections.breaker import AWAY
from portal.extensions import redis_client

T = TypeVar("T")
GENERATIONS_KEPT = 86_400  # seconds; longer than any value that a generation can end
REPUTATION, LEADERBOARD, PROTECTION, ARCHIVES = 300, 900, 60, 300
FOR_EVER = None


def asked(question: Callable[[Redis], T]) -> T | None:
    """Ask Redis; None when it is away, which costs nothing once the breaker knows."""
    try:
        return question(redis_client())
    except AWAY:
        return None


def remembered(name: str, make: Callable[[], Any], *, seconds: int | None, of: str = "") -> Any:
    """Return what is kept under a name, else make it and keep it; a write to `of`, else to the name, ends it."""
    return all_remembered({name: of or name}, lambda _: {name: make()}, seconds=seconds)[name]


def all_remembered(
    names: Mapping[str, str], make: Callable[[Collection[str]], Mapping[str, Any]], *, seconds: int | None
) -> dict[str, Any]:
    """Return what is kept under each of these names, mapped to what a write ends; make what is missing in one go."""
    order = list(names)
    ahead = g.get("asked_ahead", {})
    found = {name: ahead.pop(name) for name in order} if ahead.keys() >= names.keys() else _found(names)
    if found is None:
        return dict(make(order))
    generations = {name: (found[name][0] or b"0").decode() for name in order}
    kept = {name: json.loads(found[name][1] or b"null") for name in order}
    values = {name: held["is"] for name, held in kept.items() if held and held["of"] == generations[name]}
    made = make([name for name in order if name not in values]) if len(values) < len(order) else {}
    if made:
        asked(lambda r: _keep(r, made, generations, seconds))
    return {**values, **made}


def ask_ahead(names: Mapping[str, str]) -> None:
    """Ask in one go for what this request will want of these names, each mapped to what a write ends."""
    g.asked_ahead = _found(names) or {}  # each for one use: what is asked again may have changed meanwhile


def _found(names: Mapping[str, str]) -> dict[str, tuple[bytes | None, bytes | None]] | None:
    """Return the generation and what is kept of each name; None when Redis is away."""
    keys = [_generation(of) for of in names.values()] + [f"kept:{name}" for name in names]
    found = cast("list[bytes | None] | None", asked(lambda r: r.mget(keys)) if keys else [])
    return None if found is None else dict(zip(names, zip(found, found[len(names) :], strict=False), strict=True))


def _keep(r: Redis, made: Mapping[str, Any], generations: Mapping[str, str], seconds: int | None) -> None:
    pipe = r.pipeline(transaction=False)
    for name, value in made.items():
        pipe.set(f"kept:{name}", json.dumps({"of": generations[name], "is": value}), ex=seconds)
    pipe.execute()


def forget(names: Collection[str]) -> None:
    """End what is kept of these names; while Redis is away the values' own age is the bound."""
    if names:
        asked(lambda r: _end(r, names))


def _end(r: Redis, names: Collection[str]) -> None:
    pipe = r.pipeline(transaction=False)
    for name in sorted(names):
        pipe.incr(_generation(name))
        pipe.expire(_generation(name), GENERATIONS_KEPT)
    pipe.execute()


def _generation(name: str) -> str:
    return f"generation:{name}"
