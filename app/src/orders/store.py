"""Orders in the database. Each function is run by `Database.read` or `Database.write`."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orders.models import Order, OrderLine, UtcDateTime
from orders.schemas import NewOrder


async def create(session: AsyncSession, new: NewOrder) -> Order:
    lines = [OrderLine(position=i, **line.model_dump()) for i, line in enumerate(new.lines)]
    order = Order(customer=new.customer, lines=lines)
    session.add(order)
    return order


async def find(session: AsyncSession, order_id: int) -> Order | None:
    return await session.get(Order, order_id)


async def page(session: AsyncSession, after: int, limit: int) -> Sequence[Order]:
    query = select(Order).where(Order.id > after).order_by(Order.id).limit(limit)
    return (await session.scalars(query)).all()


async def cancel(session: AsyncSession, order_id: int) -> Order | None:
    """Cancels the order if it is still only placed; otherwise returns it as it is."""
    order = await session.get(Order, order_id, with_for_update=True)
    if order and order.status == "placed":
        order.status = "cancelled"
        order.cancelled_at = await session.scalar(select(func.now(type_=UtcDateTime)))
    return order
