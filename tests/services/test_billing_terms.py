"""Setting terms, and freezing them when somebody proposes (money.md §1)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from portal.domain.billing.documents import Details
from portal.domain.errors import InvalidInput, NotFound, NotPermitted, StaleVersion
from portal.queries import jobs as job_queries
from portal.queries.billing import terms as views
from portal.queries.lists import Asked
from portal.queries.proposals import proposals as proposal_queries
from portal.runtime.clock import simulated
from portal.services import billing_details, jobs, proposals
from portal.services.billing import terms
from portal.services.placements import placements
from portal.services.proposals import TermsShown
from portal.wording.event_words import Told, say
from tests import hires, money
from tests.accounts import written
from tests.api.callers import bearer
from tests.cast import DAY, Cast
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def set_by(cast: Cast, who: Any, values: dict[str, Any], **target: Any) -> dict[str, tuple[str, str]]:
    return terms.change(actor=cast.actor(who), values=values, **target)


def test_a_company_sets_its_terms_and_the_platform_its_fee(cast: Cast) -> None:
    changed = set_by(cast, cast.carl, {"payment_days": 14}, company_id=cast.acme, version=0)
    assert changed == {"payment_days": ("30", "14")}
    set_by(cast, cast.pia, {"platform_bp": 500})
    with pytest.raises(NotPermitted):
        set_by(cast, cast.carl, {"platform_bp": 0}, company_id=cast.acme)
    found = views.of_job(posted(cast), viewer=cast.actor(cast.rita))
    assert (found.terms.payment_days, found.terms.platform_bp) == (14, 500)
    assert (found.origin["payment_days"], found.origin["platform_bp"]) == ("company", "platform")


def test_a_preview_writes_nothing_and_an_older_version_is_refused(cast: Cast) -> None:
    assert set_by(cast, cast.carl, {"payment_days": 14}, company_id=cast.acme, preview=True)
    assert views.of_scope(company_id=cast.acme).version == 0
    set_by(cast, cast.carl, {"payment_days": 14}, company_id=cast.acme)
    set_by(cast, cast.carl, {"payment_days": None}, company_id=cast.acme, version=1)
    with pytest.raises(StaleVersion):
        set_by(cast, cast.carl, {"payment_days": 20}, company_id=cast.acme, version=1)
    assert views.of_scope(company_id=cast.acme).terms.payment_days == 30


@pytest.mark.parametrize("values", [{"colour": 1}, {"guarantee_days": 30}, {"payment_days": 999}])
def test_what_is_no_term_is_refused(cast: Cast, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        set_by(cast, cast.carl, values, company_id=cast.acme)


def test_instalments_and_steps_reach_to_the_longest_guarantee_that_may_be_given(cast: Cast) -> None:
    job_id = posted(cast)
    set_by(cast, cast.carl, {"remedy": "steps", "steps": [[30, 5_000], [180, 1_000]]}, job_id=job_id)
    late = {"payout_schedule": "instalments", "instalments": [[5_000, 0], [5_000, 180]]}
    set_by(cast, cast.carl, late, company_id=cast.acme)
    offered = views.of_job(job_id, viewer=cast.actor(cast.rita)).terms
    assert offered.instalments == ((5_000, 0), (5_000, 90))  # not after the end of this job's guarantee
    for days in ([[10_000, 366]], [[5_000, 1], [5_000, 1]]):
        with pytest.raises(InvalidInput) as refused:
            set_by(cast, cast.carl, {"instalments": days}, company_id=cast.acme)
        assert "instalments" in refused.value.fields


def test_what_a_job_changes_is_told_in_its_own_currency_and_fee(cast: Cast) -> None:
    set_by(cast, cast.carl, {"currency": "EUR"}, company_id=cast.acme)
    changed = set_by(cast, cast.carl, {"fee_bp": 1_800, "currency": "USD"}, job_id=posted(cast))
    assert changed == {"fee_bp": ("2000", "1800")}


def test_nobody_sets_the_terms_of_others(cast: Cast) -> None:
    job_id = posted(cast)
    for who, target, refusal in (
        (cast.zoe, {"company_id": cast.acme}, NotFound),
        (cast.zoe, {"job_id": job_id}, NotFound),
        (cast.carl, {}, NotPermitted),
        (cast.rita, {"job_id": job_id}, NotPermitted),
        (cast.pia, {"company_id": cast.rita.organisation_id}, NotFound),
        (cast.pia, {"company_id": cast.acme, "job_id": job_id}, NotFound),
    ):
        with pytest.raises(refusal):
            set_by(cast, who, {"payment_days": 1}, **target)


def test_the_terms_of_the_proposal_are_those_of_the_placement(cast: Cast) -> None:
    job_id = money.job_on(cast, platform_bp=500, minimum_fee_minor=3_000_000)
    proposal_id = hires.accepted(cast, job_id=job_id)
    set_by(cast, cast.pia, {"platform_bp": 900, "minimum_fee_minor": None}, job_id=job_id)
    row = hires.placement(placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=hires.SALARY))
    assert (row.fee_minor, row.platform_fee_minor) == (3_000_000, 150_000)
    assert sum(amount for *_, amount in hires.team(row.id)) == 1_995_000  # 70 % of what is shared


def test_an_amount_in_another_currency_does_not_apply(cast: Cast) -> None:
    set_by(cast, cast.carl, {"currency": "EUR", "minimum_fee_minor": 5_000_000}, company_id=cast.acme)
    proposal_id = hires.accepted(cast)
    row = hires.placement(placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=hires.SALARY))
    assert (row.currency, row.fee_minor) == ("USD", 2_500_000)


def test_who_was_shown_other_terms_reads_them_again(cast: Cast) -> None:
    job_id, candidate_id = posted(cast), claimed(cast)
    rita = cast.actor(cast.rita)
    with pytest.raises(StaleVersion):
        proposals.create(candidate_id, job_id, actor=rita, pitch="x", terms_shown=TermsShown("another"))


def test_restrictions_are_ticked_before_one_proposes(cast: Cast) -> None:
    job_id = money.job_on(cast, restrictions="No agencies.")
    with pytest.raises(InvalidInput) as refused:
        proposed(cast, job_id=job_id)
    assert "restrictions_read" in refused.value.fields
    shown = TermsShown(restrictions_read=True)
    proposals.create(claimed(cast), job_id, actor=cast.actor(cast.rita), pitch="x", terms_shown=shown)


def test_billing_details_are_the_companys_own(cast: Cast) -> None:
    carl = cast.actor(cast.carl)
    assert "legal_name" in billing_details.save(cast.acme, actor=carl, details=money.ACME)
    assert billing_details.save(cast.acme, actor=carl, details=money.ACME, version=1) == ()
    moved = Details("Acme Inc.", "7 Harbour Road, Berlin", email="billing@acme.test")
    assert billing_details.save(cast.acme, actor=carl, details=moved, version=1) == ("address",)
    with pytest.raises(NotFound):
        billing_details.save(cast.acme, actor=cast.actor(cast.zoe), details=moved)
    with pytest.raises(InvalidInput):
        billing_details.save(cast.acme, actor=carl, details=Details("", ""))


@pytest.mark.parametrize(
    ("values", "target", "where"),
    [
        ({"fee_bp": 1_200}, "job", "this job"),
        ({"flat_fee_minor": 500_000, "currency": "USD"}, "company", "the company"),
    ],
)
def test_a_job_gets_no_other_percentage_while_terms_set_its_fee(
    cast: Cast, values: dict[str, Any], target: str, where: str
) -> None:
    job_id = posted(cast)
    set_by(cast, cast.carl, values, **({"job_id": job_id} if target == "job" else {"company_id": cast.acme}))
    said = jobs.JobInput(title="Staff ML Engineer", fee_bp=2_000, location="Berlin")
    jobs.edit(job_id, actor=cast.actor(cast.carl), input=replace(said, location="Bonn"), version=None)
    with pytest.raises(InvalidInput) as refused:
        jobs.edit(job_id, actor=cast.actor(cast.carl), input=replace(said, fee_bp=1_500), version=None)
    assert where in refused.value.fields["fee_bp"]


FEES: list[tuple[list[tuple[str, dict[str, Any]]], tuple[int | None, int | None]]] = [
    ([], (2_000, None)),
    ([("platform", {"fee_bp": 1_500})], (1_500, None)),
    ([("platform", {"fee_bp": 1_500}), ("company", {"flat_fee_minor": 900_000})], (None, 900_000)),
    ([("company", {"flat_fee_minor": 900_000, "currency": "USD"}), ("job", {"fee_bp": 1_800})], (1_800, None)),
    ([("company", {"flat_fee_minor": 900_000, "currency": "EUR"})], (2_000, None)),
    ([("platform", {"flat_fee_minor": 800_000}), ("company", {"payment_days": 14})], (None, 800_000)),
]


@pytest.mark.parametrize(("layers", "fee"), FEES)
def test_page_list_csv_and_api_say_the_fee_that_is_charged(
    cast: Cast, layers: list[tuple[str, dict[str, Any]]], fee: tuple[int | None, int | None]
) -> None:
    job_id = posted(cast)
    targets: dict[str, Any] = {"platform": {}, "company": {"company_id": cast.acme}, "job": {"job_id": job_id}}
    for scope, values in layers:
        set_by(cast, cast.pia, values, **targets[scope])
    rita = cast.actor(cast.rita)
    charged = views.of_job(job_id, viewer=rita).terms
    shown, (row,) = job_queries.detail(job_id, viewer=rita), job_queries.JOBS.page(rita, Asked(sort="-fee")).rows
    assert (charged.fee_bp, charged.flat_fee_minor) == fee
    assert {(x.offered_fee_bp, x.flat_fee_minor) for x in (shown, row)} == {fee}
    percentage, flat = (None if part is None else part / 100 for part in fee)
    told = cast.client().get(f"/api/jobs/{job_id}", headers=bearer(cast, cast.rita)).json
    assert (told["fee_percentage"], told["flat_fee"]) == (percentage, flat)
    (line,) = csv.DictReader(cast.client(cast.rita).get("/jobs?format=csv").text.lstrip("\ufeff").splitlines())
    assert [float(line[name]) if line[name] else None for name in ("Fee %", "Flat fee")] == [percentage, flat]


def test_the_log_says_the_fee_of_a_job_as_its_terms_set_it(cast: Cast) -> None:
    posted(cast)
    set_by(cast, cast.pia, {"flat_fee_minor": 900_000}, company_id=cast.acme)
    posted(cast, title="Designer", fee_bp=1_500)
    said = [say("job.posted", Told(payload, "", ZoneInfo("UTC"))) for payload in written("job.posted")]
    assert said == ["Fee 20%, active.", "Fee $9,000, active."]


def test_another_fee_of_the_company_makes_another_version_of_its_open_jobs(cast: Cast) -> None:
    job_id, other = posted(cast), posted(cast, status="draft")
    set_by(cast, cast.carl, {"payment_days": 14}, company_id=cast.acme)
    assert job_queries.detail(job_id, viewer=cast.actor(cast.carl)).version == 1
    set_by(cast, cast.carl, {"fee_bp": 2_500}, company_id=cast.acme)
    shown = [job_queries.detail(each, viewer=cast.actor(cast.carl)) for each in (job_id, other)]
    assert [(job.version, job.offered_fee_bp) for job in shown] == [(2, 2_500), (2, 2_500)]
    with pytest.raises(StaleVersion):
        jobs.edit(job_id, actor=cast.actor(cast.carl), input=jobs.JobInput(title="Engineer", fee_bp=2_000), version=1)
    said = jobs.JobInput(title="Engineer", fee_bp=2_500)  # what is charged anyway is no other fee
    assert jobs.edit(job_id, actor=cast.actor(cast.carl), input=said, version=2) == job_id


def test_a_proposal_lists_the_percentage_that_it_keeps(cast: Cast) -> None:
    made, rita = proposed(cast, salary=None), cast.actor(cast.rita)
    set_by(cast, cast.carl, {"flat_fee_minor": 900_000}, company_id=cast.acme)
    later = proposed(cast, name="Nora Weber", salary=None)
    rows = {row.id: (row.fee_bp, row.fee_minor) for row in proposal_queries.PROPOSALS.page(rita, Asked()).rows}
    assert rows == {made: (2_000, None), later: (None, 900_000)}
