"""What happens in the demo, as tables; times are in days before today, spans in hours."""

from __future__ import annotations

from dataclasses import dataclass

from portal.demo.people import ACME, BOREALIS, LUMEN

BEGIN = 243  # eight months
PILOT_ENDS = 181  # until then a claim protects for PILOT_DAYS, from then on for a year
PILOT_DAYS = 210
RUN_EVERY, LAST_RUN = 15, 5  # the payout runs, the last one so many days ago


@dataclass(frozen=True, slots=True)
class Opening:
    """Describe a job: salaries in thousands, the fee in basis points; `turns` maps a day to the status from then on."""

    key: str
    company: str
    title: str
    location: str
    low: int
    high: int
    fee_bp: int
    posted: float
    about: str
    turns: tuple[tuple[float, str], ...] = ()
    status: str = "active"


OPENINGS = (
    Opening("data", ACME, "Senior Data Engineer", "New York, NY", 145, 175, 2_000, 240, "Own the event pipeline."),
    Opening("be", ACME, "Backend Engineer, Python", "Remote, US", 130, 160, 1_800, 236, "Build the order system."),
    Opening(
        "pm", ACME, "Product Manager, Payments", "New York, NY", 150, 180, 2_000, 228, "Lead checkout and payouts."
    ),
    Opening("ml", ACME, "Staff ML Engineer", "Berlin or remote", 165, 195, 2_200, 224, "Lead ranking and its serving."),
    Opening(
        "des",
        ACME,
        "Product Designer",
        "Boston, MA",
        115,
        140,
        1_800,
        214,
        "Shape the design system.",
        ((158, "filled"),),
    ),
    Opening(
        "sre",
        ACME,
        "Site Reliability Engineer",
        "Remote, US",
        140,
        170,
        1_900,
        170,
        "Keep the platform up; on call one week in six.",
        ((100, "paused"),),
    ),
    Opening("grid", BOREALIS, "Grid Analyst", "Denver, CO", 95, 120, 2_000, 221, "Forecast load and prices."),
    Opening("hw", BOREALIS, "Power Electronics Engineer", "Golden, CO", 125, 150, 2_200, 171, "Design inverters."),
    Opening("fin", BOREALIS, "Finance Lead", "Denver, CO", 130, 155, 2_000, 40, "Build the finance team.", (), "draft"),
    Opening("fe", LUMEN, "Frontend Engineer", "Berlin", 70, 88, 2_000, 199, "Build the clinicians' workspace."),
    Opening("reg", LUMEN, "Regulatory Affairs Manager", "Berlin", 82, 98, 2_400, 105, "Bring devices through MDR."),
    Opening(
        "sec", LUMEN, "Security Engineer", "Remote, EU", 80, 100, 2_000, 121, "Secure patient data.", ((85, "closed"),)
    ),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """Describe a proposal: who proposes is the candidate's recruiter; `fate` after `hours` says how it ends.

    `asked` and `answered` are the hours after which the company asks and the recruiter answers. An offer that is
    still open says in `due` how many hours are left.
    """

    key: str
    seeker: str
    opening: str
    days: float
    fate: str  # accept, decline, withdraw, timeout, reviewing, proposed; closed and elsewhere end by themselves
    hours: float = 0
    reason: str = ""
    asked: float | None = None
    answered: float | None = None
    due: float | None = None


def _open(
    key: str,
    seeker: str,
    opening: str,
    fate: str,
    due: float,
    asked: float | None = None,
    answered: float | None = None,
) -> Offer:
    return Offer(key, seeker, opening, 7 - due / 24, fate, hours=30, due=due, asked=asked, answered=answered)


OFFERS = (
    # accepted, and later hired
    Offer("c1", "c1", "data", 226, "accept", 52, asked=8, answered=12),
    Offer("c2", "c2", "pm", 200, "accept", 30, asked=6, answered=3),
    Offer("c6", "c6", "des", 172, "accept", 76),
    Offer("a1", "a1", "ml", 107, "accept", 44, asked=20, answered=5),
    Offer("a4", "a4", "fe", 62, "accept", 90, asked=26, answered=9),
    Offer("a7", "a7", "be", 36, "accept", 21),
    Offer("f1", "f1", "be", 116, "accept", 66, asked=30, answered=31),
    Offer("h1", "h1", "ml", 12, "accept", 22, asked=9, answered=2),
    Offer("w1", "w1", "pm", 5, "accept", 50),
    Offer("c3", "c3", "be", 196, "accept", 25, asked=4, answered=16),
    Offer("a2", "a2", "data", 98, "accept", 47, asked=12, answered=22),
    Offer("h2", "h2", "data", 15, "accept", 72),
    Offer("c4", "c4", "fe", 188, "accept", 110),
    Offer("a3", "a3", "hw", 88, "accept", 60),
    Offer("w3", "w3", "grid", 7, "accept", 62),
    Offer("c5", "c5", "grid", 183, "accept", 33),
    Offer("f2", "f2", "pm", 80, "accept", 41, asked=15, answered=52),
    Offer("h3", "h3", "reg", 10, "accept", 70),
    Offer("a5", "a5", "be", 47, "accept", 18),
    Offer("h4", "h4", "hw", 20, "accept", 95),
    Offer("a6", "a6", "grid", 33, "accept", 28, asked=5, answered=40),
    Offer("w2", "w2", "data", 4, "accept", 20),
    Offer("f3", "f3", "reg", 76, "accept", 88),
    Offer("w4", "w4", "fe", 9, "accept", 84),
    # declined
    Offer("d1", "b1", "data", 60, "decline", 30, "salary", asked=6, answered=4),
    Offer("d2", "ending", "pm", 193, "decline", 48, "underqualified"),
    Offer("d3", "ending", "ml", 120, "decline", 20, "overqualified"),
    Offer("d4", "gone", "be", 216, "decline", 70, "location"),
    Offer("d5", "taken", "ml", 217, "decline", 26, "already_known"),
    Offer("d6", "o1", "pm", 100, "decline", 40, "duplicate", asked=10, answered=70),
    Offer("d7", "p1", "fe", 80, "decline", 55, "position_filled"),
    Offer("d8", "e1", "grid", 130, "decline", 90, "other"),
    Offer("d9", "t1", "be", 75, "decline", 12, "salary"),
    Offer("d10", "d1", "grid", 45, "decline", 100, "underqualified"),
    Offer("d11", "i1", "reg", 90, "decline", 60, "location"),
    Offer("d12", "c3", "data", 203, "decline", 35, "salary"),
    # nobody decided
    Offer("t1", "late", "sre", 150, "timeout"),
    Offer("t2", "b2", "sre", 140, "timeout"),
    Offer("t3", "o2", "hw", 160, "timeout"),
    Offer("t4", "p1", "grid", 110, "timeout"),
    Offer("t5", "e1", "sre", 145, "timeout"),
    Offer("t6", "d1", "ml", 70, "timeout"),
    Offer("t7", "fought", "grid", 212, "timeout"),
    Offer("t8", "t1", "fe", 35, "timeout"),
    # taken back
    Offer("x1", "b3", "pm", 95, "withdraw", 30),
    Offer("x2", "i1", "fe", 50, "withdraw", 22),
    Offer("x3", "o2", "be", 30, "withdraw", 46),
    Offer("x4", "d1", "sec", 88, "closed"),
    Offer("x5", "a2", "ml", 93, "elsewhere"),
    Offer("x6", "a3", "data", 83, "elsewhere"),
    # open now
    _open("n1", "b1", "ml", "reviewing", 5.2, asked=155),
    _open("n2", "o1", "ml", "reviewing", 21, asked=140),
    _open("n3", "b2", "data", "reviewing", 61, asked=88),
    _open("n4", "e1", "be", "proposed", 97),
    _open("n5", "p1", "pm", "proposed", 146),
    _open("n6", "t1", "ml", "reviewing", 77, asked=40, answered=11),
    _open("n7", "b3", "grid", "proposed", 3.1),
    _open("n8", "d1", "hw", "proposed", 121),
    _open("n9", "i1", "fe", "proposed", 37),
    _open("n10", "o2", "reg", "proposed", 111),
)


SHORTLISTED = ("n1", "n6")  # of the open offers for one job


@dataclass(frozen=True, slots=True)
class Hire:
    """Describe a placement; `start` is None while it waits for its first day, `team` is who joins: role and share.

    Salary and guaranteed bonus are in thousands; the bonus is asked for where the terms count it.
    """

    key: str
    hired: float
    salary: int
    start: float | None = None
    days: int | None = None
    team: tuple[tuple[str, str, int], ...] = ()
    failed: float | None = None
    reason: str = ""
    bonus: int | None = None


HIRES = (
    Hire("c1", 219, 162, 208, team=(("omar", "support", 1_000), ("priya", "closer", 2_000))),
    Hire("c2", 195, 168, 182),
    Hire("c6", 166, 132, 152),
    Hire("c3", 191, 148, 176, team=(("tomas", "closer", 2_000),)),
    Hire("c4", 180, 79, 166, days=60),
    Hire("c5", 178, 112, 162, team=(("dev", "support", 1_000),)),
    Hire("a1", 102, 184, 87, team=(("omar", "closer", 2_000),)),
    Hire("a2", 92, 170, 78, team=(("priya", "support", 1_000),), failed=32, reason="mutual"),
    Hire("a3", 82, 141, 66, team=(("elena", "closer", 1_500),)),
    Hire("a4", 56, 84, 40),
    Hire("a5", 43, 151, 26),
    Hire("a6", 29, 108, 12),
    Hire("f1", 111, 155, 95, team=(("omar", "support", 1_000),), failed=50, reason="candidate_quit"),
    Hire("a7", 33, 152, 16),
    Hire("f2", 75, 172, 60, failed=9, reason="terminated_performance"),
    Hire("f3", 69, 92, failed=45, reason="no_show", bonus=10),
    Hire("h1", 7, 190),
    Hire("h2", 8, 166, team=(("tomas", "support", 1_000),)),
    Hire("h3", 4, 95, bonus=8),
    Hire("h4", 12, 138),
)
MISTYPED = (
    "a6",
    180,
    "Two digits were swapped: the contract says 108.",
)  # hire, salary as first recorded, why corrected
REPLACED = ("f1", "a7", 31)  # failed placement, the one in its place, the day of the link
REQUESTED = (("f1", 48, 22), ("f2", 7, -18))  # placement, day of the request, day of the deadline
EXTENDED = (("a5", 10, 30, "Two weeks of leave fell into the trial period; both sides want more time."),)

# placement, who rates whom, stars, remark
RATINGS = (
    ("c1", "rita", "omar", 5, "Found the right person to talk to within a day."),
    ("c1", "rita", "priya", 5, "Closed it without a hitch."),
    ("c1", "omar", "rita", 5, "Clear briefs, fair split."),
    ("c1", "priya", "rita", 4, ""),
    ("c3", "omar", "tomas", 4, "Handled the counter-offer well."),
    ("c3", "tomas", "omar", 5, ""),
    ("c5", "elena", "dev", 4, ""),
    ("c5", "dev", "elena", 5, "Shares everything early."),
    ("f1", "rita", "omar", 4, ""),
    ("f1", "omar", "rita", 4, "Called at once when it went wrong."),
)

# Refused claims: who tried, whose candidate, day
CHALLENGES = (
    ("omar", "b1", 5.3),
    ("elena", "o2", 61),
    ("rita", "fought", 2.2),
    ("tomas", "a1", 99),
    ("omar", "b3", 1.1),
)
# Claims that followed an expired one: who, candidate, day
TAKEOVERS = (("omar", "taken", 12), ("priya", "fought", 9))
SCREENED = (("omar", "b2", 33), ("dev", "c3", 140), ("ingrid", "a4", 15), ("priya", "b1", 3.4))
UNSUBSCRIBED = ("t1", 20)
