"""What an import found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from knowledge_base.importing.columns import Matches


class Problem(NamedTuple):
    """A row that cannot be imported, and why. `line` is a sheet's row where the file is a workbook."""

    file: str
    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.problem}"


class Entry(NamedTuple):
    """One unit as a file has it, not checked yet. `node` is its YAML node, where it has one."""

    line: int
    raw: dict[str, Any]
    node: Any = None
    file: str = ""
    """Where it differs from the file's own name: `guides.xlsx[items]`."""
    cleaned: bool = False
    """Whether its texts hold nothing that a database would not keep."""


class Table(NamedTuple):
    """A table in a file: its header row, and which field of ours each column fills (None: nothing is taken)."""

    place: str
    """The file's name, with its sheet in brackets where it is a workbook."""
    headings: tuple[str, ...]
    kind: str | None
    """None where the header was not recognised."""
    fields: tuple[str | None, ...]
    sample: tuple[str, ...] = ()
    """The cells of the row below."""


@dataclass
class FileReport:
    """One file: how many units were found good, and how many of them were taken."""

    file: str
    units: int = 0
    taken: bool = False
    """False where bad rows kept the whole file out."""
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Columns and sheets that nothing was taken from."""
    tables: list[Table] = field(default_factory=list)
    matches: Matches = field(default_factory=dict)
    """How columns of tables like this one were matched by hand."""


@dataclass
class Report:
    files: list[FileReport] = field(default_factory=list)
    units: dict[str, int] = field(default_factory=dict)
    """Kind → units that are drafts now (or would be, in a dry run)."""
    unchanged: int = 0
    """Units that equal what is published already, or what is under review."""
    dry_run: bool = False

    @property
    def problems(self) -> list[Problem]:
        return [problem for file in self.files for problem in file.problems]

    @property
    def complete(self) -> bool:
        """True when every file was taken."""
        return all(file.taken for file in self.files)
