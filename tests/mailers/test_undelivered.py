"""A mail that was given up is told to whoever caused it, without what that person may not know."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from portal.domain.billing.documents import Details
from portal.domain.errors import Conflict
from portal.domain.notifications import MAX_ATTEMPTS
from portal.mailers import digest, post
from portal.queries.admin import people
from portal.services import billing_details, proposals
from portal.services.candidates import ownership
from portal.services.candidates.contacts import CheckInput
from portal.services.identity import accounts
from portal.services.messages import deliveries as service
from portal.services.messages import digests
from portal.services.messages.deliveries import Failure
from tests.accounts import give_password
from tests.cast import DAY, Cast, Person
from tests.hires import hired
from tests.letters import change, deliveries, notices, queued, relayed, taken
from tests.marketplace import claimed, proposed

REFUSED = Failure("SMTPRecipientsRefused: gone", 550, permanent=True)
Cause = Callable[[Cast], Person]


def give_up(template: str) -> None:
    """Give up the mails of a template, which the mail server refuses, and relay what follows."""
    for mail in deliveries(state="queued"):
        change(mail, next_at=DAY.replace(year=2025 if mail.template == template else 2099))
    while mail := taken():
        service.settle(mail, REFUSED, actor=post.system())
    relayed()


def asked(cast: Cast) -> Person:
    """Ask rita as hana, and return who did it."""
    proposals.ask(proposed(cast), actor=cast.actor(cast.hana), question="When?")
    return cast.hana


def joined(cast: Cast) -> Person:
    """Hire rita's candidate as carl, which makes her a collaborator."""
    hired(cast)
    return cast.carl


def invited(cast: Cast) -> Person:
    """Invite somebody as carl."""
    assert cast.carl.organisation_id is not None
    accounts.add_member(
        actor=cast.actor(cast.carl),
        organisation_id=cast.carl.organisation_id,
        email="nora@demo.test",
        name="Nora Neu",
        role="hiring_manager",
    )
    return cast.carl


def contested(cast: Cast) -> Person:
    """Try to claim rita's candidate as omar."""
    claimed(cast, email="lena@mail.test")
    with contextlib.suppress(Conflict):
        input_ = CheckInput(email="lena@mail.test")
        ownership.claim_found(actor=cast.actor(cast.omar), input=input_, source_method="linkedin")
    return cast.omar


def named(cast: Cast) -> Person:
    """Name a billing address as carl."""
    details = Details("Acme Inc.", "5 Market Square, Berlin", email="billing@acme.test")
    billing_details.save(cast.acme, actor=cast.actor(cast.carl), details=details)
    return cast.carl


@pytest.mark.parametrize(
    ("cause", "template", "said", "path"),
    [
        (named, "billing_address", "delivered to your company’s billing address.", "/billing-details"),
        (asked, "question_asked", "Question asked", "/proposals/"),
        (joined, "collaborator_added", "Rita", "/placements/"),
        (invited, "invitation", "Nora Neu (nora@demo.test)", "/team"),
        (contested, "ownership_conflict", "one of its recipients", "/candidates/check"),
    ],
)
def test_whoever_caused_a_mail_learns_that_it_did_not_arrive(
    cast: Cast, cause: Cause, template: str, said: str, path: str
) -> None:
    who = cause(cast)
    relayed()
    give_up(template)
    mail = deliveries(template="mail_undelivered", user_id=who.user_id)[0]
    assert said in mail.body_text
    assert mail.path.startswith(path)
    assert "Email not delivered" in notices(who)[-1].title


@pytest.mark.parametrize("email", ["nora@demo.test", "omar@demo.test"])
def test_an_invitation_that_was_refused_is_named_where_it_is_sent_again(cast: Cast, email: str) -> None:
    give_password(cast.omar)
    carl = cast.actor(cast.carl)
    added = accounts.add_member(actor=carl, organisation_id=cast.acme, email=email, name="Nora", role="hiring_manager")
    relayed()
    assert people.member(added, viewer=carl).state == "invited"
    give_up("invitation")
    give_up("membership_added")
    assert (people.member(added, viewer=carl).state, people.member(added, viewer=carl).is_invited) == (
        "unreached",
        True,
    )
    assert [n.title for n in notices(cast.carl)] == ["Email not delivered: Person invited"]
    accounts.invite_again(added, actor=carl)
    relayed()
    assert people.member(added, viewer=carl).state == "invited"


def test_who_contests_a_claim_does_not_learn_from_a_dead_mail_whose_it_is(cast: Cast) -> None:
    omar = contested(cast)
    relayed()
    give_up("ownership_conflict")
    told = deliveries(template="mail_undelivered", user_id=omar.user_id)[0]
    assert not [word for word in ("Rita", "rita@", "Lena", "Brandt") if word in told.subject + told.body_html]


def test_what_the_portal_itself_causes_and_the_mail_about_a_mail_are_told_to_nobody(cast: Cast) -> None:
    queued(cast, template="proposal_expiring")  # of no event: nobody caused it
    give_up("proposal_expiring")
    assert deliveries(template="mail_undelivered") == []
    asked(cast)
    relayed()
    give_up("question_asked")
    give_up("mail_undelivered")
    assert [d.state for d in deliveries(template="mail_undelivered")] == ["dead"]


def test_a_mail_whose_senders_die_of_it_is_told_too(cast: Cast) -> None:
    who = asked(cast)
    relayed()
    mail = deliveries(template="question_asked")[0]
    for _ in range(MAX_ATTEMPTS + 1):
        change(mail, next_at=DAY.replace(year=2025))
        taken()
    relayed()
    assert [d.user_id for d in deliveries(template="mail_undelivered")] == [who.user_id]


def test_who_caused_what_a_dead_digest_told_of_learns_it_once_for_each_kind_of_mail(cast: Cast) -> None:
    proposal_id = proposed(cast)
    for question in ("When?", "Where?"):
        proposals.ask(proposal_id, actor=cast.actor(cast.hana), question=question)
    relayed()
    for mail in deliveries(template="question_asked"):
        change(mail, state="folded", next_at=DAY.replace(year=2025))
    digests.fold_due(digest.write, actor=post.system())
    give_up("digest")
    told = deliveries(template="mail_undelivered")
    assert [mail.user_id for mail in told] == [cast.hana.user_id]
    assert "Question asked" in told[0].body_text
