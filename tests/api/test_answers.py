"""How an answer is made of a view, and that the client reads what the server writes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, get_args

import pytest
from pydantic import ValidationError

import portal.answers
from portal.answers.values import Answer, From, Money, Percentage


@dataclass(frozen=True)
class Figures:
    """A part of a view."""

    rate: Decimal


@dataclass(frozen=True)
class View:
    """A view as queries return them."""

    name: str = "Rita"
    currency: str = "USD"
    fee_minor: int | None = 1_250
    share_bp: int = 3_333
    figures: Figures | None = None


class Line(Answer):
    """An answer with a source of each kind."""

    name: str
    fee: Annotated[Money | None, From("fee_minor")]
    share: Annotated[Percentage, From("share_bp")]
    rate: Annotated[Decimal | None, From("figures.rate")]


class Lines(Answer):
    """An answer with others inside."""

    lines: list[Line]


def below(answer: type[Answer]) -> Iterator[type[Answer]]:
    """Yield the answers that are made of one."""
    for one in answer.__subclasses__():
        yield one
        yield from below(one)


def kinds_in(annotation: Any) -> Iterator[type]:
    """Yield the classes in the type of a field."""
    if isinstance(annotation, type):
        yield annotation
    for part in get_args(annotation):
        yield from kinds_in(part)


@pytest.mark.parametrize(
    ("view", "written"),
    [
        (View(), '{"name":"Rita","fee":12.5,"share":33.33,"rate":null}'),
        (View(currency="JPY"), '{"name":"Rita","fee":1250,"share":33.33,"rate":null}'),
        (View(fee_minor=None), '{"name":"Rita","fee":null,"share":33.33,"rate":null}'),
        (View(figures=Figures(Decimal("0.25"))), '{"name":"Rita","fee":12.5,"share":33.33,"rate":"0.25"}'),
    ],
    ids=["cents", "no cents", "no fee", "a figure of a part"],
)
def test_a_field_is_read_from_where_it_says_and_in_the_units_of_the_contract(view: View, written: str) -> None:
    assert Line.of(view).model_dump_json() == written


def test_what_is_said_beside_the_view_goes_before_it() -> None:
    assert Line.of(View(), name="Omar", rate=None).name == "Omar"


def test_views_inside_an_answer_are_read_the_same_way() -> None:
    (line,) = Lines.model_validate({"lines": (View(),)}).lines
    assert line == Line.of(View())


def test_what_the_server_writes_is_what_the_client_reads() -> None:
    sent = Line.of(View(figures=Figures(Decimal("0.5"))))
    assert Line.model_validate_json(sent.model_dump_json()) == sent


def test_a_view_without_the_attribute_is_a_fault() -> None:
    with pytest.raises(AttributeError, match="share_bp"):
        Line.of(Figures(Decimal(1)), name="Rita", fee=None, rate=None)


def test_another_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="surprise"):
        Line.model_validate({**Line.of(View()).model_dump(), "surprise": 1})


def test_each_word_of_an_answer_may_be_one_that_the_client_does_not_know_yet() -> None:
    for module in pkgutil.iter_modules(portal.answers.__path__):
        importlib.import_module(f"portal.answers.{module.name}")
    kinds = {
        f"{answer.__name__}.{name}": set(kinds_in(field.annotation))
        for answer in below(Answer)
        for name, field in answer.model_fields.items()
    }
    listing = {name: found for name, found in kinds.items() if any(issubclass(kind, StrEnum) for kind in found)}
    assert len(listing) > 40
    assert [name for name, found in listing.items() if str not in found] == [], "write OneOf[...] around them"
