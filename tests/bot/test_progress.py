from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot import child
from bot.progress import Steps, elapsed, fitting
from foundation.settings import ROOT


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_steps_are_counted_and_told_line_by_line_without_a_terminal() -> None:
    out = io.StringIO()
    steps = Steps(6, 2, out)
    steps.skip("数据库")
    with steps.step("训练模型") as step:
        step.tell("much")
    assert out.getvalue() == "[3/6] 数据库 已是最新\n[4/6] 训练模型 …\n[4/6] 训练模型 完成（0 秒）\n"


def test_a_failed_step_says_so_and_passes_the_error_on() -> None:
    out = io.StringIO()
    with pytest.raises(OSError), Steps(1, 0, out).step("训练模型"):
        raise OSError
    assert out.getvalue().endswith("[1/1] 训练模型 失败（0 秒）\n")


def test_on_a_terminal_one_line_is_written_over() -> None:
    out = Terminal()
    with Steps(1, 0, out).step("训练模型"):
        pass
    assert out.getvalue().endswith("\r\x1b[K[1/1] 训练模型 完成（0 秒）\n")
    assert out.getvalue().count("\n") == 1


def test_times_in_words() -> None:
    assert [elapsed(0.9), elapsed(59), elapsed(61), elapsed(600)] == ["0 秒", "59 秒", "1 分 01 秒", "10 分 00 秒"]


def test_a_line_that_fits() -> None:
    assert fitting("训练 ab", 10) == "训练 ab"
    assert fitting("训练 ab", 6) == "训练 a"
    assert fitting("训练", 3) == "训"


def test_a_commands_output_goes_to_the_log_and_its_end_into_the_error(tmp_path: Path) -> None:
    told: list[str] = []
    log = tmp_path / "logs" / "x.log"
    child.run(["sh", "-c", "echo one; echo two >&2"], log, ROOT, {"PATH": "/usr/bin:/bin"}, told.append)
    assert sorted(told) == ["one\n", "two\n"] and log.read_text() == "one\ntwo\n"
    many = "for i in $(seq 100); do echo line $i; done; exit 3"
    with pytest.raises(child.CommandFailed) as failed:
        child.run(["sh", "-c", many], log, ROOT, {"PATH": "/usr/bin:/bin"})
    assert failed.value.code == 3
    assert failed.value.tail.splitlines()[-1] == "line 100" and "line 80\n" not in failed.value.tail
    assert str(log) in str(failed.value)
