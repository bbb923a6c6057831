"""The parts of the bundle: what is checked before anything is installed, and in which order a release replaces another.

`test_bundle.py` installs a real one; here a shell script stands for the program.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import stat
import subprocess
import sys
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.bundle import contents, going_back, installation, installing, making, packages, python
from deploy.bundle.contents import Label
from deploy.bundle.installation import Installation, Refused
from deploy.environment import LOCK, Environment
from foundation.settings import ROOT

LABEL = Label("1.0.0-aaaaaaa", contents.this_platform(), "2.17", "0006", 1)
PROGRAM = """#!/bin/sh
# Stands for `zhengwu` of version VERSION, which needs schema SCHEMA.
var=$(dirname "$(readlink -f "$0")")/../../var
echo "VERSION $*" >> "$var/calls"
[ ! -e "$var/fail-$1" ] && [ ! -e "$var/fail-$2" ] || { echo "no luck" >&2; exit 1; }
case "$1 $2" in
prepare*) echo "$ZHENGWU_ENV" > "$var/prepared-for" ;;
"db status")
    have=null; [ ! -e "$var/schema" ] || have="\\"$(cat "$var/schema")\\""
    echo "{\\"schema\\": $have, \\"needed\\": \\"SCHEMA\\", \\"workers\\": [$(cat "$var/workers" 2>/dev/null)]}" ;;
"db upgrade") echo SCHEMA > "$var/schema" ;;
"db downgrade") echo "$4" > "$var/schema" ;;
backup*) echo "$2/zhengwu-1.tar (1 KB)" ;;
esac
"""


def make_bundle(folder: Path, label: Label = LABEL) -> Path:
    """An archive as it lies there unpacked, whose Python only says what it was asked."""
    zhengwu = folder / contents.PROGRAM / ".venv" / "bin" / "zhengwu"
    zhengwu.parent.mkdir(parents=True)
    zhengwu.write_text(PROGRAM.replace("VERSION", label.version).replace("SCHEMA", label.schema))
    zhengwu.chmod(0o755)
    units = folder / contents.PROGRAM / "deploy" / "systemd"
    units.mkdir(parents=True)
    for unit in (ROOT / "deploy" / "systemd").iterdir():
        shutil.copy(unit, units)
    shutil.copy(ROOT / ".env.example", folder / contents.PROGRAM)
    said = folder / contents.PYTHON / "bin" / "python3.10"
    said.parent.mkdir(parents=True)
    said.write_text('#!/bin/sh\necho "python $PYTHONPATH $*"\necho "in $ZHENGWU_ENV"\n')
    said.chmod(0o755)
    (folder / contents.VECTORS).mkdir()
    (folder / contents.VECTORS / "x.vectors").write_text("…")
    shutil.copy(ROOT / "deploy" / "bundle" / contents.INSTALLER, folder)
    label.write(folder)
    contents.write_sums(folder)
    return folder


def run_installer(bundle: Path, path: str = os.environ["PATH"], **environment: str) -> subprocess.CompletedProcess[str]:
    command = ["/bin/sh", str(bundle / contents.INSTALLER), "/srv/x"]
    return subprocess.run(command, env={"PATH": path, **environment}, capture_output=True, text=True)


def test_the_installer_hands_over_to_the_archives_own_python(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "with a blank")
    done = run_installer(bundle)
    assert done.returncode == 0, done.stderr
    assert f"python {bundle}/program -s -m deploy.bundle.installing {bundle} /srv/x" in done.stdout


@pytest.mark.parametrize("file", [contents.LABEL, "program/.env.example", "vectors/x.vectors"])
def test_an_altered_file_is_named_and_nothing_runs(tmp_path: Path, file: str) -> None:
    bundle = make_bundle(tmp_path / "bundle")
    altered = bundle / file
    altered.write_bytes(altered.read_bytes() + b"\n")
    done = run_installer(bundle)
    assert done.returncode == 1
    assert file in done.stdout + done.stderr and "校验值" in done.stdout and "重新拷贝" in done.stderr
    assert "python" not in done.stdout


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle")
    (bundle / "vectors" / "x.vectors").unlink()
    done = run_installer(bundle)
    assert done.returncode == 1 and "vectors/x.vectors" in done.stdout + done.stderr


def test_another_platform_is_named(tmp_path: Path) -> None:
    done = run_installer(make_bundle(tmp_path / "bundle", replace(LABEL, platform="linux-loongarch64")))
    assert done.returncode == 1
    assert "linux-loongarch64" in done.stderr and platform.machine() in done.stderr


@pytest.mark.parametrize("glibc, stops", [("2.5", False), ("2.17", False), ("2.117", True)])
def test_an_older_glibc_is_named(tmp_path: Path, glibc: str, stops: bool) -> None:
    done = run_installer(make_bundle(tmp_path / "bundle", replace(LABEL, glibc=glibc)))
    assert (done.returncode == 1 and glibc in done.stderr) == stops


def test_a_machine_without_glibc(tmp_path: Path) -> None:
    """There getconf says nothing of it, or is not there."""
    (tmp_path / "getconf").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "getconf").chmod(0o755)
    done = run_installer(make_bundle(tmp_path / "bundle"), f"{tmp_path}:{os.environ['PATH']}")
    assert done.returncode == 1 and "没有 glibc" in done.stderr


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setattr(installing, "install_packages", lambda bundle, release, steps: None)
    monkeypatch.setattr(installing, "SPACE", 0)
    monkeypatch.setattr(installation, "STOPPING", 0.0)
    monkeypatch.setattr(installation, "HIDDEN", ())  # tests may run there
    installed = Installation(tmp_path / "srv")
    installed.prepare()
    return installed


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "first")


@pytest.fixture
def second(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "second", replace(LABEL, version="1.1.0-bbbbbbb", schema="0007"))


def calls(place: Installation) -> list[str]:
    """What was asked of which release, but for its state; forgotten by asking."""
    log = place.shared / "var" / "calls"
    said = [line for line in log.read_text().splitlines() if " db status" not in line] if log.exists() else []
    log.unlink(missing_ok=True)
    return [line.replace(str(place.folder), "") for line in said]


NEW_ASKED = ["1.1.0-bbbbbbb prepare --done 4", f"1.1.0-bbbbbbb ask --json {installing.QUESTION}"]
BACKED_UP = "1.0.0-aaaaaaa backup /shared/backups"


def test_installing(place: Installation, first: Path) -> None:
    installing.install(first, place)
    assert calls(place) == [
        "1.0.0-aaaaaaa db upgrade",
        "1.0.0-aaaaaaa prepare --done 4",
        f"1.0.0-aaaaaaa ask --json {installing.QUESTION}",
    ]
    assert place.current == place.folder / "releases" / "1.0.0-aaaaaaa" and place.previous is None
    env = place.shared / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600 and stat.S_IMODE(place.shared.stat().st_mode) == 0o700
    assert (place.current / ".env").resolve() == env and re.search(r"SECRET_KEY=[0-9a-f]{64}$", env.read_text(), re.M)
    assert (place.current / "var" / "vectors" / "x.vectors").exists()


def test_every_unit_names_what_exists_in_this_layout(place: Installation, first: Path) -> None:
    installing.install(first, place)
    written = {file.name: file.read_text() for file in place.shared.glob("zhengwu*")}
    assert written.keys() == {file.name for file in (ROOT / "deploy" / "systemd").iterdir()}
    for name, unit in written.items():
        assert not re.search(r"=.*/srv/zhengwu(?!\S*/srv)", unit.replace(str(place.folder), "")), name
        if name != "zhengwu.target":
            assert f"ExecStart={place.folder}/zhengwu serve" in unit and f"ReadWritePaths={place.shared}\n" in unit
            assert f"WorkingDirectory={place.folder}/current\n" in unit and "Group=" not in unit
    assert "--only gateway --name gateway-%i\n" in written["zhengwu-gateway@.service"]
    assert "\nLimitNOFILE=" in written["zhengwu.service"] and "\nLimitNOFILE=" in written["zhengwu-gateway@.service"]


def test_production_is_passed_on_to_whoever_prepares(
    place: Installation, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By it `zhengwu prepare` knows that the sample city is not wanted."""
    done = run_installer(first, ZHENGWU_ENV="production")
    assert "in production" in done.stdout
    monkeypatch.setenv("ZHENGWU_ENV", "production")
    installing.install(first, place)
    assert (place.shared / "var" / "prepared-for").read_text() == "production\n"


def test_a_second_run_does_only_what_is_missing(place: Installation, first: Path) -> None:
    installing.install(first, place)
    key = (place.shared / ".env").read_text()
    marked = place.release(LABEL.version) / "marked"
    marked.touch()
    calls(place)
    installing.install(first, place)
    assert marked.exists() and (place.shared / ".env").read_text() == key
    assert not [call for call in calls(place) if "db" in call or "backup" in call]


def test_a_release_that_was_cut_short_is_laid_out_anew(place: Installation, first: Path) -> None:
    half = place.release(LABEL.version)
    half.mkdir()
    (half / "half").touch()
    installing.install(first, place)
    assert not (half / "half").exists() and place.current == half


def test_another_content_under_the_name_that_is_in_use_is_refused(
    place: Installation, first: Path, tmp_path: Path
) -> None:
    installing.install(first, place)
    other = make_bundle(tmp_path / "other", replace(LABEL, schema="0009"))
    with pytest.raises(Refused, match=LABEL.version):
        installing.install(other, place)


def test_upgrading_and_going_back(place: Installation, first: Path, second: Path) -> None:
    installing.install(first, place)
    old = place.current
    calls(place)
    installing.install(second, place)
    assert calls(place) == [BACKED_UP, "1.1.0-bbbbbbb db upgrade", *NEW_ASKED]
    assert place.previous == old and place.current == place.release("1.1.0-bbbbbbb")
    going_back.go_back(place)
    assert calls(place) == ["1.1.0-bbbbbbb backup /shared/backups", "1.1.0-bbbbbbb db downgrade --yes 0006"]
    assert place.current == old and place.previous is None
    with pytest.raises(Refused, match="没有可以回到的版本"):
        going_back.go_back(place)
    installing.install(second, place)  # and forward again
    assert calls(place) == [BACKED_UP, "1.1.0-bbbbbbb db upgrade", *NEW_ASKED]


def test_a_release_of_the_same_schema_needs_no_downgrade(place: Installation, first: Path, tmp_path: Path) -> None:
    installing.install(first, place)
    installing.install(make_bundle(tmp_path / "patch", replace(LABEL, version="1.0.1-ccccccc")), place)
    calls(place)
    going_back.go_back(place)
    assert calls(place) == ["1.0.1-ccccccc backup /shared/backups"]


def test_the_second_machine_goes_back_on_a_database_that_is_back_already(
    place: Installation, first: Path, second: Path
) -> None:
    """The newer program may find no place there for what a backup writes down."""
    installing.install(first, place)
    installing.install(second, place)
    (place.shared / "var" / "schema").write_text("0006\n")
    calls(place)
    going_back.go_back(place)
    assert calls(place) == [BACKED_UP]
    assert place.current == place.release(LABEL.version)


def test_what_runs_is_not_upgraded_under_its_feet(place: Installation, first: Path, second: Path) -> None:
    installing.install(first, place)
    (place.shared / "var" / "workers").write_text('"gov-2/worker-1"')
    calls(place)
    with pytest.raises(Refused, match=r"gov-2/worker-1.*在那台机器上.*systemctl stop zhengwu 或 zhengwu\.target"):
        installing.install(second, place)
    assert calls(place) == [] and place.current == place.release(LABEL.version)
    assert place.release("1.1.0-bbbbbbb").exists()
    (place.shared / "var" / "workers").unlink()
    installing.install(second, place)
    (place.shared / "var" / "workers").write_text('"worker-1"')
    with pytest.raises(Refused, match="worker-1"):
        going_back.go_back(place)
    assert place.current == place.release("1.1.0-bbbbbbb")


def test_another_machine_is_installed_while_the_others_run(place: Installation, first: Path) -> None:
    """With the shared .env put in place first: no migration is due, and nobody need stop for it."""
    (place.shared / "var" / "schema").write_text("0006")
    (place.shared / "var" / "workers").write_text('"gov-1/worker-1"')
    (place.shared / ".env").write_text("ZHENGWU_SECRET_KEY=theirs\n")
    installing.install(first, place)
    assert calls(place)[0] == "1.0.0-aaaaaaa db upgrade" and place.current == place.release(LABEL.version)
    assert (place.shared / ".env").read_text() == "ZHENGWU_SECRET_KEY=theirs\n"


def test_a_version_of_the_same_schema_waits_for_nobody(place: Installation, first: Path, tmp_path: Path) -> None:
    installing.install(first, place)
    (place.shared / "var" / "workers").write_text('"gov-1/worker-1"')
    calls(place)
    installing.install(make_bundle(tmp_path / "patch", replace(LABEL, version="1.0.1-ccccccc")), place)
    assert calls(place)[0] == BACKED_UP and place.current == place.release("1.0.1-ccccccc")


def test_another_machine_of_a_later_version_waits_for_the_others(place: Installation, second: Path) -> None:
    (place.shared / "var" / "schema").write_text("0006")
    (place.shared / "var" / "workers").write_text('"gov-1/worker-1"')
    with pytest.raises(Refused, match="gov-1/worker-1"):
        installing.install(second, place)
    assert calls(place) == []


@pytest.mark.parametrize("step", ["backup", "upgrade"])
def test_an_upgrade_that_fails_leaves_the_old_release(
    place: Installation, first: Path, second: Path, step: str
) -> None:
    installing.install(first, place)
    (place.shared / "var" / f"fail-{step}").touch()
    with pytest.raises(Refused, match="no luck"):
        installing.install(second, place)
    assert place.current == place.release(LABEL.version)
    assert (place.shared / "var" / "schema").read_text().strip() == "0006"


def test_one_backup_is_enough_when_a_run_was_cut_short_after_migrating(
    place: Installation, first: Path, second: Path
) -> None:
    installing.install(first, place)
    (place.shared / "var" / "schema").write_text("0007")
    calls(place)
    installing.install(second, place)
    assert calls(place) == ["1.1.0-bbbbbbb db upgrade", *NEW_ASKED]


def test_a_migration_that_cannot_be_undone_keeps_the_newer_release(
    place: Installation, first: Path, second: Path
) -> None:
    installing.install(first, place)
    installing.install(second, place)
    (place.shared / "var" / "fail-downgrade").touch()
    with pytest.raises(Refused, match="no luck"):
        going_back.go_back(place)
    assert place.current == place.release("1.1.0-bbbbbbb")


def test_no_room_is_told_before_anything_is_copied(
    place: Installation, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(installing.shutil, "disk_usage", lambda folder: usage(0, 0, 1 << 20))
    bundle = make_bundle(first.parent / "large", replace(LABEL, space=2500))
    with pytest.raises(Refused, match="还剩 1 MB，需要 2500 MB"):
        installing.install(bundle, place)
    assert not place.release(LABEL.version).exists()


def test_a_release_of_the_same_packages_needs_little_room(
    place: Installation, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bundle in (first, second):
        (bundle / contents.PROGRAM / LOCK).write_text("a==1 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(Environment, "current", lambda environment, dev: True)
    installing.install(first, place)
    monkeypatch.setattr(installing, "SPACE", 5 << 30)
    assert installing.needed(second, place, Label.read(second)) == installing.SPARE >> 20
    (second / contents.PROGRAM / "models").mkdir()
    (second / contents.PROGRAM / "models" / "large").write_bytes(b"0" * (3 << 20))
    assert installing.needed(second, place, Label.read(second)) == (installing.SPARE >> 20) + 3
    (second / contents.PROGRAM / LOCK).write_text("a==2 \\\n    --hash=sha256:0\n")
    assert installing.needed(second, place, Label.read(second)) == 5 << 10, "all packages anew"


def test_a_folder_that_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *args: False)
    with pytest.raises(Refused, match=r"不能写入.*chown -R"):
        Installation(tmp_path / "srv").prepare()
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="不能写入"):
        Installation(tmp_path / "file" / "srv").prepare()


def test_nothing_is_installed_where_the_services_cannot_see_it(
    place: Installation, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The units hide home folders from them; what is there already goes on, in the foreground."""
    assert "ProtectHome=yes\n" in (ROOT / "deploy" / "systemd" / "zhengwu.service").read_text()
    monkeypatch.setattr(installation, "HIDDEN", (tmp_path,))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("elsewhere")
    for folder in (tmp_path / "elsewhere" / "srv", tmp_path / "link" / "srv"):
        with pytest.raises(Refused, match=rf"{tmp_path}.*ProtectHome.*/srv/zhengwu"):
            Installation(folder).prepare()
    assert not any((tmp_path / "elsewhere").iterdir())
    installing.install(first, place)
    place.prepare()


def test_root_does_not_install_into_what_is_anothers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when `runuser` was forgotten: the services would be root's, and the next installation would fail."""
    folder = tmp_path / "srv"
    folder.mkdir()
    if os.getuid() == 0:
        os.chown(folder, 4321, -1)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(Refused, match=rf"runuser --user=\S+ -- sh \S+ {folder}$"):
        Installation(folder).prepare()
    assert not any(folder.iterdir())


def test_an_environment_is_shared_by_links_and_leads_to_its_own_release(tmp_path: Path) -> None:
    old, new = tmp_path / "1.0", tmp_path / "1.1"
    binaries = old / ".venv" / "bin"
    binaries.mkdir(parents=True)
    new.mkdir()
    (old / ".venv" / "large.so").write_bytes(b"large")
    (old / ".venv" / "pyvenv.cfg").write_text(f"home = {old}/python/bin\n")
    (binaries / "python3.10").symlink_to(old / "python" / "bin" / "python3.10")
    (binaries / "python").symlink_to("python3.10")
    (binaries / "rasa").write_text(f"#!{old}/.venv/bin/python\n")
    (binaries / "rasa").chmod(0o755)
    (binaries / "__pycache__").mkdir()
    (new / ".venv.new").mkdir()  # of a run that was cut short
    packages.share(old, new)
    assert (new / ".venv" / "large.so").samefile(old / ".venv" / "large.so")
    assert (new / ".venv" / "pyvenv.cfg").read_text() == f"home = {new}/python/bin\n"
    assert (new / ".venv" / "bin" / "rasa").read_text() == f"#!{new}/.venv/bin/python\n"
    assert os.access(new / ".venv" / "bin" / "rasa", os.X_OK)
    assert (new / ".venv" / "bin" / "python3.10").readlink() == new / "python" / "bin" / "python3.10"
    assert str((new / ".venv" / "bin" / "python").readlink()) == "python3.10"
    assert (old / ".venv" / "pyvenv.cfg").read_text() == f"home = {old}/python/bin\n"


def test_a_wheel_that_was_built_here_is_named_in_the_lock(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "Some_Thing-1.0-py3-none-any.whl").write_bytes(b"built")
    lock = tmp_path / "requirements.lock"
    lock.write_text("another==1.0 \\\n    --hash=sha256:0\nsome-thing[x]==1.0 \\\n    --hash=sha256:1\n    # via y\n")
    making.allow_built(lock, tmp_path / "wheels")
    digest = contents.checksum(tmp_path / "wheels" / "Some_Thing-1.0-py3-none-any.whl")
    assert f"some-thing[x]==1.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:1\n" in lock.read_text()
    (tmp_path / "wheels" / "stray-1.0-py3-none-any.whl").write_bytes(b"stray")
    with pytest.raises(making.BundleFailed, match="stray"):
        making.allow_built(lock, tmp_path / "wheels")


def test_what_glibc_a_library_needs() -> None:
    assert python.glibc_needed(b"\0GLIBC_2.2.5\0GLIBC_2.17\0GLIBC_2.9\0GLIBC_PRIVATE\0") == (2, 17)
    assert python.glibc_needed(b"statically linked") == (2, 0)


def test_the_systems_own_python_is_not_taken_along(tmp_path: Path) -> None:
    with pytest.raises(python.NotRelocatable, match="uv or pyenv"):
        python.take_along(Path("/usr"), tmp_path / "python")


@pytest.mark.slow
def test_the_python_that_was_taken_along_stands_alone(tmp_path: Path) -> None:
    """It runs from a folder of another name, with libraries of its own and glibc alone."""
    python.take_along(Path(sys.base_prefix), tmp_path / "made")
    moved = tmp_path / "moved to"
    (tmp_path / "made").rename(moved)
    program = (
        "import bz2, ctypes, lzma, sqlite3, ssl, sys, uuid, venv, ensurepip, zlib\n"
        "print(sys.prefix)\n"
        "print(*{line.split(None, 5)[5].strip() for line in open('/proc/self/maps') if '.so' in line}, sep='\\n')\n"
    )
    done = subprocess.run([moved / "bin" / "python3.10", "-c", program], env={}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    prefix, *loaded = done.stdout.splitlines()
    assert prefix == str(moved)
    strangers = [path for path in loaded if not Path(path).is_relative_to(moved)]
    assert [path for path in strangers if not python.GLIBC.match(Path(path).name)] == []
