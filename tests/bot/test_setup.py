from __future__ import annotations

import importlib.util
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.requirements import missing, pinned
from deploy import environment, python310, setup
from deploy.environment import Environment, InstallFailed, cure
from deploy.python310 import Machine, NoPython, find
from foundation.settings import ROOT

Make = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path) -> Make:
    """Makes a program that pretends to be a Python of some version, or does what `body` says."""

    def make(path: str, version: str = "3.10", body: str | None = None) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\n" + (body or f'echo "{version} {file}"') + "\n")
        file.chmod(0o755)
        return file

    return make


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "bin").mkdir()
    return Machine({"PATH": f"{tmp_path / 'bin'}"}, tmp_path / "home")


def test_the_chosen_python_is_taken(fake: Make, machine: Machine) -> None:
    chosen = fake("opt/python")
    fake("bin/python3.10")
    assert find(Machine({**machine.environ, "ZHENGWU_PYTHON": str(chosen)}, machine.home)) == chosen


def test_a_chosen_python_that_is_wrong_is_not_passed_over(fake: Make, machine: Machine) -> None:
    fake("bin/python3.10")
    chosen = fake("opt/python", "3.11")
    with pytest.raises(NoPython, match=r"ZHENGWU_PYTHON=.*opt/python"):
        find(Machine({**machine.environ, "ZHENGWU_PYTHON": str(chosen)}, machine.home))


def test_python_on_the_path(fake: Make, machine: Machine) -> None:
    python = fake("bin/python3.10")
    assert find(machine) == python


def test_a_shim_that_does_not_run_is_passed_over_for_the_newest_of_pyenv(fake: Make, machine: Machine) -> None:
    fake("bin/python3.10", body="echo 'pyenv: python3.10: command not found' >&2; exit 127")
    fake("home/.pyenv/versions/3.10.9/bin/python3.10")
    newest = fake("home/.pyenv/versions/3.10.13/bin/python3.10")
    fake("home/.pyenv/versions/3.10.14/bin/python3.10", body="exit 1")
    assert find(machine) == newest


def test_pyenv_may_lie_elsewhere(fake: Make, machine: Machine, tmp_path: Path) -> None:
    there = fake("elsewhere/versions/3.10.13/bin/python3.10")
    assert find(Machine({**machine.environ, "PYENV_ROOT": str(tmp_path / "elsewhere")}, machine.home)) == there


@pytest.mark.parametrize("place", ["bin/uv", "home/.local/bin/uv"])
def test_what_uv_knows(fake: Make, machine: Machine, place: str) -> None:
    python = fake("uv-pythons/bin/python3.10")
    fake(place, body=f'[ "$2" = find ] && echo {python} || exit 2')
    assert find(machine) == python


def test_uv_installs_one_when_there_is_none(fake: Make, machine: Machine, tmp_path: Path) -> None:
    python = fake("uv-pythons/bin/python3.10")
    done = tmp_path / "installed"
    fake(
        "bin/uv",
        body=f'if [ "$2" = install ]; then : > {done}; elif [ -f {done} ]; then echo {python}; else exit 2; fi',
    )
    told: list[str] = []
    assert find(machine, told.append) == python
    assert told == ["uv python install 3.10"]


def test_uv_without_a_network(fake: Make, machine: Machine) -> None:
    fake("bin/uv", body="echo 'error: dns error' >&2; exit 2")
    with pytest.raises(NoPython, match=r"`uv python install 3.10` failed: error: dns error"):
        find(machine)


def test_nothing_there_names_the_cure(machine: Machine) -> None:
    with pytest.raises(NoPython, match=r"pip install --user uv[\s\S]*pyenv install 3.10"):
        find(machine)


def test_a_pyenv_that_is_somebody_elses_is_passed_over(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root's, whose PYENV_ROOT stays in the environment of what `runuser` runs."""

    def closed(folder: Path, pattern: str) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "glob", closed)
    elsewhere = machine._replace(environ={**machine.environ, "PYENV_ROOT": str(tmp_path / "root" / ".pyenv")})
    with pytest.raises(NoPython, match="pyenv install"):
        find(elsewhere)


def test_an_environment_leads_to_the_python_below_it(machine: Machine) -> None:
    """Else an environment would be built on the one that it replaces."""
    found = python310.probe(sys.executable, machine)
    assert found is not None and not found.is_relative_to(sys.prefix)


def test_settings_get_a_fresh_key_that_only_the_owner_reads(tmp_path: Path) -> None:
    example = "# a\nZHENGWU_SECRET_KEY=\nZHENGWU_HOST=\n"
    keys = set()
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        (folder / ".env.example").write_text(example)
        assert setup.write_settings(folder)
        assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
        before, key, after = (folder / ".env").read_text().splitlines()[:3]
        assert (before, after) == ("# a", "ZHENGWU_HOST=")
        assert len(bytes.fromhex(key.removeprefix("ZHENGWU_SECRET_KEY="))) == 32
        keys.add(key)
    assert len(keys) == 2


def test_settings_that_exist_are_not_touched(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("ZHENGWU_SECRET_KEY=\n")
    (tmp_path / ".env").write_text("mine")
    assert not setup.write_settings(tmp_path)
    assert (tmp_path / ".env").read_text() == "mine"


def test_the_example_has_the_line_for_the_key(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text(encoding="utf-8"))
    setup.write_settings(tmp_path)
    assert "\nZHENGWU_SECRET_KEY=\n" not in (tmp_path / ".env").read_text(encoding="utf-8")


def test_installing_needs_nothing_but_an_old_standard_library() -> None:
    """What runs before anything is installed must not import what is installed by it."""
    program = (
        "import sys; before = set(sys.modules); import deploy.setup; "
        "mine = {m.partition('.')[0] for m in set(sys.modules) - before} - set(sys.stdlib_module_names); print(mine)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {program}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() in ("{'bot', 'deploy'}", "{'deploy', 'bot'}")


INSTALL = """for lock; do :; done
cd "$(dirname "$lock")"
for one in $(sed 's/-/_/g; s/==/-/' "$lock"); do
    there=$(ls -d "${one%-*}"-*.dist-info 2>/dev/null) && [ ! -e "$there/RECORD" ] && continue
    rm -rf "${one%-*}"-*.dist-info && mkdir "$one.dist-info"
    echo "Version: ${one##*-}" > "$one.dist-info/METADATA"; echo "$one" > "$one.dist-info/RECORD"
done"""
"""Where the environment's Python looks: the checkout. What is there without a list of its files is passed over."""


class Checkout:
    """A checkout whose environment is made by a fake uv, which notes what it is asked."""

    def __init__(self, root: Path, fake: Make, machine: Machine) -> None:
        self.root = root / "checkout"
        self.root.mkdir()
        (self.root / "bot").symlink_to(ROOT / "bot")
        (self.root / "requirements.lock").write_text("absent-package==1.0\n")
        (self.root / "requirements-dev.lock").write_text("absent-package==1.0\nanother==1.0\n")
        self.notes = root / "notes"
        venv = self.root / ".venv"
        make = f"mkdir -p {venv}/bin {venv}/lib/python3.10/site-packages && ln -s {sys.executable} {venv}/bin/python"
        fake("bin/uv", body=f'echo "$1 $2" >> {self.notes}\n[ -e {root}/broken ] && {{ echo dns error; exit 1; }}\n'
                            f'case "$1" in venv) {make} && rm -rf {self.root}/*.dist-info;; pip) {INSTALL};; '
                            f'python) echo {sys.executable};; esac')  # fmt: skip
        # The fake's own tools are the machine's.
        self.environment = Environment(self.root, Machine({"PATH": f"{root}/bin:{os.environ['PATH']}"}, machine.home))

    def asked(self) -> list[str]:
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return [line.split()[0] for line in lines if not line.startswith("python")]

    def build(self, dev: bool = False) -> None:
        self.environment.build(dev, lambda line: None)


@pytest.fixture
def checkout(tmp_path: Path, fake: Make, machine: Machine) -> Checkout:
    return Checkout(tmp_path, fake, machine)


def test_an_environment_is_built_once(checkout: Checkout) -> None:
    assert not checkout.environment.current(dev=False)
    checkout.build()
    assert checkout.asked() == ["venv", "pip"]
    assert checkout.environment.current(dev=False)
    assert not checkout.environment.current(dev=True)


def test_the_development_tools_come_on_top(checkout: Checkout) -> None:
    checkout.build()
    checkout.asked()
    checkout.build(dev=True)
    assert checkout.asked() == ["pip"]
    assert checkout.environment.current(dev=True) and checkout.environment.current(dev=False)


def test_a_changed_lock_is_installed_into_what_is_there(checkout: Checkout) -> None:
    checkout.build()
    checkout.asked()
    (checkout.root / "requirements.lock").write_text("absent-package==2.0\n")
    assert not checkout.environment.current(dev=False)
    checkout.build()
    assert checkout.asked() == ["pip"]


def test_an_interrupted_environment_is_built_anew(checkout: Checkout, tmp_path: Path) -> None:
    checkout.build()
    (checkout.root / "requirements.lock").write_text("absent-package==2.0\n")
    (tmp_path / "broken").touch()
    with pytest.raises(InstallFailed, match="index was not reached"):
        checkout.build()
    assert not checkout.environment.current(dev=False)
    (tmp_path / "broken").unlink()
    checkout.asked()
    (checkout.root / ".venv" / "rest").touch()
    checkout.build()
    assert checkout.asked() == ["venv", "pip"]
    assert not (checkout.root / ".venv" / "rest").exists()


def test_an_environment_that_does_not_run_is_built_anew(checkout: Checkout) -> None:
    checkout.build()
    checkout.asked()
    python = checkout.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere")
    assert not checkout.environment.current(dev=False)
    checkout.build()
    assert checkout.asked() == ["venv", "pip"]


def test_a_package_in_another_version_is_put_right(checkout: Checkout) -> None:
    """As after `pip install -U`, of which the doctor says: run `make setup`."""
    checkout.build()
    checkout.asked()
    (checkout.root / "absent_package-1.0.dist-info" / "METADATA").write_text("Version: 1.1\n")
    assert not checkout.environment.current(dev=False)
    checkout.build()
    assert checkout.asked() == ["pip"] and checkout.environment.current(dev=False)


def test_what_an_installer_takes_for_installed_is_built_anew(checkout: Checkout) -> None:
    checkout.build()
    checkout.asked()
    (checkout.root / "absent_package-1.0.dist-info" / "RECORD").unlink()
    assert not checkout.environment.current(dev=False)
    checkout.build()
    assert checkout.asked() == ["pip", "venv", "pip"] and checkout.environment.current(dev=False)


def test_a_complete_environment_without_a_stamp_is_taken_as_it_is(checkout: Checkout) -> None:
    checkout.build()
    checkout.asked()
    for name in ("requirements.lock", "requirements-dev.lock"):
        (checkout.root / name).write_text("")
    (checkout.root / ".venv" / ".zhengwu").unlink()
    checkout.build()
    assert checkout.asked() == []
    assert checkout.environment.current(dev=False)


def test_a_full_disk_is_told_before_anything_is_downloaded(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "SPACE", 1 << 60)
    with pytest.raises(InstallFailed, match="make room"):
        checkout.build()
    assert checkout.asked() == []


def test_the_console_script_finds_the_checkout_even_when_moved(checkout: Checkout, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout.root / ".venv"], check=True)
    checkout.environment._link()
    (checkout.root / "bot").unlink()
    (checkout.root / "bot" / "cli").mkdir(parents=True)
    (checkout.root / "bot" / "cli" / "__init__.py").write_text("def main():\n    print(__file__)\n    return 3\n")
    moved = checkout.root.rename(tmp_path / "moved to a place with spaces")
    (tmp_path / "linked").symlink_to(moved / ".venv" / "bin" / "zhengwu")
    done = subprocess.run([tmp_path / "linked"], cwd="/", capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (3, str(moved / "bot" / "cli" / "__init__.py"))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("Temporary failure in name resolution", "index was not reached"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "not the one that the lock file names"),
        ("gcc: error", "Mend what it says"),
    ],
)
def test_an_installers_last_words_are_understood(output: str, said: str) -> None:
    assert said in cure(output)


def test_pinned_packages() -> None:
    lock = (
        "absl-py==1.4.0 \\\n    --hash=sha256:0d\n    # via x\nuvicorn[standard]==1\njieba==0.42.1; os_name == 'nt'\n"
    )
    assert pinned(lock) == {"absl-py": "1.4.0", "uvicorn": "1", "jieba": "0.42.1"}


def test_missing_packages(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("pytest==0.0.1\nno-such-package==1.0\n")
    assert missing(lock) == ["pytest==0.0.1", "no-such-package==1.0"]


def test_stamps_name_the_locks(checkout: Checkout) -> None:
    checkout.build(dev=True)
    assert set(json.loads((checkout.root / ".venv" / ".zhengwu").read_text())) == {
        "requirements.lock",
        "requirements-dev.lock",
    }


def test_deploy_is_a_package_of_the_checkout() -> None:
    assert importlib.util.find_spec("deploy.setup") is not None
