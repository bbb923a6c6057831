"""A server that answers at once, to see what the load generator itself can do."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError

from aiohttp import web

from bot.supervisor import die_with_parent
from foundation.settings import ROOT
from tests.benchmarks.throughput.load import elsewhere
from tests.benchmarks.throughput.process import ask, free_port

SECONDS, CLIENTS = 3.0, 32


def limit(folder: Path) -> float:
    """Messages a second that the load generator sends and reads, when nothing else takes time."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.throughput.trivial", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, preexec_fn=die_with_parent)
    address = f"http://127.0.0.1:{port}"
    try:
        while not listens(address):
            assert process.poll() is None, "it ended"
            time.sleep(0.05)
        return elsewhere(address, CLIENTS, SECONDS, ["问"] * 60_000, folder).a_second
    finally:
        process.kill()
        process.wait()


def listens(address: str) -> bool:
    try:
        return bool(ask(address, "first", "问"))
    except URLError:
        return False


async def answer(request: web.Request) -> web.Response:
    await request.json()
    return web.json_response([{"text": "好"}])


if __name__ == "__main__":
    app = web.Application()
    app.router.add_post("/webhooks/rest/webhook", answer)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
