"""`zhengwu kb test`, as an operator types it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from trained_language import trained
from typer.testing import CliRunner, Result

from bot.cli.kb import app
from foundation.database import Database
from foundation.migrate import upgrade
from foundation.settings import get_settings
from knowledge_base.model import Faq
from knowledge_base.store import releases
from knowledge_base.trials import content_tests
from knowledge_base.trials.content_tests import Wanted
from knowledge_base.trials.expectations import Expectation

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
QUESTION = "电子照片回执在哪里打印"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'kb.db'}"
    language = trained()
    settings = {"DATABASE_URL": url, "MODEL_DIR": str(tmp_path), "VAR_DIR": str(tmp_path), "ENCODER": "none"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ZHENGWU_{name}", value)
    (tmp_path / "language").symlink_to(language)
    get_settings.cache_clear()
    upgrade(url)
    database = Database(url)
    with database.write() as tx:
        releases.save_drafts(tx, [Faq(id="photo", question=QUESTION, answer="在自助机上打印。")], "li", NOW)
        releases.publish(tx, "li", "", NOW)
        expect = Expectation("faq", "photo", contains=("自助机",))
        content_tests.add(tx, Wanted((QUESTION,), expect), "li", NOW)
    yield database
    database.close()
    get_settings.cache_clear()


def kb_test(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["test", *arguments])


def test_all_is_well() -> None:
    done = kb_test()
    assert (done.exit_code, done.stdout) == (0, "")
    assert "1 passed, 0 failed" in done.stderr and "0 drafts on release 1" in done.stderr


def test_a_draft_breaks_an_answer(database: Database) -> None:
    with database.write() as tx:
        releases.save_draft(tx, Faq(id="photo", question=QUESTION, answer="在窗口打印。"), "li", NOW)
    done = kb_test()
    assert done.exit_code == 1 and done.stdout == f"test 1: {QUESTION}: contains: 自助机\n"
    assert kb_test("--published").exit_code == 0


def test_without_models(tmp_path: Path) -> None:
    (tmp_path / "language").unlink()
    refused = kb_test()
    assert refused.exit_code == 1 and "zhengwu train" in refused.stderr
