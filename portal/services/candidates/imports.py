"""Files of candidates: a dry run with a report per row, then the same again for good."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain.errors import InvalidInput
from portal.domain.events import CandidateAdded, CandidatesImported, CandidateSourced
from portal.domain.imports import Outcome, Row, Table, read_table
from portal.domain.ownership import CheckResult, Protection, SourceMethod
from portal.domain.permissions import Actor
from portal.models import Candidate, CandidateImport, CandidateSourcer
from portal.services import settings
from portal.services.candidates import candidates
from portal.services.candidates import import_promises as promises
from portal.services.candidates.claims import one_of
from portal.services.candidates.contacts import Entry, read_entry
from portal.services.candidates.import_cells import SHOWN, Cells, sums
from portal.services.candidates.import_layouts import BY_NAME, Reading, keep, remembered
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

Watch = Callable[[int, int], None]
WATCHED = 100  # rows between two looks at how far the reading is


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
    sums: tuple[tuple[str, str], ...] = ()  # by column, as they were understood
    candidate_id: uuid.UUID | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What becomes of every row, or what became of it."""

    lines: tuple[ReportLine, ...]
    applied: bool = False
    claimed: int = 0
    reading: Reading = BY_NAME
    import_id: uuid.UUID | None = None

    def count(self, outcome: Outcome) -> int:
        return sum(line.outcome is outcome for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A row, its report, what would be written, and whom of others it found.

    `told` is what the report lets conclude of others: whom each key leads to, None where it leads to nobody.
    """

    line: ReportLine
    entry: Entry | None = None
    found_id: uuid.UUID | None = None
    result: str = ""
    told: frozenset[uuid.UUID | None] = frozenset()


def _unwatched(_done: int, _rows: int) -> None:
    """Let nobody know how far the reading is."""


def preview(*, actor: Actor, text: str, reading: Reading = BY_NAME, watch: Watch = _unwatched) -> ImportReport:
    """Report what an import would do; nothing changes but the log of checks and how such files are read.

    `watch` is told how many rows are read, of how many.

    Raises:
        InvalidInput: the file as a whole cannot be read, or holds no column of names or addresses.
    """
    candidates.adder_of(actor)
    table, reading = _table(actor, text, reading)
    read = _read_all(table, reading, watch)
    promise = _promise(actor, read)
    is_told = promises.holds(promise)
    with unit_of_work(actor) as uow:
        keep(uow, table, reading)
        judged = _afford(uow, _judge(uow, read))
        if not is_told:  # reading the same file again asks nothing more
            _log_look(uow, judged)
            if not any(row.line.outcome is Outcome.LATER for row in judged):
                promises.make(promise)
        return ImportReport(tuple(row.line for row in judged), reading=reading)


def apply(
    *,
    actor: Actor,
    text: str,
    claim: bool,
    source_method: str = "",
    reading: Reading = BY_NAME,
    watch: Watch = _unwatched,
) -> ImportReport:
    """Add the rows that are new, and claim them if asked to; every row is checked again: others may be faster.

    Raises:
        InvalidInput: the file as a whole cannot be read, or a claim names no method.
    """
    adder = candidates.adder_of(actor)
    method = one_of(SourceMethod, "source_method", source_method) if claim else None
    if claim and adder is None:
        raise InvalidInput.field("claim", "The platform can’t claim candidates. Import without claiming.")
    table, reading = _table(actor, text, reading)
    read = _read_all(table, reading, watch)
    promise = _promise(actor, read)
    with unit_of_work(actor) as uow:
        if adder is not None:
            uow.still_recruits(adder, access.NO_RECRUITER)
        keep(uow, table, reading)
        judged = _judge_told(uow, read, is_told=promises.holds(promise))
        import_id, added = _add(uow, judged, adder, method)
    promises.end(promise)
    claimed = len(added) if claim else 0
    return ImportReport(tuple(_after(j, added) for j in judged), True, claimed, reading, import_id)


# --- reading --------------------------------------------------------------------------------------------------


def _table(actor: Actor, text: str, reading: Reading) -> tuple[Table, Reading]:
    """Read the file's columns as they were chosen now, or before for a file like it."""
    table = read_table(text, reading.fields)
    reading = remembered(actor, table, reading)
    table = read_table(text, reading.fields) if reading.is_remembered else table
    if not table.is_usable:
        message = "Choose which columns hold the name and the email address. The headers don’t make it clear."
        raise InvalidInput.field("file", message)
    return table, reading


def _read_all(table: Table, reading: Reading, watch: Watch) -> list[_Judged]:
    rows, read = table.rows(), list[_Judged]()
    for done, row in enumerate(rows):
        if done % WATCHED == 0:
            watch(done, len(rows))
        read.append(_read(row, reading.country))
    watch(len(rows), len(rows))
    return read


def _read(row: Row, country: str | None) -> _Judged:
    """Read a row: without a name or an address it is none, whatever else is wrong costs its cell."""
    cells = Cells(row, country)
    typed = cells.read()
    line = ReportLine(row.number, typed.full_name[:SHOWN], typed.email[:SHOWN], Outcome.NEW, notes=tuple(cells.notes))
    try:
        entry = read_entry(typed)
    except InvalidInput as error:
        cells.wrong = {**error.fields, **cells.wrong}
    if cells.wrong:
        return _Judged(replace(line, outcome=Outcome.INVALID, wrong=tuple(cells.wrong.items())))
    return _Judged(replace(line, full_name=entry.full_name, email=entry.email, sums=tuple(sums(typed))), entry)


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
            if repeated is None:
                row = replace(row, told=_told([known.get(key) for key in keys], uow))
            for key in keys:
                first_at.setdefault(key, row.line.number)
        judged.append(row)
    return judged


def _told(matches: Iterable[candidates.Match | None], uow: UnitOfWork) -> frozenset[uuid.UUID | None]:
    """Return who of others is behind the keys of a row, with None for a key that is nobody's."""
    others = (m for m in matches if m is None or m.answer(uow.actor, uow.now).candidate_id is None)
    return frozenset(None if m is None else m.candidate_id for m in others)


def _known_row(line: ReportLine, match: candidates.Match, uow: UnitOfWork) -> _Judged:
    answer = match.answer(uow.actor, uow.now)
    is_others = answer.candidate_id is None or answer.result == CheckResult.PROTECTED
    outcome = Outcome.EXISTS if is_others else Outcome.YOURS
    says = {
        CheckResult.YOURS: "Already yours.",
        CheckResult.PROTECTED: "Already claimed by another recruiter.",
        CheckResult.FREE: "Available: no one holds the sourcing credit.",
    }[answer.result]
    told = replace(line, outcome=outcome, says=says, candidate_id=answer.candidate_id, until=answer.until)
    return _Judged(told, None, match.candidate_id if answer.candidate_id is None else None, answer.result)


def _known(uow: UnitOfWork, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], candidates.Match]:
    """Map the keys that are taken to whoever has them."""
    wanted: dict[str, list[str]] = {kind: [] for kind in candidates.KEY_COLUMNS}
    for kind, key in keys:
        wanted[kind].append(key)
    columns = [getattr(candidates.Keyed, f"{kind}_key") for kind in wanted]
    query = candidates.matches(uow.actor).add_columns(*columns)
    anywhere = or_(*(c.in_(listed) for c, listed in zip(columns, wanted.values(), strict=True)))
    found: dict[tuple[str, str], candidates.Match] = {}
    for row in uow.session.execute(query.where(anywhere)):
        match = candidates.Match(*row[:4])
        found.update({(kind, key): match for kind, key in zip(wanted, row[4:], strict=True) if key})
    return found


def _judge_told(uow: UnitOfWork, read: Sequence[_Judged], *, is_told: bool) -> list[_Judged]:
    """Judge the rows again; that they are new is no further check for whom a preview told it."""
    judged = _afford(uow, _judge(uow, read), told=[None] if is_told else [])
    if not is_told:
        _log_look(uow, judged)
    return judged


def _promise(actor: Actor, read: Iterable[_Judged]) -> str:
    return promises.name_of(actor, [key for row in read if row.entry for key in _keys(row.entry)])


def _afford(uow: UnitOfWork, judged: Sequence[_Judged], told: Iterable[None] = ()) -> list[_Judged]:
    """Count each candidate of others that a report names as the blind check that it is, one person once an hour.

    When the checks of the hour are used up, only what earlier checks told is told again: that a row is new would be an
    answer, too, and so would be what a key of somebody else changes in the row of a person who was checked. `told` has
    None when a preview of the same file said who is new.
    """
    if access.sees_every_candidate(uow.actor):
        return list(judged)
    known: set[uuid.UUID | None] = {*candidates.checked_lately(uow), *told}
    left, used_up = candidates.checks_left(uow), candidates.checks_used_up(uow)
    afforded: list[_Judged] = []
    for row in judged:
        is_check = row.found_id is not None and row.found_id not in known
        used_up = used_up or (is_check and left == 0)  # a limit of 0 is used up by the first
        if used_up:
            afforded.append(row if row.told <= known else _later(row))
            continue
        if is_check:
            candidates.log_check(uow, row.found_id, ("import",), row.result)
            known.add(row.found_id)
            left -= 1
            used_up = left == 0
        afforded.append(row)
    return afforded


def _log_look(uow: UnitOfWork, judged: Sequence[_Judged]) -> None:
    """Log that somebody was called unknown, as one check however many; an import that is undone tells it, too."""
    blind = not access.sees_every_candidate(uow.actor)
    if blind and any(row.line.outcome is Outcome.NEW for row in judged):
        candidates.log_check(uow, None, ("import",), CheckResult.UNKNOWN)


def _later(row: _Judged) -> _Judged:
    if row.line.outcome is Outcome.INVALID:
        return row
    says = "You’ve reached your hourly limit of checks. Import these rows later."
    return _Judged(replace(row.line, outcome=Outcome.LATER, says=says, candidate_id=None, until=None))


# --- writing --------------------------------------------------------------------------------------------------


def _add(
    uow: UnitOfWork, judged: Sequence[_Judged], adder: uuid.UUID | None, method: SourceMethod | None
) -> tuple[uuid.UUID | None, dict[int, uuid.UUID]]:
    """Add the new ones under an import that can be undone, claim them if asked to, and map row numbers to ids."""
    new = {uow.new_id(): j for j in judged if j.entry is not None and j.line.outcome is Outcome.NEW}
    if not new:
        return None, {}
    batch = uow.add(
        CandidateImport(user_id=uow.actor.user_id, organisation_id=uow.actor.organisation_id, added=len(new), claimed=0)
    )
    uow.session.flush()
    added = _insert(uow, new, adder, batch.id)
    if not added:  # others were faster with each of them
        uow.session.delete(batch)
        return None, {}
    until = _claim_all(uow, sorted(added.values()), adder, method, batch.id) if method and adder else None
    batch.added, batch.claimed = len(added), len(added) if until else 0
    _tell(uow, batch, adder, until)
    return batch.id, added


def _tell(uow: UnitOfWork, batch: CandidateImport, adder: uuid.UUID | None, until: datetime | None) -> None:
    uow.record(
        CandidatesImported(
            import_id=batch.id,
            recruiter_id=adder,
            added=batch.added,
            claimed=batch.claimed,
            protection_expires_at=until,
        )
    )


def _insert(
    uow: UnitOfWork, new: Mapping[uuid.UUID, _Judged], adder: uuid.UUID | None, import_id: uuid.UUID
) -> dict[int, uuid.UUID]:
    """Insert the new ones as a set, and map row numbers to ids; who was faster elsewhere keeps a person."""
    shared = {
        "created_by_recruiter_id": adder,
        "import_id": import_id,
        "created_at": uow.now,
        "updated_at": uow.now,
    }
    values = [
        {"id": id, **shared, **{f.name: getattr(j.entry, f.name) for f in fields(Entry)}} for id, j in new.items()
    ]
    values.sort(key=lambda v: str(v["email_key"]))  # two imports take the keys in one order
    statement = insert(Candidate).on_conflict_do_nothing().returning(Candidate.id)
    added = uow.session.scalars(statement, values).all()
    for id in added:
        uow.record(CandidateAdded(candidate_id=id, recruiter_id=adder, via="import"))
    return {new[id].line.number: id for id in added}


def _claim_all(
    uow: UnitOfWork, added: Sequence[uuid.UUID], claimant: uuid.UUID, method: SourceMethod, import_id: uuid.UUID
) -> datetime:
    """Claim candidates of this transaction, whom nobody else can have claimed, and return until when they are."""
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
                import_id=import_id,
            )
        )
    return ends


def _after(judged: _Judged, added: dict[int, uuid.UUID]) -> ReportLine:
    """Return a row's report after the insert."""
    line = judged.line
    if line.outcome is not Outcome.NEW:
        return line
    if line.number in added:
        return replace(line, says="Added.", candidate_id=added[line.number])
    return replace(line, outcome=Outcome.EXISTS, says="Someone else just added this candidate.")
