"""Conventions that matter, each with the reason why (architecture.md, rule 16).

Each is one test that lists every place which breaks it: a test for each file was a third of the suite's tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from flask import Flask

from portal.domain.permissions import Permission
from portal.policy import PUBLIC, policy_of
from portal.wording.states import known_states

ROOT = Path(__file__).parent.parent.parent
PORTAL = ROOT / "portal"
TEMPLATES = ROOT / "templates"
SOURCES = sorted(PORTAL.rglob("*.py"))
PAGES = sorted(TEMPLATES.rglob("*.html"))
WORDS_OF_NOTHING = {"utils", "helpers", "manager", "handler", "misc", "common"}
CLOCKS = re.compile(r"datetime\.(?:now|utcnow|today)\(|date\.today\(|(?<!\w)time\.time\(")
# Who may look at a machine's own clock: the processes that wait, what a page without a database falls back to, and the
# windows of the rate limits, which the limiter counts by it; and what tells how far it is off.
OWN_CLOCK = {
    "checkup.py",
    "clock.py",
    "supervisor.py",
    "embedded.py",
    "processes.py",
    "server_process.py",
    "children.py",
} | {
    "formatting.py",
    "limits.py",
}
UNSAFE_METHODS = {"POST", "PUT", "PATCH", "DELETE"}


def relative(path: Path) -> str:
    """Return a file from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def test_every_route_says_who_may_use_it(app: Flask) -> None:
    unmarked = [r.endpoint for r in app.url_map.iter_rules() if policy(app, r.endpoint) is None]
    assert not unmarked, "a view without @policy or @public answers 403 to everybody"


def policy(app: Flask, endpoint: str) -> Permission | str | None:
    """Return the policy of an endpoint; the files under /assets are for everybody."""
    with app.app_context():
        return PUBLIC if endpoint == "assets" else policy_of(endpoint)


def test_ids_in_urls_are_uuids(app: Flask) -> None:
    allowed = re.compile(r"<uuid:\w+>|<path:name>|<token>|<string\(.+\):\w+>|<any\(.+\):\w+>")
    kit = "/styleguide"  # development only, no data
    rules = [r.rule for r in app.url_map.iter_rules() if not r.rule.startswith(kit)]
    wrong = [rule for rule in rules if "<" in re.sub(allowed, "", rule)]
    assert not wrong, "an id that is no UUID must be a 404 before it reaches a query"


def test_no_address_both_reads_and_changes_by_get(app: Flask) -> None:
    changing = re.compile(r"/(?:accept|decline|withdraw|review|claim|revoke|retry|delete|remove|verify|logout)$")
    wrong = [
        r.rule
        for r in app.url_map.iter_rules()
        if changing.search(r.rule)
        and "GET" in (r.methods or ())
        and not r.endpoint.endswith(("_page", "_form"))
        and not UNSAFE_METHODS & set(r.methods or ())
        and not any(o.rule == r.rule and UNSAFE_METHODS & set(o.methods or ()) for o in app.url_map.iter_rules())
    ]
    assert not wrong, "a GET changes nothing: link scanners and prefetching browsers follow links"


def test_only_transitions_assign_a_state() -> None:
    assigned = [
        f"{relative(path)}:{line}"
        for path in SOURCES
        if relative(path) != "portal/services/machinery/transitions.py"
        for line in assignments(path)
    ]
    assert not assigned, "a state that is assigned elsewhere has no history row and no event"


def assignments(path: Path) -> list[int]:
    """Return the lines of a module that assign a state."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    targets = [t for node in ast.walk(tree) if isinstance(node, ast.Assign) for t in node.targets]
    assigned = [t.lineno for t in targets if isinstance(t, ast.Attribute) and t.attr == "state"]
    if relative(path) not in WITHOUT_MACHINE:
        assigned += [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and writes_a_state(node)]
    return assigned


# Their states have no machine: a mail's way, an appeal's ruling, an amendment's end, a payout in a run, an obligation.
WITHOUT_MACHINE = {
    "portal/services/messages/deliveries.py",
    "portal/services/messages/outbox.py",
    "portal/services/messages/digests.py",
    "portal/services/reputation/appeals.py",
    "portal/services/placements/amendments.py",
    "portal/services/billing/lifecycle.py",
    "portal/services/billing/runs.py",
}


def writes_a_state(call: ast.Call) -> bool:
    """Return whether a call writes a state by a statement over rows, or makes a row in one."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in {"values", "setattr", "Proposal", "Placement"}:
        return False
    given = [*(k.arg for k in call.keywords), *(a.value for a in call.args if isinstance(a, ast.Constant))]
    given += [k.value for a in call.args if isinstance(a, ast.Dict) for k in a.keys if isinstance(k, ast.Constant)]
    return "state" in given


@pytest.mark.parametrize(
    ("written", "is_refused"),
    [
        ("update(T).values(state='failed')", True),
        ("update(T).where(x).values({'state': 'failed'})", True),
        ("setattr(row, 'state', 'failed')", True),
        ("Proposal(id=1, state='accepted')", True),
        ("update(T).values(reminded_at=now)", False),
        ("Filter(state='accepted')", False),
    ],
)
def test_the_guard_of_states_sees_statements_over_many_rows(written: str, *, is_refused: bool) -> None:
    call = ast.parse(written, mode="eval").body
    assert isinstance(call, ast.Call)
    assert writes_a_state(call) is is_refused


def test_nobody_reads_a_clock_but_the_database() -> None:
    read = [path for path in SOURCES if path.name not in OWN_CLOCK and "demo" not in path.parts]
    assert not found(CLOCKS, read), "two machines disagree about the time; uow.now and viewer.now are the database's"


def found(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[str]:
    """Return where a pattern is found: the file, the line and what it matched."""
    return [
        f"{relative(path)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path in paths
        for text in [path.read_text(encoding="utf-8")]
        for match in pattern.finditer(text)
    ]


def test_modules_stay_small_and_well_named() -> None:
    lines = {path: path.read_text(encoding="utf-8").count("\n") for path in SOURCES}
    long = [relative(path) for path, count in lines.items() if count >= 700]
    assert not long, "a module that long has two jobs; split it where no reader has to jump"
    vague = [relative(path) for path in SOURCES if path.stem in WORDS_OF_NOTHING]
    assert not vague, "a name must say what is inside"


def test_functions_stay_small() -> None:
    long = [
        f"{relative(path)}:{node.lineno}: {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or node.lineno) - node.lineno >= 30
    ]
    assert not long, "a function of more than 30 lines does two things; split it"


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|raise NotImplementedError")
    assert not found(later, SOURCES), "build it or say so in the README"


FORBIDDEN_IN_PAGES = {
    r'\sstyle="': "the CSP forbids inline styles",
    r'\son[a-z]+="': "the CSP forbids inline handlers",
    r"\shx-": "the W3C checker knows attributes of one's own as data-*",
    r"hx-on": "it needs eval",
    r'hx-(?:vals|confirm|headers)="js:': "it needs eval",
    r'hx-trigger="(?:[^"]*,\s*)?\w+\[': "it needs eval",
    r"<script(?![^>]*\ssrc=)": "the CSP forbids inline scripts",
    r'(?:src|href)="https?://': "assets are served from here; links are made from data",
    r"hx-boost": "plain links keep focus, title and scroll native",
}


@pytest.mark.parametrize(("pattern", "why"), FORBIDDEN_IN_PAGES.items())
def test_templates_keep_to_the_content_security_policy(pattern: str, why: str) -> None:
    assert not found(re.compile(pattern), [page for page in PAGES if "email" not in page.parts]), why


def test_templates_mark_nothing_safe() -> None:
    literal = {"email", "styleguide"}  # texts of our own, and markup of our own
    pages = [page for page in PAGES if not literal & set(page.parts)]
    assert not found(re.compile(r"\|\s*safe\b"), pages), "what is marked safe is not escaped"


NAMES_OF_STATES = "|".join(sorted({name for names in known_states().values() for name in names}))
COMPARED = re.compile(
    rf"\b(?:\w*state|status)\s*(?:[=!]=|(?:not )?in)\s*[(\[]?\s*'(?:{NAMES_OF_STATES})'|'(?:{NAMES_OF_STATES})'\s*[=!]="
)


def test_templates_compare_no_names_of_states() -> None:
    assert not found(COMPARED, PAGES), "what a state means stands in the domain; let the view say it"


COMPANY_DAY = re.compile(
    r"(?:guarantee_end(?:_date)?|old_end_date|ends_on|replacement_(?:deadline|window_end)|reported_through|obligation_due)"
    r"(?:\|day(?!\()|:day)"
)


def test_a_day_of_a_guarantee_names_its_zone() -> None:
    """Readers are elsewhere: `|day(zone)` in templates, `:there` in the sentences of events."""
    places = (*PAGES, *TEMPLATES.rglob("*.txt"), *SOURCES)
    assert found(COMPANY_DAY, places) == []


def test_templates_know_no_roles() -> None:
    roles = re.compile(r"'(?:platform_admin|company_admin|hiring_manager)'|\"(?:platform_admin|company_admin)\"")
    assert not found(roles, PAGES), "a template asks allowed_actions; only permissions.py knows who may do what"


def test_a_page_that_asks_says_where_it_belongs() -> None:
    asks = [page for page in PAGES if re.search(r"ui\.(?:confirm|hindered)_page\(", page.read_text())]
    lost = [relative(page) for page in asks if "{% block crumbs %}" not in page.read_text()]
    assert not lost, "one comes there by a link, and finds back by the breadcrumb"


CITED = re.compile(r"\b(domain|money|disputes|reliability)\.md((?:,? (?:to |and )?§ ?\d+)+)")
ADR = re.compile(r"\bADR (\d{4})")


def test_what_comments_cite_is_in_the_house() -> None:
    """A rule that is cited stands in docs/, so that whoever reads the code can read the rule."""
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")}
    sections = {(name, number) for name, text in pages.items() for number in re.findall(r"^## (\d+)\.", text, re.M)}
    decisions = {page.name[:4] for page in (ROOT / "docs" / "adr").glob("0*.md")}
    missing = []
    for path in (*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))):
        text = path.read_text(encoding="utf-8")
        cited = {(name, number) for name, all_of in CITED.findall(text) for number in re.findall(r"\d+", all_of)}
        missing += [f"{relative(path)}: {name}.md §{number}" for name, number in sorted(cited - sections)]
        missing += [f"{relative(path)}: ADR {number}" for number in sorted(set(ADR.findall(text)) - decisions)]
    assert not missing, "write the section or the decision, or cite another: a reader must find it"
