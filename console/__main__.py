"""`python -m console`: what `zhengwu serve` starts."""

from __future__ import annotations

import os
import sys

from bot.supervisor import CANNOT_START, SUPERVISED
from console.serve import serve
from foundation import log, log_files
from foundation.errors import ConfigError
from foundation.heap import keep_one_heap
from foundation.settings import get_settings


def main() -> int:
    keep_one_heap()
    settings = get_settings()
    log.configure(settings.log_level, log_files.folder_of(settings), settings.keep_log_days)
    try:
        serve(settings)
    except ConfigError as error:
        print(f"zhengwu console: {error}", file=sys.stderr)
        return CANNOT_START if SUPERVISED in os.environ else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
