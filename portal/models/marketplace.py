"""Candidates and jobs."""

from __future__ import annotations

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.domain.erasure import ERASED, ERASED_HOST
from portal.models.base import ATS, Base, Identity, MaybeMoment, MaybeWords, Moment, Words, one_of

EMPLOYER_LIKE_A_HOST = text(r"employer ~ '\w\.[A-Za-z]{2}'")  # the condition of an index, word by word
JOB_STATUSES = ("draft", "active", "paused", "filled", "closed")


class Candidate(Base):
    """A person who can be placed; the keys are the normalized forms that find duplicates."""

    __tablename__ = "candidates"
    id: Mapped[Identity]
    full_name: Mapped[Words]
    email: Mapped[Words]
    email_key: Mapped[Words]
    phone: Mapped[MaybeWords]
    phone_key: Mapped[MaybeWords]
    location: Mapped[Words] = mapped_column(server_default="")
    title: Mapped[Words] = mapped_column(server_default="")
    employer: Mapped[Words] = mapped_column(server_default="")
    linkedin_url: Mapped[MaybeWords]
    linkedin_key: Mapped[MaybeWords]
    skills: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    experience_years: Mapped[int | None]
    notice_weeks: Mapped[int | None]
    available_on: Mapped[date | None]
    salary_minor: Mapped[int | None]
    expected_salary_minor: Mapped[int | None]
    currency: Mapped[MaybeWords]  # of both salaries
    right_to_work: Mapped[Words] = mapped_column(server_default="")
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    created_by_recruiter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("network.recruiters.id"))
    import_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.candidate_imports.id"))
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    unsubscribed_at: Mapped[MaybeMoment]
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ats.candidates.id"))
    merged_at: Mapped[MaybeMoment]  # since then this is a duplicate record of a person: the main one stands for both
    erased_at: Mapped[MaybeMoment]  # from then on, nothing here identifies the person
    # What the record was called, and its contact data, before each change: a trigger keeps them (ADR 0061).
    formerly: Mapped[list[dict[str, str]]] = mapped_column(JSONB, server_default="[]")
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        CheckConstraint("erased_at IS NULL OR formerly = '[]'", name="erased_formerly"),
        CheckConstraint(
            f"erased_at IS NULL OR (full_name = '{ERASED}' AND email = id || '@{ERASED_HOST}' AND email_key = email"
            " AND num_nonnulls(phone, phone_key, linkedin_url, linkedin_key) = 0"
            " AND location || title || employer = '' AND cardinality(skills) = 0 AND unsubscribed_at IS NOT NULL)",
            name="erased",
        ),
        CheckConstraint(
            "erased_at IS NULL OR (num_nonnulls(experience_years, notice_weeks, available_on, currency) = 0"
            " AND right_to_work = '' AND cardinality(languages) = 0)",
            name="erased_profile",
        ),
        CheckConstraint(
            "(merged_into_id IS NULL) = (merged_at IS NULL) AND merged_into_id IS DISTINCT FROM id", name="merged"
        ),
        CheckConstraint("experience_years BETWEEN 0 AND 70 AND notice_weeks BETWEEN 0 AND 104", name="numbers"),
        CheckConstraint(
            "salary_minor > 0 AND expected_salary_minor > 0"
            " AND (num_nonnulls(salary_minor, expected_salary_minor) = 0) = (currency IS NULL)",
            name="salaries",
        ),
        Index("uq_candidates_email", text("lower(email)"), unique=True),
        Index("uq_candidates_email_key", "email_key", unique=True),
        Index("uq_candidates_phone_key", "phone_key", unique=True),
        Index("uq_candidates_linkedin_key", "linkedin_key", unique=True),
        Index("ix_candidates_name_employer", text("ats.letters(full_name)"), text("ats.letters(employer)")),
        Index("ix_candidates_employer_like_a_host", text("lower(employer)"), postgresql_where=EMPLOYER_LIKE_A_HOST),
        Index("ix_candidates_created_by", "created_by_recruiter_id", "id"),
        Index("ix_candidates_name", text("lower(full_name)"), "id"),
        Index("ix_candidates_merged", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_candidates_import", "import_id", "id", postgresql_where=text("import_id IS NOT NULL")),
        {"schema": ATS},
    )


class Job(Base):
    """A company's opening: its salary, what it pays the recruiters, and how long a hire is guaranteed."""

    __tablename__ = "jobs"
    id: Mapped[Identity]
    company_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.organisations.id"))
    title: Mapped[Words]
    description: Mapped[Words] = mapped_column(server_default="")
    location: Mapped[Words] = mapped_column(server_default="")
    currency: Mapped[Words]
    salary_min_minor: Mapped[int | None]
    salary_max_minor: Mapped[int | None]
    fee_bp: Mapped[int]
    guarantee_days: Mapped[int | None]
    proposal_days: Mapped[int | None]
    status: Mapped[Words]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity.users.id"))
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(server_default="1")
    __table_args__ = (
        one_of("status", JOB_STATUSES),
        CheckConstraint("fee_bp > 0 AND fee_bp <= 10000", name="fee"),
        CheckConstraint("salary_min_minor > 0 AND salary_max_minor >= salary_min_minor", name="salary"),
        CheckConstraint("guarantee_days >= 0", name="guarantee_days"),
        CheckConstraint("proposal_days > 0", name="proposal_days"),
        Index("ix_jobs_company", "company_id", "id"),
        Index("ix_jobs_status", "status", "id"),
        # The sort orders of the list of jobs, all of which recruiters can see.
        Index("ix_jobs_title", text("lower(title)"), "id"),
        Index("ix_jobs_salary", text("coalesce(salary_max_minor, salary_min_minor, 0)"), "id"),
        Index("ix_jobs_fee", "fee_bp", "id"),
        {"schema": ATS},
    )
