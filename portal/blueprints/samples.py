"""The invented people, proposals and figures that the styleguide shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain import placements

NOW = datetime(2026, 11, 24, 2, 39, tzinfo=UTC)
HERE = {
    "queue": "Work queue",
    "placement": "Placements",
    "proposals": "Proposals",
    "events": "Event log",
    "reputation": "Reputation",
    "form": "Proposals",
    "statement": "Payouts",
}
GUARANTEE_END = NOW + timedelta(days=12, hours=4, minutes=22)
ACTIVATED = GUARANTEE_END - timedelta(days=90)
HIRED = ACTIVATED - timedelta(days=26)
PROTECTED = NOW + timedelta(days=110)
SOURCED = NOW - timedelta(days=255)


@dataclass(frozen=True, slots=True)
class Shell:
    """Hold what the frame of a page shows."""

    nav: tuple[tuple[str, str, str, int, str], ...]
    here: str
    theme: str
    who: str = ""
    user_name: str = "Elena Fischer"
    organisation_name: str = "Northwind Robotics"
    role_label: str = "Company admin"
    organisations: tuple[tuple[str, str, str, bool], ...] = (
        ("1", "Northwind Robotics", "Company admin", True),
        ("2", "Raman Talent", "Recruiter", False),
    )
    unread: int = 4


def shell(here: str, theme: str) -> Shell:
    """Give a frame with every entry."""
    pages = "/styleguide/pages/"
    nav = (
        ("Work queue", "layout-dashboard", pages + "queue", 7, ""),
        ("Candidates", "users", pages + "form", 0, ""),
        ("Jobs", "briefcase", pages + "queue", 0, ""),
        ("Proposals", "inbox", pages + "proposals", 5, ""),
        ("Placements", "heart-handshake", pages + "placement", 0, ""),
        ("Reputation", "star", pages + "reputation", 0, ""),
        ("Leaderboard", "trophy", pages + "reputation", 0, ""),
        ("Payouts", "receipt-2", pages + "statement", 0, ""),
        ("Disputes", "scale", pages + "queue", 1, ""),
        ("Event log", "list-search", pages + "events", 0, "Platform"),
        ("Analytics", "chart-bar", pages + "reputation", 0, "Platform"),
        ("Admin", "settings", "/styleguide/", 0, "Platform"),
    )
    return Shell(nav, here, theme)


def _row(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**values)


def _share(role: str, note: str, name: str, agency: str, bp: int, score: int | None, **more: Any) -> SimpleNamespace:
    facts = {"role_label": role, "role_note": note, "name": name, "agency": agency, "bp": bp, "score": score}
    return _row(**facts, amount=250 * bp, provisional=False, **more)


TEAM = [
    _share("Sourcer", "found the candidate", "Priya Raman", "Raman Talent", 4_000, 87),
    _share("Submitter", "made the introduction", "Tomás Alvarez", "Alvarez & Co", 3_000, 74),
    _share("Closer", "sealed the deal", "Hannah Lindqvist", "Nordsearch", 2_000, 92),
    _share("Support", "screening help", "Dev Patel", "Patel Partners", 1_000, 61),
]
OPEN_TEAM = [
    _share("Sourcer", "", "Priya Raman", "Raman Talent", 4_000, 87, edit_url="#"),
    _share("Submitter", "", "Priya Raman", "Raman Talent", 3_000, 87, edit_url="#"),
    _row(name="", agency="", role_label="Closer", role_note="open to be filled", bp=2_000, amount=500_000),
    _row(name="", agency="", role_label="Support", role_note="open to be filled", bp=1_000, amount=250_000),
]
SHARES = {
    "one": [("Sourcer", 10_000)],
    "two, one open": [("Sourcer", 4_000), ("Submitter", 3_000)],
    "four": [("Sourcer", 4_000), ("Submitter", 3_000), ("Closer", 2_000), ("Support", 1_000)],
    "eight": [(f"Support {n}", 1_250) for n in range(1, 9)],
    "a third each": [("Sourcer", 3_334), ("Submitter", 3_333), ("Closer", 3_333)],
    "too much": [("Sourcer", 6_000), ("Submitter", 5_500)],
    "nobody": [],
}

_BEEN = {"hired": HIRED, "active": ACTIVATED, "completed": GUARANTEE_END, "failed": NOW}
STEPS = {
    title: placements.steps(state, {**_BEEN, "active": began}, GUARANTEE_END)
    for title, state, began in (
        ("Hired", "hired", None),
        ("Active", "active", ACTIVATED),
        ("Completed", "completed", ACTIVATED),
        ("Failed", "failed", ACTIVATED),
        ("Never began", "failed", None),
    )
}

HISTORY = [
    _row(
        icon="mail",
        title="Guarantee expiring notice sent",
        at=NOW - timedelta(days=2, hours=3),
        text="Emailed to 4 recruiters and 2 company admins.",
        by="System",
        tone="",
    ),
    _row(
        icon="users",
        title="Collaborator added",
        at=ACTIVATED + timedelta(days=31),
        text="Dev Patel joined as Support at 10%. Split recalculated to 100%.",
        by="Priya Raman",
        tone="",
    ),
    _row(
        icon="activity",
        title="Hired → Active",
        at=ACTIVATED,
        text="Start date confirmed. 90-day guarantee began.",
        by="Elena Fischer",
        tone="ok",
    ),
    _row(
        icon="plus",
        title="Placement created as Hired",
        at=HIRED,
        text="Offer signed at $125,000 base; 20% fee.",
        by="Deleted user",
        tone="",
    ),
    _row(
        icon="check",
        title="Proposal accepted",
        at=HIRED - timedelta(days=7),
        text="Reviewed in 1 d 6 h, 42 h before the deadline.",
        by="Elena Fischer",
        tone="ok",
    ),
]


def _proposal(name: str, job: str, fee: int, due: timedelta, *, unread: bool = False) -> SimpleNamespace:
    key = name.split()[0].lower()
    return _row(id=key, name=name, job=job, fee=fee * 100, salary=fee * 500, due=NOW + due, unread=unread)


PROPOSALS = [
    _proposal("Lena Brandt", "Staff ML Engineer", 33_600, timedelta(hours=3, minutes=41)),
    _proposal("Omar Haddad", "Senior Data Engineer", 26_200, timedelta(hours=19, minutes=5)),
    _proposal("Grace Nakamura", "Product Designer", 22_400, timedelta(days=2, hours=6), unread=True),
    _proposal("Samuel Osei", "Site Reliability Engineer", 27_800, timedelta(days=3, hours=1), unread=True),
    _proposal("Ingrid Solberg", "Staff ML Engineer", 34_200, timedelta(days=4, hours=9)),
]

DEADLINES = {
    "more than a day": NOW + timedelta(days=3, hours=1),
    "less than a day": NOW + timedelta(hours=19, minutes=5),
    "less than four hours": NOW + timedelta(hours=3, minutes=41),
    "minutes": NOW + timedelta(minutes=12, seconds=30),
    "over": NOW - timedelta(minutes=5),
    "none": None,
}
MOMENTS = [NOW - timedelta(seconds=20), NOW - timedelta(hours=5), NOW - timedelta(days=2), NOW - timedelta(days=46)]
SPANS = {
    "fresh": (NOW - timedelta(days=3), NOW + timedelta(days=362), None),
    "half": (NOW - timedelta(days=180), NOW + timedelta(days=185), None),
    "last 30 days": (NOW - timedelta(days=347), NOW + timedelta(days=18), None),
    "expired": (NOW - timedelta(days=400), NOW - timedelta(days=35), None),
    "extended": (NOW - timedelta(days=300), NOW + timedelta(days=125), NOW + timedelta(days=65)),
}

_EVENTS = [
    ("placement.guarantee_expiring", "PL-2048", "System", "ok", 2),
    ("proposal.created", "PR-7731", "Hannah Lindqvist", "accent", 14),
    ("ownership.conflict_detected", "CA-5517", "Tomás Alvarez", "warn", 31),
    ("proposal.accepted", "PR-7688", "Elena Fischer", "accent", 49),
    ("collaborator.added", "PL-2051", "Priya Raman", "ok", 63),
    ("proposal.timeout", "PR-7640", "System", "bad", 95),
    ("placement.activated", "PL-2050", "Marcus Webb", "ok", 118),
    ("reputation.updated", "RC-0114", "System", "info", 150),
    ("candidate.sourced", "CA-5560", "Dev Patel", "warn", 171),
    ("placement.failed", "PL-1987", "Marcus Webb", "bad", 204),
    ("proposal.declined", "PR-7655", "Elena Fischer", "accent", 233),
    ("placement.completed", "PL-1979", "System", "ok", 260),
]
EVENTS = [
    _row(
        id=982_440 - 3 * n,
        type=kind,
        subject=subject,
        actor=actor,
        tone=tone,
        at=NOW - timedelta(minutes=ago),
        correlation=f"{n * 7919 + 4660:04x}-{n * 7907 + 99:04x}",
    )
    for n, (kind, subject, actor, tone, ago) in enumerate(_EVENTS)
]
PAYLOAD = {
    "candidate_id": "CA-5517",
    "claimed_by": "RC-0219",
    "current_sourcer": "RC-0114",
    "protected_until": "2027-03-14T00:00:00Z",
    "days_remaining": 110,
    "contact": "tomas.alvarez@example.com",
    "outcome": None,
    "refused": True,
    "notified": ["RC-0114", "RC-0219"],
}

MONTHS = ["Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
SCORES = [71, 72, 74, 76, 77, 73, 75, 78, 79, 80, 84, 87]
PARTS = [
    ("Hire rate", 82, 40, "9 hires of 24 decided proposals"),
    ("Completion rate", 94, 30, "29 of 31 placements completed"),
    ("Collaboration", 90, 15, "4.6 stars from 11 colleagues"),
    ("Responsiveness", 81, 15, "32 h to answer on average"),
]
NO_PARTS = [("Hire rate", None, 40, "No decided proposals yet"), ("Completion rate", 50, 30, "")]
MOVES = [
    ("PL-1979 completed its guarantee", "Completion", 2.1, NOW - timedelta(days=3)),
    ("PR-7729 answered in 2 h", "Responsiveness", 0.3, NOW - timedelta(days=6)),
    ("PR-7640 timed out", "Hire rate", -0.8, NOW - timedelta(days=9)),
    ("4.8 of 5 from Tomás Alvarez", "Collaboration", 0.4, NOW - timedelta(days=12)),
]
MANY = [f"{n} Nov" for n in range(1, 61)]
MANY_VALUES = [40 + (n * 7) % 23 - n / 4 for n in range(60)]
GAPS = [3, 5, None, None, 4, 6, 2, None, 8, 7, 9, 12]
CHANGES = [4, -2, 3, 0, -5, 6]
HALF_YEAR = ["Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
OUTCOMES = [("Completed", [4, 6, 5, 7, 6, 9]), ("Failed", [1, 0, 2, 1, 0, 1]), ("Open", [0, 0, 1, 2, 4, 6])]
FUNNEL = [("Proposed", 412), ("Accepted", 187), ("Hired", 64), ("Completed", 51)]

LINES = [
    _row(date=NOW.date() - timedelta(days=20), text="Maya Okafor at Northwind Robotics, Sourcer 40%", amount=1_000_000),
    _row(date=NOW.date() - timedelta(days=12), text="Ruth Adeyemi at Lakeside, Closer 20%", amount=448_050),
    _row(date=NOW.date() - timedelta(days=4), text="Clawback: Jon Reyes at Lakeside", amount=-120_000),
]


def _choices(*labels: str) -> list[SelectChoice]:
    return [SelectChoice(label, label) for label in labels]


class SampleForm(FlaskForm):
    """Have one field of every kind."""

    name = StringField("Full name", [InputRequired(), Length(max=200)], description="As it stands in the passport")
    email = EmailField("E-mail address", [InputRequired()])
    password = PasswordField("Password", [InputRequired()])
    job = SelectField("Job", choices=_choices("Staff ML Engineer", "Product Designer"))
    start = DateField("Start date", default=NOW.date)
    salary = DecimalField("Base salary", [InputRequired()], default=125_000)
    fee = DecimalField("Fee", default=20)
    pitch = TextAreaField("Pitch", [InputRequired()], default="Led ranking at a 40M-user marketplace.")
    cv = FileField("Curriculum vitae")
    reason = RadioField("Reason", choices=_choices("Salary expectation", "Location"), default="Location")
    skills = SelectMultipleField(
        "Skills",
        choices=_choices("Python", "SQL", "Kubernetes"),
        default=["Python"],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    agreed = BooleanField("The candidate has agreed to be proposed")


def form() -> SampleForm:
    """Give a form of which two fields were refused."""
    made = SampleForm(formdata=None, prefix="sample")
    made.salary.errors = ["Enter the salary as a number, such as 125,000."]
    made.reason.errors = ["Choose a reason."]
    made.form_errors = ["The job was closed 2 minutes ago."]
    return made
