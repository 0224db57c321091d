"""Register an endpoint once: what it takes and answers, who may call it, which conflicts it documents.

The same registration validates the request, serializes the answer and generates the OpenAPI document (openapi.py).
To add an endpoint:

1. The shape of its answer is a class in `portal/answers/`, which the response, OpenAPI and the typed client share. A
   field is read from the view's attribute of the same name; `From` names another one and turns `…_minor` into major
   units and `…_bp` into a percentage:

        class Payout(Answer):
            # an amount that is due to a recruiter

            id: UUID
            amount: Annotated[Money, From("amount_minor")]  # in the currency of the view
            paid_at: Time | None

2. The view in `portal/api/<noun>.py` takes the validated `body` and `query`, makes one service call, and returns a view
   of `portal/queries`, which becomes the answer; `Payout.of(view, name=value)` says what the view does not hold,
   `Created` adds the address of what is new. What a view takes, and that it creates, is read from its annotations:

        @bp.reads("/payouts/<uuid:payout_id>", Payout, Permission.…)
        def get_payout(payout_id: uuid.UUID) -> object:
            return queries.payout(payout_id, viewer=current_actor())

        @bp.changes("/payouts/<uuid:payout_id>/returned", Payout, Permission.…, "NOT_PAID")
        def return_payout(payout_id: uuid.UUID, body: ReasonBody) -> object:
            actor = current_actor()
            payments.returned(payout_id, actor=actor, **body.to_input())
            return queries.payout(payout_id, viewer=actor)

   A field is the argument of its name; `To` names another, and turns major units into minor ones and a percentage into
   basis points. A refusal that names the argument then names the field.

3. A method in `portal/client/` calls it, if programs will. `make docs` writes the API's document and the permissions
   again. A body that needs more than some value of each type it requires has a row in `tests/api/matrix_bodies.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.http import dump_options_header

from portal.answers.values import Answer
from portal.api import idempotency
from portal.api.auth import READING, check_scope
from portal.api.bodies import check_json, in_utf8
from portal.api.errors import answer_error
from portal.api.types import Body, sent_as
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.policy import marked, names_nobody, policy, refuse_unseen

JSON, PDF, CSV, ZIP = "application/json", "application/pdf", "text/csv", "application/zip"
View = TypeVar("View", bound=Callable[..., Any])
NAMES = {"full_name", "candidate_name", "attachments"}  # an answer with one of these shows who a candidate is
ASKS_FOR_CREDIT = {Permission.CANDIDATE_SOURCE, Permission.OUTREACH_RECORD}


@dataclass(frozen=True, slots=True)
class Described:
    """What an endpoint takes and gives.

    `names` says what the arguments of the service are called here, so that a refusal names the field that was sent:
    most say it themselves, by `To`. `file` is the type of what is sent to keep, for a view that returns a `File` in
    place of an answer.
    """

    tag: str
    out: type[Answer] | None
    permission: Permission
    status: int
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    conflicts: tuple[str, ...]
    also: tuple[int, ...]  # further success statuses
    names: Mapping[str, str]
    file: str | None


@dataclass(frozen=True, slots=True)
class Created:
    """Answer 201 with the address of what was created; `status` 200 when it was there already."""

    value: object
    location: str
    status: int = 201


@dataclass(frozen=True, slots=True)
class File:
    """A document to keep, and its name."""

    content: bytes | str
    name: str


class Api(Blueprint):
    """A blueprint of JSON endpoints under /api; `out` is the class of the answer, or the type of a file."""

    def __init__(self, name: str, import_name: str, *, tag: str) -> None:
        super().__init__(f"api_{name}", import_name, url_prefix="/api")
        self.tag = tag
        self.before_request(check_scope)
        self.register_error_handler(Exception, answer_error)

    def reads(
        self, rule: str, out: type[Answer] | str, permission: Permission, *, names: Mapping[str, str] | None = None
    ) -> Callable[[View], View]:
        """Register a view that changes nothing: it gets `query` as a validated model and returns a view or a `File`."""
        return self._operation(rule, "GET", out, permission, names=names)

    def changes(
        self,
        rule: str,
        out: type[Answer] | None,
        permission: Permission,
        *conflicts: str,
        method: str = "POST",
        also: tuple[int, ...] = (),
        names: Mapping[str, str] | None = None,
    ) -> Callable[[View], View]:
        """Register a view that does something: it gets `body` as a validated model and returns a view or `Created`."""
        return self._operation(rule, method, out, permission, conflicts=conflicts, also=also, names=names)

    def _operation(
        self,
        rule: str,
        method: str,
        out: type[Answer] | str | None,
        permission: Permission,
        *,
        names: Mapping[str, str] | None,
        conflicts: tuple[str, ...] = (),
        also: tuple[int, ...] = (),
    ) -> Callable[[View], View]:
        def register(view: View) -> View:
            takes = get_type_hints(view)
            body = takes.get("body")
            described = Described(
                tag=self.tag,
                out=None if isinstance(out, str) else out,
                permission=permission,
                status=201 if takes["return"] is Created else 204 if out is None else 200,
                body=body,
                query=takes.get("query"),
                conflicts=conflicts,
                also=also,
                names={**(sent_as(body) if body else {}), **(names or {})},
                file=out if isinstance(out, str) else None,
            )
            self.add_url_rule(rule, view.__name__, policy(permission)(_answering(view, described)), methods=[method])
            return view

        return register


def _answering(view: View, described: Described) -> Callable[..., Response]:
    """Return the view that reads what `described` says, calls the given one with it, and writes its answer."""

    @functools.wraps(view)
    def answer(**arguments: Any) -> Response:
        names: Mapping[str, str] = {}
        try:
            given = {**arguments, **_parsed(described)}
            names = described.names  # the service says its arguments; what was read before has the names as sent
            return idempotency.answered(lambda: _serialised(view(**given), described))
        except InvalidInput as error:
            refuse_unseen(candidates_by_id=described.permission in ASKS_FOR_CREDIT, has_the_role=True)
            raise _named(error, names) from error
        except UnsupportedMediaType:
            refuse_unseen(candidates_by_id=described.permission in ASKS_FOR_CREDIT, has_the_role=True)
            raise

    marked(answer, __api__=described)
    shown = () if described.out is None else described.out.model_fields.keys()
    if described.file is None and NAMES.isdisjoint(shown):
        names_nobody(answer)
    return answer


class Nothing(Body):
    """The body of a change that takes no fields."""


# In place of Pydantic’s words, which don’t say what to do.
_SAID = {
    "extra_forbidden": "This endpoint doesn’t know this name. Check its spelling.",
    "missing": "This field is required.",
}


def _named(error: InvalidInput, names: Mapping[str, str]) -> InvalidInput:
    fields = {names.get(name, name): sentence for name, sentence in error.fields.items()}
    return InvalidInput(error.message, code=error.code, fields=fields)


def _parsed(described: Described) -> dict[str, BaseModel]:
    given: dict[str, BaseModel] = {}
    _refuse_twice()
    if described.body is not None:
        given["body"] = _body(described.body)
    elif request.method not in READING:
        _body(Nothing)
    if described.query is not None:
        given["query"] = _validated(lambda model: model.model_validate(request.args.to_dict()), described.query)
    elif request.args:
        raise InvalidInput.field(next(iter(request.args)), _SAID["extra_forbidden"])
    return given


def _refuse_twice() -> None:
    """Refuse a parameter that was sent twice, as a key is in a body: either of the two might be meant."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        said = "Send this parameter once."
        raise InvalidInput(f"{said} It was sent twice: {', '.join(twice)}.", fields=dict.fromkeys(twice, said))


def _body(model: type[BaseModel]) -> BaseModel:
    raw = request.get_data(cache=True)
    if raw and request.mimetype != JSON:
        raise UnsupportedMediaType()
    raw = in_utf8(raw or b"{}")
    check_json(raw)
    return _validated(lambda m: m.model_validate_json(raw), model)


def _validated(parse: Callable[[type[BaseModel]], BaseModel], model: type[BaseModel]) -> BaseModel:
    try:
        return parse(model)
    except ValidationError as error:
        fields = {
            ".".join(map(str, e["loc"])) or "body": _SAID.get(e["type"]) or e["msg"].removeprefix("Value error, ")
            for e in error.errors(include_url=False)
        }
        raise InvalidInput("The input is invalid; see details for each field.", fields=fields) from error


def _serialised(result: object, described: Described) -> Response:
    """Turn what a view returned into the response; a mismatch is our own fault and answers 500."""
    status, headers = described.status, {}
    if isinstance(result, Created):
        status, headers = result.status, {"Location": result.location}
        result = result.value
    if isinstance(result, File):
        headers["Content-Disposition"] = dump_options_header("attachment", {"filename": result.name})
        return Response(result.content, status, headers, mimetype=described.file)
    if described.out is None:
        return Response(status=204)
    made = result if isinstance(result, described.out) else _made(described.out, result)
    return Response(made.model_dump_json(), status, headers, mimetype=JSON)


class BadAnswer(RuntimeError):
    """A view returned something other than its description says."""


def _made(out: type[Answer], result: object) -> Answer:
    try:
        return out.model_validate(result)
    except (ValidationError, AttributeError) as error:
        raise BadAnswer(str(error)) from error
