"""`zhengwu prepare`: the part of `make setup` that comes after installing. What is there already is left as it is."""

from __future__ import annotations

from pathlib import Path

import typer
from sqlalchemy import select

from bot import training
from bot.cli.database import upgrade_database
from bot.compiling import compile_all
from bot.progress import Steps
from bot.stamps import Stamp, fingerprint
from foundation import log
from foundation.accounts import OPERATOR
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.errors import ContentError
from foundation.schema import is_current
from foundation.settings import ROOT, Settings, get_settings
from knowledge_base.importing.pipeline import import_files
from knowledge_base.store import releases
from knowledge_base.store.tables import revisions

CONTENT = ROOT / "knowledge_base" / "content"
STEPS = 4


def prepare(done: int = typer.Option(0, hidden=True, help="steps that came before, for counting")) -> None:
    """Bring database, sample content, vectors and models to where `make run` can start."""
    settings, steps = get_settings(), Steps(done + STEPS, done)
    log.configure("ERROR")  # warnings of what is missing are what the steps mend
    settings.key()
    compile_all()
    database = Database(settings.database_url)
    try:
        prepare_database(database, settings, steps)
        prepare_content(database, settings, steps)
        prepare_models(settings, steps)
        prepare_vectors(database, settings, steps)  # by the vectors of words, where those are asked for
    finally:
        database.close()


def prepare_database(database: Database, settings: Settings, steps: Steps) -> None:
    database.check()
    if is_current(database):
        steps.skip("数据库")
        return
    with steps.step("建立数据库"):
        upgrade_database(settings)


def prepare_content(database: Database, settings: Settings, steps: Steps) -> None:
    """Publish the sample city's content in a database that never held any: nobody's edits are overwritten."""
    half, begun = Stamp(settings.var_dir / "stamps" / "content"), fingerprint(ROOT, (), settings.database_url)
    with database.read() as tx:
        empty = tx.execute(select(revisions.c.id).limit(1)).first() is None
        unpublished = releases.current(tx) == 0
    if not (empty or (unpublished and half.says(begun))):
        steps.skip("示例内容", "知识库已有内容，保持不变")
        return
    if settings.production:
        steps.skip("示例内容", "生产环境不装入；请用 zhengwu kb import 导入本单位内容")
        return
    with steps.step("装入示例内容") as step:
        half.write(begun)
        publish_samples(database, CONTENT, step.tell)
        half.remove()


def publish_samples(database: Database, folder: Path, tell: training.Tell) -> None:
    now = SystemClock().now()
    report = import_files(database, [folder], OPERATOR, now, on_progress=lambda name, done: tell(f"{done} {name}"))
    if report.problems:
        raise ContentError("\n".join(["the sample content has bad rows:", *map(str, report.problems[:20])]))
    with database.write() as tx:
        releases.publish(tx, OPERATOR, "示例城市内容", now)


def prepare_vectors(database: Database, settings: Settings, steps: Steps) -> None:
    """Encode what is published and has no vectors yet, so that the first worker starts at once."""
    if settings.encoder in ("", "none"):
        steps.skip("语句向量", "未启用（ZHENGWU_ENCODER）")
        return
    with database.read() as tx:
        release = releases.current(tx)
    folder = settings.var_dir / "vectors"
    complete = Stamp(settings.var_dir / "stamps" / "vectors")
    wanted = fingerprint(ROOT, (), settings.database_url, str(release), settings.encoder)
    if complete.says(wanted) and any(folder.glob("*.vectors")):
        steps.skip("语句向量")
        return
    from knowledge_base.library import Library

    with steps.step("计算语句向量") as step:
        library = Library(database, folder, settings.encoder, settings.model_dir)
        library.refresh(lambda done, of: step.tell(f"{done}/{of}"))
    if library.lacks is None:
        complete.write(wanted)
    else:
        typer.echo(f"      句向量模型 {settings.encoder} 无法使用，检索效果会下降，见 zhengwu doctor", err=True)


def prepare_models(settings: Settings, steps: Steps) -> None:
    if training.is_current(settings):
        steps.skip("模型")
        return
    with steps.step("训练模型") as step:
        training.train(settings, tell=step.tell)
