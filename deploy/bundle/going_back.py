"""`sh back.sh`: from the release in use to the one before it, with all that was said, written and decided since.

The database is not put back to where it was: the newer program, which alone knows how, undoes its migrations.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bot.progress import Steps
from bot.stamps import alone
from deploy.bundle.installation import Installation, Refused, label_of, run, status


def main(arguments: list[str]) -> int:
    place = Installation(Path(arguments[0]))
    try:
        with alone(place.shared / "install.lock", lambda: print("另一个安装正在进行，等待 …")):
            go_back(place)
    except Refused as error:
        print(f"\n没有回到上一版本：{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n没有回到上一版本：{error.filename}：{error.strerror}", file=sys.stderr)
        return 1
    return 0


def go_back(place: Installation) -> None:
    """Use the release before again.

    Raises:
        Refused: there is none, services are running, or a migration cannot be undone.
    """
    current, previous = place.current, place.previous
    if current is None or previous is None:
        raise Refused(f"{place.folder} 没有可以回到的版本。")
    older = label_of(previous)
    steps = Steps(2)
    place.wait_until_stopped(current)
    undone = status(current)["schema"] == older.schema
    # Another machine on the same database was quicker: what is there now is the older program's.
    elsewhere = undone and label_of(current).schema != older.schema
    with steps.step("备份数据库"):
        archive = place.back_up(previous if elsewhere else current)
    if undone:
        steps.skip("数据库结构", "两个版本相同")
    else:
        with steps.step("还原数据库结构"):
            run(current, "db", "downgrade", "--yes", older.schema)
    place.go_back(previous)
    place.write_commands()
    print(f"\n已回到 {older.version}。内容、对话和账号保持不变；回退前的备份：{archive}\n请重新启动服务。")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
