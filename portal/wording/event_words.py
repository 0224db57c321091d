"""How each event reads to people: icon, title, tone and one sentence, in one table.

Candidates are never named here: a company must not learn a name from a history before it accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain.collaboration import ROLE_LABELS
from portal.domain.money import bp_to_percent
from portal.domain.ownership import ENGAGEMENT_LABELS, OUTREACH_TYPE_LABELS, SOURCE_METHOD_LABELS, SourceMethod
from portal.domain.placements import FAILURE_REASON_LABELS
from portal.domain.proposals import DECLINE_REASON_LABELS
from portal.domain.times import write_day
from portal.wording.amounts import money

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """Hold what a sentence is made of: the payload, the recruiter's name as this viewer may know it, the zone."""

    payload: Mapping[str, Any]
    recruiter: str
    zone: ZoneInfo

    def __getitem__(self, name: str) -> Any:
        return self.payload.get(name)

    def day(self, name: str) -> str:
        """Write the date or time of a field as a day: `14 Mar 2027`."""
        text = str(self.payload[name])
        day = datetime.fromisoformat(text).astimezone(self.zone).date() if "T" in text else date.fromisoformat(text)
        return write_day(day)

    def money(self, name: str) -> str:
        """Write the minor units of a field with the currency of the payload."""
        return money(int(self.payload[name]), str(self.payload["currency"]))

    def span(self, name: str) -> str:
        """Write the seconds of a field as `2 d 4 h`."""
        seconds = int(self.payload[name])
        if seconds >= DAY:
            return f"{seconds // DAY} d {seconds % DAY // HOUR} h"
        return f"{seconds // HOUR} h {seconds % HOUR // MINUTE} min" if seconds >= HOUR else f"{seconds // MINUTE} min"

    def percent(self, name: str) -> str:
        """Write the basis points of a field as `12.5%`."""
        return f"{bp_to_percent(int(self.payload[name])).normalize():f}%"

    def plain(self, name: str) -> str:
        """Write a value of an enum that has no words of its own."""
        return str(self.payload[name]).replace("_", " ")

    def label(self, labels: Mapping[Any, str], name: str) -> str:
        """Write the word of an enum's value."""
        return labels.get(self.payload[name], self.plain(name))

    def count(self, name: str, noun: str) -> str:
        """Write `1 day` or `3 days`."""
        number = int(self.payload[name])
        return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@dataclass(frozen=True, slots=True)
class Words:
    """Hold how one type of event is shown."""

    icon: str
    title: str
    tone: str
    say: Callable[[Told], str]


def _plain(sentence: str) -> Callable[[Told], str]:
    return lambda _: sentence


_WITHDRAWN = {
    "recruiter": "The recruiter took it back.",
    "platform": "The platform took it back.",
    "job_closed": "The job closed.",
    "hired_elsewhere": "The candidate was hired for another job.",
}


def _conflict(t: Told) -> str:
    verb = "record an outreach" if t["attempt"] == "outreach" else "claim the credit"
    return f"{t.recruiter} tried to {verb}; protected until {t.day('protection_expires_at')}."


def _failed(t: Told) -> str:
    where = "inside the guarantee" if t["within_guarantee"] else "outside the guarantee"
    more = "; a replacement may be requested" if t["replacement_eligible"] else ""
    return f"{t.label(FAILURE_REASON_LABELS, 'failure_reason')}, {where}{more}."


def _locked_or_amended(t: Told) -> str:
    how = "A platform admin put it in force" if t["forced"] else "All whose share changes agreed"
    return f"{how}; the split sheet is at version {t['version']}."


def _changed(t: Told) -> str:
    return f"Changed: {', '.join(str(name).replace('_', ' ') for name in t['changed'])}."


def _reputation(t: Told) -> str:
    new = int(t["new_score"]) / 100
    old = t["old_score"]
    return f"{t.recruiter}: {new:.1f}." if old is None else f"{t.recruiter}: {int(old) / 100:.1f} to {new:.1f}."


def _activated(t: Told) -> str:
    return f"Starts {t.day('start_date')}; guaranteed for {t.count('guarantee_days', 'day')}, until " + (
        f"{t.day('guarantee_end_date')}."
    )


def _added_collaborator(t: Told) -> str:
    role = t.label(ROLE_LABELS, "role").lower()
    return f"{t.recruiter} as {role} with {t.percent('split_bp')}, {t.money('amount_minor')}."


EVENT_WORDS: dict[str, Words] = {
    "organisation.added": Words("building", "Organisation added", "", lambda t: f"A new {t['kind']}."),
    "user.added": Words("user-plus", "Person added", "", _plain("")),
    "user.invited": Words(
        "mail", "Person invited", "", lambda t: f"As {t.plain('role')}, until {t.day('expires_at')}."
    ),
    "user.access_changed": Words(
        "ban", "Account access changed", "warn", lambda t: "Closed." if t["disabled"] else "Opened again."
    ),
    "user.profile_changed": Words("pencil", "Profile edited", "", _changed),
    "recruiter.added": Words("star", "Recruiter added", "", lambda t: f"{t.recruiter}, {t['status']}."),
    "user.signed_in": Words("key", "Signed in", "", lambda t: "From a new device." if t["new_device"] else ""),
    "user.password_changed": Words(
        "key", "Password changed", "warn", lambda t: "By a reset link." if t["by_reset"] else ""
    ),
    "user.password_reset_requested": Words("key", "Password reset requested", "", _plain("A link was mailed.")),
    "user.session_revoked": Words("logout", "Sessions ended", "", lambda t: f"{t.count('sessions', 'session')}."),
    "membership.added": Words("user-plus", "Member added", "", lambda t: f"As {t.plain('role')}."),
    "membership.removed": Words("user-x", "Member removed", "warn", lambda t: f"No longer {t.plain('role')}."),
    "recruiter.status_changed": Words(
        "user-check", "Recruiter status changed", "warn", lambda t: f"{t.recruiter}: {t['old']} to {t['new']}."
    ),
    "access_token.changed": Words("key", "Access token changed", "", lambda t: f"{str(t['change']).capitalize()}."),
    "candidate.added": Words("user-plus", "Candidate added", "", lambda t: f"By {_via(t)}."),
    "candidate.changed": Words("pencil", "Candidate edited", "", _changed),
    "candidate.viewed": Words("eye", "Looked at", "", _plain("A platform admin opened the personal data.")),
    "candidate.checked": Words("search", "Blind check", "", lambda t: f"The answer was: {t['result']}."),
    "candidate.sourced": Words(
        "shield-check",
        "Sourcing credit claimed",
        "ok",
        lambda t: f"{t.recruiter}, by {_method(t)}; protected until {t.day('protection_expires_at')}.",
    ),
    "candidate.outreach_recorded": Words(
        "send",
        "Outreach recorded",
        "info",
        lambda t: (
            f"{t.label(OUTREACH_TYPE_LABELS, 'outreach_type')}, {t.label(ENGAGEMENT_LABELS, 'engagement').lower()}."
        ),
    ),
    "ownership.conflict_detected": Words("shield-x", "Ownership conflict", "warn", _conflict),
    "ownership.expiring": Words(
        "hourglass",
        "Protection ends soon",
        "warn",
        lambda t: f"{t.count('days', 'day')} ahead: {t.day('protection_expires_at')}.",
    ),
    "job.posted": Words("briefcase", "Job posted", "info", lambda t: f"Fee {t.percent('fee_bp')}, {t['status']}."),
    "job.changed": Words("briefcase", "Job edited", "", _changed),
    "proposal.created": Words(
        "mail", "Proposed", "accent", lambda t: f"By {t.recruiter}; to decide until {t.day('expires_at')}."
    ),
    "proposal.reviewing": Words("search", "Review started", "info", _plain("The company opened the proposal.")),
    "proposal.accepted": Words(
        "check", "Proposal accepted", "ok", lambda t: f"Decided after {t.span('seconds_to_decide')}."
    ),
    "proposal.declined": Words(
        "x",
        "Proposal declined",
        "bad",
        lambda t: f"{t.label(DECLINE_REASON_LABELS, 'decline_reason')}; decided after {t.span('seconds_to_decide')}.",
    ),
    "proposal.withdrawn": Words(
        "arrow-back-up", "Proposal withdrawn", "", lambda t: _WITHDRAWN.get(str(t["cause"]), "")
    ),
    "proposal.timeout": Words("hourglass", "Proposal timed out", "warn", _plain("Nobody decided in time.")),
    "proposal.expiring": Words("clock", "24 hours left to decide", "warn", _plain("The deciders were reminded.")),
    "question.asked": Words("message-question", "Question asked", "info", _plain("The company asks the recruiter.")),
    "question.answered": Words(
        "message", "Question answered", "ok", lambda t: f"Answered after {t.span('seconds_to_answer')}."
    ),
    "placement.hired": Words("plus", "Hired", "info", lambda t: f"Fee {t.money('fee_minor')}."),
    "placement.activated": Words("activity", "Placement activated", "ok", _activated),
    "placement.completed": Words(
        "circle-check",
        "Placement completed",
        "ok",
        lambda t: f"{'By itself; the' if t['automatic'] else 'The'} fee of {t.money('fee_minor')} is due for payout.",
    ),
    "placement.failed": Words("circle-x", "Placement failed", "bad", _failed),
    "replacement.requested": Words(
        "replace", "Replacement requested", "warn", lambda t: f"Wanted by {t.day('replacement_deadline')}."
    ),
    "replacement.linked": Words("link", "Replacement linked", "info", _plain("Another placement took its place.")),
    "guarantee.extended": Words(
        "calendar-plus",
        "Guarantee extended",
        "info",
        lambda t: (
            f"By {t.count('additional_days', 'day')}, from {t.day('old_end_date')} to {t.day('guarantee_end_date')}."
        ),
    ),
    "guarantee.expiring": Words(
        "hourglass",
        "Guarantee ends soon",
        "warn",
        lambda t: f"{t.count('days_left', 'day')} left, until {t.day('guarantee_end_date')}.",
    ),
    "collaborator.added": Words("user-plus", "Collaborator added", "ok", _added_collaborator),
    "splits.changed": Words(
        "scale",
        "Splits changed",
        "",
        lambda t: f"Version {t['version']} of the split sheet; {t.percent('total_bp')} is allocated.",
    ),
    "splits.locked": Words("lock", "Splits locked", "info", lambda t: f"Version {t['version']} is final."),
    "splits.amendment_proposed": Words(
        "scale", "Amendment proposed", "warn", lambda t: f"{len(t['recruiter_ids'])} to agree."
    ),
    "splits.amendment_answered": Words(
        "scale",
        "Amendment answered",
        "",
        lambda t: f"{t.recruiter} {'agreed' if t['agreed'] else 'refused'} after {t.span('seconds_to_answer')}.",
    ),
    "splits.amended": Words("scale", "Splits amended", "info", _locked_or_amended),
    "feedback.given": Words("star", "Feedback given", "", lambda t: f"{t.count('stars', 'star')} for {t.recruiter}."),
    "reputation.updated": Words("trending-up", "Reputation updated", "info", _reputation),
    "reputation.appealed": Words("gavel", "Reputation appealed", "warn", lambda t: f"{t.recruiter}: {t['step']}."),
    "delivery.retried": Words("mail", "Mail sent again", "", _plain("A platform admin retried it.")),
    "settings.changed": Words(
        "settings", "Settings changed", "warn", lambda t: f"{str(t['scope']).capitalize()}: {', '.join(t['changed'])}."
    ),
}


def _via(t: Told) -> str:
    return {"form": "hand", "import": "an import", "api": "the API"}.get(str(t["via"]), str(t["via"]))


def _method(t: Told) -> str:
    label = t.label(SOURCE_METHOD_LABELS, "source_method")
    return label if t["source_method"] == SourceMethod.LINKEDIN else label.lower()


def words_of(event_type: str) -> Words:
    """Give the words of a type; one without words of its own shows its name."""
    found = EVENT_WORDS.get(event_type)
    return found or Words("history", event_type.replace(".", " ").replace("_", " ").capitalize(), "", _plain(""))
