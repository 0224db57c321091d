"""the bytes of credit notes, kept as those of invoices are: what was sent never changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; its rows are only ever added."""
    op.create_table(
        "credit_note_documents",
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["billing.credit_notes.id"], name=op.f("fk_credit_note_documents_credit_note_id")
        ),
        sa.PrimaryKeyConstraint("credit_note_id", name=op.f("pk_credit_note_documents")),
        schema="billing",
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON billing.credit_note_documents"
        " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER never_emptied BEFORE TRUNCATE ON billing.credit_note_documents"
        " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table("credit_note_documents", schema="billing")
