"""products"""

import sqlalchemy as sa
from alembic import op

revision = "1f0c2a7d9b41"
down_revision = None


def upgrade():
    op.create_table(
        "products",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("price_cents", sa.Integer, nullable=False),
    )


def downgrade():
    op.drop_table("products")
