"""The base of every answer, and the values in it: money and rates as JSON numbers, times in UTC with Z."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Self, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator

from portal.domain import money, times

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class From:
    """The attribute of a view that a field is read from, where that is not the field's own name.

    A path ("sourcer.is_protected") ends in None at the first None. What ends in `minor` is turned into major units of
    the view's currency, what ends in `bp` into a percentage.
    """

    path: str

    def read(self, view: object) -> object:
        """Return the value in the API's units."""
        value: Any = view
        for name in self.path.split("."):
            if value is None:
                return None
            value = getattr(value, name)
        if value is None or not self.path.endswith(("minor", "bp")):
            return value
        return money.bp_to_percent(value) if self.path.endswith("bp") else _major(value, view)


@dataclass(frozen=True, slots=True)
class Minor(From):
    """The amount of a view that a field is read from: minor units of the view's currency, whatever its name."""

    def read(self, view: object) -> object:
        """Return the value in major units."""
        value: Any = From.read(self, view)
        return None if value is None else _major(value, view)


def _major(minor: int, view: Any) -> Decimal:
    """Return an amount of a view in the major units of its currency."""
    return money.to_major(minor, view.currency)


def _may_grow(schema: dict[str, Any]) -> None:
    """Promise nobody that there will be no other field: the next release may have one."""
    schema.pop("additionalProperties", None)


class Answer(BaseModel):
    """An answer: made from a view by its attributes, where another field is a fault, or from JSON by the client."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_may_grow)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        return given if isinstance(given, Mapping | BaseModel) else cls._of_view(given, {})

    @classmethod
    def of(cls, view: object, **said: object) -> Self:
        """Return the answer made of a view, and of what is `said` beside it."""
        return cls.model_validate(cls._of_view(view, said))

    @classmethod
    def _of_view(cls, view: object, said: dict[str, object]) -> dict[str, object]:
        read = {name: source.read(view) for name, source in _sources(cls).items() if name not in said}
        return {**read, **said}


class Part(Answer):
    """A part of a list; `next_cursor` leads to the rows after it, null at the end."""

    next_cursor: Annotated[UUID | None, From("older")]


class CountedPart(Part):
    """A part of a list, with the length of all of it."""

    total: int


@functools.cache
def _sources(answer: type[Answer]) -> dict[str, From]:
    """Return where each field of an answer is read from."""
    return {
        name: next((one for one in field.metadata if isinstance(one, From)), From(name))
        for name, field in answer.model_fields.items()
    }


def as_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


_AS_NUMBER = PlainSerializer(as_number, return_type=int | float, when_used="json")
Money = Annotated[Decimal, _AS_NUMBER, WithJsonSchema({"type": "number"})]
Percentage = Annotated[Decimal, _AS_NUMBER, WithJsonSchema({"type": "number"})]
Rate = Annotated[Decimal, _AS_NUMBER, WithJsonSchema({"type": "number", "minimum": 0})]
# One of the words of a list that may get longer: a client reads one that it does not know yet as it stands.
OneOf = Annotated[E | str, Field(union_mode="left_to_right")]
Time = Annotated[AwareDatetime, PlainSerializer(times.exact, return_type=str, when_used="json")]
