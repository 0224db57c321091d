"""What the matrix sends: bodies that pass validation, so that a refusal comes from the rule, not from the form."""

from __future__ import annotations

import base64
from typing import Any

from tests.documents import pdf

SPLITS = {"total_fee": 1000, "collaborators": [{"role": "sourcer"}]}


def api_bodies(ids: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a valid body for each changing endpoint by its name; the others take none."""
    share = {"recruiter_id": ids["recruiter_id"], "role": "closer", "split_percentage": 1}
    return {
        "source_candidate": {"source_method": "linkedin"},
        "record_outreach": {"outreach_type": "phone"},
        "activate": {"start_date": "2026-11-24"},
        "fail": {"failure_reason": "other"},
        "request_replacement": {"replacement_deadline": "2026-11-30"},
        "link_replacement": {"replacement_placement_id": ids["placement_id"]},
        "correct": {"salary": 130_000, "reason": "Late"},
        "answer_amendment": {"agreed": False},
        "undo": {"reason": "Late"},
        "extend_guarantee": {"additional_days": 1, "reason": "Late"},
        "answer_extension": {"agreed": False},
        "add_collaborator": share,
        "change_share": {"split_percentage": 1, "role": "submitter"},
        "change_shares": {"shares": [share]},
        "calculate_splits": SPLITS,
        "create_proposal": {"candidate_id": ids["candidate_id"], "job_id": ids["job_id"], "pitch": "Fits."},
        "decline_proposal": {"decline_reason": "other"},
        "change_shortlist": {},
        "delegate_proposal": {"user_id": ids["proposal_id"]},
        "set_stages": {"stages": [{"name": "Screening"}, {"name": "Call"}]},
        "schedule_interview": {"stage": "Screening", "starts_at": "2026-11-25T10:00:00Z"},
        "change_interview": {"stage": "Screening", "starts_at": "2026-11-25T10:00:00Z"},
        "record_result": {"outcome": "cancelled"},
        "add_interview_note": {"note": "Calm."},
        "ask_question": {"question": "When?"},
        "answer_question": {"answer": "Now."},
        "simulate": {"fee": 25_000, "collaborators": [{"role": "sourcer"}]},
        "announce_payment": {"paid_on": "2026-11-24", "reference": "wire"},
        "record_receipt": {"amount": 1, "received_on": "2026-11-24", "reference": "wire"},
        "reverse_receipt": {"reason": "Returned"},
        "pay_refund": {"paid_on": "2026-11-24", "reference": "wire"},
        "pay_credit": {"currency": "USD", "paid_on": "2026-11-24", "reference": "wire"},
        "write_off": {"invoice_id": ids["invoice_id"], "reason": "Bad debt"},
        "return_payout": {"reason": "Returned"},
        "repay_clawback": {"amount": 1, "received_on": "2026-11-24", "reference": "wire"},
        "collect_run": {"currency": "USD"},
        "pay_run": {"reference": "SEPA 1"},
        "change_job_terms": {"payment_days": 14},
        "change_organisation_terms": {"payment_days": 14},
        "hire": {"proposal_id": ids["proposal_id"], "salary": 100_000},
        "add_candidate": {"full_name": "New Candidate", "email": "new@mail.test"},
        "change_candidate": {"title": "CTO"},
        "attach": {"kind": "cv", "name": "CV.pdf", "content": base64.b64encode(pdf("Another")).decode()},
        "check_candidate": {"email": "nobody@mail.test"},
        "merge_candidate": {"email": "nobody@mail.test", "reason": "Her passport."},
        "separate_candidate": {"reason": "Sisters."},
        "post_job": {"title": "Engineer", "fee_percentage": 20},
        "change_job": {"title": "Engineer"},
        "open_dispute": {
            "subject": "guarantee",
            "subject_id": ids["placement_id"],
            "reason": "wrong_day",
            "statement": "The last day worked was another.",
            "asks": "Half of the fee.",
        },
        "refer_conflict": {"statement": "Both say that they were first."},
        "answer_dispute": {"statement": "Nobody had told me that before."},
        "attach_evidence": {"name": "Letter.pdf", "content": base64.b64encode(pdf("Another letter")).decode()},
        "appeal_dispute": {"statement": "That is not what the log says."},
        "rule_dispute": {"effect": "refuse", "reason": "No document shows it."},
        "add_note": {"note": "Asked both by phone."},
        "change_recruiter": {"bio": "Hello."},
    }


FORM = {
    "notes": "", "reason": "Because it is fair", "question": "When?", "answer": "Now.", "decline_reason": "other",
    "failure_reason": "other", "start_date": "2026-11-24", "guarantee_days": "90", "additional_days": "1",
    "deadline": "2026-11-30", "name": "New name", "title": "New title", "full_name": "New Candidate",
    "email": "new@mail.test", "source_method": "linkedin", "outreach_type": "phone", "engagement": "opened",
    "fee_bp": "20", "currency": "USD", "role": "support", "split_bp": "1", "pitch": "Fits.", "agreed": "yes",
    "status": "suspended", "scope": "read", "days": "7", "stars": "5", "ruling": "It does not count.",
    "stage": "Screening", "starts_at": "2026-11-25", "clock": "10:00", "minutes": "60", "outcome": "cancelled",
    "shared": "Calm.", "internal": "Calm.", "note": "Calm.", "readers": "internal", "do": "shortlist",
    "path": "/proposals", "query": "state=declined",
}  # fmt: skip
