"""Who may do what: the table of domain.md §1, written out by hand."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from portal.domain.permissions import GRANTS, Actor, Permission, Role, Scope, scope_of, system_actor

NOW = datetime(2026, 11, 24, tzinfo=UTC)
R, C, H, P = Role.RECRUITER, Role.COMPANY_ADMIN, Role.HIRING_MANAGER, Role.PLATFORM_ADMIN
OWN, COMPANY, ANY = Scope.OWN, Scope.COMPANY, Scope.ANY

TABLE = [  # recruiter, company admin, hiring manager, platform admin
    (Permission.PROPOSAL_CREATE, OWN, None, None, None),
    (Permission.PROPOSAL_WITHDRAW, OWN, None, None, ANY),
    (Permission.PROPOSAL_DECIDE, None, COMPANY, COMPANY, ANY),
    (Permission.PLACEMENT_CHANGE, None, COMPANY, None, ANY),
    (Permission.SPLITS_EDIT, OWN, COMPANY, None, ANY),
    (Permission.SPLITS_PREVIEW, ANY, ANY, ANY, ANY),
    (Permission.REPUTATION_RECALCULATE, None, None, None, ANY),
    (Permission.PROPOSAL_EXPIRE, None, None, None, ANY),
    (Permission.EVENTS_VIEW, None, None, None, ANY),
    (Permission.SETTINGS_EDIT, None, None, None, ANY),
    (Permission.USERS_ADMINISTER, None, None, None, ANY),
]


@pytest.mark.parametrize(("permission", "recruiter", "admin", "manager", "platform"), TABLE)
def test_the_grants_are_those_of_the_specification(
    permission: Permission, recruiter: Scope, admin: Scope, manager: Scope, platform: Scope
) -> None:
    assert [scope_of(frozenset({role}), permission) for role in (R, C, H, P)] == [recruiter, admin, manager, platform]


def test_every_permission_is_granted_to_somebody() -> None:
    assert set(GRANTS) == set(Permission)
    assert all(GRANTS.values())


def test_two_roles_give_the_wider_scope() -> None:
    assert scope_of(frozenset({R, C}), Permission.SPLITS_EDIT) is COMPANY
    assert scope_of(frozenset(), Permission.ACCOUNT_USE) is None


def test_the_system_acts_with_every_right_of_the_platform() -> None:
    system = system_actor(NOW)
    assert system.is_system
    assert system.has(Permission.PROPOSAL_EXPIRE)
    person = Actor(uuid.uuid4(), "Rita", NOW, roles=frozenset({R}), recruiter_active=True)
    assert not person.is_system
    assert person.scope(Permission.PROPOSAL_CREATE) is OWN
