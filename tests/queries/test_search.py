"""The search: each person finds what is theirs, five of a kind, and nothing that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Candidate
from portal.queries.finding import occurs, words_of
from portal.queries.places import search_text
from portal.queries.search import search
from portal.runtime.clock import simulated
from tests import hires
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _today(context: None) -> Iterator[None]:
    with simulated(DAY):
        yield


def found(cast: Cast, person: Person, text: str) -> dict[str, list[tuple[str, str]]]:
    """Return what a person finds: group → name and what stands under it."""
    return {g.title: [(h.name, h.about) for h in g.hits] for g in search(cast.actor(person), text)}


@pytest.fixture
def maya(cast: Cast) -> None:
    """Maya was hired by Acme through rita."""
    hires.hired(cast, name="Maya Okafor")


def test_a_placement_and_a_candidate_are_found_by_name_by_whom_they_concern(cast: Cast, maya: None) -> None:
    named = [("Maya Okafor", "Staff ML Engineer")]
    expected = {"Candidates": [("Maya Okafor", "")], "Proposals": named, "Placements": named}
    for person in (cast.rita, cast.carl, cast.hana, cast.pia):
        assert found(cast, person, "okafor") == expected
    for person in (cast.omar, cast.zoe):
        assert found(cast, person, "okafor") == {}


def test_a_company_does_not_find_a_candidate_before_it_accepts(cast: Cast) -> None:
    proposed(cast, name="Maya Okafor")
    assert found(cast, cast.carl, "maya") == {}
    assert set(found(cast, cast.rita, "maya")) == {"Candidates", "Proposals"}
    assert found(cast, cast.carl, "engineer")["Proposals"] == [("Staff ML Engineer", "Name hidden until you accept")]


SPELLINGS = (
    ("José García", "jose garcia"),
    ("Nguyễn Thị Thử", "thu nguyen"),
    ("Sinéad O’Connor", "o'connor"),
    ("Sinéad O’Connor", "OCONNOR"),
    ("Jürgen Müller", "Mueller"),
    ("Jürgen Mueller", "müller jur"),
    ("Anna-Lena Brandt", "annalena"),
    ("Jose Garcia", "José"),
    ("José García Núñez", "Núñez, José"),
    ("José García Núñez", "garcia-nunez; jose"),
    ("Anna Lena Brandt", "Anna–Lena"),
    ("李 小龙", "李小龙"),
    ("李小龙", "李 小龙"),
    ("李小龙", "小龙\u3000李"),
    ("山田 太郎", "太郎山田"),
    ("山田太郎", "太郎 山田"),
    ("이 순신", "순신이"),
    ("이 순신", "이순신"),
    ("이순신", "순신 이"),
    ("やまだ はなこ", "やまだはなこ"),
    ("マリア・ガルシア", "マリアガルシア"),
    ("マリアガルシア", "マリア・ガルシア"),
    ("สมชาย ใจดี", "สมชายใจดี"),
    ("Anna van der Berg", "VanderBerg"),
    ("Maria de la Cruz", "delacruz"),
    ("Ian Mac Donald", "macdonald"),
    ("Anna Vanderberg", "van der Berg"),
    ("Γιώργος Παππάς", "ΠΑΠΠΑΣ"),
    ("ΓΙΩΡΓΟΣ ΠΑΠΠΑΣ", "Παππάς Γιώργος"),
    ("محمد عبد الله", "عبدالله"),
    ("محمد علي", "مُحَمَّد"),
    ("髙橋 花子", "高橋"),
    ("渡邊 健", "渡辺"),
    ("陈伟明", "陳偉明"),
    ("R. K. Narayan", "narayan r.k."),
    ("J R R Tolkien", "J.R.R. Tolkien"),
    ("R.K. Narayan", "R. K. Narayan"),
)


@pytest.mark.parametrize(("name", "typed"), SPELLINGS)
def test_a_name_is_found_in_any_spelling_and_order(cast: Cast, name: str, typed: str) -> None:
    claimed(cast, name=name)
    assert found(cast, cast.rita, typed) == {"Candidates": [(name, "")]}


def test_a_text_at_hand_is_searched_as_those_in_the_database() -> None:
    for name, typed in SPELLINGS:
        assert all(word.is_in(name) for word in words_of(typed)), typed
    assert not any(word.is_in("José García") for word in words_of('"jose" garzia'))


def test_blanks_between_other_words_part_them(cast: Cast) -> None:
    claimed(cast, name="Anna Lena 李 Brandt")
    assert found(cast, cast.rita, "lena李") == found(cast, cast.rita, "annalena") == {}


def test_what_stands_in_quotation_marks_is_found_exactly(cast: Cast) -> None:
    claimed(cast, name="José García")
    assert found(cast, cast.rita, '"josé garcía"') == {"Candidates": [("José García", "")]}
    assert found(cast, cast.rita, '"jose"') == {}
    assert found(cast, cast.rita, '"garcía José"') == {}


@pytest.mark.parametrize("typed", ["jose@mail.test", "+49 171 3920008", "0171 3920008", "491713920008", "(0171) 392"])
def test_a_candidate_is_found_by_email_and_phone(cast: Cast, typed: str) -> None:
    claimed(cast, name="José García", email="jose@mail.test", phone="+49 171 3920008")
    assert set(found(cast, cast.rita, typed)) == {"Candidates"}


def test_the_search_of_candidates_has_an_index(cast: Cast) -> None:
    condition = occurs(search_text(), [literal("%okafor%")], exact=False)
    with Session(db.engine) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        statement = select(Candidate.id).where(condition).compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = session.scalars(text("EXPLAIN " + str(statement).replace("%%", "%").replace(":", "\\:"))).all()
    assert any("ix_candidates_search" in line for line in plan)


def test_jobs_are_found_by_title_or_company(cast: Cast) -> None:
    posted(cast)
    job = {"Jobs": [("Staff ML Engineer", "Acme")]}
    assert found(cast, cast.omar, "ml engineer") == job
    assert found(cast, cast.hana, "acme") == job
    assert found(cast, cast.zoe, "ml engineer") == {}


def test_a_draft_is_found_by_its_company_alone(cast: Cast) -> None:
    posted(cast, status="draft")
    assert set(found(cast, cast.carl, "engineer")) == {"Jobs"}
    assert found(cast, cast.rita, "engineer") == {}


def test_recruiters_are_found_by_name_or_agency_the_active_ones(cast: Cast) -> None:
    hires.recruiters(cast, 1, status="pending")
    assert found(cast, cast.carl, "omar") == {"Recruiters": [("Omar", "South Search")]}
    assert found(cast, cast.zoe, "north talent") == {"Recruiters": [("Rita", "North Talent")]}
    assert [name for name, _ in found(cast, cast.pia, "north")["Recruiters"]] == ["Recruiter 0", "Rita"]


def test_platform_admins_find_everyone_with_an_account_by_name_or_email_and_organizations(cast: Cast) -> None:
    hana = [("Hana", "hana@demo.test")]
    assert found(cast, cast.pia, "hana") == {"People": hana}
    assert found(cast, cast.pia, "hana@demo") == {"People": hana}
    assert found(cast, cast.pia, "acme")["Organizations"] == [("Acme", "Company")]
    assert found(cast, cast.pia, "system") == {}
    for person in (cast.carl, cast.rita):
        assert found(cast, person, "hana") == found(cast, person, "acme") == {}


def test_every_word_has_to_be_there_and_the_first_one_leads(cast: Cast) -> None:
    claimed(cast, name="Anna Berg", title="Data Engineer")
    claimed(cast, name="Berg Annason", title="Data Engineer", employer="Hooli")
    assert [n for n, _ in found(cast, cast.rita, "berg")["Candidates"]] == ["Berg Annason", "Anna Berg"]
    assert found(cast, cast.rita, "data berg hooli") == {"Candidates": [("Berg Annason", "Data Engineer at Hooli")]}
    assert found(cast, cast.rita, "berg plumber") == {}


@pytest.mark.parametrize("text", ["", "   ", "%", "_", "\\", "100%_\\", "'; --"])
def test_odd_searches_find_nothing(cast: Cast, text: str) -> None:
    claimed(cast, name="Anna Berg")
    assert found(cast, cast.rita, text) == {}


@pytest.mark.parametrize(
    ("title", "make"),
    [
        ("Candidates", lambda cast, n: claimed(cast, name=f"Person Berg{n}")),
        ("Jobs", lambda cast, n: posted(cast, title=f"Berg{n} Engineer")),
        ("Placements", lambda cast, n: hires.hired(cast, name=f"Person Berg{n}")),
        ("Recruiters", lambda cast, n: hires.recruiters(cast, 1)),
    ],
)
def test_what_is_left_out_stands_in_the_list_of_its_kind(
    cast: Cast, title: str, make: Callable[[Cast, str], object]
) -> None:
    for letter in "abcdef":
        make(cast, letter)
    asked = "recruiter" if title == "Recruiters" else "berg"
    more = next(group.more for group in search(cast.actor(cast.pia), asked) if group.title == title)
    assert more == f"/{title.lower()}?q={asked}"
    assert f"6 {title.lower()}<" in cast.client(cast.pia).get(more).text


def test_five_are_shown_and_the_list_has_the_rest(cast: Cast) -> None:
    for number in range(6):
        claimed(cast, name=f"Anna Berg{'abcdef'[number]}")
    (group,) = search(cast.actor(cast.rita), "anna berg")
    assert len(group.hits) == 5
    assert group.more == "/candidates?q=anna+berg"
    (group,) = search(cast.actor(cast.rita), "anna berga")
    assert group.more == ""


def test_hits_lead_to_their_pages(cast: Cast) -> None:
    candidate_id = claimed(cast, name="Anna Berg")
    (group,) = search(cast.actor(cast.rita), "anna")
    assert group.hits[0].path == f"/candidates/{candidate_id}"


def test_a_search_is_two_statements(cast: Cast, maya: None) -> None:
    actor = cast.actor(cast.rita)
    with statements() as seen:
        search(actor, "a")
    assert len(seen) == 2
