"""Proposals: endpoints 17–23, review and withdrawal, and the questions about a proposal."""

from __future__ import annotations

import uuid
from typing import Annotated

from pydantic import Field

from portal.answers import proposals as answers
from portal.api.endpoint import Api, Created
from portal.api.types import Body, Id, Money, Notes, Offset, PageQuery, Query, To
from portal.domain import texts
from portal.domain.errors import InvalidInput
from portal.domain.ids import written_id
from portal.domain.permissions import Permission
from portal.domain.proposals import COMPARED_MOST, SHORTLISTED_AT_ONCE, DeclineReason, ProposalState
from portal.policy import current_actor
from portal.queries import jobs
from portal.queries.paging import Counted
from portal.queries.proposals import assignments, comparing, detail
from portal.queries.proposals import proposals as queries
from portal.services import delegation, proposals, proposals_in_bulk, shortlists
from portal.services.proposals import TermsShown

bp = Api("proposals", __name__, tag="Proposals")
Words = Annotated[str, Field(min_length=1, max_length=texts.NOTES)]
STATE_CONFLICTS = ("WRONG_STATE", "PROPOSAL_EXPIRED")


class QuestionBody(Body):
    """The company's question."""

    question: Words


class AnswerBody(Body):
    """The recruiter's answer; the first one closes the question."""

    answer: Words


class ProposalsQuery(PageQuery):
    """Which proposals; `cursor` takes the `next_cursor` of the page before, and shows no row twice."""

    state: ProposalState | None = None
    offset: Offset = 0

    @property
    def part(self) -> queries.Part:
        """Return the part of the list that is wanted."""
        if self.cursor and self.offset:
            raise InvalidInput.field("offset", "Send cursor or offset, not both.")
        return queries.Part(self.state, self.limit, self.offset, self.cursor)


class RecruiterProposalsQuery(ProposalsQuery):
    """Which of a recruiter's proposals."""

    job_id: Id | None = None


class ProposalBody(Body):
    """Who is proposed for which job, and confirmation that its restrictions were read.

    With `terms_version`, the proposal is rejected if the job's terms have changed since the recruiter read them.
    """

    candidate_id: Id
    job_id: Id
    pitch: Annotated[str, Field(min_length=1, max_length=texts.PITCH)]
    expected_salary: Annotated[Money | None, To("expected_salary_minor")] = None
    restrictions_read: bool = False
    terms_version: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class ShortlistBody(Body):
    """Which of the job's proposals to add to its shortlist, and which to remove."""

    add: Annotated[list[Id], Field(max_length=SHORTLISTED_AT_ONCE)] = []
    remove: Annotated[list[Id], Field(max_length=SHORTLISTED_AT_ONCE)] = []


class ComparisonQuery(Query):
    """Which proposals for the job; without any, the first four of its shortlist."""

    proposals: Annotated[
        str, Field(max_length=37 * COMPARED_MOST, description="Two to four ids, separated by commas.")
    ] = ""

    @property
    def chosen(self) -> frozenset[uuid.UUID]:
        """Return the ids.

        Raises:
            InvalidInput: one of them is none.
        """
        try:
            return frozenset(written_id(part) for part in self.proposals.split(",") if part)
        except ValueError as error:
            raise InvalidInput.field("proposals", "Send two to four ids, separated by commas.") from error


class DelegateBody(Body):
    """Who at the company should handle the proposal."""

    user_id: Id


class NotesBody(Body):
    """Notes that the other side can read."""

    notes: Notes = ""


class DeclineBody(Body):
    """Why the company declines."""

    decline_reason: Annotated[DeclineReason, To("reason")]
    notes: Notes = ""


@bp.changes(
    "/proposals",
    answers.Proposal,
    Permission.PROPOSAL_CREATE,
    "DUPLICATE_PROPOSAL",
    "JOB_NOT_ACTIVE",
    "CLAIM_REQUIRED",
    "CANDIDATE_PROTECTED",
    "STALE_VERSION",
)
def create_proposal(body: ProposalBody) -> Created:
    """Propose a candidate on whom the caller has an active claim."""
    actor = current_actor()
    said = body.to_input(jobs.detail(body.job_id, viewer=actor).currency)
    shown = TermsShown(said.pop("terms_version"), said.pop("restrictions_read"))
    proposal_id = proposals.create(actor=actor, terms_shown=shown, **said)
    return Created(detail.detail(proposal_id, viewer=actor), f"/api/proposals/{proposal_id}")


@bp.reads("/proposals/<uuid:proposal_id>", answers.ProposalDetail, Permission.PROPOSAL_VIEW)
def get_proposal(proposal_id: uuid.UUID) -> detail.ProposalDetail:
    """Return a proposal; views by platform admins are logged."""
    return detail.detail(proposal_id, viewer=current_actor())


@bp.changes("/proposals/<uuid:proposal_id>/accept", answers.Accepted, Permission.PROPOSAL_DECIDE, *STATE_CONFLICTS)
def accept_proposal(proposal_id: uuid.UUID, body: NotesBody) -> detail.ProposalDetail:
    """Accept a proposal; the candidate's identity is revealed to the company."""
    actor = current_actor()
    proposals.accept(proposal_id, actor=actor, notes=body.notes)
    return detail.detail(proposal_id, viewer=actor)


@bp.changes("/proposals/<uuid:proposal_id>/decline", answers.Declined, Permission.PROPOSAL_DECIDE, *STATE_CONFLICTS)
def decline_proposal(proposal_id: uuid.UUID, body: DeclineBody) -> detail.ProposalDetail:
    """Decline a proposal with a reason; the candidate can be proposed for the job again."""
    actor = current_actor()
    proposals.decline(proposal_id, actor=actor, **body.to_input())
    return detail.detail(proposal_id, viewer=actor)


@bp.changes(
    "/proposals/<uuid:proposal_id>/review", answers.ProposalDetail, Permission.PROPOSAL_DECIDE, *STATE_CONFLICTS
)
def review_proposal(proposal_id: uuid.UUID) -> detail.ProposalDetail:
    """Mark a proposal as under review, which the recruiter can see; the deadline doesn't change."""
    actor = current_actor()
    proposals.review(proposal_id, actor=actor)
    return detail.detail(proposal_id, viewer=actor)


@bp.changes(
    "/proposals/<uuid:proposal_id>/withdraw", answers.ProposalDetail, Permission.PROPOSAL_WITHDRAW, "WRONG_STATE"
)
def withdraw_proposal(proposal_id: uuid.UUID, body: NotesBody) -> detail.ProposalDetail:
    """Withdraw an open proposal."""
    actor = current_actor()
    proposals.withdraw(proposal_id, actor=actor, notes=body.notes)
    return detail.detail(proposal_id, viewer=actor)


@bp.reads("/proposals", answers.Proposals, Permission.PROPOSAL_VIEW)
def list_proposals(query: ProposalsQuery) -> Counted[queries.ProposalRow]:
    """List the proposals that the caller can see, newest first."""
    return queries.everything(viewer=current_actor(), part=query.part)


@bp.reads("/recruiters/<uuid:recruiter_id>/proposals", answers.RecruiterProposals, Permission.PROPOSAL_VIEW)
def list_recruiter_proposals(recruiter_id: uuid.UUID, query: RecruiterProposalsQuery) -> answers.RecruiterProposals:
    """List a recruiter's proposals; a company sees only those for its jobs."""
    found = queries.for_recruiter(recruiter_id, viewer=current_actor(), job_id=query.job_id, part=query.part)
    return answers.RecruiterProposals.of(found, recruiter_id=recruiter_id)


@bp.reads("/jobs/<uuid:job_id>/proposals", answers.JobProposals, Permission.PROPOSAL_DECIDE)
def list_job_proposals(job_id: uuid.UUID, query: ProposalsQuery) -> answers.JobProposals:
    """List the proposals for one of the caller's company's jobs."""
    viewer = current_actor()
    title = jobs.title_of(job_id, viewer=viewer)
    found = queries.for_job(job_id, viewer=viewer, part=query.part)
    return answers.JobProposals.of(found, job_id=job_id, job_title=title)


@bp.reads("/proposals/<uuid:proposal_id>/deciders", answers.Deciders, Permission.PROPOSAL_DECIDE)
def list_deciders(proposal_id: uuid.UUID) -> answers.Deciders:
    """List who at the company can decide on a proposal, and who is handling it."""
    viewer = current_actor()
    has_it = detail.detail(proposal_id, viewer=viewer).assignment
    people = [
        answers.Decider(user_id=one.user_id, name=one.name) for one in assignments.deciders(proposal_id, viewer=viewer)
    ]
    return answers.Deciders(proposal_id=proposal_id, deciders=people, in_hand=has_it.user_id if has_it else None)


@bp.changes(
    "/proposals/<uuid:proposal_id>/delegate",
    answers.Deciders,
    Permission.PROPOSAL_DECIDE,
    "WRONG_STATE",
    "ALREADY_DELEGATED",
)
def delegate_proposal(proposal_id: uuid.UUID, body: DelegateBody) -> answers.Deciders:
    """Hand a proposal over to someone at its company, who is notified."""
    delegation.delegate(proposal_id, actor=current_actor(), user_id=body.user_id)
    return list_deciders(proposal_id)


@bp.changes(
    "/proposals/<uuid:proposal_id>/hand-back",
    answers.Deciders,
    Permission.PROPOSAL_DECIDE,
    "WRONG_STATE",
    "NOT_IN_HAND",
)
def hand_back_proposal(proposal_id: uuid.UUID) -> answers.Deciders:
    """Hand a proposal back; whoever handed it over is notified."""
    delegation.hand_back(proposal_id, actor=current_actor())
    return list_deciders(proposal_id)


@bp.reads("/jobs/<uuid:job_id>/shortlist", answers.Shortlist, Permission.PROPOSAL_DECIDE)
def get_shortlist(job_id: uuid.UUID) -> answers.Shortlist:
    """List a job's shortlist; recruiters can't see it."""
    return answers.Shortlist(job_id=job_id, proposal_ids=list(jobs.detail(job_id, viewer=current_actor()).shortlist))


@bp.changes("/jobs/<uuid:job_id>/shortlist", answers.Shortlist, Permission.PROPOSAL_DECIDE, "WRONG_STATE")
def change_shortlist(job_id: uuid.UUID, body: ShortlistBody) -> answers.Shortlist:
    """Add open proposals to a job's shortlist, or remove them."""
    shortlists.change(job_id, actor=current_actor(), add=body.add, remove=body.remove)
    return get_shortlist(job_id)


@bp.reads("/jobs/<uuid:job_id>/compare", answers.Comparison, Permission.PROPOSAL_DECIDE, names={"p": "proposals"})
def compare_proposals(job_id: uuid.UUID, query: ComparisonQuery) -> comparing.Comparison:
    """Return two to four proposals for a job, to compare side by side."""
    return comparing.comparison(job_id, query.chosen, viewer=current_actor())


@bp.changes("/proposals/process-timeouts", answers.Timeouts, Permission.PROPOSAL_EXPIRE)
def process_timeouts() -> dict[str, object]:
    """Expire overdue proposals, as the periodic job does every minute."""
    actor = current_actor()
    done = proposals_in_bulk.expire_due(actor=actor)
    rows = queries.of_ids(done.first, viewer=actor)
    return {"processed": done.processed, "timed_out_proposals": rows}


def _questions(proposal_id: uuid.UUID) -> tuple[detail.Question, ...]:
    return detail.detail(proposal_id, viewer=current_actor()).questions


@bp.reads("/proposals/<uuid:proposal_id>/questions", answers.Questions, Permission.PROPOSAL_VIEW)
def list_questions(proposal_id: uuid.UUID) -> detail.ProposalDetail:
    """List the questions about a proposal."""
    return detail.detail(proposal_id, viewer=current_actor())


@bp.changes(
    "/proposals/<uuid:proposal_id>/questions",
    answers.Question,
    Permission.PROPOSAL_DECIDE,
    "WRONG_STATE",
    "PROPOSAL_EXPIRED",
)
def ask_question(proposal_id: uuid.UUID, body: QuestionBody) -> Created:
    """Ask the recruiter a question while the proposal is open."""
    question_id = proposals.ask(proposal_id, actor=current_actor(), question=body.question)
    asked = next(question for question in _questions(proposal_id) if question.id == question_id)
    return Created(asked, f"/api/proposals/{proposal_id}/questions")


@bp.changes("/questions/<uuid:question_id>/answer", answers.Question, Permission.PROPOSAL_ANSWER, "ALREADY_ANSWERED")
def answer_question(question_id: uuid.UUID, body: AnswerBody) -> detail.Question:
    """Answer a question about one of the caller's proposals."""
    proposal_id = proposals.answer(question_id, actor=current_actor(), answer=body.answer)
    return next(question for question in _questions(proposal_id) if question.id == question_id)
