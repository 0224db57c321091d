"""Who is not to be known: all names and contact data that the records of a person have or had (ADR 0061)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Label, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from portal.domain.disclosure import Identity
from portal.domain.hosts import named
from portal.models import CALLED_LIKE_A_HOST, EMPLOYER_LIKE_A_HOST, Candidate, Organisation

_COLUMNS = ("full_name", "email", "phone", "linkedin_url")


def _known_as() -> Label[dict[str, Any]]:
    """Select of each record of the candidate what it is called and was called, and the companies that are no contact.

    A record may be merged with others. An employer is a company when another recruiter named it, too: what stands in
    the records of one candidate alone may be the candidate's own site.
    """
    record, standing = aliased(Candidate), func.coalesce(Candidate.merged_into_id, Candidate.id)
    now = (part for name in _COLUMNS for part in (literal(name), func.coalesce(getattr(record, name), "")))
    all_of_one = record.formerly.concat(func.jsonb_build_object(*now, type_=JSONB))
    companies = select(func.jsonb_agg(Organisation.name)).where(CALLED_LIKE_A_HOST).scalar_subquery()
    records, employers = func.jsonb_agg(all_of_one), func.jsonb_agg(record.employer).filter(_is_named_by_others(record))
    parts = ("records", records, "employers", employers, "companies", companies)
    query = select(func.jsonb_build_object(*parts, type_=JSONB))
    query = query.where(or_(record.id == standing, record.merged_into_id == standing))
    return query.correlate(Candidate).scalar_subquery().label("known_as")


def _is_named_by_others(record: type[Candidate]) -> ColumnElement[bool]:
    """Return the condition that a candidate of another recruiter has the employer of a record."""
    other = aliased(Candidate)
    same = func.lower(other.employer) == func.lower(record.employer)
    theirs = other.created_by_recruiter_id.is_distinct_from(record.created_by_recruiter_id)
    return select(other.id).where(same, EMPLOYER_LIKE_A_HOST, theirs).correlate(record).exists()


KNOWN_AS = _known_as()


def identity(row: Any, label: str) -> Identity:
    """Return whom a text must not give away, from a row with `full_name` and `KNOWN_AS`; the label is shown instead."""
    known_as = row.known_as
    companies = named(filter(None, (*(known_as["companies"] or ()), *(known_as["employers"] or ()))))
    return Identity(row.full_name, label, formerly=tuple(_identities(known_as["records"], label)), companies=companies)


def _identities(records: list[list[dict[str, str]]], label: str) -> Iterator[Identity]:
    for known in (one for record in records for one in record):
        yield Identity(known["full_name"], label, known["email"], known["phone"], known["linkedin_url"])
