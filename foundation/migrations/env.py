"""Alembic's entry: runs inside the transaction that foundation/migrate.py opened."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.dialects.postgresql import JSONB

from foundation.database import Instant, metadata
from foundation.migrate import is_ours


def render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own column type by name; leave the rest to Alembic."""
    if kind == "type" and isinstance(item, Instant):
        autogen.imports.add("from foundation.database import Instant")
        return "Instant()"
    if kind == "type" and isinstance(item, JSONB):  # Alembic would name its text type without importing it
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return "postgresql.JSONB()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
    include_name=is_ours,
)
with context.begin_transaction():
    context.run_migrations()
