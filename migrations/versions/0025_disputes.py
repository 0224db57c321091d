"""disputes: cases, parties, statements, freezes and rulings; a ruling can void a proposal that was accepted"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

APPEND_ONLY = ("dispute_statements", "dispute_rulings", "dispute_states")
PROPOSALS = "network.candidate_role_assignments"
ENDS = "to_state IN ('accepted', 'declined', 'withdrawn', 'timeout')"


def upgrade() -> None:
    """Add the tables and what guards them, and let an accepted proposal be withdrawn; 0029 lets it end so, once."""
    op.execute("SET LOCAL lock_timeout = '3s'")
    _disputes()
    _dispute_parties()
    _dispute_statements()
    _dispute_freezes()
    _dispute_rulings()
    _dispute_states()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON network.{table}"
            " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON network.{table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON network.disputes FOR EACH ROW"
        " EXECUTE FUNCTION network.keep_terminal('withdrawn')"
    )
    _keep("'declined', 'withdrawn', 'timeout'")
    op.execute(
        f"CREATE TRIGGER keep_accepted BEFORE UPDATE OF state ON {PROPOSALS} FOR EACH ROW"
        " WHEN (OLD.state = 'accepted' AND NEW.state NOT IN ('accepted', 'withdrawn'))"
        " EXECUTE FUNCTION network.keep_terminal('accepted')"
    )
    _left("'proposed', 'company_reviewing', 'accepted'")


def downgrade() -> None:
    """Remove them; a proposal that was voided stays withdrawn, and its history says so at once."""
    op.execute("DROP TRIGGER append_only ON network.proposal_states")
    op.execute("DELETE FROM network.proposal_states WHERE from_state = 'accepted'")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON network.proposal_states"
        " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
    )
    _end_once(ENDS)
    _left("'proposed', 'company_reviewing'")
    op.execute(f"DROP TRIGGER keep_accepted ON {PROPOSALS}")
    _keep("'accepted', 'declined', 'withdrawn', 'timeout'")
    for table in (
        "dispute_states",
        "dispute_rulings",
        "dispute_freezes",
        "dispute_statements",
        "dispute_parties",
        "disputes",
    ):
        op.drop_table(table, schema="network")


def _keep(states: str) -> None:
    op.execute(f"DROP TRIGGER keep_terminal ON {PROPOSALS}")
    op.execute(
        f"CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON {PROPOSALS} FOR EACH ROW"
        f" EXECUTE FUNCTION network.keep_terminal({states})"
    )


def _left(states: str) -> None:
    table, name = "network.proposal_states", "ck_proposal_states_from_state"
    # The next statement of the same transaction puts another one in its place.
    op.execute(f"-- squawk-ignore ban-drop-constraint\nALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (from_state IN ({states})) NOT VALID")


def _end_once(which: str) -> None:
    name = "uq_proposal_states_terminal"
    op.drop_index(name, "proposal_states", schema="network")
    op.create_index(
        name, "proposal_states", ["proposal_id"], unique=True, schema="network", postgresql_where=sa.text(which)
    )


def _disputes() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("asks", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruling_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruling_missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appeal_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state IN ('open', 'under_review')) = (closed_at IS NULL)", name=op.f("ck_disputes_closed")
        ),
        sa.CheckConstraint(
            "(state IN ('resolved', 'dismissed')) = (appeal_until IS NOT NULL)", name=op.f("ck_disputes_appealable")
        ),
        sa.CheckConstraint(
            "settled_at IS NULL OR NOT (state IN ('open', 'under_review'))", name=op.f("ck_disputes_settled")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'under_review', 'resolved', 'dismissed', 'withdrawn')", name=op.f("ck_disputes_state")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'withdrawn') OR review_started_at IS NOT NULL", name=op.f("ck_disputes_reviewed")
        ),
        sa.CheckConstraint(
            "subject_type IN ('candidate', 'proposal', 'placement', 'payout', 'invoice')",
            name=op.f("ck_disputes_subject_type"),
        ),
        sa.CheckConstraint("(review_started_at IS NULL) = (ruling_due_at IS NULL)", name=op.f("ck_disputes_review")),
        sa.CheckConstraint("answer_due_at > opened_at", name=op.f("ck_disputes_answer_window")),
        sa.CheckConstraint("length(statement) BETWEEN 20 AND 4000", name=op.f("ck_disputes_statement")),
        sa.ForeignKeyConstraint(["candidate_id"], ["ats.candidates.id"], name=op.f("fk_disputes_candidate_id")),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_disputes_company_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["identity.users.id"], name=op.f("fk_disputes_opened_by")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_disputes_placement_id")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["network.candidate_role_assignments.id"], name=op.f("fk_disputes_proposal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
        schema="network",
    )
    op.create_index(
        "ix_disputes_answer",
        "disputes",
        ["answer_due_at"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_disputes_appeal",
        "disputes",
        ["appeal_until"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index(op.f("ix_disputes_candidate_id"), "disputes", ["candidate_id"], unique=False, schema="network")
    op.create_index(op.f("ix_disputes_placement_id"), "disputes", ["placement_id"], unique=False, schema="network")
    op.create_index(op.f("ix_disputes_proposal_id"), "disputes", ["proposal_id"], unique=False, schema="network")
    op.create_index(
        "ix_disputes_ruling",
        "disputes",
        ["ruling_due_at"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("state = 'under_review'"),
    )
    op.create_index("ix_disputes_state", "disputes", ["state", "id"], unique=False, schema="network")
    op.create_index(
        "uq_disputes_decided",
        "disputes",
        ["subject_type", "subject_id", "pair", "reason"],
        unique=True,
        schema="network",
        postgresql_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_index(
        "uq_disputes_pending",
        "disputes",
        ["subject_type", "subject_id", "pair"],
        unique=True,
        schema="network",
        postgresql_where=sa.text("state IN ('open', 'under_review')"),
    )


def _dispute_parties() -> None:
    op.create_table(
        "dispute_parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(side = 'respondent') = (due_at IS NOT NULL)", name=op.f("ck_dispute_parties_due")),
        sa.CheckConstraint("side IN ('claimant', 'respondent')", name=op.f("ck_dispute_parties_side")),
        sa.CheckConstraint("num_nonnulls(recruiter_id, organisation_id) = 1", name=op.f("ck_dispute_parties_one")),
        sa.ForeignKeyConstraint(["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_parties_dispute_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_dispute_parties_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_dispute_parties_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_parties")),
        sa.UniqueConstraint(
            "dispute_id", "organisation_id", name=op.f("uq_dispute_parties_dispute_id_organisation_id")
        ),
        sa.UniqueConstraint("dispute_id", "recruiter_id", name=op.f("uq_dispute_parties_dispute_id_recruiter_id")),
        schema="network",
    )
    op.create_index(
        op.f("ix_dispute_parties_organisation_id"),
        "dispute_parties",
        ["organisation_id"],
        unique=False,
        schema="network",
    )
    op.create_index(
        op.f("ix_dispute_parties_recruiter_id"), "dispute_parties", ["recruiter_id"], unique=False, schema="network"
    )


def _dispute_statements() -> None:
    op.create_table(
        "dispute_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('opening', 'answer', 'reply', 'appeal')", name=op.f("ck_dispute_statements_kind")),
        sa.CheckConstraint("length(said) BETWEEN 20 AND 4000", name=op.f("ck_dispute_statements_said")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_dispute_statements_by")),
        sa.ForeignKeyConstraint(["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_statements_dispute_id")),
        sa.ForeignKeyConstraint(
            ["party_id"], ["network.dispute_parties.id"], name=op.f("fk_dispute_statements_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_statements")),
        schema="network",
    )
    op.create_index(
        op.f("ix_dispute_statements_dispute_id"), "dispute_statements", ["dispute_id"], unique=False, schema="network"
    )


def _dispute_freezes() -> None:
    op.create_table(
        "dispute_freezes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('claim', 'proposal', 'placement', 'payout')", name=op.f("ck_dispute_freezes_kind")
        ),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (currency IS NULL) AND amount_minor >= 0", name=op.f("ck_dispute_freezes_amount")
        ),
        sa.ForeignKeyConstraint(["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_freezes_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_freezes")),
        schema="network",
    )
    op.create_index("ix_dispute_freezes_dispute", "dispute_freezes", ["dispute_id"], unique=False, schema="network")
    op.create_index(
        "ix_dispute_freezes_row", "dispute_freezes", ["row_id", "released_at"], unique=False, schema="network"
    )


def _dispute_rulings() -> None:
    op.create_table(
        "dispute_rulings",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("by_rule", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "effect IN ('keep', 'transfer', 'refuse', 'void', 'amend')", name=op.f("ck_dispute_rulings_effect")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_dispute_rulings_reason")),
        sa.CheckConstraint("number IN (1, 2)", name=op.f("ck_dispute_rulings_number")),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_dispute_rulings_by")),
        sa.ForeignKeyConstraint(["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_rulings_dispute_id")),
        sa.PrimaryKeyConstraint("dispute_id", "number", name=op.f("pk_dispute_rulings")),
        schema="network",
    )


def _dispute_states() -> None:
    op.create_table(
        "dispute_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "from_state IN ('open', 'under_review', 'resolved', 'dismissed')", name=op.f("ck_dispute_states_from_state")
        ),
        sa.CheckConstraint(
            "to_state IN ('open', 'under_review', 'resolved', 'dismissed', 'withdrawn')",
            name=op.f("ck_dispute_states_to_state"),
        ),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_dispute_states_by")),
        sa.ForeignKeyConstraint(["dispute_id"], ["network.disputes.id"], name=op.f("fk_dispute_states_dispute_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_states")),
        schema="network",
    )
    op.create_index(
        op.f("ix_dispute_states_dispute_id"), "dispute_states", ["dispute_id"], unique=False, schema="network"
    )
