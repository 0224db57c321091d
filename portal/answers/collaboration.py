"""Who shares a fee, and the receipt that explains it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from portal.answers.values import Answer, From, Money, OneOf, Percentage, Time
from portal.domain.collaboration import CollaboratorRole


class Member(Answer):
    """A member of a team."""

    recruiter_id: UUID
    recruiter_name: Annotated[str, From("name")]
    role: OneOf[CollaboratorRole]
    split_percentage: Annotated[Percentage, From("bp")]
    amount_earned: Money


class Team(Answer):
    """The recruiters who share a placement's fee."""

    placement_id: UUID
    total_fee: Annotated[Money, From("fee_minor")]
    collaborators: list[Member]


class Added(Answer):
    """A new member of a team."""

    id: UUID
    placement_id: UUID
    recruiter_id: UUID
    role: OneOf[CollaboratorRole]
    split_percentage: Annotated[Percentage, From("bp")]
    amount_earned: Money
    added_at: Time


class ShareChanged(Answer):
    """A changed share."""

    placement_id: UUID
    recruiter_id: UUID
    role: OneOf[CollaboratorRole]
    old_split_percentage: Annotated[Percentage, From("old_split_bp")]
    new_split_percentage: Annotated[Percentage, From("split_bp")]
    new_amount_earned: Money


class Split(Answer):
    """A share in the preview."""

    role: OneOf[CollaboratorRole]
    split_percentage: Percentage
    amount: Money


class Preview(Answer):
    """A preview; nothing is saved. `valid` means that the shares add up to exactly 100%."""

    total_fee: Money
    splits: list[Split]
    total_split_percentage: Percentage
    valid: bool


class ReceiptInput(Answer):
    """A share before the unallocated rest was distributed."""

    recruiter_id: UUID
    recruiter_name: str
    role: OneOf[CollaboratorRole]
    split_percentage: Percentage


class ReceiptShare(ReceiptInput):
    """A calculated share."""

    amount: Money


class Receipt(Answer):
    """How a version of a split was calculated; `faults` is empty if recalculating gives the same result."""

    placement_id: UUID
    version: int
    is_latest: bool
    cause: str
    locked: bool
    created_at: Annotated[Time, From("at")]
    created_by: Annotated[str, From("by")]
    currency: str
    total_fee: Money
    rule: str
    rule_version: int
    inputs: list[ReceiptInput]
    filled_to_whole: bool
    rounding: str
    result: list[ReceiptShare]
    sha256: str
    verified: bool
    faults: list[str]
