"""Fill a scratch database with a marketplace of a given size, by set-based SQL: benchmarks measure reading, not filling."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg

COMPANIES, RECRUITERS = 50, 200

FUNCTIONS = """
CREATE FUNCTION pg_temp.v7(at timestamptz, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n & 4095), 3, '0')
        || '8' || substr(md5(n::text), 1, 15))::uuid
$$;
CREATE FUNCTION pg_temp.pick(kind text, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (substr(md5(kind || n::text), 1, 12) || '7' || substr(md5(kind || n::text), 14, 3)
        || '8' || substr(md5(kind || n::text), 18, 15))::uuid
$$;
"""

PEOPLE = f"""
INSERT INTO identity.organisations (id, kind, name, created_at)
    SELECT pg_temp.pick('company', n), 'company', 'Company ' || n, now() FROM generate_series(1, {COMPANIES}) n;
INSERT INTO identity.users (id, email, name, created_at)
    SELECT pg_temp.pick('user', n), 'user' || n || '@bench.test', 'Recruiter ' || n, now()
    FROM generate_series(1, {RECRUITERS}) n;
INSERT INTO network.recruiters (id, user_id, status, created_at)
    SELECT pg_temp.pick('recruiter', n), pg_temp.pick('user', n), 'active', now() FROM generate_series(1, {RECRUITERS}) n;
INSERT INTO identity.organisations (id, kind, name, created_at) VALUES (pg_temp.pick('agency', 1), 'agency', 'Agency', now());
INSERT INTO identity.memberships (id, user_id, organisation_id, role, created_at)
    SELECT pg_temp.pick('member', n), pg_temp.pick('user', n), pg_temp.pick('agency', 1), 'recruiter', now()
    FROM generate_series(1, {RECRUITERS}) n;
INSERT INTO identity.users (id, email, name, created_at) VALUES
    (pg_temp.pick('user', 9001), 'carl@bench.test', 'Carl', now()), (pg_temp.pick('user', 9002), 'pia@bench.test', 'Pia', now());
INSERT INTO identity.memberships (id, user_id, organisation_id, role, created_at) VALUES
    (pg_temp.pick('member', 9001), pg_temp.pick('user', 9001), pg_temp.pick('company', 1), 'company_admin', now()),
    (pg_temp.pick('member', 9002), pg_temp.pick('user', 9002), '00000000-0000-7000-8000-000000000002', 'platform_admin', now());
INSERT INTO network.recruiter_reputation (recruiter_id, score, hire, completion, collaboration, responsiveness, decided,
        placements, completed, failed, feedback_count, response_count, provisional, updated_at)
    SELECT pg_temp.pick('recruiter', n), 50 + n % 50, 50, 60, 70, 80, 20, 8, 6, 1, 0, 0, false, now()
    FROM generate_series(1, {RECRUITERS}) n;
"""

CANDIDATES = """
INSERT INTO ats.candidates (id, full_name, email, email_key, title, employer, location, created_by_recruiter_id,
        created_at, updated_at)
    SELECT pg_temp.v7(at, n), 'Candidate Number ' || n, 'candidate' || n || '@people.test',
        'candidate' || n || '@people.test', 'Engineer ' || n % 40, 'Employer ' || n % 300, 'Berlin',
        pg_temp.pick('recruiter', CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % {recruiters} END), at, at
    FROM generate_series(1, {candidates}) n, LATERAL (SELECT now() - n * interval '10 minutes' * {apart} AS at) t;
CREATE TEMP TABLE c AS SELECT row_number() OVER (ORDER BY id DESC) AS n, id, created_by_recruiter_id, created_at
    FROM ats.candidates;
CREATE UNIQUE INDEX ON c (n);
INSERT INTO ats.candidate_sourcers (id, candidate_id, recruiter_id, source_method, sourced_at, protection_days,
        protection_expires_at)
    SELECT pg_temp.v7(created_at, n), id, created_by_recruiter_id, 'linkedin', created_at, 365,
        created_at + interval '365 days' FROM c WHERE n % 10 <> 0;
INSERT INTO ats.candidate_outreach (id, candidate_id, recruiter_id, outreach_type, subject, engagement, sent_at)
    SELECT pg_temp.v7(created_at, n + k), id, created_by_recruiter_id, 'email', 'Hello', 'sent',
        created_at + k * interval '1 day' FROM c, generate_series(1, 2) k WHERE n % 10 <> 0;
INSERT INTO ats.outreach_engagements (outreach_id, engagement, at)
    SELECT id, 'sent', sent_at FROM ats.candidate_outreach;
"""

JOBS = """
INSERT INTO ats.jobs (id, company_id, title, currency, salary_min_minor, salary_max_minor, fee_bp, status, created_by,
        created_at, updated_at)
    SELECT pg_temp.v7(at, n), pg_temp.pick('company', CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % {companies} END),
        'Job title ' || n, 'USD', 10000000, 20000000,
        2000, CASE WHEN n % 5 = 0 THEN 'closed' ELSE 'active' END, pg_temp.pick('user', 9001), at, at
    FROM generate_series(1, {jobs}) n, LATERAL (SELECT now() - n * interval '1 hour' * {apart} AS at) t;
CREATE TEMP TABLE j AS SELECT row_number() OVER (ORDER BY id DESC) AS n, id, company_id FROM ats.jobs;
CREATE UNIQUE INDEX ON j (n);
"""

PROPOSALS = """
INSERT INTO network.candidate_role_assignments (id, candidate_id, job_id, company_id, recruiter_id, state, pitch, currency,
        expected_salary_minor, proposed_at, expires_at, closed_at, decline_reason)
    SELECT pg_temp.v7(at, i), c.id, j.id, j.company_id, c.created_by_recruiter_id, state, 'A fine engineer who fits well.',
        'USD', 15000000, at, at + interval '7 days' + CASE WHEN state IN ('proposed', 'company_reviewing')
            THEN interval '400 days' ELSE interval '0' END,
        CASE WHEN state NOT IN ('proposed', 'company_reviewing') THEN at + interval '2 days' END,
        CASE WHEN state = 'declined' THEN 'salary' END
    FROM generate_series(1, {proposals}) s (i)
    CROSS JOIN LATERAL (SELECT now() - i * interval '3 minutes' * {apart} - interval '3 days' AS at,
        (ARRAY['proposed', 'company_reviewing', 'accepted', 'declined', 'declined', 'withdrawn', 'timeout', 'accepted',
            'timeout', 'declined'])[1 + abs(hashtext(i::text)) % 10] AS state) t
    JOIN c ON c.n = 1 + i % {candidates} JOIN j ON j.n = 1 + (i / 7 + i) % {jobs}
    ON CONFLICT DO NOTHING;
INSERT INTO network.proposal_states (id, proposal_id, from_state, to_state, at, by)
    SELECT pg_temp.v7(proposed_at, row_number() OVER ()), id, NULL, 'proposed', proposed_at, pg_temp.pick('user', 1)
    FROM network.candidate_role_assignments;
"""

PLACEMENTS = """
CREATE TEMP TABLE p AS SELECT row_number() OVER (ORDER BY id DESC) AS n, * FROM network.candidate_role_assignments
    WHERE state = 'accepted' ORDER BY id DESC LIMIT {placements};
INSERT INTO ats.placements (id, proposal_id, candidate_id, job_id, company_id, lead_recruiter_id, state, time_zone, currency,
        salary_minor, fee_bp, fee_minor, hired_at, start_date, activated_at, guarantee_days, guarantee_end_date,
        maximum_days, maximum_extensions, replacement_window_days, notice_days, automatic_completion, completed_at,
        allocated_bp, split_version, splits_locked_at)
    SELECT pg_temp.v7(closed_at, n), id, candidate_id, job_id, company_id, recruiter_id,
        CASE WHEN n % 3 = 0 THEN 'completed' ELSE 'active' END, 'UTC', 'USD', 15000000, 2000, 3000000, closed_at,
        closed_at::date, closed_at, 90, closed_at::date + 90, 365, 2, 30, '{{30,7,1}}', true,
        CASE WHEN n % 3 = 0 THEN closed_at + interval '91 days' END, 10000, 2, closed_at FROM p;
INSERT INTO ats.placement_collaborators (id, placement_id, recruiter_id, role, split_bp, amount_minor, added_at, added_by)
    SELECT pg_temp.v7(hired_at, row_number() OVER ()), id, CASE WHEN k = 1 THEN lead_recruiter_id
            ELSE pg_temp.pick('recruiter', 1 + (abs(hashtext(id::text)) + k) % {recruiters}) END,
        (ARRAY['submitter', 'sourcer', 'closer', 'support'])[k], 2500, 750000, hired_at, pg_temp.pick('user', 1)
    FROM ats.placements, generate_series(1, 4) k;
INSERT INTO ats.split_sheets (placement_id, version, receipt, sha256, at, by, locked, cause)
    SELECT p.id, v, jsonb_build_object('placement_id', p.id, 'version', v, 'currency', 'USD',
            'fee_minor', p.fee_minor, 'inputs', shares.inputs, 'filled_to_whole', v = 2, 'result', shares.result),
        encode(sha256(p.id::text::bytea), 'hex'), p.hired_at, pg_temp.pick('user', 1), v = 2,
        (ARRAY['hire', 'locked'])[v]
    FROM ats.placements p CROSS JOIN generate_series(1, 2) v CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_array(recruiter_id, role, split_bp)) AS inputs,
            jsonb_agg(jsonb_build_object('recruiter_id', recruiter_id, 'role', role, 'split_bp', split_bp,
                'amount_minor', amount_minor)) AS result
        FROM ats.placement_collaborators WHERE placement_id = p.id) shares;
INSERT INTO ats.placement_states (id, placement_id, from_state, to_state, at, by)
    SELECT pg_temp.v7(hired_at, row_number() OVER ()), id, NULL, 'hired', hired_at, pg_temp.pick('user', 9001)
    FROM ats.placements
    UNION ALL SELECT pg_temp.v7(hired_at, 10000000 + row_number() OVER ()), id, 'hired', 'active', hired_at,
        pg_temp.pick('user', 9001) FROM ats.placements;
"""

# The log of a portal that has run for as long: a partition for each month of its past.
MONTHS = """
ALTER TABLE network.marketplace_events DETACH PARTITION network.marketplace_events_before;
DROP TABLE network.marketplace_events_before;
DO $$
DECLARE
    since timestamptz := date_trunc('month', now() - {events} * interval '20 seconds');
    part text;
BEGIN
    WHILE since < date_trunc('month', now()) LOOP
        part := to_char(since, '"marketplace_events_"YYYY_MM');
        EXECUTE format('CREATE TABLE network.%I (LIKE network.marketplace_events INCLUDING DEFAULTS)', part);
        PERFORM network.guard_event_month(format('network.%I', part)::regclass);
        PERFORM network.attach_event_month(part, since, network.month_after(since));
        since := network.month_after(since);
    END LOOP;
END $$;
"""

EVENTS = """
INSERT INTO network.marketplace_events (id, type, at, actor_id, organisation_id, candidate_id, proposal_id, job_id,
        recruiter_id, payload, correlation_id)
    SELECT pg_temp.v7(at, i), (ARRAY['proposal.created', 'candidate.sourced', 'proposal.declined', 'proposal.timeout',
            'candidate.outreach_recorded'])[1 + i % 5], at, pg_temp.pick('user', 1 + i % {recruiters}), NULL,
        c.id, NULL, NULL, c.created_by_recruiter_id,
        jsonb_build_object('candidate_id', c.id, 'recruiter_id', c.created_by_recruiter_id, 'source_method', 'linkedin',
            'protection_expires_at', '2027-11-24T00:00:00Z', 'outreach_type', 'email', 'engagement', 'sent'),
        substr(md5(i::text), 1, 20)
    FROM generate_series(1, {events}) s (i)
    CROSS JOIN LATERAL (SELECT now() - i * interval '20 seconds' AS at) t JOIN c ON c.n = 1 + i % {candidates};
"""


@dataclass(frozen=True)
class Size:
    """How much there is of everything; what happened in the marketplace is so many times as far `apart` as usual."""

    candidates: int = 10_000
    jobs: int = 1_000
    proposals: int = 50_000
    placements: int = 10_000
    events: int = 1_000_000
    apart: int = 1

    def part(self, scale: float) -> Size:
        """Return a part of everything, whose past is as much shorter."""
        counts = (self.candidates, self.jobs, self.proposals, self.placements, self.events)
        return Size(*(max(100, int(n * scale)) for n in counts))

    def tenth(self) -> Size:
        """Return a tenth of everything in as long a past: a chart of 90 days has 90 days to draw; the log is shorter."""
        return replace(self.part(0.1), apart=10 * self.apart)


def fill(conninfo: str, size: Size) -> None:
    """Write the marketplace; triggers and foreign keys stand aside, the statistics are fresh at the end."""
    sizes = {**size.__dict__, "companies": COMPANIES, "recruiters": RECRUITERS}
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET statement_timeout = 0")
        connection.execute(FUNCTIONS)
        connection.execute(PEOPLE)
        for part in (CANDIDATES, JOBS, PROPOSALS, PLACEMENTS, MONTHS, EVENTS):
            connection.execute(part.format(**sizes))
        connection.execute("VACUUM ANALYZE")
