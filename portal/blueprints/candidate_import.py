"""Import of candidates from a file: look at the report, then confirm the same content."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from portal.domain.encodings import GUESSED, decode, read_again
from portal.domain.errors import InvalidInput, PortalError
from portal.domain.import_columns import FIELD_LABELS
from portal.domain.imports import (
    COLUMNS,
    MOST_BYTES,
    OUTCOME_LABELS,
    OUTCOME_TONES,
    Outcome,
    Table,
    read_table,
    write_rows,
)
from portal.domain.permissions import Actor, Permission
from portal.domain.times import write_full
from portal.forms.candidates import ImportForm
from portal.policy import current_actor, policy
from portal.queries.candidates import imports as queries
from portal.requests import respond, uploads
from portal.runtime import progress
from portal.services.candidates import import_undo, imports
from portal.services.candidates.imports import ImportReport, ReportLine
from portal.wording.writing import plural

bp = Blueprint("candidate_import", __name__)
SHOWN = 200
SUMS = ("salary", "expected_salary")
# The second step sends the file back as text, whose line ends a browser doubles.
uploads.make_room(bp, MOST_BYTES * 3 // 2, in_a_field=True)
SAMPLE = ("Maya Okafor", "maya@example.com", "+1 415 555 0132", "Oakland", "Data engineer", "Northwind",
          "https://www.linkedin.com/in/maya-okafor", "Python, SQL", "8", "4", "2027-01-15",
          "120000", "135000", "USD", "Citizen", "English, German")  # fmt: skip


@bp.route("/candidates/import", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_ADD)
def run() -> ResponseReturnValue:
    """Report what a file would do; on the second step do it, checking every row again."""
    form = ImportForm()
    if request.method != "POST":
        return _show(form)
    if form.step.data == "apply":
        return _apply(form)
    return respond.submit(
        form,
        lambda: _preview(form),
        again=lambda status: _show(form, status=status),
        then=lambda report: _download(report) if form.step.data == "report" else _show(form, report),
    )


def _preview(form: ImportForm) -> ImportReport:
    actor, text = current_actor(), _text(form)
    with progress.shown(_work(actor)) as watch:
        report = imports.preview(actor=actor, text=text, reading=form.reading, watch=watch)
    form.country.data = report.reading.country or ""
    return report


def _work(actor: Actor) -> str:
    return f"import:{actor.user_id}"


def _apply(form: ImportForm) -> ResponseReturnValue:
    actor = current_actor()

    def again(status: int) -> ResponseReturnValue:
        try:
            report = _preview(form)
        except PortalError:  # what is wrong with the content stands above the form already
            report = None
        return _show(form, report, status=status)

    def command() -> ImportReport:
        with progress.shown(_work(actor)) as watch:
            return imports.apply(
                actor=actor,
                text=_text(form),
                claim=bool(form.claim.data),
                source_method=form.source_method.data,
                reading=form.reading,
                watch=watch,
            )

    return respond.submit(
        form,
        command,
        again=again,
        then=lambda report: respond.done(url_for("candidates.index"), _said(report)),
        once=True,
    )


def _text(form: ImportForm) -> str:
    """Return the content of the file, or the pasted text; what was read from a file stays in the form as text.

    A person may correct the encoding, where it was guessed.
    """
    if form.file.data:
        read = decode(form.file.data.read())
        form.text.data, form.file.data = read.text, None
        form.guess.data = form.encoding.data = read.guess
        if read.guess:
            said = f"This file isn’t UTF-8, so it was read as {GUESSED[read.guess]}. Check the names before you import."
            flash(said, "warn")
        if read.sheet:
            flash(f"This workbook has several sheets; “{read.sheet}” was read.", "info")
    elif form.guess.data and form.encoding.data and form.encoding.data != form.guess.data:
        form.text.data = read_again(form.text.data or "", guess=form.guess.data, encoding=form.encoding.data)
        form.guess.data = form.encoding.data
    return form.text.data or ""


def _show(form: ImportForm, report: ImportReport | None = None, *, status: int = 200) -> ResponseReturnValue:
    """Render the page; of the report's rows the first that need a look."""
    if current_actor().recruiter_id is None:
        del form.claim
    lines = sorted(report.lines, key=lambda line: (line.outcome is Outcome.NEW, not line.notes)) if report else []
    counts = [(label, report.count(outcome)) for outcome, label in OUTCOME_LABELS.items()] if report else []
    return respond.page(
        "candidates/import.html",
        status=status,
        form=form,
        report=report,
        table=_table(form, report),
        latest=[] if report else queries.latest(current_actor()),
        new=report.count(Outcome.NEW) if report else 0,
        later=report.count(Outcome.LATER) if report else 0,
        counts=counts,
        lines=[(line, OUTCOME_LABELS[line.outcome], OUTCOME_TONES.get(line.outcome, "")) for line in lines[:SHOWN]],
        hidden=max(0, len(lines) - SHOWN),
        columns=COLUMNS,
        fields=FIELD_LABELS,
    )


def _table(form: ImportForm, report: ImportReport | None) -> Table | None:
    """Return the columns of the file as they are read, for the person to correct; None before there is one."""
    if not form.text.data:
        return None
    try:
        return read_table(form.text.data, (report or form).reading.fields)
    except InvalidInput:  # what is wrong with the file stands above the form already
        return None


def _said(report: ImportReport) -> str:
    claimed = f", {report.claimed:,} claimed" if report.claimed else ""
    counts = [(report.count(outcome), label.lower()) for outcome, label in OUTCOME_LABELS.items()]
    rest = "".join(f"; {count:,} {label}" for count, label in counts[1:] if count)
    said = f"{report.count(Outcome.NEW):,} added{claimed}{rest}."
    if report.import_id is None:
        return said
    return Markup('{} <a href="{}">Undo</a>').format(said, url_for(".undo", import_id=report.import_id))


def _download(report: ImportReport) -> ResponseReturnValue:
    """Send the report as a file; its cells are guarded, since they hold what somebody else wrote."""
    rows = [["row", "full_name", "email", "outcome", *SUMS, "says"]]
    for x in report.lines:
        understood = [dict(x.sums).get(column, "") for column in SUMS]
        rows.append([str(x.number), x.full_name, x.email, OUTCOME_LABELS[x.outcome], *understood, sentence(x)])
    return respond.file(write_rows(rows), "import-report.csv", "text/csv")


def sentence(line: ReportLine) -> str:
    """Return in one line what is to be known of a row."""
    wrong = " ".join(f"{column}: {text}" for column, text in (*line.wrong, *line.notes))
    until = write_full(line.until, ZoneInfo(current_actor().time_zone)) if line.until else ""
    return (f"{line.says[:-1]} until {until}." if until else line.says) + wrong


@bp.get("/candidates/import/template.csv")
@policy(Permission.CANDIDATE_ADD)
def template() -> ResponseReturnValue:
    """Send a file with the header that the import knows, and a sample row."""
    return respond.file(write_rows([list(COLUMNS), list(SAMPLE)]), "candidates.csv", "text/csv")


@bp.get("/candidates/import/progress")
@policy(Permission.CANDIDATE_ADD)
def how_far() -> ResponseReturnValue:
    """Return how many rows of the viewer's running import are read, for the bar that the page draws meanwhile."""
    return progress.of(_work(current_actor()))


@bp.route("/candidates/imports/<uuid:import_id>/undo", methods=["GET", "POST"])
@policy(Permission.CANDIDATE_ADD)
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    """Ask, then remove whom an import added and nobody worked with since."""
    actor = current_actor()
    if request.method != "POST":
        return respond.page("candidates/undo_import.html", undoing=queries.undoing(import_id, viewer=actor))
    return respond.press(lambda: import_undo.undo(import_id, actor=actor), url_for(".run"), _undone)


def _undone(done: import_undo.Undone) -> ResponseReturnValue:
    kept = f"; {done.kept:,} kept, because someone has worked with them" if done.kept else ""
    return respond.done(url_for(".run"), f"{plural(done.removed, 'candidate')} removed{kept}.")
