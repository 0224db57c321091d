"""What the matrix sends: bodies that pass validation, so that a refusal comes from the rule, not from the form.

Only what needs more than some value of each type that is required is written out.
"""

from __future__ import annotations

import base64
import uuid
from datetime import date
from decimal import Decimal
from enum import EnumType
from typing import Any, Literal, get_args, get_origin

from flask import Flask

from portal.api.endpoint import Described
from tests.documents import pdf

BY_TYPE: dict[type, Any] = {
    str: "As was agreed by phone.", int: 1, Decimal: 1, bool: False, date: "2026-11-24",
}  # fmt: skip
SPLITS = {"total_fee": 1000, "collaborators": [{"role": "sourcer"}]}


def api_body(app: Flask, endpoint: str, ids: dict[str, Any]) -> dict[str, Any]:
    """Return a valid body for an endpoint: what is written here, else what its class requires, if it takes one."""
    name = endpoint.rsplit(".", 1)[-1]
    written = _written(ids)
    if name in written:
        return written[name]
    described: Described | None = getattr(app.view_functions[endpoint], "__api__", None)
    fields = described.body.model_fields if described and described.body else {}
    return {key: _value(key, field.annotation, ids) for key, field in fields.items() if field.is_required()}


def _value(name: str, kind: Any, ids: dict[str, Any]) -> Any:
    if kind is uuid.UUID:
        return ids[next(known for known in ids if name.endswith(known))]
    if isinstance(kind, EnumType):
        return list(kind)[-1]
    return get_args(kind)[0] if get_origin(kind) is Literal else BY_TYPE[kind]


def _written(ids: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the bodies that need more than something of each type that is required."""
    share = {"recruiter_id": ids["recruiter_id"], "role": "closer", "split_percentage": 1}
    return {
        "source_candidate": {"source_method": "linkedin"},
        "record_outreach": {"outreach_type": "phone"},
        "request_replacement": {"replacement_deadline": "2026-11-30"},
        "correct": {"salary": 130_000, "reason": "Late"},
        "add_collaborator": share,
        "change_share": {"split_percentage": 1, "role": "submitter"},
        "change_shares": {"shares": [share]},
        "calculate_splits": SPLITS,
        "change_shortlist": {},
        "delegate_proposal": {"user_id": ids["proposal_id"]},
        "set_stages": {"stages": [{"name": "Screening"}, {"name": "Call"}]},
        "schedule_interview": {"stage": "Screening", "starts_at": "2026-11-25T10:00:00Z"},
        "change_interview": {"stage": "Screening", "starts_at": "2026-11-25T10:00:00Z"},
        "record_result": {"outcome": "cancelled"},
        "simulate": {"fee": 25_000, "collaborators": [{"role": "sourcer"}]},
        "pay_credit": {"currency": "USD", "paid_on": "2026-11-24", "reference": "wire"},
        "write_off": {"invoice_id": ids["invoice_id"], "reason": "Bad debt"},
        "pay_run": {"reference": "SEPA 1"},
        "change_job_terms": {"payment_days": 14},
        "change_organisation_terms": {"payment_days": 14},
        "hire": {"proposal_id": ids["proposal_id"], "salary": 100_000},
        "add_candidate": {"full_name": "New Candidate", "email": "new@mail.test"},
        "change_candidate": {"title": "CTO"},
        "attach": {"kind": "cv", "name": "CV.pdf", "content": base64.b64encode(pdf("Another")).decode()},
        "check_candidate": {"email": "nobody@mail.test"},
        "merge_candidate": {"email": "nobody@mail.test", "reason": "Her passport."},
        "post_job": {"title": "Engineer", "fee_percentage": 20},
        "change_job": {"title": "Engineer"},
        "open_dispute": {
            "subject": "guarantee",
            "subject_id": ids["placement_id"],
            "reason": "wrong_day",
            "statement": "The last day worked was another.",
            "asks": "Half of the fee.",
        },
        "attach_evidence": {"name": "Letter.pdf", "content": base64.b64encode(pdf("Another letter")).decode()},
        "rule_dispute": {"effect": "refuse", "reason": "No document shows it."},
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
