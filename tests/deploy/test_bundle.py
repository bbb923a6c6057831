"""The bundle, for real: in a bare Debian without any route it installs, answers, is upgraded, and goes back."""

from __future__ import annotations

import json
import shlex
import shutil
import sqlite3
import subprocess
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bare_debian import BareDebian, missing

from bot import training
from deploy.bundle import contents, making
from deploy.bundle.contents import Label
from foundation.schema import newest
from foundation.settings import ROOT, load_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(bool(missing()), reason=missing()),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout"),
    pytest.mark.skipif(not training.is_current(load_settings()), reason="no trained models: make setup"),
]
INSTALLED = "/srv/zhengwu"
LATER = "9999"
"""The migration that the later release has besides."""
MIGRATION = f'''
"""A table and a column that the release before does not know."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{LATER}", "{newest()}", None, None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("accounts") as batch:
        batch.add_column(sa.Column("later", sa.String(8), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("accounts") as batch:
        batch.drop_column("later")
    op.drop_table("later")
'''
FAQ = """\
kind: faq
id: service-center-parking
question: 政务服务中心停车收费吗？
similar_questions: [到大厅办事停车要钱吗]
answer: 到政务服务中心办事的，凭取号单免费停车2小时。
department: 政务服务
owner: {person: 张三, department: 政务服务中心}
sources:
  - {title: 政务服务中心停车场管理公告, issuer: 示例市政务服务中心, date: 2026-11-20}
verified_on: 2026-11-23
review_by: 2027-11-23
"""
CHANGING = {"alembic_version", "heartbeats", "audit_head", "sqlite_sequence", "leases"}
"""Tables that say what is now, not what was."""
Rows = dict[str, set[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases, unpacked, and what is needed to try them."""
    folder = tmp_path_factory.mktemp("media")
    folder.chmod(0o755)  # pytest's folders are for their owner alone; whoever installs is another
    archive = making.make(ROOT, load_settings(), folder)
    (folder / f"{archive.name}.sha256").unlink()
    with tarfile.open(archive) as packed:
        packed.extractall(folder)
    archive.unlink()
    put_together(folder)
    return folder


def put_together(folder: Path) -> None:
    """Give the folder with the one unpacked archive all else: the later release is the same with one more migration."""
    first = next(folder.glob("zhengwu-*"))
    first.rename(folder / "first")
    shutil.copytree(folder / "first", folder / "second", symlinks=True, copy_function=copy_or_link)
    versions = folder / "second" / contents.PROGRAM / "foundation" / "migrations" / "versions"
    (versions / f"{LATER}_later.py").write_text(MIGRATION, encoding="utf-8")
    label = Label.read(folder / "first")
    (folder / "second" / contents.LABEL).unlink()
    Label("9.9.9-later", label.platform, label.glibc, LATER, label.space).write(folder / "second")
    contents.write_sums(folder / "second")
    (folder / "faq.yaml").write_text(FAQ, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("asking.py"), folder)


def copy_or_link(source: str, target: str) -> None:
    """Wheels are large and stay as they are."""
    if source.endswith(".whl"):
        Path(target).hardlink_to(source)
    else:
        shutil.copy2(source, target)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory, media: Path) -> BareDebian:
    bare = BareDebian(tmp_path_factory.mktemp("debian") / "root", media)
    try:
        bare.bootstrap()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"debootstrap could not get a Debian: {error.stderr[-200:]!r}")
    bare.run(
        "useradd --system --home-dir /srv/zhengwu --shell /usr/sbin/nologin zhengwu\n"
        "mkdir -p /srv/zhengwu && chown zhengwu /srv/zhengwu"
    )
    return bare


def as_owner(command: str) -> str:
    return f"runuser --user=zhengwu -- {command}"


def ask(debian: BareDebian, sender: str, *questions: str) -> list[dict[str, Any]]:
    """The last message of each turn, from the running services."""
    words = " ".join([INSTALLED, sender, *questions])
    said = debian.run(as_owner(f"{INSTALLED}/current/python/bin/python3.10 -X utf8 /media/asking.py {words}"))
    return [json.loads(line)[-1] for line in said.splitlines() if line.startswith("[{")]


def rows(debian: BareDebian, like: Rows | None = None) -> Rows:
    """All that the database holds; of the tables and columns of `like`, if given, as nobody else's are compared."""
    path = debian.root / INSTALLED.lstrip("/") / "shared" / "var" / "zhengwu.db"
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: set(connection.execute(f'SELECT {columns(connection, table)} FROM "{table}"'))
            for table in tables
            if table not in CHANGING and (like is None or table in like)
        }


def columns(connection: sqlite3.Connection, table: str) -> str:
    names = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
    return ", ".join(f'"{name}"' for name in names if name != "later")


def lost(before: Rows, after: Rows) -> Rows:
    return {table: gone for table, held in before.items() if (gone := held - after.get(table, set()))}


def test_a_bare_debian_has_no_way_out_and_nothing_that_we_bring(debian: BareDebian) -> None:
    assert debian.run("cat /proc/net/route").count("\n") == 1  # its heading
    interfaces = debian.run("cat /proc/net/dev").splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] == ["lo"]
    assert debian.run("for one in python3 curl wget git gcc make; do command -v $one || true; done") == ""


def test_installed_upgraded_and_back(debian: BareDebian) -> None:
    print(debian.run(as_owner(f"sh /media/first/install.sh {INSTALLED}")))
    tell_and_publish = (
        f"echo 'a long passphrase' | {INSTALLED}/zhengwu user add li --role agent --password-stdin && "
        f"{INSTALLED}/zhengwu kb import /media/faq.yaml && {INSTALLED}/zhengwu kb publish --note 停车收费"
    )
    debian.run(as_owner(f"sh -c {shlex.quote(tell_and_publish)}"))
    item, fee, parking = ask(debian, "first-citizen", "身份证丢了怎么补办", "那多少钱", "政务服务中心停车收费吗")
    assert answered(item)["id"] == "resident-id-replacement" and answered(item)["record"]
    assert "40元" in fee["text"] and "免费停车2小时" in parking["text"]
    before = rows(debian)

    print(debian.run(as_owner(f"sh /media/second/install.sh {INSTALLED}")))
    assert "later" in rows(debian) and not lost(before, rows(debian, before))
    again, said = ask(debian, "second-citizen", "身份证丢了怎么补办", "政务服务中心停车收费吗")
    assert again["text"] == item["text"]
    assert "免费停车2小时" in said["text"]
    upgraded = rows(debian, before)

    print(debian.run(as_owner(f"sh {INSTALLED}/back.sh")))
    back = rows(debian)
    assert back.keys() == before.keys() and not lost(before, back) and not lost(upgraded, back)
    (more,) = ask(debian, "first-citizen", "那多少钱")  # it knows what was being talked about
    assert "免费停车2小时" in more["text"]


def answered(message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = message["custom"]["answer"]
    return found
