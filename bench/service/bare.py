"""What one would write from FastAPI's documentation for the same routes, models and engine.

No log, no limits, no errors beyond FastAPI's own: what the service adds has to cost little.
"""

import ssl
from collections.abc import AsyncIterator
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy import URL, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from orders import models
from orders.schemas import Health, NewOrder, Order, OrderId, OrderPage, Page
from orders.settings import PostgresSettings, load_settings

settings = load_settings()
assert isinstance(settings, PostgresSettings)
engine = create_async_engine(
    URL.create(
        "postgresql+asyncpg",
        settings.database_user,
        settings.database_password.get_secret_value(),
        settings.database_host,
        settings.database_port,
        settings.database_name,
    ),
    connect_args={"ssl": ssl.create_default_context(cafile=settings.database_ca_file)},
    pool_size=settings.database_pool_size,
    max_overflow=settings.database_max_overflow,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


async def open_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(open_session)]
app = FastAPI()


@app.get("/healthz", response_model=Health)
async def healthz() -> Health:
    return Health()


@app.post("/orders", status_code=201, response_model=Order)
async def create_order(new: NewOrder, session: Session) -> models.Order:
    lines = [models.OrderLine(position=i, **x.model_dump()) for i, x in enumerate(new.lines)]
    order = models.Order(customer=new.customer, lines=lines)
    session.add(order)
    await session.commit()
    return order


@app.get("/orders", response_model=OrderPage)
async def list_orders(page: Annotated[Page, Query()], session: Session) -> dict[str, object]:
    query = select(models.Order).where(models.Order.id > page.after).order_by(models.Order.id)
    orders = (await session.scalars(query.limit(page.limit + 1))).all()
    items, more = orders[: page.limit], orders[page.limit :]
    return {"items": items, "next": items[-1].id if more else None}


@app.get("/orders/{order_id}", response_model=Order)
async def get_order(order_id: OrderId, session: Session) -> models.Order:
    if (order := await session.get(models.Order, order_id)) is None:
        raise HTTPException(404, "No such order")
    return order


@app.post("/orders/{order_id}/cancel", response_model=Order)
async def cancel_order(order_id: OrderId, session: Session) -> models.Order:
    order = await session.get(models.Order, order_id, with_for_update=True)
    if order is None:
        raise HTTPException(404, "No such order")
    if order.status == "placed":
        order.status = "cancelled"
        order.cancelled_at = await session.scalar(select(func.now()))
        await session.commit()
    return order


if __name__ == "__main__":
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_seconds,
    )
