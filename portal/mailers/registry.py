"""The one list of emails: what the emails that an event declares say, and to whom; nothing else sends any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from portal.domain.disclosure import label
from portal.domain.events import EVENT_TYPES
from portal.domain.notifications import NAME
from portal.domain.permissions import Actor
from portal.mailers import (
    accounts,
    billing,
    disputes,
    interviews,
    ownership,
    placements,
    proposals,
    splits,
    undelivered,
)
from portal.mailers import reputation as appeals
from portal.mailers.mailing import UNKNOWN, Attached, Case, Mailing
from portal.mailers.rendering import amount, link_to, one_line, render
from portal.queries.recipients import Facts, Happened, Person, facts_for, with_placements
from portal.services.messages.outbox import Mail
from portal.wording import notation

MAILINGS: tuple[Mailing, ...] = (
    *ownership.MAILINGS,
    *proposals.MAILINGS,
    *interviews.MAILINGS,
    *placements.MAILINGS,
    *splits.MAILINGS,
    *billing.MAILINGS,
    *disputes.MAILINGS,
    *appeals.MAILINGS,
    *accounts.MAILINGS,
    *undelivered.MAILINGS,
)
BY_TEMPLATE: Mapping[str, Mailing] = {mailing.template: mailing for mailing in MAILINGS}
BY_EVENT: Mapping[str, tuple[Mailing, ...]] = {
    name: tuple(BY_TEMPLATE[template] for template in declared.mails)
    for name, declared in EVENT_TYPES.items()
    if declared.mails
}


def compose(events: Sequence[Happened]) -> list[Mail]:
    told = with_placements([event for event in events if event.type in BY_EVENT])
    facts = facts_for(told)
    return [mail for event in told for mail in _mails_of(event, facts)]


def _mails_of(event: Happened, facts: Facts) -> Iterator[Mail]:
    case = Case(event, facts)
    for mailing in BY_EVENT[event.type]:
        if mailing.when(case):
            people = {p.user_id: p for p in mailing.to(case) if p.reachable and (p.has_come or mailing.secret)}
            for person in people.values():
                with notation.using(person.number_format):
                    yield _mail(mailing, case, person)


def _mail(mailing: Mailing, case: Case, person: Person) -> Mail:
    words = _words(mailing, case, person)
    text, html = ("", "") if mailing.secret else render(mailing.template, words)
    return Mail(
        case.event,
        mailing.template,
        person.user_id,
        person.email,
        person.time_zone,
        words["subject"],
        text,
        html,
        words["path"],
        title=_subject(mailing, {**words, "candidate": NAME}),
        alias=_alias(case),
        is_secret=mailing.secret is not None,
    )


def _words(mailing: Mailing, case: Case, person: Person) -> dict[str, Any]:
    """Gather what the templates may print; `now` and `viewer_zone` are what the filters for times look at."""
    event = case.event
    words: dict[str, Any] = {
        **case.said,
        "person": person.name,
        "candidate": case.candidate if case.may_name(person) else _alias(case),
        "by": case.by,
        "organisation": case.facts.organisations.get(event.organisation_id, "") if event.organisation_id else "",
        "now": event.at,
        "viewer_zone": person.time_zone if person.time_zone != "UTC" else None,
    }
    if event.job_id:
        words |= {"job": case.job.title, "company": case.job.company}
    if event.placement_id:
        words["zone"] = case.placement.time_zone
    words |= mailing.says(case, person)
    if "amount_minor" in words:
        words["amount"] = amount(words["amount_minor"], words["currency"])
    ids = {name: getattr(event, name) for name in ("candidate_id", "proposal_id", "placement_id", "job_id")}
    path = mailing.path.format_map({**words, **ids})
    words |= {"subject": _subject(mailing, words), "path": path, "url": link_to(path)}
    return words


def _subject(mailing: Mailing, words: Mapping[str, Any]) -> str:
    return one_line(mailing.subject.format_map(words))


def _alias(case: Case) -> str:
    """Return what stands for the name where it may not be read: nothing of it for those who never had a proposal."""
    event = case.event
    shared = event.proposal_id or event.placement_id
    return label(case.candidate, event.candidate_id) if shared and event.candidate_id else UNKNOWN


TO_BILLING = {mailing.template for mailing in MAILINGS if mailing.to_billing}
CARRYING = {mailing.template: mailing.attached for mailing in MAILINGS if mailing.attached}


def attached(template: str, event: Happened, actor: Actor) -> Attached:
    """Return the document of an email that carries one."""
    return CARRYING[template](event, actor)


def secret_parts(template: str, event: Happened) -> tuple[str, str]:
    """Write the text and HTML of a secret mail, at the moment of sending."""
    mailing = BY_TEMPLATE[template]
    if mailing.secret is None:
        raise LookupError(f"{template} is no secret")
    case = Case(event, facts_for([event]))
    person = next(iter(mailing.to(case)))
    return render(template, {**_words(mailing, case, person), **mailing.secret(event)})
