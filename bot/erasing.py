"""All that an installation keeps of a citizen: a process that may have to erase it imports this module.

Each package registers its own tables when it is imported; the gateway would import neither of these.
"""

from __future__ import annotations

from bot.trackers import tracker_events
from foundation import erasure
from knowledge_base import records as records

erasure.register_table(tracker_events, "type", "at", "body")
