"""How a page view answers: whole page or panel, form again or done; the only place that looks at request.htmx."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import htmx_flask
from flask import flash, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from htmx_flask.requests import HtmxHeaders
from wtforms import Field, FieldList, FileField, FormField, TextAreaField

from portal.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    OutOfDate,
    PortalError,
    TooMany,
    Unavailable,
)
from portal.domain.texts import unprintable
from portal.error_status import status_of
from portal.extensions import changes_refused
from portal.policy import current_actor
from portal.services.machinery.once import AlreadyAnswered, Answer, KeyReused, Once, answered, keep, only_once, release
from portal.wording.writing import plural

T = TypeVar("T")
R = TypeVar("R", bound=PortalError)
Then = tuple[str, str] | Callable[[T], ResponseReturnValue]  # where it says that it is done and what, or what answers
START = "/"
TOLD_BY_NAME = 10
SEND_AGAIN = "This page was opened in an earlier session. Nothing was changed; check it and submit it again."
DONE_BEFORE = "You already submitted this, and it went through. Nothing was done twice."
SENT_BEFORE = (
    "You already submitted this form with different entries. To change those, open them from their own page."
    " To add another one, submit this form now."
)
OUTAGE = "outage"  # in the place of a token: the form comes from the page that says that the portal was away
AFTER_OUTAGE = "The portal was unavailable when you submitted this. Check it and submit it again."
SHOWN_IN_FORM = (InvalidInput, Conflict, TooMany, NotPermitted, Unavailable)


def htmx() -> HtmxHeaders:
    """Return what HTMX says with the request; false when it did not ask."""
    details: HtmxHeaders = htmx_flask.request.htmx
    return details


def wants_panel() -> bool:
    """Return whether HTMX asks for a part of the page."""
    asked = htmx()
    return bool(asked) and not asked.boosted and not asked.history_restore_request


def stays_open() -> bool:
    """Return whether the page stays with what is typed in it: it asks by itself, or sends a part of itself."""
    return wants_panel() and (request.method == "POST" or "X-By-Itself" in request.headers)


def page(template: str, *, panel: str | None = None, status: int = 200, **context: object) -> ResponseReturnValue:
    """Render the page, or only its panel when HTMX asks for it."""
    name = panel if panel is not None and wants_panel() else template
    return render_template(name, **context), status


def done(url: str, message: str, *, panel: Callable[[], ResponseReturnValue] | None = None) -> ResponseReturnValue:
    """Answer a successful POST: the fresh panel for HTMX, else 303 to `url` with a note."""
    if wants_panel() and panel is not None:
        return panel()
    if message:
        flash(message, "ok")
    return go(url)


def tell_refused(refused: Sequence[tuple[str, str]], done: str) -> None:
    """Say on the next page, by name, what of several was not done, and why; the session has room for some."""
    for name, sentence in refused[:TOLD_BY_NAME]:
        flash(f"{name} was not {done}. {sentence}", "bad")
    if len(refused) > TOLD_BY_NAME:
        flash(f"{plural(len(refused) - TOLD_BY_NAME, 'more was', 'more were')} not {done}.", "bad")


def submit(
    form: FlaskForm,
    command: Callable[[], T],
    *,
    again: Callable[[int], ResponseReturnValue],
    then: Then[T],
    check: Callable[[], object] | None = None,
    once: bool = False,
    done_before: str = DONE_BEFORE,
    panel_again: Callable[[], ResponseReturnValue] | None = None,
) -> ResponseReturnValue:
    """Show a form that is opened; validate one that is sent, do its one service call, answer, or show it as typed.

    What `check` refuses, which reads the input as the service will, is said with what the form itself finds wrong.
    With `once`, a second submission leads where the first did, or back, with `done_before`, or HTMX gets `panel_again`.
    """
    if request.method != "POST":
        return again(200)
    status = 422
    if changes_refused():
        status = _say(form, _of_an_earlier_session(form))
    elif form.validate():
        try:
            return _once(command, then, done_before, panel_again) if once else _answer(then, command())
        except SHOWN_IN_FORM as error:
            status = _say(form, error)
    elif check is not None:
        _say_too(form, check)
    drop_unprintable(form)
    return again(status)


def sent_before() -> ResponseReturnValue | None:
    """Answer a form that was sent before, before its view looks for what the first one removed; None for a new one."""
    key = request.form.get("idempotency_key", "")
    if not key or changes_refused():
        return None
    answer = answered(_form_key(key))
    return None if answer is None else _answered_before(answer, DONE_BEFORE)


def _form_key(key: str) -> Once:
    actor = current_actor()
    return Once.of(f"form:{actor.user_id}:{actor.organisation_id}", key, _said())


def noting(refused: list[R], kind: type[R], command: Callable[[], T]) -> T:
    """Do a command and keep the refusal of a kind that the page shows in its own way."""
    try:
        return command()
    except kind as refusal:
        refused.append(refusal)
        raise


def _answer(then: Then[T], result: T) -> ResponseReturnValue:
    return then(result) if callable(then) else done(*then)


def _once(
    command: Callable[[], T],
    then: Then[T],
    done_before: str,
    panel_again: Callable[[], ResponseReturnValue] | None,
) -> ResponseReturnValue:
    try:
        return _first_time(command, then)
    except AlreadyAnswered as error:
        if panel_again and wants_panel():
            return panel_again()
        return _answered_before(error.answer, done_before)


def _answered_before(answer: Answer, done_before: str) -> ResponseReturnValue:
    """Lead a second submission where the first one led, or back, and say that nothing was done twice.

    What the first one said may have been read long ago, and been undone since.
    """
    flash(done_before, "ok")
    return go(answer.location or local_path(urlsplit(request.referrer or "").path))


def _of_an_earlier_session(form: FlaskForm) -> OutOfDate:
    """Return why a form is shown again that was not even read."""
    said = AFTER_OUTAGE if request.form.get("csrf_token") == OUTAGE else SEND_AGAIN
    return OutOfDate(said + (" Choose the file again." if any(map(_is_of_a_file, form)) else ""))


def _is_of_a_file(field: Field) -> bool:
    """Return whether a file was chosen in this field; a page that kept the form has its name alone."""
    return isinstance(field, FileField) and bool(field.data or request.form.get(field.name))


def _say(form: FlaskForm, error: PortalError) -> int:
    """Put what was refused into the form and return the status of the answer."""
    if isinstance(error, KeyReused):
        form.form_errors.append(SENT_BEFORE)
        return 409
    if isinstance(error, InvalidInput):
        add_errors(form, error)
        return 422
    form.form_errors.append(error.message)
    return status_of(error)


def _say_too(form: FlaskForm, check: Callable[[], object]) -> None:
    """Add what the service will refuse in the fields that the form itself found nothing wrong with."""
    try:
        check()
    except InvalidInput as error:
        for name, sentence in error.fields.items():
            if name in form and not form[name].errors:
                form[name].errors = [sentence]


def refusal(form: FlaskForm | None) -> dict[str, Any]:
    """Return why a form that cannot be shown again was refused, and its texts with their labels: none is lost."""
    errors = [*form.form_errors, *(str(e) for field in form for e in field.errors)] if form else []
    texts = (field for field in form or () if isinstance(field, TextAreaField) and field.data)
    return {"refusal": "; ".join(errors), "unsaved": [(field.label.text, field.data) for field in texts]}


def drop_unprintable(fields: Iterable[Field]) -> None:
    """Leave out of what is shown again the characters that no page may hold; the service has refused them."""
    for field in fields:
        if isinstance(field, (FormField, FieldList)):
            drop_unprintable(field)
            continue
        if isinstance(field.data, str):
            field.data = printable(field.data)
        if field.raw_data:  # figures, days and boxes show what was typed from here
            field.raw_data = [printable(text) if isinstance(text, str) else text for text in field.raw_data]


def printable(text: str) -> str:
    """Leave out what no page may hold."""
    return "".join(c for c in text if not unprintable(c) and not "\ud800" <= c <= "\udfff")


def _first_time(command: Callable[[], T], then: Then[T]) -> ResponseReturnValue:
    """Do a form's command under its key and keep where it led."""
    key = request.form.get("idempotency_key", "")
    if not key:
        return _answer(then, command())
    form_key = _form_key(key)
    with only_once(form_key):
        try:
            result = command()
        except PortalError:
            release(form_key)
            raise
    answer = make_response(_answer(then, result))
    keep(form_key, Answer(answer.status_code, answer.headers.get("HX-Redirect") or answer.location, ""))
    return answer


def _said() -> bytes:
    """Return what was sent where, but for the token of the session."""
    fields = sorted((name, text) for name, text in request.form.items(multi=True) if name != "csrf_token")
    files = []
    for name, file in request.files.items(multi=True):
        files.append((name, file.filename, file.stream.read()))
        file.stream.seek(0)
    return repr((request.path, fields, files)).encode()


def go(url: str) -> ResponseReturnValue:
    """Send the browser on, whether HTMX asked or the browser itself."""
    return ("", 204, {"HX-Redirect": url}) if wants_panel() else redirect(url, 303)


def add_errors(form: FlaskForm, error: InvalidInput) -> None:
    """Put the sentences of an error beside the fields they speak of; the rest goes above the form."""
    placed = False
    for name, sentence in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, sentence]
            placed = True
    if not placed:
        form.form_errors.append(error.message)


def refused(error: PortalError, url: str) -> ResponseReturnValue:
    """Answer a refused one-button POST: a note on the page it came from.

    Raises:
        NotFound: the object is none, or somebody else's; there is no page to go back to.
    """
    if isinstance(error, NotFound):
        raise error
    if wants_panel():
        note = render_template("errors/_note.html", status=status_of(error), title="", message=error.message)
        return note, status_of(error)
    flash(error.message, "bad")
    return redirect(url, 303)


def press(
    command: Callable[[], T], url: str, then: str | Callable[[T], ResponseReturnValue], *, once: bool = False
) -> ResponseReturnValue:
    """Do what one button asks, then say at `url` that it is done, or why it was refused."""
    answer: Then[T] = (url, then) if isinstance(then, str) else then
    try:
        return _once(command, answer, DONE_BEFORE, None) if once else _answer(answer, command())
    except PortalError as error:
        return refused(error, url)


def local_path(target: str | None) -> str:
    """Return a path of this site to go to, or the start page: one leading slash, no host, no control characters."""
    if not target or not target.isprintable() or "\\" in target or not target.startswith("/") or target[1:2] == "/":
        return START
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme else START


def file(content: str | bytes | Iterator[str], name: str, media_type: str) -> ResponseReturnValue:
    """Send a file to keep, at once or as it is written; what somebody attached never opens in the page."""
    answer = make_response(content)
    answer.mimetype = media_type
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
