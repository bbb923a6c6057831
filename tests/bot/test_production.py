from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import production
from bot.cli.serve import check_database
from bot.doctor import fitness
from bot.doctor.finding import Sick
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import ROOT, Settings
from knowledge_base.importing.pipeline import import_files
from knowledge_base.store import releases

CONTENT = ROOT / "knowledge_base" / "content"
GOOD: dict[str, Any] = {
    "env": "production",
    "secret_key": SecretStr("c2b7f0d1e5948a3c6b7d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b"),
    "office_name": "长安区政务服务中心",
    "hotline": "12345",
    "region": "610116",
    "portal_url": "https://portal.example.gov.cn",
    "console_url": "https://console.example.gov.cn",
}


@pytest.fixture
def ready(settings: Settings) -> Settings:
    """As production should be."""
    return settings.copy(update=GOOD)


def problems(settings: Settings, database: Database | None = None) -> list[str]:
    if database is None:
        return production.problems(settings, None)
    with database.read() as tx:
        return production.problems(settings, tx)


def test_an_office_of_its_own_is_let_through(ready: Settings, database: Database, database_url: str) -> None:
    assert problems(ready, database) == []
    check_database(ready.copy(update={"database_url": database_url}))
    assert fitness.fit_for_production(ready) == "nothing that the services would refuse"


@pytest.mark.parametrize(
    ("changed", "cure"),
    [
        ({"secret_key": SecretStr("00" * 32)}, "ZHENGWU_SECRET_KEY"),
        ({"secret_key": SecretStr("5a" * 32)}, "ZHENGWU_SECRET_KEY"),
        ({"secret_key": SecretStr(bytes(range(32)).hex())}, "ZHENGWU_SECRET_KEY"),
        ({"secret_key": SecretStr("deadbeef" * 8)}, "ZHENGWU_SECRET_KEY"),
        ({"secret_key": SecretStr(b"0123456789abcdef0123456789abcde\0".hex())}, None),
        ({"office_name": "示例市政务服务中心"}, "ZHENGWU_OFFICE_NAME"),
        ({"region": "990100"}, "ZHENGWU_REGION"),
        ({"region": "990102"}, "ZHENGWU_REGION"),
        ({"portal_url": "http://127.0.0.1:8090"}, "ZHENGWU_PORTAL_URL"),
        ({"portal_url": "none"}, None),
        ({"console_url": ""}, "ZHENGWU_CONSOLE_URL"),
        ({"console_url": "http://console.example.gov.cn"}, "ZHENGWU_CONSOLE_URL"),
        ({"console_url": "https://"}, "ZHENGWU_CONSOLE_URL"),
        ({"host": "0.0.0.0"}, "ZHENGWU_REST_TOKEN"),
        ({"host": "0.0.0.0", "rest_token": SecretStr("t" * 30)}, None),
        ({"host": "localhost"}, None),
    ],
)
def test_each_refusal_names_its_cure(ready: Settings, changed: dict[str, Any], cure: str | None) -> None:
    found = problems(ready.copy(update=changed))
    assert len(found) == (cure is not None)
    assert cure is None or cure in found[0].split("→")[1]


def test_the_hotline_must_have_been_said(settings: Settings) -> None:
    unsaid = settings.copy(update={name: value for name, value in GOOD.items() if name != "hotline"})
    assert ["ZHENGWU_HOTLINE" in line for line in problems(unsaid)] == [True]


@pytest.mark.parametrize("file", ["offices/city-service-center.yaml", "items/passport-first.yaml"])
def test_content_of_the_sample_city_is_found(
    ready: Settings, database: Database, database_url: str, clock: Any, file: str
) -> None:
    assert not import_files(database, [CONTENT / file], "operator", clock.now()).problems
    assert problems(ready, database) == []  # a draft is told to nobody
    with database.write() as tx:
        releases.publish(tx, "operator", "", clock.now())
    (found,) = problems(ready, database)
    assert file.split("/")[1].removesuffix(".yaml") in found
    with pytest.raises(ConfigError, match="sample city"):
        check_database(ready.copy(update={"database_url": database_url}))
    check_database(ready.copy(update={"database_url": database_url, "env": "development"}))


FAQ = """
kind: faq
id: parking
question: 停车收费吗
answer: {}
sources: [{{title: 停车场管理公告, date: 2026-11-20}}]
verified_on: 2026-11-23
"""


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ("凭取号单免费，问 0990-0000-8812。", True),  # a number that nobody has
        ("在示例市市民中心东门。", True),
        ("在长安区市民中心东门，问 029-85291234。", False),
    ],
)
def test_one_trace_of_the_sample_city_is_enough(
    ready: Settings, database: Database, clock: Any, tmp_path: Path, answer: str, refused: bool
) -> None:
    file = tmp_path / "faq.yaml"
    file.write_text(FAQ.format(answer), encoding="utf-8")
    assert not import_files(database, [file], "operator", clock.now()).problems
    with database.write() as tx:
        releases.publish(tx, "operator", "", clock.now())
    found = problems(ready, database)
    assert [("faq:parking" in line and "empty database" in line) for line in found] == [True] * refused


def test_the_doctor_lists_all_at_once(settings: Settings) -> None:
    with pytest.raises(Sick) as sick:
        fitness.fit_for_production(settings.copy(update={"env": "production"}))
    said = sick.value.cure
    names = ["SECRET_KEY", "OFFICE_NAME", "HOTLINE", "REGION", "PORTAL_URL", "CONSOLE_URL"]
    assert [name for name in names if f"ZHENGWU_{name}" in said] == names
    assert "6 things" in fitness.fit_for_production(settings)


@pytest.mark.parametrize("service", [(), ("--only", "gateway"), ("--only", "worker"), ("--only", "console")])
def test_nothing_starts(upgraded_file: Any, free_ports: Callable[[], dict[str, str]], service: tuple[str, ...]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZHENGWU_")}
    given = {"ENV": "production", "DATABASE_URL": f"sqlite:///{upgraded_file}", "SECRET_KEY": "5a" * 32}
    environment |= {f"ZHENGWU_{name}": value for name, value in {**given, **free_ports()}.items()}
    command = [sys.executable, "-m", "bot.cli", "serve", *service]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "ZHENGWU_CONSOLE_URL" in done.stderr and "ZHENGWU_PORTAL_URL" in done.stderr


@pytest.fixture
def free_ports() -> Callable[[], dict[str, str]]:
    import socket

    def draw() -> dict[str, str]:
        found = {}
        for name in ("BOT_PORT", "CONSOLE_PORT", "PORTAL_PORT", "SIMULATOR_PORT"):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                found[name] = str(free.getsockname()[1])
        return found

    return draw
