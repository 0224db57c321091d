"""Money as the people concerned see it (money.md §4, §7, §9)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.domain.errors import InvalidInput, NotFound, NotPermitted
from portal.domain.permissions import Actor
from portal.domain.settings import PlatformLimits
from portal.queries import work_queue
from portal.queries.billing import alarms, documents, earnings, failures, ledger, listing, looked_after, terms
from portal.queries.billing import money as views
from portal.queries.billing.credit_notes import CREDIT_NOTES
from portal.queries.billing.money import PlacementMoney
from portal.queries.lists import Asked
from portal.runtime.clock import simulated
from portal.services import settings
from portal.services.billing import decisions
from portal.services.placements import corrections
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.hires import day
from tests.money import balance, begun, invoice_of, job_on, left, paid, started
from tests.services.test_billing import ON_PAY, pay_run, run_of


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def seen(cast: Cast, who: Person, placement_id: object) -> PlacementMoney:
    found = views.of_placement(placement_id, viewer=cast.actor(who))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_each_payout_says_what_it_waits_for(cast: Cast) -> None:
    placement_id = started(cast)
    mine = seen(cast, cast.rita, placement_id).payouts
    assert {row.waits_for for row in mine} == {"Acme hasn’t paid invoice INV-2026-00001, due 24 Dec 2026"}
    assert {row.expected_on for row in mine} == {day(97)}  # with the run of 1 Mar 2027
    paid(cast, placement_id)
    mine = seen(cast, cast.rita, placement_id).payouts
    assert {row.waits_for for row in mine} == {"the guarantee ends on 22 Feb 2027"}
    left(cast, placement_id, 40)
    mine = seen(cast, cast.rita, placement_id).payouts
    assert {(row.waits_for, row.expected_on) for row in mine} == {("the replacement is due by 2 Feb 2027", None)}


def test_what_waits_for_an_overdue_invoice_says_for_how_long_and_promises_no_day(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    for days, said, expected in (
        (30, "due 24 Dec 2026", day(38)),
        (31, "1 day overdue", None),
        (60, "30 days overdue", None),
    ):
        with simulated(DAY + timedelta(days=days)):
            mine = seen(cast, cast.rita, placement_id).payouts
        told = {(row.waits_for, row.expected_on) for row in mine}
        assert told == {(f"Acme hasn’t paid invoice INV-2026-00001, {said}", expected)}


def test_a_day_of_the_guarantee_stays_expected_while_the_invoice_is_overdue(cast: Cast) -> None:
    placement_id = started(cast)
    with simulated(DAY + timedelta(days=60)):
        assert {row.expected_on for row in seen(cast, cast.rita, placement_id).payouts} == {day(97)}


def test_the_team_sees_all_shares_and_its_own_payouts_only(cast: Cast) -> None:
    placement_id = started(cast)
    mine = seen(cast, cast.omar, placement_id)
    assert len(mine.shares) == 4
    assert {row.recruiter_name for row in mine.payouts} == {"Omar"}
    assert (mine.invoice, mine.tax, mine.refunds) == (None, 0, ())


def test_the_company_sees_invoice_and_fee_but_nobodys_payouts(cast: Cast) -> None:
    placement_id = started(cast, tax_bp=1_900)
    found = seen(cast, cast.carl, placement_id)
    assert found.invoice is not None
    assert (found.invoice.state, found.invoice.total, found.payouts) == ("open", 2_975_000, ())
    with pytest.raises(NotPermitted):
        seen(cast, cast.hana, placement_id)
    with pytest.raises(NotFound):
        seen(cast, cast.zoe, placement_id)


def test_what_a_failure_would_take_is_what_it_takes(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY, remedy="pro_rata", tax_bp=1_000)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    with simulated(DAY + timedelta(days=45)):
        said = {"last_day": day(40), "reason": "candidate_quit"}
        seen_before = failures.typed(placement_id, viewer=cast.actor(cast.pia), **said)
    assert seen_before is not None
    left(cast, placement_id, 45, last_day_worked=day(40))
    given = {name: back for name, back in seen_before.given if name}
    assert (seen_before.to_company, balance("refundable")) == (1_527_778, 1_527_778)
    assert sum(back.clawback for back in given.values()) == balance("clawback")
    assert {back.unpaid for back in given.values()} == {0}


def test_a_failure_that_cannot_be_is_refused_as_it_is_typed(cast: Cast) -> None:
    hired_id = hires.hired(cast)
    carl = cast.actor(cast.carl)
    assert failures.typed(hired_id, viewer=carl, last_day=None, reason="no_show") is None
    placement_id = started(cast)
    with pytest.raises(InvalidInput):
        failures.typed(placement_id, viewer=carl, last_day=day(1), reason="mutual")
    assert failures.typed(placement_id, viewer=cast.actor(cast.zoe), last_day=None, reason="mutual") is None
    never = failures.typed(placement_id, viewer=carl, last_day=None, reason="no_show")
    assert never is not None
    assert (never.to_company, never.last_day, never.sees_payouts) == (2_500_000, None, False)
    with simulated(DAY + timedelta(days=40)), pytest.raises(InvalidInput):
        failures.typed(placement_id, viewer=cast.actor(cast.carl), last_day=None, reason="no_show")


def test_todays_reserve_says_what_would_go_back(cast: Cast) -> None:
    placement_id = started(cast, platform_bp=500, remedy="pro_rata")
    paid(cast, placement_id)
    with simulated(DAY + timedelta(days=40)):
        reserve = seen(cast, cast.rita, placement_id).reserve
    assert reserve is not None
    assert (reserve.refund, reserve.from_viewer) == (1_388_889, 527_778 + 395_833)


def test_a_placement_that_is_not_active_has_no_money_yet(cast: Cast) -> None:
    assert views.of_placement(hires.hired(cast), viewer=cast.actor(cast.rita)) is None


def test_what_is_missing_for_the_invoice_is_said(cast: Cast) -> None:
    found = seen(cast, cast.rita, hires.active(cast))
    assert found.invoice_waits_for == "the platform must enter its billing details"


def test_earnings_add_up_what_is_due_held_and_paid(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    me = cast.rita.recruiter_id
    assert me is not None
    held = earnings.earnings(me, viewer=cast.actor(cast.rita)).sums[0]
    assert (held.due, held.held) == (0, 1_750_000)
    paid(cast, placement_id)
    due = earnings.earnings(me, viewer=cast.actor(cast.rita)).sums[0]
    assert (due.due, due.held) == (1_750_000, 0)
    pay_run(cast, run_of(cast))
    after = earnings.earnings(me, viewer=cast.actor(cast.rita))
    assert (after.sums[0].due, after.sums[0].paid_this_year, after.sums[0].paid_ever) == (0, 1_750_000, 1_750_000)
    assert [month.paid for month in after.months] == [1_750_000]
    rows = listing.PAYOUTS.page(cast.actor(cast.rita), Asked()).rows
    assert [(row.candidate_name, row.state, row.amount > 0) for row in rows] == [("Maya Okafor", "paid", True)] * 2
    with pytest.raises(NotFound):
        earnings.earnings(me, viewer=cast.actor(cast.omar))


def test_what_is_expected_counts_what_the_page_does_not_show(cast: Cast) -> None:
    paid(cast, started(cast))
    me = cast.rita.recruiter_id
    assert me is not None
    whole = earnings.earnings(me, viewer=cast.actor(cast.rita))
    assert sum(month.expected for month in whole.months) == whole.sums[0].held > 0


def test_a_statement_goes_from_opening_to_closing(cast: Cast) -> None:
    placement_id = started(cast, remedy="pro_rata", **ON_PAY)
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    left(cast, placement_id, 45)
    me = cast.rita.recruiter_id
    assert me is not None
    said = {"viewer": cast.actor(cast.rita), "currency": "USD"}
    november = earnings.statement(me, month=date(2026, 11, 1), **said)  # type: ignore[arg-type]
    assert (november.opening, november.earned, november.paid, november.closing) == (0, 1_750_000, 1_750_000, 0)
    january = earnings.statement(me, month=date(2027, 1, 1), **said)  # type: ignore[arg-type]
    assert (january.opening, january.clawed_back, january.closing) == (0, 875_000, -875_000)


def test_months_and_years_are_those_of_the_platforms_zone(cast: Cast) -> None:
    me = cast.rita.recruiter_id
    assert me is not None
    placement_id = started(cast, **ON_PAY)
    with simulated(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)):
        settings.change_platform(actor=cast.actor(cast.pia), limits=PlatformLimits(time_zone="Asia/Tokyo"))  # 1 January
        paid(cast, placement_id)
        pay_run(cast, run_of(cast))
        viewer = cast.actor(cast.rita)
        found = earnings.earnings(me, viewer=viewer)
        assert (found.today, found.sums[0].years) == (date(2027, 1, 1), ((2027, 1_750_000),))
        assert [(month.month, month.paid) for month in found.months] == [(date(2027, 1, 1), 1_750_000)]
        current = earnings.statement(me, viewer=viewer, month=None, currency="USD")
        assert (current.month, current.earned, {line.at for line in current.lines}) == (
            date(2027, 1, 1),
            1_750_000,
            {date(2027, 1, 1)},
        )
        december = earnings.statement(me, viewer=viewer, month=date(2026, 12, 1), currency="USD")
        assert (december.earned, december.closing) == (0, 0)


def invoices_of(viewer: Actor, *, state: str | None = None) -> tuple[documents.ListedInvoice, ...]:
    """List the invoices that a viewer may see."""
    values = {"state": state} if state else {}
    return listing.INVOICES.page(viewer, Asked(values)).rows


def test_invoices_are_listed_with_their_state_and_age(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id, 500_000)
    with simulated(DAY + timedelta(days=70)):
        assert [row.state for row in invoices_of(cast.actor(cast.carl))] == ["overdue"]
        assert dict(documents.aging(cast.actor(cast.carl))[0].buckets)["31–60 days"] == 2_000_000
    one = documents.invoice(invoice_of(placement_id).id, viewer=cast.actor(cast.carl))
    assert (one.state, one.billed_to["legal_name"], len(one.receipts)) == ("partly_paid", "Acme Inc.", 1)
    assert invoices_of(cast.actor(cast.zoe)) == ()
    assert invoices_of(cast.actor(cast.pia), state="paid") == ()
    with pytest.raises(NotFound):
        documents.invoice(one.id, viewer=cast.actor(cast.zoe))


def test_the_platform_sees_what_it_looks_after(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, placement_id)
    run_id = run_of(cast)
    assert [line.recruiter_name for line in ledger.run(run_id).lines] == ["Omar", "Rita"]
    pay_run(cast, run_id)
    assert [run.state for run in listing.RUNS.counted(cast.actor(cast.pia), {"state": "paid"}).rows] == ["paid"]
    left(cast, placement_id, 10)
    assert [row.owed for row in looked_after.owed_refunds()] == [2_500_000]
    assert sum(row.open for row in looked_after.open_clawbacks(cast.actor(cast.pia))) == 2_500_000
    assert len(looked_after.open_clawbacks(cast.actor(cast.omar))) == 1
    first, *others = looked_after.open_clawbacks(cast.actor(cast.pia))
    assert looked_after.open_clawbacks(cast.actor(cast.pia), newer_than=first.id) == tuple(others)
    assert [balance.difference for balance in ledger.trial_balance()] == [0]
    assert ledger.at_risk(cast.actor(cast.pia))[0].unallocated == 0  # a refund that is owed is no credit
    paid(cast, placement_id, 100, reference="too much")
    assert ledger.at_risk(cast.actor(cast.pia))[0].unallocated == 100
    assert alarms.troubles() == ()
    assert [row.fee for row in CREDIT_NOTES.counted(cast.actor(cast.carl), {}).rows] == [2_500_000]


def test_terms_say_where_each_comes_from(cast: Cast) -> None:
    placement_id = started(cast, platform_bp=500)
    job_id = hires.placement(placement_id).job_id
    found = terms.of_job(job_id, viewer=cast.actor(cast.rita))
    assert (found.terms.platform_bp, found.origin["platform_bp"], found.origin["remedy"]) == (500, "job", "default")
    assert (found.terms.fee_bp, found.version) == (2_000, 1)
    assert terms.of_placement(placement_id, viewer=cast.actor(cast.carl)).platform_bp == 500
    assert terms.of_proposal(hires.placement(placement_id).proposal_id, viewer=cast.actor(cast.rita)).platform_bp == 500


def corrected(cast: Cast, placement_id: uuid.UUID, **right: int) -> None:
    wanted = corrections.Right(**right)
    corrections.correct(placement_id, actor=cast.actor(cast.pia), right=wanted, reason="Typed wrong")


@pytest.mark.parametrize(("salary", "fee"), [(10_000_000, 2_000_000), (15_000_000, 3_000_000)])
def test_what_a_correction_made_of_the_platform_fee_is_shown_once_payouts_are_due(
    cast: Cast, salary: int, fee: int
) -> None:
    placement_id = started(cast, platform_bp=500, **ON_PAY)
    paid(cast, placement_id)
    corrected(cast, placement_id, salary_minor=salary)
    for who in (cast.rita, cast.carl, cast.pia):
        money = seen(cast, who, placement_id)
        assert (money.fee, money.platform_fee) == (fee, fee // 20)
        assert sum(share.amount for share in money.shares) == money.pool
        page = cast.client(who).get(f"/placements/{placement_id}/money").text
        assert "credited." in page or who is cast.rita


def test_a_refund_shows_what_the_next_invoices_left_of_it(cast: Cast) -> None:
    """50 of 90 days are not worked, $13,888.89 go back; an invoice over $5,000 takes its part, the next one all."""
    placement_id = started(cast, remedy="pro_rata")
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    assert _owed(cast, placement_id) == (1_388_889, "owed")
    for fee_bp, name, owed, state in ((400, "Ben Two", 888_889, "owed"), (2_000, "Cy Three", 0, "credited")):
        with simulated(DAY + timedelta(days=41)):
            begun(cast, job_on(cast, fee_bp=fee_bp), name=name)
        assert _owed(cast, placement_id) == (owed, state)
        assert [row.owed for row in looked_after.owed_refunds()] == [owed] * bool(owed)
        queued = [minor for what, minor in _queued(cast.actor(cast.pia)) if what == "Acme: refund to pay out"]
        assert queued == [owed] * bool(owed)
        assert ("$8,888.89" in cast.client(cast.carl).get("/credit-notes").text) is bool(owed)


def test_of_two_refunds_the_older_goes_to_the_next_invoice_and_what_is_paid_is_what_was_shown(cast: Cast) -> None:
    first, second = started(cast, remedy="pro_rata"), begun(cast, job_on(cast, remedy="pro_rata"), name="Ben Two")
    for placement_id, last in ((first, 40), (second, 50)):
        paid(cast, placement_id, reference=f"wire {last}")
        left(cast, placement_id, last)
    with simulated(DAY + timedelta(days=60)):
        begun(cast, job_on(cast, fee_bp=400), name="Cy Three")
        assert [_owed(cast, one) for one in (first, second)] == [(888_889, "owed"), (1_111_111, "owed")]
        for one, amount in ((second, 1_111_111), (first, 888_889)):
            refund = seen(cast, cast.pia, one).refunds[0]
            decisions.refund_paid(refund.id, actor=cast.actor(cast.pia), paid_on=day(60), reference="out")
            assert _owed(cast, one) == (amount, "paid")
    assert balance("refundable") == 0


def _owed(cast: Cast, placement_id: object) -> tuple[int, str]:
    (refund,) = seen(cast, cast.carl, placement_id).refunds
    return refund.owed, refund.state


def _queued(viewer: Actor) -> list[tuple[str, int | None]]:
    return [(item.what, item.minor) for _, items in work_queue.queue(viewer).groups for item in items]
