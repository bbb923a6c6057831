from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.stamps import Stamp, alone, fingerprint
from foundation.settings import ROOT


def test_a_stamp_remembers_one_value(tmp_path: Path) -> None:
    stamp = Stamp(tmp_path / "stamps" / "model")
    assert not stamp.says("a") and stamp.read() == ""
    stamp.write("a")
    assert stamp.says("a") and not stamp.says("b")
    stamp.remove()
    stamp.remove()
    assert not stamp.says("a")


def test_a_damaged_stamp_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "stamp").write_bytes(b"\xff\xfe")
    assert Stamp(tmp_path / "stamp").read() == ""


def test_the_fingerprint_follows_content_names_and_versions(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "one.yml").write_text("a")
    (tmp_path / "config.yml").write_text("c")
    seen = {fingerprint(tmp_path, ["data", "config.yml"])}

    def changed() -> bool:
        now = fingerprint(tmp_path, ["data", "config.yml"])
        fresh = now not in seen
        seen.add(now)
        return fresh

    (tmp_path / "data" / "one.yml").write_text("b")
    assert changed()
    (tmp_path / "data" / "one.yml").rename(tmp_path / "data" / "two.yml")
    assert changed()
    (tmp_path / "data" / "three.yml").write_text("")
    assert changed()
    (tmp_path / "config.yml").write_text("d")
    assert changed()
    assert fingerprint(tmp_path, ["data"], "3.6.21") != fingerprint(tmp_path, ["data"], "3.6.20")


def test_the_fingerprint_ignores_bytecode_hidden_files_and_everything_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    before = fingerprint(tmp_path, ["data", "absent.yml"])
    (tmp_path / "data" / "__pycache__").mkdir()
    (tmp_path / "data" / "__pycache__" / "one.pyc").write_text("")
    (tmp_path / "data" / ".one.yml.swp").write_text("")
    (tmp_path / "content.yml").write_text("")
    assert fingerprint(tmp_path, ["data", "absent.yml"]) == before


def test_one_after_the_other(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom bot.stamps import alone\n"
        "log = Path(sys.argv[1]) / 'log'\n"
        "with alone(Path(sys.argv[1]) / 'lock', lambda: print('waits')):\n"
        "    log.open('a').write('in ')\n    time.sleep(0.4)\n    log.open('a').write('out ')\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=30)[0] for process in both]
    assert sorted(said) == ["", "waits\n"]
    assert (tmp_path / "log").read_text() == "in out in out "


def test_the_lock_is_free_again_after_a_failure(tmp_path: Path) -> None:
    waited: list[bool] = []
    try:
        with alone(tmp_path / "lock", lambda: waited.append(True)):
            raise OSError
    except OSError:
        pass
    with alone(tmp_path / "lock", lambda: waited.append(True)):
        assert not waited
