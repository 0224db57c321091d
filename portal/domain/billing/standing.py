"""Where the money of one fee stands: its invoice, its parts and its guarantee. Facts change it (see operations)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portal.domain.billing.ledger import PLATFORM_FEES, AccountKind, Ref
from portal.domain.billing.refunds import Payments
from portal.domain.billing.schedule import Part, PartState, has_come
from portal.domain.billing.terms import Terms


@dataclass(frozen=True, slots=True)
class Claim:
    """What a recruiter owes of one placement."""

    recruiter: str
    placement: str
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The money of one fee; a replacement takes it over and goes on with it.

    `placement` releases it now. `outstanding` is what the company still owes on the invoice, `tax` what was charged and
    `tax_gone` what of it was written off. `unbooked` is a refund that was decided before the invoice was issued.
    """

    terms: Terms
    placement: str
    company: str
    fee: int
    parts: tuple[Part, ...] = ()
    start: date | None = None
    days: int = 0
    invoice: str = ""
    due_on: date | None = None
    outstanding: int = 0
    tax: int = 0
    tax_gone: int = 0
    received: tuple[tuple[date, int], ...] = ()
    refunded: int = 0
    tax_back: int = 0
    unbooked: int = 0
    ended: bool = False
    obligation_open: bool = False
    frozen: bool = False
    claims: tuple[Claim, ...] = ()
    disputed: tuple[tuple[date, date | None], ...] = ()  # when cases about the invoice were opened, and over

    @property
    def fee_left(self) -> int:
        """Return what of the fee was not refunded, nor written off."""
        return sum(part.left for part in self.parts)

    @property
    def is_settled(self) -> bool:
        """Return whether the invoice is issued and nothing is owed on it."""
        return bool(self.invoice) and self.outstanding == 0

    @property
    def payments(self) -> Payments | None:
        """Return what the void conditions look at, None before the invoice."""
        if self.due_on is None:
            return None
        wanted = self.fee + self.tax - self.refunded - self.tax_back
        return Payments(self.due_on, wanted, self.received, self.disputed)

    @property
    def agreed_end(self) -> date | None:
        """Return the last day of the guarantee as the terms knew it; an extension moves no money by itself."""
        return None if self.start is None else self.start + timedelta(days=self.days)

    def end_of(self, part: Part) -> date | None:
        """Return the last day of a part's guarantee: that of the extension to which its recruiter agreed."""
        return None if self.start is None else self.start + timedelta(days=self.days_of(part))

    def days_of(self, part: Part) -> int:
        """Return the days of a part's guarantee; what was agreed to for a placement that was replaced is past."""
        return max(self.days, part.extended_days) if part.placement == self.placement else self.days

    @property
    def by_guarantee(self) -> dict[int, list[Part]]:
        """Return the parts by the days of their guarantee, which differ when only some agreed to an extension.

        Those of which nothing is left have a guarantee no more, nor those that no replacement was owed for.
        """
        guaranteed, found = [part for part in self.parts if not self.is_free(part)], dict[int, list[Part]]()
        for part in guaranteed:
            found.setdefault(self.days_of(part), []).append(part)
        full = {days: parts for days, parts in found.items() if sum(part.left for part in parts)}
        return full or {self.days: guaranteed}

    def is_bound(self, part: Part) -> bool:
        """Return whether what follows from a failure concerns a part.

        When the person left in an extension, only the parts of those who agreed to it have days of their own then: none
        of a placement that was replaced.
        """
        if part.placement != self.placement and self._is_extended(self.placement):
            return False
        return part.extended_days > 0 or not self._is_extended(part.placement)

    def is_free(self, part: Part) -> bool:
        """Return whether a part's guarantee had ended when the person left: a replacement takes nothing of it over."""
        return part.placement != self.placement and not part.extended_days and self._is_extended(part.placement)

    def _is_extended(self, placement: str) -> bool:
        return any(part.extended_days for part in self.parts if part.placement == placement)

    @property
    def bound_left(self) -> int:
        """Return what is left of the parts that a failure concerns."""
        return sum(part.left for part in self.parts if self.is_bound(part))

    @property
    def is_disputed(self) -> bool:
        """Return whether a dispute keeps anything of the fee as it is."""
        return any(self.keeps(part) for part in self.parts)

    def keeps(self, part: Part) -> bool:
        """Return whether a dispute keeps a part as it is."""
        return self.frozen or part.frozen

    def is_over(self, part: Part, today: date) -> bool:
        """Return whether a part's guarantee is settled: ended, or over with the days to report a departure."""
        if self.ended or self.is_free(part):
            return True
        end = self.end_of(part)
        return end is not None and today > end + timedelta(days=self.terms.report_grace_days)

    def is_owed_for(self, part: Part) -> bool:
        """Return whether a replacement is owed for a part, so that it waits."""
        return self.obligation_open and self.is_bound(part)

    def is_held_up(self, recruiter: str) -> bool:
        """Return whether a replacement is owed for a recruiter's parts, or the recruiter has none."""
        mine = [part for part in self.parts if part.recruiter == recruiter]
        return not mine or any(self.is_owed_for(part) for part in mine)

    def wanted_state(self, part: Part, today: date) -> PartState:
        """Return the state that a part should have on a day; what is paid stays paid."""
        if part.state is PartState.PAID:
            return part.state
        if not self.is_settled:
            return PartState.HELD
        if part.state is PartState.DUE or part.owed_by or self.is_owed_for(part) or self.keeps(part):
            return part.state
        come = self.is_over(part, today) or has_come(part, self.terms, self.start, today)
        return PartState.DUE if come else PartState.HELD

    def with_parts(self, changed: Mapping[str, Part], added: Iterable[Part] = ()) -> Standing:
        """Return the standing with parts replaced by key, and further ones."""
        kept = tuple(changed.get(part.key, part) for part in self.parts)
        return replace(self, parts=(*kept, *added))

    def with_claim(self, recruiter: str, placement: str, change: int) -> Standing:
        """Return the standing with more or less owed by a recruiter."""
        owed = {(claim.recruiter, claim.placement): claim.amount for claim in self.claims}
        owed[recruiter, placement] = owed.get((recruiter, placement), 0) + change
        return replace(self, claims=tuple(Claim(*key, amount) for key, amount in owed.items() if amount))

    # --- accounts ---

    @property
    def receivable(self) -> Ref:
        """Return the account of the invoice."""
        return Ref(AccountKind.RECEIVABLE, self.invoice)

    @property
    def refundable(self) -> Ref:
        """Return the account of what the company gets back."""
        return Ref(AccountKind.REFUNDABLE, self.company)


def held(part: Part) -> Ref:
    """Return the account that holds a part."""
    return Ref(AccountKind.HELD, part.placement, part.holder)


def released(part: Part) -> Ref:
    """Return the account that a part is released to."""
    return PLATFORM_FEES if part.is_platform else Ref(AccountKind.PAYABLE, part.recruiter)


def source(part: Part) -> Ref:
    """Return the account that gives when a part is taken back."""
    if part.state is PartState.HELD:
        return held(part)
    if part.state is PartState.DUE or part.is_platform:
        return released(part)
    return Ref(AccountKind.CLAWBACK, part.recruiter, part.placement)
