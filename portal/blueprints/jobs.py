"""Jobs: the list, one job with its proposals, posting, editing, ending."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints import shortlisting
from portal.domain.errors import InvalidInput
from portal.domain.jobs import OVER, JobStatus
from portal.domain.permissions import Permission, Scope
from portal.forms.figures import read_version
from portal.forms.jobs import ChosenForm, JobForm, JobStatusForm
from portal.policy import current_actor, policy
from portal.queries import jobs as queries
from portal.queries.billing import terms
from portal.queries.proposals import comparing
from portal.queries.proposals import proposals as proposal_queries
from portal.rendering import comparing as side_by_side
from portal.requests import lists, respond
from portal.services import jobs
from portal.wording import terms as terms_words
from portal.wording.states import state_info
from portal.wording.writing import plural

bp = Blueprint("jobs", __name__, url_prefix="/jobs")

PROPOSALS_SHOWN = 25
_NO_MORE = "Recruiters can no longer propose candidates."
_STAYS = f"{_NO_MORE[:-1]}; open proposals stay open and keep their deadlines."


@dataclass(frozen=True, slots=True)
class Change:
    """What a status is offered with: its button, the question, what it means, what is said, the button that does it."""

    button: str
    question: str
    meaning: str
    done: str
    go: str
    tone: str = ""
    ends_it: bool = False  # open proposals are withdrawn


CHANGES = {
    "active": Change(
        "Open", "Open %s?", "Recruiters will see the job and can propose candidates.", "Job opened.", "Open job"
    ),
    "paused": Change("Pause", "Pause %s?", _STAYS, "Job paused.", "Pause job"),
    "filled": Change(
        "Mark as filled", "Mark %s as filled?", _NO_MORE, "Job marked as filled.", "Mark as filled", ends_it=True
    ),
    "closed": Change("Close", "Close %s?", _NO_MORE, "Job closed.", "Close job", "danger", ends_it=True),
}


@bp.get("")
@policy(Permission.JOB_VIEW)
def index() -> ResponseReturnValue:
    """List the jobs: to recruiters all open ones, to a company its own."""
    return lists.show(queries.JOBS, "jobs/index.html", **_rights())


def _rights() -> dict[str, Any]:
    """Return what the list shows to whom: statuses to those who run jobs, companies to those who see several."""
    viewer = current_actor()
    return {
        "may_post": viewer.has(Permission.JOB_POST),
        "own_company": viewer.scope(Permission.JOB_VIEW) is Scope.COMPANY,
    }


@bp.get("/<uuid:job_id>")
@policy(Permission.JOB_VIEW)
def show(job_id: uuid.UUID) -> ResponseReturnValue:
    """Show a job, the proposals for it that the viewer may see, and what can be done with it."""
    return _page(job_id)


def _page(job_id: uuid.UUID, *, status: int = 200, refusal: str = "") -> ResponseReturnValue:
    viewer = current_actor()
    job = queries.detail(job_id, viewer=viewer)
    state = request.args.get("state") or None
    shown = {*proposal_queries.TABS, *([proposal_queries.SHORTLIST] if job.shortlist else [])}
    state = state if state in shown else None
    offered = terms.of_job(job_id, viewer=viewer).terms
    found = proposal_queries.for_job(job_id, viewer=viewer, part=proposal_queries.Part(state, PROPOSALS_SHOWN))
    record = proposal_queries.response_record(job.company_id) if job.may_propose else None
    return respond.page(
        "jobs/page.html",
        status=status,
        job=job,
        proposals=found,
        state=state,
        tabs=_tabs(job, state),
        record=record,
        said=terms_words.in_words(offered),
        rate=terms_words.rate(offered),
        refusal=refusal,
        decides=viewer.has(Permission.PROPOSAL_DECIDE),
        changes=CHANGES,
        may_set_terms=viewer.has(Permission.TERMS_EDIT),  # a company sees its own jobs only
        **_rights(),
    )


@bp.get("/<uuid:job_id>/compare")
@policy(Permission.PROPOSAL_DECIDE)
def compare(job_id: uuid.UUID) -> ResponseReturnValue:
    """Show two to four proposals for a job side by side: those that are chosen, else the first of the shortlist."""
    chosen = shortlisting.read_ids(request.args.getlist("p"))
    try:
        found = comparing.comparison(job_id, chosen, viewer=current_actor())
    except InvalidInput as error:
        return respond.refused(error, url_for("jobs.show", job_id=job_id))
    return respond.page("jobs/compare.html", c=found, rows=side_by_side.rows(found.proposals))


@bp.post("/<uuid:job_id>/chosen")
@policy(Permission.PROPOSAL_DECIDE)
def choose(job_id: uuid.UUID) -> ResponseReturnValue:
    """Do with the chosen proposals what the button says: compare them, shortlist them, or take them off again."""
    form, page = ChosenForm(), url_for("jobs.show", job_id=job_id)
    if form.do.data == "compare":
        chosen = shortlisting.read_ids(request.form.getlist("p"))
        return respond.go(url_for("jobs.compare", job_id=job_id, p=chosen))
    return shortlisting.answer(
        form, page, again=lambda status: _page(job_id, status=status, refusal="; ".join(form.form_errors))
    )


def _tabs(job: queries.JobDetail, picked: str | None) -> list[tuple[str, str, int | None, bool]]:
    """List the states that a job's proposals are shown by, with their numbers."""
    url = url_for("jobs.show", job_id=job.id)
    tabs: list[tuple[str, str, int | None, bool]] = [("All", url, None, picked is None)]
    for name in proposal_queries.TABS:
        label, count = state_info("proposal", name)[0], job.proposals.get(name)
        if name == "open":
            label, count = "Waiting", job.open_proposals
        tabs.append((label, f"{url}?state={name}", count, name == picked))
    if job.shortlist:
        name = proposal_queries.SHORTLIST
        tabs.insert(2, ("Shortlist", f"{url}?state={name}", len(job.shortlist), name == picked))
    return tabs


@bp.route("/new", methods=["GET", "POST"])
@policy(Permission.JOB_POST)
def new() -> ResponseReturnValue:
    form = JobForm.for_new(_companies())

    def then(job_id: uuid.UUID) -> ResponseReturnValue:
        said = "Draft saved." if form.status.data == JobStatus.DRAFT else "Job posted."
        return respond.done(url_for("jobs.show", job_id=job_id), said)

    return respond.submit(
        form,
        lambda: jobs.post(actor=current_actor(), input=form.to_input()),
        again=lambda status: _form(form, None, status),
        then=then,
        check=lambda: form.to_input().checked(),
        once=True,
    )


def _companies() -> tuple[tuple[uuid.UUID, str], ...] | None:
    return queries.companies() if current_actor().scope(Permission.JOB_POST) is Scope.ANY else None


@bp.route("/<uuid:job_id>/edit", methods=["GET", "POST"])
@policy(Permission.JOB_EDIT)
def edit(job_id: uuid.UUID) -> ResponseReturnValue:
    """Change a job; an edit of an older version keeps what was typed and shows the present values."""
    job = queries.detail(job_id, viewer=current_actor())
    if request.method != "POST" and (job.status in OVER or not job.may_edit):
        return redirect(url_for("jobs.show", job_id=job_id), 303)
    form = JobForm.for_edit(job)

    def again(status: int) -> ResponseReturnValue:
        form.version.data = str(job.version)  # the next attempt is made knowing the present values
        return _form(form, job, status)

    return respond.submit(
        form,
        lambda: jobs.edit(job_id, actor=current_actor(), input=form.to_input(), version=read_version(form.version)),
        again=again,
        then=(url_for("jobs.show", job_id=job_id), "Job saved."),
        check=lambda: form.to_input().checked(),
    )


def _form(form: JobForm, job: queries.JobDetail | None, status: int) -> ResponseReturnValue:
    is_stale = job is not None and status == 409
    return respond.page("jobs/form.html", status=status, form=form, job=job, is_stale=is_stale)


@bp.get("/<uuid:job_id>/status/<any(active, paused, filled, closed):status>")
@policy(Permission.JOB_EDIT)
def status_page(job_id: uuid.UUID, status: str) -> ResponseReturnValue:
    """Ask once more, naming how many open proposals end with the job: in a dialog, or as a page without script."""
    job = queries.detail(job_id, viewer=current_actor())
    if status not in job.next_statuses:
        return respond.go(url_for("jobs.show", job_id=job_id))
    return respond.page("jobs/status.html", panel="jobs/_ask.html", job=job, wanted=status, changes=CHANGES)


@bp.post("/<uuid:job_id>/status/<any(active, paused, filled, closed):status>")
@policy(Permission.JOB_EDIT)
def change_status(job_id: uuid.UUID, status: str) -> ResponseReturnValue:
    """Open, pause, fill or close a job."""
    form = JobStatusForm()

    def then(withdrawn: int) -> ResponseReturnValue:
        more = f" {plural(withdrawn, 'open proposal was', 'open proposals were')} withdrawn." if withdrawn else ""
        return respond.done(url_for("jobs.show", job_id=job_id), CHANGES[status].done + more)

    return respond.submit(
        form,
        lambda: jobs.change_status(job_id, actor=current_actor(), status=status, seen=read_version(form.seen)),
        again=lambda code: _page(job_id, status=code, refusal="; ".join(form.form_errors)),
        then=then,
        once=True,
    )
