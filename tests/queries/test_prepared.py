"""A statement of a page is built once: building it anew costs as much as running it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from psycopg._queries import _query2pg
from sqlalchemy import BigInteger, Integer, Text, bindparam, event, func, literal, select

from portal.domain.permissions import Role
from portal.extensions import db
from portal.queries.prepared import ask
from tests.accounts import statements
from tests.cases import case
from tests.cast import Cast
from tests.hires import hired
from tests.marketplace import claimed, posted, proposed


@contextmanager
def built() -> Iterator[list[object]]:
    """Collect the statements, as they were built, that run meanwhile."""
    found: list[object] = []

    def note(_connection: object, statement: object, *_rest: object) -> None:
        found.append(statement)

    for engine in db.engines.values():
        event.listen(engine, "before_execute", note)
    try:
        yield found
    finally:
        for engine in db.engines.values():
            event.remove(engine, "before_execute", note)


def page_of(cast: Cast, noun: str) -> tuple[FlaskClient, str]:
    """Return the page of a thing, and somebody who sees it."""
    match noun:
        case "candidate":
            return cast.client(cast.rita), f"/candidates/{claimed(cast)}"
        case "job":
            return cast.client(cast.carl), f"/jobs/{posted(cast)}"
        case "proposal":
            return cast.client(cast.carl), f"/proposals/{proposed(cast)}"
        case "placement":
            return cast.client(cast.carl), f"/placements/{hired(cast)}"
        case "dispute":
            about = case("candidate", cast.rita, cast.omar, candidate_id=claimed(cast))
            return cast.client(cast.rita), f"/disputes/{about}"
        case "work queue":
            hired(cast)
            return cast.client(cast.rita), "/"
        case "search":
            return cast.client(cast.rita), "/search?q=maya"
        case _:
            return cast.client(cast.carl), f"/recruiters/{cast.actor(cast.rita).recruiter_id}"


@pytest.mark.parametrize("noun", ["candidate", "job", "proposal", "placement", "dispute", "recruiter", "search"])
def test_a_page_builds_its_statements_once(cast: Cast, noun: str) -> None:
    client, url = page_of(cast, noun)
    assert client.get(url).status_code == 200
    with built() as first:
        client.get(url)
    with built() as second:
        client.get(url)
    kept = {id(statement) for statement in first}
    anew = [str(statement) for statement in second if id(statement) not in kept]
    assert second
    assert not anew, "a statement that is built at each request costs twice; see portal/queries/prepared.py"


def test_kept_statements_answer_for_the_values_of_each_call(cast: Cast) -> None:
    number = bindparam("number", type_=Integer)
    same, negative = select(number), select(-number)
    answers = [ask(kept, {"number": n}).scalar_one() for n in (1, 2) for kept in (same, negative)]
    assert answers == [1, -1, 2, -2]


def test_what_no_call_changes_is_text_of_the_statement_and_answers_alike(cast: Cast) -> None:
    odd = ["it's", "100%", "%s %(a)s", "a\\b", ":name", '"', "'; --", "é", ""]
    number, named = bindparam("number", type_=Integer), bindparam("named", "first", type_=Text)
    numbers = [literal(-5), literal(2**40, BigInteger), literal(value=True), number - literal(-1)]
    more = [named, literal("b", Text).in_(["a", "b"]), func.pg_typeof(literal("x")).cast(Text)]
    query = select(*map(literal, odd), literal(Role.RECRUITER, Text), *numbers, *more).limit(1)
    known = [*odd, Role.RECRUITER, -5, 2**40, True, 3]
    with statements() as asked:
        assert list(ask(query, {"number": 2}).one()) == [*known, "first", True, "character varying"]
        assert list(ask(query, {"number": 2, "named": "second"}).one())[-3:] == ["second", True, "character varying"]
    parameters = re.compile(r"(?<!%)%\((\w+)\)")
    assert [sorted(parameters.findall(text)) for text in asked] == 2 * [["named", "number", "param_1"]]


def test_the_driver_keeps_how_it_reads_the_longest_statements(cast: Cast) -> None:
    long = select(*(literal(n, Integer) + bindparam(f"number_{n}", type_=Integer) for n in range(200)))
    ask(long, {f"number_{n}": n for n in range(200)})
    before = _query2pg.cache_info().hits
    assert list(ask(long, {f"number_{n}": 2 * n for n in range(200)}).one()) == [3 * n for n in range(200)]
    assert _query2pg.cache_info().hits == before + 1, "see the limits in portal/queries/prepared.py"
