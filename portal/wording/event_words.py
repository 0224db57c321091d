"""How an event reads to people: the sentence that its declaration gives (`says`), filled from the payload.

A field is written as it is, or as what stands after the colon says: `{expires_at:day}`, `{guarantee_end_date:there}` (a
day of the placement's calendar), `{fee_minor:money}`, `{days:count day}`, `{cause:label}` (the word of an enum),
`{role:word}` (the same within a sentence), `{engagement:result}` (of outreach), `{forced:if so|if not}`, whose words
may hold fields in turn.
Candidates are never named here: a company must not learn a name from a history before it accepts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.domain import collaboration, permissions
from portal.domain.attachments import KIND_LABELS, TYPE_LABELS, size_in_words
from portal.domain.events import EVENT_TYPES
from portal.domain.events.base import Shown
from portal.domain.interviews import OUTCOME_LABELS
from portal.domain.money import bp_to_percent
from portal.domain.ownership import OUTREACH_TYPE_LABELS, SOURCE_METHOD_LABELS, Engagement, engagement_labels
from portal.domain.placements import FAILURE_REASON_LABELS
from portal.domain.proposals import DECLINE_REASON_LABELS
from portal.domain.times import write_day, write_day_of, write_deadline, write_full
from portal.wording.amounts import money
from portal.wording.writing import duration

NAMES = ("recruiter", "company")  # not of the payload
THE_COMPANY = "The company"

# The words of a field's values; a value without a word is written as it is.
LABELS: dict[str, Mapping[Any, str]] = {
    "attempt": {"source": "claim the credit", "outreach": "log outreach"},
    "cause": {
        "recruiter": "The recruiter withdrew it.",
        "platform": "The platform withdrew it.",
        "job_closed": "The job closed.",
        "hired_elsewhere": "The candidate was hired for another job.",
        "recruiter_left": "The recruiter left the portal.",
        "ruling": "A ruling on a dispute voided it.",
        **dict.fromkeys(("released", "failure", "obligation", "dispute"), "The platform’s part"),
        "linked": "To the replacement",
        "amended": "Between the shares",
    },
    "decline_reason": DECLINE_REASON_LABELS,
    "failure_reason": FAILURE_REASON_LABELS,
    "kind": KIND_LABELS,
    "media_type": TYPE_LABELS,
    "outcome": OUTCOME_LABELS,
    "outreach_type": OUTREACH_TYPE_LABELS,
    "role": {**permissions.ROLE_LABELS, **collaboration.ROLE_LABELS},
    "source_method": SOURCE_METHOD_LABELS,
    "clock": {"statement": "A statement", "ruling": "The ruling"},
    "what": {"hire": "The hire", "no_show": "The no-show report"},
    "via": {"form": "manually", "import": "by an import", "api": "through the API"},
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a sentence is made of: the payload, the recruiter's name as this viewer may know it, the zone,
    the company whose job it is about, and the zone in which a placement counts its days.

    Without `amounts` it says that there is one, and not which.
    """

    payload: Mapping[str, Any]
    recruiter: str
    zone: ZoneInfo
    company: str = THE_COMPANY
    amounts: bool = True
    there: str | None = None

    def __getitem__(self, name: str) -> _Field:
        return _Field(self, name, getattr(self, name) if name in NAMES else self.payload.get(name))


@dataclass(frozen=True, slots=True)
class _Field:
    told: Told
    name: str
    value: Any

    def __format__(self, spec: str) -> str:
        if "|" in spec:
            return spec.partition("|")[0 if self.value else 2]
        way, _, rest = spec.partition(" ")
        return WAYS[way](self, rest)


def _plain(field: _Field, _: str) -> str:
    return str(field.value) if field.name in NAMES else str(field.value).replace("_", " ")


def _label(field: _Field, _: str) -> str:
    found = LABELS.get(field.name, {}).get(field.value)
    return found if found is not None else str(field.value).replace("_", " ").capitalize()


def _word(field: _Field, _: str) -> str:
    label = _label(field, "")
    return label if label[1:] != label[1:].lower() else label.lower()  # LinkedIn and SMS stay what they are


def _result(field: _Field, _: str) -> str:
    return engagement_labels(field.told.payload["outreach_type"])[Engagement(field.value)].lower()


def _day(field: _Field, _: str) -> str:
    text = str(field.value)
    if "T" in text:
        return write_day(datetime.fromisoformat(text).astimezone(field.told.zone).date())
    return write_day(date.fromisoformat(text))


def _there(field: _Field, _: str) -> str:
    return write_day_of(date.fromisoformat(str(field.value)), field.told.there, field.told.zone.key)


def _time(field: _Field, _: str) -> str:
    return write_full(datetime.fromisoformat(str(field.value)), field.told.zone)


def _deadline(field: _Field, _: str) -> str:
    return write_deadline(datetime.fromisoformat(str(field.value)), field.told.zone)


def _money(field: _Field, _: str) -> str:
    if not field.told.amounts:
        return "[amount withheld]"
    return money(int(field.value), str(field.told.payload["currency"]))


def _span(field: _Field, _: str) -> str:
    return duration(int(field.value))


def _percent(field: _Field, _: str) -> str:
    return f"{bp_to_percent(int(field.value)).normalize():f}%"


def _fee(field: _Field, _: str) -> str:
    """Write a percentage, or where there is none the amount that the event has in its place."""
    return _percent(field, "") if field.value is not None else _money(field.told["flat_fee_minor"], "")


def _bytes(field: _Field, _: str) -> str:
    return size_in_words(int(field.value))


def _count(field: _Field, noun: str) -> str:
    number = int(field.value)
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _list(field: _Field, _: str) -> str:
    return ", ".join(str(name).replace("_", " ") for name in field.value)


def _number(field: _Field, _: str) -> str:
    return str(len(field.value))


def _score(field: _Field, more: str) -> str:
    """Write hundredths of a point, with what follows them; nothing where there was no score."""
    return "" if field.value is None else f"{int(field.value) / 100:.1f}" + (f" {more} " if more else "")


WAYS: dict[str, Callable[[_Field, str], str]] = {
    "": _plain,
    "label": _label,
    "word": _word,
    "result": _result,
    "day": _day,
    "there": _there,
    "time": _time,
    "deadline": _deadline,
    "money": _money,
    "span": _span,
    "percent": _percent,
    "fee": _fee,
    "bytes": _bytes,
    "count": _count,
    "list": _list,
    "number": _number,
    "score": _score,
}


def say(event_type: str, told: Told) -> str:
    """Write what happened in one sentence, or nothing where the title says it all."""
    return shown(event_type).says.format_map(told)


def shown(event_type: str) -> Shown:
    """Return how a type of event is shown; one that the log holds but nobody declares any more shows its name."""
    found = EVENT_TYPES.get(event_type)
    return (
        found.shown if found else Shown(event_type.replace(".", " ").replace("_", " ").capitalize(), "", "history", "")
    )
