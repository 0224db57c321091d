"""Candidates are entered once; the blind check tells no more than it may (domain.md §1, §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion, TooMany
from portal.domain.ownership import CheckResult
from portal.extensions import db
from portal.models import Candidate, Recruiter
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, contacts, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cast import DAY, Cast, Person
from tests.tables import allow, events

MAYA = CandidateInput(
    full_name="Maya Okafor",
    email="Maya.Okafor@example.com",
    phone="+1 (415) 555-0132",
    location="Oakland",
    title="Data engineer",
    employer="Northwind",
    linkedin_url="https://www.linkedin.com/in/Maya-Okafor/",
    skills=("Python", " SQL ", "python", ""),
)
LEO = CandidateInput(full_name="Leo Brandt", email="leo@example.com")
YEAR_LATER = DAY + timedelta(days=365)


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def add(cast: Cast, who: Person | None = None, input: CandidateInput = MAYA) -> uuid.UUID:
    return candidates.add(actor=cast.actor(who or cast.rita), input=input)


def claimed(cast: Cast, who: Person | None = None, input: CandidateInput = MAYA) -> uuid.UUID:
    candidate_id = add(cast, who, input)
    ownership.claim(candidate_id, actor=cast.actor(who or cast.rita), source_method="referral")
    return candidate_id


def stored(candidate_id: uuid.UUID) -> Candidate:
    with Session(db.engine) as session:
        return session.get_one(Candidate, candidate_id)


# --- entering -------------------------------------------------------------------------------------------------


def test_a_candidate_is_kept_as_typed_and_found_by_normalised_keys(cast: Cast) -> None:
    maya = stored(add(cast))
    assert (maya.full_name, maya.email, maya.phone) == ("Maya Okafor", "Maya.Okafor@example.com", "+14155550132")
    assert (maya.email_key, maya.phone_key, maya.linkedin_key) == (
        "maya.okafor@example.com",
        "+14155550132",
        "maya-okafor",
    )
    assert maya.linkedin_url == "https://www.linkedin.com/in/maya-okafor"
    assert maya.skills == ["Python", "SQL"]
    assert maya.created_by_recruiter_id == cast.rita.recruiter_id


def test_entering_is_told_without_contact_data_and_claims_nothing(cast: Cast) -> None:
    maya = add(cast)
    (event,) = events("candidate.added")
    assert event.payload == {"candidate_id": str(maya), "recruiter_id": str(cast.rita.recruiter_id), "via": "form"}
    assert events("candidate.sourced") == []


def test_the_platform_enters_candidates_for_nobody(cast: Cast) -> None:
    assert stored(add(cast, cast.pia)).created_by_recruiter_id is None


@pytest.mark.parametrize("name", ["hana", "carl", "zoe"])
def test_a_company_enters_no_candidates(cast: Cast, name: str) -> None:
    with pytest.raises(NotPermitted):
        add(cast, getattr(cast, name))


def test_a_suspended_recruiter_enters_no_candidates(cast: Cast) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(Recruiter).where(Recruiter.id == cast.rita.recruiter_id).values(status="suspended"))
    with pytest.raises(NotPermitted, match="not active"):
        add(cast)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("full_name", "  ", "Enter the full name"),
        ("full_name", "x" * 121, "Shorten"),
        ("full_name", "Maya\x00", "control characters"),
        ("email", "", "Enter the email address"),
        ("email", "maya", "Enter an email address"),
        ("email", "maya@localhost", "Enter an email address"),
        ("email", "Maya <maya@example.com>", "Enter an email address"),
        ("email", f"{'m' * 250}@example.com", "Shorten"),
        ("email", f"{'m' * 65}@example.com", "too long"),
        ("email", "josé@example.com", "plain letters before the @"),
        ("phone", "0415 555 0132", "country code"),
        ("phone", "call me", "country code"),
        ("phone", "+1 415", "too short or too long"),
        ("phone", "+1 415 555 0132 ext 7", "extension"),
        ("linkedin_url", "ask her", "linkedin.com/in/"),
        ("linkedin_url", "javascript:alert(1)", "linkedin.com/in/"),
        ("title", "Engineer\x00", "control characters"),
        ("skills", ("x" * 51,), "Shorten"),
        ("skills", tuple(f"skill {n}" for n in range(31)), "at most 30"),
    ],
)
def test_each_wrong_field_says_what_to_do(cast: Cast, field: str, value: object, says: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add(cast, input=replace(MAYA, **{field: value}))
    assert list(refusal.value.fields) == [field]
    assert says in refusal.value.fields[field]
    assert events("candidate.added") == []


def test_all_wrong_fields_are_named_at_once(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add(cast, input=CandidateInput(full_name="", email="?", phone="1", linkedin_url="?"))
    assert set(refusal.value.fields) == {"full_name", "email", "phone", "linkedin_url"}


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ({"email": "maya.okafor@gmail.com"}, {"email": "MayaOkafor+jobs@googlemail.com"}),
        ({"email": "maya@outlook.com"}, {"email": "Maya+x@outlook.com"}),
        ({"email": "maya@pm.me"}, {"email": "maya@protonmail.com"}),
        ({"phone": "+1 415 555 0132"}, {"email": "other@example.com", "phone": "001 415-555-0132"}),
        (
            {"linkedin_url": "in/maya-okafor"},
            {"email": "other@example.com", "linkedin_url": "de.linkedin.com/in/MAYA-okafor?x=1"},
        ),
    ],
)
def test_another_spelling_of_the_same_person_is_a_duplicate(cast: Cast, known: dict, typed: dict) -> None:
    bare = CandidateInput(full_name="Maya", email="maya@example.com")
    first = add(cast, input=replace(bare, **known))
    with pytest.raises(candidates.CandidateExists) as refusal:
        add(cast, input=replace(bare, **typed))
    assert refusal.value.answer.candidate_id == first


@pytest.mark.parametrize("other", ["m.aya@example.com", "maya+x@example.com", "maya@example.org"])
def test_hosts_that_tell_them_apart_keep_two_people(cast: Cast, other: str) -> None:
    bare = CandidateInput(full_name="Maya", email="maya@example.com")
    assert add(cast, input=bare) != add(cast, input=replace(bare, email=other))


def test_the_adder_of_a_duplicate_learns_only_what_a_check_tells(cast: Cast) -> None:
    claimed(cast)
    with pytest.raises(candidates.CandidateExists) as refusal:
        add(cast, cast.omar)
    assert refusal.value.answer == candidates.CheckAnswer(CheckResult.PROTECTED, YEAR_LATER)
    assert refusal.value.message == "Another recruiter has claimed this candidate until 24 Nov 2027."
    assert refusal.value.details == {"result": "protected", "until": "2027-11-24T09:00:00.000Z"}


def test_a_free_duplicate_of_somebody_else_is_told_as_free(cast: Cast) -> None:
    add(cast)
    with pytest.raises(candidates.CandidateExists, match="already in the system") as refusal:
        add(cast, cast.omar)
    assert refusal.value.details == {"result": "free"}


def test_ones_own_duplicate_is_told_with_its_id(cast: Cast) -> None:
    maya = claimed(cast)
    with pytest.raises(candidates.CandidateExists, match="already claimed this candidate until 24 Nov 2027") as refusal:
        add(cast)
    assert refusal.value.details["candidate_id"] == str(maya)


def test_a_refused_duplicate_of_somebody_else_counts_as_a_check(cast: Cast) -> None:
    maya = add(cast)
    allow(checks_per_hour=1)
    with pytest.raises(candidates.CandidateExists):
        add(cast, cast.omar)
    (event,) = events("candidate.checked")
    assert (event.candidate_id, event.payload["by"]) == (maya, ["email", "phone", "linkedin"])
    with pytest.raises(TooMany):
        add(cast, cast.omar)


def test_a_duplicate_that_slips_past_the_look_is_refused_by_the_database(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(cast)
    monkeypatch.setattr(candidates, "strongest", lambda *a, **k: None)
    with pytest.raises(Conflict, match="just added this candidate"):
        add(cast, cast.omar)


# --- editing --------------------------------------------------------------------------------------------------


def test_an_edit_names_what_changed(cast: Cast) -> None:
    maya = add(cast)
    changed = replace(MAYA, email="maya@example.org", title="Staff engineer")
    candidates.edit(maya, actor=cast.actor(cast.rita), input=changed, version=1)
    assert (stored(maya).email_key, stored(maya).version) == ("maya@example.org", 2)
    assert [e.payload["changed"] for e in events("candidate.changed")] == [["email", "title"]]


def test_an_edit_that_changes_nothing_is_no_event(cast: Cast) -> None:
    maya = add(cast)
    candidates.edit(maya, actor=cast.actor(cast.rita), input=MAYA, version=1)
    assert (stored(maya).version, events("candidate.changed")) == (1, [])


def test_an_edit_of_an_older_version_is_refused(cast: Cast) -> None:
    maya = add(cast)
    candidates.edit(maya, actor=cast.actor(cast.rita), input=replace(MAYA, title="A"), version=1)
    with pytest.raises(StaleVersion):
        candidates.edit(maya, actor=cast.actor(cast.rita), input=replace(MAYA, title="B"), version=1)
    assert stored(maya).title == "A"


def test_an_edit_may_not_make_a_duplicate(cast: Cast) -> None:
    maya, leo = add(cast), add(cast, input=LEO)
    with pytest.raises(candidates.CandidateExists) as refusal:
        candidates.edit(leo, actor=cast.actor(cast.rita), input=replace(LEO, email=MAYA.email), version=1)
    assert refusal.value.answer.candidate_id == maya


@pytest.mark.parametrize("name", ["omar", "zoe"])
def test_nobody_edits_the_candidates_of_others(cast: Cast, name: str) -> None:
    maya = add(cast)
    with pytest.raises(NotFound):
        candidates.edit(maya, actor=cast.actor(getattr(cast, name)), input=LEO, version=1)


def test_who_entered_a_candidate_cannot_spoil_the_data_while_another_owns_it(cast: Cast) -> None:
    maya = add(cast)
    ownership.claim(maya, actor=cast.actor(cast.omar), source_method="event")
    with pytest.raises(Conflict, match="Only they can edit the details"):
        candidates.edit(maya, actor=cast.actor(cast.rita), input=LEO, version=1)
    with simulated(YEAR_LATER):
        candidates.edit(maya, actor=cast.actor(cast.rita), input=LEO, version=1)
    candidates.edit(maya, actor=cast.actor(cast.pia), input=MAYA, version=2)
    assert stored(maya).version == 3


# --- the blind check ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        (CheckInput(email="maya.okafor@EXAMPLE.com"), ["email"]),
        (CheckInput(phone="+14155550132"), ["phone"]),
        (CheckInput(linkedin_url="maya-okafor"), ["linkedin"]),
        (CheckInput(full_name="maya  OKAFOR", employer="northwind"), ["name_employer"]),
        (CheckInput(full_name="Okafor, Máya", employer="NORTH-WIND"), ["name_employer"]),
        (CheckInput(full_name="Maya O’Kafor", employer="Nörthwind"), ["name_employer"]),
        (CheckInput(email="x@example.com", phone="+14155550132"), ["email", "phone"]),
    ],
)
def test_any_key_finds_a_protected_candidate_and_tells_only_until_when(
    cast: Cast, typed: CheckInput, kinds: list[str]
) -> None:
    claimed(cast)
    answer = candidates.check(actor=cast.actor(cast.omar), input=typed)
    assert answer == candidates.CheckAnswer(CheckResult.PROTECTED, YEAR_LATER)
    assert [e.payload["by"] for e in events("candidate.checked")] == [kinds]


@pytest.mark.parametrize(
    ("stored_name", "typed"),
    [
        ("José García", "Jose\u0301 Garci\u0301a"),
        ("Jürgen Müller", "MUELLER Juergen"),
        ("Müller Jürgen", "Jurgen Muller"),
        ("Nguyễn Thị Thử", "nguyen thi thu"),
        ("O’Connor Sinéad", "Sinead OConnor"),
        ("Anna-Lena Brandt", "Annalena Brandt"),
        ("Åse Ørsted", "Aase Oersted"),
        ("Łukasz Żak", "Lukasz Zak"),
        ("山田 太郎", "太郎　山田"),
        ("Şahin Işık", "sahin isik"),
        ("Γιώργος Παππάς", "ΠΑΠΠΑΣ ΓΙΩΡΓΟΣ"),
        ("髙橋 花子", "花子 高橋"),
        ("ﾀﾅｶ ｼﾞﾛｳ", "タナカ ジロウ"),
    ],
)
def test_a_name_with_its_employer_is_found_in_any_spelling(cast: Cast, stored_name: str, typed: str) -> None:
    claimed(cast, input=replace(MAYA, full_name=stored_name, employer="Müller & Söhne"))
    check = CheckInput(full_name=typed, employer="Mueller & Soehne")
    assert candidates.check(actor=cast.actor(cast.omar), input=check).result is CheckResult.PROTECTED


@pytest.mark.parametrize("stranger", ["Maya Okafo", "Mia Okafor", "Maya"])
def test_another_name_at_the_same_employer_is_unknown(cast: Cast, stranger: str) -> None:
    claimed(cast)
    check = CheckInput(full_name=stranger, employer="Northwind")
    assert candidates.check(actor=cast.actor(cast.omar), input=check).result is CheckResult.UNKNOWN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+52 1 55 1234 5678", "+52 55 1234 5678"),
        ("+54 9 11 2345-6789", "+54 11 2345-6789"),
        ("+55 11 8765-4321", "+55 11 98765-4321"),
        ("+229 97 12 34 56", "+229 01 97 12 34 56"),
        ("+225 07 12 34 56", "+225 07 07 12 34 56"),
        ("+57 1 234 5678", "+57 601 234 5678"),
        ("+84 168 234 5678", "+84 38 234 5678"),
        ("+84 120 234 5678", "+84 70 234 5678"),
    ],
)
def test_a_number_that_its_country_rewrote_is_one_number(cast: Cast, old: str, new: str) -> None:
    claimed(cast, input=replace(MAYA, phone=old))
    assert candidates.check(actor=cast.actor(cast.omar), input=CheckInput(phone=new)).result is CheckResult.PROTECTED


def test_a_link_of_an_unknown_shape_is_kept_without_a_key(cast: Cast) -> None:
    maya = add(cast, input=replace(MAYA, linkedin_url="xing.com/profile/Maya_Okafor"))
    assert (stored(maya).linkedin_url, stored(maya).linkedin_key) == ("https://xing.com/profile/Maya_Okafor", None)
    with pytest.raises(InvalidInput, match="LinkedIn profile"):
        candidates.check(actor=cast.actor(cast.rita), input=CheckInput(linkedin_url="xing.com/profile/Maya_Okafor"))


def test_names_are_stored_in_one_form(cast: Cast) -> None:
    maya = add(cast, input=replace(MAYA, full_name="Zoe\u0308 A\u030angstro\u0308mer"))
    assert stored(maya).full_name == "Zoë Ångströmer"


def test_an_expired_protection_reads_as_free(cast: Cast) -> None:
    claimed(cast)
    with simulated(YEAR_LATER):
        answer = candidates.check(actor=cast.actor(cast.omar), input=CheckInput(email=MAYA.email))
    assert answer == candidates.CheckAnswer(CheckResult.FREE)


def test_a_check_of_ones_own_gives_the_candidate(cast: Cast) -> None:
    maya = claimed(cast)
    answer = candidates.check(actor=cast.actor(cast.rita), input=CheckInput(email=MAYA.email))
    assert answer == candidates.CheckAnswer(CheckResult.YOURS, YEAR_LATER, maya)


def test_nobody_known_is_unknown_and_logged_without_what_was_typed(cast: Cast) -> None:
    answer = candidates.check(actor=cast.actor(cast.omar), input=CheckInput(email="nobody@example.com"))
    assert answer == candidates.CheckAnswer(CheckResult.UNKNOWN)
    assert "nobody" not in str(events("candidate.checked")[0].payload)


def test_of_several_matches_the_protected_one_counts(cast: Cast) -> None:
    claimed(cast, input=replace(MAYA, phone="", linkedin_url=""))
    add(cast, cast.omar, LEO)
    both = CheckInput(email=LEO.email, full_name="Maya Okafor", employer="Northwind")
    assert candidates.check(actor=cast.actor(cast.omar), input=both).result is CheckResult.PROTECTED


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (CheckInput(), "email"),
        (CheckInput(full_name="Maya"), "employer"),
        (CheckInput(employer="Northwind"), "full_name"),
        (CheckInput(full_name="x" * 121), "full_name"),
        (CheckInput(full_name="Maya", employer="x" * 201), "employer"),
        (CheckInput(email="?"), "email"),
        (CheckInput(phone="123"), "phone"),
    ],
)
def test_a_check_without_a_usable_key_says_which(cast: Cast, typed: CheckInput, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        candidates.check(actor=cast.actor(cast.omar), input=typed)
    assert field in refusal.value.fields
    assert events("candidate.checked") == []


def test_a_name_beside_another_key_needs_no_employer(cast: Cast) -> None:
    typed = CheckInput(full_name="Maya", email="nobody@example.com")
    assert candidates.check(actor=cast.actor(cast.omar), input=typed).result is CheckResult.UNKNOWN


def test_whoever_used_up_the_checks_is_told_nothing_by_an_entry_either(cast: Cast) -> None:
    known, omar = add(cast), cast.actor(cast.omar)
    own = candidates.add(actor=omar, input=CandidateInput(full_name="Ida Holm", email="ida@example.com"))
    allow(checks_per_hour=1)
    candidates.check(actor=omar, input=CheckInput(email="nobody@example.com"))
    for email in ("maya@example.com", "somebody.new@example.com"):
        with pytest.raises(TooMany):
            candidates.add(actor=omar, input=CandidateInput(full_name="Any Body", email=email))
        with pytest.raises(TooMany):
            candidates.edit(own, actor=omar, input=CandidateInput(full_name="Ida Holm", email=email), version=None)
    candidates.edit(
        own, actor=omar, input=CandidateInput(full_name="Ida Holmes", email="ida@example.com"), version=None
    )
    assert known != own


def test_a_new_address_of_an_own_candidate_is_a_check_and_an_address_less_is_none(cast: Cast) -> None:
    own, omar = add(cast, cast.omar), cast.actor(cast.omar)
    allow(checks_per_hour=2)
    candidates.edit(own, actor=omar, input=replace(MAYA, phone=""), version=None)
    for number in range(2):
        candidates.edit(own, actor=omar, input=replace(MAYA, email=f"nobody{number}@example.com"), version=None)
    with pytest.raises(TooMany):
        candidates.edit(own, actor=omar, input=replace(MAYA, email="nobody2@example.com"), version=None)


def test_checks_are_limited_by_the_hour_and_say_when_to_go_on(cast: Cast) -> None:
    allow(checks_per_hour=2)
    typed = CheckInput(email="nobody@example.com")
    for minute in (0, 10):
        with simulated(DAY + timedelta(minutes=minute)):
            candidates.check(actor=cast.actor(cast.omar), input=typed)
    with simulated(DAY + timedelta(minutes=30)), pytest.raises(TooMany, match="30 minutes") as refusal:
        candidates.check(actor=cast.actor(cast.omar), input=typed)
    assert refusal.value.retry_after == 1800
    with simulated(DAY + timedelta(minutes=61)):
        candidates.check(actor=cast.actor(cast.omar), input=typed)


def test_the_platform_may_close_checks_for_recruiters_but_not_for_itself(cast: Cast) -> None:
    allow(checks_per_hour=0)
    typed = CheckInput(email="nobody@example.com")
    with pytest.raises(TooMany):
        candidates.check(actor=cast.actor(cast.omar), input=typed)
    assert candidates.check(actor=cast.actor(cast.pia), input=typed).result is CheckResult.UNKNOWN
    assert add(cast, cast.omar)


def test_a_company_makes_no_checks(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        candidates.check(actor=cast.actor(cast.zoe), input=CheckInput(email=MAYA.email))


def test_keys_that_are_not_there_find_nobody(cast: Cast) -> None:
    add(cast)
    with unit_of_work(cast.actor(cast.rita)) as uow:
        assert candidates.strongest(uow, contacts.Keys(email="other@example.com")) is None
