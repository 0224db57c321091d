"""Proposals side by side: a row for each fact that at least one of them states."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from portal.queries.proposals.detail import ProposalDetail
from portal.wording import profiles
from portal.wording.amounts import money

UNSAID = "–"
Row = tuple[str, tuple[str, ...]]


def rows(proposals: Sequence[ProposalDetail]) -> tuple[Row, ...]:
    """Return each fact with its label and what each of the proposals says of it, in their order."""
    said = [dict(_said(one)) for one in proposals]
    labels = dict.fromkeys(chain.from_iterable(said))
    return tuple((label, tuple(one.get(label, UNSAID) for one in said)) for label in labels)


def _said(p: ProposalDetail) -> tuple[tuple[str, str], ...]:
    facts = (
        ("Current role", ", ".join(filter(None, (p.candidate_title, p.candidate_location)))),
        ("Expected salary", money(p.expected_salary_minor, p.currency) if p.expected_salary_minor else ""),
        ("Fee if hired", money(p.fee_minor, p.currency) if p.fee_minor is not None else ""),
        ("Guarantee", f"{p.terms.guarantee_days} days"),
        *((label, text) for label, text in profiles.in_words(p.profile) if label != "Expected salary"),
        ("Skills", ", ".join(p.candidate_skills)),
        ("Attachments", ", ".join(file.label for file in p.attachments)),
        ("Pitch", p.pitch),
    )
    return tuple((label, text) for label, text in facts if text)
