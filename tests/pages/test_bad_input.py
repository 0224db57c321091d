"""Whatever a browser sends to any form of the pages, it is told what is wrong, nothing breaks and nothing changes.

The routes come from the map of the app, their fields from the forms that the views make.
"""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask_wtf import FlaskForm
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from wtforms import EmailField, PasswordField, StringField, TelField, TextAreaField

from portal.domain.permissions import GRANTS, Permission, Role
from portal.requests import unread
from portal.requests.respond import DONE_BEFORE, SEND_AGAIN, SENT_BEFORE
from portal.services import proposals
from portal.services.identity import sessions
from tests.accounts import give_password
from tests.api.matrix_bodies import FORM
from tests.api.worlds import BEYOND, Fingerprint, World
from tests.cast import PASSWORD, Cast, Person
from tests.checking_client import CheckingClient, inputs
from tests.hires import hired
from tests.marketplace import claimed, proposed
from tests.racing import race

TEXTS = (StringField, TextAreaField, EmailField, TelField, PasswordField)
MOVING = {"user_sessions", "unsealed"}  # what a request moves by itself: when somebody was last seen, the seals
WORDS = {"kind": "question", "action": "accept", "status": "paused", "step": "approve", "change": "shortlist"}
ONE_ANSWER = {"/forgot", "/account/tokens/<uuid:token_id>/revoke"}  # the same answer for whatever is sent
Fields = dict[str, bool]  # name: takes free text
Turn = Callable[[str, int, int], bool]


@dataclass
class Forms:
    """The POST routes of the pages, with an object of the world in each address and somebody who may use it."""

    app: Flask
    cast: Cast
    world: World
    clients: dict[str, tuple[CheckingClient, str]] = field(default_factory=dict)

    @cached_property
    def rules(self) -> list[Rule]:
        """List the routes; signing out would end what the others need."""
        listed = [r for r in self.app.url_map.iter_rules() if "POST" in (r.methods or set())]
        outside = ("/api/", "/styleguide", "/logout")
        return sorted((r for r in listed if not r.rule.startswith(outside)), key=str)

    def address(self, rule: Rule, ids: dict[str, Any]) -> str:
        """Fill a route."""
        known = {"token": "no-token", **WORDS, **ids}
        if "placements" in rule.rule:
            known["action"] = "complete"
        url: str = self.app.url_map.bind("localhost").build(rule.endpoint, {n: known[n] for n in rule.arguments})
        return url

    def person(self, rule: Rule) -> Person:
        """Return one who may use a route: whom its object belongs to, else the first who has the permission."""
        for name in rule.arguments & self.world.owners.keys():
            return self.world.owners[name]
        permission = getattr(self.app.view_functions[rule.endpoint], "policy", None)
        can = GRANTS.get(permission, {}) if isinstance(permission, Permission) else {}
        ranks = ((Role.RECRUITER, self.cast.rita), (Role.COMPANY_ADMIN, self.cast.carl), (None, self.cast.pia))
        return next(person for role, person in ranks if role is None or role in can)

    def browser(self, rule: Rule) -> tuple[CheckingClient, str]:
        """Return the browser of one who may use a route, and its token."""
        person = self.person(rule)
        if person.name not in self.clients:
            client = self.cast.client(person)
            self.clients[person.name] = (client, client.csrf_token())
        return self.clients[person.name]

    def post(self, rule: Rule, body: str, *, ids: dict[str, Any] | None = None) -> TestResponse:
        """Send a form as its owner, with the token."""
        client, token = self.browser(rule)
        data = "&".join(filter(None, [urlencode({"csrf_token": token}), body]))
        url = self.address(rule, self.world.ids if ids is None else ids)
        return client.post(url, data=data, content_type="application/x-www-form-urlencoded")


@pytest.fixture
def forms(app: Flask, settled: tuple[Cast, World]) -> Forms:
    cast, world = settled
    for seen in (f"/placements/{world.ids['placement_id']}", "/invoices", "/recruiters/appeals"):
        cast.client(cast.pia).get(seen)  # the first look of a day is itself an event
    return Forms(app, cast, world)


_known: dict[str, Fields] = {}


@pytest.fixture
def fields(forms: Forms, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Fields]]:
    """Return the fields of each route, learnt once: from the forms that a view makes of an address of nothing."""
    if not _known:
        made: Fields = {}
        init = FlaskForm.__init__

        def note(form: FlaskForm, *args: Any, **kwargs: Any) -> None:
            init(form, *args, **kwargs)
            made.update({f.name: type(f) in TEXTS for f in form if f.name != "csrf_token"})

        with monkeypatch.context() as patch:
            patch.setattr(FlaskForm, "__init__", note)
            for rule in forms.rules:
                forms.browser(rule)  # its page with the token has forms of its own
                made = {}
                forms.post(rule, "", ids=dict.fromkeys(forms.world.ids, uuid.UUID(BEYOND)))
                _known[rule.rule] = made
    return iter([_known])


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the tables that changed."""
    return {name for name in after if after[name] != before[name]} - MOVING


BAD: dict[str, tuple[str, bool]] = {
    "a NUL": ("a%00b", True),
    "control characters": ("a%07%1Bb", True),
    "a text without end": ("x" * 9_000, True),
    "a lone surrogate": ("a%ED%A0%80b", False),
    "an endless number": ("9" * 400, False),
    "a number that is none": ("NaN", False),
    "the end of time": ("9999-12-31", False),
    "an id of nothing": (BEYOND, False),
    "markup": ("%3Cscript%3E%7B%7B7*7%7D%7D", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_refused_changes_nothing_and_nothing_breaks(
    forms: Forms, fields: Iterator[dict[str, Fields]], its_turn: Turn, what: str
) -> None:
    text, must_refuse = BAD[what]
    print_of, known, wrong = Fingerprint(), next(fields), []
    before = print_of.take()
    for rule in forms.rules:
        names = known[rule.rule]
        if not names or not its_turn(rule.rule, list(BAD).index(what), 3):
            continue
        try:
            answer = forms.post(rule, "&".join(f"{name}={text}" for name in names))
        except AssertionError as error:  # the browser found the page unsound
            wrong.append(f"{rule.rule}: {error}")
            continue
        after = print_of.take()
        refused = 400 <= answer.status_code < 500
        if answer.status_code >= 500 or (refused and changed(before, after)):
            wrong.append(f"{rule.rule}: {answer.status_code}, changed {changed(before, after)}")
        if must_refuse and any(names.values()) and not (refused or "preview" in rule.rule or rule.rule in ONE_ANSWER):
            wrong.append(f"{rule.rule}: {answer.status_code}, not refused")
        before = after
    assert not wrong, "\n".join(wrong)


ALONE = ["%20", "%C2%A0%09", "-1", "1e400", "a%00b"]


@pytest.mark.parametrize("what", ALONE)
def test_one_bad_field_among_good_ones_breaks_nothing(
    forms: Forms, fields: Iterator[dict[str, Fields]], its_turn: Turn, what: str
) -> None:
    known, wrong = next(fields), []
    for rule in forms.rules:
        good = {name: FORM[name] for name in known[rule.rule] if name in FORM}
        for name in known[rule.rule]:
            if not its_turn(f"{rule.rule} {name}", ALONE.index(what), len(ALONE)):
                continue
            said = urlencode({k: v for k, v in good.items() if k != name})
            status = forms.post(rule, f"{said}&{name}={what}").status_code
            wrong += [f"{rule.rule} {name}: {status}"] if status >= 500 else []
    assert not wrong, "\n".join(wrong)


NOTHING_TYPED = {  # previews, a look, and buttons that lead back to a fresh page that says so
    "/admin/billing/adopt/<uuid:placement_id>",
    "/admin/billing/limits/<any(approve, reject):step>",
    "/admin/deliveries/<uuid:delivery_id>/retry",
    "/admin/events/verify",
    "/admin/people/<uuid:user_id>/identity/unlink",
    "/admin/people/<uuid:user_id>/open",
    "/billing-address/<token>",
    "/billing-details/ask",
    "/candidates/<uuid:candidate_id>/attachments/<uuid:attachment_id>/remove",
    "/candidates/<uuid:candidate_id>/outreach/<uuid:outreach_id>",
    "/candidates/chosen/propose/preview",
    "/candidates/chosen/propose/seen",
    "/candidates/imports/<uuid:import_id>/undo",
    "/disputes/<uuid:dispute_id>/attachments/ask",
    "/disputes/<uuid:dispute_id>/preview",
    "/disputes/new",
    "/placements/<uuid:placement_id>/amendments/preview",
    "/placements/<uuid:placement_id>/correct/preview",
    "/placements/<uuid:placement_id>/fail/preview",
    "/placements/calculate-splits",
    "/placements/new/preview",
    "/proposals/preview",
    "/proposals/<uuid:proposal_id>/questions/<uuid:question_id>/preview",
    "/reset/<token>",
    "/team/<uuid:membership_id>/invite",
    "/views/<uuid:view_id>/remove",
}


def test_no_form_is_taken_without_its_token(forms: Forms, fields: Iterator[dict[str, Fields]]) -> None:
    print_of, known, wrong = Fingerprint(), next(fields), []
    browsers = {p.name: forms.cast.client(p) for p in (forms.cast.rita, forms.cast.carl, forms.cast.pia)}
    before, shown = print_of.take(), 0
    for rule in forms.rules:
        typed = {name: "typed" for name, is_text in known[rule.rule].items() if is_text}
        answer = browsers[forms.person(rule).name].post(forms.address(rule, forms.world.ids), data=typed)
        shown += bool(typed) and SEND_AGAIN in answer.text
        if answer.status_code != 400 and (rule.rule not in NOTHING_TYPED):
            wrong.append(f"{rule.rule}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert shown > 30
    assert changed(before, print_of.take()) == set()


def test_whoever_is_signed_out_meanwhile_is_asked_to_sign_in(forms: Forms) -> None:
    print_of, browser, wrong = Fingerprint(), forms.cast.client(), []
    token, before = browser.csrf_token("/login"), print_of.take()
    for rule in forms.rules:
        if not isinstance(getattr(forms.app.view_functions[rule.endpoint], "policy", None), Permission):
            continue
        url = forms.address(rule, forms.world.ids)
        answer = browser.post(url, data={"csrf_token": token})
        part = browser.post(url, data={"csrf_token": token}, headers={"HX-Request": "true"})
        if answer.status_code not in {302, 303} or "/login" not in answer.location:
            wrong.append(f"{rule.rule}: {answer.status_code}")
        if part.status_code != 401 or "HX-Redirect" in part.headers:  # what is typed stays, portal.js asks to sign in
            wrong.append(f"{rule.rule}: {part.status_code} for HTMX")
    assert not wrong, "\n".join(wrong)
    assert changed(before, print_of.take()) == set()


# --- what was typed is kept ---------------------------------------------------------------------------------------

KEEP = "Words that took me long"
Make = Callable[[Cast], str]


def _at(make: Callable[[Cast], uuid.UUID], path: str) -> Make:
    return lambda cast: path.format(make(cast))


KEPT: list[tuple[str, Make, dict[str, str]]] = [
    ("rita", lambda _: "/candidates/new", {"full_name": KEEP, "email": "no address"}),
    ("rita", _at(claimed, "/candidates/{}/edit"), {"full_name": KEEP, "email": "no address", "version": "1"}),
    ("rita", _at(claimed, "/candidates/{}/outreach"), {"message_preview": KEEP, "outreach_type": "pigeon"}),
    ("carl", lambda _: "/jobs/new", {"title": "Engineer", "description": KEEP, "fee_bp": "lots"}),
    ("rita", _at(claimed, "/proposals/new?candidate={}"), {"pitch": KEEP, "expected_salary_minor": "lots"}),
    ("hana", _at(proposed, "/proposals/{}/decline"), {"notes": KEEP, "reason": ""}),
    ("hana", _at(proposed, "/proposals/{}/questions"), {"question": KEEP + "\x07"}),
    ("carl", _at(hired, "/placements/{}/fail"), {"notes": KEEP, "reason": ""}),
    ("carl", _at(hired, "/placements/{}/correct"), {"reason": KEEP, "salary_minor": "lots"}),
    ("carl", _at(hired, "/placements/{}/activate"), {"notes": KEEP, "start_date": "someday"}),
    ("pia", lambda _: "/admin/people/new", {"name": KEEP, "email": "no address"}),
]


@pytest.mark.parametrize(("who", "make", "said"), KEPT)
def test_what_was_typed_is_kept(cast: Cast, who: str, make: Make, said: dict[str, str]) -> None:
    browser, url = cast.client(getattr(cast, who)), make(cast)
    print_of = Fingerprint()
    before = print_of.take()
    answer = browser.post_form(url, said)
    assert 400 <= answer.status_code < 500
    assert KEEP in answer.text
    assert changed(before, print_of.take()) == set()


@pytest.mark.parametrize(("who", "make", "said"), KEPT)
def test_what_an_old_page_sent_is_shown_again(cast: Cast, who: str, make: Make, said: dict[str, str]) -> None:
    browser, url = cast.client(getattr(cast, who)), make(cast)
    print_of = Fingerprint()
    before = print_of.take()
    answer = browser.post(url, data={**said, "csrf_token": "of another session"})
    assert (answer.status_code, SEND_AGAIN in answer.text, KEEP in answer.text) == (400, True, True)
    assert changed(before, print_of.take()) == set()


@pytest.mark.parametrize(("who", "make", "said"), KEPT)
def test_what_was_sent_after_the_session_is_shown_again_after_signing_in(
    cast: Cast, who: str, make: Make, said: dict[str, str]
) -> None:
    person: Person = getattr(cast, who)
    browser, url = cast.client(person), make(cast)
    give_password(person)
    token = browser.csrf_token()
    sessions.revoke_other_sessions(actor=cast.actor(person))
    gate = browser.post(url, data={**said, "csrf_token": token})
    assert (gate.status_code, "get back what you typed" in gate.text) == (401, True)
    wrong = browser.post("/login", data={**inputs(gate.text, "/login"), "email": person.email, "password": "wrong"})
    assert wrong.status_code == 422
    opened = browser.post("/login", data={**inputs(wrong.text, "/login"), "email": person.email, "password": PASSWORD})
    assert "You’re signed in again" in opened.text
    again = browser.post(url, data=inputs(opened.text, url))
    assert (again.status_code, SEND_AGAIN in again.text, KEEP in again.text) == (400, True, True)


def test_what_is_too_large_to_be_read_stays_in_the_browser(cast: Cast) -> None:
    shown = cast.client(cast.carl).post_form("/jobs/new", {"title": "x" * 1024 * 1024})
    unread_by_a_view = unread.refusal(413, path="/candidates/import", config={}).get_data(as_text=True)
    assert (shown.status_code, 'href="/">' in shown.text.split("<main")[1]) == (413, False)
    for said in (shown.text, unread_by_a_view):
        assert "Go back in your browser, which still has what you entered" in said


TWO_KINDS = [  # what the form itself finds wrong, what the service does, what is said of both
    (
        "rita",
        "/candidates/new",
        {"full_name": "", "email": "no address", "phone": "555"},
        ("Enter the candidate’s name.", "Enter an email address", "Enter a valid phone number"),
    ),
    (
        "carl",
        "/jobs/new",
        {"title": "", "salary_min_minor": "lots", "salary_max_minor": "-1", "fee_bp": "120", "currency": "USD"},
        ("Enter a job title.", "Enter an amount", "Enter an annual salary above zero", "up to 100% of the salary"),
    ),
]


@pytest.mark.parametrize(("who", "url", "said", "told"), TWO_KINDS)
def test_all_that_is_wrong_is_said_at_once(
    cast: Cast, who: str, url: str, said: dict[str, str], told: tuple[str, ...]
) -> None:
    print_of = Fingerprint()
    browser, before = cast.client(getattr(cast, who)), print_of.take()
    page = browser.post_form(url, said)
    assert page.status_code == 422
    assert [words for words in told if words not in page.text] == []
    assert page.text.count("Enter an amount") <= 2  # beside the field and in the summary, and no second sentence
    assert changed(before, print_of.take()) == set()


# --- sent twice, or too late -----------------------------------------------------------------------------------

TWICE: list[tuple[str, Make, dict[str, str]]] = [
    ("rita", lambda _: "/candidates/new", {"full_name": "Maya", "email": "m@people.test", "source_method": "linkedin"}),
    ("carl", lambda _: "/jobs/new", {"title": "Engineer", "fee_bp": "20", "currency": "USD", "status": "active"}),
    ("rita", _at(claimed, "/candidates/{}/outreach"), {"outreach_type": "phone", "engagement": "sent"}),
    ("pia", lambda _: "/admin/people/organisations/new", {"kind": "agency", "name": "East", "time_zone": "UTC",
                                                          "currency": "USD"}),
]  # fmt: skip


@pytest.mark.parametrize(("who", "make", "said"), TWICE)
def test_a_form_sent_twice_does_its_work_once(cast: Cast, who: str, make: Make, said: dict[str, str]) -> None:
    browser, url, print_of = cast.client(getattr(cast, who)), make(cast), Fingerprint()
    said = {**said, "idempotency_key": "one-key-of-one-form"}
    first = browser.post_form(url, said)
    before = print_of.take()
    second = browser.post_form(url, said)
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.location == first.location
    assert changed(before, print_of.take()) == set()
    assert DONE_BEFORE in html.unescape(browser.get(second.location).text)


@pytest.mark.parametrize(("who", "make", "said"), TWICE)
def test_a_double_click_lands_on_the_result(cast: Cast, who: str, make: Make, said: dict[str, str]) -> None:
    browsers, url = [cast.client(getattr(cast, who)) for _ in range(3)], make(cast)
    data = [{**said, "idempotency_key": "one", "csrf_token": browser.csrf_token()} for browser in browsers]
    before = Fingerprint().take()
    clicks = [lambda b=b, d=d: b.post(url, data=d) for b, d in zip(browsers, data, strict=True)]
    answers = race(cast.app, clicks)
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    assert answers[0].location != url
    assert changed(before, Fingerprint().take())


@pytest.mark.parametrize(("who", "make", "said"), TWICE)
def test_going_back_to_send_something_else_is_asked_about(
    cast: Cast, who: str, make: Make, said: dict[str, str]
) -> None:
    browser, url, print_of = cast.client(getattr(cast, who)), make(cast), Fingerprint()
    said = {**said, "idempotency_key": "one"}
    browser.post_form(url, said)
    before = print_of.take()
    other = browser.post_form(url, {**said, **dict.fromkeys(("location", "subject", "name"), KEEP)})
    assert (other.status_code, SENT_BEFORE in html.unescape(other.text), KEEP in other.text) == (409, True, True)
    assert changed(before, print_of.take()) == set()
    assert 'value="one"' not in other.text


@pytest.mark.parametrize("key", ["nul\0in it", "x" * 10_000, "\u202e", " "])
@pytest.mark.parametrize(("who", "make", "said"), TWICE)
def test_a_form_s_key_may_be_anything(cast: Cast, who: str, make: Make, said: dict[str, str], key: str) -> None:
    browser, url = cast.client(getattr(cast, who)), make(cast)
    first, second = (browser.post_form(url, {**said, "idempotency_key": key}) for _ in range(2))
    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)


def test_one_key_on_two_forms_does_both(cast: Cast) -> None:
    browser, said = cast.client(cast.rita), {"outreach_type": "phone", "engagement": "sent", "idempotency_key": "one"}
    urls = [f"/candidates/{claimed(cast, email=f'{n}@people.test', name=f'{n} One')}/outreach" for n in ("Ann", "Bea")]
    first, second = (browser.post_form(url, said) for url in urls)
    assert (first.status_code, second.status_code) == (303, 409)
    assert SENT_BEFORE in html.unescape(second.text)


def test_another_file_under_the_same_key_is_another_request(cast: Cast) -> None:
    browser, answers = cast.client(cast.rita), []
    for name in ("Ann One", "Bea Two"):
        file = (BytesIO(f"name,email\n{name},{name[:3]}@people.test\n".encode()), "people.csv")
        said = {"file": file, "step": "apply", "idempotency_key": "one"}
        answers.append(browser.post_form("/candidates/import", said))
    assert [answer.status_code for answer in answers] == [303, 409]


def test_an_edit_of_what_changed_meanwhile_is_refused_with_what_was_typed(cast: Cast) -> None:
    candidate_id, browser = claimed(cast), cast.client(cast.rita)
    said = {"full_name": "Lena Brandt", "email": "l@mail.test", "title": "First", "version": "1"}
    assert browser.post_form(f"/candidates/{candidate_id}/edit", said).status_code == 303
    late = browser.post_form(f"/candidates/{candidate_id}/edit", {**said, "title": KEEP})
    assert late.status_code == 409
    assert KEEP in late.text


def test_a_decision_that_comes_too_late_is_told_what_was_decided(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.withdraw(proposal_id, actor=cast.actor(cast.rita))
    late = cast.client(cast.hana).post_form(f"/proposals/{proposal_id}/accept")
    assert late.status_code == 409
    assert "withdrawn" in late.text.lower()
