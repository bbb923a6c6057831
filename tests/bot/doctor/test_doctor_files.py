from __future__ import annotations

import ctypes
import json
import os
import shutil
from pathlib import Path

import pytest

from bot import training
from bot.doctor import disk, models
from bot.doctor.finding import Finding, look
from bot.doctor.settings import read, settings_file
from foundation.settings import ROOT, Settings

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000
READ_ONLY = 1
REMOUNT = 32


def on_a_disk(settings: Settings, options: str, *, read_only: bool = False) -> Finding:
    """What the check says where the folders lie on a file system that was mounted with these options.

    By a child in a name space of its own, so that nobody else sees the mount and nobody need be root.
    """
    settings.var_dir.mkdir()
    there = settings.copy(update={"model_dir": settings.var_dir, "database_url": ""})
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            mounted(settings.var_dir, options, read_only)
            os.write(writer, json.dumps(look("disk", disk.disk, there)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as said:
        found = said.read()
    os.waitpid(child, 0)
    if not found:
        pytest.skip("this machine lets nobody mount anything")
    return Finding(*json.loads(found))


def mounted(folder: Path, options: str, read_only: bool) -> None:
    user = os.getuid()
    carried_out(LIBC.unshare(NEW_MOUNTS | NEW_USERS))
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    carried_out(LIBC.mount(b"none", bytes(folder), b"tmpfs", 0, options.encode()))
    if read_only:
        carried_out(LIBC.mount(b"none", bytes(folder), b"tmpfs", REMOUNT | READ_ONLY, options.encode()))


def carried_out(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "the system refuses")


def test_a_disk_with_little_space(settings: Settings) -> None:
    found = on_a_disk(settings, "size=300m")
    assert not found.good and "MB are free" in found.seen and "make room" in found.cure


def test_a_disk_with_no_more_inodes(settings: Settings) -> None:
    found = on_a_disk(settings, "size=3g,nr_inodes=500")
    assert not found.good and "inodes" in found.seen and "df -i" in found.cure


def test_a_disk_that_is_read_only(settings: Settings) -> None:
    found = on_a_disk(settings, "size=3g", read_only=True)
    assert not found.good and "read-only" in found.seen and "ZHENGWU_VAR_DIR" in found.cure


def test_a_disk_that_will_do(settings: Settings) -> None:
    assert on_a_disk(settings, "size=3g").good


def test_models_that_only_their_maker_writes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an image: the services read them."""
    settings.var_dir.mkdir()
    settings.model_dir.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: path != settings.model_dir)
    assert look("disk", disk.disk, settings.copy(update={"database_url": ""})).good


@pytest.fixture
def with_models(settings: Settings) -> Settings:
    """A copy of what was trained here."""
    source = ROOT / "models"
    if not training.is_current(settings.copy(update={"model_dir": source})):
        pytest.skip("the models are not trained: run `make setup`")
    shutil.copytree(source, settings.model_dir)
    return settings


@pytest.mark.slow
def test_models_that_are_whole(with_models: Settings) -> None:
    assert look("models", models.trained, with_models).good


@pytest.mark.slow
@pytest.mark.parametrize("name", ["language/kind.npz", "language/plain_words.json", "ranker.json", training.RASA])
def test_a_model_that_was_cut_short(with_models: Settings, name: str) -> None:
    file = with_models.model_dir / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    found = look("models", models.trained, with_models)
    assert not found.good and "damaged" in found.seen and "zhengwu train --force" in found.cure


@pytest.mark.slow
def test_an_encoder_whose_file_is_damaged(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"\0" * 1000)
    (folder / "tokenizer.json").write_text("{}")
    found = look("encoder", models.encoder, settings.copy(update={"encoder": str(folder)}))
    assert not found.good and str(folder) in found.seen and "The sentence encoder" in found.cure


@pytest.fixture
def env(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A .env of the test's own."""
    file = tmp_path / ".env"
    monkeypatch.setattr("bot.doctor.settings.FILE", file)
    return file


def test_every_mistake_is_told_and_its_default_goes_on(env: Path) -> None:
    env.write_text("ZHENGWU_BOT_PORT=many\nZHENGWU_REGION=示例\nZHENGWU_HOTLINE=12388\n", encoding="utf-8")
    settings, found = read(env)
    assert [one.seen.split(":")[0] for one in found] == ["ZHENGWU_REGION", "ZHENGWU_BOT_PORT"]
    assert not any(one.good for one in found) and all("default" in one.cure for one in found)
    assert (settings.bot_port, settings.hotline) == (5005, "12388")


def test_a_file_in_another_encoding(env: Path) -> None:
    env.write_bytes("ZHENGWU_HOTLINE=12345\nZHENGWU_OFFICE_NAME=长安区\n".encode("gb18030"))
    settings, found = read(env)
    assert [(one.good, "line 2" in one.seen, "UTF-8" in one.cure) for one in found] == [(False, True, True)]
    assert settings.bot_port == 5005


@pytest.mark.parametrize(
    ("line", "seen", "cure"),
    [
        ("ZHENGWU_PORTL_URL=https://portal.example", "nobody reads ZHENGWU_PORTL_URL", "ZHENGWU_PORTAL_URL"),
        ("ZHENGWU_XYZZY=1", "nobody reads ZHENGWU_XYZZY", ".env.example"),
        ("ZHENGWU_WECHAT_SECRET='hidden", "line 2", "quotes"),
    ],
)
def test_lines_that_do_nothing(env: Path, settings: Settings, line: str, seen: str, cure: str) -> None:
    env.write_text(f"# ours\n{line}\n", encoding="utf-8")
    env.chmod(0o600)
    found = look(".env", settings_file, settings)
    assert seen in found.seen and cure in found.cure and "hidden" not in str(found)
