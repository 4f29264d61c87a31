"""Run by Alembic for `orders migrate`, on the connection that holds the migrators' lock."""

from alembic import context

from orders.models import Base

attributes = context.config.attributes

context.configure(
    connection=attributes["connection"],
    target_metadata=Base.metadata,
    on_version_apply=attributes["record"],
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
