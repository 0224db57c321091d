"""Files of candidates: a dry run with a report per row, then the same again for good."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain.errors import InvalidInput
from portal.domain.events import CandidateAdded, CandidateSourced
from portal.domain.imports import (
    COLUMNS,
    Damaged,
    Outcome,
    Row,
    addresses,
    clean_cell,
    empty_word,
    line_cell,
    links,
    numbers,
    read_table,
)
from portal.domain.ownership import CheckResult, Protection, SourceMethod
from portal.domain.permissions import Actor
from portal.domain.texts import clean
from portal.models import Candidate, CandidateSourcer
from portal.services import settings
from portal.services.candidates import candidates
from portal.services.candidates.claims import one_of
from portal.services.candidates.contacts import (
    LINES,
    SKILL_MOST,
    SKILLS,
    CandidateInput,
    Entry,
    read_email,
    read_entry,
    read_linkedin,
    read_phone,
)
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

SHOWN = 120
_NO_ADDRESS = "This is not an email address. Write it like name@example.com."
SKILL_SEPARATORS = str.maketrans({";": ",", "|": ","})


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What becomes of a row; `wrong` has a sentence for each column that is not valid."""

    number: int
    full_name: str
    email: str
    outcome: Outcome
    says: str = ""
    wrong: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    candidate_id: uuid.UUID | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What becomes of every row, or what became of it."""

    lines: tuple[ReportLine, ...]
    applied: bool = False
    claimed: int = 0

    def count(self, outcome: Outcome) -> int:
        """Count the rows with this outcome."""
        return sum(line.outcome is outcome for line in self.lines)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read: the field of each column, instead of its name, and whose national numbers it holds."""

    fields: tuple[str, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row, its report, what would be written, and whom of others it found."""

    line: ReportLine
    entry: Entry | None = None
    found_id: uuid.UUID | None = None
    result: str = ""


def preview(*, actor: Actor, text: str, reading: Reading = Reading()) -> ImportReport:
    """Report what an import would do; nothing changes but the log of checks.

    Raises:
        InvalidInput: the file as a whole cannot be read, or holds no column of names or addresses.
    """
    candidates.adder_of(actor)
    read = _read_all(text, reading)
    with unit_of_work(actor) as uow:
        return ImportReport(tuple(judged.line for judged in _afford(uow, _judge(uow, read))))


def apply(
    *, actor: Actor, text: str, claim: bool, source_method: str = "", reading: Reading = Reading()
) -> ImportReport:
    """Add the rows that are new, and claim them if asked to; every row is judged anew, so a report is no promise.

    Raises:
        InvalidInput: the file as a whole cannot be read, or a claim names no method.
    """
    adder = candidates.adder_of(actor)
    method = one_of(SourceMethod, "source_method", source_method) if claim else None
    if claim and adder is None:
        raise InvalidInput.field("claim", "The platform imports without claiming; recruiters claim.")
    read = _read_all(text, reading)
    with unit_of_work(actor) as uow:
        if adder is not None:
            uow.still_recruits(adder, access.NO_RECRUITER)
        judged = _afford(uow, _judge(uow, read))
        added = _insert(uow, judged, adder)
        if method is not None and adder is not None and added:
            _claim_all(uow, sorted(added.values()), adder, method)
        return ImportReport(tuple(_after(j, added) for j in judged), True, len(added) if claim else 0)


# --- reading --------------------------------------------------------------------------------------------------


def _read_all(text: str, reading: Reading) -> list[_Judged]:
    table = read_table(text, reading.fields)
    if not table.is_usable:
        message = "Choose which columns hold the name and the email address; the file's own names do not say it."
        raise InvalidInput.field("file", message)
    return [_read(row, reading.country) for row in table.rows()]


def _read(row: Row, country: str | None) -> _Judged:
    """Read a row: without a name or an address it is none, whatever else is wrong costs its cell."""
    cells = _Cells(row, country)
    name, email = cells.line("full_name", [row.full_name]), cells.email()
    if row.surplus:
        cells.wrong["row"] = "It has more cells than the header."
    others = {field: cells.line(field, row.cells.get(field, ())) for field in ("location", "title", "employer")}
    typed = CandidateInput(
        full_name=name, email=email, phone=cells.phone(), linkedin_url=cells.link(), skills=cells.skills(), **others
    )
    cells.note_empty_words(typed)
    line = ReportLine(row.number, name[:SHOWN], email[:SHOWN], Outcome.NEW, notes=tuple(cells.notes))
    try:
        entry = read_entry(typed)
    except InvalidInput as error:
        cells.wrong = {**error.fields, **cells.wrong}
    if cells.wrong:
        return _Judged(replace(line, outcome=Outcome.INVALID, wrong=tuple(cells.wrong.items())))
    return _Judged(replace(line, full_name=entry.full_name, email=entry.email), entry)


class _Cells:
    """Read the cells of a row, and note what is left out and why."""

    def __init__(self, row: Row, country: str | None) -> None:
        self.row, self.country = row, country
        self.notes: list[tuple[str, str]] = []
        self.wrong: dict[str, str] = {}

    def line(self, field: str, cells: Sequence[str]) -> str:
        """Return the first cell of a line of text."""
        most, _least = LINES[field]
        for cell in cells:
            try:
                text = line_cell(cell)
                if text:
                    return clean(field, text, most=most)
            except Damaged as damage:
                self._leave_out(field, str(damage))
            except InvalidInput as error:
                self._leave_out(field, error.fields[field])
        return ""

    def email(self) -> str:
        """Return the first address that is one; a row without says so."""
        found = addresses(self.row.cells.get("email", ()))
        refused = ""
        for address in found:
            try:
                read_email(address)
            except InvalidInput as error:
                refused = refused or error.fields["email"]
                continue
            if len(found) > 1:
                self.notes.append(("email", f"{address} was taken of {len(found)} addresses."))
            return address
        typed = clean_cell(self.row.first("email"))
        self.wrong["email"] = refused or ("There is no address in this row." if not typed else _NO_ADDRESS)
        return typed

    def phone(self) -> str:
        """Return the first number that can be dialled, in E.164."""
        refused = ""
        for cell in self.row.cells.get("phone", ()):
            try:
                for number in numbers(cell):
                    try:
                        return read_phone(number, country=self.country)[0] or ""
                    except InvalidInput as error:
                        refused = refused or f"“{number[:SHOWN]}”: {error.fields['phone']}"
            except Damaged as damage:
                refused = refused or str(damage)
        if refused:
            self._leave_out("phone", refused)
        return ""

    def link(self) -> str:
        """Return the first link, one to LinkedIn before others."""
        cells = self.row.cells.get("linkedin_url", ())
        for link in links(cells):
            try:
                return read_linkedin(link)[0] or ""
            except InvalidInput:
                continue
        typed = next(filter(None, map(clean_cell, cells)), "")
        if typed:
            self._leave_out("linkedin_url", f"“{typed[:SHOWN]}” is no link.")
        return ""

    def skills(self) -> tuple[str, ...]:
        """Return the skills, those that are too long or too many left out."""
        cell = clean_cell(self.row.first("skills")).translate(SKILL_SEPARATORS)
        found = [skill for skill in map(str.strip, cell.split(",")) if skill]
        kept = [skill for skill in found if len(skill) <= SKILL_MOST][:SKILLS]
        if len(kept) < len(found):
            self._leave_out("skills", f"{len(found) - len(kept)} are too long, or above the limit of {SKILLS}.")
        return tuple(kept)

    def note_empty_words(self, typed: CandidateInput) -> None:
        """Note where a word like `N/A` was all that a field had."""
        for field in COLUMNS[2:]:  # without a name or an address there is no candidate at all
            word = empty_word(self.row.cells.get(field, ()))
            if word and not getattr(typed, field) and field not in dict(self.notes):
                self.notes.append((field, f"“{word}” was read as empty."))

    def _leave_out(self, field: str, why: str) -> None:
        self.notes.append((field, f"Left out: {why}"))


# --- judging --------------------------------------------------------------------------------------------------


def _keys(entry: Entry) -> list[tuple[str, str]]:
    """List the keys that identify the person of an entry."""
    return [(kind, getattr(entry.keys, kind)) for kind in entry.keys.kinds]


def _judge(uow: UnitOfWork, read: Sequence[_Judged]) -> list[_Judged]:
    """Find the rows that are known already, in the database in one query, or further up in the file."""
    known = _known(uow, [key for row in read if row.entry for key in _keys(row.entry)])
    first_at: dict[tuple[str, str], int] = {}
    judged = []
    for row in read:
        if row.entry is not None:
            keys = _keys(row.entry)
            repeated = next((k for k in keys if k in first_at), None)
            matches = [known[k] for k in keys if k in known]
            if repeated is not None:
                says = f"The same {repeated[0]} as in row {first_at[repeated]}."
                row = _Judged(replace(row.line, outcome=Outcome.REPEATED, says=says))
            elif matches:
                strongest = min(matches, key=lambda m: m.severity(uow.actor, uow.now))
                row = _known_row(row.line, strongest, uow)
            for key in keys:
                first_at.setdefault(key, row.line.number)
        judged.append(row)
    return judged


def _known_row(line: ReportLine, match: candidates.Match, uow: UnitOfWork) -> _Judged:
    answer = match.answer(uow.actor, uow.now)
    outcome = Outcome.EXISTS if answer.candidate_id is None else Outcome.YOURS
    says = {
        CheckResult.YOURS: "Yours already.",
        CheckResult.PROTECTED: "Already claimed by another recruiter.",
        CheckResult.FREE: "Free: nobody holds the sourcing credit.",
    }[answer.result]
    told = replace(line, outcome=outcome, says=says, candidate_id=answer.candidate_id, until=answer.until)
    return _Judged(told, None, match.candidate_id if answer.candidate_id is None else None, answer.result)


def _known(uow: UnitOfWork, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], candidates.Match]:
    """Map the keys that are taken to who has them."""
    wanted: dict[str, list[str]] = {kind: [] for kind in candidates.KEY_COLUMNS}
    for kind, key in keys:
        wanted[kind].append(key)
    columns = [getattr(Candidate, f"{kind}_key") for kind in wanted]
    query = candidates.matches(uow.actor).add_columns(*columns)
    anywhere = or_(*(c.in_(listed) for c, listed in zip(columns, wanted.values(), strict=True)))
    found: dict[tuple[str, str], candidates.Match] = {}
    for row in uow.session.execute(query.where(anywhere)):
        match = candidates.Match(*row[:4])
        found.update({(kind, key): match for kind, key in zip(wanted, row[4:], strict=True) if key})
    return found


def _afford(uow: UnitOfWork, judged: Sequence[_Judged]) -> list[_Judged]:
    """Count each candidate of others that a report names as the blind check that it is, one person once an hour.

    When the checks of the hour are used up, what comes below in the file is not looked at.
    """
    found = [j for j in judged if j.found_id is not None]
    if not found:
        return list(judged)
    left, known = candidates.checks_left(uow), candidates.checked_lately(uow)
    afforded: list[_Judged] = []
    for row in judged:
        if row.found_id is not None and row.found_id not in known:
            if left == 0:
                break
            left -= 1
            known.add(row.found_id)
            candidates.log_check(uow, row.found_id, ("import",), row.result)
        afforded.append(row)
    return afforded + [_later(row) for row in judged[len(afforded) :]]


def _later(row: _Judged) -> _Judged:
    if row.line.outcome is Outcome.INVALID:
        return row
    says = "Your checks of this hour are used up; import these rows later."
    return _Judged(replace(row.line, outcome=Outcome.LATER, says=says, candidate_id=None, until=None))


# --- writing --------------------------------------------------------------------------------------------------


def _insert(uow: UnitOfWork, judged: Sequence[_Judged], adder: uuid.UUID | None) -> dict[int, uuid.UUID]:
    """Insert the new ones as a set, and map row numbers to ids; who was faster elsewhere keeps a person."""
    new = {uow.new_id(): j for j in judged if j.entry is not None and j.line.outcome is Outcome.NEW}
    if not new:
        return {}
    shared = {"created_by_recruiter_id": adder, "created_at": uow.now, "updated_at": uow.now}
    values = [
        {"id": id, **shared, **{f.name: getattr(j.entry, f.name) for f in fields(Entry)}} for id, j in new.items()
    ]
    values.sort(key=lambda v: str(v["email_key"]))  # two imports take the keys in one order
    statement = insert(Candidate).on_conflict_do_nothing().returning(Candidate.id)
    added = uow.session.scalars(statement, values).all()
    for id in added:
        uow.record(CandidateAdded(candidate_id=id, recruiter_id=adder, via="import"))
    return {new[id].line.number: id for id in added}


def _claim_all(uow: UnitOfWork, added: Sequence[uuid.UUID], claimant: uuid.UUID, method: SourceMethod) -> None:
    """Claim candidates of this transaction, whom nobody else can have claimed."""
    days = settings.current(uow).protection_days
    ends = Protection.from_sourcing(uow.now, days).ends
    claims = {uow.new_id(): id for id in added}
    shared = {
        "recruiter_id": claimant,
        "source_method": method,
        "sourced_at": uow.now,
        "protection_days": days,
        "protection_expires_at": ends,
    }
    uow.session.execute(
        insert(CandidateSourcer), [{"id": claim, "candidate_id": id, **shared} for claim, id in claims.items()]
    )
    for claim, id in claims.items():
        uow.record(
            CandidateSourced(
                candidate_id=id,
                recruiter_id=claimant,
                claim_id=claim,
                source_method=method,
                protection_expires_at=ends,
            )
        )


def _after(judged: _Judged, added: dict[int, uuid.UUID]) -> ReportLine:
    """Return a row's report after the insert."""
    line = judged.line
    if line.outcome is not Outcome.NEW:
        return line
    if line.number in added:
        return replace(line, says="Added.", candidate_id=added[line.number])
    return replace(line, outcome=Outcome.EXISTS, says="Somebody entered this one just now.")
