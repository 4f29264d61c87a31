"""The orders API."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request

from orders import models, store
from orders.database import Database
from orders.problems import may_answer
from orders.schemas import NewOrder, Order, OrderId, OrderPage, Page

router = APIRouter(prefix="/orders", tags=["orders"], responses=may_answer(400, 422, 503))


# A plain function would run in a thread, for each request.
async def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


Db = Annotated[Database, Depends(_database)]
Id = Annotated[OrderId, Path()]


@router.post("", status_code=201, response_model=Order, responses=may_answer(413))
async def create_order(new: NewOrder, database: Db) -> models.Order:
    return await database.write(store.create, new)


@router.get("", response_model=OrderPage)
async def list_orders(page: Annotated[Page, Query()], database: Db) -> dict[str, object]:
    """Orders from the oldest on."""
    orders = await database.read(store.page, page.after, page.limit + 1)
    items, more = orders[: page.limit], orders[page.limit :]
    return {"items": items, "next": items[-1].id if more else None}


@router.get("/{order_id}", response_model=Order, responses=may_answer(404))
async def get_order(order_id: Id, database: Db) -> models.Order:
    return _existing(await database.read(store.find, order_id))


@router.post("/{order_id}/cancel", response_model=Order, responses=may_answer(404, 409))
async def cancel_order(order_id: Id, database: Db) -> models.Order:
    """Cancelling twice is fine, so that a client may retry; a shipped order can't be cancelled."""
    order = _existing(await database.write(store.cancel, order_id))
    if order.status != "cancelled":
        raise HTTPException(409, f"The order is {order.status} and can't be cancelled")
    return order


def _existing(order: models.Order | None) -> models.Order:
    if order is None:
        raise HTTPException(404, "No such order")
    return order
