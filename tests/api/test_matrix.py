"""Role × route: every address of API and pages, tried by everybody on own, foreign and absent objects.

What is expected follows from GRANTS and the policy of each view; the few rules that are finer are written in FINER.
Whatever is refused must change nothing, and no answer may hold a word of the other world.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.domain.permissions import GRANTS, Permission, Role, Scope
from portal.extensions import db
from portal.models import Membership
from portal.policy import PUBLIC, policy_of
from portal.queries import visibility
from portal.runtime.clock import simulated
from portal.services.identity import accounts
from tests.api.callers import limit_requests, token_of
from tests.api.matrix_bodies import FORM, api_body
from tests.api.worlds import BEYOND, Fingerprint, World, make
from tests.cast import DAY, Cast, Person, assemble, sign_in
from tests.cleaning import Cleaner

READING = {"GET", "HEAD", "OPTIONS"}
PARAMETER = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
CHOICE = re.compile(r"<any\('?([\w-]+)[^)]*\):\w+>")
NOT_TRIED = ("/styleguide", "/assets", "/account/sessions/revoke-others")
# Visible to everybody who is signed in, whichever world it belongs to.
SHARED = {"recruiter_id"}
OWN_ALONE = {"token_id", "view_id", "notice_id", "session_id", "outreach_id", "import_id"}
LET_IN = {200, 201, 204, 302, 303, 400, 409, 422}
# A recruiter learns by a candidate's id that it is protected, as by a blind check (domain.md §2).
ASKS_FOR_CREDIT = ("/source", "/outreach", "/claim")
# What is gone after the first one did it, or is only there in another state.
MAY_BE_GONE = (
    "/remove",
    "/drop",
    "/hand-over",
    "/invite",
    "/revoke",
    "/amendments/",
    "/appeals",
    "/feedback",
    "/open",
    "/recruiter",
    "/undo",
    "/queue/",
    "/views/",
    "/log/",  # an entry is in one history or another
)
# A form names its object in a field, which is empty here; a platform admin names a recruiter in the query.
CALLERS = ("nobody", "rita", "omar", "hana", "carl", "zoe", "pia", "carl, reads only", "removed")
NAMED_ELSEWHERE = ("/disputes/new", "/placements/calculate-splits", "/placements/new", "/placements/new/preview")
NAMED_ELSEWHERE += ("/earnings", "/earnings/statement")


@dataclass(frozen=True)
class Caller:
    """Somebody with a browser and a token; `person` is None when nobody is signed in."""

    name: str
    person: Person | None
    roles: frozenset[Role]
    browser: FlaskClient
    token: str
    reads_only: bool = False


@dataclass(frozen=True)
class Case:
    """One cell: who calls what, on an object of which world, and which statuses are right."""

    caller: Caller
    rule: Rule
    method: str
    where: str
    url: str
    right: frozenset[int]
    body: dict[str, Any]

    @property
    def is_refused(self) -> bool:
        """Return whether nothing may happen."""
        return not self.right & {200, 201, 303}

    @property
    def changes(self) -> bool:
        """Return whether the method may change anything."""
        return self.method not in READING

    def __str__(self) -> str:
        return f"{self.caller.name}: {self.method} {self.rule.rule} ({self.where})"


@dataclass(frozen=True)
class Marketplace:
    """The app, the two worlds and everybody who calls."""

    app: Flask
    here: World
    there: World
    callers: tuple[Caller, ...]

    def world(self, caller: Caller, where: str) -> World | None:
        """Return the world of an object as the caller sees it: own, foreign, or none."""
        mine = self.there if caller.name in self.there.members else self.here
        return {"own": mine, "foreign": self.here if mine is self.there else self.there}.get(where)


@pytest.fixture
def market(app: Flask, context: None, cleaner: Cleaner, monkeypatch: pytest.MonkeyPatch) -> Iterator[Marketplace]:
    """Return both worlds; no rate limit, and forms without CSRF tokens, which are not what is tried here."""
    limit_requests(monkeypatch, 10**6)
    for name in ("INVITATIONS", "TO_ONE_ADDRESS", "TO_ONE_FROM_ALL"):
        monkeypatch.setattr(accounts, name, replace(getattr(accounts, name), most=10**6))
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)  # what breaks answers 500, as it does in earnest
    with simulated(DAY):
        yield cleaner.once("matrix", lambda: _marketplace(assemble(app)))


def _marketplace(cast: Cast) -> Marketplace:
    here = make(cast, cast.rita, cast.carl, {"rita", "hana", "carl", "removed", "carl, reads only"}, "Amber")
    there = make(cast, cast.omar, cast.zoe, {"omar", "zoe"}, "Basil")
    callers = tuple(_callers(cast))
    assert {caller.name for caller in callers} == set(CALLERS)
    return Marketplace(cast.app, here, there, callers)


def _callers(cast: Cast) -> Iterable[Caller]:
    yield Caller("nobody", None, frozenset(), cast.app.test_client(), "")
    roles = {"rita": Role.RECRUITER, "omar": Role.RECRUITER, "hana": Role.HIRING_MANAGER}
    roles |= {"carl": Role.COMPANY_ADMIN, "zoe": Role.COMPANY_ADMIN, "pia": Role.PLATFORM_ADMIN}
    for name, role in roles.items():
        person = getattr(cast, name)
        yield Caller(name, person, frozenset({role}), _browser(cast, person), token_of(cast, person))
    reader = token_of(cast, cast.carl, scope="read")
    yield Caller(
        "carl, reads only", cast.carl, frozenset({Role.COMPANY_ADMIN}), _browser(cast, cast.carl), reader, True
    )  # fmt: skip
    left = _member_who_left(cast)
    yield Caller("removed", left[0], frozenset(), left[1], left[2])


def _member_who_left(cast: Cast) -> tuple[Person, FlaskClient, str]:
    membership_id = accounts.add_member(
        actor=cast.actor(cast.pia), organisation_id=cast.acme, email="left@demo.test", role="company_admin", name="Leo"
    )
    with Session(db.engine) as session:
        user_id = session.get_one(Membership, membership_id).user_id
    person = Person("Leo", user_id, cast.acme, None)
    browser, token = _browser(cast, person), token_of(cast, person)
    with Session(db.engine) as session, session.begin():
        session.delete(session.get_one(Membership, membership_id))
    return person, browser, token


def _browser(cast: Cast, person: Person) -> FlaskClient:
    client = cast.app.test_client()
    token = sign_in(person)
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
    return client


# --- the cells --------------------------------------------------------------------------------------------------


def cases(market: Marketplace, caller: Caller) -> Iterator[Case]:
    """Make every cell of a caller, route by route."""
    for rule in sorted(market.app.url_map.iter_rules(), key=lambda r: r.rule):
        policy = policy_of(rule.endpoint)
        if policy == PUBLIC or rule.endpoint == "assets" or rule.rule.startswith(NOT_TRIED):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if caller.reads_only and (method in READING or not rule.rule.startswith("/api/")):
                continue  # reads as carl does
            yield from _of_caller(market, rule, method, caller, Permission(str(policy)))


def _of_caller(market: Marketplace, rule: Rule, method: str, caller: Caller, permission: Permission) -> Iterator[Case]:
    names = PARAMETER.findall(CHOICE.sub("", rule.rule))
    for where in ("own", "foreign", "absent") if names else ("own",):
        world = market.world(caller, where)
        ids = {name: str(world.ids[name]) if world else BEYOND for name in names}
        url = CHOICE.sub(r"\1", rule.rule)
        for name, value in ids.items():
            url = re.sub(rf"<(?:[^<>:]+:)?{name}>", value, url)
        right = frozenset(_expected(caller, rule, method, permission, names, where, world))
        body = api_body(market.app, rule.endpoint, (world or market.here).ids)
        yield Case(caller, rule, method, where, url, right, body)


def _expected(
    caller: Caller, rule: Rule, method: str, permission: Permission, names: list[str], where: str, world: World | None
) -> set[int]:
    """Derive the right statuses from who may do what, and on which objects."""
    api = rule.rule.startswith("/api/")
    if caller.person is None:
        return {401} if api or method not in READING else {302, 303}
    scope = max((GRANTS[permission][r] for r in caller.roles if r in GRANTS[permission]), default=None)
    known = [name for name in names if name in visibility.NAMED]
    if scope is None and known and caller.roles:
        return {403} if world is not None and _sees(caller, known, where, world) else {404}
    if scope is None or (caller.reads_only and method not in READING):
        return {403}
    if method == "GET" and rule.rule.endswith("/rule"):
        return {303, 404}  # leads to the appeal's own page, whose cells say the rest
    if where == "absent":
        return {404, 400} if rule.rule.endswith("/source") and Role.PLATFORM_ADMIN in caller.roles else {404}
    assert world is not None or not names
    if world is not None and not _sees(caller, names, where, world):
        return {404, 409} if caller.roles == {Role.RECRUITER} and rule.rule.endswith(ASKS_FOR_CREDIT) else {404}
    if names == ["recruiter_id"] and scope is Scope.OWN and where == "foreign":
        return {403, 404}  # a recruiter is there for everybody to see, and changes for itself alone
    if (
        "/proposals" in rule.rule
        and names == ["recruiter_id"]
        and where == "foreign"
        and caller.roles == {Role.RECRUITER}
    ):
        return {404}
    gone = rule.rule in NAMED_ELSEWHERE or any(part in rule.rule for part in MAY_BE_GONE)
    return LET_IN | ({404} if gone else set())


def _sees(caller: Caller, names: list[str], where: str, world: World) -> bool:
    """Return whether the caller may know of all the objects in an address."""
    if Role.PLATFORM_ADMIN in caller.roles:
        return not any(world.owners[name] is not caller.person for name in names if name in OWN_ALONE)
    for name in names:
        if name in OWN_ALONE and world.owners[name] is not caller.person:
            return False
        open_job = name == "job_id" and Role.RECRUITER in caller.roles
        if where == "foreign" and name not in SHARED and not open_job:
            return False
    return True


def send(market: Marketplace, case: Case) -> TestResponse:
    """Call, as a program under /api, as a browser elsewhere."""
    with market.app.app_context():
        if not case.rule.rule.startswith("/api/"):
            return case.caller.browser.open(case.url, method=case.method, data=FORM if case.changes else None)
        headers = {"Authorization": f"Bearer {case.caller.token}"} if case.caller.token else {}
        body = {name: str(v) if isinstance(v, uuid.UUID) else v for name, v in case.body.items()}
        sent = {"json": body} if case.changes and body else {}
        return market.app.test_client().open(case.url, method=case.method, headers=headers, **sent)


def foreign_words(market: Marketplace, case: Case) -> tuple[str, ...]:
    """Return the words that an answer to the caller must not hold."""
    if Role.PLATFORM_ADMIN in case.caller.roles:
        return ()
    if case.caller.person is None or case.caller.name == "removed":
        return market.here.canaries + market.there.canaries
    return (market.here if case.caller.name in market.there.members else market.there).canaries


def written(answer: TestResponse) -> str:
    """Return what an answer says, on paper and packed too."""
    if answer.data.startswith(b"%PDF-"):
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(answer.data)).pages)
    if answer.mimetype == "application/zip":
        with ZipFile(BytesIO(answer.data)) as pack:
            return "\n".join(pack.read(name).decode(errors="replace") for name in pack.namelist())
    return answer.text


def judge(market: Marketplace, case: Case) -> list[str]:
    """Call and say what is wrong with the answer."""
    answer = send(market, case)
    wrong = []
    if answer.status_code not in case.right:
        wrong.append(f"{case}: {answer.status_code}, not {sorted(case.right)}")
    if not case.rule.rule.startswith("/api/") and case.caller.person is None and case.changes:
        assert 'action="/login"' in answer.text  # which carries the form
    text = written(answer)
    held = [word for word in foreign_words(market, case) if word in text]
    if held:
        wrong.append(f"{case}: the answer holds {held}")
    return wrong


# --- the tests --------------------------------------------------------------------------------------------------


def test_the_table_has_a_cell_for_everybody_everywhere(market: Marketplace) -> None:
    assert sum(1 for caller in market.callers for _ in cases(market, caller)) > 2_000


@pytest.mark.parametrize("name", CALLERS)
def test_nobody_gets_further_than_the_table_of_permissions_says(market: Marketplace, name: str) -> None:
    """First what reads and what is refused, with a look at the database; then what changes, by whom it may."""
    listed = [case for caller in market.callers if caller.name == name for case in cases(market, caller)]
    reading = [case for case in listed if not case.changes]
    refused = [case for case in listed if case.changes and case.is_refused]
    allowed = [case for case in listed if case.changes and not case.is_refused]
    wrong = [words for case in reading for words in judge(market, case)]
    for caller in market.callers:  # the first use of a token is written down
        with market.app.app_context():
            market.app.test_client().get("/api/me", headers={"Authorization": f"Bearer {caller.token}"})
    wrong += list(_refusals(market, refused))
    wrong += [words for case in allowed for words in judge(market, case)]
    assert refused
    assert not wrong, "\n".join(wrong)


def _refusals(market: Marketplace, refused: list[Case]) -> Iterator[str]:
    """Call what is refused and say what was wrong or changed; whatever changed without a commit shows at the end."""
    fingerprint, commits = Fingerprint(), list[object]()
    before = fingerprint.take()
    with market.app.app_context():
        engine = db.engine
    note = commits.append
    event.listen(engine, "commit", note)
    try:
        for case in refused:
            yield from judge(market, case)
            after = fingerprint.take() if commits or case is refused[-1] else before
            commits.clear()
            changed = [table for table in after if after[table] != before[table]]
            if changed and not _is_recorded_conflict(case, changed):
                yield f"{case}: was refused and changed {changed}"
            before = after
    finally:
        event.remove(engine, "commit", note)


def _is_recorded_conflict(case: Case, changed: list[str]) -> bool:
    """Return whether a refused claim left what it must leave: the conflict, its event, and the token's last use."""
    conflict = {"ownership_conflicts", "marketplace_events", "outbox", "unsealed"}
    tables = {re.sub(r"_(\d{4}_\d\d|before)$", "", table) for table in changed}  # of the log it is a month's
    return case.rule.rule.endswith(ASKS_FOR_CREDIT) and tables <= conflict
