"""What a person wants to be told, kind by kind; security emails are always sent (domain.md §11)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from portal.domain import notifications as rules
from portal.domain import seen
from portal.domain.errors import InvalidInput
from portal.domain.events import Kind
from portal.domain.permissions import Actor
from portal.models import NotificationPreference, User
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work


class ByMail(StrEnum):
    """When an email of a kind comes."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person chose for a kind."""

    mail: ByMail = ByMail.AT_ONCE
    in_app: bool = True


@dataclass(frozen=True, slots=True)
class Wishes:
    """The choices of some people; who chose nothing gets everything."""

    chosen: Mapping[tuple[uuid.UUID, str], Wish]

    def of(self, user_id: uuid.UUID, template: str) -> Wish:
        """Return what a person wants of a mail's kind; of security emails, everything."""
        kind = rules.KIND_OF.get(template)
        if kind is None or kind is Kind.SECURITY:
            return Wish()
        return self.chosen.get((user_id, kind), Wish())


def wishes(uow: UnitOfWork, user_ids: Iterable[uuid.UUID]) -> Wishes:
    """Read the choices of some people in one query."""
    query = select(NotificationPreference).where(NotificationPreference.user_id.in_(list(user_ids)))
    return Wishes({(row.user_id, row.kind): _wish(row) for row in uow.session.scalars(query)})


def _wish(row: NotificationPreference) -> Wish:
    if row.in_digest:
        return Wish(ByMail.DAILY, row.in_app)
    return Wish(ByMail.AT_ONCE if row.by_mail else ByMail.NEVER, row.in_app)


def choose(*, actor: Actor, choices: Mapping[str, Wish], seen_choices: str | None = None) -> int:
    """Keep what the actor wants of each kind, and count the kinds; `seen_choices` is the digest of what a form showed.

    Raises:
        InvalidInput: a kind is unknown, or its emails are always sent.
    """
    wrong = [kind for kind in choices if kind not in rules.CHOOSABLE]
    if wrong:
        raise InvalidInput("Choose one of the listed kinds.", fields=dict.fromkeys(wrong, "This can’t be changed."))
    if not choices:
        return 0
    rows = [
        {
            "user_id": actor.user_id,
            "kind": kind,
            "by_mail": wish.mail is ByMail.AT_ONCE,
            "in_digest": wish.mail is ByMail.DAILY,
            "in_app": wish.in_app,
        }
        for kind, wish in choices.items()
    ]
    with unit_of_work(actor) as uow:
        seen.check(_present(uow, actor.user_id, choices), choices, seen_choices)
        new = insert(NotificationPreference).values(rows)
        replaced = {name: new.excluded[name] for name in ("by_mail", "in_digest", "in_app")}
        key = [NotificationPreference.user_id, NotificationPreference.kind]
        uow.session.execute(new.on_conflict_do_update(index_elements=key, set_=replaced))
    return len(rows)


def _present(uow: UnitOfWork, user_id: uuid.UUID, kinds: Iterable[str]) -> dict[str, Wish]:
    """Return what a person wants of some kinds, whose row is locked: choices that were never made have none."""
    uow.session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    chosen = wishes(uow, [user_id]).chosen
    return {kind: chosen.get((user_id, kind), Wish()) for kind in kinds}
