"""events for a broker."""

import sqlalchemy as sa
from alembic import op

from foundation.database import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    _give_ids_once(True)


def downgrade() -> None:
    _give_ids_once(False)
    op.drop_table("cursors")


def _give_ids_once(once: bool) -> None:
    """Have SQLite give out no id of an erased event again: whoever has read on from there would miss the new one."""
    if op.get_bind().dialect.name == "sqlite":
        kwargs = {"sqlite_autoincrement": once}
        with op.batch_alter_table("tracker_events", recreate="always", table_kwargs=kwargs):
            pass
