"""Where a search over several tables looks (queries/finding.py): what each table says, and by which index."""

from __future__ import annotations

from functools import partial

from sqlalchemy import ColumnElement, Text, func, literal_column

from portal.models import Candidate, Invoice, Job, Organisation, Receipt, Recruiter, User
from portal.queries.filters import joined
from portal.queries.finding import Place, Source

_SEARCHED = (Candidate.full_name, Candidate.email, Candidate.title, Candidate.employer)


def search_text() -> ColumnElement[str]:
    """Return what a search for candidates looks at: the expression of ix_candidates_search and ix_candidates_pairs."""
    return joined(*_SEARCHED, func.coalesce(Candidate.phone, literal_column("''", Text)))


_CANDIDATE_TEXT = search_text()
_JOB_TEXT = joined(Job.title, Job.location)  # of ix_jobs_search and ix_jobs_pairs
_CANDIDATES = Source(Candidate.id, _CANDIDATE_TEXT, _CANDIDATE_TEXT, _CANDIDATE_TEXT)
_NAMES = Source(Candidate.id, Candidate.full_name, _CANDIDATE_TEXT, Candidate.full_name)  # ix_candidates_name_pairs
_TITLES = Source(Job.id, Job.title, _JOB_TEXT, _JOB_TEXT)
_JOBS = Source(Job.id, _JOB_TEXT, _JOB_TEXT, _JOB_TEXT)
_COMPANIES = Source(Organisation.id, Organisation.name)
_ACCOUNTS = Source(User.id, joined(User.name, User.email))
_PEOPLE = Recruiter.__table__.join(User.__table__, User.id == Recruiter.user_id)
_RECRUITERS = Source(Recruiter.id, User.name, start=_PEOPLE)
AGENCY = func.coalesce(Organisation.name, "Independent")
_AGENCIES = _PEOPLE.outerjoin(Organisation.__table__, Organisation.id == Recruiter.agency_id)
_WITH_AGENCY = Source(Recruiter.id, joined(User.name, AGENCY), start=_AGENCIES)
# These have indexes of their own: ix_invoices_search and ix_invoices_pairs, ix_receipts_search and ix_receipts_pairs.
_INVOICES = Source(Invoice.id, Invoice.number, Invoice.number, Invoice.number)
_RECEIPTS = Source(Receipt.id, Receipt.reference, Receipt.reference, Receipt.reference)


# What a key leads to: the text of a table that it is looked for in.
candidate = partial(Place, source=_NAMES)
candidate_text = partial(Place, source=_CANDIDATES)
job = partial(Place, source=_TITLES)
job_text = partial(Place, source=_JOBS)
company = partial(Place, source=_COMPANIES)
recruiter = partial(Place, source=_RECRUITERS)
recruiter_and_agency = partial(Place, source=_WITH_AGENCY)
account = partial(Place, source=_ACCOUNTS)
invoice = partial(Place, source=_INVOICES)
receipt = partial(Place, source=_RECEIPTS)
