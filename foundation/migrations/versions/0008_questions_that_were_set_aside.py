"""questions that were set aside.

What a citizen wrote was kept beside the reason, past the time for which questions are kept and past an erasure. Nothing
reads it: a question is known again by its marks.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.text("UPDATE asides SET question = ''"))


def downgrade() -> None:
    """What was forgotten stays forgotten."""
