"""months of the log: the events stand in a partition a month, so that an old one can leave at once"""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

EVENTS, FIRST, REST = (
    "network.marketplace_events",
    "network.marketplace_events_before",
    "network.marketplace_events_later",
)
INDEXES = {
    "type": "(type, id)",
    "actor": "(actor_id, id)",
    "correlation": "(correlation_id)",
    "dispute": "((payload ->> 'dispute_id')) WHERE (payload ->> 'dispute_id') IS NOT NULL",
    **{
        name: f"({name}_id, id) WHERE {name}_id IS NOT NULL"
        for name in ("candidate", "job", "proposal", "placement", "recruiter", "organisation")
    },
}

# Ids are UUIDv7: their first 48 bits are milliseconds, so that months of time are ranges of ids.
LOWEST_ID = """
CREATE FUNCTION network.lowest_event_id(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$
"""
TIME_OF_ID = """
CREATE FUNCTION network.time_of_event_id(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)
$$
"""
MONTH_AFTER = """
CREATE FUNCTION network.month_after(at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (date_trunc('month', at AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC'
$$
"""
# Up to when there are partitions: they follow each other without a gap.
MONTHS_END = """
CREATE FUNCTION network.event_months_end() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT network.time_of_event_id(max(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \\(''([0-9a-f-]+)'))::uuid)
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'network.marketplace_events'::regclass
$$
"""
# Triggers for each row come to partitions by themselves; what is for each statement counts only where it is made.
GUARD = """
CREATE FUNCTION network.guard_event_month(part regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %s'
        ' FOR EACH STATEMENT EXECUTE FUNCTION network.refuse_change()', part);
    EXECUTE format('CREATE TRIGGER enqueue AFTER INSERT ON %s REFERENCING NEW TABLE AS written'
        ' FOR EACH STATEMENT EXECUTE FUNCTION network.enqueue_events()', part);
END $$
"""
# A table that is made first and attached then does not stop those who write. What nobody made a month for in time
# lies in the default partition: this becomes the partition of its time as it is, and a new default takes its place.
ADD_MONTHS = """
CREATE FUNCTION network.add_event_months(until timestamptz) RETURNS integer LANGUAGE plpgsql
SET lock_timeout = '2s' AS $$
DECLARE
    since timestamptz;
    upto timestamptz;
    part text;
    added integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('network.add_event_months'));
    since := network.event_months_end();
    SELECT network.month_after(network.time_of_event_id(max(id::text)::uuid)) INTO upto
        FROM network.marketplace_events_later;
    IF upto <= until THEN
        LOCK TABLE network.marketplace_events, notifications.outbox IN ACCESS EXCLUSIVE MODE;
        part := to_char(since AT TIME ZONE 'UTC', '"marketplace_events_from_"YYYY_MM');
        ALTER TABLE notifications.outbox DROP CONSTRAINT fk_outbox_event_id;
        ALTER TABLE network.marketplace_events DETACH PARTITION network.marketplace_events_later;
        EXECUTE format('ALTER TABLE network.marketplace_events_later RENAME TO %I', part);
        PERFORM network.attach_event_month(part, since, until);
        CREATE TABLE network.marketplace_events_later PARTITION OF network.marketplace_events DEFAULT;
        PERFORM network.guard_event_month('network.marketplace_events_later');
        ALTER TABLE notifications.outbox ADD CONSTRAINT fk_outbox_event_id
            FOREIGN KEY (event_id) REFERENCES network.marketplace_events (id);
        RETURN 1;
    END IF;
    WHILE since < until LOOP
        upto := network.month_after(since);
        part := to_char(since AT TIME ZONE 'UTC', '"marketplace_events_"YYYY_MM');
        EXECUTE format('CREATE TABLE network.%I (LIKE network.marketplace_events INCLUDING DEFAULTS)', part);
        PERFORM network.guard_event_month(format('network.%I', part)::regclass);
        PERFORM network.attach_event_month(part, since, upto);
        since := upto;
        added := added + 1;
    END LOOP;
    RETURN added;
END $$
"""
ATTACH_MONTH = """
CREATE FUNCTION network.attach_event_month(part text, since timestamptz, upto timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE network.marketplace_events ATTACH PARTITION network.%I FOR VALUES FROM (%L) TO (%L)',
        part, network.lowest_event_id(since), network.lowest_event_id(upto));
END $$
"""
FUNCTIONS = (LOWEST_ID, TIME_OF_ID, MONTH_AFTER, MONTHS_END, GUARD, ATTACH_MONTH, ADD_MONTHS)
DROPPED = (
    "add_event_months(timestamptz)",
    "attach_event_month(text, timestamptz, timestamptz)",
    "guard_event_month(regclass)",
    "event_months_end()",
    "month_after(timestamptz)",
    "time_of_event_id(uuid)",
    "lowest_event_id(timestamptz)",
)

# What exists becomes the first partition. Its bound lies a month ahead and more, because it binds the events that the
# release before goes on writing meanwhile; of an empty log, at the beginning of this month.
BOUND = """
DO $$
DECLARE
    newest uuid := (SELECT id FROM network.marketplace_events ORDER BY id DESC LIMIT 1);
    bound timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
    IF newest IS NOT NULL THEN
        bound := network.month_after(network.month_after(greatest(now(), network.time_of_event_id(newest))));
    END IF;
    ALTER TABLE network.marketplace_events DROP CONSTRAINT IF EXISTS before_the_months;
    EXECUTE format('ALTER TABLE network.marketplace_events ADD CONSTRAINT before_the_months CHECK (id < %L) NOT VALID',
        network.lowest_event_id(bound));
END $$
"""
# Whoever reads one list of grants finds it again on the table of that name.
GRANTS = """
    FOR granted IN
        SELECT acl.* FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.oid = 'network.marketplace_events_before'::regclass AND acl.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT %s ON network.marketplace_events TO %s', granted.privilege_type,
            CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END);
    END LOOP;
"""
SWAP = f"""
DO $$
DECLARE
    bound text := (SELECT substring(pg_get_constraintdef(oid) FROM '([0-9a-f-]{{36}})') FROM pg_constraint
        WHERE conname = 'before_the_months' AND conrelid = '{EVENTS}'::regclass);
    granted record;
BEGIN
    LOCK TABLE {EVENTS}, notifications.outbox IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE notifications.outbox DROP CONSTRAINT fk_outbox_event_id;
    DROP TRIGGER append_only ON {EVENTS};
    ALTER TABLE {EVENTS} RENAME TO marketplace_events_before;
    ALTER TABLE {FIRST} RENAME CONSTRAINT pk_marketplace_events TO pk_marketplace_events_before;
    {" ".join(f"ALTER INDEX network.ix_marketplace_events_{name} RENAME TO ix_marketplace_events_before_{name};" for name in INDEXES)}
    CREATE TABLE {EVENTS} (LIKE {FIRST} INCLUDING DEFAULTS) PARTITION BY RANGE (id);
    ALTER TABLE {EVENTS} ADD CONSTRAINT pk_marketplace_events PRIMARY KEY (id);
    {" ".join(f"CREATE INDEX ix_marketplace_events_{name} ON {EVENTS} {columns};" for name, columns in INDEXES.items())}
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {EVENTS}
        FOR EACH ROW EXECUTE FUNCTION network.refuse_change();
    PERFORM network.guard_event_month('{EVENTS}');
    EXECUTE format('ALTER TABLE {EVENTS} ATTACH PARTITION {FIRST} FOR VALUES FROM (MINVALUE) TO (%L)', bound);
    ALTER TABLE {FIRST} DROP CONSTRAINT before_the_months;
    CREATE TABLE {REST} PARTITION OF {EVENTS} DEFAULT;
    PERFORM network.guard_event_month('{REST}');
    PERFORM network.add_event_months(network.month_after(now() + interval '2 months'));
    ALTER TABLE notifications.outbox ADD CONSTRAINT fk_outbox_event_id FOREIGN KEY (event_id) REFERENCES {EVENTS} (id);
{GRANTS}
END $$
"""
UNITE = f"""
DO $$
BEGIN
    LOCK TABLE {EVENTS}, notifications.outbox IN ACCESS EXCLUSIVE MODE;
    ALTER TABLE notifications.outbox DROP CONSTRAINT fk_outbox_event_id;
    ALTER TABLE {EVENTS} RENAME TO marketplace_events_in_months;
    CREATE TABLE {EVENTS} (LIKE {EVENTS}_in_months INCLUDING DEFAULTS);
    INSERT INTO {EVENTS} SELECT * FROM {EVENTS}_in_months;
    DROP TABLE {EVENTS}_in_months;
    ALTER TABLE {EVENTS} ADD CONSTRAINT pk_marketplace_events PRIMARY KEY (id);
    {" ".join(f"CREATE INDEX ix_marketplace_events_{name} ON {EVENTS} {columns};" for name, columns in INDEXES.items())}
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {EVENTS}
        FOR EACH ROW EXECUTE FUNCTION network.refuse_change();
    PERFORM network.guard_event_month('{EVENTS}');
    ALTER TABLE notifications.outbox ADD CONSTRAINT fk_outbox_event_id FOREIGN KEY (event_id) REFERENCES {EVENTS} (id);
END $$
"""


def upgrade() -> None:
    """Read the events once while everybody goes on writing, then change the tables' places in an instant.

    An attempt that found no quiet moment within three seconds can be repeated: the first part is done again.
    """
    for function in FUNCTIONS:
        op.execute(function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '3s'")
        op.execute("SET statement_timeout = '6h'")
        op.execute(BOUND)
        # It may be tried again: the constraint is dropped and made anew by then.
        validate = f"ALTER TABLE {EVENTS} VALIDATE CONSTRAINT before_the_months"
        op.execute(f"-- squawk-ignore prefer-robust-stmts\n{validate}")
        op.execute("SET statement_timeout = '30s'")
    op.execute(SWAP)


def downgrade() -> None:
    """Put all events into one table again; nobody can write meanwhile."""
    op.execute("SET LOCAL statement_timeout = '6h'")
    op.execute(UNITE)
    for function in DROPPED:
        op.execute(f"DROP FUNCTION network.{function}")
