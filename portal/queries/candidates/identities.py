"""Who is not to be known: all names and contact data that the records of a person have or had (ADR 0061)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Label, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from portal.domain.disclosure import Identity
from portal.models import Candidate

_COLUMNS = ("full_name", "email", "phone", "linkedin_url")


def _known_as() -> Label[list[list[dict[str, str]]]]:
    """Select of each record of the candidate what it is called and was called; a record may be merged with others."""
    record, standing = aliased(Candidate), func.coalesce(Candidate.merged_into_id, Candidate.id)
    now = (part for name in _COLUMNS for part in (literal(name), func.coalesce(getattr(record, name), "")))
    all_of_one = record.formerly.concat(func.jsonb_build_object(*now, type_=JSONB))
    query = select(func.jsonb_agg(all_of_one)).where(or_(record.id == standing, record.merged_into_id == standing))
    return query.correlate(Candidate).scalar_subquery().label("known_as")


KNOWN_AS = _known_as()


def identity(row: Any, label: str) -> Identity:
    """Return whom a text must not give away, from a row with `full_name` and `KNOWN_AS`; the label is shown instead."""
    return Identity(row.full_name, label, formerly=tuple(_identities(row.known_as, label)))


def _identities(known_as: list[list[dict[str, str]]], label: str) -> Iterator[Identity]:
    for known in (one for record in known_as for one in record):
        yield Identity(known["full_name"], label, known["email"], known["phone"], known["linkedin_url"])
