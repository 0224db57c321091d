"""Files of candidates: a dry run with a report per row, then the same again for good (issue 2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert

from portal import access
from portal.domain.errors import InvalidInput, TooMany
from portal.domain.events import CandidateAdded, CandidateSourced
from portal.domain.imports import Outcome, Row, read_rows
from portal.domain.ownership import CheckResult, Protection, SourceMethod, wait_in_words
from portal.domain.permissions import Actor
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent
from portal.services import settings
from portal.services.candidates import candidates
from portal.services.candidates.claims import one_of
from portal.services.candidates.contacts import CandidateInput, Entry, read_entry
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

IMPORTS_PER_HOUR = 10  # dry runs that name candidates of others: each answers thousands of checks
HOUR = timedelta(hours=1)
SHOWN = 120
SKILL_SEPARATORS = str.maketrans({";": ",", "|": ","})


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Hold what becomes of a row; `wrong` has a sentence for each column that is not valid."""

    number: int
    full_name: str
    email: str
    outcome: Outcome
    says: str = ""
    wrong: tuple[tuple[str, str], ...] = ()
    candidate_id: uuid.UUID | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Hold what becomes of every row, or what became of it."""

    lines: tuple[ReportLine, ...]
    applied: bool = False
    claimed: int = 0

    def count(self, outcome: Outcome) -> int:
        """Count the rows with this outcome."""
        return sum(line.outcome is outcome for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Hold a row, its report, and what would be written."""

    line: ReportLine
    entry: Entry | None = None


def preview(*, actor: Actor, text: str) -> ImportReport:
    """Report what an import would do; nothing changes but the log of checks.

    Raises:
        InvalidInput: the file as a whole cannot be read.
        TooMany: too many dry runs this hour named candidates of others.
    """
    candidates.adder_of(actor)
    read = [_read(row) for row in read_rows(text)]
    with unit_of_work(actor) as uow:
        report = ImportReport(tuple(judged.line for judged in _judge(uow, read)))
        _log(uow, report)
    return report


def apply(*, actor: Actor, text: str, claim: bool, source_method: str = "") -> ImportReport:
    """Add the rows that are new, and claim them if asked to; every row is judged anew, so a report is no promise.

    Raises:
        InvalidInput: the file as a whole cannot be read, or a claim names no method.
    """
    adder = candidates.adder_of(actor)
    method = one_of(SourceMethod, "source_method", source_method) if claim else None
    if claim and adder is None:
        raise InvalidInput.field("claim", "The platform imports without claiming; recruiters claim.")
    read = [_read(row) for row in read_rows(text)]
    with unit_of_work(actor) as uow:
        judged = _judge(uow, read)
        added = _insert(uow, judged, adder)
        if method is not None and adder is not None and added:
            _claim_all(uow, sorted(added.values()), adder, method)
        report = ImportReport(tuple(_after(j, added) for j in judged), True, len(added) if claim else 0)
        _log(uow, report)
    return report


# --- reading and judging --------------------------------------------------------------------------------------


def _read(row: Row) -> _Judged:
    """Read a row as if it had been typed into the form."""
    name, email = row.cells.get("full_name", ""), row.cells.get("email", "")
    invalid = ReportLine(row.number, name[:SHOWN], email[:SHOWN], Outcome.INVALID)
    if row.surplus:
        return _Judged(replace(invalid, says="More cells than the header has."))
    skills = tuple(row.cells.get("skills", "").translate(SKILL_SEPARATORS).split(","))
    others = {k: v for k, v in row.cells.items() if k not in {"full_name", "email", "skills"}}
    try:
        entry = read_entry(CandidateInput(full_name=name, email=email, skills=skills, **others))
    except InvalidInput as error:
        return _Judged(replace(invalid, wrong=tuple(error.fields.items())))
    return _Judged(ReportLine(row.number, entry.full_name, entry.email, Outcome.NEW), entry)


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
                row = _Judged(_known_line(row.line, strongest.answer(uow.actor, uow.now)))
            for key in keys:
                first_at.setdefault(key, row.line.number)
        judged.append(row)
    return judged


def _known_line(line: ReportLine, answer: candidates.CheckAnswer) -> ReportLine:
    outcome = Outcome.EXISTS if answer.candidate_id is None else Outcome.YOURS
    says = {
        CheckResult.YOURS: "Yours already.",
        CheckResult.PROTECTED: "Protected for another recruiter.",
        CheckResult.FREE: "Free: nobody holds the sourcing credit.",
    }[answer.result]
    return replace(line, outcome=outcome, says=says, candidate_id=answer.candidate_id, until=answer.until)


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


def _log(uow: UnitOfWork, report: ImportReport) -> None:
    """Count a report that names candidates of others as the blind check of many that it is."""
    named = report.count(Outcome.EXISTS)
    if not named:
        return
    if not report.applied and not access.sees_every_candidate(uow.actor):
        made = candidates.checks_since(uow, HOUR).where(MarketplaceEvent.payload["by"].astext == '["import"]')
        times = uow.session.scalars(made.limit(IMPORTS_PER_HOUR)).all()
        if len(times) >= IMPORTS_PER_HOUR:
            wait = times[-1] + HOUR - uow.now
            raise TooMany(
                f"You looked at {IMPORTS_PER_HOUR} files within an hour; that is the limit."
                f" Go on in {wait_in_words(wait)}.",
                retry_after=max(1, round(wait.total_seconds())),
                code="CHECK_LIMIT",
            )
    candidates.log_check(uow, None, ("import",), f"{named} of {len(report.lines)} known")


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
    """Give a row's report after the insert."""
    line = judged.line
    if line.outcome is not Outcome.NEW:
        return line
    if line.number in added:
        return replace(line, says="Added.", candidate_id=added[line.number])
    return replace(line, outcome=Outcome.EXISTS, says="Somebody entered this one just now.")
