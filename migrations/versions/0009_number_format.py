"""number format: one choice of how a person types, reads and downloads figures, in place of how CSV is written"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FORMATS = "'auto', 'en_US', 'de_DE', 'fr_FR', 'de_CH', 'en_IN'"
SPREADSHEETS = "'auto', 'comma', 'semicolon'"


def upgrade() -> None:
    """Add each account's choice, automatic until then; who chose how CSV is written keeps that."""
    _replace("spreadsheet", "number_format", FORMATS, {"comma": "en_US", "semicolon": "de_DE"})


def downgrade() -> None:
    """Keep what the choice says about CSV."""
    kept = {"en_US": "comma", "de_CH": "comma", "en_IN": "comma", "de_DE": "semicolon", "fr_FR": "semicolon"}
    _replace("number_format", "spreadsheet", SPREADSHEETS, kept)


def _replace(old: str, new: str, allowed: str, kept: dict[str, str]) -> None:
    op.add_column("users", sa.Column(new, sa.Text(), server_default="auto", nullable=False), schema="identity")
    for before, after in kept.items():
        op.execute(sa.text(f"UPDATE identity.users SET {new} = '{after}' WHERE {old} = '{before}'"))
    op.create_check_constraint(op.f(f"ck_users_{new}"), "users", f"{new} IN ({allowed})", schema="identity")
    op.drop_column("users", old, schema="identity")
