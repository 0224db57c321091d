"""Render docs/permissions.md from GRANTS and the routes.

`make docs` writes it again with `python -m tests.api.permission_table`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from flask import Flask

from portal.app import create_app
from portal.domain.permissions import GRANTS, ROLE_LABELS, Permission, Role, Scope
from portal.policy import PUBLIC, policy_of

HEAD = """# Who may do what

Generated from `portal/domain/permissions.py` and the routes by `python -m tests.api.permission_table`; a test fails
if it is out of date. `tests/api/test_matrix.py` tries every one of these addresses signed out, as each of the cast,
as a member who was removed and with a read-only token, on one's own, other people's and nonexistent objects.

- **own**: what the recruiter sourced, proposed, leads or shares in; **company**: what belongs to the user's company;
  **any**: all.
- Not signed in: 401 under `/api`, otherwise the sign-in page. A role without the permission: 403. Someone else's
  object, or one that does not exist: 404, without saying which.
- A token with the scope `read` can't change anything; platform admins need the scope `admin` for changes.
"""


def render(app: Flask) -> str:
    """Write the whole document."""
    return "\n".join([HEAD, "## Permissions", "", *_permissions(), "", "## Addresses", "", *_addresses(app)]) + "\n"


def _permissions() -> Iterator[str]:
    yield "| permission | " + " | ".join(ROLE_LABELS.values()) + " |"
    yield "|---|" + "---|" * len(ROLE_LABELS)
    for permission in Permission:
        granted = [_scope(permission, role) for role in ROLE_LABELS]
        yield f"| `{permission}` | " + " | ".join(granted) + " |"


def _scope(permission: Permission, role: Role) -> str:
    scope: Scope | None = GRANTS[permission].get(role)
    return str(scope) if scope else "–"


def _addresses(app: Flask) -> Iterator[str]:
    yield "| method | address | permission | roles |"
    yield "|---|---|---|---|"
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, sorted(r.methods or ()))):
        if rule.rule.startswith(("/assets/", "/styleguide")):
            continue
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        policy = str(policy_of(rule.endpoint))
        roles = "everyone" if policy == PUBLIC else ", ".join(sorted(GRANTS[Permission(policy)]))
        address = rule.rule.replace("<uuid:", "<").replace("|", "\\|")
        yield f"| {methods} | `{address}` | {'–' if policy == PUBLIC else f'`{policy}`'} | {roles} |"


def main() -> int:
    """Print the document."""
    app = create_app({"SECRET_KEY": "documentation"})
    with app.app_context():
        sys.stdout.write(render(app))
    return 0


if __name__ == "__main__":
    sys.exit(main())
