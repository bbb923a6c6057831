from __future__ import annotations

import gc
from collections import Counter, OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.answering import recent as module
from knowledge_base.answering.recent import Recent, recent


def test_what_is_asked_again_is_made_twice_and_then_remembered() -> None:
    made: Counter[str] = Counter()
    ours: Recent[str] = Recent()

    def ask(key: str) -> str:
        def make() -> str:
            made[key] += 1
            return f"answer to {key}"

        return ours.recall(key, make)

    assert [ask("护照") for _ in range(5)] == ["answer to 护照"] * 5
    assert made["护照"] == 2


def test_what_is_asked_once_is_not_kept() -> None:
    ours: Recent[int] = Recent()
    for number in range(100):
        ours.recall(f"only once {number}", lambda: 1)
    assert len(ours) == 0


@given(st.lists(st.integers(0, 30), max_size=200))
def test_it_never_holds_more_than_it_should_and_never_gives_anothers_result(keys: list[int]) -> None:
    ours: Recent[int] = Recent(kept=5, seen=7)
    for key in keys:
        assert ours.recall(key, lambda key=key: key * 10) == key * 10
        assert len(ours) <= 5


def test_what_fails_is_not_remembered() -> None:
    ours: Recent[int] = Recent()

    def fail() -> int:
        raise ValueError

    for _ in range(3):
        with pytest.raises(ValueError):
            ours.recall("a", fail)
    assert ours.recall("a", lambda: 1) == 1


def test_each_release_remembers_for_itself_and_is_forgotten_with_its_snapshot() -> None:
    class Release:
        pass

    one, other = Release(), Release()
    first: Any = recent(one)  # type: ignore[arg-type]
    assert recent(one) is first  # type: ignore[arg-type]
    assert recent(other) is not first  # type: ignore[arg-type]
    before = len(module._of_snapshots)
    del one
    gc.collect()
    assert len(module._of_snapshots) == before - 1


def test_only_releases_that_are_asked_remember(monkeypatch: pytest.MonkeyPatch) -> None:
    class Release:
        pass

    monkeypatch.setattr(module, "_of_snapshots", OrderedDict())
    in_force, tried, newest = Release(), Release(), Release()
    first, second = recent(in_force), recent(tried)  # type: ignore[arg-type]
    assert recent(in_force) is first  # type: ignore[arg-type]
    recent(newest)  # type: ignore[arg-type]
    assert recent(in_force) is first, "asked later than the one that was tried"  # type: ignore[arg-type]
    assert recent(tried) is not second  # type: ignore[arg-type]
    assert len(module._of_snapshots) == module.RELEASES
