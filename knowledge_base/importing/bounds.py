"""How much one file may hold. No real table comes near these bounds; without them, a few kilobytes that stand for
gigabytes (zip, merged cells, aliases, nearly nothing a million times) would take the memory of the whole machine.

Readers check them as they read, before what is too much is there.
"""

from __future__ import annotations

from foundation.errors import ContentError

MOST_COLUMNS = 1_000
MOST_ROWS = 1_048_576
"""Filled ones of a workbook, its sheets together: as many as one sheet can have."""
MOST_CELLS = 8_000_000
"""Of a workbook: 100,000 rows of 60 columns, and two million more. Gaps in a row count, and what merged cells fill."""
MOST_MERGES = 200_000
"""Merged areas of one sheet: 20,000 rows, two and two, in twenty columns."""
MOST_STYLES = 200_000
"""Formats of cells in a workbook; Excel saves no more than 65,490."""
MOST_TAGS = 100_000
"""Of XML that has to be there at once, such as a row: one whose formats reach the last column has 16,384."""
LARGEST_ELEMENT = 8 << 20
"""Bytes of the same."""
MOST_PARTS = 100_000
"""Files in a zip: an export has one for each service item."""
MOST_DOCUMENTS = 200_000
"""In a YAML file."""
MOST_NAMED = 500_000
"""Values below the anchors (&name) of a YAML document."""
LARGEST_UNIT = 100_000
"""Values in one unit; a few lines of aliases of aliases can stand for billions."""
LONGEST_UNIT = 2_000_000
"""Characters in one unit, where a value counts as at least `VALUE`."""
VALUE = 20
LONGEST_NUMBER = 300
"""Characters of a number in YAML; with sixties (1:30:00), twice as many take four times as long."""
LONGEST_AVERAGE = 6_000
"""The same of all units of a file, on average: service items, the longest kind, have some 5,000."""
LONGEST_IMPORT = 100_000 * LONGEST_AVERAGE
LONGEST_CELL = 1 << 20
"""Characters in a cell of CSV."""
MOST_ENTRIES = 10_000
"""In one cell."""
MOST_SEPARATORS = LONGEST_CELL + 100_000
"""In one row of a CSV file, those in its texts counted; a torn quote may make one text of the rows behind it."""
MOST_PROBLEMS = 100_000
"""Of one file; a problem takes a hundred times as much as the two bytes that can make one."""


class TooMuch(ContentError):
    """A file holds more than it may: reading ends where that shows.

    `line` and `field` are as in `report.Problem`, `sheet` the workbook's; 0 and "" where that is not known.
    """

    def __init__(self, problem: str, line: int = 0, field: str = "file") -> None:
        super().__init__(problem)
        self.line, self.field, self.sheet = line, field, ""
