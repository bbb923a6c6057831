"""`zhengwu COMMAND …`: finds the command's module and imports no other, so that none pays for what it does not use."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import typer

from bot.environment import importing, quieten
from foundation.errors import ZhengwuError

VERSION = "0.1.0"
DONE, FAILED, USAGE = 0, 1, 2
INSUFFICIENT_PRIVILEGE = "42501"
"""PostgreSQL's code."""


class Command(NamedTuple):
    module: str
    attribute: str
    """A typer command function, or a `typer.Typer` of sub-commands."""
    help: str


COMMANDS = {
    "serve": Command("bot.cli.serve", "serve", "run every service, or one of them"),
    "ask": Command("bot.cli.ask", "ask", "hold one conversation from the shell"),
    "eval": Command("bot.cli.evaluate", "evaluate", "ask the questions of a file and score the answers"),
    "kb": Command("bot.cli.kb", "app", "the knowledge base: import, sync, publish, rollback, status, export, check"),
    "db": Command("bot.cli.database", "app", "the database: upgrade, downgrade, status"),
    "user": Command("bot.cli.users", "app", "accounts of the staff: add, reset"),
    "audit": Command("bot.cli.audit", "app", "the audit log: whether anybody has tampered with it"),
    "key": Command("bot.cli.keys", "app", "the key of what is encrypted: status, rotate"),
    "train": Command("bot.cli.train", "train", "train the models anew where the training data has changed"),
    "prepare": Command("bot.cli.prepare", "prepare", "database, sample content, vectors and models: what is missing"),
    "retention": Command("bot.cli.retention", "retention_command", "delete or anonymise what was kept long enough"),
    "export-data": Command("bot.cli.rights", "export_data", "one citizen's data, as a readable archive"),
    "erase": Command("bot.cli.rights", "erase", "erase one citizen's data, in every store and in restored backups"),
    "backup": Command("bot.cli.backup", "backup", "write an archive of the database"),
    "restore": Command("bot.cli.backup", "restore", "bring the database back from an archive"),
    "scan": Command("bot.cli.scan", "scan", "look for personal data in every table and log file"),
    "insights": Command("bot.cli.insights", "app", "figures: roll-ups, the monthly report, statistics for the public"),
    "doctor": Command("bot.cli.doctor", "doctor", "what is wrong here, and its cure"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0 done, 1 refused or failed, 2 usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    name = given[0] if given else "--help"
    if name in ("--help", "-h"):
        print(overview())
        return DONE if given else USAGE
    if name == "--version":
        print(f"zhengwu {VERSION}")
        return DONE
    if name not in COMMANDS:
        print(f"zhengwu: there is no command {name!r}\n\n{overview()}", file=sys.stderr)
        return USAGE
    quieten()
    return run(name, given[1:])


def overview() -> str:
    """The text of `zhengwu --help`."""
    lines = [f"  {name:<11} {command.help}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: zhengwu COMMAND …", "", *lines, "", "`zhengwu COMMAND --help` tells more of each."])


def run(name: str, arguments: Sequence[str]) -> int:
    """Run a command; what an operator can mend is told in words, without a traceback."""
    try:
        load(COMMANDS[name])(args=list(arguments), prog_name=f"zhengwu {name}")
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else FAILED
    except ZhengwuError as error:
        return fail(str(error))
    except KeyboardInterrupt:
        return fail("interrupted")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS):
            raise
        return fail(f"{error.filename or 'a file'}: {error.strerror}. Make room, or mend the permissions.")
    except Exception as error:
        if is_denied(error):
            owner = "The database must be its user's own: docs/operations.md, PostgreSQL, has the commands."
            return fail(f"the database does not allow it ({first_line(error)}). {owner}")
        if not is_database_error(error):
            raise
        return fail(f"the database failed ({first_line(error)}). Check ZHENGWU_DATABASE_URL; see `zhengwu doctor`.")
    return DONE


def load(command: Command) -> Callable[..., Any]:
    """The command ready to be called with `args` and `prog_name`; it ends with SystemExit."""
    with importing():
        found = getattr(import_module(command.module), command.attribute)
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(found)
    return app


def is_database_error(error: Exception) -> bool:
    """Whether SQLAlchemy reports that the database could not do something, not that we asked wrongly."""
    exc = sys.modules.get("sqlalchemy.exc")
    if exc is None:
        return False
    damaged = type(error) is exc.DatabaseError  # SQLite's, of a file that is none or is damaged
    return damaged or isinstance(error, (exc.OperationalError, exc.InternalError, exc.TimeoutError))


def is_denied(error: Exception) -> bool:
    """Whether PostgreSQL says that its user may not do this, as in a database that is somebody else's."""
    return getattr(getattr(error, "orig", None), "pgcode", None) == INSUFFICIENT_PRIVILEGE


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def fail(text: str) -> int:
    print(f"zhengwu: {text}", file=sys.stderr)
    return FAILED
