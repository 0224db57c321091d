"""A form acts for the organization that it was filled in for, or not at all."""

from __future__ import annotations

import json
import re

import pytest

from portal.domain.permissions import system_actor
from portal.requests.respond import SEND_AGAIN
from portal.services.identity import accounts, sessions
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import give_password
from tests.api.worlds import Fingerprint
from tests.cast import DAY, PASSWORD, Cast
from tests.checking_client import CheckingClient, inputs
from tests.marketplace import proposed
from tests.pages.test_bad_input import Forms, changed, forms

__all__ = ["forms"]
JOB = {"title": "Engineer", "description": "Words that took me long", "fee_bp": "20", "currency": "USD"}
REFUSED = "You’re in Rival Corp now. Switch back to Acme to submit this."


@pytest.fixture
def both(cast: Cast) -> Cast:
    """Make carl and hana admins of the rival company too."""
    with unit_of_work(system_actor(DAY)) as uow:
        for person in (cast.carl, cast.hana):
            accounts.join(uow, user_id=person.user_id, organisation_id=cast.rival, role="company_admin")
    return cast


def switched(cast: Cast, client: CheckingClient) -> None:
    """Switch to the rival company, as in another tab."""
    client.post_form("/organisation", {"organisation": str(cast.rival)})


def test_a_job_filled_in_for_one_company_is_not_posted_for_another(both: Cast) -> None:
    client = both.client(both.carl)
    form = inputs(client.get("/jobs/new").text, "/jobs/new")
    switched(both, client)
    before = Fingerprint().take()
    answer = client.post("/jobs/new", data={**form, **JOB})
    assert (answer.status_code, REFUSED in answer.text) == (409, True)
    assert changed(before, Fingerprint().take()) == set()


def test_switching_back_opens_the_form_as_it_was_typed(both: Cast) -> None:
    client = both.client(both.carl)
    form = inputs(client.get("/jobs/new").text, "/jobs/new")
    switched(both, client)
    refused = client.post("/jobs/new", data={**form, **JOB})
    opened = client.post("/organisation", data=sent_back(refused.text))
    again = client.post("/jobs/new", data=inputs(opened.text, "/jobs/new"))
    assert (again.status_code, SEND_AGAIN in again.text, JOB["description"] in again.text) == (400, True, True)
    assert "Acme" in client.get("/account").text


def sent_back(page: str) -> dict[str, str]:
    """Return what the button that switches back sends; the frame's switcher has the same address."""
    (form,) = re.findall(r'<form method="post" action="/organisation" class="form".*?</form>', page, re.DOTALL)
    return inputs(form, "/organisation")


def test_a_team_invitation_makes_nobody_a_member_elsewhere(both: Cast) -> None:
    client = both.client(both.carl)
    form = next(iter(re.findall(r'<form method="post" action="(/team[^"]*)"', client.get("/team").text)))
    sent = inputs(client.get("/team").text, form)
    switched(both, client)
    before = Fingerprint().take()
    answer = client.post(form, data={**sent, "email": "new@demo.test", "name": "New", "role": "company_admin"})
    assert (answer.status_code, REFUSED in answer.text) == (409, True)
    assert changed(before, Fingerprint().take()) == set()


def test_no_form_acts_for_another_organisation(forms: Forms) -> None:
    """Every form of the pages, sent for an organization that its sender does not act for now."""
    wrong, before = [], Fingerprint().take()
    for rule in forms.rules:
        view = forms.app.view_functions[rule.endpoint]
        of_nobody = getattr(view, "policy", None) == "public" or getattr(view, "of_the_person", False)
        answer = forms.post(rule, f"drawn_for={forms.cast.rival}&title=typed")
        if answer.status_code != 409 and not of_nobody:
            wrong.append(f"{rule.rule}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert "jobs" not in changed(before, Fingerprint().take())


def test_what_is_the_persons_own_is_sent_whichever_organization_is_acted_for(both: Cast) -> None:
    client = both.client(both.carl)
    both.client(both.carl)  # another browser
    page = client.get("/account").text
    revoking, profile = (inputs(page, f"/account/{form}") for form in ("sessions/revoke-others", "profile"))
    profile |= {"time_zone": "UTC", "number_format": "auto"}
    switched(both, client)
    assert client.post("/account/sessions/revoke-others", data=revoking).status_code == 303
    assert "Signed out of 1 other session." in client.get("/account").text
    assert client.post("/account/profile", data=profile).status_code == 303
    forged = client.post("/account/profile", data={**profile, "csrf_token": "x", "name": "Mallory"})
    assert (forged.status_code, SEND_AGAIN in forged.text) == (400, True)


def test_a_part_of_a_page_stays_and_says_it_once_it_is_sent(both: Cast) -> None:
    client, url = both.client(both.hana), f"/proposals/{proposed(both)}/questions"
    token = client.csrf_token()
    switched(both, client)
    sent = {"csrf_token": token, "drawn_for": str(both.acme), "question": "When could she start?"}
    answer = client.post(url, data=sent, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text, answer.headers["HX-Reswap"]) == (409, "", "none")
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["message"] == REFUSED
    typing = client.post(url, data=sent, headers={"HX-Request": "true", "X-By-Itself": "1"})
    assert (typing.status_code, typing.headers["HX-Trigger"]) == (409, "{}")


@pytest.mark.parametrize("url", ["/views/new?path=/jobs&query=q=x", "/jobs?q=engineer", "/simulator"])
def test_a_page_of_one_company_opens_no_dialog_and_narrows_no_list_for_another(both: Cast, url: str) -> None:
    client, asked = both.client(both.carl), {"HX-Request": "true", "X-Drawn-For": str(both.acme)}
    assert client.get(url, headers=asked).status_code == 200
    switched(both, client)
    answer = client.get(url, headers=asked)
    assert (answer.status_code, answer.text, answer.headers["HX-Reswap"]) == (409, "", "none")
    told = json.loads(answer.headers["HX-Trigger"])["toast"]["message"]
    assert told == "You’re in Rival Corp now. Switch back to Acme to go on, or reload the page."


def test_what_a_page_sends_without_a_form_is_for_its_organisation_too(both: Cast) -> None:
    client, url = both.client(both.hana), f"/proposals/{proposed(both)}/review"
    switched(both, client)
    headers = {"HX-Request": "true", "X-Drawn-For": str(both.acme), "X-CSRFToken": client.csrf_token()}
    assert client.post(url, headers=headers).status_code == 409


def test_a_figure_is_read_alike_for_every_organisation(both: Cast) -> None:
    client = both.client(both.carl)
    switched(both, client)
    headers = {"HX-Request": "true", "X-Drawn-For": str(both.acme)}
    assert client.get("/figures/percent?field=fee&fee=20", headers=headers).status_code == 200


def test_signing_in_again_for_another_organisation_does_not_send_it_there(both: Cast) -> None:
    give_password(both.carl)
    client = both.client(both.carl)
    switched(both, client)
    form = inputs(client.get("/jobs/new").text, "/jobs/new")
    sessions.revoke_other_sessions(actor=both.actor(both.carl))
    gate = client.post("/jobs/new", data={**form, **JOB})
    opened = client.post("/login", data={**inputs(gate.text, "/login"), "email": both.carl.email, "password": PASSWORD})
    again = client.post("/jobs/new", data=inputs(opened.text, "/jobs/new"))
    assert again.status_code == 409
    assert "You’re in Acme now. Switch back to Rival Corp to submit this." in again.text


def test_somebody_elses_organisation_is_not_named(cast: Cast) -> None:
    client = cast.client(cast.carl)
    answer = client.post_form("/jobs/new", {**JOB, "drawn_for": str(cast.rival)})
    assert (answer.status_code, "Rival" in answer.text) == (409, False)
    assert "You’re in Acme now. This was filled in for another organization." in answer.text
