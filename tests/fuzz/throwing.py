"""Throw generated input at every endpoint of the API, in process, and judge each answer by the document."""

from __future__ import annotations

import contextlib
import random
import uuid
from dataclasses import dataclass
from typing import Any

import hypothesis
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, Verbosity, given
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.callers import token_of
from tests.api.worlds import make
from tests.cast import assemble

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True)
class Targets:
    """The app, the tokens of who throws, and ids that exist."""

    app: Flask
    tokens: tuple[str, ...]
    ids: tuple[dict[str, uuid.UUID], ...]

    @property
    def schema(self) -> Any:
        """Load the document from the app itself."""
        return schemathesis.openapi.from_wsgi("/api/openapi.json", self.app)


def targets(app: Flask) -> Targets:
    """Make a marketplace to throw at; nobody may hold an app context, each request makes its own."""
    with app.app_context():
        cast = assemble(app)
        worlds = (
            make(cast, cast.rita, cast.carl, {"rita"}, "Amber"),
            make(cast, cast.omar, cast.zoe, {"omar"}, "Basil"),
        )
        tokens = tuple(token_of(cast, person) for person in (cast.pia, cast.carl, cast.rita, cast.hana))
        return Targets(app, tokens, tuple(world.ids for world in worlds))


def settings(examples: int, *, seed: int | None, **more: Any) -> hypothesis.settings:
    """Limit a run; with a seed it is the same every time."""
    return hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=seed is not None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        **more,
    )


def throw(at: Targets, examples: int, *, seed: int | None = None) -> int:
    """Throw so many inputs of each kind, right and wrong ones, at every operation; gives their number.

    Raises:
        AssertionError: with every distinct failure found.
    """
    thrown, wrong = 0, dict[str, str]()
    for result in at.schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                thrown += _throw_at(at, operation, mode, settings(examples, seed=seed))
            except (FailureGroup, AssertionError) as error:
                wrong[f"{operation.label} {mode.value}"] = str(error)[:2_000]
            except hypothesis.errors.Unsatisfiable:
                continue  # nothing wrong can be sent to an operation that takes nothing
    assert not wrong, "\n\n".join(f"{where}\n{what}" for where, what in wrong.items())
    return thrown


def _throw_at(at: Targets, operation: Any, mode: GenerationMode, limits: hypothesis.settings) -> int:
    count = 0

    @limits
    @given(
        case=operation.as_strategy(generation_mode=mode),
        token=st.sampled_from(at.tokens),
        ids=st.sampled_from((*at.ids, None)),
    )
    def send(case: Any, token: str, ids: dict[str, uuid.UUID] | None) -> None:
        nonlocal count
        count += 1
        if ids is not None and case.path_parameters:
            case.path_parameters = {name: str(ids[name]) for name in case.path_parameters}
        case.validate_response(_as(token, case).call(), checks=CHECKS)

    send()
    return count


def _as(token: str, case: Any) -> Any:
    """Put the token into a case, in the place of what was generated there."""
    others = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    case.headers = {**others, "Authorization": f"Bearer {token}"}
    return case


def walk(at: Targets, walks: int, *, steps: int = 6, seed: int = 0) -> None:
    """Follow the links of the document: what was created is read, changed and decided on.

    Each walk is a run of its own, for the second run of the same one meets what the first one left.

    Raises:
        AssertionError: an answer breaks the document.
    """
    machine = at.schema.as_state_machine()
    for number in range(seed, seed + walks):
        acting = random.Random(number)

        class Walk(machine):  # type: ignore[misc, valid-type]
            def before_call(self, case: Any, acting: random.Random = acting) -> None:
                _as(acting.choice(at.tokens), case)

            def validate_response(self, response: Any, case: Any, **_: Any) -> None:
                case.validate_response(response, checks=CHECKS)

        hypothesis.seed(number)(Walk)
        limits = settings(2, seed=None, stateful_step_count=steps)  # the first one is always the simplest there is
        with contextlib.suppress(hypothesis.errors.FlakyStrategyDefinition):  # its second part met the first one's rows
            run_state_machine_as_test(Walk, settings=limits)
