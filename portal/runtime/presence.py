"""Who has something open right now: kept in Redis as long as a page goes on asking, and known to nobody without it."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import cast

from redis import Redis

from portal.runtime.cache import asked

LASTS = timedelta(seconds=30)  # an open page asks every twelve


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has it open, and for which organisation."""

    user_id: str
    name: str
    organisation_id: str
    organisation_name: str


def arrive(subject: uuid.UUID, person: Person, now: datetime) -> None:
    """Note that somebody has it open."""

    def note(r: Redis) -> None:
        pipe = r.pipeline(transaction=False)
        pipe.zadd(_key(subject), {json.dumps(asdict(person)): now.timestamp()})
        pipe.zremrangebyscore(_key(subject), "-inf", (now - LASTS).timestamp())
        pipe.expire(_key(subject), LASTS)
        pipe.execute()

    asked(note)


def present(subject: uuid.UUID, now: datetime) -> list[Person]:
    """List who has it open, by name."""
    since = f"({(now - LASTS).timestamp()}"
    found = cast("list[bytes] | None", asked(lambda r: r.zrangebyscore(_key(subject), since, "+inf"))) or []
    return sorted((Person(**json.loads(one)) for one in found), key=lambda person: person.name)


def _key(subject: uuid.UUID) -> str:
    return f"present:{subject}"
