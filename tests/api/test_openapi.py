"""The document: valid, fresh, complete, and shown in a browser under the strict policy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from flask import Flask
from openapi_spec_validator import validate

from portal.api.document import written
from portal.domain.permissions import GRANTS
from tests.cast import Cast

ROOT = Path(__file__).parent.parent.parent
COMMITTED = ROOT / "docs" / "openapi.json"
FOUNDING = """
POST /api/candidates/{}/source; GET /api/candidates/{}/sourcer; POST /api/candidates/{}/outreach
GET /api/candidates/{}/protection-status; POST /api/placements/{}/activate; POST /api/placements/{}/complete
POST /api/placements/{}/fail; POST /api/placements/{}/request-replacement; POST /api/placements/{}/link-replacement
GET /api/placements/{}/state-history; GET /api/placements/{}/guarantee; POST /api/placements/{}/guarantee/extend
POST /api/placements/{}/collaborators; GET /api/placements/{}/collaborators
PATCH /api/placements/{}/collaborators/{}; POST /api/placements/calculate-splits; POST /api/proposals
GET /api/proposals/{}; POST /api/proposals/{}/accept; POST /api/proposals/{}/decline
GET /api/recruiters/{}/proposals; GET /api/jobs/{}/proposals; POST /api/proposals/process-timeouts
GET /api/recruiters/{}/reputation; POST /api/recruiters/{}/reputation/recalculate
GET /api/reputation/leaderboard; GET /api/recruiters/{}/reputation/history
"""


def operations(app: Flask) -> dict[str, dict[str, Any]]:
    """Return the operations by method and path, ids left out."""
    paths = json.loads(written(app))["paths"]
    return {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}": operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_the_document_is_valid_openapi_3_1(app: Flask) -> None:
    document = json.loads(written(app))
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_the_committed_document_is_fresh(app: Flask) -> None:
    fresh = written(app)
    assert COMMITTED.read_text(encoding="utf-8") == fresh, "run: make docs"


def test_all_27_founding_endpoints_are_described(app: Flask) -> None:
    wanted = {line.strip() for line in re.split(r"[;\n]", FOUNDING) if line.strip()}
    assert len(wanted) == 27
    assert wanted <= operations(app).keys()


def test_each_creation_names_its_address(app: Flask) -> None:
    created = [r["201"] for o in operations(app).values() if "201" in (r := o["responses"])]
    assert len(created) > 10
    assert all(answer["headers"]["Location"]["required"] for answer in created)


def test_the_reference_says_which_words_go_with_which_dispute(app: Flask) -> None:
    bodies = json.loads(written(app))["components"]["schemas"]
    reason = bodies["OpeningBody"]["properties"]["reason"]["description"]
    effect = bodies["RulingBody"]["properties"]["effect"]["description"]
    assert "`invoice`: wrong_amount, wrong_terms, not_owed." in reason
    assert "`placement`: keep, amend; " in effect


def test_every_operation_has_a_name_a_sentence_and_its_refusals(app: Flask) -> None:
    found = operations(app)
    names = [str(operation["operationId"]) for operation in found.values()]
    assert len(names) == len(set(names))
    for operation in found.values():
        assert str(operation["summary"]).endswith(".")
        responses = operation["responses"]
        assert isinstance(responses, dict)
        assert {"400", "401", "403", "404", "409", "413", "415", "429", "500", "503"} <= responses.keys()


def test_every_view_under_api_is_described(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    views = [app.view_functions[rule.endpoint] for rule in rules]
    described = [view for view in views if hasattr(view, "__api__")]
    assert len(described) == len(rules) - 2, "only the document and its page are no endpoints"
    assert all(view.__api__.permission in GRANTS for view in described)


def test_the_document_is_public(cast: Cast) -> None:
    answer = cast.client().get("/api/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.text == written(cast.app)


def test_the_command_prints_the_same(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["openapi"]).output == written(app)


def test_the_reference_is_a_sound_page_with_assets_of_its_own(cast: Cast) -> None:
    answer = cast.client().get("/api/docs")
    assert answer.status_code == 200
    assert re.findall(r"https?://", answer.text) == []
    assert "script-src 'self'; style-src 'self'; img-src 'self' data:;" in answer.headers["Content-Security-Policy"]
