"""A process that may have to erase a citizen knows every table that names a conversation."""

from __future__ import annotations

import subprocess
import sys

from foundation.settings import ROOT

SCRIPT = """
import importlib
import bot.erasing, channels.server
from foundation import erasure
from foundation.database import metadata
from foundation.migrate import table_modules
known = set(erasure._keepers)
for module in table_modules():
    importlib.import_module(module)
naming = {table.name for table in metadata.sorted_tables if "conversation" in table.columns}
print(sorted(naming - known))
"""


def test_every_table_that_names_a_conversation_is_known() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr
