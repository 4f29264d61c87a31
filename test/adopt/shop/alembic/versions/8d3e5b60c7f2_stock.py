"""stock"""

import sqlalchemy as sa
from alembic import op

revision = "8d3e5b60c7f2"
down_revision = "1f0c2a7d9b41"


def upgrade():
    op.add_column("products", sa.Column("stock", sa.Integer, server_default="0"))


def downgrade():
    op.drop_column("products", "stock")
