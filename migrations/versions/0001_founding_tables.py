"""founding tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMAS = ("identity", "ats", "network", "notifications")


def upgrade() -> None:
    """Make the schemas and all tables."""
    for schema in SCHEMAS:
        op.execute(f"CREATE SCHEMA {schema}")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False, schema="identity"
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("currency", sa.Text(), server_default="USD", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('company', 'agency', 'platform')", name=op.f("ck_organisations_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        schema="identity",
    )
    op.create_index(
        "uq_organisations_platform",
        "organisations",
        ["kind"],
        unique=True,
        schema="identity",
        postgresql_where=sa.text("kind = 'platform'"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("theme", sa.Text(), server_default="system", nullable=False),
        sa.Column("is_system", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_subject", sa.Text(), nullable=True),
        sa.CheckConstraint("theme IN ('system', 'light', 'dark')", name=op.f("ck_users_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        schema="identity",
    )
    op.create_index("uq_users_email", "users", [sa.literal_column("lower(email)")], unique=True, schema="identity")
    op.create_index("uq_users_external_subject", "users", ["external_subject"], unique=True, schema="identity")
    op.create_index(
        "uq_users_system", "users", ["is_system"], unique=True, schema="identity", postgresql_where=sa.text("is_system")
    )
    op.create_table(
        "event_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_event_seals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_seals_event_id")),
        schema="network",
    )
    op.create_table(
        "marketplace_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("candidate_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("placement_id", sa.Uuid(), nullable=True),
        sa.Column("recruiter_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marketplace_events")),
        schema="network",
    )
    op.create_index(
        "ix_marketplace_events_actor", "marketplace_events", ["actor_id", "id"], unique=False, schema="network"
    )
    op.create_index(
        "ix_marketplace_events_candidate",
        "marketplace_events",
        ["candidate_id", "id"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("candidate_id IS NOT NULL"),
    )
    op.create_index(
        "ix_marketplace_events_correlation", "marketplace_events", ["correlation_id"], unique=False, schema="network"
    )
    op.create_index(
        "ix_marketplace_events_job",
        "marketplace_events",
        ["job_id", "id"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("job_id IS NOT NULL"),
    )
    op.create_index(
        "ix_marketplace_events_organisation",
        "marketplace_events",
        ["organisation_id", "id"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("organisation_id IS NOT NULL"),
    )
    op.create_index(
        "ix_marketplace_events_placement",
        "marketplace_events",
        ["placement_id", "id"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("placement_id IS NOT NULL"),
    )
    op.create_index(
        "ix_marketplace_events_proposal",
        "marketplace_events",
        ["proposal_id", "id"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("proposal_id IS NOT NULL"),
    )
    op.create_index(
        "ix_marketplace_events_recruiter",
        "marketplace_events",
        ["recruiter_id", "id"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("recruiter_id IS NOT NULL"),
    )
    op.create_index("ix_marketplace_events_type", "marketplace_events", ["type", "id"], unique=False, schema="network")
    op.create_table(
        "platform_settings",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("protection_days", sa.BigInteger(), server_default="365", nullable=False),
        sa.Column("proposal_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("outreach_per_day", sa.BigInteger(), server_default="50", nullable=False),
        sa.Column("outreach_per_candidate_week", sa.BigInteger(), server_default="3", nullable=False),
        sa.Column("checks_per_hour", sa.BigInteger(), server_default="60", nullable=False),
        sa.Column("mails_per_hour", sa.BigInteger(), server_default="30", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_platform_settings_one_row")),
        sa.CheckConstraint(
            "protection_days > 0 AND proposal_days > 0 AND outreach_per_day >= 0 AND outreach_per_candidate_week >= 0 AND checks_per_hour >= 0 AND mails_per_hour > 0",
            name=op.f("ck_platform_settings_bounds"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_settings")),
        schema="network",
    )
    op.create_table(
        "periodic_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_runs")),
        schema="notifications",
    )
    op.create_table(
        "unsealed",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_unsealed")),
        schema="notifications",
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("salary_min_minor", sa.BigInteger(), nullable=True),
        sa.Column("salary_max_minor", sa.BigInteger(), nullable=True),
        sa.Column("fee_bp", sa.BigInteger(), nullable=False),
        sa.Column("guarantee_days", sa.BigInteger(), nullable=True),
        sa.Column("proposal_days", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("status IN ('draft', 'active', 'paused', 'filled', 'closed')", name=op.f("ck_jobs_status")),
        sa.CheckConstraint("fee_bp > 0 AND fee_bp <= 10000", name=op.f("ck_jobs_fee")),
        sa.CheckConstraint("guarantee_days >= 0", name=op.f("ck_jobs_guarantee_days")),
        sa.CheckConstraint("proposal_days > 0", name=op.f("ck_jobs_proposal_days")),
        sa.CheckConstraint(
            "salary_min_minor > 0 AND salary_max_minor >= salary_min_minor", name=op.f("ck_jobs_salary")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_jobs_company_id")),
        sa.ForeignKeyConstraint(["created_by"], ["identity.users.id"], name=op.f("fk_jobs_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        schema="ats",
    )
    op.create_index("ix_jobs_company", "jobs", ["company_id", "id"], unique=False, schema="ats")
    op.create_index("ix_jobs_status", "jobs", ["status", "id"], unique=False, schema="ats")
    op.create_table(
        "access_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'admin')", name=op.f("ck_access_tokens_scope")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_access_tokens_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_access_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_tokens_token_hash")),
        schema="identity",
    )
    op.create_index(op.f("ix_access_tokens_user_id"), "access_tokens", ["user_id"], unique=False, schema="identity")
    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('recruiter', 'company_admin', 'hiring_manager', 'platform_admin')",
            name=op.f("ck_memberships_role"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_memberships_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "user_id", "organisation_id", "role", name=op.f("uq_memberships_user_id_organisation_id_role")
        ),
        schema="identity",
    )
    op.create_index(
        op.f("ix_memberships_organisation_id"), "memberships", ["organisation_id"], unique=False, schema="identity"
    )
    op.create_table(
        "password_resets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_password_resets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_resets")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_password_resets_expires_at"), "password_resets", ["expires_at"], unique=False, schema="identity"
    )
    op.create_index(op.f("ix_password_resets_user_id"), "password_resets", ["user_id"], unique=False, schema="identity")
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["identity.organisations.id"], name=op.f("fk_user_sessions_organisation_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
        schema="identity",
    )
    op.create_index(
        op.f("ix_user_sessions_expires_at"), "user_sessions", ["expires_at"], unique=False, schema="identity"
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False, schema="identity")
    op.create_table(
        "recruiters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bio", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("status IN ('pending', 'active', 'suspended')", name=op.f("ck_recruiters_status")),
        sa.ForeignKeyConstraint(["agency_id"], ["identity.organisations.id"], name=op.f("fk_recruiters_agency_id")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_recruiters_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recruiters")),
        sa.UniqueConstraint("user_id", name=op.f("uq_recruiters_user_id")),
        schema="network",
    )
    op.create_index(op.f("ix_recruiters_agency_id"), "recruiters", ["agency_id"], unique=False, schema="network")
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body_text", sa.Text(), nullable=False),
        sa.Column("body_html", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_code", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'sending') = (lease_token IS NOT NULL)", name=op.f("ck_deliveries_lease")),
        sa.CheckConstraint("digest_id IS NULL OR state = 'folded'", name=op.f("ck_deliveries_digest")),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_deliveries_sent")),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'dead', 'folded')", name=op.f("ck_deliveries_state")
        ),
        sa.CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name=op.f("ck_deliveries_lease_until")),
        sa.ForeignKeyConstraint(["digest_id"], ["notifications.deliveries.id"], name=op.f("fk_deliveries_digest_id")),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_deliveries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_id", "template", "user_id", name=op.f("uq_deliveries_event_id_template_user_id")),
        schema="notifications",
    )
    op.create_index(
        "ix_deliveries_due",
        "deliveries",
        ["next_at"],
        unique=False,
        schema="notifications",
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index("ix_deliveries_state", "deliveries", ["state", "id"], unique=False, schema="notifications")
    op.create_index("ix_deliveries_user", "deliveries", ["user_id", "id"], unique=False, schema="notifications")
    op.create_index(
        "ix_deliveries_sent",
        "deliveries",
        ["user_id", "sent_at"],
        unique=False,
        schema="notifications",
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_index(
        "ix_deliveries_digest",
        "deliveries",
        ["digest_id"],
        unique=False,
        schema="notifications",
        postgresql_where=sa.text("digest_id IS NOT NULL"),
    )
    op.create_index(
        "ix_deliveries_folding",
        "deliveries",
        ["user_id", "next_at"],
        unique=False,
        schema="notifications",
        postgresql_where=sa.text("state = 'folded' AND digest_id IS NULL"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_notices_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("event_id", "template", "user_id", name=op.f("uq_notices_event_id_template_user_id")),
        schema="notifications",
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id"],
        unique=False,
        schema="notifications",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notices_user", "notices", ["user_id", "id"], unique=False, schema="notifications")
    op.create_table(
        "outbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["network.marketplace_events.id"], name=op.f("fk_outbox_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_outbox")),
        schema="notifications",
    )
    op.create_table(
        "preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("in_app", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("in_digest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["identity.users.id"], name=op.f("fk_preferences_user_id")),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_preferences")),
        schema="notifications",
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_key", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("employer", sa.Text(), server_default="", nullable=False),
        sa.Column("linkedin_url", sa.Text(), nullable=True),
        sa.Column("linkedin_key", sa.Text(), nullable=True),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_by_recruiter_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_recruiter_id"], ["network.recruiters.id"], name=op.f("fk_candidates_created_by_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        schema="ats",
    )
    op.create_index(
        "ix_candidates_created_by", "candidates", ["created_by_recruiter_id", "id"], unique=False, schema="ats"
    )
    op.create_index("uq_candidates_linkedin_key", "candidates", ["linkedin_key"], unique=True, schema="ats")
    op.create_index(
        "ix_candidates_name_employer",
        "candidates",
        [sa.literal_column("lower(full_name)"), sa.literal_column("lower(employer)")],
        unique=False,
        schema="ats",
    )
    op.create_index("uq_candidates_phone_key", "candidates", ["phone_key"], unique=True, schema="ats")
    op.create_index("uq_candidates_email", "candidates", [sa.literal_column("lower(email)")], unique=True, schema="ats")
    op.create_index("uq_candidates_email_key", "candidates", ["email_key"], unique=True, schema="ats")
    op.create_table(
        "placement_guarantee_config",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("default_days", sa.BigInteger(), nullable=False),
        sa.Column("minimum_days", sa.BigInteger(), nullable=False),
        sa.Column("maximum_days", sa.BigInteger(), nullable=False),
        sa.Column("maximum_extensions", sa.BigInteger(), nullable=False),
        sa.Column("replacement_window_days", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("automatic_completion", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(scope = 'company') = (company_id IS NOT NULL) AND (scope = 'job') = (job_id IS NOT NULL)",
            name=op.f("ck_placement_guarantee_config_target"),
        ),
        sa.CheckConstraint("scope IN ('platform', 'company', 'job')", name=op.f("ck_placement_guarantee_config_scope")),
        sa.CheckConstraint(
            "0 <= minimum_days AND minimum_days <= default_days AND default_days <= maximum_days AND maximum_extensions >= 0 AND replacement_window_days >= 0",
            name=op.f("ck_placement_guarantee_config_bounds"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["identity.organisations.id"], name=op.f("fk_placement_guarantee_config_company_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["ats.jobs.id"], name=op.f("fk_placement_guarantee_config_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_guarantee_config")),
        sa.UniqueConstraint("company_id", name=op.f("uq_placement_guarantee_config_company_id")),
        sa.UniqueConstraint("job_id", name=op.f("uq_placement_guarantee_config_job_id")),
        schema="ats",
    )
    op.create_index(
        "uq_placement_guarantee_config_platform",
        "placement_guarantee_config",
        ["scope"],
        unique=True,
        schema="ats",
        postgresql_where=sa.text("scope = 'platform'"),
    )
    op.create_table(
        "recruiter_reputation",
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("hire", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("completion", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("collaboration", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("responsiveness", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("placements", sa.BigInteger(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("feedback_count", sa.BigInteger(), nullable=False),
        sa.Column("feedback_stars", sa.Numeric(precision=4, scale=3), nullable=True),
        sa.Column("response_count", sa.BigInteger(), nullable=False),
        sa.Column("response_hours", sa.Numeric(precision=10, scale=4), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name=op.f("ck_recruiter_reputation_score")),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_recruiter_reputation_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("recruiter_id", name=op.f("pk_recruiter_reputation")),
        schema="network",
    )
    op.create_index(
        "ix_recruiter_reputation_rank",
        "recruiter_reputation",
        ["provisional", sa.literal_column("score DESC")],
        unique=False,
        schema="network",
    )
    op.create_table(
        "recruiter_reputation_history",
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("figures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_recruiter_reputation_history_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("recruiter_id", "at", name=op.f("pk_recruiter_reputation_history")),
        schema="network",
    )
    op.create_table(
        "reputation_appeals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("input_kind", sa.Text(), nullable=False),
        sa.Column("input_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruled_by", sa.Uuid(), nullable=True),
        sa.Column("ruling", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (ruled_at IS NULL)", name=op.f("ck_reputation_appeals_ruled")),
        sa.CheckConstraint(
            "input_kind IN ('proposal', 'placement', 'feedback', 'question', 'amendment')",
            name=op.f("ck_reputation_appeals_input_kind"),
        ),
        sa.CheckConstraint("state IN ('open', 'excluded', 'kept')", name=op.f("ck_reputation_appeals_state")),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_reputation_appeals_recruiter_id")
        ),
        sa.ForeignKeyConstraint(["ruled_by"], ["identity.users.id"], name=op.f("fk_reputation_appeals_ruled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reputation_appeals")),
        sa.UniqueConstraint(
            "recruiter_id",
            "input_kind",
            "input_id",
            name=op.f("uq_reputation_appeals_recruiter_id_input_kind_input_id"),
        ),
        schema="network",
    )
    op.create_index(
        op.f("ix_reputation_appeals_recruiter_id"),
        "reputation_appeals",
        ["recruiter_id"],
        unique=False,
        schema="network",
    )
    op.create_table(
        "reputation_queue",
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_reputation_queue_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("recruiter_id", name=op.f("pk_reputation_queue")),
        schema="network",
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["notifications.deliveries.id"], name=op.f("fk_delivery_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_delivery_attempts")),
        schema="notifications",
    )
    op.create_table(
        "candidate_outreach",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("outreach_type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("message_preview", sa.Text(), server_default="", nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "engagement IN ('sent', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed')",
            name=op.f("ck_candidate_outreach_engagement"),
        ),
        sa.CheckConstraint(
            "outreach_type IN ('email', 'phone', 'linkedin', 'sms')", name=op.f("ck_candidate_outreach_outreach_type")
        ),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["ats.candidates.id"], name=op.f("fk_candidate_outreach_candidate_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["ats.jobs.id"], name=op.f("fk_candidate_outreach_job_id")),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_candidate_outreach_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_outreach")),
        schema="ats",
    )
    op.create_index(
        "ix_candidate_outreach_candidate", "candidate_outreach", ["candidate_id", "sent_at"], unique=False, schema="ats"
    )
    op.create_index(
        "ix_candidate_outreach_recruiter", "candidate_outreach", ["recruiter_id", "sent_at"], unique=False, schema="ats"
    )
    op.create_table(
        "candidate_sourcers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("source_method", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("sourced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("protection_days", sa.BigInteger(), nullable=False),
        sa.Column("protection_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "source_method IN ('linkedin', 'referral', 'job_board', 'inbound', 'event', 'database', 'outreach', 'other')",
            name=op.f("ck_candidate_sourcers_source_method"),
        ),
        sa.CheckConstraint("is_current = (superseded_at IS NULL)", name=op.f("ck_candidate_sourcers_superseded")),
        sa.CheckConstraint("protection_expires_at > sourced_at", name=op.f("ck_candidate_sourcers_window")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["ats.candidates.id"], name=op.f("fk_candidate_sourcers_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_candidate_sourcers_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_sourcers")),
        schema="ats",
    )
    op.create_index(
        op.f("ix_candidate_sourcers_candidate_id"), "candidate_sourcers", ["candidate_id"], unique=False, schema="ats"
    )
    op.create_index(
        "ix_candidate_sourcers_expiry",
        "candidate_sourcers",
        ["protection_expires_at"],
        unique=False,
        schema="ats",
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "ix_candidate_sourcers_recruiter",
        "candidate_sourcers",
        ["recruiter_id", "candidate_id"],
        unique=False,
        schema="ats",
    )
    op.create_index(
        "uq_candidate_sourcers_current",
        "candidate_sourcers",
        ["candidate_id"],
        unique=True,
        schema="ats",
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "candidate_role_assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pitch", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expected_salary_minor", sa.BigInteger(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (decline_reason IS NOT NULL)", name=op.f("ck_candidate_role_assignments_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('proposed', 'company_reviewing')) = (closed_at IS NULL)",
            name=op.f("ck_candidate_role_assignments_closed"),
        ),
        sa.CheckConstraint(
            "decline_reason IN ('overqualified', 'underqualified', 'salary', 'location', 'position_filled', 'duplicate', 'already_known', 'other')",
            name=op.f("ck_candidate_role_assignments_decline_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'company_reviewing', 'accepted', 'declined', 'withdrawn', 'timeout')",
            name=op.f("ck_candidate_role_assignments_state"),
        ),
        sa.CheckConstraint("expected_salary_minor > 0", name=op.f("ck_candidate_role_assignments_salary")),
        sa.CheckConstraint("expires_at > proposed_at", name=op.f("ck_candidate_role_assignments_window")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["ats.candidates.id"], name=op.f("fk_candidate_role_assignments_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["identity.users.id"], name=op.f("fk_candidate_role_assignments_closed_by")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["identity.organisations.id"], name=op.f("fk_candidate_role_assignments_company_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["ats.jobs.id"], name=op.f("fk_candidate_role_assignments_job_id")),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_candidate_role_assignments_recruiter_id")
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by"], ["identity.users.id"], name=op.f("fk_candidate_role_assignments_reviewed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate_role_assignments")),
        schema="network",
    )
    op.create_index(
        op.f("ix_candidate_role_assignments_candidate_id"),
        "candidate_role_assignments",
        ["candidate_id"],
        unique=False,
        schema="network",
    )
    op.create_index(
        "ix_candidate_role_assignments_company",
        "candidate_role_assignments",
        ["company_id", "state", "id"],
        unique=False,
        schema="network",
    )
    op.create_index(
        "ix_candidate_role_assignments_due",
        "candidate_role_assignments",
        ["expires_at"],
        unique=False,
        schema="network",
        postgresql_where=sa.text("state IN ('proposed', 'company_reviewing')"),
    )
    op.create_index(
        "ix_candidate_role_assignments_job",
        "candidate_role_assignments",
        ["job_id", "state", "id"],
        unique=False,
        schema="network",
    )
    op.create_index(
        "ix_candidate_role_assignments_recruiter",
        "candidate_role_assignments",
        ["recruiter_id", "state", "id"],
        unique=False,
        schema="network",
    )
    op.create_index(
        "ix_candidate_role_assignments_recruiter_candidate",
        "candidate_role_assignments",
        ["recruiter_id", "candidate_id"],
        unique=False,
        schema="network",
    )
    op.create_index(
        "uq_candidate_role_assignments_exclusive",
        "candidate_role_assignments",
        ["candidate_id", "job_id"],
        unique=True,
        schema="network",
        postgresql_where=sa.text("state IN ('proposed', 'company_reviewing', 'accepted')"),
    )
    op.create_table(
        "outreach_engagements",
        sa.Column("outreach_id", sa.Uuid(), nullable=False),
        sa.Column("engagement", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "engagement IN ('sent', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed')",
            name=op.f("ck_outreach_engagements_engagement"),
        ),
        sa.ForeignKeyConstraint(
            ["outreach_id"], ["ats.candidate_outreach.id"], name=op.f("fk_outreach_engagements_outreach_id")
        ),
        sa.PrimaryKeyConstraint("outreach_id", "engagement", name=op.f("pk_outreach_engagements")),
        schema="ats",
    )
    op.create_table(
        "ownership_conflicts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("challenger_id", sa.Uuid(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["ats.candidates.id"], name=op.f("fk_ownership_conflicts_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["challenger_id"], ["network.recruiters.id"], name=op.f("fk_ownership_conflicts_challenger_id")
        ),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["ats.candidate_sourcers.id"], name=op.f("fk_ownership_conflicts_claim_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownership_conflicts")),
        sa.UniqueConstraint(
            "candidate_id", "challenger_id", "day", name=op.f("uq_ownership_conflicts_candidate_id_challenger_id_day")
        ),
        schema="ats",
    )
    op.create_table(
        "placements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("lead_recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("salary_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_bp", sa.BigInteger(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("hired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("guarantee_days", sa.BigInteger(), nullable=True),
        sa.Column("guarantee_end_date", sa.Date(), nullable=True),
        sa.Column("maximum_days", sa.BigInteger(), nullable=True),
        sa.Column("maximum_extensions", sa.BigInteger(), nullable=True),
        sa.Column("replacement_window_days", sa.BigInteger(), nullable=True),
        sa.Column("notice_days", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("automatic_completion", sa.Boolean(), nullable=True),
        sa.Column("extensions", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completion_notes", sa.Text(), server_default="", nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("failure_notes", sa.Text(), server_default="", nullable=False),
        sa.Column("replacement_eligible", sa.Boolean(), nullable=True),
        sa.Column("replacement_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replacement_deadline", sa.Date(), nullable=True),
        sa.Column("replacement_notes", sa.Text(), server_default="", nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allocated_bp", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("split_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("splits_locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'completed') = (completed_at IS NOT NULL)", name=op.f("ck_placements_completed")),
        sa.CheckConstraint("(state = 'failed') = (failed_at IS NOT NULL)", name=op.f("ck_placements_failed")),
        sa.CheckConstraint(
            "failure_reason IN ('candidate_quit', 'terminated_performance', 'terminated_misconduct', 'layoff', 'role_changed', 'no_show', 'mutual', 'other')",
            name=op.f("ck_placements_failure_reason"),
        ),
        sa.CheckConstraint("state IN ('hired', 'active', 'completed', 'failed')", name=op.f("ck_placements_state")),
        sa.CheckConstraint(
            "state NOT IN ('active', 'completed') OR activated_at IS NOT NULL", name=op.f("ck_placements_activated")
        ),
        sa.CheckConstraint(
            "(activated_at IS NULL) = (guarantee_end_date IS NULL)", name=op.f("ck_placements_guarantee")
        ),
        sa.CheckConstraint("(failed_at IS NULL) = (failure_reason IS NULL)", name=op.f("ck_placements_reason")),
        sa.CheckConstraint("(replaces_id IS NULL) = (linked_at IS NULL)", name=op.f("ck_placements_linked")),
        sa.CheckConstraint("activated_at IS NULL OR splits_locked_at IS NOT NULL", name=op.f("ck_placements_locked")),
        sa.CheckConstraint("allocated_bp BETWEEN 0 AND 10000", name=op.f("ck_placements_allocated")),
        sa.CheckConstraint(
            "extensions >= 0 AND (extensions <= maximum_extensions OR extensions = 0)",
            name=op.f("ck_placements_extensions"),
        ),
        sa.CheckConstraint("fee_bp > 0 AND fee_bp <= 10000", name=op.f("ck_placements_fee")),
        sa.CheckConstraint("replaces_id <> id", name=op.f("ck_placements_replaces_another")),
        sa.CheckConstraint("salary_minor > 0 AND fee_minor > 0", name=op.f("ck_placements_money")),
        sa.ForeignKeyConstraint(["candidate_id"], ["ats.candidates.id"], name=op.f("fk_placements_candidate_id")),
        sa.ForeignKeyConstraint(["company_id"], ["identity.organisations.id"], name=op.f("fk_placements_company_id")),
        sa.ForeignKeyConstraint(["job_id"], ["ats.jobs.id"], name=op.f("fk_placements_job_id")),
        sa.ForeignKeyConstraint(
            ["lead_recruiter_id"], ["network.recruiters.id"], name=op.f("fk_placements_lead_recruiter_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["network.candidate_role_assignments.id"], name=op.f("fk_placements_proposal_id")
        ),
        sa.ForeignKeyConstraint(["replaces_id"], ["ats.placements.id"], name=op.f("fk_placements_replaces_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placements")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_placements_proposal_id")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_placements_replaces_id")),
        schema="ats",
    )
    op.create_index(op.f("ix_placements_candidate_id"), "placements", ["candidate_id"], unique=False, schema="ats")
    op.create_index("ix_placements_company", "placements", ["company_id", "state", "id"], unique=False, schema="ats")
    op.create_index(
        "ix_placements_guarantee",
        "placements",
        ["guarantee_end_date"],
        unique=False,
        schema="ats",
        postgresql_where=sa.text("state = 'active'"),
    )
    op.create_index(op.f("ix_placements_job_id"), "placements", ["job_id"], unique=False, schema="ats")
    op.create_index(
        op.f("ix_placements_lead_recruiter_id"), "placements", ["lead_recruiter_id"], unique=False, schema="ats"
    )
    op.create_table(
        "protection_notices",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["ats.candidate_sourcers.id"], name=op.f("fk_protection_notices_claim_id")
        ),
        sa.PrimaryKeyConstraint("claim_id", "days", name=op.f("pk_protection_notices")),
        schema="ats",
    )
    op.create_table(
        "proposal_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answered_by IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_proposal_questions_answered"),
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["identity.users.id"], name=op.f("fk_proposal_questions_answered_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["identity.users.id"], name=op.f("fk_proposal_questions_asked_by")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["network.candidate_role_assignments.id"], name=op.f("fk_proposal_questions_proposal_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_proposal_questions_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_questions")),
        schema="network",
    )
    op.create_index(
        op.f("ix_proposal_questions_proposal_id"), "proposal_questions", ["proposal_id"], unique=False, schema="network"
    )
    op.create_index(
        "ix_proposal_questions_recruiter",
        "proposal_questions",
        ["recruiter_id", "asked_at"],
        unique=False,
        schema="network",
    )
    op.create_table(
        "proposal_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "from_state IN ('proposed', 'company_reviewing')", name=op.f("ck_proposal_states_from_state")
        ),
        sa.CheckConstraint(
            "to_state IN ('proposed', 'company_reviewing', 'accepted', 'declined', 'withdrawn', 'timeout')",
            name=op.f("ck_proposal_states_to_state"),
        ),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_proposal_states_by")),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["network.candidate_role_assignments.id"], name=op.f("fk_proposal_states_proposal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_states")),
        schema="network",
    )
    op.create_index(
        op.f("ix_proposal_states_proposal_id"), "proposal_states", ["proposal_id"], unique=False, schema="network"
    )
    op.create_index(
        "uq_proposal_states_terminal",
        "proposal_states",
        ["proposal_id"],
        unique=True,
        schema="network",
        postgresql_where=sa.text("to_state IN ('accepted', 'declined', 'withdrawn', 'timeout')"),
    )
    op.create_table(
        "collaborator_feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("by_recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("by_recruiter_id <> recruiter_id", name=op.f("ck_collaborator_feedback_another")),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_collaborator_feedback_stars")),
        sa.ForeignKeyConstraint(
            ["by_recruiter_id"], ["network.recruiters.id"], name=op.f("fk_collaborator_feedback_by_recruiter_id")
        ),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["ats.placements.id"], name=op.f("fk_collaborator_feedback_placement_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_collaborator_feedback_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collaborator_feedback")),
        sa.UniqueConstraint(
            "placement_id",
            "by_recruiter_id",
            "recruiter_id",
            name="uq_collaborator_feedback_once",
        ),
        schema="ats",
    )
    op.create_index(
        op.f("ix_collaborator_feedback_recruiter_id"),
        "collaborator_feedback",
        ["recruiter_id"],
        unique=False,
        schema="ats",
    )
    op.create_table(
        "guarantee_extensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("additional_days", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("old_end_date", sa.Date(), nullable=False),
        sa.Column("new_end_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "additional_days >= 1 AND new_end_date - old_end_date = additional_days",
            name=op.f("ck_guarantee_extensions_days"),
        ),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_guarantee_extensions_by")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["ats.placements.id"], name=op.f("fk_guarantee_extensions_placement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guarantee_extensions")),
        sa.UniqueConstraint("placement_id", "number", name=op.f("uq_guarantee_extensions_placement_id_number")),
        schema="ats",
    )
    op.create_table(
        "guarantee_notices",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("notice_days", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["ats.placements.id"], name=op.f("fk_guarantee_notices_placement_id")
        ),
        sa.PrimaryKeyConstraint("placement_id", "notice_days", name=op.f("pk_guarantee_notices")),
        schema="ats",
    )
    op.create_table(
        "placement_collaborators",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("split_bp", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "role IN ('sourcer', 'submitter', 'closer', 'support')", name=op.f("ck_placement_collaborators_role")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_placement_collaborators_amount")),
        sa.CheckConstraint("split_bp > 0 AND split_bp <= 10000", name=op.f("ck_placement_collaborators_split")),
        sa.ForeignKeyConstraint(["added_by"], ["identity.users.id"], name=op.f("fk_placement_collaborators_added_by")),
        sa.ForeignKeyConstraint(
            ["placement_id"], ["ats.placements.id"], name=op.f("fk_placement_collaborators_placement_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_placement_collaborators_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_collaborators")),
        sa.UniqueConstraint(
            "placement_id",
            "recruiter_id",
            "role",
            name=op.f("uq_placement_collaborators_placement_id_recruiter_id_role"),
        ),
        schema="ats",
    )
    op.create_index(
        op.f("ix_placement_collaborators_placement_id"),
        "placement_collaborators",
        ["placement_id"],
        unique=False,
        schema="ats",
    )
    op.create_index(
        op.f("ix_placement_collaborators_recruiter_id"),
        "placement_collaborators",
        ["recruiter_id"],
        unique=False,
        schema="ats",
    )
    op.create_table(
        "placement_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=True),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("from_state IN ('hired', 'active')", name=op.f("ck_placement_states_from_state")),
        sa.CheckConstraint(
            "to_state IN ('hired', 'active', 'completed', 'failed')", name=op.f("ck_placement_states_to_state")
        ),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_placement_states_by")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_placement_states_placement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_states")),
        sa.UniqueConstraint("placement_id", "to_state", name=op.f("uq_placement_states_placement_id_to_state")),
        schema="ats",
    )
    op.create_table(
        "split_amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("base_version", sa.BigInteger(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'proposed') = (closed_at IS NULL)", name=op.f("ck_split_amendments_closed")),
        sa.CheckConstraint(
            "state IN ('proposed', 'in_force', 'refused', 'withdrawn')", name=op.f("ck_split_amendments_state")
        ),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_split_amendments_placement_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["identity.users.id"], name=op.f("fk_split_amendments_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_split_amendments")),
        schema="ats",
    )
    op.create_index(
        op.f("ix_split_amendments_placement_id"), "split_amendments", ["placement_id"], unique=False, schema="ats"
    )
    op.create_index(
        "uq_split_amendments_open",
        "split_amendments",
        ["placement_id"],
        unique=True,
        schema="ats",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "split_sheets",
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("receipt", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["identity.users.id"], name=op.f("fk_split_sheets_by")),
        sa.ForeignKeyConstraint(["placement_id"], ["ats.placements.id"], name=op.f("fk_split_sheets_placement_id")),
        sa.PrimaryKeyConstraint("placement_id", "version", name=op.f("pk_split_sheets")),
        schema="ats",
    )
    op.create_table(
        "amendment_answers",
        sa.Column("amendment_id", sa.Uuid(), nullable=False),
        sa.Column("recruiter_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name=op.f("ck_amendment_answers_answered")),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["ats.split_amendments.id"], name=op.f("fk_amendment_answers_amendment_id")
        ),
        sa.ForeignKeyConstraint(
            ["recruiter_id"], ["network.recruiters.id"], name=op.f("fk_amendment_answers_recruiter_id")
        ),
        sa.PrimaryKeyConstraint("amendment_id", "recruiter_id", name=op.f("pk_amendment_answers")),
        schema="ats",
    )
    op.create_index(
        op.f("ix_amendment_answers_recruiter_id"), "amendment_answers", ["recruiter_id"], unique=False, schema="ats"
    )


def downgrade() -> None:
    """Remove the tables and their schemas."""
    op.drop_index(op.f("ix_amendment_answers_recruiter_id"), table_name="amendment_answers", schema="ats")
    op.drop_table("amendment_answers", schema="ats")
    op.drop_table("split_sheets", schema="ats")
    op.drop_index(
        "uq_split_amendments_open",
        table_name="split_amendments",
        schema="ats",
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_split_amendments_placement_id"), table_name="split_amendments", schema="ats")
    op.drop_table("split_amendments", schema="ats")
    op.drop_table("placement_states", schema="ats")
    op.drop_index(op.f("ix_placement_collaborators_recruiter_id"), table_name="placement_collaborators", schema="ats")
    op.drop_index(op.f("ix_placement_collaborators_placement_id"), table_name="placement_collaborators", schema="ats")
    op.drop_table("placement_collaborators", schema="ats")
    op.drop_table("guarantee_notices", schema="ats")
    op.drop_table("guarantee_extensions", schema="ats")
    op.drop_index(op.f("ix_collaborator_feedback_recruiter_id"), table_name="collaborator_feedback", schema="ats")
    op.drop_table("collaborator_feedback", schema="ats")
    op.drop_index(
        "uq_proposal_states_terminal",
        table_name="proposal_states",
        schema="network",
        postgresql_where=sa.text("to_state IN ('accepted', 'declined', 'withdrawn', 'timeout')"),
    )
    op.drop_index(op.f("ix_proposal_states_proposal_id"), table_name="proposal_states", schema="network")
    op.drop_table("proposal_states", schema="network")
    op.drop_index("ix_proposal_questions_recruiter", table_name="proposal_questions", schema="network")
    op.drop_index(op.f("ix_proposal_questions_proposal_id"), table_name="proposal_questions", schema="network")
    op.drop_table("proposal_questions", schema="network")
    op.drop_table("protection_notices", schema="ats")
    op.drop_index(op.f("ix_placements_lead_recruiter_id"), table_name="placements", schema="ats")
    op.drop_index(op.f("ix_placements_job_id"), table_name="placements", schema="ats")
    op.drop_index(
        "ix_placements_guarantee", table_name="placements", schema="ats", postgresql_where=sa.text("state = 'active'")
    )
    op.drop_index("ix_placements_company", table_name="placements", schema="ats")
    op.drop_index(op.f("ix_placements_candidate_id"), table_name="placements", schema="ats")
    op.drop_table("placements", schema="ats")
    op.drop_table("ownership_conflicts", schema="ats")
    op.drop_table("outreach_engagements", schema="ats")
    op.drop_index(
        "uq_candidate_role_assignments_exclusive",
        table_name="candidate_role_assignments",
        schema="network",
        postgresql_where=sa.text("state IN ('proposed', 'company_reviewing', 'accepted')"),
    )
    op.drop_index(
        "ix_candidate_role_assignments_recruiter_candidate",
        table_name="candidate_role_assignments",
        schema="network",
    )
    op.drop_index("ix_candidate_role_assignments_recruiter", table_name="candidate_role_assignments", schema="network")
    op.drop_index("ix_candidate_role_assignments_job", table_name="candidate_role_assignments", schema="network")
    op.drop_index(
        "ix_candidate_role_assignments_due",
        table_name="candidate_role_assignments",
        schema="network",
        postgresql_where=sa.text("state IN ('proposed', 'company_reviewing')"),
    )
    op.drop_index("ix_candidate_role_assignments_company", table_name="candidate_role_assignments", schema="network")
    op.drop_index(
        op.f("ix_candidate_role_assignments_candidate_id"), table_name="candidate_role_assignments", schema="network"
    )
    op.drop_table("candidate_role_assignments", schema="network")
    op.drop_index(
        "uq_candidate_sourcers_current",
        table_name="candidate_sourcers",
        schema="ats",
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index("ix_candidate_sourcers_recruiter", table_name="candidate_sourcers", schema="ats")
    op.drop_index(
        "ix_candidate_sourcers_expiry",
        table_name="candidate_sourcers",
        schema="ats",
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index(op.f("ix_candidate_sourcers_candidate_id"), table_name="candidate_sourcers", schema="ats")
    op.drop_table("candidate_sourcers", schema="ats")
    op.drop_index("ix_candidate_outreach_recruiter", table_name="candidate_outreach", schema="ats")
    op.drop_index("ix_candidate_outreach_candidate", table_name="candidate_outreach", schema="ats")
    op.drop_table("candidate_outreach", schema="ats")
    op.drop_table("delivery_attempts", schema="notifications")
    op.drop_table("reputation_queue", schema="network")
    op.drop_index(op.f("ix_reputation_appeals_recruiter_id"), table_name="reputation_appeals", schema="network")
    op.drop_table("reputation_appeals", schema="network")
    op.drop_table("recruiter_reputation_history", schema="network")
    op.drop_index("ix_recruiter_reputation_rank", table_name="recruiter_reputation", schema="network")
    op.drop_table("recruiter_reputation", schema="network")
    op.drop_index(
        "uq_placement_guarantee_config_platform",
        table_name="placement_guarantee_config",
        schema="ats",
        postgresql_where=sa.text("scope = 'platform'"),
    )
    op.drop_table("placement_guarantee_config", schema="ats")
    op.drop_index("uq_candidates_email_key", table_name="candidates", schema="ats")
    op.drop_index("uq_candidates_email", table_name="candidates", schema="ats")
    op.drop_index("uq_candidates_phone_key", table_name="candidates", schema="ats")
    op.drop_index("ix_candidates_name_employer", table_name="candidates", schema="ats")
    op.drop_index("uq_candidates_linkedin_key", table_name="candidates", schema="ats")
    op.drop_index("ix_candidates_created_by", table_name="candidates", schema="ats")
    op.drop_table("candidates", schema="ats")
    op.drop_table("preferences", schema="notifications")
    op.drop_table("outbox", schema="notifications")
    op.drop_index("ix_notices_user", table_name="notices", schema="notifications")
    op.drop_index(
        "ix_notices_unread", table_name="notices", schema="notifications", postgresql_where=sa.text("read_at IS NULL")
    )
    op.drop_table("notices", schema="notifications")
    op.drop_index("ix_deliveries_folding", table_name="deliveries", schema="notifications")
    op.drop_index("ix_deliveries_digest", table_name="deliveries", schema="notifications")
    op.drop_index("ix_deliveries_sent", table_name="deliveries", schema="notifications")
    op.drop_index("ix_deliveries_user", table_name="deliveries", schema="notifications")
    op.drop_index("ix_deliveries_state", table_name="deliveries", schema="notifications")
    op.drop_index(
        "ix_deliveries_due",
        table_name="deliveries",
        schema="notifications",
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.drop_table("deliveries", schema="notifications")
    op.drop_index(op.f("ix_recruiters_agency_id"), table_name="recruiters", schema="network")
    op.drop_table("recruiters", schema="network")
    op.drop_index(op.f("ix_user_sessions_user_id"), table_name="user_sessions", schema="identity")
    op.drop_index(op.f("ix_user_sessions_expires_at"), table_name="user_sessions", schema="identity")
    op.drop_table("user_sessions", schema="identity")
    op.drop_index(op.f("ix_password_resets_user_id"), table_name="password_resets", schema="identity")
    op.drop_index(op.f("ix_password_resets_expires_at"), table_name="password_resets", schema="identity")
    op.drop_table("password_resets", schema="identity")
    op.drop_index(op.f("ix_memberships_organisation_id"), table_name="memberships", schema="identity")
    op.drop_table("memberships", schema="identity")
    op.drop_index(op.f("ix_access_tokens_user_id"), table_name="access_tokens", schema="identity")
    op.drop_table("access_tokens", schema="identity")
    op.drop_index("ix_jobs_status", table_name="jobs", schema="ats")
    op.drop_index("ix_jobs_company", table_name="jobs", schema="ats")
    op.drop_table("jobs", schema="ats")
    op.drop_table("unsealed", schema="notifications")
    op.drop_table("periodic_runs", schema="notifications")
    op.drop_table("platform_settings", schema="network")
    op.drop_index("ix_marketplace_events_type", table_name="marketplace_events", schema="network")
    op.drop_index(
        "ix_marketplace_events_recruiter",
        table_name="marketplace_events",
        schema="network",
        postgresql_where=sa.text("recruiter_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_marketplace_events_organisation",
        table_name="marketplace_events",
        schema="network",
        postgresql_where=sa.text("organisation_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_marketplace_events_job",
        table_name="marketplace_events",
        schema="network",
        postgresql_where=sa.text("job_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_marketplace_events_proposal",
        table_name="marketplace_events",
        schema="network",
        postgresql_where=sa.text("proposal_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_marketplace_events_placement",
        table_name="marketplace_events",
        schema="network",
        postgresql_where=sa.text("placement_id IS NOT NULL"),
    )
    op.drop_index("ix_marketplace_events_correlation", table_name="marketplace_events", schema="network")
    op.drop_index(
        "ix_marketplace_events_candidate",
        table_name="marketplace_events",
        schema="network",
        postgresql_where=sa.text("candidate_id IS NOT NULL"),
    )
    op.drop_index("ix_marketplace_events_actor", table_name="marketplace_events", schema="network")
    op.drop_table("marketplace_events", schema="network")
    op.drop_table("event_seals", schema="network")
    op.drop_index("uq_users_system", table_name="users", schema="identity", postgresql_where=sa.text("is_system"))
    op.drop_index("uq_users_external_subject", table_name="users", schema="identity")
    op.drop_index("uq_users_email", table_name="users", schema="identity")
    op.drop_table("users", schema="identity")
    op.drop_index(
        "uq_organisations_platform",
        table_name="organisations",
        schema="identity",
        postgresql_where=sa.text("kind = 'platform'"),
    )
    op.drop_table("organisations", schema="identity")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys", schema="identity")
    op.drop_table("idempotency_keys", schema="identity")
    for schema in reversed(SCHEMAS):
        op.execute(f"DROP SCHEMA {schema}")
