"""What the API takes: strict bodies and parameters, money and percentages as JSON numbers (answers: portal.answers)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    field_validator,
)

from portal.domain import texts


class Body(BaseModel):
    """Be a request body: unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """Be the query parameters: texts are converted, unknown ones and unprintable characters refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _printable(cls, value: object) -> object:
        if isinstance(value, str) and any(map(texts.unprintable, value)):
            raise ValueError("must have no control characters")
        return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")
    return Decimal(str(value))


def _three_decimals(value: Decimal) -> Decimal:
    # How many its currency has is said where the currency is known; none has more.
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3:
        raise ValueError("at most three decimals")
    return value


def _two_decimals(value: Decimal) -> Decimal:
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise ValueError("at most two decimals")
    return value


Money = Annotated[
    Decimal,
    BeforeValidator(_number),
    AfterValidator(_three_decimals),
    Field(gt=0, le=10**11),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 10**11, "multipleOf": 0.001}),
]
Percentage = Annotated[
    Decimal,
    BeforeValidator(_number),
    AfterValidator(_two_decimals),
    Field(gt=0, le=100),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 100, "multipleOf": 0.01}),
]
Notes = Annotated[str, Field(max_length=texts.NOTES)]
Reason = Annotated[str, Field(min_length=1, max_length=texts.REASON)]
Limit = Annotated[int, Field(ge=1, le=100)]
Offset = Annotated[int, Field(ge=0, le=10_000)]
# What a PATCH leaves out: no value of the field's type, and no default in the document either.
ABSENT: Any = Field(default_factory=type(None))
