"""`python -m bot.cli`, which is `zhengwu`."""

import sys

from bot.cli import main

sys.exit(main())
