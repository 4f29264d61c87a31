"""What the API takes and gives.

Limits are those of the columns, and small enough that any total stays below 2**53, where
JavaScript's integers end.
"""

from datetime import datetime
from typing import Annotated, Literal
from unicodedata import category

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

BIGINT_MAX = 2**63 - 1


def _integer(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# JSON doesn't tell 3.0 from 3, and neither does JSON Schema.
INTEGER = BeforeValidator(_integer)
OrderId = Annotated[int, Field(ge=1, le=BIGINT_MAX)]
Sku = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


# Letters and a symbol by category, but blank: the fillers of Hangul and Braille's empty cell.
BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def _visible(name: str) -> str:
    """Marks combine with something, and separators, format and private characters show nothing."""
    if not any(category(char)[0] in "LNPS" and char not in BLANK for char in name):
        raise ValueError("holds no visible character")
    return name


# PostgreSQL's text holds no NUL; the other control characters are nobody's name either.
CustomerName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"),
    AfterValidator(_visible),
]


class Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Body(Request):
    # No "3" for 3: a client's mistake is answered rather than guessed at.
    model_config = ConfigDict(strict=True)


class Line(Body):
    model_config = ConfigDict(from_attributes=True)

    sku: Sku
    quantity: Annotated[int, Field(ge=1, le=10_000), INTEGER]
    unit_price_cents: Annotated[int, Field(ge=0, le=100_000_000), INTEGER]


class NewOrder(Body):
    customer: CustomerName
    lines: Annotated[list[Line], Field(min_length=1, max_length=100)]


class Page(Request):
    after: Annotated[int, Field(ge=0, le=BIGINT_MAX)] = 0
    """The `next` of the page before; 0, the default, is the beginning."""
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    """Orders a page. Default 50."""


class Order(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    customer: str
    status: Literal["placed", "shipped", "cancelled"]
    created_at: datetime
    cancelled_at: datetime | None
    lines: list[Line]


class OrderPage(BaseModel):
    items: list[Order]
    next: int | None
    """Pass it as `after` for the next page; null on the last one."""


class Health(BaseModel):
    status: Literal["ok"] = "ok"
