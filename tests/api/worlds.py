"""Two worlds that must not see each other: rita and Acme here, omar and the rival company there.

Each is made through the services and carries words (canaries) that may appear nowhere in the other one's answers.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.domain.billing.documents import Details
from portal.domain.collaboration import Agreed
from portal.domain.interviews import Appointment
from portal.extensions import db
from portal.mailers import post
from portal.models import (
    Clawback,
    Collaborator,
    CreditNote,
    Delivery,
    Invoice,
    MarketplaceEvent,
    Membership,
    Notice,
    OwnershipConflict,
    Payout,
    UserSession,
)
from portal.services import billing_details, interviews, proposals, saved_views
from portal.services.billing import payments, receipts, runs, terms
from portal.services.candidates import imports, outreach, ownership
from portal.services.candidates.claims import CandidateProtected
from portal.services.candidates.outreach import OutreachInput
from portal.services.disputes import attachments as evidence
from portal.services.disputes import cases
from portal.services.disputes.cases import CaseInput
from portal.services.identity import access_tokens, accounts
from portal.services.placements import amendments, placements
from portal.services.reputation import appeals
from tests import money
from tests.cast import Cast, Person, sign_in
from tests.documents import attached, pdf
from tests.marketplace import claimed, posted, proposed

BEYOND = "00000000-0000-7000-8000-0000000000ff"  # an id of nothing
TABLES = text(r"""
    SELECT string_agg(format('SELECT %L AS t, count(*), max(xmin::text::bigint) FROM %I.%I',
        c.relname, n.nspname, c.relname), ' UNION ALL ' ORDER BY c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|kept|information_schema)'
""")


@dataclass(frozen=True)
class World:
    """One side: its people by role, an object for each kind of id in an address, and its canaries."""

    recruiter: Person
    admin: Person
    members: frozenset[str]
    ids: dict[str, uuid.UUID]
    owners: dict[str, Person]
    canaries: tuple[str, ...]


def make(cast: Cast, recruiter: Person, admin: Person, members: set[str], mark: str) -> World:
    """Make a world whose words begin with `mark`."""
    hunter, company = cast.actor(recruiter), cast.actor(admin)
    person = {"name": f"{mark}name Brandt", "email": f"{mark}@mail.test", "employer": f"{mark}employer"}
    candidate_id = claimed(cast, recruiter, **person)
    job_id = posted(cast, admin, title=f"{mark}title", description=f"{mark}description")
    pitch = f"{mark}pitch"
    hired_from = proposed(cast, recruiter, candidate_id=candidate_id, job_id=job_id, pitch=pitch)
    proposals.accept(hired_from, actor=company, notes=f"{mark}notes")
    interview_id = _interviewed(cast, admin, hired_from, mark)
    placement_id = placements.hire(hired_from, actor=company, salary_minor=12_500_000)
    placements.activate(placement_id, actor=company, start_date=hunter.now.date())
    proposal_id = proposed(cast, recruiter, candidate_id=candidate_id, job_id=posted(cast, admin), pitch=pitch)
    question_id = proposals.ask(proposal_id, actor=company, question=f"{mark}question")
    sent = OutreachInput(outreach_type="email", subject=f"{mark}subject")
    declined = proposed(cast, recruiter, job_id=posted(cast, admin), pitch=pitch)
    proposals.decline(declined, actor=company, reason="salary")
    token = access_tokens.issue(actor=hunter, name=f"{mark}token", scope="read", days=365)
    ids = {
        "candidate_id": candidate_id,
        "job_id": job_id,
        "proposal_id": proposal_id,
        "subject_id": proposal_id,  # of the question that waits in the recruiter's queue
        "placement_id": placement_id,
        "question_id": question_id,
        "interview_id": interview_id,
        "attachment_id": attached(cast, candidate_id, recruiter, name=f"{mark}name.pdf", content=pdf(f"{mark}pitch")),
        "outreach_id": outreach.record_outreach(candidate_id, actor=hunter, input=sent),
        "amendment_id": _amend(cast, admin, placement_id),
        "appeal_id": appeals.contest(
            hunter.recruiter_id or uuid.uuid4(),
            actor=hunter,
            kind="proposal",
            input_id=declined,
            reason=f"{mark}appeal is right",
        ),
        "recruiter_id": hunter.recruiter_id or uuid.uuid4(),
        "company_id": admin.organisation_id,
        "organisation_id": admin.organisation_id,
        **_disputed(cast, recruiter, admin),
        "conflict_id": _refused(cast, recruiter),
        "token_id": token.id,
        "view_id": saved_views.save("/proposals", "state=accepted", actor=hunter, name=f"{mark}token view"),
        "import_id": _imported(cast, recruiter, mark),
        "event_id": _newest_event(candidate_id),
        **_money(cast, recruiter, admin, mark),
        **_people(cast, recruiter, admin, mark),
    }
    words = (
        "name",
        "@mail",
        "employer",
        "pitch",
        "notes",
        "question",
        "subject",
        "token",
        "appeal",
        "interview",
        "invoiced",
        "wire",
    )
    owners = {
        "token_id": recruiter,
        "view_id": recruiter,
        "import_id": recruiter,
        "outreach_id": recruiter,
        "notice_id": admin,
        "session_id": admin,
    }
    return World(recruiter, admin, frozenset(members), ids, owners, tuple(mark + word for word in words))


def _interviewed(cast: Cast, admin: Person, proposal_id: uuid.UUID, mark: str) -> uuid.UUID:
    """Set an interview that everybody reads a part of."""
    company = cast.actor(admin)
    said = Appointment("Screening", company.now + timedelta(hours=1), place=f"{mark}interview room")
    interview_id = interviews.schedule(proposal_id, actor=company, input=said)
    interviews.note(interview_id, actor=company, note=f"{mark}interview went well", internal=True)
    return interview_id


def _disputed(cast: Cast, recruiter: Person, admin: Person) -> dict[str, uuid.UUID]:
    """Accept a proposal of somebody whom the company then says it knew."""
    proposal_id = proposed(cast, recruiter, job_id=posted(cast, admin))
    proposals.accept(proposal_id, actor=cast.actor(admin))
    said = "The candidate applied to us in spring; here are the letters."
    typed = CaseInput(
        subject="proposal", subject_id=proposal_id, reason="applied_before", statement=said, asks="Void the proposal."
    )
    dispute_id = cases.open_case(actor=cast.actor(admin), input=typed)
    file = {"name": "Letter.pdf", "content": pdf("A letter")}
    evidence_id = evidence.attach(dispute_id, actor=cast.actor(admin), **file)
    cases.answer(dispute_id, actor=cast.actor(recruiter), statement="Nobody had told me that before.")
    return {"dispute_id": dispute_id, "evidence_id": evidence_id}


def _refused(cast: Cast, recruiter: Person) -> uuid.UUID:
    """Refuse the other recruiter a candidate, whom nobody else meets."""
    candidate_id, rival = claimed(cast, recruiter), cast.omar if recruiter is cast.rita else cast.rita
    with suppress(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(rival), source_method="linkedin")
    with Session(db.engine) as session:
        of = select(OwnershipConflict.id).where(OwnershipConflict.candidate_id == candidate_id)
        return session.scalars(of).one()


def settle(cast: Cast) -> tuple[Cast, World]:
    """Make the world that the cast of most tests would have after some weeks."""
    return cast, make(cast, cast.rita, cast.carl, {"rita", "carl", "hana"}, "Amber")


def _imported(cast: Cast, recruiter: Person, mark: str) -> uuid.UUID:
    file = f"name,email\n{mark}name Quandt,{mark}imported@mail.test\n"
    report = imports.apply(actor=cast.actor(recruiter), text=file, claim=False)
    assert report.import_id is not None
    return report.import_id


def _money(cast: Cast, recruiter: Person, admin: Person, mark: str) -> dict[str, uuid.UUID]:
    """Collect in a run what a paid invoice made due, and credit a hire that left."""
    pia, company = cast.actor(cast.pia), cast.actor(admin)
    billing_details.save(pia.organisation_id, actor=pia, details=money.HOUSE)
    money.payable(cast, recruiter)
    details = Details(f"{mark}invoiced Ltd", "5 Market Square, Berlin")
    billing_details.save(admin.organisation_id, actor=company, details=details)
    invoice_id = _invoiced(cast, recruiter, admin, payout_schedule="when_paid")
    with Session(db.engine) as session:
        invoice = session.get_one(Invoice, invoice_id)
    wire = {"amount_minor": invoice.total_minor, "received_on": pia.now.date(), "reference": f"{mark}wire"}
    receipt_id = receipts.record(invoice_id, actor=pia, **wire)
    gone = _invoiced(cast, recruiter, admin, remedy="pro_rata")
    with Session(db.engine) as session:
        placements.fail(session.get_one(Invoice, gone).placement_id, actor=company, reason="candidate_quit")
        note = session.scalars(select(CreditNote).where(CreditNote.invoice_id == gone)).one()
    return {
        **_owed_back(cast, recruiter, admin),
        "refund_id": note.refund_id,
        "invoice_id": invoice_id,
        "receipt_id": receipt_id,
        "credit_note_id": note.id,
        "run_id": runs.collect(actor=pia, currency=invoice.currency),
    }


def _owed_back(cast: Cast, recruiter: Person, admin: Person) -> dict[str, uuid.UUID]:
    """Let a recruiter owe back a part of what a run has paid, in a currency of its own."""
    pia, company = cast.actor(cast.pia), cast.actor(admin)
    invoice_id = _invoiced(cast, recruiter, admin, "EUR", payout_schedule="when_paid", remedy="pro_rata")
    with Session(db.engine) as session:
        invoice = session.get_one(Invoice, invoice_id)
    wire = {"amount_minor": invoice.total_minor, "received_on": pia.now.date(), "reference": "euros"}
    receipts.record(invoice_id, actor=pia, **wire)
    run_id = runs.collect(actor=pia, currency="EUR")
    runs.approve(run_id, actor=pia)
    payments.pay(run_id, actor=pia, reference="Paid")
    placements.fail(invoice.placement_id, actor=company, reason="candidate_quit")
    with Session(db.engine) as session:
        of = {"placement_id": invoice.placement_id}
        return {
            "payout_id": session.scalars(select(Payout.id).filter_by(**of, state="paid")).first(),
            "clawback_id": session.scalars(select(Clawback.id).filter_by(**of)).first(),
        }


def _invoiced(cast: Cast, recruiter: Person, admin: Person, currency: str = "USD", **terms_of_job: str) -> uuid.UUID:
    """Start somebody today for a job on these terms, and return the invoice."""
    company, job_id = cast.actor(admin), posted(cast, admin, currency=currency)
    terms.change(actor=cast.actor(cast.pia), job_id=job_id, values=terms_of_job)
    proposal_id = proposed(cast, recruiter, job_id=job_id)
    proposals.accept(proposal_id, actor=company)
    placement_id = placements.hire(proposal_id, actor=company, salary_minor=12_500_000)
    placements.activate(placement_id, actor=company, start_date=company.now.date())
    return money.invoice_of(placement_id).id


def _newest_event(candidate_id: uuid.UUID) -> uuid.UUID:
    with Session(db.engine) as session:
        newest = select(MarketplaceEvent.id).where(MarketplaceEvent.candidate_id == candidate_id)
        return session.scalars(newest.order_by(MarketplaceEvent.id.desc()).limit(1)).one()


def _amend(cast: Cast, admin: Person, placement_id: uuid.UUID) -> uuid.UUID:
    with Session(db.engine) as session:
        rows = session.execute(
            select(Collaborator.recruiter_id, Collaborator.role)
            .where(Collaborator.placement_id == placement_id)
            .order_by(Collaborator.position)
        ).all()
    lines = [Agreed(who, role, bp) for (who, role), bp in zip(rows, (6_000, 4_000), strict=True)]
    proposed = amendments.propose(placement_id, actor=cast.actor(admin), lines=lines, reason="A fairer share")
    return proposed.id


def _people(cast: Cast, recruiter: Person, admin: Person, mark: str) -> dict[str, uuid.UUID]:
    """Add a colleague who may be removed, a session that may end, and look up what the relay made."""
    email = f"{mark.lower()}.colleague@demo.test"
    membership_id = accounts.add_member(
        actor=cast.actor(cast.pia),
        organisation_id=admin.organisation_id,
        email=email,
        role="hiring_manager",
        name="Max",
    )
    sign_in(admin)
    post.relay()  # and no more: to send a hundred emails, some with invoices, takes longer than the rest of a world
    with Session(db.engine) as session:
        newest = select(Notice.id).where(Notice.user_id == admin.user_id).order_by(Notice.id.desc()).limit(1)
        return {
            "membership_id": membership_id,
            "user_id": session.get_one(Membership, membership_id).user_id,
            "notice_id": session.scalars(newest).one(),
            "session_id": session.scalars(
                select(UserSession.id).where(UserSession.user_id == admin.user_id).limit(1)
            ).one(),
            "delivery_id": session.scalars(
                select(Delivery.id)
                .where(Delivery.user_id.in_((admin.user_id, recruiter.user_id)))
                .order_by(Delivery.id)
                .limit(1)
            ).one(),
        }


class Fingerprint:
    """What shows a change of the database: its rows counted, and the newest transaction of each table."""

    def __init__(self) -> None:
        with db.engine.connect() as connection:
            self.query = text(connection.execute(TABLES).scalar_one())

    def take(self) -> dict[str, tuple[int, int | None]]:
        """Read the counts."""
        with db.engine.connect() as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(self.query)}
