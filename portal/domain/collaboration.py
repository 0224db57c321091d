"""Collaboration and splits (domain.md §5): roles, weights, the sheet, the lock and its receipt."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar

from portal.domain import money
from portal.domain.errors import InvalidInput
from portal.domain.seen import digest

RULE = "weighted-40-30-20-10"
RULE_VERSION = 1
MAX_ROWS = 20


Who = TypeVar("Who")


class CollaboratorRole(StrEnum):
    """What a collaborator did."""

    SOURCER = "sourcer"
    SUBMITTER = "submitter"
    CLOSER = "closer"
    SUPPORT = "support"


WEIGHTS_BP = {
    CollaboratorRole.SOURCER: 4_000,
    CollaboratorRole.SUBMITTER: 3_000,
    CollaboratorRole.CLOSER: 2_000,
    CollaboratorRole.SUPPORT: 1_000,
}
NO_ROLE = "Choose sourcer, submitter, closer or support."
# What caused a version of a sheet, as people read it.
SHEET_CAUSES = {
    "hire": "initial",
    "added": "collaborator added",
    "changed": "share changed",
    "removed": "collaborator removed",
    "copied": "team carried over",
    "passed_on": "share passed to a successor",
    "locked": "locked",
    "amended": "change approved",
    "corrected": "hire corrected",
}
SAME_SHARES = ("corrected",)  # with these causes, a sheet keeps the shares of the previous one
OF_THE_CANDIDATE = (CollaboratorRole.SOURCER, CollaboratorRole.SUBMITTER)  # found and proposed this candidate
ROLE_LABELS = {role: role.value.capitalize() for role in CollaboratorRole}
ROLE_REASONS = {
    CollaboratorRole.SOURCER: "found the candidate",
    CollaboratorRole.SUBMITTER: "made the introduction",
    CollaboratorRole.CLOSER: "sealed the deal",
    CollaboratorRole.SUPPORT: "provided assistance",
}


def sourcers(owner: Who, other: Who | None, other_bp: int | None) -> list[tuple[Who, int]]:
    """Return who has how much of the sourcer's share: two people if a ruling divided the credit (disputes.md §1)."""
    whole = WEIGHTS_BP[CollaboratorRole.SOURCER]
    if other is None or other_bp is None:
        return [(owner, whole)]
    part = money.share_of(whole, other_bp)
    return [(who, bp) for who, bp in ((owner, whole - part), (other, part)) if bp]


def sourcers_mark(found: Iterable[tuple[object, int]]) -> str:
    """Return what the form of a hire carries for the sourcers that it showed."""
    return digest({str(who): bp for who, bp in found})


@dataclass(frozen=True, slots=True)
class Share:
    """One row of a split sheet: basis points of the fee and the amount in minor units."""

    recruiter_id: str
    role: str
    split_bp: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What `calculate-splits` answers; `whole` says whether the shares make exactly 100 %."""

    shares: tuple[tuple[str, int, int], ...]  # role, basis points, minor units
    total_bp: int
    whole: bool


def preview(fee_minor: int, rows: Sequence[tuple[str, int | None]]) -> Preview:
    """Split a fee over roles; rows without a percentage share by the weights, normalized over those roles."""
    if any(bp is None for _, bp in rows):
        shares = money.allocate(money.WHOLE_BP, [WEIGHTS_BP[CollaboratorRole(role)] for role, _ in rows])
    else:
        shares = [bp or 0 for _, bp in rows]
    amounts = money.allocate_shares(fee_minor, shares)
    total = sum(shares)
    lines = tuple((role, bp, amount) for (role, _), bp, amount in zip(rows, shares, amounts, strict=True))
    return Preview(lines, total, total == money.WHOLE_BP)


def fit(shares_bp: Sequence[int], left_bp: int) -> list[int]:
    """Keep the shares if they fit into what is left, otherwise shrink them proportionally."""
    return list(shares_bp) if sum(shares_bp) <= left_bp else money.allocate(left_bp, shares_bp)


def lock(fee_minor: int, shares_bp: Sequence[int]) -> list[tuple[int, int]]:
    """Fill the shares to 100 % and give each its amount; the amounts add up to the fee."""
    filled = money.fill_to_whole(shares_bp)
    return list(zip(filled, money.allocate_shares(fee_minor, filled), strict=True))


@dataclass(frozen=True, slots=True)
class Agreed:
    """One row of an amendment."""

    recruiter_id: uuid.UUID
    role: str
    split_bp: int

    @property
    def key(self) -> tuple[uuid.UUID, str]:
        """Return what is unique within a team."""
        return self.recruiter_id, self.role


def check_agreed(lines: Sequence[Agreed], *, whole: bool) -> None:
    """Refuse an amendment whose rows don't make a sheet: exactly 100 % if locked, at most that if open.

    Raises:
        InvalidInput: too many rows, none, a duplicate, an unknown role, an empty share, or an impossible sum.
    """
    if len(lines) > MAX_ROWS:
        raise InvalidInput.field("lines", f"A team can have at most {MAX_ROWS} entries.")
    if len({line.key for line in lines}) < len(lines):
        raise InvalidInput.field("lines", "A recruiter can have each role only once.")
    if any(line.role not in ROLE_LABELS for line in lines):
        raise InvalidInput.field("lines", NO_ROLE)
    total = sum(line.split_bp for line in lines)
    made = money.percent_text(total)
    if not whole and not 0 < total <= money.WHOLE_BP:
        raise InvalidInput.field(
            "lines", f"Shares must add up to more than 0% and at most 100%; these add up to {made}."
        )
    if (whole and total != money.WHOLE_BP) or any(line.split_bp <= 0 for line in lines):
        raise InvalidInput.field("lines", f"Shares above 0% must add up to exactly 100%; these add up to {made}.")


def agreed_lines(stored: Mapping[str, object]) -> list[Agreed]:
    rows = stored["lines"]
    assert isinstance(rows, list)
    return [Agreed(uuid.UUID(who), role, bp) for who, role, bp in rows]


@dataclass(frozen=True, slots=True)
class RowChange:
    """How one row of a sheet differs from an earlier one; None if there was no row, or no longer is one."""

    recruiter_id: str
    role: str
    before_bp: int | None
    after_bp: int | None


def row_changes(before: Sequence[tuple[str, str, int]], after: Sequence[tuple[str, str, int]]) -> tuple[RowChange, ...]:
    """List the rows that differ between two sheets of recruiter, role and basis points, in the order of the later."""
    old, new = ({(who, role): bp for who, role, bp in rows} for rows in (before, after))
    keys = dict.fromkeys([*new, *old])
    return tuple(RowChange(*key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key))


def gains(
    before: Sequence[tuple[uuid.UUID, int]], after: Sequence[tuple[uuid.UUID, int]]
) -> tuple[tuple[uuid.UUID, int], ...]:
    """Return how much more or less each recruiter would have, in minor units; unchanged totals are left out."""
    sums: dict[uuid.UUID, int] = {}
    for sign, rows in ((1, after), (-1, before)):
        for who, minor in rows:
            sums[who] = sums.get(who, 0) + sign * minor
    return tuple((who, minor) for who, minor in sums.items() if minor)


@dataclass(frozen=True, slots=True)
class Whole:
    """What a sheet divides, in minor units: a fee, of which the platform's part comes off first."""

    fee_minor: int
    platform_fee_minor: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that explains a split sheet, so that anyone can recompute it."""

    placement_id: str
    version: int
    currency: str
    fee_minor: int
    rule: str
    rule_version: int
    inputs: tuple[tuple[str, str, int], ...]  # recruiter, role, basis points before filling
    filled_to_whole: bool
    rounding: str
    result: tuple[Share, ...]
    platform_fee_minor: int = 0  # deducted from the fee before it is shared

    def canonical(self) -> bytes:
        """Return the canonical form: JSON, keys sorted, no spaces, UTF-8."""
        said = asdict(self)
        if not self.platform_fee_minor:  # receipts from before there was one keep their form
            del said["platform_fee_minor"]
        return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def sha256(self) -> str:
        """Return the hex digest over the canonical form."""
        return hashlib.sha256(self.canonical()).hexdigest()


ROUNDING = "largest remainder, ties to the earlier collaborator"


def compute_receipt(
    placement_id: str,
    version: int,
    currency: str,
    fee_minor: int,
    inputs: Sequence[tuple[str, str, int]],
    *,
    fill: bool,
    platform_fee_minor: int = 0,
) -> Receipt:
    """Compute a split sheet from its inputs, deterministically."""
    bps, pool = [bp for _, _, bp in inputs], fee_minor - platform_fee_minor
    rows = lock(pool, bps) if fill else list(zip(bps, money.allocate_shares(pool, bps), strict=True))
    result = tuple(
        Share(recruiter, role, bp, amount) for (recruiter, role, _), (bp, amount) in zip(inputs, rows, strict=True)
    )
    return Receipt(
        placement_id,
        version,
        currency,
        fee_minor,
        RULE,
        RULE_VERSION,
        tuple(inputs),
        fill,
        ROUNDING,
        result,
        platform_fee_minor,
    )


@dataclass(frozen=True, slots=True)
class Verification:
    """What recomputing a receipt found; `faults` is empty when everything agrees."""

    sha256: str
    faults: tuple[str, ...]


def verify(
    stored: Mapping[str, object], sha256: str, present: Sequence[tuple[str, str, int, int]] | None = None
) -> Verification:
    """Recompute a receipt from its inputs and compare it with what is stored, and with the current rows if given."""
    fresh = _recompute(stored)
    digest = fresh.sha256()
    result = [(share.recruiter_id, share.role, share.split_bp, share.amount_minor) for share in fresh.result]
    checks = (
        (json.loads(fresh.canonical()) != stored, "The stored result doesn’t match the inputs."),
        (digest != sha256, "The checksum doesn’t match the stored one."),
        (present is not None and list(present) != result, "The team’s current shares differ from this receipt."),
    )
    return Verification(digest, tuple(sentence for broken, sentence in checks if broken))


def _recompute(stored: Mapping[str, object]) -> Receipt:
    inputs, fee, version = stored["inputs"], stored["fee_minor"], stored["version"]
    platform_fee = stored.get("platform_fee_minor", 0)
    assert isinstance(platform_fee, int)
    assert isinstance(inputs, list)
    assert isinstance(fee, int)
    assert isinstance(version, int)
    return compute_receipt(
        str(stored["placement_id"]),
        version,
        str(stored["currency"]),
        fee,
        [(who, role, bp) for who, role, bp in inputs],
        fill=bool(stored["filled_to_whole"]),
        platform_fee_minor=platform_fee,
    )
