"""The books against a plain account of the same money (tests/domain/oracle.py), after every step of random worlds.

In a world three fees share four recruiters: receipts come in parts, too high, and bounce; runs pay what is due and keep
what is owed; people leave, are replaced, or not; some agree to extensions; disputes freeze, and sheets are amended.
`make fuzz-money` takes 30,000 steps, `python -m tests.domain.test_billing_oracle 100000` as many as it says.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from portal.domain.billing import operations as rules
from portal.domain.billing import runs
from portal.domain.billing.facts import (
    Activated,
    Amended,
    ClawbackReduced,
    ClawbackWrittenOff,
    Completed,
    Consented,
    DayCame,
    DebtWrittenOff,
    Fact,
    Failed,
    Frozen,
    Issued,
    ObligationRefunded,
    ObligationWaived,
    PaidOut,
    Received,
    Refunded,
    Replaced,
    ReturnedByBank,
    Reversed,
)
from portal.domain.billing.ledger import DEBIT_NORMAL, Ref
from portal.domain.billing.schedule import Part, Row
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms
from tests.domain import oracle
from tests.domain.test_billing_property import LEAVES, some_team, some_terms
from tests.fees import START

STEPS, ALL_STEPS, LIFE = 1_000, 30_000, 80
LIKELY = {
    "day": 1,
    "freeze": 1,
    "run": 1,
    "fail": 6,
    "complete": 1,
    "consent": 3,
    "run_out": 8,
    "waive": 8,
    "replace": 16,
    "amend": 6,
    "decide": 1,
    "write_off": 1,
}
Plain = list[tuple[str, str, int]]


def plain(rows: tuple[Row, ...]) -> Plain:
    """Write a sheet as the oracle reads it."""
    return [(row.holder, row.recruiter, row.bp) for row in rows]


def agreed(terms: Terms) -> oracle.Agreed:
    """Write terms as the oracle reads them."""
    return oracle.Agreed(
        terms.payout_schedule,
        terms.instalments,
        terms.platform_bp,
        terms.tax_bp,
        terms.remedy,
        terms.steps,
        terms.replacement_window_days,
        terms.report_grace_days,
        tuple(str(reason) for reason in terms.void_reasons),
        terms.void_unpaid_days,
        terms.void_reported_days,
    )


@dataclass
class Fee:
    """One fee, in the books and by hand."""

    name: str
    now: Standing
    hand: oracle.Account
    balances: dict[Ref, int] = field(default_factory=dict)

    def book(self, fact: Fact) -> None:
        """Book a fact, and compare what stands where with what was done by hand."""
        self.now, made = rules.book(self.now, fact)
        for transfer in (transfer for operation in made for transfer in operation.transfers):
            for ref, change in ((transfer.debit, transfer.amount), (transfer.credit, -transfer.amount)):
                signed = change if ref.kind in DEBIT_NORMAL else -change
                self.balances[ref] = self.balances.get(ref, 0) + signed
        self.hand.release(fact.on)
        self.compare(fact)

    def total(self, kind: str) -> int:
        """Return the balance of all accounts of a kind."""
        return sum(amount for ref, amount in self.balances.items() if ref.kind == kind)

    def compare(self, fact: Fact) -> None:
        """Compare each piece, what everybody owes, and every account."""
        hand, left = self.hand, Counter[str]()
        assert pieces(self.now) == [where(p) for p in hand.pieces], fact
        assert {(c.recruiter, c.placement): c.amount for c in self.now.claims} == {
            k: v for k, v in hand.owed.items() if v
        }
        for piece in hand.pieces:
            left[f"{piece.state} platform" if not piece.who else piece.state] += piece.left
        wanted = {
            "receivable": hand.unpaid,
            "cash": hand.cash,
            "held": left["held"] + left["held platform"],
            "payable": left["due"],
            "platform_fees": left["due platform"],
            "clawback": sum(hand.owed.values()),
            "refundable": hand.to_company,
            "tax": hand.tax - hand.tax_back - hand.tax_lost,
            "write_off": hand.lost,
        }
        assert {kind: self.total(kind) for kind in wanted} == wanted, fact


def pieces(now: Standing) -> list[tuple[str, str, int, str]]:
    """List the parts of the books as the oracle writes them."""
    return [where(piece_of(part)) for part in now.parts]


def where(piece: oracle.Piece) -> tuple[str, str, int, str]:
    """Say whose a piece is and where it stands; that of an empty one means nothing."""
    return piece.placement, piece.row, piece.left, piece.state if piece.left else ""


class World:
    """Three fees on one calendar, and a chronicle of who owed first."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.today, self.replacements = rng, START, 0
        self.claims: list[tuple[str, str]] = []  # recruiter, placement, the oldest first
        self.fees = [self.begin(f"fee{n}") for n in range(3)]

    def begin(self, name: str) -> Fee:
        """Start a placement, and issue its invoice."""
        terms, rows = some_terms(self.rng), some_team(self.rng, "row")
        amount = self.rng.choice([1, 7, 99, 10_010, 2_500_000, self.rng.randint(1, 10**9)])
        due = START + timedelta(days=30)
        hand = oracle.Account(agreed(terms), amount, START, terms.guarantee_days, due, name)
        fee = Fee(name, rules.begin(terms, name, "acme", amount), hand)
        fee.now, _ = rules.book(fee.now, Activated(on=START, rows=rows, start=START, days=terms.guarantee_days))
        hand.invoice(plain(rows))
        fee.book(Issued(on=START, invoice="invoice", due_on=due))
        return fee

    def step(self) -> str:
        """Do one thing that may happen now, and return its name."""
        self.today += timedelta(days=self.rng.choice([0, 0, 1, 3, 10]))
        fee = self.rng.choice(self.fees)
        acts = [name for name, may in self.possible(fee).items() if may]
        act = self.rng.choices(acts, [LIKELY.get(name, 2) for name in acts])[0]
        getattr(self, act)(fee)
        known = set(self.claims)
        self.claims += [key for one in self.fees for key, owed in one.hand.owed.items() if owed and key not in known]
        self.claims = [key for key in self.claims if any(one.hand.owed.get(key) for one in self.fees)]
        return act

    def possible(self, fee: Fee) -> dict[str, bool]:
        """Say which acts are possible."""
        hand, paid = fee.hand, [piece for piece in fee.hand.pieces if piece.state == "paid"]
        return {
            "day": True,
            "receive": hand.unpaid > 0,
            "bounce": bool(hand.received),
            "run": True,
            "come_back": any(piece.cash for piece in paid),
            "fail": not hand.ended,
            "complete": not hand.ended,
            "consent": not hand.ended and any(p.who and p.placement == hand.placement for p in hand.pieces),
            "run_out": hand.owes_replacement,
            "waive": hand.owes_replacement,
            "replace": hand.owes_replacement,
            "decide": hand.fee_left > 0,
            "write_off": hand.unpaid > 0 and self.rng.random() < 0.2,
            "repay": any(hand.owed.values()),
            "freeze": True,
            "amend": not hand.ended and not paid,
        }

    def day(self, fee: Fee) -> None:
        fee.book(DayCame(on=self.today))

    def receive(self, fee: Fee) -> None:
        amount = self.rng.choice([fee.hand.unpaid, self.rng.randint(1, fee.hand.unpaid + 5)])
        fee.hand.receive(amount, self.today)
        fee.book(Received(on=self.today, amount=amount, received_on=self.today))

    def bounce(self, fee: Fee) -> None:
        on, amount = self.rng.choice(fee.hand.received)
        fee.hand.bounce(amount, on)
        fee.book(Reversed(on=self.today, amount=amount, received_on=on))

    def run(self, _: Fee) -> None:
        """Pay all that is due, and keep what each recruiter owes, the oldest first."""
        for who in (f"recruiter{n}" for n in range(4)):
            found = [(fee, n) for fee in self.fees for n in self.payable(fee, who)]
            debts = [(of, self.owing(who, of).hand.owed[who, of]) for name, of in self.claims if name == who]
            wanted = runs.net([(f"{fee.name} {n}", fee.hand.pieces[n].left) for fee, n in found], debts)
            for fee, n in found:
                kept = self.keep(who, fee.hand.pieces[n].left)
                said = [(each.placement, each.amount) for each in wanted if each.payout == f"{fee.name} {n}"]
                assert said == kept
                self.pay(fee, n, kept)

    def payable(self, fee: Fee, who: str) -> list[int]:
        """List the pieces of a recruiter that a run may pay."""
        hand = fee.hand
        due = [(n, p) for n, p in enumerate(hand.pieces) if p.who == who and p.state == "due" and p.left]
        return [] if hand.frozen else [n for n, piece in due if not hand.waits(piece)]

    def owing(self, who: str, placement: str) -> Fee:
        """Return the fee of which a recruiter owes something for a placement."""
        return next(fee for fee in self.fees if fee.hand.owed.get((who, placement)))

    def keep(self, who: str, amount: int) -> list[tuple[str, int]]:
        """Return what is kept of an amount, by placement."""
        kept = list[tuple[str, int]]()
        for name, placement in self.claims:
            owed = (
                self.owing(who, placement).hand.owed[who, placement] if name == who and self.owes(who, placement) else 0
            )
            here = min(amount, owed)
            if here:
                kept.append((placement, here))
                amount -= here
        return kept

    def owes(self, who: str, placement: str) -> bool:
        """Return whether something is still owed."""
        return any(fee.hand.owed.get((who, placement)) for fee in self.fees)

    def pay(self, fee: Fee, number: int, kept: list[tuple[str, int]]) -> None:
        """Pay a piece; what is kept of it settles what is owed of these placements."""
        part, who = fee.now.parts[number], fee.hand.pieces[number].who
        fee.hand.pay(number, sum(amount for _, amount in kept))
        fee.now, made = rules.book(fee.now, PaidOut(on=self.today, key=part.key, netted=tuple(kept)))
        fee.hand.release(self.today)
        for placement, amount in kept:
            owing = self.owing(who, placement)
            owing.hand.repay(who, placement, amount, in_cash=False)
            fact = ClawbackReduced(on=self.today, recruiter=who, placement=placement, amount=amount, in_cash=False)
            owing.now, _ = rules.book(owing.now, fact)
        self.spread(fee, made)

    def spread(self, fee: Fee, made: tuple[rules.Operation, ...]) -> None:
        """Write what a payment moved: a clawback that it settles belongs to the fee that it is owed of."""
        for transfer in (transfer for operation in made for transfer in operation.transfers):
            for ref, change in ((transfer.debit, transfer.amount), (transfer.credit, -transfer.amount)):
                of = self.fee_of(ref) if ref.kind == "clawback" else fee
                of.balances[ref] = of.balances.get(ref, 0) + (change if ref.kind in DEBIT_NORMAL else -change)
        for one in self.fees:
            one.compare(DayCame(on=self.today))

    def fee_of(self, ref: Ref) -> Fee:
        """Return the fee that a placement belongs to: its own, or that which it took over."""
        return next(fee for fee in self.fees if ref.party == fee.name or ref.party.startswith(f"{fee.name}/"))

    def come_back(self, fee: Fee) -> None:
        number = self.rng.choice([n for n, p in enumerate(fee.hand.pieces) if p.cash])
        amount = fee.hand.come_back(number)
        fee.book(ReturnedByBank(on=self.today, key=fee.now.parts[number].key, cash=amount))

    def fail(self, fee: Fee) -> None:
        worked = self.rng.randint(-3, (self.today - fee.hand.start).days)
        last = fee.hand.start + timedelta(days=worked) if worked >= 0 else None
        reason = str(self.rng.choice(LEAVES))
        fee.hand.fail(last, self.today, reason)
        fee.book(Failed(on=self.today, last_day=last, reason=reason))

    def consent(self, fee: Fee) -> None:
        """Let a recruiter agree to an extension, longer than any before."""
        hand = fee.hand
        who = self.rng.choice([p.who for p in hand.pieces if p.who and p.placement == hand.placement])
        days = max(hand.days, *(piece.agreed_to for piece in hand.pieces)) + self.rng.choice([1, 10, 40])
        hand.agree(who, days)
        fee.book(Consented(on=self.today, recruiter=who, days=days))

    def complete(self, fee: Fee) -> None:
        fee.hand.ended = True
        fee.book(Completed(on=self.today))

    def run_out(self, fee: Fee) -> None:
        fee.hand.run_out()
        fee.book(ObligationRefunded(on=self.today))

    def waive(self, fee: Fee) -> None:
        fee.hand.owes_replacement = False
        fee.book(ObligationWaived(on=self.today))

    def replace(self, fee: Fee) -> None:
        self.replacements += 1
        name, rows = f"{fee.name}/{self.replacements}", some_team(self.rng, "row")
        fee.hand.replace(name, plain(rows), self.today)
        fee.book(Replaced(on=self.today, placement=name, rows=rows, start=self.today, days=fee.hand.days))

    def decide(self, fee: Fee) -> None:
        amount = self.rng.randint(1, fee.hand.fee_left)
        fee.hand.refund(amount)
        fee.book(Refunded(on=self.today, amount=amount))

    def write_off(self, fee: Fee) -> None:
        fee.hand.write_off()
        fee.book(DebtWrittenOff(on=self.today))

    def repay(self, fee: Fee) -> None:
        (who, of), owed = self.rng.choice([(key, owed) for key, owed in fee.hand.owed.items() if owed])
        amount = self.rng.randint(1, owed)
        about = {"on": self.today, "recruiter": who, "placement": of, "amount": amount}
        if self.rng.random() < 0.5:
            fee.hand.forgive(who, of, amount)
            fee.book(ClawbackWrittenOff(**about))
        else:
            fee.hand.repay(who, of, amount, in_cash=True)
            fee.book(ClawbackReduced(**about, in_cash=True))

    def freeze(self, fee: Fee) -> None:
        fee.hand.frozen = not fee.hand.frozen
        fee.book(Frozen(on=self.today, frozen=fee.hand.frozen))

    def amend(self, fee: Fee) -> None:
        """Change the sheet while nothing is paid out: rows get their shares of what the team has, states stay."""
        rows, hand = some_team(self.rng, "row"), fee.hand
        pool = [p for p in hand.pieces if p.placement == hand.placement and p.who]
        shares = oracle.split(sum(p.left for p in pool), [row.bp for row in rows])
        before = Counter[str]()
        for piece in pool:
            before[piece.state] += piece.left
        fee.now, made = rules.book(fee.now, Amended(on=self.today, rows=rows))
        here = [p for p in fee.now.parts if p.placement == hand.placement and not p.is_platform]
        has, after = Counter[str](), Counter[str]()
        for part in here:
            has[part.holder] += part.left
        assert {row.holder: amount for row, amount in zip(rows, shares, strict=True) if amount} == +has
        self.spread_amended(fee, made, [piece_of(part) for part in fee.now.parts])
        for part in here:
            after[str(part.state)] += part.left
        assert hand.unpaid or sum(after.values()) == sum(before.values())

    def spread_amended(self, fee: Fee, made: tuple[rules.Operation, ...], found: list[oracle.Piece]) -> None:
        """Go on with the pieces that the amendment made: which instalment moved is for the books to choose."""
        free = {(piece.placement, piece.who) for piece in fee.hand.pieces if piece.is_free}
        fee.hand.pieces = [replace(piece, is_free=(piece.placement, piece.who) in free) for piece in found]
        fee.hand.release(self.today)
        self.spread(fee, made)


def piece_of(part: Part) -> oracle.Piece:
    """Write a part as the oracle does."""
    where = (part.placement, part.holder, part.recruiter)
    return oracle.Piece(*where, part.left, part.instalment, part.day, str(part.state), agreed_to=part.extended_days)


def walk(seed: int, steps: int) -> Counter[str]:
    """Take steps through random worlds, each of which lasts for a while, and count what was done."""
    rng, done = random.Random(seed), Counter[str]()
    world = World(rng)
    for number in range(steps):
        if number % LIFE == LIFE - 1:
            world = World(rng)
        done[world.step()] += 1
    return done


def test_the_books_say_what_is_found_by_hand_after_every_step() -> None:
    done = walk(0, STEPS)
    world = World(random.Random(0))
    assert done.keys() == world.possible(world.fees[0]).keys(), "a walk of this length does everything"


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ALL_STEPS
    seed = random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    print(dict(walk(seed, count)))
    print(f"{count:,} random steps: every piece, debt and account is what is found by hand.")
