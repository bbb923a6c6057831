"""`make setup`: from a fresh checkout to one that answers. Run with any python3 from 3.9: `python3 -m deploy.setup`."""

from __future__ import annotations

import argparse
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

from bot.progress import Steps
from bot.stamps import alone
from deploy import browser
from deploy.environment import Environment, InstallFailed
from deploy.python310 import Machine, NoPython

ROOT = Path(__file__).resolve().parent.parent
STEPS = 6
"""Two here, four in `zhengwu prepare`."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m deploy.setup", description="Install and prepare everything.")
    parser.add_argument("--dev", action="store_true", help="also what `make test` and `make lint` need")
    parser.add_argument("--environment", action="store_true", help="the environment only")
    options = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        with alone(ROOT / "var" / "setup.lock", lambda: print("another `make setup` is running: waiting for it")):
            return set_up(options.dev, options.environment)
    except (NoPython, InstallFailed) as error:
        return fail(str(error))
    except OSError as error:
        return fail(
            f"{error.filename or ROOT}: {error.strerror}. Check space and permissions, then `make setup` again."
        )
    except KeyboardInterrupt:
        return fail("interrupted; `make setup` goes on where it stopped", 130)


def set_up(dev: bool, environment_only: bool) -> int:
    steps = Steps(1 if environment_only else STEPS)
    environment = Environment(ROOT, Machine(os.environ, Path.home()))
    if environment.current(dev):
        steps.skip("运行环境")
    else:
        with steps.step("安装运行环境") as step:
            environment.build(dev, step.tell)
    if environment_only:
        return 0
    if write_settings(ROOT):
        steps.skip("写入 .env", "完成")
    else:
        steps.skip("配置文件 .env", "已有，保持不变")
    if dev:
        browser.provide()
    return subprocess.run([environment.python, "-m", "bot.cli", "prepare", "--done", "2"], cwd=ROOT).returncode


def write_settings(root: Path, folder: Path | None = None) -> bool:
    """Write `.env`, readable to its owner only, with a fresh key; False where there is one, which is never touched.

    Args:
        folder: where to; the checkout itself by default.
    """
    example = (root / ".env.example").read_text(encoding="utf-8")
    content = re.sub(r"(?m)^ZHENGWU_SECRET_KEY=.*$", f"ZHENGWU_SECRET_KEY={secrets.token_hex(32)}", example)
    try:
        handle = os.open((folder or root) / ".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    return True


def fail(text: str, code: int = 1) -> int:
    print(f"\nmake setup: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
