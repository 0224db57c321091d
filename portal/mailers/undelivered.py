"""The email about an email: who caused one that was given up learns that somebody does not know yet (domain.md §11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.domain.events import EVENT_TYPES, Kind
from portal.domain.notifications import KIND_OF
from portal.mailers.mailing import Case, Mailing
from portal.queries.recipients import Person

TITLES = {template: declared.shown.title for declared in EVENT_TYPES.values() for template in declared.mails}
TITLES["membership_added"] = TITLES["invitation"]  # a company does not learn by it who had an account (domain.md §1)
# Whoever causes these knows the others by name: from the sheet, or because they typed the address.
BY_NAME = {Kind.PLACEMENTS, Kind.GUARANTEES, Kind.SPLITS, Kind.SECURITY}
# Where these lead is not for whoever caused them.
ELSEWHERE = {
    "invitation": "/team",
    "membership_added": "/team",
    "ownership_conflict": "/candidates/check",
    "billing_address": "/billing-details",
}
# Sent to an address that is nobody's account, though filed under who named it.
OF_NO_ACCOUNT = {"billing_address": "your company’s billing address"}


def _who_caused_it(case: Case) -> Iterable[Person]:
    """Return whoever caused the email that was given up."""
    caused_by = case.event.uuid("caused_by")
    return (case.facts.users[caused_by],) if caused_by else ()


def _failure(case: Case, person: Person) -> Mapping[str, Any]:
    template, delivery_id = case.event.payload["template"], case.event.uuid("delivery_id")
    assert delivery_id is not None
    if case.event.payload.get("is_copy"):
        return {"about": TITLES[template], "is_copy": True, "leads_to": "/billing-details"}
    return {
        "about": TITLES[template],
        "is_copy": False,
        "recipient": OF_NO_ACCOUNT.get(template) or _recipient(case, KIND_OF[template]),
        "is_own": person.user_id == case.event.user_id and template not in OF_NO_ACCOUNT,
        "refused": case.event.payload["permanent"],
        "leads_to": ELSEWHERE.get(template) or case.facts.deliveries.get(delivery_id, "/notifications"),
    }


def _recipient(case: Case, kind: Kind) -> str:
    assert case.event.user_id is not None
    person = case.facts.users[case.event.user_id]
    if kind not in BY_NAME:
        return "one of its recipients"
    return f"{person.name} ({person.email})" if kind is Kind.SECURITY else person.name


MAILINGS = (Mailing("mail_undelivered", _who_caused_it, "Email not delivered: {about}", "{leads_to}", _failure),)
