"""The pages of a split sheet: the editor, its live preview, amendments, receipts."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.extensions import db
from portal.runtime.clock import simulated
from portal.services.identity import accounts
from portal.services.placements import amendments, collaboration, guarantees, placements, replacements
from tests import hires, money
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient
from tests.hires import TODAY, active, hired, locked, share

WHY = "The closer did more than we thought"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def rita(cast: Cast) -> CheckingClient:
    return cast.client(cast.rita)


def editor(placement_id: uuid.UUID, *path: object) -> str:
    return "/".join(map(str, (f"/placements/{placement_id}/collaborators", *path)))


def joining(who: Person, **typed: str) -> dict[str, str]:
    return {"recruiter_id": str(who.recruiter_id), "role": "support", "split_bp": "10", **typed}


# --- the editor -----------------------------------------------------------------------------------------------


def test_rita_adds_omar_with_and_without_htmx(cast: Cast) -> None:
    placement_id, browser = hired(cast), rita(cast)
    url = editor(placement_id)
    assert "30% is available" in browser.get(url).text
    answer = browser.post_form(url, joining(cast.omar, notes="Screening"), page=url)
    assert (answer.status_code, answer.location) == (303, url)
    assert hires.team(placement_id)[-1] == ("Omar", "support", 1_000, 250_000)
    part = browser.post_htmx(url, joining(cast.omar, role="closer", split_bp="5.5"))
    assert part.status_code == 200
    assert "Collaborator added. The team has been notified." in part.text
    assert "14.5% is available" in part.text
    assert part.text.lstrip().startswith('<div class="stack" id="editor">')


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"split_bp": "30.01"}, 409, "Only 30% is available; enter 30% or less."),
        ({"split_bp": "0"}, 422, "above 0%"),
        ({"split_bp": ""}, 422, "Enter a share"),
        ({"split_bp": "ten"}, 422, "Enter a percentage"),
        ({"split_bp": "1.005"}, 422, "two decimals"),
        ({"role": "boss"}, 422, "Not a valid choice"),
        ({"recruiter_id": ""}, 422, "Choose a recruiter"),
        ({"recruiter_id": "nobody"}, 422, "Choose one from the list"),
        ({"recruiter_id": str(uuid.uuid4())}, 422, "Choose an active recruiter"),
        ({"notes": "x" * 501}, 422, "Shorten this"),
        ({"notes": "a\x00b"}, 422, "control characters"),
    ],
)
def test_a_refused_addition_keeps_what_was_typed(cast: Cast, typed: dict[str, str], status: int, words: str) -> None:
    placement_id = hired(cast)
    data = joining(cast.omar, **{"notes": "Keep me", **typed})
    for post in (rita(cast).post_form, rita(cast).post_htmx):
        answer = post(editor(placement_id), data)
        assert answer.status_code == status
        assert words in answer.text
        if "notes" not in typed:
            assert "Keep me" in answer.text
    assert len(hires.team(placement_id)) == 2


def test_somebody_who_was_chosen_stays_chosen(cast: Cast) -> None:
    answer = rita(cast).post_form(editor(hired(cast)), joining(cast.omar, split_bp="99"))
    assert f'<option selected value="{cast.omar.recruiter_id}">Omar, South Search</option>' in answer.text


def sheet(cast: Cast, *bps: str, version: str = "1", **more: str) -> dict[str, str]:
    """Type rita's shares as sourcer and submitter."""
    rows = enumerate(zip(("sourcer", "submitter"), bps, strict=True))
    typed = {f"shares-{n}-{name}": text for n, (role, bp) in rows for name, text in (("role", role), ("split_bp", bp))}
    people = {f"shares-{n}-recruiter_id": str(cast.rita.recruiter_id) for n in range(len(bps))}
    return {**typed, **people, "version": version, **more}


def test_all_shares_are_saved_at_once(cast: Cast) -> None:
    placement_id, browser = hired(cast), rita(cast)
    url = editor(placement_id, "shares")
    assert browser.post_form(url, sheet(cast, "35", "25.5"), page=editor(placement_id)).status_code == 303
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [3_500, 2_550]
    part = browser.post_htmx(url, sheet(cast, "36", "25", version="2"))
    assert "Split saved." in part.text
    assert [event for event, _ in hires.events(placement_id, "splits.changed")] == ["splits.changed"] * 2


@pytest.mark.parametrize(
    ("typed", "status", "words"),
    [
        ({"shares-0-split_bp": "75.5"}, 409, "These shares add up to 105.5%"),
        ({"version": "7"}, 409, "There is no version 7 of this split"),
        ({"shares-0-split_bp": "much"}, 422, "Enter a percentage"),
        ({"shares-0-split_bp": ""}, 422, "Enter a share"),
        ({"shares-1-role": "closer"}, 404, "not on the team"),
    ],
)
def test_refused_shares_keep_what_was_typed(cast: Cast, typed: dict[str, str], status: int, words: str) -> None:
    placement_id = hired(cast)
    data = {**sheet(cast, "35", "30"), **typed}
    answer = rita(cast).post_form(editor(placement_id, "shares"), data)
    assert answer.status_code == status
    assert words in answer.text
    assert status == 404 or f'value="{data["shares-0-split_bp"]}"' in answer.text
    assert hires.team(placement_id)[0][2] == 4_000


def test_a_removal_keeps_the_shares_that_are_typed_and_not_saved(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 1_000)
    typed = {**sheet(cast, "12.34", "30", version="2"), "role": "submitter"}
    part = rita(cast).post_htmx(editor(placement_id, cast.rita.recruiter_id, "remove"), typed)
    assert "Collaborator removed." in part.text
    assert 'value="12.34"' in part.text


def test_a_row_is_removed_but_not_the_last(cast: Cast) -> None:
    placement_id, browser = hired(cast), rita(cast)
    url = editor(placement_id, cast.rita.recruiter_id, "remove")
    assert browser.post_form(url, {"role": "sourcer", "version": "1"}).status_code == 303
    page = browser.get(editor(placement_id)).text
    assert "Collaborator removed. The team has been notified." in page
    assert "Remove<span" not in page
    answer = browser.post_form(url, {"role": "submitter", "version": "2"})
    assert answer.status_code == 409
    assert "Someone has to receive the fee" in answer.text


def test_recruiters_are_found_by_name_or_agency(cast: Cast) -> None:
    placement_id, browser = hired(cast), rita(cast)
    options = browser.get(f"{editor(placement_id)}?q=south").text
    assert f'<option selected value="{cast.omar.recruiter_id}">Omar, South Search</option>' in options  # nobody else is
    assert "Rita, North Talent" not in options
    assert f'<option selected value="{cast.omar.recruiter_id}">' not in browser.get(f"{editor(placement_id)}?q=a").text
    assert "Omar, South Search" not in browser.get(f"{editor(placement_id)}?q=%25%E2%80%AE").text
    assert "Omar, South Search" in browser.get(f"{editor(placement_id)}?q=S%C3%93UTH%20%C3%B6mar").text


def test_who_may_not_edit_is_led_back(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    omar = cast.client(cast.omar)
    assert omar.get(editor(placement_id)).location == f"/placements/{placement_id}"
    answer = omar.post_form(editor(placement_id), joining(cast.omar, role="closer"))
    assert answer.status_code == 403
    assert "Your role doesn’t allow this" in answer.text
    assert cast.client(cast.hana).get(editor(placement_id)).location == f"/placements/{placement_id}"


def test_a_suspended_lead_is_led_back_too(cast: Cast) -> None:
    placement_id = hired(cast)
    accounts.set_recruiter_status(cast.rita.recruiter_id, actor=cast.actor(cast.pia), status="suspended")
    assert rita(cast).get(editor(placement_id)).location == f"/placements/{placement_id}"
    assert rita(cast).post_form(editor(placement_id), joining(cast.omar)).status_code == 403
    assert cast.client(cast.zoe).get(editor(placement_id)).status_code == 404


def test_an_edit_after_the_lock_says_that_it_is_too_late(cast: Cast) -> None:
    placement_id, browser = active(cast), rita(cast)
    assert browser.get(editor(placement_id)).location == f"/placements/{placement_id}"
    answer = browser.post_form(editor(placement_id), joining(cast.omar))
    assert answer.status_code == 409
    assert "propose a change" in answer.text


def test_a_full_team_says_what_to_do(cast: Cast) -> None:
    placement_id = hired(cast)
    people = hires.recruiters(cast, 18)
    for who in people:
        share(cast, placement_id, who, "support", 1)
    assert "The team is full." in rita(cast).get(editor(placement_id)).text
    collaboration.change(placement_id, people[0].recruiter_id, actor=cast.actor(cast.rita), split_bp=2_983)
    assert "Lower a share first" in rita(cast).get(editor(placement_id)).text


def test_the_sums_appear_while_a_share_is_typed(cast: Cast) -> None:
    placement_id, browser = hired(cast), rita(cast)
    new = {"placement_id": str(placement_id), "role": "support", "split_bp": "10"}
    for data, words in (
        (new, ["<b>$2,500.00</b>", "20% stays unallocated", "Support 10 percent"]),
        ({**new, "split_bp": "30"}, ["exactly 100%"]),
        ({**new, "split_bp": "30.5"}, ["Only 30% is available; this adds up to 100.5%"]),
        ({**new, "split_bp": ""}, ["Enter a share above 0%"]),
        ({**new, "role": "boss"}, ["New 10 percent"]),
    ):
        part = browser.post_htmx("/placements/calculate-splits", data).text
        for said in words:
            assert said in part
    assert hires.placement(placement_id).split_version == 1


def test_what_is_allocated_is_without_the_fee_of_the_platform(cast: Cast) -> None:
    placement_id = hired(cast, job_id=money.job_on(cast, platform_bp=1_000))
    page = rita(cast).get(editor(placement_id)).text
    allocated = re.search(r"Allocated \(30% left\)</th>\s*<td[^>]*>70%</td><td[^>]*>([^<]*)", page)
    assert allocated is not None
    assert allocated[1] == "$15,750.00"  # 70 % of 90 % of 25,000


@pytest.mark.parametrize(
    ("bps", "words"),
    [(("35", "30"), "65% allocated, 35% left"), (("70", "30"), "Exactly 100%"), (("71", "30"), "the most is 100%")],
)
def test_the_money_follows_the_shares_that_are_typed(cast: Cast, bps: tuple[str, str], words: str) -> None:
    placement_id = hired(cast)
    part = rita(cast).post_htmx(f"/placements/{placement_id}/amendments/preview", sheet(cast, *bps)).text
    assert words in part
    assert "$7,500.00" in part


def test_a_preview_of_another_teams_sheet_is_not_found(cast: Cast) -> None:
    data = {"placement_id": str(hired(cast)), "split_bp": "10"}
    for who in (cast.zoe, cast.omar):
        assert cast.client(who).post_htmx("/placements/calculate-splits", data).status_code == 404
    assert rita(cast).post_htmx("/placements/calculate-splits", {"placement_id": "none"}).status_code == 404


# --- amendments -----------------------------------------------------------------------------------------------


def wanted(cast: Cast, *shares: str, **typed: str) -> dict[str, str]:
    rows = [(cast.rita, "sourcer"), (cast.rita, "submitter"), (cast.omar, "closer")]
    data = {"reason": WHY, "joins": "", "joins_role": "support", "joins_bp": ""}
    for n, ((who, role), bp) in enumerate(zip(rows, shares, strict=True)):
        data |= {
            f"shares-{n}-recruiter_id": str(who.recruiter_id),
            f"shares-{n}-role": role,
            f"shares-{n}-split_bp": bp,
        }
    return {**data, **typed}


def propose(cast: Cast, placement_id: uuid.UUID) -> uuid.UUID:
    rita_id, omar_id = cast.rita.recruiter_id, cast.omar.recruiter_id
    assert rita_id is not None
    assert omar_id is not None
    lines = [Agreed(rita_id, "sourcer", 7_000), Agreed(omar_id, "closer", 3_000)]
    return amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason=WHY).id


def test_rita_proposes_and_omar_agrees(cast: Cast) -> None:
    placement_id = locked(cast)
    url = f"/placements/{placement_id}/amendments"
    answer = rita(cast).post_form(url, wanted(cast, "35", "30", "35"), page=url)
    assert (answer.status_code, answer.location) == (303, url)
    page = cast.client(cast.omar).get(url).text
    for words in ("Proposed by Rita", "Waiting for you", "Rita approved", "Approve", "Decline", WHY):
        assert words in page
    amendment = page.split(f"{url}/")[1].split("/")[0]
    done = cast.client(cast.omar).post_form(f"{url}/{amendment}/answer", {"agreed": "yes"}, page=url)
    assert (done.status_code, done.location) == (303, url)
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [3_500, 3_000, 3_500]
    assert "Applied" in rita(cast).get(url).text


def test_a_proposed_change_says_on_the_placement_what_it_means_for_whom(cast: Cast) -> None:
    placement_id = locked(cast)
    url = f"/placements/{placement_id}"
    rita(cast).post_form(f"{url}/amendments", wanted(cast, "35", "30", "35"), page=f"{url}/amendments")
    for who, words in ((cast.omar, "Split change to approve"), (cast.carl, "Split change proposed")):
        page = " ".join(cast.client(who).get(url).text.split())
        assert words in page
        assert f'href="{url}/amendments"' in page
        assert 'Rita: <b class="num">−$1,250.00</b>' in page
        assert f'{"You" if who is cast.omar else "Omar"}: <b class="num">+$1,250.00</b>' in page
    assert "+$1,250.00" in cast.client(cast.omar).get(f"{url}/amendments").text


def test_the_versions_say_who_changed_which_share(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    page = rita(cast).get(f"/placements/{placement_id}/receipt").text
    assert "Omar, support:\njoins with 10%" in page
    assert "Rita, sourcer:\njoins with 40%" in page


def test_who_left_is_not_told_the_versions_before_the_own_ones(cast: Cast) -> None:
    placement_id, pia = hired(cast), cast.actor(cast.pia)
    share(cast, placement_id, cast.omar, "support", 1_000)
    assert cast.omar.recruiter_id
    collaboration.remove(placement_id, cast.omar.recruiter_id, actor=pia, role="support", reason=WHY)
    page = cast.client(cast.omar).get(f"/placements/{placement_id}/receipt").text
    assert "v2: collaborator added" in page
    assert "joins with" not in page


def test_a_refusal_shows_who_refused_and_why(cast: Cast) -> None:
    placement_id = locked(cast)
    url = f"/placements/{placement_id}/amendments"
    amendment = propose(cast, placement_id)
    page = rita(cast).get(url).text
    assert "leaves" in page
    assert "Decline this change?" in page
    long = rita(cast).post_form(f"{url}/{amendment}/answer", {"agreed": "no", "reason": "x" * 501})
    assert long.status_code == 422
    assert '<dialog id="decline" aria-labelledby="decline-h" open data-modal>' in long.text
    rita(cast).post_form(f"{url}/{amendment}/answer", {"agreed": "no", "reason": "Omar did nothing"})
    page = cast.client(cast.carl).get(url).text
    assert "Rita declined" in page
    assert "Omar did nothing" in page


@pytest.mark.parametrize(
    ("who", "act", "typed"),
    [
        ("rita", "answer", {"agreed": "yes"}),
        ("rita", "answer", {"agreed": "no", "reason": "Omar did nothing"}),
        ("pia", "force", {"reason": "Ruled after a complaint"}),
    ],
)
def test_who_comes_after_a_refusal_reads_it(cast: Cast, who: str, act: str, typed: dict[str, str]) -> None:
    placement_id = locked(cast)
    url = f"/placements/{placement_id}/amendments"
    amendment = propose(cast, placement_id)
    rita(cast).post_form(f"{url}/{amendment}/answer", {"agreed": "no"})
    late = cast.client(getattr(cast, who)).post_form(f"{url}/{amendment}/{act}", typed)
    assert late.status_code == 409
    assert "This change has already been declined" in late.text
    assert typed.get("reason", "") in late.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"shares-0-split_bp": "45"}, "these add up to 105%"),
        ({"shares-0-split_bp": "40"}, "These are the current shares"),
        ({"shares-0-split_bp": "a lot"}, "Enter a percentage"),
        ({"shares-0-split_bp": "45", "reason": ""}, "Enter a reason"),
        ({"shares-0-split_bp": "40", "shares-0-role": "boss"}, "Choose sourcer"),
        ({"shares-0-split_bp": "30", "joins": str(uuid.uuid4()), "joins_bp": "10"}, "Choose active recruiters"),
        ({"shares-0-split_bp": "40", "shares-0-recruiter_id": "nobody"}, "Choose one from the list"),
    ],
)
def test_a_refused_amendment_keeps_what_was_typed(cast: Cast, typed: dict[str, str], words: str) -> None:
    placement_id = locked(cast)
    data = wanted(cast, "40", "30", "30") | typed
    answer = rita(cast).post_form(f"/placements/{placement_id}/amendments", data)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{data["shares-0-split_bp"]}"' in answer.text


def test_somebody_joins_by_an_amendment(cast: Cast) -> None:
    placement_id = locked(cast)
    (newcomer,) = hires.recruiters(cast, 1)
    url = f"/placements/{placement_id}/amendments"
    data = wanted(cast, "30", "30", "30", joins=str(newcomer.recruiter_id), joins_bp="10")
    assert rita(cast).post_form(url, data).status_code == 303
    page = cast.client(cast.carl).get(url).text
    assert "Recruiter 0" in page
    assert "joins" in page


def test_the_sums_of_an_amendment_appear_while_it_is_typed(cast: Cast) -> None:
    placement_id = locked(cast)
    url = f"/placements/{placement_id}/amendments/preview"
    part = rita(cast).post_htmx(url, wanted(cast, "35", "30", "35", joins=str(uuid.uuid4()), joins_bp="5")).text
    for words in ("35% · $8,750.00", "New collaborator", "These add up to 105%"):
        assert words in part
    assert "Exactly 100%" in rita(cast).post_htmx(url, wanted(cast, "35", "30", "35")).text


def test_pia_puts_an_amendment_in_force_with_a_reason(cast: Cast) -> None:
    placement_id = locked(cast)
    url, pia = f"/placements/{placement_id}/amendments", cast.client(cast.pia)
    amendment = propose(cast, placement_id)
    assert "Apply this change?" in pia.get(url).text
    refused = pia.post_form(f"{url}/{amendment}/force", {"reason": ""})
    assert refused.status_code == 422
    assert "Enter a reason" in refused.text
    assert pia.post_form(f"{url}/{amendment}/force", {"reason": "Ruled after a complaint"}).status_code == 303
    assert "Ruled after a complaint" in pia.get(url).text


def test_the_proposer_withdraws(cast: Cast) -> None:
    placement_id = locked(cast)
    url, carl = f"/placements/{placement_id}/amendments", cast.client(cast.carl)
    amendment = propose(cast, placement_id)
    assert rita(cast).post_form(f"{url}/{amendment}/withdraw").status_code == 403
    assert carl.post_form(f"{url}/{amendment}/withdraw").status_code == 303
    assert "Withdrawn" in carl.get(url).text


def test_nobody_else_answers(cast: Cast) -> None:
    placement_id = locked(cast)
    url = f"/placements/{placement_id}/amendments"
    amendment = propose(cast, placement_id)
    for path in ("answer", "withdraw", "force"):
        data = {"agreed": "yes", "reason": WHY}
        assert cast.client(cast.zoe).post_form(f"{url}/{amendment}/{path}", data).status_code in {403, 404}
    assert cast.client(cast.zoe).get(url).status_code == 404
    assert "No action needed" in cast.client(cast.hana).get(url).text


def test_open_splits_and_an_untouched_sheet_say_so(cast: Cast) -> None:
    assert "They can add up to 100% or less" in rita(cast).get(f"/placements/{hired(cast)}/amendments").text
    assert "No amendments" in cast.client(cast.hana).get(f"/placements/{active(cast)}/amendments").text


# --- receipts -------------------------------------------------------------------------------------------------


def test_a_receipt_shows_how_the_sheet_was_computed(cast: Cast) -> None:
    placement_id = active(cast)
    page = rita(cast).get(f"/placements/{placement_id}/receipt").text
    for words in (
        "Version 2, locked",
        "57.14%",
        "$14,285.00",
        "largest remainder",
        "distributed proportionally",
        "v1: initial",
        f"Receipt S-{placement_id.hex[-8:].upper()}-2",
        "Staff ML Engineer",
        "go to the largest fractions",
        "The invoice is issued on the start date and due 30 days later.",
    ):
        assert words in page
    assert "due 30 days later." in rita(cast).get(f"/placements/{placement_id}").text
    assert "due 30 days later." not in cast.client(cast.hana).get(f"/placements/{placement_id}/receipt").text
    assert '<path class="qrline"' in page
    assert "Verified" not in page
    first = rita(cast).get(f"/placements/{placement_id}/receipt?version=1").text
    assert "Version 1, not locked" in first
    assert "$7,500.00" in first


def test_verifying_recomputes_the_receipt(cast: Cast) -> None:
    placement_id = active(cast)
    url = f"/placements/{placement_id}/receipt?version=2&verify=1"
    assert "every figure and the checksum match" in rita(cast).get(url).text
    part = rita(cast).get(url, headers=HTMX).text
    assert part.lstrip().startswith('<div class="mt" id="verification"')
    assert "agree" in rita(cast).get(url.replace("version=2", "version=1")).text


def test_a_sheet_that_was_tampered_with_is_found(cast: Cast) -> None:
    placement_id = active(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE ats.placement_collaborators SET amount_minor = amount_minor + 1"))
    assert "current shares differ" in rita(cast).get(f"/placements/{placement_id}/receipt?verify=1").text


@pytest.mark.parametrize("version", ["9", "99999999999"])
def test_a_version_that_is_none_is_not_found(cast: Cast, version: str) -> None:
    answer = rita(cast).get(f"/placements/{active(cast)}/receipt?version={version}")
    assert answer.status_code == (404 if version == "9" else 200)


# --- budgets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("people", [1, 5, 18])
def test_an_addition_costs_six_statements_whatever_the_size_of_the_team(cast: Cast, people: int) -> None:
    placement_id, browser = hired(cast), rita(cast)
    for who in hires.recruiters(cast, people - 1):
        share(cast, placement_id, who, "support", 100)
    browser.get("/account")
    token = browser.csrf_token(editor(placement_id))
    with statements() as seen:
        answer = browser.post(editor(placement_id), data={"csrf_token": token, **joining(cast.omar)})
    assert answer.status_code == 303
    assert len(seen) == 6, seen


@pytest.mark.parametrize("people", [0, 5, 18])
@pytest.mark.parametrize(("path", "most"), [("collaborators", 4), ("amendments", 5), ("receipt", 4), ("activate", 4)])
def test_the_pages_of_a_sheet_cost_the_same_whatever_its_size(cast: Cast, people: int, path: str, most: int) -> None:
    placement_id, browser = hired(cast), cast.client(cast.carl)
    for who in hires.recruiters(cast, people):
        share(cast, placement_id, who, "support", 100)
    if path == "amendments":
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    url = f"/placements/{placement_id}/{path}"
    browser.get(url)
    with statements() as seen:
        assert browser.get(url).status_code == 200
    assert len(seen) <= most, seen


# --- what was shown is what the button does ---------------------------------------------------------------------


def forms_of(html: str) -> dict[str, str]:
    """Return the version that each form of a page carries, by where it posts to; empty for one without."""
    found = re.findall(r'<form[^>]*action="(/placements/[^"]+)"(.*?)</form>', html, re.DOTALL)
    version = re.compile(r'name="version"[^>]*value="(\d+)"|value="(\d+)"[^>]*name="version"')
    read = {action: version.search(inner) for action, inner in found if 'name="csrf_token"' in inner}
    return {action: "".join(filter(None, match.groups())) if match else "" for action, match in read.items()}


def _open_pages(cast: Cast) -> tuple[uuid.UUID, tuple[str, ...]]:
    return hired(cast), ("", "/collaborators", "/activate", "/fail", "/amendments")


def _asked_pages(cast: Cast) -> tuple[uuid.UUID, tuple[str, ...]]:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 2_000)
    lines = [Agreed(hires.recruiter(cast.rita), "sourcer", 5_000)]
    amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason=WHY)
    return placement_id, ("/amendments",)


def _running_pages(cast: Cast) -> tuple[uuid.UUID, tuple[str, ...]]:
    return active(cast), ("", "/fail", "/extend", "/amendments")


def _extended_pages(cast: Cast) -> tuple[uuid.UUID, tuple[str, ...]]:
    placement_id = money.started(cast)
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason=WHY)
    return placement_id, ("",)


def _failed_pages(cast: Cast) -> tuple[uuid.UUID, tuple[str, ...]]:
    placement_id = hires.failed(cast, on=0)
    hired(cast, job_id=hires.placement(placement_id).job_id, name="Ann Other")
    return placement_id, ("", "/request-replacement", "/link-replacement")


@pytest.mark.parametrize("pages", [_open_pages, _asked_pages, _running_pages, _extended_pages, _failed_pages])
def test_every_form_on_a_placement_carries_the_version_that_it_shows(
    cast: Cast, pages: Callable[[Cast], tuple[uuid.UUID, tuple[str, ...]]]
) -> None:
    placement_id, paths = pages(cast)
    seen: dict[str, str] = {}
    for who in (cast.rita, cast.carl, cast.pia):
        for path in paths:
            seen |= forms_of(cast.client(who).get(f"/placements/{placement_id}{path}").text)
    assert seen
    assert [action for action, version in seen.items() if not version] == []


@pytest.mark.parametrize("act", ["answer", "withdraw", "force"])
def test_an_answer_to_a_sheet_that_was_not_shown_is_refused(cast: Cast, act: str) -> None:
    placement_id, _ = _asked_pages(cast)
    page = f"/placements/{placement_id}/amendments"
    url = re.search(rf"{page}/[0-9a-f-]+", cast.client(cast.rita).get(page).text)
    assert url is not None
    browser = cast.client({"answer": cast.rita, "withdraw": cast.carl, "force": cast.pia}[act])
    answer = browser.post_form(f"{url[0]}/{act}", {"agreed": "yes", "reason": WHY, "version": "1"}, page=page)
    assert answer.status_code == 409
    assert "The split has changed since you opened this" in answer.text
    assert {bp for _, _, bp, _ in hires.team(placement_id)} == {4_000, 3_000, 2_000}


def test_who_agreed_to_one_extension_has_not_agreed_to_a_longer_one_made_meanwhile(cast: Cast) -> None:
    placement_id, _ = _extended_pages(cast)
    page, browser = f"/placements/{placement_id}", cast.client(cast.rita)
    version = forms_of(browser.get(page).text)[f"{page}/extension/answer"]
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=200, reason=WHY)
    answer = browser.post_form(f"{page}/extension/answer", {"agreed": "yes", "version": version}, page=page)
    assert answer.status_code == 409
    assert "has changed since you opened this (Carl: guarantee extended). Nothing was saved" in answer.text
    assert "Guarantee extension to answer" in browser.get(page).text


@pytest.mark.parametrize(
    ("path", "typed", "first", "says"),
    [
        (
            "/request-replacement",
            {"deadline": hires.day(20).isoformat(), "notes": "Typed & kept"},
            lambda cast, failed: replacements.request(failed, actor=cast.actor(cast.pia), deadline=hires.day(9)),
            "A replacement has already been requested",
        ),
        (
            "/undo",
            {"reason": "Typed & kept"},
            lambda cast, hired: placements.activate(hired, actor=cast.actor(cast.pia), start_date=TODAY),
            "This placement is active",
        ),
        (
            "/extend",
            {"additional_days": "9", "reason": "Typed & kept"},
            lambda cast, active: placements.fail(active, actor=cast.actor(cast.pia), reason="mutual"),
            "This placement has failed",
        ),
    ],
)
def test_what_was_typed_for_what_can_no_longer_be_done_is_shown_with_what_has_become_of_it(
    cast: Cast, path: str, typed: dict[str, str], first: Callable[[Cast, uuid.UUID], object], says: str
) -> None:
    make = {"/request-replacement": partial(hires.failed, on=0), "/undo": hired, "/extend": active}[path]
    placement_id = make(cast)
    page, browser = f"/placements/{placement_id}", cast.client(cast.carl)
    version = forms_of(browser.get(page + path).text)[page + path]
    first(cast, placement_id)
    answer = browser.post_form(page + path, {**typed, "version": version}, page=page)
    assert answer.status_code == 409
    assert says in answer.text
    assert "Typed &amp; kept" in answer.text


def test_a_replacement_for_a_failure_that_changed_meanwhile_is_refused(cast: Cast) -> None:
    placement_id, _ = _failed_pages(cast)
    page = f"/placements/{placement_id}/link-replacement"
    with simulated(DAY + timedelta(days=1)):
        other = hired(cast, job_id=hires.placement(placement_id).job_id, name="Eve Third")
    answer = cast.client(cast.carl).post_form(page, {"replacement_id": str(other), "version": "1"}, page=page)
    assert answer.status_code == 409
    assert hires.placement(other).replaces_id is None
