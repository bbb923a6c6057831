"""What install.sh does once it runs on the archive's own Python: install, or upgrade what is installed there.

A second run does only what is missing. Until the database is brought to the new schema the release in use may go on.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from bot.progress import Steps
from bot.stamps import Stamp, alone
from deploy.bundle import contents
from deploy.bundle.contents import Label
from deploy.bundle.installation import Installation, Refused, label_of, run, status
from deploy.bundle.packages import INTERPRETER, find_twin, install_packages
from deploy.environment import LOCK, SPACE, InstallFailed
from deploy.python310 import NoPython
from deploy.setup import write_settings

DEFAULT = Path("/srv/zhengwu")
QUESTION = "身份证丢了怎么补办"
SPARE = 1 << 30
"""Bytes besides program and Python: their bytecode, a backup of the database, logs."""
STEPS = 8
"""Four here, four in `zhengwu prepare`; and a question at last."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sh install.sh", description="离线安装或升级政务问答助手")
    parser.add_argument("bundle", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT, help=f"安装目录，默认 {DEFAULT}")
    options = parser.parse_args(arguments)
    place = Installation(options.folder.absolute())
    try:
        place.prepare()
        with alone(place.shared / "install.lock", lambda: print("另一个安装正在进行，等待 …")):
            install(options.bundle, place)
    except (Refused, InstallFailed, NoPython) as error:
        return fail(str(error))
    except OSError as error:
        return fail(f"{error.filename or place.folder}：{error.strerror}。请检查空间和权限，然后再运行一次。")
    except KeyboardInterrupt:
        return fail("已中断；再运行一次会接着做。", 130)
    print(farewell(place), flush=True)
    return 0


def install(bundle: Path, place: Installation) -> None:
    """Put the bundle's release beside those that are there, and use it.

    Raises:
        Refused, InstallFailed: the text names the cure.
    """
    label, before = Label.read(bundle), place.current
    release, steps = place.release(label.version), Steps(STEPS)
    print(f"政务问答助手 {label.version} → {release}", flush=True)
    lay_out(bundle, place, label, steps)
    install_packages(bundle, release, steps)
    share_data(bundle, place, release, steps)
    bring_database(place, label, before, release, steps)
    place.use(release)
    place.write_commands()
    run(release, "prepare", "--done", str(STEPS - 4), shown=True)
    with Steps(1).step("试问一句"):
        run(release, "ask", "--json", QUESTION)


def lay_out(bundle: Path, place: Installation, label: Label, steps: Steps) -> None:
    """Copy program, models and Python. A release that was cut short while copying is laid out anew."""
    release = place.release(label.version)
    complete = Stamp(release / ".laid-out")
    if complete.says((bundle / contents.SUMS).read_text(encoding="utf-8")):
        steps.skip("程序")
        return
    if release == place.current:
        raise Refused(f"正在使用的版本也叫 {label.version}，内容却与安装包不同。请向提供安装包的人核实。")
    need = needed(bundle, place, label)
    free = shutil.disk_usage(place.folder).free >> 20
    if free < need:
        raise Refused(f"{place.folder} 所在磁盘还剩 {free} MB，需要 {need} MB。请腾出空间，或换一个目录。")
    with steps.step("复制程序"):
        shutil.rmtree(release, ignore_errors=True)
        shutil.copytree(bundle / contents.PROGRAM, release, symlinks=True)
        shutil.copytree(bundle / contents.PYTHON, release / contents.PYTHON, symlinks=True)
        label.write(release)
        complete.write((bundle / contents.SUMS).read_text(encoding="utf-8"))


def needed(bundle: Path, place: Installation, label: Label) -> int:
    """MiB that must be free: little, where a release that is there has the same packages, which are shared with it."""
    program, release = bundle / contents.PROGRAM, place.release(label.version)
    if find_twin(release.parent, program / LOCK, bundle / INTERPRETER, but=release) is None:
        return max(label.space, SPACE >> 20)
    files = (file for part in (program, bundle / contents.PYTHON) for file in part.rglob("*"))
    return (sum(file.stat().st_size for file in files if file.is_file()) + SPARE) >> 20


def share_data(bundle: Path, place: Installation, release: Path, steps: Steps) -> None:
    """Settings, database and vectors are those of all releases; what is there is left as it is."""
    if write_settings(release, place.shared):
        steps.skip("配置文件 .env", "已写入")
    else:
        steps.skip("配置文件 .env", "已有，保持不变")
    vectors = place.shared / "var" / "vectors"
    if not vectors.exists():
        shutil.copytree(bundle / contents.VECTORS, vectors.with_name("vectors.new"), dirs_exist_ok=True)
        vectors.with_name("vectors.new").rename(vectors)
    for name in (".env", "var"):
        link = release / name
        if link.is_dir() and not link.is_symlink():
            shutil.rmtree(link)  # the log of installing the packages
        if not link.is_symlink():
            link.symlink_to(Path("..") / ".." / "shared" / name)


def bring_database(place: Installation, label: Label, before: Path | None, release: Path, steps: Steps) -> None:
    """Back up and migrate; what is migrated must have been stopped, on all machines."""
    have = status(release)["schema"]
    if before == release and have == label.schema:
        steps.skip("数据库")
        return
    was = label.schema if before is None else label_of(before).schema
    with steps.step("备份和升级数据库" if have else "建立数据库"):
        if have and not have == label.schema == was:  # where nothing is migrated, those on other machines may go on
            place.wait_until_stopped(release)
        # Migrated already and not yet in use: the run before this one was cut short after its backup.
        if have and before is not None and not (have == label.schema != was):
            place.back_up(before)
        run(release, "db", "upgrade")


def farewell(place: Installation) -> str:
    return f"""
安装完成：{place.folder}

  启动（前台）    {place.folder}/zhengwu serve
  作为系统服务    由管理员运行：
                  cp {place.shared}/zhengwu.service /etc/systemd/system/
                  systemctl daemon-reload && systemctl enable --now zhengwu
  检查            {place.folder}/zhengwu doctor
  回到上一版本    sh {place.folder}/back.sh

启动后在本机打开 http://127.0.0.1:5005/chat 。首次启动会显示工作台管理员 admin 的一次性密码，只显示一次
（作为系统服务时：journalctl -u zhengwu）。请另外保存一份 {place.shared}/.env，里面有密钥。"""


def fail(text: str, code: int = 1) -> int:
    print(f"\n安装没有完成：{text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
