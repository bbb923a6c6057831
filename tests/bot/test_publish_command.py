"""`zhengwu kb publish`, as an operator types it: content tests and contradictions hold it up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from trained_language import trained
from typer.testing import CliRunner, Result

from bot.cli import publish as command
from bot.cli.kb import app
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import get_settings
from knowledge_base.editing import settling
from knowledge_base.editing.publishing import findings_of
from knowledge_base.model import Faq, ServiceItem
from knowledge_base.model.unit import Source
from knowledge_base.store import releases
from knowledge_base.store.tables import releases as table
from knowledge_base.trials import content_tests
from knowledge_base.trials.content_tests import Wanted
from knowledge_base.trials.expectations import Expectation

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
QUESTION = "电子照片回执在哪里打印"
LAW = (Source(title="通知"),)


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'kb.db'}"
    settings = {"DATABASE_URL": url, "MODEL_DIR": str(tmp_path), "VAR_DIR": str(tmp_path), "ENCODER": "none"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ZHENGWU_{name}", value)
    get_settings.cache_clear()
    upgrade(url)
    database = Database(url)
    drafted(database, photo("在自助机上打印。"))
    with database.write() as tx:
        releases.publish(tx, "li", "", NOW)
    yield database
    database.close()
    get_settings.cache_clear()


@pytest.fixture
def tested(database: Database, tmp_path: Path) -> int:
    """A test that the photo's answer carries, and models to try it with."""
    (tmp_path / "language").symlink_to(trained())
    with database.write() as tx:
        wanted = Wanted((QUESTION,), Expectation("faq", "photo", contains=("自助机",)), photo("").key)
        return content_tests.add(tx, wanted, "li", NOW)


def photo(answer: str) -> Faq:
    return Faq(id="photo", question=QUESTION, answer=answer or "？", sources=LAW)


def drafted(database: Database, *units: Faq | ServiceItem) -> None:
    with database.write() as tx:
        releases.save_drafts(tx, units, "li", NOW)


def publish(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["publish", *arguments])


def detail(database: Database, number: int) -> dict[str, object]:
    with database.read() as tx:
        found: dict[str, object] = tx.execute(table.select().where(table.c.number == number)).one().detail
    return found


def test_without_tests_nothing_is_opened(database: Database) -> None:
    drafted(database, photo("在窗口打印。"))
    assert (publish().exit_code, publish().stdout) == (0, "2\n")  # there are no models here
    assert "tests" not in detail(database, 2)


def test_a_failing_test_refuses_and_says_which_and_what_to_do(database: Database, tested: int) -> None:
    drafted(database, photo("在窗口打印。"))
    refused = publish()
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"test {tested} (faq:photo): {QUESTION}: contains: 自助机" in refused.stderr
    assert "kb test" in refused.stderr and "console" in refused.stderr
    with database.read() as tx:
        assert releases.current(tx) == 1 and len(releases.drafts(tx)) == 1
    drafted(database, photo("在一楼的自助机上打印。"))
    assert (publish().exit_code, detail(database, 2)["tests"]) == (0, {"run": 1, "failed": [], "changed": [tested]})
    with database.read() as tx:
        assert content_tests.get(tx, tested).passed_release == 2


def test_nothing_to_publish_asks_nothing(database: Database, tested: int, tmp_path: Path) -> None:
    (tmp_path / "language").unlink()
    done = publish()
    assert (done.exit_code, done.stdout) == (0, "1\n")


def test_without_models_there_is_no_telling(database: Database, tested: int, tmp_path: Path) -> None:
    (tmp_path / "language").unlink()
    drafted(database, photo("在窗口打印。"))
    refused = publish()
    assert refused.exit_code == 1 and "zhengwu train" in refused.stderr


def test_what_is_drafted_while_the_tests_run_is_tested_too(
    database: Database, tested: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted(database, photo("在二楼的自助机上打印。"))
    run, meanwhile = command.run_tests, iter(["在窗口打印。"])

    def slowly(*arguments: object) -> object:
        report = run(*arguments)  # type: ignore[arg-type]
        for answer in meanwhile:
            drafted(database, photo(answer))
        return report

    monkeypatch.setattr(command, "run_tests", slowly)
    refused = publish()
    assert refused.exit_code == 1 and "contains: 自助机" in refused.stderr


def test_strict_refuses_what_contradicts_what_stays(database: Database) -> None:
    item = ServiceItem(id="card", name="身份证补领", aspects={"fee": [{"amount": 10}]}, sources=LAW)
    drafted(database, item)
    assert publish().exit_code == 0
    drafted(database, Faq(id="fee", question="身份证补领多少钱", answer="工本费20元。", item="card", sources=LAW))
    refused = publish("--strict")
    assert refused.exit_code == 1 and "item:card 填的是10元" in refused.stderr
    with database.write() as tx:
        found = findings_of(tx, releases.pending_moves(tx), NOW)
        settling.settle(tx, {one.digest for one in found}, "两种证件", found, "chen", NOW)
    assert publish("--strict").exit_code == 0, "a named person has answered for it"
