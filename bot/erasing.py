"""All that an installation keeps of a citizen: a process that may have to erase it imports this module.

Each package registers its own tables when it is imported; the gateway would not import all of these.
"""

from __future__ import annotations

from actions import tables as tables
from desk import case_tables as case_tables
from desk import tables as desk_tables  # noqa: F401
from foundation import dialogue as dialogue
from foundation import sign_ins as sign_ins
from insights import recording as recording
from knowledge_base import records as records
from knowledge_base.recalls import tables as recall_tables  # noqa: F401
