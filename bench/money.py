"""`make bench-money`: the daily release, the trial balance, Earnings and the division of fees, each beside its floor.

Full size: 100,000 payouts due on 25,000 fees, 1,000,000 transfers, recruiters with 50 and 5,000 payouts, and 1,000,000
placements to divide. A part alone: `python -m bench.money --scale 0.1 --only release`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence

import psycopg
from flask import Flask
from sqlalchemy import create_engine, text

from bench.fill import FUNCTIONS, Size
from bench.harness import verdict
from bench.scratch import conninfo, scratch
from portal.domain import money
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.queries.billing import earnings, ledger, listing
from portal.queries.identity.accounts import actor_by_email, database_now
from portal.queries.lists import Asked
from portal.services.billing import lifecycle

FEES, TRANSFERS, MANY, FEW, PLACEMENTS = 25_000, 1_000_000, 5_000, 50, 1_000_000
UNPAID = 4 * 30  # who has a placement a day waits for that many: few are its first fifty days, many its later years
SHARES = (4_000, 3_000, 2_000, 1_000)
ROUNDS = 15

# Fees of 25,000.00 with 5 % for the platform and a team of four, paid by their clients and due today. A `wave` is one
# way's own: whatever it releases is no longer there for the next.
DUE = """
INSERT INTO billing.fees (id, placement_id, company_id, currency, terms, fee_minor, start_date, agreed_days, time_zone,
        invoice_id, next_release_on)
    SELECT pg_temp.pick('{wave}', n), pg_temp.pick('{wave}', n), pg_temp.pick('company', 1), 'USD',
        '{{"platform_bp": 500, "payout_schedule": "instalments", "instalments": [[10000, 40]]}}', 2500000,
        current_date - 40, 90, 'UTC', pg_temp.pick('{wave}i', n), current_date FROM generate_series(1, {fees}) n;
INSERT INTO billing.invoices (id, number, fee_id, placement_id, company_id, currency, issued_on, due_on, fee_minor,
        tax_minor, total_minor, tax_bp, tax_label, service, issuer, billed_to, issued_at, issued_by)
    SELECT pg_temp.pick('{wave}i', n), '{wave}' || n, pg_temp.pick('{wave}', n), pg_temp.pick('{wave}', n),
        pg_temp.pick('company', 1), 'USD', current_date - 40, current_date - 10, 2500000, 0, 2500000, 0, 'Tax', 'Placement',
        '{{}}', '{{}}', now(), pg_temp.pick('user', 1) FROM generate_series(1, {fees}) n;
INSERT INTO billing.payouts (id, fee_id, placement_id, holder_id, recruiter_id, role, currency, instalment, day,
        original_minor, state, position, created_at)
    SELECT pg_temp.pick('{wave}p' || k, n), pg_temp.pick('{wave}', n), pg_temp.pick('{wave}', n),
        CASE WHEN k = 0 THEN '00000000-0000-7000-8000-000000000002' ELSE pg_temp.pick('{wave}h' || k, n) END,
        CASE WHEN k > 0 THEN pg_temp.pick('recruiter', 1 + (n * 4 + k) % 200) END, CASE WHEN k > 0 THEN 'closer' END,
        'USD', 0, 40, (ARRAY[125000, 950000, 712500, 475000, 237500])[k + 1], 'held', k + 1, now()
    FROM generate_series(1, {fees}) n, generate_series(0, 4) k;
INSERT INTO billing.ledger_accounts (id, kind, owner_id, party_id, currency, debits_minor, credits_minor)
    SELECT pg_temp.pick('{wave}r', n), 'receivable', pg_temp.pick('{wave}i', n), NULL, 'USD', 2500000, 2500000
    FROM generate_series(1, {fees}) n
    UNION ALL SELECT gen_random_uuid(), 'held', placement_id, holder_id, 'USD', 0, original_minor FROM billing.payouts
    WHERE fee_id IN (SELECT pg_temp.pick('{wave}', n) FROM generate_series(1, {fees}) n);
"""

ACCOUNTS = """
INSERT INTO billing.ledger_accounts (id, kind, owner_id, currency)
    SELECT gen_random_uuid(), 'payable', pg_temp.pick('recruiter', n), 'USD' FROM generate_series(1, 200) n
    UNION ALL SELECT gen_random_uuid(), 'platform_fees', '00000000-0000-7000-8000-000000000002', 'USD';
"""

RELEASE = """
WITH due AS MATERIALIZED (
    SELECT p.*, gen_random_uuid() AS event_id FROM billing.payouts p JOIN billing.fees f ON f.id = p.fee_id
    WHERE f.next_release_on <= current_date AND p.state = 'held'
), released AS (
    UPDATE billing.payouts p SET state = 'due', due_at = now() FROM due WHERE p.id = due.id
), fees AS (
    UPDATE billing.fees SET next_release_on = NULL, version = version + 1 WHERE next_release_on <= current_date
), told AS (
    INSERT INTO network.marketplace_events (id, type, at, actor_id, organisation_id, placement_id, recruiter_id, payload,
        correlation_id)
    SELECT event_id, CASE WHEN recruiter_id IS NULL THEN 'fee.moved' ELSE 'payout.due' END, now(),
        '00000000-0000-7000-8000-000000000001', NULL, placement_id, recruiter_id,
        jsonb_build_object('currency', currency, 'placement_id', placement_id, 'amount_minor', original_minor,
            'payout_id', id, 'recruiter_id', recruiter_id, 'ledger', ''), 'floor' FROM due
)
INSERT INTO billing.ledger_transfers (id, operation_id, kind, debit_id, credit_id, amount_minor, currency, placement_id,
    event_id, at, actor_id, digest)
SELECT gen_random_uuid(), gen_random_uuid(), 'payout_due', held.id, owed.id, due.original_minor, 'USD', due.placement_id,
    due.event_id, now(), '00000000-0000-7000-8000-000000000001', encode(sha256(due.id::text::bytea), 'hex')
FROM due JOIN billing.ledger_accounts held ON held.kind = 'held' AND held.owner_id = due.placement_id
    AND held.party_id = due.holder_id
JOIN billing.ledger_accounts owed
    ON owed.owner_id = coalesce(due.recruiter_id, '00000000-0000-7000-8000-000000000002')
    AND owed.kind = CASE WHEN due.recruiter_id IS NULL THEN 'platform_fees' ELSE 'payable' END
"""

# Five transfers an account, as the fees of a team of four have; balances are kept beside them as the trigger does.
BOOKED = """
INSERT INTO billing.ledger_accounts (id, kind, owner_id, party_id, currency)
    SELECT pg_temp.pick('held', n), 'held', pg_temp.pick('placement', n), pg_temp.pick('party', n),
        (ARRAY['USD', 'EUR', 'GBP'])[1 + n % 3] FROM generate_series(0, {transfers} / 5 - 1) n
    UNION ALL SELECT pg_temp.pick('payable', n), 'payable', pg_temp.pick('recruiter', n), NULL,
        (ARRAY['USD', 'EUR', 'GBP'])[1 + n % 3] FROM generate_series(0, 299) n;
INSERT INTO billing.ledger_transfers (id, operation_id, kind, debit_id, credit_id, amount_minor, currency, event_id, at,
        actor_id, digest)
    SELECT pg_temp.v7(now() - n * interval '1 second', n), pg_temp.pick('operation', n), 'payout_due',
        pg_temp.pick('held', n % ({transfers} / 5)), pg_temp.pick('payable', n % 300), 100,
        (ARRAY['USD', 'EUR', 'GBP'])[1 + n % 3], pg_temp.pick('event', n), now(), pg_temp.pick('user', 1), ''
    FROM generate_series(1, {transfers}) n;
UPDATE billing.ledger_accounts a SET debits_minor = moved.debit,
        credits_minor = moved.credit + CASE WHEN a.kind = 'held' THEN moved.debit ELSE 0 END FROM (
    SELECT id, sum(debit) AS debit, sum(credit) AS credit FROM (
        SELECT debit_id AS id, amount_minor AS debit, 0 AS credit FROM billing.ledger_transfers
        UNION ALL SELECT credit_id, 0, amount_minor FROM billing.ledger_transfers) sides GROUP BY id) moved
    WHERE a.id = moved.id;
"""
BALANCES = "SELECT currency, kind, sum(debits_minor), sum(credits_minor) FROM billing.ledger_accounts GROUP BY 1, 2"

# One payout a fee, all of one recruiter; all but the newest were paid.
EARNED = """
CREATE TEMP TABLE placed AS SELECT row_number() OVER () AS n, id FROM ats.placements;
INSERT INTO billing.fees (id, placement_id, company_id, currency, terms, fee_minor, start_date, agreed_days, time_zone)
    SELECT pg_temp.pick('{wave}', n), placed.id, pg_temp.pick('company', 1), 'USD', '{{}}', 2500000, current_date - 40, 90,
        'UTC' FROM generate_series(1, {payouts}) s (n) JOIN placed USING (n);
INSERT INTO billing.payouts (id, fee_id, placement_id, holder_id, recruiter_id, role, currency, instalment, original_minor,
        state, position, created_at, due_at, paid_at)
    SELECT pg_temp.v7(now() - n * interval '1 hour', n), f.id, f.placement_id, pg_temp.pick('{wave}h', n),
        pg_temp.pick('recruiter', {recruiter}), 'closer', 'USD', 0, 2500000,
        CASE WHEN n <= {unpaid} THEN 'held' ELSE 'paid' END, 1, now(),
        CASE WHEN n > {unpaid} THEN now() END, CASE WHEN n > {unpaid} THEN now() END
    FROM generate_series(1, {payouts}) n JOIN billing.fees f ON f.id = pg_temp.pick('{wave}', n);
INSERT INTO billing.ledger_accounts (id, kind, owner_id, currency) VALUES
    (pg_temp.pick('{wave}payable', 1), 'payable', pg_temp.pick('recruiter', {recruiter}), 'USD')
    ON CONFLICT DO NOTHING;
INSERT INTO billing.ledger_accounts (id, kind, owner_id, currency) VALUES
    (pg_temp.pick('cash', 1), 'cash', '00000000-0000-7000-8000-000000000002', 'USD') ON CONFLICT DO NOTHING;
INSERT INTO billing.ledger_transfers (id, operation_id, kind, debit_id, credit_id, amount_minor, currency, placement_id,
        event_id, at, actor_id, digest)
    SELECT pg_temp.pick('{wave}t', n), pg_temp.pick('{wave}o', n), 'payout_paid', a.id, pg_temp.pick('cash', 1), 2500000, 'USD',
        NULL, pg_temp.pick('{wave}e', n), now() - n * interval '1 hour', pg_temp.pick('user', 1), ''
    FROM generate_series(1, {payouts}) n JOIN billing.ledger_accounts a ON a.kind = 'payable'
        AND a.owner_id = pg_temp.pick('recruiter', {recruiter}) WHERE n > {unpaid};
DROP TABLE placed;
"""

TO_DIVIDE = """
CREATE UNLOGGED TABLE to_divide AS SELECT n, 100000 + (n::bigint * 7919) % 4900000 AS fee_minor FROM generate_series(1, {placements}) n;
CREATE UNLOGGED TABLE divided (n bigint, position int, amount_minor bigint);
"""
NAIVE = f"""
INSERT INTO divided SELECT n, k, round(fee_minor * (ARRAY[{", ".join(map(str, SHARES))}])[k]::numeric / 10000)
FROM to_divide, generate_series(1, 4) k
"""
WRONG = """
SELECT count(*) FROM to_divide t JOIN (SELECT n, sum(amount_minor) AS total FROM divided GROUP BY n) d USING (n)
WHERE t.fee_minor <> d.total
"""


def released(app: Flask, scale: float) -> list[str]:
    """Release what is due: the job in its chunks, then one statement that does the same without checking anything."""
    fees = int(FEES * scale)
    _write(app, ACCOUNTS)
    with app.app_context():
        _write(app, DUE.format(wave="chunks", fees=fees), "VACUUM ANALYZE")
        chunks = _seconds(lambda: lifecycle.release_due(actor=system_actor(database_now())))
        _write(app, DUE.format(wave="single", fees=fees), "VACUUM ANALYZE")
        single = _seconds(lambda: _write(app, RELEASE, role="origin"))
        left = db.session.execute(text("SELECT count(*) FROM billing.payouts WHERE state = 'held'")).scalar_one()
    if left:
        raise RuntimeError(f"{left} payouts were not released")
    return [
        f"release {fees * 4:,} payouts of {fees:,} fees: in chunks {chunks:.1f} s, in one statement {single:.1f} s",
        verdict("speed of the chunks beside one statement", single / chunks, 0.6, at_most=False),
    ]


def balanced(app: Flask, scale: float) -> list[str]:
    """Draw the trial balance over many transfers, beside the bare query that adds up what the accounts keep."""
    transfers = int(TRANSFERS * scale)
    _write(app, BOOKED.format(transfers=transfers))
    _write(app, "VACUUM ANALYZE billing.ledger_accounts")
    engine = create_engine(str(app.config["SQLALCHEMY_DATABASE_URI"]), isolation_level="AUTOCOMMIT")
    with app.app_context(), engine.connect() as connection:
        work: Mapping[str, Callable[[], object]] = {
            "read": lambda: connection.execute(text(BALANCES)).all(),
            "balance": ledger.trial_balance,
        }
        read, balance = _medians(work)
    return [
        f"trial balance over {transfers:,} transfers: {balance * 1000:.1f} ms, reading the accounts {read * 1000:.1f} ms",
        verdict("the trial balance, against reading the accounts", balance / read, 1.2, at_most=True),
    ]


def earned(app: Flask, scale: float) -> list[str]:
    """Read the Earnings of a recruiter who has had many payouts, beside those of one who has had few, all unpaid."""
    many = max(int(MANY * scale), FEW)
    for recruiter, wave, payouts, unpaid in ((198, "few", FEW, FEW), (199, "many", many, min(many, UNPAID))):
        _write(app, FUNCTIONS, EARNED.format(wave=wave, payouts=payouts, recruiter=recruiter, unpaid=unpaid))
    _write(app, "VACUUM ANALYZE")
    with app.app_context():
        viewer = actor_by_email("pia@bench.test")
        if viewer is None:
            raise RuntimeError("the platform's admin is missing")
        few_id, many_id = (_recruiter(recruiter) for recruiter in (198, 199))
        db.session.remove()  # its transaction would be idle while the rounds go on
        work: Mapping[str, Callable[[], object]] = {
            "few": lambda: _read(few_id, viewer),
            "many": lambda: _read(many_id, viewer),
        }
        few, some = _medians(work)
    return [
        f"Earnings of {FEW} payouts: {few * 1000:.1f} ms, of {many:,}: {some * 1000:.1f} ms",
        verdict("Earnings of many payouts, against few", some / few, 1.4, at_most=True),
    ]


def _read(recruiter_id: uuid.UUID, viewer: Actor) -> None:
    """Read what the page of Earnings shows."""
    earnings.earnings(recruiter_id, viewer=viewer)
    listing.PAYOUTS.page(viewer, Asked({"recruiter": recruiter_id}))


def divided(app: Flask, scale: float) -> list[str]:
    """Divide fees among four, exactly, beside rounding each share in SQL, which loses or invents cents."""
    placements = int(PLACEMENTS * scale)
    _write(app, TO_DIVIDE.format(placements=placements))
    bare = _seconds(lambda: _write(app, NAIVE))
    naive = _number(app, WRONG)
    _write(app, "TRUNCATE divided")
    exact = _seconds(lambda: _divide(app))
    wrong = _number(app, WRONG)
    if wrong:
        raise RuntimeError(f"{wrong} fees were divided wrongly")
    return [
        f"divide {placements:,} fees: exactly {exact:.1f} s and right in all, by SQL {bare:.1f} s and wrong in"
        f" {100 * naive / placements:.1f} %",
        verdict("speed of the exact division beside SQL", bare / exact, 0.5, at_most=False),
    ]


def _divide(app: Flask) -> None:
    with psycopg.connect(conninfo(str(app.config["SQLALCHEMY_DATABASE_URI"]))) as connection:
        fees = connection.execute("SELECT n, fee_minor FROM to_divide").fetchall()
        with connection.cursor().copy("COPY divided FROM STDIN") as copy:
            for start in range(0, len(fees), 1_000):
                copy.write("".join(_lines(n, fee) for n, fee in fees[start : start + 1_000]))


def _lines(n: int, fee: int) -> str:
    return "".join(f"{n}\t{k}\t{amount}\n" for k, amount in enumerate(money.allocate(fee, SHARES), start=1))


PARTS: Mapping[str, Callable[[Flask, float], list[str]]] = {
    "release": released,
    "balance": balanced,
    "earnings": earned,
    "division": divided,
}


def _write(app: Flask, *statements: str, role: str = "replica") -> None:
    """Run statements as they are; as a replica does, triggers and foreign keys stand aside."""
    url = conninfo(str(app.config["SQLALCHEMY_DATABASE_URI"]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"SET session_replication_role = {role}; SET statement_timeout = 0")
        connection.execute(FUNCTIONS)
        for statement in statements:
            if statement is not FUNCTIONS:
                connection.execute(statement)


def _number(app: Flask, query: str) -> int:
    with psycopg.connect(conninfo(str(app.config["SQLALCHEMY_DATABASE_URI"]))) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _recruiter(number: int) -> uuid.UUID:
    query = "SELECT r.id FROM network.recruiters r JOIN identity.users u ON u.id = r.user_id WHERE u.email = :email"
    found = db.session.execute(text(query), {"email": f"user{number}@bench.test"}).scalar_one()
    assert isinstance(found, uuid.UUID)
    return found


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _medians(work: Mapping[str, Callable[[], object]]) -> list[float]:
    """Measure calls in interleaved rounds, and return the median seconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, call in work.items():
            taken[name].append(_seconds(call))
    return [statistics.median(taken[name]) for name in work]


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size (default 1.0)")
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    given = parser.parse_args()
    chosen: Sequence[str] = [given.only] if given.only else list(PARTS)
    with scratch() as server:
        for name in chosen:
            app = server.portal(name, Size(1_000, 500, 40_000, 6_000, 10_000))
            print("\n".join(PARTS[name](app, given.scale)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
