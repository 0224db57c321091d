"""The pages of scores: who sees what, what is written out, what a rating and an appeal do."""

from __future__ import annotations

import re
import uuid

import pytest

from portal.jobs import schedule
from portal.queries.reputation import appeals as appeal_queries
from portal.queries.reputation import ranking
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import placements
from portal.services.reputation import feedback, reputation
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.hires import active, failed, hired, recruiters, share
from tests.histories import WHY, Sums, contested, outcomes, rated, write
from tests.letters import worked
from tests.marketplace import later, proposed


def scored(cast: Cast) -> None:
    """Work off what waits, scores as well."""
    worked()
    schedule.BY_NAME["recalculate_scores"].do()


def profile(cast: Cast, viewer: Person, of: Person | None = None) -> str:
    answer = cast.client(viewer).get(f"/recruiters/{(of or cast.rita).recruiter_id}")
    assert answer.status_code == 200
    return answer.text


def test_recruiters_are_listed_and_found(cast: Cast) -> None:
    client = cast.client(cast.hana)
    assert "Rita" in client.get("/recruiters").text
    found = client.get("/recruiters?q=south", headers={"HX-Request": "true"}).text
    assert "Omar" in found
    assert "Rita" not in found
    assert "<h1" not in found
    assert "No recruiters match" in client.get("/recruiters?status=suspended").text
    assert "No more results" in client.get(f"/recruiters?after={uuid.UUID(int=1)}").text


def test_a_score_is_written_out_with_numerators_and_denominators(cast: Cast) -> None:
    failed(cast)
    proposals.decline(proposed(cast, name="Tim Ode"), actor=cast.actor(cast.carl), reason="salary")
    scored(cast)
    page = profile(cast, cast.rita)
    assert "1 hire ÷ 2 decided proposals = 50.00%" in page
    assert "0 completed ÷ 1 ended (1 failed) = 0.00%" in page
    assert "100.00×0.40 + 0.00×0.30 + 50.00×0.15 + 50.00×0.15 = 55.00, shown as 55." in page
    assert "3 more decided proposals and 2 more ended placements" in page
    assert "Declined: salary expectation" in page


def test_a_recruiter_without_a_score_says_so(cast: Cast) -> None:
    page = profile(cast, cast.omar)
    assert "No score yet" in page
    assert "No score yet." in page


def test_strangers_see_counts_where_the_rows_are_not_theirs(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.decline(proposal_id, actor=cast.actor(cast.carl), reason="salary")
    scored(cast)
    assert f"/proposals/{proposal_id}" in profile(cast, cast.carl)
    for stranger in (cast.zoe, cast.omar):
        page = profile(cast, stranger)
        assert f"/proposals/{proposal_id}" not in page
        assert "1 hidden" in page


def test_what_does_not_count_is_not_counted_among_what_one_sees(cast: Cast) -> None:
    assert cast.rita.recruiter_id is not None
    write(cast, cast.rita.recruiter_id, Sums(0, 0, 1, 0, 1), company=uuid.uuid4())  # where nobody here works
    placement_id = active(cast)
    with simulated(later(days=5)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="layoff")
        scored(cast)
    page = profile(cast, cast.carl)
    assert "0 completed ÷ 1 ended (1 failed) = 0.00%" in page
    assert re.search(r"Failed: layoff\s*· not counted", page)
    assert re.search(r"Based on 1 ended placement\.\s*1 hidden\.", page)


def test_the_newest_results_are_listed_and_the_older_ones_counted(cast: Cast) -> None:
    outcomes(cast, cast.rita, ["declined"] * 20)
    outcomes(cast, cast.omar, ["declined"])
    outcomes(cast, cast.rita, ["hired", "hired"], at=later(days=1))
    scored(cast)
    page = profile(cast, cast.carl)
    assert (page.count("Declined: "), page.count('class="sub">Hired')) == (18, 2)
    assert "The latest 20 are listed; 2 older not shown." in page


def test_what_moved_the_score_has_its_cause_and_its_link(cast: Cast) -> None:
    scored(cast)
    proposals.decline(proposed(cast), actor=cast.actor(cast.carl), reason="salary")
    scored(cast)
    page = profile(cast, cast.rita)
    assert "Nothing has moved it yet" in page
    second = proposed(cast, name="Tim Ode")
    proposals.accept(second, actor=cast.actor(cast.carl))
    placements.hire(second, actor=cast.actor(cast.carl), salary_minor=10_000_000)
    scored(cast)
    page = profile(cast, cast.rita)
    assert "1 more hire, 1 more decided proposal" in page
    assert re.search(r"New result\s*·\s*<a href=\"/proposals/", page)


def test_an_unknown_recruiter_is_not_found(cast: Cast) -> None:
    for path in ("", "/appeals"):
        assert cast.client(cast.pia).get(f"/recruiters/{uuid.uuid4()}{path}").status_code == 404


def test_a_profile_costs_the_same_with_more_rows(cast: Cast) -> None:
    scored(cast)
    client, counts = cast.client(cast.rita), []
    for number in range(2):
        for n in range(1 + 3 * number):
            name = f"Person {number} {n}"
            proposals.decline(proposed(cast, name=name), actor=cast.actor(cast.carl), reason="salary")
        scored(cast)
        with statements() as seen:
            client.get(f"/recruiters/{cast.rita.recruiter_id}")
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 6


def test_platform_admins_recalculate_one_score(cast: Cast) -> None:
    url = f"/recruiters/{cast.rita.recruiter_id}"
    client = cast.client(cast.pia)
    page = client.post_form(f"{url}/recalculate", page=url, follow_redirects=True).text
    assert "Recalculated: 50.00." in page
    page = client.post_form(f"{url}/recalculate", page=url, follow_redirects=True).text
    assert "50.00, as before." in page
    assert "Recalculate</button>" not in profile(cast, cast.rita)
    assert cast.client(cast.rita).post_form(f"{url}/recalculate", page=url).status_code == 403


def test_platform_admins_recalculate_all_and_watch_it(cast: Cast) -> None:
    client, url = cast.client(cast.pia), "/recruiters/recalculation"
    assert "The scores of all 2 recruiters are up to date." in client.get(url).text
    panel = client.post_htmx(url, page=url).text
    assert "0 of 2 recruiters up to date, 2 in the queue" in panel
    assert 'hx-trigger="every 2s"' in panel
    assert client.post_form(url, page=url).status_code == 303
    schedule.BY_NAME["recalculate_scores"].do()
    assert "The scores of all" in client.get(url, headers={"HX-Request": "true"}).text
    assert cast.client(cast.carl).get(url).status_code == 403


# --- the leaderboard ------------------------------------------------------------------------------------------


def test_who_is_not_ranked_reads_what_is_missing(cast: Cast) -> None:
    failed(cast)
    scored(cast)
    page = cast.client(cast.rita).get("/leaderboard").text
    assert "You’re not ranked yet" in page
    assert "4 more decided proposals and 2 more ended placements" in page
    assert "No one is ranked yet" in page
    assert "not ranked yet" not in cast.client(cast.carl).get("/leaderboard?period=nonsense").text
    assert "in this period and you’ll be ranked" in cast.client(cast.rita).get("/leaderboard?period=last_month").text


def test_the_own_row_stays_in_sight_and_a_shared_rank_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    window = ranking._window
    monkeypatch.setattr(ranking, "_window", lambda *a: window(*a[:4], 1))
    sums = {cast.rita: Sums(5, 5, 5, 2, 3, ratings=(4, 5), answers=(16.8,)), cast.omar: Sums(5, 5, 5, 5, 0)}
    for n, who in enumerate((cast.omar, *recruiters(cast, 2))):
        sums[who] = sums[cast.omar] if n < 2 else sums[cast.rita]
    for who, figures in sums.items():
        assert who.recruiter_id is not None
        write(cast, who.recruiter_id, figures)
    list(reputation.recalculate_all(actor=cast.actor(cast.pia)))
    board = cast.client(cast.rita).get("/leaderboard").text
    assert "<b>Your rank is 3</b> of 4, shared with others" in board
    assert ">3. Rita (you)<" in board
    assert "1–1 of 4 recruiters" in board
    assert "(you)" not in cast.client(cast.carl).get("/leaderboard").text
    page = profile(cast, cast.carl)
    assert "rank 3 of 4 recruiters" in page
    assert "Average of 2 ratings: 4.500 of 5 stars; (4.500 − 1) × 25." in page
    assert "Average of 1 request: 16.8000 h; (1 − 16.8000 ÷ 168) × 100." in page
    assert "100.00×0.40 + 40.00×0.30 + 87.50×0.15 + 90.00×0.15 = 78.63, shown as 79." in page


# --- ratings --------------------------------------------------------------------------------------------------


def team_of_two(cast: Cast) -> uuid.UUID:
    """Fail a placement of rita and omar."""
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 2_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=DAY.date())
    with simulated(later(days=5)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="mutual")
    return placement_id


def test_team_mates_rate_each_other_on_a_page(cast: Cast) -> None:
    placement_id = team_of_two(cast)
    url, client = f"/placements/{placement_id}/feedback", cast.client(cast.omar)
    assert url in client.get(f"/placements/{placement_id}").text
    assert "Rate Rita" in client.get(url).text
    answer = client.post_form(url, {"recruiter_id": str(cast.rita.recruiter_id)}, page=url)
    assert answer.status_code == 422
    assert "Choose 1 to 5 stars." in answer.text
    rating = {"recruiter_id": str(cast.rita.recruiter_id), "stars": "4", "remark": "Quick and fair."}
    page = client.post_form(url, rating, page=url, follow_redirects=True).text
    assert "4 stars: Quick and fair." in page
    assert client.post_form(url, rating, page=url).status_code == 409


def test_ratings_wait_for_the_end_and_need_a_team(cast: Cast) -> None:
    placement_id = active(cast)
    assert "Not yet" in cast.client(cast.rita).get(f"/placements/{placement_id}/feedback").text
    with simulated(later(days=5)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="mutual")
    page = cast.client(cast.rita).get(f"/placements/{placement_id}/feedback").text
    assert "No one to rate" in page
    assert "Rate your team" not in cast.client(cast.rita).get(f"/placements/{placement_id}").text
    assert cast.client(cast.omar).get(f"/placements/{placement_id}/feedback").status_code == 404
    assert cast.client(cast.zoe).get(f"/placements/{placement_id}/feedback").status_code == 404


def test_a_rating_for_somebody_else_is_refused_where_it_was_typed(cast: Cast) -> None:
    placement_id = team_of_two(cast)
    url, client = f"/placements/{placement_id}/feedback", cast.client(cast.omar)
    answer = client.post_form(url, {"recruiter_id": "nobody", "stars": "4"}, page=url)
    assert answer.status_code == 404
    answer = client.post_form(url, {"recruiter_id": str(cast.omar.recruiter_id), "stars": "5"}, page=url)
    assert answer.status_code == 422
    assert "You can’t rate yourself." in answer.text


def test_nobody_on_a_team_reads_a_single_rating(cast: Cast) -> None:
    placement_id = team_of_two(cast)
    assert cast.omar.recruiter_id is not None
    feedback.give(placement_id, cast.omar.recruiter_id, actor=cast.actor(cast.rita), stars=1, remark="Hard to reach.")
    scored(cast)
    pages = [profile(cast, cast.omar, cast.omar), cast.client(cast.omar).get(f"/placements/{placement_id}").text]
    assert "Fewer than 2 teammates have rated" in pages[0]
    assert not [page for page in pages if "Hard to reach" in page or "1 star for" in page]


# --- appeals --------------------------------------------------------------------------------------------------


@pytest.fixture
def declined(cast: Cast) -> uuid.UUID:
    """Decline a proposal of rita's as carl, after one that he hired from."""
    hired(cast)
    proposal_id = proposed(cast, name="Tim Ode")
    proposals.decline(proposal_id, actor=cast.actor(cast.carl), reason="position_filled")
    third = proposed(cast, name="Ada Low")
    proposals.decline(third, actor=cast.actor(cast.carl), reason="salary")
    scored(cast)
    return proposal_id


def test_a_recruiter_contests_and_a_platform_admin_leaves_it_out(cast: Cast, declined: uuid.UUID) -> None:
    url = f"/recruiters/{cast.rita.recruiter_id}/appeals"
    rita, pia = cast.client(cast.rita), cast.client(cast.pia)
    assert f"{url}?input=proposal:{declined}" in profile(cast, cast.rita)
    assert f'value="proposal:{declined}"' in rita.get(url).text
    said = {"input": f"proposal:{declined}", "reason": WHY}
    assert "Appeal sent. A platform admin" in rita.post_form(url, said, page=url, follow_redirects=True).text
    assert rita.post_form(url, said, page=url).status_code == 409
    assert "Appeals (1 open)" in pia.get("/recruiters").text
    (appeal,) = appeal_queries.APPEALS.slice(cast.actor(cast.pia), {"state": "open"}).rows
    page = pia.get(f"/recruiters/appeals/{appeal.id}").text
    assert "1 hire ÷ 2 decided proposals" in page
    ruling = {"decision": "exclude", "ruling": "The role was closed indeed."}
    done = pia.post_form(
        f"/recruiters/appeals/{appeal.id}/rule", ruling, page=f"/recruiters/appeals/{appeal.id}", follow_redirects=True
    ).text
    assert "1 hire ÷ 2 decided proposals" in done
    assert "excluded on appeal" in done
    assert "The role was closed indeed." in rita.get(f"/recruiters/appeals/{appeal.id}").text
    assert "Appeal upheld" in profile(cast, cast.omar)


def test_an_appeal_says_what_is_missing_and_who_ruled_already(cast: Cast, declined: uuid.UUID) -> None:
    url = f"/recruiters/{cast.rita.recruiter_id}/appeals"
    answer = cast.client(cast.rita).post_form(url, {"input": "nonsense", "reason": "no"}, page=url)
    assert answer.status_code == 422
    appeal_id = contested(cast, "proposal", declined)
    one, client = f"/recruiters/appeals/{appeal_id}", cast.client(cast.pia)
    answer = client.post_form(f"{one}/rule", {"decision": "keep", "ruling": "no"}, page=one)
    assert answer.status_code == 422
    assert client.get(f"{one}/rule").headers["Location"] == one
    ruling = {"decision": "keep", "ruling": "The dates say otherwise."}
    assert client.post_form(f"{one}/rule", ruling, page=one).status_code == 303
    assert client.post_form(f"{one}/rule", ruling, page=one).status_code == 409
    for state in ("open", "kept", "all"):
        found = client.get(f"/recruiters/appeals?state={state}").text
        assert (f'href="{one}"' in found) is (state != "open")
    assert "Kept" in profile(cast, cast.rita)


def test_an_appeal_says_when_leaving_an_input_out_costs_the_rank(cast: Cast) -> None:
    ended = outcomes(cast, cast.rita, ["declined", "declined", "completed", "completed", "failed"])
    with simulated(later(days=1)):
        one = f"/recruiters/appeals/{contested(cast, 'placement', ended[-1])}"
        assert "until there is 1 more ended placement" in cast.client(cast.pia).get(one).text
        outcomes(cast, cast.rita, ["completed"])
        assert "removes the rank" not in cast.client(cast.pia).get(one).text


def test_who_rules_on_a_rating_opens_its_placement(cast: Cast) -> None:
    with simulated(DAY):
        one = f"/recruiters/appeals/{contested(cast, 'feedback', rated(cast))}"
        assert re.search(r'href="/placements/[-0-9a-f]{36}">View result', cast.client(cast.pia).get(one).text)
        assert "View result" not in cast.client(cast.rita).get(one).text


def test_nobody_contests_at_the_address_of_another(cast: Cast, declined: uuid.UUID) -> None:
    said = {"input": f"proposal:{declined}", "reason": WHY}
    own, url = (f"/recruiters/{who.recruiter_id}/appeals" for who in (cast.rita, cast.omar))
    assert cast.client(cast.rita).post_form(url, said, page=own).status_code == 404
    assert cast.client(cast.rita).post_form(own, said, page=own).status_code == 303


def test_others_do_not_see_an_appeal(cast: Cast, declined: uuid.UUID) -> None:
    appeal_id = contested(cast, "proposal", declined)
    for stranger in (cast.omar, cast.zoe, cast.carl):
        client = cast.client(stranger)
        assert client.get(f"/recruiters/appeals/{appeal_id}").status_code == 404
        assert client.get(f"/recruiters/{cast.rita.recruiter_id}/appeals").status_code == 404
        assert client.get("/recruiters/appeals").status_code == 403
    assert "Contested" not in profile(cast, cast.carl)
    assert "no results to appeal" in (cast.client(cast.omar).get(f"/recruiters/{cast.omar.recruiter_id}/appeals").text)
    assert cast.client(cast.omar).get(f"/recruiters/appeals/{uuid.uuid4()}").status_code == 404


def test_pages_answer_without_redis(cast: Cast, declined: uuid.UUID, no_redis: None) -> None:
    for path in ("/recruiters", f"/recruiters/{cast.rita.recruiter_id}", "/leaderboard", "/analytics"):
        assert cast.client(cast.pia).get(path).status_code == 200
