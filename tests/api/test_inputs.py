"""What every endpoint does with what it is sent: whose it is comes first, then the input, each field by its name."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from portal.api.endpoint import ASKS_FOR_CREDIT, Described
from portal.domain.permissions import GRANTS, Role
from portal.extensions import db
from portal.models import Candidate
from portal.queries import visibility
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import replacements
from tests.api.callers import bearer
from tests.api.matrix_bodies import api_body
from tests.api.worlds import BEYOND, World
from tests.cast import DAY, Cast, Person
from tests.hires import failed, hired
from tests.marketplace import claimed, posted, proposed

PARAMETER = re.compile(r"<uuid:(\w+)>")
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
EXACTLY_AN_ID = ("{%s}", "urn:uuid:%s", "hex")


@dataclass(frozen=True)
class Endpoint:
    """An endpoint of the API, and how it is called."""

    rule: Rule
    method: str
    described: Described

    @property
    def names(self) -> list[str]:
        """Return the ids in its address."""
        return PARAMETER.findall(self.rule.rule)

    def url(self, ids: dict[str, Any]) -> str:
        """Fill its address."""
        return PARAMETER.sub(lambda found: str(ids[found[1]]), self.rule.rule)

    def caller(self, cast: Cast) -> Person:
        """Return the first who has the permission."""
        ranks = ((Role.RECRUITER, cast.rita), (Role.COMPANY_ADMIN, cast.carl), (Role.PLATFORM_ADMIN, cast.pia))
        return next(person for role, person in ranks if role in GRANTS[self.described.permission])


def endpoints(cast: Cast) -> Iterator[Endpoint]:
    """List all endpoints."""
    for rule in cast.app.url_map.iter_rules():
        described = getattr(cast.app.view_functions[rule.endpoint], "__api__", None)
        if described is not None:
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            yield Endpoint(rule, method, described)


def send(cast: Cast, endpoint: Endpoint, url: str, headers: dict[str, str], **sent: Any) -> TestResponse:
    """Call an endpoint in a context of its own."""
    with cast.app.app_context():
        return cast.app.test_client().open(url, method=endpoint.method, headers=headers, **sent)


def call(cast: Cast, method: str, url: str, headers: dict[str, str], **sent: Any) -> TestResponse:
    """Call an address in a context of its own."""
    with cast.app.app_context():
        return cast.app.test_client().open(url, method=method, headers=headers, **sent)


@pytest.fixture
def here(settled: tuple[Cast, World]) -> World:
    """Return rita's and Acme's world."""
    return settled[1]


# --- whose it is ----------------------------------------------------------------------------------------------


WRONG: list[dict[str, Any]] = [
    {"json": {"surprise": 1}},
    {"data": b"{", "content_type": "application/json"},
    {"data": b"<a/>", "content_type": "text/xml"},
]


def unseen(cast: Cast, world: World, person: Person) -> Iterator[tuple[Endpoint, str]]:
    """List the changes of objects that a person may not know of, theirs and absent ones."""
    for endpoint in endpoints(cast):
        names = [name for name in endpoint.names if name in visibility.NAMED]
        shared = names == ["recruiter_id"] or (names == ["job_id"] and person is cast.omar)
        if endpoint.method == "GET" or not names:
            continue
        if not shared and not (endpoint.described.permission in ASKS_FOR_CREDIT and person is cast.omar):
            yield endpoint, endpoint.url(world.ids)
        yield endpoint, endpoint.url(dict.fromkeys(endpoint.names, BEYOND))


@pytest.mark.parametrize("who", ["omar", "zoe"])
def test_what_one_may_not_see_is_404_before_the_input_is_judged(cast: Cast, here: World, who: str) -> None:
    person = getattr(cast, who)
    headers, wrong = bearer(cast, person), []
    for endpoint, url in unseen(cast, here, person):
        for sent in WRONG:
            answer = send(cast, endpoint, url, headers, **sent)
            if answer.status_code != 404:
                wrong.append(f"{endpoint.method} {url}: {answer.status_code} {answer.json['code']}")
    assert not wrong, "\n".join(wrong)


def test_a_foreign_invoice_case_or_company_is_404_before_the_input_is_judged(cast: Cast, here: World) -> None:
    headers = bearer(cast, cast.zoe)
    for sent in WRONG:
        for method, path, name in (
            ("POST", "invoices/{}/announce", "invoice_id"),
            ("POST", "disputes/{}/statements", "dispute_id"),
            ("PATCH", "organisations/{}/terms", "organisation_id"),
        ):
            foreign = cast.acme if name == "organisation_id" else here.ids[name]
            for named in (foreign, BEYOND):
                assert call(cast, method, f"/api/{path.format(named)}", headers, **sent).status_code == 404, path


@pytest.mark.parametrize(
    ("who", "path", "name"),
    [
        ("zoe", "receipts/{}", "receipt_id"),
        ("zoe", "credit-notes/{}.pdf", "credit_note_id"),
        ("omar", "payouts/{}", "payout_id"),
    ],
)
def test_a_foreign_document_of_money_is_404_before_a_parameter_is_judged(
    cast: Cast, here: World, who: str, path: str, name: str
) -> None:
    for person, ids, status in (
        (getattr(cast, who), (here.ids[name], BEYOND), 404),
        (cast.pia, (here.ids[name],), 400),
    ):
        for named in ids:
            url = f"/api/{path.format(named)}?surprise=1"
            assert call(cast, "GET", url, bearer(cast, person)).status_code == status, person.name


def test_a_foreign_object_is_404_and_one_s_own_403_for_a_role_that_may_not(cast: Cast) -> None:
    own, foreign = proposed(cast), proposed(cast, cast.omar)
    rita = bearer(cast, cast.rita)
    for action in ("accept", "decline", "review"):
        statuses = [call(cast, "POST", f"/api/proposals/{p}/{action}", rita).status_code for p in (own, foreign)]
        assert statuses == [403, 404], action


# --- ids ------------------------------------------------------------------------------------------------------


def fields_with_ids(model: Any) -> list[str]:
    """Return the fields of a body or of parameters that hold one id."""
    schema = model.model_json_schema()["properties"] if model else {}
    return [n for n, s in schema.items() if any(a.get("format") == "uuid" for a in (s, *s.get("anyOf", ())))]


def test_an_id_has_one_form(cast: Cast, here: World) -> None:
    callers = {who.name: bearer(cast, who) for who in (cast.rita, cast.carl, cast.pia)}
    wrong, tried = [], 0
    for endpoint in endpoints(cast):
        headers = callers[endpoint.caller(cast).name]
        url = endpoint.url(here.ids)
        written = api_body(cast.app, endpoint.rule.endpoint, here.ids)
        body = {k: str(v) if isinstance(v, uuid.UUID) else v for k, v in written.items()}
        for form in EXACTLY_AN_ID:
            value = uuid.UUID(BEYOND).hex if form == "hex" else form % BEYOND
            for field in fields_with_ids(endpoint.described.body):
                answer = send(cast, endpoint, url, headers, json={**body, field: value})
                wrong += [] if field in answer.json.get("details", {}) else [f"{url} {field} {value}"]
                tried += 1
            for field in fields_with_ids(endpoint.described.query):
                answer = send(cast, endpoint, url, headers, query_string={field: value})
                wrong += [] if field in answer.json.get("details", {}) else [f"{url} {field} {value}"]
                tried += 1
    assert tried > 30
    assert not wrong, "\n".join(wrong)


def test_a_name_or_an_id_and_one_of_several_ids_are_exactly_ids(cast: Cast) -> None:
    """Where a text may be more than one id, or a name, braces make it none."""
    job_id, wrong, log = posted(cast, cast.carl), [], bearer(cast, cast.pia)
    for form in EXACTLY_AN_ID:
        user, company, chosen = (
            (one.hex if form == "hex" else form % one) for one in (cast.carl.user_id, cast.acme, proposed(cast))
        )
        for asked in ({"actor": user}, {"organisation": company}):
            answer = call(cast, "GET", "/api/events", log, query_string=asked)
            wrong += [asked for _ in answer.json["events"]]  # as a name, it is no one's
        url = f"/api/jobs/{job_id}/compare"
        answer = call(cast, "GET", url, bearer(cast, cast.carl), query_string={"proposals": f"{chosen},{chosen}"})
        wrong += [] if answer.status_code == 400 else [{"proposals": chosen}]
    assert not wrong
    assert call(cast, "GET", "/api/events", log, query_string={"actor": str(cast.carl.user_id).upper()}).json["events"]


BOUNDED = {"/api/ledger/trial-balance", "/api/reputation/leaderboard"}  # by the currencies, and by its limit


def test_every_list_can_be_read_to_its_end(cast: Cast) -> None:
    lists = [
        e
        for e in endpoints(cast)
        if e.method == "GET" and not e.names and "list[" in str(e.described.out.__annotations__)
    ]
    without = [e.rule.rule for e in lists if "cursor" not in getattr(e.described.query, "model_fields", ())]
    assert len(lists) > 10
    assert set(without) <= BOUNDED | {"/api/me"}


def test_a_parameter_is_sent_once(cast: Cast, here: World) -> None:
    callers = {who.name: bearer(cast, who) for who in (cast.rita, cast.carl, cast.pia)}
    asked = [endpoint for endpoint in endpoints(cast) if endpoint.described.query]
    for endpoint in asked:
        name = next(iter(endpoint.described.query.model_fields)) if endpoint.described.query else ""
        headers, url = callers[endpoint.caller(cast).name], endpoint.url(here.ids)
        answer = send(cast, endpoint, url, headers, query_string=f"{name}=1&{name}=2")
        assert (answer.status_code, answer.json["details"]) == (400, {name: "Send this parameter once."}), url
    assert len(asked) > 10


# --- fields that are not the caller's to send -------------------------------------------------------------------


def test_nobody_claims_for_another_recruiter(cast: Cast) -> None:
    url = f"/api/candidates/{claimed(cast)}/source"
    for named in (cast.omar.recruiter_id, cast.rita.recruiter_id):
        body = {"source_method": "linkedin", "recruiter_id": str(named)}
        answer = call(cast, "POST", url, bearer(cast, cast.rita), json=body)
        assert (answer.status_code, list(answer.json["details"])) == (400, ["recruiter_id"])


def test_nobody_posts_for_another_company(cast: Cast) -> None:
    for company_id in (cast.zoe.organisation_id, cast.carl.organisation_id):
        body = {"title": "Engineer", "fee_percentage": 20, "company_id": str(company_id)}
        answer = call(cast, "POST", "/api/jobs", bearer(cast, cast.carl), json=body)
        assert (answer.status_code, list(answer.json["details"])) == (400, ["company_id"])


def test_nobody_changes_the_own_status(cast: Cast) -> None:
    url = f"/api/recruiters/{cast.rita.recruiter_id}"
    answer = call(cast, "PATCH", url, bearer(cast, cast.rita), json={"bio": "Hello.", "status": "active"})
    assert (answer.status_code, answer.json["code"]) == (403, "NOT_PERMITTED")


# --- bodies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_a_body_is_read_in_every_encoding_of_unicode(cast: Cast, encoding: str) -> None:
    raw = '{"email": "jos\u00e9@mail.test"}'.encode(encoding)
    headers = {**bearer(cast, cast.rita), "Content-Type": "application/json"}
    answer = call(cast, "POST", "/api/candidates/check", headers, data=raw)
    assert answer.status_code in {200, 400}
    assert answer.json.get("code") != "BAD_JSON"


@pytest.mark.parametrize(
    "raw", ['{"email": "jos\u00e9@mail.test"}'.encode("latin-1"), b"\xff\xfe{", b"\xfe\xff\xd8\x00"]
)
def test_a_body_in_another_encoding_is_told_which_one_to_use(cast: Cast, raw: bytes) -> None:
    headers = {**bearer(cast, cast.rita), "Content-Type": "application/json"}
    answer = call(cast, "POST", "/api/candidates/check", headers, data=raw)
    assert (answer.status_code, answer.json["message"]) == (400, "The body could not be read: send it in UTF-8.")


def test_no_text_of_any_body_holds_what_the_database_cannot_keep(cast: Cast) -> None:
    """A currency with a NUL in it was an error of the server: it was looked up as it came."""
    bodies = {endpoint.described.body for endpoint in endpoints(cast)} - {None}
    for body in bodies:
        for name, field in body.model_json_schema()["properties"].items():
            with pytest.raises(ValidationError) as refused:
                body.model_validate({name: ["a", "b\x00"] if field.get("type") == "array" else "a\x00"})
            assert name in {error["loc"][0] for error in refused.value.errors()}, (body, name)
    assert len(bodies) > 30
    url = f"/api/organisations/{cast.acme}/credit/paid"
    sent = {"paid_on": "2026-11-24", "reference": "wire", "currency": "US\x00"}
    answer = call(cast, "POST", url, bearer(cast, cast.pia), json=sent)
    assert (answer.status_code, list(answer.json["details"])) == (400, ["currency"])


# --- periods and times ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "url", "first", "last"),
    [
        ("rita", "/api/recruiters/{}/reputation/history", "start_date", "end_date"),
        ("pia", "/api/events", "since", "until"),
    ],
)
def test_a_period_does_not_end_before_it_starts(cast: Cast, who: str, url: str, first: str, last: str) -> None:
    tail = "T00:00:00Z" if first == "since" else ""
    headers, url = bearer(cast, getattr(cast, who)), url.format(cast.rita.recruiter_id)
    for end, status in (("2026-11-23", 400), ("2026-11-24", 200)):
        query = {first: f"2026-11-24{tail}", last: f"{end}{tail}"}
        answer = call(cast, "GET", url, headers, query_string=query)
        assert answer.status_code == status
        assert status == 200 or list(answer.json["details"]) == [last]


def test_a_query_takes_dates_numbers_and_types_of_events_as_they_are_written(cast: Cast) -> None:
    log, history = "/api/events", f"/api/recruiters/{cast.rita.recruiter_id}/reputation/history"
    for url, name, wrong, right in (
        (log, "type", "proposal.creatd", "proposal.created"),
        (log, "type", "PROPOSAL.CREATED", ""),
        (log, "since", "1796008865", "2026-11-30T00:00:00Z"),
        (history, "start_date", "2026-11-30T00:00:00Z", "2026-11-30"),
        (history, "end_date", "1796008865", "2026-11-30"),
        (log, "limit", "1_0", "10"),
        ("/api/proposals", "limit", "5.0", "5"),
        ("/api/proposals", "offset", " 5", "5"),
    ):
        answers = [call(cast, "GET", url, bearer(cast, cast.pia), query_string={name: said}) for said in (wrong, right)]
        assert [answer.status_code for answer in answers] == [400, 200]
        assert list(answers[0].json["details"]) == [name]


def over(cast: Cast) -> tuple[str, dict[str, Any], Person]:
    return f"/api/proposals/{proposed(cast)}/accept", {}, cast.hana


def decided(cast: Cast) -> tuple[str, dict[str, Any], Person]:
    proposal_id = proposed(cast)
    proposals.accept(proposal_id, actor=cast.actor(cast.hana))
    return f"/api/proposals/{proposal_id}/questions", {"question": "When?"}, cast.hana


def protected(cast: Cast) -> tuple[str, dict[str, Any], Person]:
    return f"/api/candidates/{claimed(cast)}/source", {"source_method": "linkedin"}, cast.omar


def opted_out(cast: Cast) -> tuple[str, dict[str, Any], Person]:
    candidate_id = claimed(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(update(Candidate).where(Candidate.id == candidate_id).values(unsubscribed_at=DAY))
    return f"/api/candidates/{candidate_id}/outreach", {"outreach_type": "phone"}, cast.rita


@pytest.mark.parametrize(
    ("case", "name", "days"),
    [
        (over, "expires_at", 8),
        (decided, "at", 0),
        (protected, "protection_expires_at", 0),
        (opted_out, "unsubscribed_at", 0),
    ],
)
def test_the_times_in_details_are_written_as_in_answers(cast: Cast, case: Any, name: str, days: int) -> None:
    url, body, person = case(cast)
    headers = bearer(cast, person)
    with simulated(DAY + timedelta(days=days, microseconds=123_456)):
        answer = call(cast, "POST", url, headers, json=body)
    assert answer.status_code == 409
    assert MILLISECONDS.fullmatch(answer.json["details"][name])


def test_details_name_the_action_that_was_asked_for(cast: Cast) -> None:
    url, body, person = decided(cast)
    for asked, action in ((url, "ask"), (url.replace("questions", "decline"), "decline")):
        said = body if action == "ask" else {"decline_reason": "other"}
        answer = call(cast, "POST", asked, bearer(cast, person), json=said)
        assert (answer.status_code, answer.json["details"]["action"]) == (409, action)


# --- lists ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/proposals", "/api/jobs/{job}/proposals", "/api/recruiters/{rita}/proposals"])
def test_a_cursor_shows_no_row_twice_while_others_insert(cast: Cast, path: str) -> None:
    job_id, carl, seen = posted(cast), bearer(cast, cast.carl), list[str]()
    made = [str(proposed(cast, job_id=job_id)) for _ in range(5)]
    url, cursor = path.format(job=job_id, rita=cast.rita.recruiter_id), None
    while True:
        answer = call(cast, "GET", url, carl, query_string={"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [row["id"] for row in answer.json["proposals"]]
        proposed(cast, job_id=job_id)
        cursor = answer.json["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"offset": 10_001}, "offset", "next_cursor"),
        ({"offset": 1, "cursor": BEYOND}, "offset", "not both"),
    ],
)
def test_where_an_offset_ends_the_cursor_is_named(cast: Cast, query: dict[str, Any], field: str, words: str) -> None:
    answer = call(cast, "GET", "/api/proposals", bearer(cast, cast.carl), query_string=query)
    assert answer.status_code == 400
    assert words in answer.json["details"][field]


# --- recruiters and placements ---------------------------------------------------------------------------------


def test_a_recruiter_without_data_has_the_score_of_one_without_data(cast: Cast) -> None:
    url, rita = f"/api/recruiters/{cast.rita.recruiter_id}", bearer(cast, cast.rita)
    for _ in range(2):
        found = call(cast, "GET", f"{url}/reputation", rita).json
        assert (found["reputation_score"], found["collaboration_score"], found["provisional"]) == (50, 50, True)
        assert call(cast, "GET", url, rita).json["reputation_score"] == 50
        assert call(cast, "POST", f"{url}/reputation/recalculate", bearer(cast, cast.pia)).status_code == 200


def test_a_placement_names_what_it_replaces_and_what_replaces_it(cast: Cast) -> None:
    job_id, carl = posted(cast), bearer(cast, cast.carl)
    first = failed(cast, job_id=job_id)
    with simulated(DAY + timedelta(days=11)):
        second = hired(cast, job_id=job_id, name="Nora Lindt")
        replacements.link(first, actor=cast.actor(cast.carl), replacement_id=second, notes="")
        old, new = (call(cast, "GET", f"/api/placements/{one}", carl).json for one in (first, second))
    assert old["replaced_by"] == {"id": str(second), "candidate_name": "Nora Lindt"}
    assert new["replaces"] == {"id": str(first), "candidate_name": old["candidate_name"]}
    assert (old["replaces"], new["replaced_by"]) == (None, None)
