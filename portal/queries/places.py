"""Where a search over several tables looks (queries/finding.py): what each table says, and by which index."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from portal.models import Candidate, Invoice, Job, Organisation, Recruiter, User
from portal.queries.candidates.listing import search_text
from portal.queries.filters import joined
from portal.queries.finding import Place

_JOB_TEXT = joined(Job.title, Job.location)  # the expression of the index ix_jobs_search


def candidate(key: Any, *, given: ColumnElement[bool] | None = None) -> Place:
    """Return the name of the candidate that a key leads to."""
    return Place(key, select(Candidate.id), Candidate.full_name, search_text(), given)


def job(key: Any) -> Place:
    """Return the title of the job that a key leads to."""
    return Place(key, select(Job.id), Job.title, _JOB_TEXT)


def job_text(key: Any) -> Place:
    """Return title and location of the job that a key leads to."""
    return Place(key, select(Job.id), _JOB_TEXT)


def company(key: Any) -> Place:
    """Return the name of the organization that a key leads to."""
    return Place(key, select(Organisation.id), Organisation.name)


def recruiter(key: Any) -> Place:
    """Return the name of the recruiter that a key leads to."""
    return Place(key, select(Recruiter.id).join(User, User.id == Recruiter.user_id), User.name)


def invoice(key: Any) -> Place:
    """Return the number of the invoice that a key leads to; it has the index ix_invoices_search."""
    return Place(key, select(Invoice.id), Invoice.number)
