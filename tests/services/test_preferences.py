"""People choose kind by kind what they are told; security mails cannot be chosen away."""

from __future__ import annotations

import pytest

from portal.domain.errors import InvalidInput, StaleVersion
from portal.domain.seen import digest
from portal.queries import notifications
from portal.services.messages import preferences
from portal.services.messages.preferences import ByMail, Wish, Wishes
from tests.cast import Cast


def test_a_choice_is_kept_and_may_be_changed(cast: Cast) -> None:
    actor = cast.actor(cast.rita)
    assert preferences.choose(actor=actor, choices={"splits": Wish(ByMail.NEVER), "proposals": Wish(ByMail.DAILY)}) == 2
    preferences.choose(actor=actor, choices={"splits": Wish(ByMail.AT_ONCE, in_app=False)})
    chosen = {c.kind: (c.by_mail, c.in_digest, c.in_app) for c in notifications.choices(actor)}
    assert chosen["splits"] == (True, False, False)
    assert chosen["proposals"] == (False, True, True)
    assert chosen["guarantees"] == (True, False, True)


def test_a_choice_made_in_another_tab_is_not_overwritten_by_a_form_that_did_not_show_it(cast: Cast) -> None:
    actor, never = cast.actor(cast.rita), {"splits": Wish(ByMail.NEVER), "proposals": Wish()}
    seen_choices = digest({"splits": Wish(), "proposals": Wish()})
    preferences.choose(actor=actor, choices={"proposals": Wish(ByMail.DAILY)})
    with pytest.raises(StaleVersion):
        preferences.choose(actor=actor, choices=never, seen_choices=seen_choices)
    seen_choices = digest({"splits": Wish(), "proposals": Wish(ByMail.DAILY)})
    for _ in range(2):  # a double click asks for what is there already
        assert preferences.choose(actor=actor, choices=never, seen_choices=seen_choices) == 2


def test_choosing_nothing_changes_nothing(cast: Cast) -> None:
    assert preferences.choose(actor=cast.actor(cast.rita), choices={}) == 0


@pytest.mark.parametrize("kind", ["security", "weather"])
def test_some_kinds_cannot_be_chosen(cast: Cast, kind: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        preferences.choose(actor=cast.actor(cast.rita), choices={kind: Wish(ByMail.NEVER)})
    assert list(refusal.value.fields) == [kind]


@pytest.mark.parametrize(
    ("template", "mail"),
    [("splits_changed", ByMail.NEVER), ("new_sign_in", ByMail.AT_ONCE), ("digest", ByMail.AT_ONCE)],
)
def test_a_wish_holds_for_the_mails_of_its_kind(cast: Cast, template: str, mail: ByMail) -> None:
    never = Wish(ByMail.NEVER)
    rita = cast.rita.user_id
    wishes = Wishes({(rita, "splits"): never, (rita, "security"): never})
    assert wishes.of(rita, template).mail is mail
    assert wishes.of(cast.omar.user_id, template) == Wish()
