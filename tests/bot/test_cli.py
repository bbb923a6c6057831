from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert
from sqlalchemy.engine import make_url

from bot.cli import database as schema
from bot.cli import main as cli
from bot.cli import prepare as preparing
from bot.cli.main import COMMANDS, VERSION, Command, run
from bot.cli.serve import check_database, introduce_administrator, refuse_half_restored
from bot.progress import Steps
from bot.services import processes
from foundation import accounts, audit, heartbeat
from foundation.audit_chain import plain_hash
from foundation.audit_rows import Entry
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.errors import ConfigError, ContentError
from foundation.migrate import upgrade
from foundation.schema import UNFINISHED, newest
from foundation.settings import ROOT, Settings, load_settings
from knowledge_base.store import releases
from tests.postgresql import SERVER, a_database, address

Zhengwu = Callable[..., "subprocess.CompletedProcess[str]"]
PASSWORD = "a long passphrase"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in COMMANDS)


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(["--version"]) == 0
    assert capsys.readouterr().out == f"zhengwu {VERSION}\n"
    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nosuch"],
        ["serve", "--nosuch"],
        ["serve", "--only", "nosuch"],
        ["user"],
        ["user", "add"],
        ["user", "add", "li", "--role", "king"],
        ["user", "add", "li", "--role", "agent"],
        ["db", "nosuch"],
        ["train", "extra"],
        ["ask", "--region", "天河", "几点上班"],
        ["ask", "--region", "44010", "几点上班"],
    ],
)
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert cli(arguments) == 2


def test_the_simulator_says_which_lines_are_missing(zhengwu: Zhengwu) -> None:
    unset = {f"wechat_{field}": "" for field in ("app_id", "secret", "token", "aes_key", "api_base")}
    done = zhengwu("serve", "--only", "wechat-simulator", simulator_port="38091", **unset)
    assert done.returncode == 78
    for line in (
        "ZHENGWU_WECHAT_APP_ID=wx",
        "ZHENGWU_WECHAT_AES_KEY=",
        "ZHENGWU_WECHAT_API_BASE=http://127.0.0.1:38091",
    ):
        assert f"\n{line}" in done.stderr


def test_no_help_costs_the_import_of_rasa() -> None:
    program = (
        "import sys; from bot.cli import main\n"
        "for name in sys.argv[1:]:\n"
        "    assert main([name, '--help']) == 0 == main(['--help']), name\n"
        "    assert not {'rasa', 'tensorflow', 'sanic'} & set(sys.modules), name"
    )
    done = subprocess.run([sys.executable, "-c", program, *COMMANDS], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[BaseException], int]]:
    """Runs a command that raises."""

    def fail(error: BaseException) -> int:
        def command() -> None:
            raise error

        monkeypatch.setattr(sys.modules["bot.cli.main"], "import_module", lambda name: type("m", (), {"f": command}))
        monkeypatch.setitem(COMMANDS, "fails", Command("m", "f", ""))
        return run("fails", [])

    yield fail


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConfigError("ZHENGWU_X is wrong: do this"), "zhengwu: ZHENGWU_X is wrong: do this\n"),
        (OSError(28, "No space left on device", "/var/x"), "/var/x: No space left on device"),
        (PermissionError(13, "Permission denied", "/var/x"), "/var/x: Permission denied"),
        (KeyboardInterrupt(), ""),
    ],
)
def test_what_can_be_mended_is_told_in_words(
    failing: Callable[[BaseException], int], error: BaseException, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failing(error) not in (0, 2)
    assert said in capsys.readouterr().err


def test_a_fault_of_the_program_keeps_its_traceback(failing: Callable[[BaseException], int]) -> None:
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError())


def test_a_database_that_does_not_answer(zhengwu: Zhengwu) -> None:
    done = zhengwu("db", "upgrade", database_url="postgresql+psycopg2://u:hidden@127.0.0.1:1/x")
    assert done.returncode == 1
    assert "ZHENGWU_DATABASE_URL" in done.stderr
    assert "hidden" not in done.stderr and "Traceback" not in done.stderr


@pytest.mark.skipif(not SERVER, reason="ZHENGWU_TEST_DATABASE_URL names no PostgreSQL server")
def test_a_database_that_is_somebody_elses(zhengwu: Zhengwu) -> None:
    """On PostgreSQL from 15 on nobody but the owner may make tables in it."""
    with a_database() as name:
        role = f"{name}_guest"
        owner = create_engine(address(name), isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE {role} LOGIN")
            connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD 'hidden'")
        try:
            url = make_url(address(name)).set(username=role, password="hidden")
            done = zhengwu("db", "upgrade", database_url=url.render_as_string(hide_password=False))
        finally:
            with owner.connect() as connection:
                connection.exec_driver_sql(f"DROP ROLE {role}")
            owner.dispose()
    assert done.returncode == 1
    assert "permission denied for schema public" in done.stderr and "docs/operations.md" in done.stderr
    assert "hidden" not in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_setting_is_named(zhengwu: Zhengwu) -> None:
    done = zhengwu("db", "upgrade", bot_port="many")
    assert done.returncode == 1 and "ZHENGWU_BOT_PORT" in done.stderr


def test_upgrade_makes_the_schema_and_the_operator(zhengwu: Zhengwu, tmp_path: Path) -> None:
    assert [zhengwu("db", "upgrade").returncode for _ in range(2)] == [0, 0]
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    with database.read() as tx:
        assert [one.name for one in accounts.everyone(tx)] == ["operator"]
    database.close()


def test_the_schema_is_told_and_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    monkeypatch.setattr(schema, "get_settings", lambda: load_settings(database_url=url))
    monkeypatch.setattr(schema, "ALIVE", timedelta(hours=1))

    def status() -> dict[str, Any]:
        assert cli(["db", "status"]) == 0
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return told

    assert status() == {"schema": None, "needed": newest(), "workers": []}
    upgrade(url)
    database = Database(url)
    with database.write() as tx:
        heartbeat.beat(tx, "worker-7", heartbeat.WORKER, {}, SystemClock().now())
    assert status() == {"schema": newest(), "needed": newest(), "workers": ["worker-7"]}
    assert cli(["db", "downgrade", "--yes", "0006"]) == 1 and "stop them" in capsys.readouterr().err
    with database.write() as tx:
        heartbeat.stop(tx, "worker-7")
    database.close()
    assert cli(["db", "downgrade", "--yes", "9999"]) == 1 and newest() in capsys.readouterr().err
    assert cli(["db", "downgrade", "--yes", "0006"]) == 0 and "0006" in capsys.readouterr().out
    assert status()["schema"] == "0006"


def test_an_account_is_added_with_the_password_from_standard_input(zhengwu: Zhengwu, tmp_path: Path) -> None:
    zhengwu("db", "upgrade")
    add = ("user", "add", "li", "--role", "editor", "--role", "reviewer", "--password-stdin")
    done = zhengwu(*add, stdin=f"{PASSWORD}\nanother line\n")
    assert (done.returncode, done.stdout) == (0, "added li: editor, reviewer\n")
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    with database.read() as tx:
        account = accounts.verify(tx, "li", PASSWORD)
        assert account is not None and account.roles == ("editor", "reviewer")
        assert [entry.subject for entry in audit.entries(tx, action="user.add")] == ["li"]
    database.close()
    assert zhengwu(*add, stdin=f"{PASSWORD}\n").returncode == 1


@pytest.mark.parametrize("password", ["", "short\n", "li li li li\n"])
def test_a_weak_password_is_refused(zhengwu: Zhengwu, password: str) -> None:
    zhengwu("db", "upgrade")
    done = zhengwu("user", "add", "li", "--role", "agent", "--password-stdin", stdin=password)
    assert done.returncode == 1 and "password" in done.stderr


def test_an_audit_log_from_before_there_were_seals_is_taken_over_by_a_person(zhengwu: Zhengwu, tmp_path: Path) -> None:
    zhengwu("db", "upgrade")
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    with database.write() as tx:
        entry = Entry(1, SystemClock().now(), "operator", "kb.publish", "release:1", {})
        tx.execute(insert(audit.audit).values(**vars(entry), hash=plain_hash("", entry)))
    assert zhengwu("user", "add", "li", "--role", "agent", "--password-stdin", stdin=f"{PASSWORD}\n").returncode == 0
    before = zhengwu("audit", "verify")
    assert before.returncode == 1 and "nothing is sealed any more" in before.stderr
    done = zhengwu("audit", "adopt", "--reason", "upgraded")
    assert done.returncode == 0, done.stderr
    after = zhengwu("audit", "verify")
    assert after.returncode == 0 and "3 entries (the first 1 from before" in after.stdout
    with database.read() as tx:
        (noted,) = audit.entries(tx, action="audit.adopt")
    assert (noted.id, noted.detail) == (3, {"why": "upgraded", "count": 1})
    again = zhengwu("audit", "adopt", "--reason", "again")
    assert again.returncode == 1 and "nothing to take over" in again.stderr
    database.close()


def test_an_account_before_the_database(zhengwu: Zhengwu) -> None:
    done = zhengwu("user", "add", "li", "--role", "agent", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert done.returncode == 1 and "zhengwu db upgrade" in done.stderr


def test_serving_before_the_database(zhengwu: Zhengwu) -> None:
    done = zhengwu("serve", bot_port=str(free_port()), portal_port=str(free_port()), console_port=str(free_port()))
    assert done.returncode == 1 and "zhengwu db upgrade" in done.stderr


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_sandbox_runs_only_where_no_portal_is_named(zhengwu: Zhengwu, settings: Settings) -> None:
    assert set(processes(settings)) == {"gateway", "worker-1", "console", "portal-sandbox"}
    assert "portal-sandbox" not in processes(settings.copy(update={"env": "production"}))
    assert "portal-sandbox" not in processes(settings.copy(update={"portal_url": "https://portal.example"}))
    done = zhengwu("serve", "--only", "portal-sandbox", env="production", portal_port=str(free_port()))
    assert done.returncode == 78 and "ZHENGWU_PORTAL_URL" in done.stderr


def test_serving_on_a_port_in_use(zhengwu: Zhengwu) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for only in ((), ("--only", "gateway")):
            done = zhengwu("serve", *only, bot_port=port)
            assert done.returncode == 1
            assert re.search(rf"port {port} \(ZHENGWU_BOT_PORT\) is in use", done.stderr)


def test_serving_on_an_address_that_is_not_ours(zhengwu: Zhengwu) -> None:
    done = zhengwu("serve", host="192.0.2.1")
    assert done.returncode == 1 and "ZHENGWU_HOST" in done.stderr


def test_serving_without_a_key(zhengwu: Zhengwu) -> None:
    done = zhengwu("serve", secret_key="abc")
    assert done.returncode == 1 and "ZHENGWU_SECRET_KEY" in done.stderr


@pytest.mark.parametrize("service", ["gateway", "worker", "console"])
def test_no_service_starts_by_itself_on_a_restore_that_was_cut_short(
    zhengwu: Zhengwu, tmp_path: Path, upgraded_file: Path, service: str
) -> None:
    """People who were erased may be back in it: in production and outside of it."""
    (tmp_path / "zhengwu.db").write_bytes(upgraded_file.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    with database.write() as tx:
        tx.exec_driver_sql(f"CREATE TABLE {UNFINISHED} (id INTEGER)")
    database.close()
    port = str(free_port())
    done = zhengwu("serve", "--only", service, bot_port=port, console_port=port)
    assert done.returncode == 1 and "zhengwu restore" in done.stderr


def test_a_database_that_is_away_is_no_restore_that_was_cut_short(settings: Settings) -> None:
    """A gateway that starts while the database is started again waits for it."""
    away = settings.copy(update={"database_url": f"postgresql+psycopg2://nobody@127.0.0.1:{free_port()}/none"})
    refuse_half_restored(away)
    with pytest.raises(ConfigError):
        check_database(away)


FAQ = """\
kind: faq
id: {id}
question: {question}
answer: 可以。
sources: [{{title: 办法}}]
"""


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small sample city."""
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "one.yaml").write_text(FAQ.format(id="one", question="可以代办吗"), encoding="utf-8")
    monkeypatch.setattr(preparing, "CONTENT", folder)
    return folder


def prepare_content(database: Database, settings: Settings) -> int:
    preparing.prepare_content(database, settings, Steps(1))
    with database.read() as tx:
        return releases.current(tx)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'zhengwu.db'}"
    upgrade(url)
    database = Database(url)
    yield database
    database.close()


def test_sample_content_goes_into_an_empty_database_once(database: Database, settings: Settings, content: Path) -> None:
    assert prepare_content(database, settings) == 1
    (content / "one.yaml").write_text(FAQ.format(id="one", question="改过了吗"), encoding="utf-8")
    assert prepare_content(database, settings) == 1


def test_sample_content_stays_away_from_what_an_operator_imported(
    database: Database, settings: Settings, content: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(FAQ.format(id="own", question="自己的"), encoding="utf-8")
    preparing.import_files(database, [own], "operator", preparing.SystemClock().now())
    assert prepare_content(database, settings) == 0


def test_sample_content_cut_short_is_completed(
    database: Database, settings: Settings, content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(releases, "publish", cut)
        prepare_content(database, settings)
    assert prepare_content(database, settings) == 1


def test_sample_content_with_a_bad_row_is_not_published(database: Database, settings: Settings, content: Path) -> None:
    (content / "two.yaml").write_text("kind: faq\nid: two\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"two\.yaml"):
        prepare_content(database, settings)
    (content / "two.yaml").unlink()
    assert prepare_content(database, settings) == 1


def test_no_sample_content_in_production(database: Database, settings: Settings, content: Path) -> None:
    assert prepare_content(database, settings.copy(update={"env": "production"})) == 0


def test_whoever_cannot_get_in_any_more_is_given_a_password_for_once(zhengwu: Zhengwu, tmp_path: Path) -> None:
    assert zhengwu("db", "upgrade").returncode == 0
    zhengwu("user", "add", "li", "--role", "agent", "--password-stdin", stdin=f"{PASSWORD}\n")
    done = zhengwu("user", "reset", "LI")
    assert done.returncode == 0
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    with database.read() as tx:
        assert accounts.verify(tx, "li", PASSWORD) is None
        account = accounts.verify(tx, "li", done.stdout.strip())
        assert account is not None and accounts.must_change_password(tx, account.id)
    database.close()
    for nobody in ("nobody", "operator"):
        refused = zhengwu("user", "reset", nobody)
        assert (refused.returncode, refused.stdout) == (1, "") and refused.stderr


def test_the_first_start_tells_the_administrators_password_and_the_second_none(
    zhengwu: Zhengwu, tmp_path: Path
) -> None:
    assert "zhengwu db upgrade" in zhengwu("serve", "--only", "console", console_port=str(free_port())).stderr
    zhengwu("db", "upgrade")
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    settings = load_settings(_env_file=None, database_url=str(database.engine.url))
    told = []
    for _ in range(2):
        with redirect_stdout(StringIO()) as said:
            introduce_administrator(settings)
        told.append(re.findall(r"账号 admin，一次性密码 (\S+)", said.getvalue()))
    assert len(told[0]) == 1 and told[1] == []
    with database.read() as tx:
        account = accounts.verify(tx, "admin", told[0][0])
        assert account is not None and accounts.must_change_password(tx, account.id)
        assert told[0][0] not in str(audit.entries(tx))
    database.close()
