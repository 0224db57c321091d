"""Emails about accounts: always sent, whatever a person chose (domain.md §11)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from portal.domain.devices import device_words
from portal.domain.people import INVITED, MEMBER
from portal.domain.permissions import ROLE_LABELS, Role
from portal.mailers.mailing import Case, Mailing, platform_admins, user
from portal.mailers.rendering import link_to
from portal.queries.recipients import Happened, Person
from portal.services.identity import resets


def _link(event: Happened) -> Mapping[str, Any]:
    """Make the link that sets a password, from what only the running portal knows."""
    reset_id = uuid.UUID(event.payload["reset_id"])
    return {"url": link_to(f"/reset/{resets.reset_token(reset_id)}")}


def _reset(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"expires_at": case.event.at + resets.RESET_LIFETIME}


def _role(case: Case, _person: Person) -> Mapping[str, Any]:
    return {"role": ROLE_LABELS[Role(case.event.payload["role"])]}


def _sign_in(case: Case, _person: Person) -> Mapping[str, Any]:
    session_id = case.event.uuid("session_id")
    address, user_agent = case.facts.sessions.get(session_id, ("", "")) if session_id else ("", "")
    return {"address": address, "device": device_words(user_agent)}


def _on_a_new_device(case: Case) -> bool:
    return bool(case.event.payload["new_device"])


def _membership(case: Case, person: Person) -> Mapping[str, Any]:
    is_further = case.event.payload.get("already") == MEMBER
    headline = "You have a new role at" if is_further else "You’ve been added to"
    return {**_role(case, person), "is_further": is_further, "headline": headline}


def _is_new_to_one_with_an_account(case: Case) -> bool:
    """Return whether it is told: others get the invitation with its link, and no one is invited twice by two roles."""
    return case.event.payload.get("already") != INVITED and any(person.has_password for person in user(case))


MAILINGS = (
    Mailing(
        "passwords_guessed",
        platform_admins,
        "Many wrong passwords from one network",
        "/admin/events?type=passwords.guessed",
    ),
    Mailing(
        "password_reset",
        user,
        "Reset your password",
        "/account",
        _reset,
        secret=_link,
    ),
    Mailing("password_changed", user, "Your password was changed", "/account"),
    Mailing(
        "new_sign_in",
        user,
        "New sign-in: {device}",
        "/account",
        _sign_in,
        when=_on_a_new_device,
    ),
    Mailing("invitation", user, "You’re invited to {organisation}", "/account", _role, secret=_link),
    Mailing(
        "membership_added",
        user,
        "{headline} {organisation}",
        "/account",
        _membership,
        when=_is_new_to_one_with_an_account,
    ),
)
