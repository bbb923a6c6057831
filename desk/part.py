"""A part of the conversations with people: a channel's, a region's, a department's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk.tables import handovers


@dataclass(frozen=True)
class Part:
    """None: all of them; of region and department, the empty one is none's."""

    channel: str | None = None
    region: str | None = None
    department: str | None = None

    def of_handovers(self) -> list[Any]:
        """The conditions on handovers."""
        found: list[Any] = []
        if self.channel is not None:
            found.append(handovers.c.channel == self.channel)
        if self.region is not None:
            found.append(handovers.c.region == self.region if self.region else handovers.c.region.is_(None))
        if self.department is not None:
            found.append(handovers.c.department == self.department)
        return found


WHOLE = Part()
