"""Takes along the Python that an environment stands on, so that it runs from whatever folder it is put in.

Its own libraries, and those of the system's that a bare machine may lack (OpenSSL, SQLite …), are looked for beside it:
the place that was written into each file when it was compiled is overwritten by one relative to the file.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

LIBRARY = Path("lib") / "python3.10"
LEFT_OUT = (
    "__pycache__",
    "test",
    "tests",
    "idlelib",
    "tkinter",
    "turtledemo",
    "lib2to3",
    "site-packages",
    "config-3.*",
)
"""What no service uses, and what somebody may have installed on top."""
MODULES_LEFT_OUT = re.compile(r"(_tkinter|nis|_test\w*|xx\w+)\.cpython")
GLIBC = re.compile(r"^(ld-linux.*|linux-vdso|lib(c|m|dl|pthread|rt|util|resolv))\.so")
"""Of every machine, and never to be taken from another one."""
NEEDS = re.compile(rb"\0GLIBC_2\.(\d+)(?=\0)")
SEGMENT_DYNAMIC, NEEDED_END, STRINGS, RPATH, RUNPATH = 2, 0, 5, 15, 29


class NotRelocatable(Exception):
    """The Python cannot be taken along; the text names the cure."""


def take_along(prefix: Path, target: Path) -> None:
    """Copy the Python below `prefix` (what `sys.base_prefix` says) to the new folder `target`.

    Raises:
        NotRelocatable: it is the system's own, or was compiled so that it cannot be moved.
    """
    if not (prefix / "bin" / "python3.10").is_file() or (prefix / "bin" / "apt-get").exists() or prefix == Path("/usr"):
        raise NotRelocatable(f"the Python of {prefix} is part of the system: build the bundle with one of uv or pyenv")
    (target / "bin").mkdir(parents=True)
    shutil.copy2(prefix / "bin" / "python3.10", target / "bin" / "python3.10")
    for name in ("python3", "python"):
        (target / "bin" / name).symlink_to("python3.10")
    shutil.copytree(prefix / LIBRARY, target / LIBRARY, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / LIBRARY / "site-packages").mkdir()
    for library in (prefix / "lib").glob("libpython3*.so*"):
        shutil.copy2(library, target / "lib" / library.name, follow_symlinks=False)
    for module in (target / LIBRARY / "lib-dynload").iterdir():
        if MODULES_LEFT_OUT.match(module.name):
            module.unlink()
    foreign = system_libraries(prefix, elf_files(target))
    for library in foreign:
        shutil.copy2(library.resolve(), target / "lib" / library.name)
    for file in elf_files(target):
        look_beside(file, target / "lib", required=bool(foreign) and file.suffix != ".so" and ".so." not in file.name)


def system_libraries(prefix: Path, files: Iterable[Path]) -> list[Path]:
    """The libraries that these files load from outside of `prefix`, but for glibc's own."""
    environ = {**os.environ, "LD_LIBRARY_PATH": str(prefix / "lib")}
    found: dict[str, Path] = {}
    for file in files:
        said = subprocess.run(["ldd", str(file)], env=environ, capture_output=True, text=True).stdout
        for name, path in re.findall(r"^\s*(\S+) => (/\S+)", said, re.MULTILINE):
            if not GLIBC.match(name) and not Path(path).is_relative_to(prefix):
                found[name] = Path(path)
    return sorted(found.values())


def elf_files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as opened:
                if opened.read(4) == b"\x7fELF":
                    yield file


def look_beside(file: Path, libraries: Path, required: bool) -> None:
    """Overwrite where an ELF file looks for libraries by `$ORIGIN/…`, as RPATH: what it loads looks there as well.

    Args:
        required: whether a file that has no such entry is an error; else it is left as it is.

    Raises:
        NotRelocatable: there is none, or it is too short.
    """
    content = bytearray(file.read_bytes())
    place = search_path(content)
    if place is None:
        if required:
            raise NotRelocatable(f"{file.name} does not say where its libraries are: take a Python of uv or pyenv")
        return
    entry, begin, end = place
    new = f"$ORIGIN/{os.path.relpath(libraries, file.parent)}".encode()
    if len(new) > end - begin:
        raise NotRelocatable(f"there is no room for {new.decode()} in {file.name}: take a Python from a longer path")
    struct.pack_into("<q", content, entry, RPATH)
    content[begin:end] = new.ljust(end - begin, b"\0")
    file.write_bytes(content)


def search_path(content: bytes | bytearray) -> tuple[int, int, int] | None:
    """Where in a 64-bit little-endian ELF file its RPATH or RUNPATH entry is, and where its text begins and ends.

    After the System V ABI, chapters 4 and 5.
    """
    if content[4] != 2 or content[5] != 1:
        raise NotRelocatable("only 64-bit little-endian programs can be taken along")
    (offset,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    loads, dynamic = [], None
    for number in range(count):
        kind, _, at, address, _, length = struct.unpack_from("<IIQQQQ", content, offset + number * size)
        if kind == 1:
            loads.append((address, at, length))
        elif kind == SEGMENT_DYNAMIC:
            dynamic = at
    if dynamic is None:
        return None
    entry, strings = None, 0
    while True:
        tag, value = struct.unpack_from("<qQ", content, dynamic)
        if tag == NEEDED_END:
            break
        if tag in (RPATH, RUNPATH):
            entry = (dynamic, value)
        elif tag == STRINGS:
            strings = next(at + value - address for address, at, length in loads if address <= value < address + length)
        dynamic += 16
    if entry is None:
        return None
    begin = strings + entry[1]
    return entry[0], begin, content.index(0, begin)


def glibc_needed(content: bytes) -> tuple[int, int]:
    """The highest version of glibc that a program or library asks for: (2, 28)."""
    return 2, max((int(minor) for minor in NEEDS.findall(content)), default=0)
