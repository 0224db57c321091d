"""first rows: the system that acts when nobody does, the platform, its settings"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SYSTEM_USER = "00000000-0000-7000-8000-000000000001"
PLATFORM = "00000000-0000-7000-8000-000000000002"
PLATFORM_GUARANTEE = "00000000-0000-7000-8000-000000000003"


def upgrade() -> None:
    """Insert the rows that the portal cannot be without."""
    op.execute(
        "INSERT INTO identity.users (id, email, name, is_system, created_at)"
        f" VALUES ('{SYSTEM_USER}', 'system@portal.invalid', 'System', true, now()) ON CONFLICT DO NOTHING"
    )
    op.execute(
        "INSERT INTO identity.organisations (id, kind, name, created_at)"
        f" VALUES ('{PLATFORM}', 'platform', 'Platform', now()) ON CONFLICT DO NOTHING"
    )
    op.execute("INSERT INTO network.platform_settings (id) VALUES (1) ON CONFLICT DO NOTHING")
    op.execute(
        "INSERT INTO ats.placement_guarantee_config (id, scope, default_days, minimum_days, maximum_days,"
        " maximum_extensions, replacement_window_days, notice_days, automatic_completion, updated_at)"
        f" VALUES ('{PLATFORM_GUARANTEE}', 'platform', 90, 0, 365, 2, 30, '{{30,7,1}}', true, now()) ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    """Leave the rows: everything else refers to them; they go with their tables."""
