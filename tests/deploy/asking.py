"""Runs in the bare Debian, on the archive's Python: starts all services, asks over REST, stops them. Prints JSON lines.

python asking.py INSTALLATION SENDER QUESTION…
"""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:5005"
PATIENCE = 900.0
"""Seconds until everything has started: generous, for machines that have other things to do."""


def main(installation: str, sender: str, *questions: str) -> None:
    services = subprocess.Popen([f"{installation}/zhengwu", "serve"], stdout=sys.stderr)
    try:
        wait_until_ready(services)
        for question in questions:
            body = json.dumps({"sender": sender, "message": question}).encode()
            request = urllib.request.Request(
                f"{ADDRESS}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=120) as response:
                print(json.dumps(json.load(response), ensure_ascii=False), flush=True)
    finally:
        services.send_signal(signal.SIGTERM)
        services.wait(60)


def wait_until_ready(services: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"{ADDRESS}/health", timeout=10).close()
            return
        except (urllib.error.URLError, OSError):
            if services.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
