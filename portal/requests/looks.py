"""Record what platform admins look at, whatever view shows it: after the answer is made, so that none is forgotten."""

from __future__ import annotations

import logging

from flask import Flask, Response, request

from portal.domain.errors import PortalError
from portal.domain.permissions import Actor
from portal.extensions import DATABASE_AWAY, changes_refused
from portal.policy import shows_names, signed_in
from portal.queries.lists import BY_PATH
from portal.services import looks

log = logging.getLogger(__name__)
OF_A_CANDIDATE = ("candidate_id", "proposal_id", "placement_id", "question_id", "interview_id", "amendment_id")
# Pages without an id of one of these that show names; each is one list in the log. Lists of the kit say it themselves.
LISTS = {
    "home.index": "work queue",
    "home.snooze": "work queue",
    "claiming.claim": "candidates",
    "withdrawing.withdraw": "proposals",
    "proposals.choose": "proposals",
    "hiring.new": "placements",
    "jobs.show": "proposals of a job",
    "jobs.compare": "proposals of a job",
    "search.index": "search",
    "search.palette": "search",
    "events.as_json_lines": "event log",
    "people.organisation": "people",
    "appeals.of_recruiter": "appeals",
    "appeals.show": "appeals",
    "appeals.rule": "appeals",
    "disputes.refer_page": "disputes",
    "disputes.show": "disputes",
    "disputes.step_page": "disputes",
    "log_entries.of_dispute": "disputes",
    "evidence.download": "disputes",
    "billing.show": "invoices",
    "billing.invoice_pdf": "invoices",
    "billing.credit_note_pdf": "invoices",
    "billing.reverse": "invoices",
    "billing.desk": "payouts",
    "billing.run": "payouts",
    "decisions.clawback_repaid": "payouts",
    "decisions.payout_returned": "payouts",
    "decisions.refund_paid": "payouts",
    "decisions.write_off_clawback": "payouts",
    "decisions.write_off_invoice": "invoices",
    "earnings.statement": "earnings",
    "api_candidates.list_candidates": "candidates",
    "api_disputes.answer_dispute": "disputes",
    "api_disputes.appeal_dispute": "disputes",
    "api_disputes.confirm_dispute": "disputes",
    "api_disputes.get_dispute": "disputes",
    "api_disputes.list_disputes": "disputes",
    "api_disputes.rule_dispute": "disputes",
    "api_disputes.waive_appeal": "disputes",
    "api_disputes.withdraw_dispute": "disputes",
    "api_events.list_events": "event log",
    "api_evidence.ask_for_files": "disputes",
    "api_notifications.list_notices": "notifications",
    "api_payouts.get_payout": "payouts",
    "api_payouts.get_statement": "earnings",
    "api_payouts.list_payouts": "payouts",
    "api_payouts.return_payout": "payouts",
    "api_placements.list_placements": "placements",
    "api_proposals.compare_proposals": "proposals of a job",
    "api_proposals.list_job_proposals": "proposals of a job",
    "api_proposals.list_proposals": "proposals",
    "api_proposals.list_recruiter_proposals": "proposals of a recruiter",
    "api_proposals.process_timeouts": "proposals",
}
SHOWN = {200, 409, 422}  # a form that is shown again shows whom it is about, too


def _record(answer: Response) -> Response:
    if answer.status_code in SHOWN and not changes_refused():
        try:
            user = signed_in()
            if user is not None and looks.are_recorded(user.actor):
                _look(user.actor)
        except (PortalError, *DATABASE_AWAY) as error:  # reads go on while nothing can be written, or asked
            log.error("look_not_recorded", extra={"endpoint": request.endpoint, "error": str(error)})
    return answer


def _look(actor: Actor) -> None:
    ids, endpoint = request.view_args or {}, request.endpoint or ""
    listed = request.path if request.method == "GET" else ""  # what is sent to a list's address shows no list
    if seen := looked_at(listed, endpoint):
        looks.at_list(actor, seen)
    elif endpoint == "deliveries.detail":
        looks.at_mail(actor, ids["delivery_id"])
    elif shows_names(endpoint):
        named = {name: ids[name] for name in OF_A_CANDIDATE if name in ids}
        if named:
            looks.at_candidate(actor, named)


def looked_at(path: str, endpoint: str) -> str | None:
    """Return how the log names what a page lists, nothing if it lists nobody."""
    declared = BY_PATH.get(path)
    return declared.looked_at if declared is not None else LISTS.get(endpoint)


def register(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(_record)
