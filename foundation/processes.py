"""What processes are called, for people who have to find them."""

from __future__ import annotations

from pathlib import Path

UNKNOWN = "zhengwu"


def called(pid: str = "self") -> str:
    """`gateway` or `console`; of a command its first word, as `zhengwu backup`: those behind it may name a citizen."""
    here = Path("/proc") / pid
    try:
        name = (here / "comm").read_text(errors="replace").strip()
        words = (here / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:  # there is no such folder but on Linux
        return UNKNOWN
    if not name.startswith(("python", "zhengwu")):  # it was given a name
        return name
    if "--only" in words[:-1]:
        return words[words.index("--only") + 1]
    if words[1:2] == ["-m"]:
        words = words[1:]
    return " ".join(Path(word).name for word in words[1:3] if not word.startswith("-")) or name
