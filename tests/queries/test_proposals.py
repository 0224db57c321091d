"""What lists and details of proposals tell whom, and what a company may not read yet."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal import access
from portal.domain.billing.terms import expected_fee
from portal.domain.disclosure import HIDDEN, Identity
from portal.domain.errors import NotFound
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Proposal
from portal.queries.billing.terms import of_proposal
from portal.queries.proposals import detail, quotes
from portal.queries.proposals import proposals as queries
from portal.queries.proposals.disclosure import reader, shown_name
from portal.runtime.clock import simulated
from portal.services import proposals, proposals_in_bulk
from portal.services.identity import accounts
from portal.services.machinery.unit_of_work import unit_of_work
from tests import money
from tests.cast import DAY, Cast
from tests.marketplace import WEEK_LATER, claimed, later, posted, proposed

H = HIDDEN
LENA_ID = uuid.UUID("0193a0f0-0000-7000-8000-00000000abcd")
LENA = Identity("Lena Brandt", "L. B.")


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_jobs_proposals_are_not_looked_up_among_all_that_the_company_got(cast: Cast) -> None:
    for visible, is_looked_up in ((access.visible, True), (access.visible_among_few, False)):
        own = visible(Proposal, cast.actor(cast.carl))
        statement = select(Proposal.id).where(own).compile(db.engine, compile_kwargs={"literal_binds": True})
        with Session(db.engine) as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = session.scalars(text(f"EXPLAIN {statement}".replace(":", "\\:"))).all()
        assert any("Index Cond" in line for line in plan) is is_looked_up, plan


TEXTS = [
    ("Lena Brandt led ranking.", "L. B. led ranking."),
    ("Brandt, Lena: 40M users, 12 years, $168,000.", "L. B.: 40M users, 12 years, $168,000."),
    ("Mail lena.b+x@mail.example.org!", f"Mail {H}!"),
    ("Call +49 (30) 123-4567 or 0171 1234567.", f"Call {H} or {H}."),
    ("In the US 415-555-0100.", f"In the US {H}."),
    ("See https://www.linkedin.com/in/lena and linkedin.com/in/lena", f"See {H} and {H}"),
    (
        "Worked 2019-2023, then 2024 to 2026 on 10.000.000 rows.",
        "Worked 2019-2023, then 2024 to 2026 on 10.000.000 rows.",
    ),
    ("Lenas work; brandts landmark; BRANDT.", "L. B. work; L. B. landmark; L. B.."),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_a_company_reads_neither_name_nor_contact_data_before_it_accepts(cast: Cast, text: str, shown: str) -> None:
    hana, rita, pia = (cast.actor(who) for who in (cast.hana, cast.rita, cast.pia))
    assert reader(hana, "proposed", LENA)(text) == shown
    assert reader(hana, "accepted", LENA)(text) == text
    assert {reader(who, "declined", LENA)(text) for who in (rita, pia)} == {text}


def test_what_a_recruiter_who_is_also_of_the_company_says_on_withdrawing_is_struck(cast: Cast) -> None:
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.join(uow, user_id=cast.rita.user_id, organisation_id=cast.acme, role="hiring_manager")
    made = proposed(cast)
    proposals.withdraw(made, actor=cast.actor(cast.rita), notes="Lena Brandt took another job")
    assert detail.detail(made, viewer=cast.actor(cast.hana)).notes == "L. B. took another job"


@pytest.mark.parametrize("state", ["proposed", "company_reviewing", "declined", "withdrawn", "timeout"])
def test_only_acceptance_reveals_the_name_to_a_company(cast: Cast, state: str) -> None:
    hana, rita = cast.actor(cast.hana), cast.actor(cast.rita)
    assert shown_name(hana, "Lena Brandt", LENA_ID, state) == "L. B."
    assert shown_name(rita, "Lena Brandt", LENA_ID, state) == "Lena Brandt"
    assert shown_name(hana, "Lena Brandt", LENA_ID, "accepted") == "Lena Brandt"


ACTIONS = [
    # who, state, over: what they may do
    ("hana", "proposed", False, ("review", "accept", "decline", "ask", "shortlist", "delegate")),
    ("hana", "company_reviewing", False, ("accept", "decline", "ask", "shortlist", "delegate")),
    ("hana", "proposed", True, ()),
    ("hana", "accepted", False, ("interview", "feedback")),
    ("carl", "accepted", False, ("hire", "interview", "feedback")),
    ("rita", "proposed", False, ("withdraw",)),
    ("rita", "proposed", True, ("withdraw",)),
    ("rita", "timeout", True, ()),
    ("omar", "proposed", False, ()),
    ("pia", "proposed", False, ("review", "accept", "decline", "withdraw", "ask", "shortlist", "delegate")),
    ("pia", "accepted", False, ("hire", "interview", "feedback")),
    ("zoe", "proposed", False, ()),
]


@pytest.mark.parametrize(("who", "state", "over", "actions"), ACTIONS)
def test_everybody_is_offered_what_the_service_would_do(
    cast: Cast, who: str, state: str, over: bool, actions: tuple[str, ...]
) -> None:
    offered = detail.allowed_actions(
        cast.actor(getattr(cast, who)),
        state=state,
        expires_at=DAY if over else WEEK_LATER,
        recruiter_id=cast.rita.recruiter_id,
        company_id=cast.acme,
    )
    assert offered == actions


def test_a_hired_proposal_is_not_hired_again_and_an_open_question_is_answered(cast: Cast) -> None:
    facts = {"expires_at": WEEK_LATER, "recruiter_id": cast.rita.recruiter_id, "company_id": cast.acme}
    carl, rita = cast.actor(cast.carl), cast.actor(cast.rita)
    assert detail.allowed_actions(carl, state="accepted", hired=True, **facts) == ("feedback",)
    assert detail.allowed_actions(rita, state="accepted", unanswered=True, **facts) == ("answer",)


def test_a_detail_tells_fee_and_protection(cast: Cast) -> None:
    made = proposed(cast, job_id=posted(cast), salary=12_345_678)
    found = detail.detail(made, viewer=cast.actor(cast.rita))
    assert (found.fee_minor, found.fee_bp) == (2_469_136, 2_000)
    assert (found.protected_until, found.score, found.agency_name) == (later(days=365), None, "North Talent")
    assert (found.is_open, found.over, found.placement_id) == (True, False, None)
    unpriced = detail.detail(proposed(cast, salary=None), viewer=cast.actor(cast.rita))
    assert unpriced.fee_minor is None


def test_a_recruiters_list_is_for_the_recruiter_the_platform_and_the_companies_concerned(cast: Cast) -> None:
    job_id = posted(cast)
    for_acme, for_rival = proposed(cast, job_id=job_id), proposed(cast, job_id=posted(cast, cast.zoe))
    own = cast.rita.recruiter_id

    def ids(who: str, **wanted: object) -> list[uuid.UUID]:
        job_id, part = wanted.pop("job_id", None), queries.Part(**wanted)
        found = queries.for_recruiter(own, viewer=cast.actor(getattr(cast, who)), job_id=job_id, part=part)
        assert found.total >= len(found.rows)
        return [row.id for row in found.rows]

    assert ids("rita") == ids("pia") == [for_rival, for_acme]
    assert ids("hana") == [for_acme]
    assert ids("zoe") == [for_rival]
    assert ids("rita", job_id=job_id) == [for_acme]
    assert ids("rita", limit=1, offset=1) == [for_acme]
    assert ids("rita", state="accepted") == []
    assert ids("rita", state="proposed") == [for_rival, for_acme]
    for stranger in (own, uuid.uuid4()):
        with pytest.raises(NotFound):
            queries.for_recruiter(stranger, viewer=cast.actor(cast.omar))
    with pytest.raises(NotFound):
        queries.for_recruiter(uuid.uuid4(), viewer=cast.actor(cast.pia))


@pytest.mark.parametrize(
    ("terms", "salary", "fee"),
    [
        ({}, 16_800_000, 3_360_000),
        ({}, 333_333, 66_667),  # half a cent is rounded up
        ({}, None, None),
        ({"fee_bp": 1_500}, 10_000_000, 1_500_000),
        ({"minimum_fee_minor": 3_000_000}, 10_000_000, 3_000_000),
        ({"minimum_fee_minor": 3_000_000}, 20_000_000, 4_000_000),
        ({"flat_fee_minor": 2_500_000}, 10_000_000, 2_500_000),
        ({"flat_fee_minor": 2_500_000}, None, 2_500_000),
    ],
)
def test_a_list_expects_the_fee_that_the_terms_say(
    cast: Cast, terms: dict[str, int], salary: int | None, fee: int | None
) -> None:
    proposal_id = proposed(cast, job_id=money.job_on(cast, **terms), salary=salary)
    viewer = cast.actor(cast.rita)
    (row,) = queries.for_recruiter(cast.rita.recruiter_id, viewer=viewer).rows
    assert row.fee_minor == fee
    assert expected_fee(of_proposal(proposal_id, viewer=viewer), salary) == fee


def test_a_jobs_list_holds_what_the_viewer_may_see(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    proposed(cast, candidate_id=candidate_id, job_id=job_id)
    for who, rows in ((cast.rita, 1), (cast.hana, 1), (cast.omar, 0), (cast.zoe, 0)):
        viewer = cast.actor(who)
        assert queries.for_job(job_id, viewer=viewer).total == rows


def test_what_timed_out_is_listed_by_deadline_with_names_for_the_platform(cast: Cast) -> None:
    slow = proposed(cast, job_id=posted(cast, proposal_days=2))
    quick = proposed(cast, job_id=posted(cast, proposal_days=1))
    with simulated(later(days=2)):
        first = proposals_in_bulk.expire_due(actor=system_actor(DAY)).first
        rows = queries.of_ids(first, viewer=cast.actor(cast.pia))
    assert [(r.id, r.candidate_name) for r in rows] == [(quick, "Lena Brandt"), (slow, "Lena Brandt")]


def test_a_response_record_is_the_median_and_the_share_left_to_time_out(cast: Cast) -> None:
    assert queries.response_record(cast.acme) == queries.ResponseRecord(0, 0, None)
    assert queries.response_record(cast.acme).timed_out_bp is None
    hana, made = cast.actor(cast.hana), [proposed(cast) for _ in range(6)]
    for proposal_id, hours in zip(made, (1, 2, 9), strict=False):
        with simulated(later(hours=hours)):
            proposals.accept(proposal_id, actor=hana)
    proposals.withdraw(made[3], actor=cast.actor(cast.rita))
    with simulated(WEEK_LATER):
        proposals_in_bulk.expire_due(actor=system_actor(DAY))
    record = queries.response_record(cast.acme)
    assert (record.decided, record.timed_out, record.median_seconds, record.timed_out_bp) == (3, 2, 7_200, 4_000)


def test_a_quote_is_for_who_sources_and_submits(cast: Cast) -> None:
    job_id, rita = posted(cast, proposal_days=3), cast.actor(cast.rita)
    quote = quotes.quote(job_id, viewer=rita, salary=lambda _currency: 12_500_000)
    assert (quote.fee_minor, quote.sourcer_minor, quote.submitter_minor) == (2_500_000, 1_000_000, 750_000)
    assert quote.expires_at == later(days=3)
    for salary in (None, 0, -1):
        assert quotes.quote(job_id, viewer=rita, salary=lambda _currency, s=salary: s).fee_minor is None
    with pytest.raises(NotFound):
        quotes.quote(posted(cast, status="draft"), viewer=rita, salary=lambda _currency: None)


def test_initials_of_one_letter_names_hide_nothing_more(cast: Cast) -> None:
    assert reader(cast.actor(cast.hana), "proposed", LENA)("A Brandt wrote A to Z.") == "A L. B. wrote A to Z."


def test_an_empty_list_of_what_timed_out_is_empty(cast: Cast) -> None:
    assert queries.of_ids((), viewer=cast.actor(cast.pia)) == ()
