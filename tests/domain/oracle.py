"""Money by hand: a plain second account of a fee, written from money.md and from nothing of the portal's rules.

It knows amounts, days and the sentences of the specification; it has no ledger, no operations and no accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

PLATFORM = ("platform", "")


def half_up(amount: Fraction) -> int:
    """Round to whole minor units, half a unit up."""
    return int((2 * amount + 1) // 2)


def share(amount: int, bp: int) -> int:
    """Return basis points of an amount."""
    return half_up(Fraction(amount * bp, 10_000))


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount by the largest remainder, ties to the earlier."""
    if not sum(weights):
        return [0 for _ in weights]
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [int(one) for one in exact]
    for _ in range(amount - sum(parts)):
        best = max(range(len(parts)), key=lambda n: (exact[n] - parts[n], -n))
        parts[best] += 1
    return parts


@dataclass
class Piece:
    """One instalment of one party's share: whose, how much is left, when its day is, and where it stands."""

    placement: str
    row: str
    who: str
    left: int
    number: int
    day: int | None
    state: str = "held"
    cash: int = 0  # that was paid, until the bank returns it
    agreed_to: int = 0  # days of the guarantee, with an extension
    is_free: bool = field(default=False, compare=False)  # its guarantee was over when the person left in an extension


@dataclass
class Agreed:
    """The terms of a fee, as numbers and words."""

    schedule: str
    instalments: tuple[tuple[int, int], ...]
    platform_bp: int
    tax_bp: int
    remedy: str
    steps: tuple[tuple[int, int], ...]
    window: int
    grace: int
    void_reasons: tuple[str, ...]
    void_unpaid: int | None
    void_late: int | None


@dataclass
class Account:
    """What everybody has of a fee, owes of it, and has had."""

    agreed: Agreed
    fee: int
    start: date
    days: int
    due_on: date
    placement: str
    pieces: list[Piece] = field(default_factory=list)
    owed: dict[tuple[str, str], int] = field(default_factory=dict)  # by recruiter and placement
    received: list[tuple[date, int]] = field(default_factory=list)
    unpaid: int = 0
    cash: int = 0
    to_company: int = 0
    refunded: int = 0
    tax: int = 0
    tax_back: int = 0
    tax_lost: int = 0
    lost: int = 0
    ended: bool = False
    owes_replacement: bool = False
    frozen: bool = False

    # --- the beginning ---

    def invoice(self, rows: Sequence[tuple[str, str, int]]) -> None:
        """Divide the fee, and ask the company for it with its tax."""
        for_platform = share(self.fee, self.agreed.platform_bp)
        self.divide(self.placement, for_platform, self.fee - for_platform, rows)
        self.tax = share(self.fee, self.agreed.tax_bp)
        self.unpaid = self.fee + self.tax

    def divide(self, placement: str, for_platform: int, pool: int, rows: Sequence[tuple[str, str, int]]) -> None:
        """Write a piece for each party and instalment that is not 0."""
        amounts = split(pool, [bp for *_, bp in rows])
        parties = [(*PLATFORM, for_platform), *((row, who, a) for (row, who, _), a in zip(rows, amounts, strict=True))]
        in_parts = self.agreed.schedule == "instalments"
        for row, who, amount in parties:
            reached = given = 0
            for number, (bp, day) in enumerate(self.agreed.instalments if in_parts else ((10_000, None),)):
                reached += bp
                here = share(amount, reached) - given
                given += here
                if here:
                    self.pieces.append(Piece(placement, row, who, here, number, day))

    # --- what a day makes due ---

    def release(self, today: date) -> None:
        """Let what may be paid be due, and what is no longer covered wait again."""
        for piece in (piece for piece in self.pieces if piece.state != "paid"):
            if self.unpaid:
                piece.state = "held"
            elif not self.waits(piece) and not self.frozen and self._has_come(piece, today):
                piece.state = "due"

    def waits(self, piece: Piece) -> bool:
        """Return whether a replacement is owed for a piece."""
        return self.owes_replacement and piece in self.concerned()

    def concerned(self) -> list[Piece]:
        """Return the pieces that a departure concerns: in an extension those of who agreed to it, else all."""
        here = [piece for piece in self.pieces if piece.placement == self.placement]
        concerned = here if any(piece.agreed_to for piece in here) else self.pieces
        return [piece for piece in concerned if not piece.is_free]

    def agree(self, who: str, days: int) -> None:
        """Let a recruiter agree to a longer guarantee."""
        for piece in self.pieces:
            if (piece.who, piece.placement) == (who, self.placement):
                piece.agreed_to = days

    def _has_come(self, piece: Piece, today: date) -> bool:
        days = self._days_of(piece)
        over = self.ended or piece.is_free or today > self.start + timedelta(days=days + self.agreed.grace)
        begun = piece.day is not None and today >= self.start + timedelta(days=piece.day)
        return over or self.agreed.schedule == "when_paid" or begun

    # --- money that comes and goes ---

    def receive(self, amount: int, on: date) -> None:
        """Count money for the invoice; what is over is the company's."""
        counted = min(amount, self.unpaid)
        self.received.append((on, counted))
        self.unpaid, self.cash = self.unpaid - counted, self.cash + amount
        self.to_company += amount - counted

    def bounce(self, amount: int, on: date) -> None:
        """Take a receipt back."""
        self.received.remove((on, amount))
        self.unpaid, self.cash = self.unpaid + amount, self.cash - amount

    def pay(self, number: int, netted: int) -> None:
        """Pay a piece in cash, less what is kept of it."""
        piece = self.pieces[number]
        piece.state, piece.cash = "paid", piece.left - netted
        self.cash -= piece.cash

    def come_back(self, number: int) -> int:
        """Let the bank return a payment, also of what is owed back by now: the amount is due again."""
        piece = self.pieces[number]
        amount, piece.cash = piece.cash, 0
        piece.left -= amount
        self.cash += amount
        self.pieces.append(replace(piece, left=amount, cash=0, state="due"))
        return amount

    def repay(self, who: str, placement: str, amount: int, *, in_cash: bool) -> None:
        """Let a recruiter settle a part of what is owed."""
        self.owed[who, placement] -= amount
        self.cash += amount if in_cash else 0

    def forgive(self, who: str, placement: str, amount: int) -> None:
        """Give up what a recruiter owes."""
        self.owed[who, placement] -= amount
        self.lost += amount

    # --- when it fails ---

    @property
    def fee_left(self) -> int:
        """Return what the parties still have of the fee."""
        return sum(piece.left for piece in self.pieces)

    def fail(self, last: date | None, today: date, reason: str) -> None:
        """End the placement, and do what the terms say."""
        self.ended = True
        worked = None if last is None or reason == "no_show" else (last - self.start).days
        if worked is None:
            self.refund(self.fee_left)
        elif last is not None and not self._is_void(last, today, reason):
            inside = [one for one in self._by_guarantee() if worked <= one[0]]
            if self.agreed.remedy in {"replacement_first", "replacement_only"}:
                self.owes_replacement = bool(inside)
            else:
                self.give([(self._owed_for(worked, days, mine), mine) for days, mine in inside])
        here = [piece for piece in self.pieces if piece.placement == self.placement]
        for piece in here:
            if last is None or not self.days < (last - self.start).days <= piece.agreed_to:
                piece.agreed_to = 0
        for piece in here:
            piece.is_free = not piece.agreed_to and any(other.agreed_to for other in here)

    def _days_of(self, piece: Piece) -> int:
        return max(self.days, piece.agreed_to) if piece.placement == self.placement else self.days

    def _by_guarantee(self) -> list[tuple[int, list[Piece]]]:
        """Return the pieces by the days of their guarantee, without those of which nothing is left."""
        found: dict[int, list[Piece]] = {}
        guaranteed = [piece for piece in self.pieces if not piece.is_free]
        for piece in guaranteed:
            found.setdefault(self._days_of(piece), []).append(piece)
        full = [(days, mine) for days, mine in found.items() if sum(piece.left for piece in mine)]
        return full or [(self.days, guaranteed)]

    def _is_void(self, last: date, today: date, reason: str) -> bool:
        if reason in self.agreed.void_reasons:
            return True
        if self.agreed.void_unpaid is not None:
            until = self.due_on + timedelta(days=self.agreed.void_unpaid)
            asked = self.fee + self.tax - self.refunded - self.tax_back
            if last > until and sum(amount for on, amount in self.received if on <= until) < asked:
                return True
        return self.agreed.void_late is not None and (today - last).days > self.agreed.void_late

    def _owed_for(self, worked: int, days: int, pieces: Sequence[Piece]) -> int:
        left = sum(piece.left for piece in pieces)
        if self.agreed.remedy == "full_refund":
            return left
        if self.agreed.remedy == "pro_rata":
            return half_up(Fraction(left * (days - worked), days)) if days else 0
        if self.agreed.remedy == "steps":
            return share(left, next((bp for until, bp in self.agreed.steps if worked <= until), 0))
        return 0

    def refund(self, amount: int) -> None:
        """Give a part of the fee back, of all parties."""
        self.give([(amount, self.pieces)])

    def give(self, shares: Sequence[tuple[int, Sequence[Piece]]]) -> None:
        """Give amounts back of pieces, with their tax: first off what is unpaid, the rest to the company."""
        amount = sum(one for one, _ in shares)
        if not amount:
            return
        for one, pieces in shares:
            self.take(one, pieces)
        self.refunded += amount
        tax = share(self.refunded, self.agreed.tax_bp) - self.tax_back
        tax = min(tax, self.tax - self.tax_back - self.tax_lost)
        self.tax_back += tax
        off = min(amount + tax, self.unpaid)
        self.unpaid -= off
        self.to_company += amount + tax - off

    def take(self, amount: int, of: Sequence[Piece]) -> None:
        """Take from pieces in proportion to what each has: of what is held, then due, then paid; the latest first."""
        parties: dict[tuple[str, str], list[Piece]] = {}
        for piece in of:
            parties.setdefault((piece.placement, piece.row), []).append(piece)
        shares = split(amount, [sum(piece.left for piece in mine) for mine in parties.values()])
        for mine, wanted in zip(parties.values(), shares, strict=True):
            order = ("held", "due", "paid")
            for piece in sorted(mine, key=lambda piece: (order.index(piece.state), -piece.number)):
                here = min(wanted, max(piece.left, 0))
                piece.left, wanted = piece.left - here, wanted - here
                if here and piece.state == "paid":
                    key = (piece.who, piece.placement)
                    self.owed[key] = self.owed.get(key, 0) + here

    def run_out(self) -> None:
        """Let the time for a replacement pass."""
        self.owes_replacement = False
        if self.agreed.remedy == "replacement_first":
            concerned = self.concerned()
            self.give([(sum(piece.left for piece in concerned), concerned)])

    def replace(self, placement: str, rows: Sequence[tuple[str, str, int]], today: date) -> None:
        """Move what is not paid out to the team of the replacement, whose guarantee begins."""
        moving = [piece for piece in self.concerned() if piece.state == "held" or piece.state == "due"]
        for_platform = sum(piece.left for piece in moving if (piece.row, piece.who) == PLATFORM)
        pool = sum(piece.left for piece in moving) - for_platform
        for piece in moving:
            piece.left, piece.state = 0, "held"
        self.divide(placement, for_platform, pool, rows)
        self.placement, self.start = placement, today
        self.ended = self.owes_replacement = False

    def write_off(self) -> None:
        """Give up what the company owes: the parties and the tax bear it in proportion, the platform the rest."""
        tax_left = self.tax - self.tax_back - self.tax_lost
        borne = min(self.unpaid, self.fee_left + tax_left)
        of_fee, of_tax = split(borne, [self.fee_left, tax_left])
        self.take(of_fee, self.pieces)
        self.tax_lost += of_tax
        self.lost += self.unpaid - borne
        self.unpaid = 0
