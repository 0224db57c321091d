"""guards: what the database itself refuses, and the outbox that no writer can forget"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The log and the histories only grow.
REFUSE_CHANGE = """
CREATE FUNCTION network.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
APPEND_ONLY = (
    "network.marketplace_events",
    "network.proposal_states",
    "network.event_seals",
    "ats.placement_states",
    "ats.split_sheets",
    "ats.guarantee_extensions",
)

# Every event is in the outbox and waits for its seal, whoever wrote it.
ENQUEUE_EVENTS = """
CREATE FUNCTION network.enqueue_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notifications.outbox (event_id) SELECT id FROM written ON CONFLICT DO NOTHING;
    INSERT INTO notifications.unsealed (event_id) SELECT id FROM written ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
"""

# A terminal state is terminal.
KEEP_TERMINAL = """
CREATE FUNCTION network.keep_terminal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = ANY (TG_ARGV) AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION '% is over: %', TG_TABLE_NAME, OLD.state USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""

# The sum of the shares, kept beside its CHECK (0..10000). NO KEY UPDATE: two writers who both hold the key share of
# their foreign key queue up here instead of deadlocking. The sum is a statement of its own, so that it sees what the
# writer before us committed.
SUM_SHARES = """
CREATE FUNCTION ats.sum_shares() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid;
BEGIN
    FOR touched IN SELECT DISTINCT placement_id FROM changed ORDER BY placement_id LOOP
        PERFORM 1 FROM ats.placements WHERE id = touched FOR NO KEY UPDATE;
        UPDATE ats.placements SET allocated_bp =
            (SELECT coalesce(sum(split_bp), 0) FROM ats.placement_collaborators WHERE placement_id = touched)
        WHERE id = touched;
    END LOOP;
    RETURN NULL;
END $$
"""

# A locked sheet changes only by an amendment in force, which the transaction names in portal.amendment.
KEEP_LOCKED = """
CREATE FUNCTION ats.keep_locked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    target uuid := coalesce(NEW.placement_id, OLD.placement_id);
BEGIN
    IF EXISTS (SELECT FROM ats.placements WHERE id = target AND splits_locked_at IS NOT NULL)
        AND NOT EXISTS (
            SELECT FROM ats.split_amendments
            WHERE placement_id = target AND state = 'in_force'
                AND id::text = current_setting('portal.amendment', true)
        )
    THEN
        RAISE EXCEPTION 'the split sheet is locked' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$
"""


# Search by a part of any of these; the models do not know it, because its expression reads back in another form.
SEARCH = """
CREATE INDEX ix_candidates_search ON ats.candidates
    USING gin ((full_name || ' ' || email || ' ' || title || ' ' || employer) gin_trgm_ops)
"""


def upgrade() -> None:
    """Add the functions and their triggers, and the index of the search."""
    op.execute(SEARCH)
    for function in (REFUSE_CHANGE, ENQUEUE_EVENTS, KEEP_TERMINAL, SUM_SHARES, KEEP_LOCKED):
        op.execute(function)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION network.refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER enqueue AFTER INSERT ON network.marketplace_events REFERENCING NEW TABLE AS written"
        " FOR EACH STATEMENT EXECUTE FUNCTION network.enqueue_events()"
    )
    op.execute(
        "CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON network.candidate_role_assignments FOR EACH ROW"
        " EXECUTE FUNCTION network.keep_terminal('accepted', 'declined', 'withdrawn', 'timeout')"
    )
    op.execute(
        "CREATE TRIGGER keep_terminal BEFORE UPDATE OF state ON ats.placements FOR EACH ROW"
        " EXECUTE FUNCTION network.keep_terminal('completed', 'failed')"
    )
    for event, rows in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER sum_shares_{event.lower()} AFTER {event} ON ats.placement_collaborators"
            f" REFERENCING {rows} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ats.sum_shares()"
        )
    op.execute(
        "CREATE TRIGGER keep_locked BEFORE INSERT OR UPDATE OR DELETE ON ats.placement_collaborators"
        " FOR EACH ROW EXECUTE FUNCTION ats.keep_locked()"
    )


def downgrade() -> None:
    """Remove the functions; their triggers go with them."""
    op.execute("DROP INDEX ats.ix_candidates_search")
    for function in (
        "network.refuse_change",
        "network.enqueue_events",
        "network.keep_terminal",
        "ats.sum_shares",
        "ats.keep_locked",
    ):
        op.execute(f"DROP FUNCTION {function} CASCADE")
