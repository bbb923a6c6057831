"""Recordings made text by a program of the office's: heard once, and stored before they are acknowledged."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from callback_helpers import ACCOUNT, Sent, gateway, until
from told_worker import Worker, brief, stored

import bot.erasing  # noqa: F401
from channels.delivery.platform import Action, SendError
from channels.gateway import Gateway
from channels.refused import Refused
from channels.wechat import messages
from channels.wechat.media import File
from channels.wechat.speech import Speech
from foundation.database import Database
from foundation.errors import ConfigError


@pytest.fixture
def worker(store: Database) -> Any:
    with Worker(store, brief) as worker:
        yield worker


def script(folder: Path, text: str) -> str:
    path = folder / "hear"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


async def recording(media_id: str) -> File:
    if media_id == "gone":
        raise SendError(40007, Action.DROP, "invalid media_id")
    return File(b"#!AMR\nxyz", "audio/amr")


async def test_speech_runs_a_program_over_the_recording(tmp_path: Path) -> None:
    said = (
        "import sys, pathlib; p = pathlib.Path(sys.argv[-1])\n"
        "print(p.suffix, len(p.read_bytes()), sys.argv[1], '身份证')"
    )
    command = f"{script(tmp_path, said)} --lang=zh"
    speech = Speech(command, recording)
    assert await speech.text("m", "amr") == ".amr 9 --lang=zh 身份证"
    assert await speech.text("m", "../../x") == ".amr 9 --lang=zh 身份证"
    assert await speech.text("gone", "amr") is None
    assert await asyncio.gather(*(speech.text("m", "speex") for _ in range(5))) == [".speex 9 --lang=zh 身份证"] * 5


@pytest.mark.parametrize("text", ["raise SystemExit(3)", "print('   ')", "import time; time.sleep(60)", "x ="])
async def test_speech_that_fails(tmp_path: Path, text: str) -> None:
    assert await Speech(script(tmp_path, text), recording, limit=0.5).text("m", "amr") is None


async def test_speech_program_is_killed_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = (
        f"import subprocess, time, pathlib\nchild = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\ntime.sleep(60)"
    )
    assert await Speech(script(tmp_path, text), recording, limit=2).text("m", "amr") is None
    child = int(note.read_text())

    def gone() -> bool:
        try:
            return Path(f"/proc/{child}/stat").read_text().split()[2] == "Z"
        except FileNotFoundError:
            return True

    await until(gone)


def test_speech_names_its_setting() -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_SPEECH_COMMAND"):
        Speech("/no/such/program --x", recording)


@pytest.mark.parametrize("seconds", [0, 6])
async def test_voice_through_the_program(
    store: Database, worker: Worker, tmp_path: Path, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time it is answered passively; later by the API, and heard once however often the platform asks."""
    note = tmp_path / "runs"
    sleep = 1.5 if seconds else 0
    text = f"import time; open({str(note)!r}, 'a').write('x'); time.sleep({sleep}); print('公积金怎么提取')"
    if seconds:
        for strategy in ("Hybrid", "Harvest"):
            monkeypatch.setattr(f"channels.wechat.passive.{strategy}.deadline", 0.7)
    sent = Sent()
    sent.media = type("Media", (), {"download": staticmethod(recording)})  # type: ignore[attr-defined]
    account = replace(ACCOUNT, speech_command=script(tmp_path, text))
    async with gateway(store, account, sent, api=True) as wechat:
        fields = wechat.fields("voice", MediaId="m", Format="amr")
        answers = await asyncio.gather(*(wechat.push(fields) for _ in range(3)))
        await until(lambda: worker.texts == ["公积金怎么提取"])
        await until(lambda: len([*filter(None, map(wechat.reply, answers)), *sent.texts()]) == 1)
    assert note.read_text() == "x" and worker.metadata[0]["voice"] is True


@pytest.mark.parametrize("strategy", ["hybrid", "harvest"])
async def test_a_recording_is_not_acknowledged_before_it_is_stored_but_for_the_last_time(
    store: Database, worker: Worker, tmp_path: Path, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed meanwhile, a gateway leaves a platform that asks another one."""
    monkeypatch.setattr(f"channels.wechat.passive.{strategy.title()}.deadline", 0.3)
    monkeypatch.setattr(messages, "HANGS", 1.0)
    sent = Sent()
    sent.media = type("Media", (), {"download": staticmethod(recording)})  # type: ignore[attr-defined]
    command = script(tmp_path, "import time; time.sleep(4); print('公积金怎么提取')")
    account = replace(ACCOUNT, speech_command=command, reply=strategy)
    async with gateway(store, account, sent, api=True) as wechat:
        fields = wechat.fields("voice", MediaId="m", Format="amr")
        first = asyncio.create_task(wechat.push(fields))
        await asyncio.sleep(0.8)
        assert not first.done() and stored(store) == 0, "the platform hangs up here"
        for again in (fields, wechat.fields("voice", MediaId="n", Format="amr", CreateTime=int(time.time()) - 10)):
            began = time.monotonic()
            assert (await wechat.push(again)).body == b"success"
            assert time.monotonic() - began < 0.9, "or the citizen is told that the account is out of order"
        await until(lambda: worker.texts == ["公积金怎么提取"] * 2)
        await first


async def test_what_was_heard_is_stored_when_the_database_is_back(
    store: Database, worker: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.passive.Hybrid.deadline", 0.3)
    receive, away = Gateway.receive, [Refused(503, "现在不行"), Refused(429, "太快了", 0.6), Refused(503, "现在不行")]

    async def is_away(*given: Any, **more: Any) -> Any:
        if away:
            raise away.pop()
        return await receive(*given, **more)

    monkeypatch.setattr(Gateway, "receive", is_away)
    sent = Sent()
    sent.media = type("Media", (), {"download": staticmethod(recording)})  # type: ignore[attr-defined]
    account = replace(ACCOUNT, speech_command=script(tmp_path, "print('公积金怎么提取')"))
    async with gateway(store, account, sent, api=True) as wechat:
        await wechat.push(wechat.fields("voice", MediaId="m", Format="amr"))
        await until(lambda: worker.texts == ["公积金怎么提取"])
    assert not away


async def test_who_asks_for_the_last_time_is_told_that_a_recording_cannot_be_stored_now(
    store: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.wechat.passive.Hybrid.deadline", 0.5)
    monkeypatch.setattr(messages, "HANGS", 0.3)

    async def is_away(*given: Any, **more: Any) -> Any:
        raise Refused(503, "现在存不了，请稍后再发。")

    monkeypatch.setattr(Gateway, "receive", is_away)
    sent = Sent()
    sent.media = type("Media", (), {"download": staticmethod(recording)})  # type: ignore[attr-defined]
    account = replace(ACCOUNT, speech_command=script(tmp_path, "print('公积金怎么提取')"))
    async with gateway(store, account, sent, api=True) as wechat:
        fields = wechat.fields("voice", MediaId="m", Format="amr")
        await wechat.push(fields)
        assert wechat.reply(await wechat.push(fields)) == "现在存不了，请稍后再发。"
