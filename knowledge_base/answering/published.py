"""What wording needs of a release: its units, however they are searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from knowledge_base.model import Package, Unit, UnitKey


class Published(Protocol):
    """A search snapshot, or the same units with one that is being written (knowledge_base/editing/shelf.py)."""

    @property
    def release(self) -> int: ...

    @property
    def units(self) -> Mapping[UnitKey, Unit]: ...

    @property
    def packages(self) -> Mapping[str, tuple[Package, ...]]:
        """Packages by the items that are steps of them."""
        ...

    def get(self, kind: str, id: str | None) -> Unit | None: ...
