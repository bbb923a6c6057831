"""The program's bytecode."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot import compiling


def test_the_program_and_what_came_as_source_are_compiled() -> None:
    names = {folder.name for folder in compiling.folders()}
    assert {*compiling.PACKAGES, "jieba"} <= names
    assert all(folder.is_dir() for folder in compiling.folders())


def test_what_has_changed_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "folders", lambda: [tmp_path])
    source = tmp_path / "one.py"
    source.write_text("x = 1\n")
    (tmp_path / "broken.py").write_text("x = (\n")
    compiling.compile_all()
    [made] = (tmp_path / "__pycache__").iterdir()
    before = made.read_bytes()
    compiling.compile_all()
    assert made.read_bytes() == before
    source.write_text("x = 22\n")
    os.utime(source, (1, 1))
    compiling.compile_all()
    assert made.read_bytes() != before
