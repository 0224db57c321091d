"""What the API takes: strict bodies and parameters, money and percentages as JSON numbers (answers: portal.answers)."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
)

from portal.domain import money, texts
from portal.domain.collaboration import CollaboratorRole
from portal.domain.errors import InvalidInput
from portal.domain.ids import written_id

# Spread, so that the description lists them from where they are defined.
Currency = Literal[*money.CURRENCIES]  # type: ignore[valid-type]  # checkers want literals written out, a second list
OFFSET_MOST = 10_000  # beyond it, rows are skipped one by one, and pages shift while others insert


@dataclass(frozen=True, slots=True)
class To:
    """The argument of the service that a field becomes, where that has another name than the field.

    As with `From` in the answers: what ends in `minor` is an amount in minor units, what ends in `bp` in basis points.
    """

    argument: str

    def read(self, value: Any, currency: str, *, field: str) -> object:
        """Return the value in the service's units.

        Raises:
            InvalidInput: the amount in `field` has decimals that the currency lacks.
        """
        if value is None or not self.argument.endswith(("minor", "bp")):
            return value
        if self.argument.endswith("bp"):
            return money.percent_to_bp(value)
        return money.to_minor(value, currency, field=field)


class Body(BaseModel):
    """A request body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: object) -> object:
        said = value if isinstance(value, list | tuple) else [value]
        if any("\x00" in text for text in said if isinstance(text, str)):
            raise ValueError("must not contain the character NUL")  # of which the database knows no text
        return value

    def to_input(self, currency: str = "") -> dict[str, Any]:
        """Return the arguments of the service; amounts are in `currency`."""
        return self._as_arguments(currency, type(self).model_fields)

    def sent(self, currency: str = "") -> dict[str, Any]:
        """Return the arguments that were sent, of a body whose other fields stay as they are."""
        return self._as_arguments(currency, self.model_fields_set)

    def _as_arguments(self, currency: str, fields: Iterable[str]) -> dict[str, Any]:
        to = _becoming(type(self))
        return {to[name].argument: to[name].read(getattr(self, name), currency, field=name) for name in fields}


@functools.cache
def _becoming(body: type[Body]) -> dict[str, To]:
    return {
        name: next((one for one in field.metadata if isinstance(one, To)), To(name))
        for name, field in body.model_fields.items()
    }


def sent_as(body: type[Body]) -> dict[str, str]:
    """Return the field in which each argument of the service is sent, in the rows of a body as well."""
    names = {to.argument: name for name, to in _becoming(body).items()}
    for field in body.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Body):
                names |= sent_as(part)
    return names


class Query(BaseModel):
    """The query parameters: texts are converted, unknown ones and unprintable characters refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: object) -> object:
        if isinstance(value, str) and any(map(texts.unprintable, value)):
            raise ValueError("must not contain control characters")
        return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    return Decimal(str(value))


def _decimals(most: int, said: str) -> AfterValidator:
    """Refuse more decimals; how many of them an amount's currency has is said where the currency is known."""

    def check(value: Decimal) -> Decimal:
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and exponent < -most:
            raise ValueError(f"at most {said} decimals")
        return value

    return AfterValidator(check)


def _shown(**bounds: float) -> WithJsonSchema:
    return WithJsonSchema({"type": "number", **bounds})


_Amount = Annotated[Decimal, BeforeValidator(_number), _decimals(3, "three")]  # no currency has more
_Share = Annotated[Decimal, BeforeValidator(_number), _decimals(2, "two")]
Money = Annotated[_Amount, Field(gt=0, le=10**11), _shown(exclusiveMinimum=0, maximum=10**11, multipleOf=0.001)]
Percentage = Annotated[_Share, Field(gt=0, le=100), _shown(exclusiveMinimum=0, maximum=100, multipleOf=0.01)]
# Like the others, and nothing as well.
MoneyOrZero = Annotated[_Amount, Field(ge=0, le=10**11), _shown(minimum=0, maximum=10**11, multipleOf=0.001)]
PercentageOrZero = Annotated[_Share, Field(ge=0, le=100), _shown(minimum=0, maximum=100, multipleOf=0.01)]


def _canonical(value: object) -> object:
    """Refuse what only the parser would take for an id: braces, urn:uuid:, no hyphens."""
    if not isinstance(value, str):
        return value
    try:
        return written_id(value)
    except ValueError as error:
        raise ValueError("must be an id such as 0190c8a4-7b1e-7c3d-9f00-1a2b3c4d5e6f") from error


def _within_reach(value: int) -> int:
    if value > OFFSET_MOST:
        raise ValueError(f"is at most {OFFSET_MOST:,}; to go further, send next_cursor from the response as cursor")
    return value


Id = Annotated[uuid.UUID, BeforeValidator(_canonical)]


def _written(pattern: str, example: str) -> BeforeValidator:
    """Refuse what pydantic would take for a date as well: a number of seconds, or a date with a time."""

    def check(value: object) -> object:
        if isinstance(value, str) and not re.fullmatch(pattern, value):
            raise ValueError(f"must be written like {example}")
        return value

    return BeforeValidator(check)


# In queries, whose texts are converted; bodies are strict.
A_DAY = _written(r"\d{4}-\d\d-\d\d", "2026-11-30")
Moment = Annotated[AwareDatetime, _written(r"\d{4}-\d\d-\d\dT.+", "2026-11-30T09:00:00Z")]
Notes = Annotated[str, Field(max_length=texts.NOTES)]
Reason = Annotated[str, Field(min_length=1, max_length=texts.REASON)]
A_NUMBER = _written("-?[0-9]+", "50")  # Python would read 1_0, +5 and 5.0 as well
Limit = Annotated[int, Field(ge=1, le=100), A_NUMBER]


class PageQuery(Query):
    """Which part of a list; `cursor` takes the `next_cursor` of the page before, and shows no row twice."""

    cursor: Id | None = None
    limit: Limit = 50


# What the caller read before; nobody's change in between is overwritten.
Version = (
    Annotated[int, Field(ge=1, description="The placement's `version` when you read it; 409 if it has changed since.")]
    | None
)
SheetVersion = (
    Annotated[
        int, Field(ge=1, description="The placement's `split_version` when you read it; 409 if it has changed since.")
    ]
    | None
)
Offset = Annotated[
    int, Field(ge=0, json_schema_extra={"maximum": OFFSET_MOST}), AfterValidator(_within_reach), A_NUMBER
]
# What a PATCH leaves out: no value of the field's type, and no default in the document either.
ABSENT: Any = Field(default_factory=type(None))


def check_order(first: date | datetime | None, last: date | datetime | None, *, name: str) -> None:
    """Refuse a period that ends before it starts.

    Raises:
        InvalidInput: it does; `name` is the field of its end.
    """
    if first is not None and last is not None and last < first:
        raise InvalidInput.field(name, "The end is before the start.")


class ShareRow(Body):
    """The share of one row of a team."""

    recruiter_id: Id
    role: CollaboratorRole
    split_percentage: Annotated[Percentage, To("split_bp")]
