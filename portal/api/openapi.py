"""The OpenAPI 3.1 document, generated from the registrations that validate and serialise."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from portal.answers.refusals import Error
from portal.api.endpoint import JSON, Described
from portal.domain.permissions import GRANTS

TEMPLATE = "#/components/schemas/{model}"
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
FORMATS = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
REFUSALS = {
    400: ("InvalidInput", "Malformed or invalid input; see the details for each field"),
    401: ("NotSignedIn", "Missing or invalid credentials"),
    403: ("NotPermitted", "Not permitted"),
    404: ("NotFound", "Not found, or not visible to the caller"),
    409: ("Conflict", "Conflicts with the current state"),
    413: ("TooLarge", "The body is larger than 1 MiB"),
    415: ("NotJson", "The body is not JSON"),
    429: ("TooMany", "Too many requests"),
    500: ("Failed", "Server error"),
    503: ("Unavailable", "Temporarily unavailable; try again"),
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": "Sent again with the same body within 24 hours, the same key returns the first response.",
}
LOCATION = {"required": True, "schema": {"type": "string"}, "description": "The address of what was created."}
Json = dict[str, Any]


def document(app: Flask) -> Json:
    """Generate the document of all endpoints of an app."""
    endpoints = sorted(_endpoints(app), key=lambda e: (e[0].rule, e[1]))
    refs, definitions = _schemas([described for _, _, described, _ in endpoints])
    paths: Json = {}
    for rule, method, described, summary in endpoints:
        operation = _operation(rule, method, described, summary, refs)
        links = _links(rule, endpoints) if described.status == 201 else {}
        if links:
            operation["responses"]["201"]["links"] = links
        paths.setdefault(PARAMETER.sub(r"{\2}", rule.rule), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Splits portal",
            "version": "1",
            "description": "Split-fee recruiting: ownership, proposals, placements, splits, reputation.",
        },
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in sorted({d.tag for _, _, d, _ in endpoints})],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "responses": {name: _refusal(words, refs) for name, words in REFUSALS.values()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _links(rule: Rule, endpoints: list[tuple[Rule, str, Described, str]]) -> Json:
    """Link what was created to what can be done with it: the addresses below, which take its id and no other."""
    below = re.compile(re.escape(rule.rule) + r"/<uuid:\w+>(?:/[a-z/-]+)?")
    return {
        _name(other): {
            "operationId": _name(other),
            "parameters": {name: "$response.body#/id" for _, name in PARAMETER.findall(other.rule)},
        }
        for other, _, _, _ in endpoints
        if below.fullmatch(other.rule) and len(PARAMETER.findall(other.rule)) == 1
    }


def _name(rule: Rule) -> str:
    return str(rule.endpoint).rsplit(".", 1)[-1]


def _endpoints(app: Flask) -> list[tuple[Rule, str, Described, str]]:
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        described = getattr(view, "__api__", None)
        if described is not None:
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            found.append((rule, method, described, (view.__doc__ or rule.endpoint).strip().splitlines()[0]))
    return found


def _schemas(described: list[Described]) -> tuple[dict[Any, Json], Json]:
    models: set[tuple[type[BaseModel], str]] = {(Error, "serialization")}
    for one in described:
        models |= {(one.body, "validation")} if one.body else set()
        models |= {(one.out, "serialization")} if one.out else set()
    ordered: Any = sorted(models, key=lambda m: (m[0].__name__, m[1]))
    refs, made = models_json_schema(ordered, ref_template=TEMPLATE)
    return dict(refs), made.get("$defs", {})


def _operation(rule: Rule, method: str, described: Described, summary: str, refs: dict[Any, Json]) -> Json:
    operation: Json = {
        "operationId": _name(rule),
        "summary": summary,
        "description": f"Roles: {', '.join(sorted(GRANTS[described.permission]))}.",
        "tags": [described.tag],
        "parameters": [*_path_parameters(rule), *_query_parameters(described), *([IDEMPOTENCY] * (method == "POST"))],
        "responses": _responses(described, refs),
    }
    if described.body is not None:
        required = any(f.is_required() for f in described.body.model_fields.values())
        schema = refs[(described.body, "validation")]
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    return operation


def _path_parameters(rule: Rule) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": FORMATS.get(kind, {"type": "string"})}
        for kind, name in PARAMETER.findall(rule.rule)
    ]


def _query_parameters(described: Described) -> list[Json]:
    if described.query is None:
        return []
    schema = described.query.model_json_schema()
    definitions = schema.get("$defs", {})
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": _sent(_inlined(one, definitions)),
        }
        for name, one in schema["properties"].items()
    ]


def _sent(schema: Json) -> Json:
    """Leave null out: an address cannot say it, one leaves the parameter out."""
    kept = {key: value for key, value in schema.items() if (key, value) != ("default", None)}
    *others, last = kept.pop("anyOf", [{}])
    return {**kept, **(others[0] if last == {"type": "null"} and len(others) == 1 else {})}


def _inlined(schema: Any, definitions: Json) -> Any:
    """Put the enums of a parameter where they are used: parameters cannot refer to components of their own."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
        return {key: _inlined(value, definitions) for key, value in schema.items()}
    return [_inlined(one, definitions) for one in schema] if isinstance(schema, list) else schema


def _responses(described: Described, refs: dict[Any, Json]) -> Json:
    responses: Json = {}
    for status in (described.status, *described.also):
        content = _content(described, refs)
        responses[str(status)] = {"description": "Success", **({"content": content} if content else {})}
    if described.status == 201:
        responses["201"]["headers"] = {"Location": LOCATION}
    for status, (name, words) in REFUSALS.items():
        responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
        if status == 409 and described.conflicts:
            responses["409"] = _refusal(f"{words}: {', '.join(described.conflicts)}", refs)
    return responses


def _content(described: Described, refs: dict[Any, Json]) -> Json:
    if described.file is not None:
        return {described.file: {"schema": {"type": "string", "format": "binary"}}}
    return {} if described.out is None else {JSON: {"schema": refs[(described.out, "serialization")]}}


def _refusal(words: str, refs: dict[Any, Json]) -> Json:
    return {"description": words, "content": {"application/json": {"schema": refs[(Error, "serialization")]}}}
