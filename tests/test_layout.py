"""How the tests themselves lie."""

from __future__ import annotations

from collections import Counter

from foundation.settings import ROOT


def test_no_two_files_of_tests_have_the_same_name() -> None:
    """Outside of packages pytest imports them by their names alone, and stops at the second."""
    files = [file for file in (ROOT / "tests").rglob("*.py") if not (file.parent / "__init__.py").exists()]
    names = Counter(file.name for file in files if file.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []
