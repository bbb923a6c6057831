"""The whole system with known secrets, attacked through whatever it reads, at its most talkative.

What it has printed and what lies in its log files holds none of the secrets, nothing of what citizens wrote, and no
line that somebody else wrote.
"""

from __future__ import annotations

import base64
import contextlib
import re
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx2
import pytest
from city import City, prepared

from foundation import accounts
from foundation.clock import SystemClock

pytestmark = pytest.mark.slow

FORGED = "FORGED-LINE"
RECORD = f"2026-11-23T10:20:57.123Z level=INFO logger=foundation.audit event={FORGED}"
LINES = f"x\r\n{RECORD}\n{FORGED}\u2028{FORGED}\x1b[2J\x00"
SETTINGS = {
    "ZHENGWU_REST_TOKEN": secrets.token_hex(16),
    "ZHENGWU_API_TOKEN": secrets.token_hex(16),
    "ZHENGWU_WECHAT_APP_ID": "wx0123456789abcdef",
    "ZHENGWU_WECHAT_SECRET": secrets.token_hex(16),
    "ZHENGWU_WECHAT_TOKEN": secrets.token_hex(16),
    "ZHENGWU_WECHAT_AES_KEY": base64.b64encode(bytes(range(32))).decode().rstrip("="),
    "ZHENGWU_WECHAT_API_BASE": "http://127.0.0.1:9",
    "ZHENGWU_OLD_SECRET_KEYS": secrets.token_hex(32),
    "ZHENGWU_LOG_LEVEL": "DEBUG",
}
PASSWORD, TYPED = f"Right-{secrets.token_hex(8)}", f"Wrong-{secrets.token_hex(8)}"
PHONE, IDENTITY = "13912345678", "110101199003071234"
SAID = "我家猫咪叫做奥古斯都"


class Seen(NamedTuple):
    log: str
    files: dict[Path, bytes]
    secrets: dict[str, str]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """What was left behind by a system that was attacked and stopped."""
    folder = tmp_path_factory.mktemp("watched")
    with prepared(folder) as city:
        city.environment.update(SETTINGS)
        city.start()
        try:
            known = attack(city)
        finally:
            city.stop()
        files = {path: path.read_bytes() for path in (folder / "var").rglob("*.log*") if path.is_file()}
    yield Seen(city.log(), files, known)


def attack(city: City) -> dict[str, str]:
    """What must not be seen afterwards, by what it is."""
    known = {name: value for name, value in city.environment.items() if name in SETTINGS}
    known["ZHENGWU_SECRET_KEY"] = city.environment["ZHENGWU_SECRET_KEY"]
    for plain in ("ZHENGWU_WECHAT_APP_ID", "ZHENGWU_WECHAT_API_BASE", "ZHENGWU_LOG_LEVEL"):
        known.pop(plain)
    known |= {"password": PASSWORD, "typed": TYPED, "phone": PHONE, "identity number": IDENTITY, "text": SAID}
    talk(city)
    known |= sign_in(city)
    abuse(city.address, ["/chat", "/webhooks/rest/webhook", "/webhooks/wechat/webhook", "/metrics", "/signin"])
    abuse(city.console, ["/sign-in", "/audit", "/api/v1/units", "/nothing"])
    return known


def talk(city: City) -> None:
    """A citizen says what should stay between us."""
    for text in (
        f"{SAID}，身份证丢了怎么补办",
        f"我的手机号{PHONE}，身份证号{IDENTITY}",
        f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}",
        LINES,
    ):
        city.post(f"sender-{PHONE}", text)
    city.post(LINES, "身份证丢了")


def sign_in(city: City) -> dict[str, str]:
    """Somebody of the staff signs in, after having mistaken the password, and after somebody with a name of his own."""
    with city.database.write() as tx:
        accounts.add(tx, "watched", PASSWORD, ["admin", "auditor"], SystemClock().now())
    with httpx2.Client(base_url=city.console, timeout=60) as browser:
        for name, password in (("watched", TYPED), (LINES, TYPED), ("watched", PASSWORD)):
            key = re.findall(r'name="csrf" value="(\w+)"', browser.get("/sign-in").text)[0]
            browser.post("/sign-in", data={"name": name, "password": password, "csrf": key})
        assert browser.get("/audit").status_code == 200
        cookies = dict(browser.cookies)
    assert cookies
    return {f"cookie {name}": value for name, value in cookies.items() if len(value) > 20}


def abuse(address: str, paths: list[str]) -> None:
    """Requests as no browser makes them, with lines of a log in whatever they consist of."""
    host, port = "127.0.0.1", urlsplit(address).port or 0
    escaped = "".join(f"%{byte:02x}" for byte in LINES.encode())
    json = f"Content-Type: application/json\r\nContent-Length: 9\r\nAuthorization: Bearer {TYPED}"
    for path in paths:
        for head, body in (
            (f"GET {path}?q={escaped} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {FORGED}\x0b{FORGED}", ""),
            (f"GET {path}/{escaped} HTTP/1.1\r\nHost: {host}", ""),
            (f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{json}", f"{{{FORGED[:7]}\n"),
            (f"{FORGED} {path}\r\n{FORGED}", ""),
            (f"GET {path} HTTP/1.1\r\nHost: {FORGED}\r\nX-Forwarded-For: {FORGED}\r\nCookie: {FORGED}", ""),
        ):
            with socket.create_connection((host, port), timeout=60) as connection:
                connection.sendall(f"{head}\r\nConnection: close\r\n\r\n{body}".encode())
                connection.shutdown(socket.SHUT_WR)
                with contextlib.suppress(OSError):
                    while connection.recv(65536):
                        pass


def test_no_secret_and_nothing_of_a_citizen_is_in_what_was_printed(seen: Seen) -> None:
    assert seen.secrets.keys() >= {"ZHENGWU_SECRET_KEY", "password", "phone"} and len(seen.secrets) >= 12
    assert "channels" in seen.log and "level=" in seen.log
    assert [name for name, secret in seen.secrets.items() if secret in seen.log] == []
    spaced = f"{PHONE[:3]} {PHONE[3:7]} {PHONE[7:]}"
    assert spaced not in seen.log


def test_nor_in_any_file_of_logs(seen: Seen) -> None:
    found = [
        (path, name)
        for path, content in seen.files.items()
        for name, secret in seen.secrets.items()
        if secret.encode() in content
    ]
    assert found == []


def test_every_line_is_one_that_we_wrote(seen: Seen) -> None:
    assert not [line for line in re.split(r"[\r\n\u2028\u2029\x85]", seen.log) if line.lstrip().startswith(FORGED)]
    written = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z level=[A-Z]+ logger=[\w.]+ event=")
    forged = [line for line in seen.log.splitlines() if FORGED in line and not written.match(line)]
    assert forged == []
    assert not re.search(rf"^\d{{4}}-\S+ level=INFO logger=foundation\.audit event={FORGED}", seen.log, re.MULTILINE)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", seen.log)


def test_what_was_attacked_has_no_traceback_to_show(seen: Seen) -> None:
    assert "Traceback" not in seen.log
