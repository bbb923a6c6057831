"""A portal that misbehaves, over real sockets: each fault has its error, in time, and with nothing personal in it."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
import traceback
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from portal_server import (
    APPLICATION,
    NUMBER,
    Behave,
    Received,
    answer,
    client,
    drip,
    hang_up,
    in_turn,
    portal,
    problem,
    raw_answer,
    say_nothing,
)

from actions.portal.access import LastFour, OneTimeCode
from actions.portal.application import Application
from actions.portal.errors import (
    Busy,
    Malformed,
    Misconfigured,
    NotMatched,
    PortalError,
    TimedOut,
    TooManyAttempts,
    Unavailable,
)
from actions.portal.request import Request
from actions.portal.transport import Reply, Transport

PROOF = LastFour("123X")
CODE = OneTimeCode("request-1", "483920")
SHORT = 0.5
"""A deadline for tests that wait for it."""
HTML = b"<html><body>Error 502 " + NUMBER.encode() + b"</body></html>"
GOOD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def reset(line: socket.socket, received: Received) -> None:
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()
    raise OSError


def cut_off(line: socket.socket, received: Received) -> None:
    line.sendall(GOOD + b"Content-Length: 100\r\n\r\n{")
    hang_up(line, received)


FAULTS: dict[str, tuple[Behave, type[PortalError]]] = {
    "hang": (say_nothing, TimedOut),
    "drip the head": (drip(GOOD + b"X-Slow: " + b"a" * 1000), TimedOut),
    "drip header lines": (drip(GOOD + b"X-Slow: a\r\n" * 50, 0.01), TimedOut),
    "drip the body": (drip(GOOD + b'Content-Length: 1000\r\n\r\n{"number": "' + b"a" * 988), TimedOut),
    "drip a body that the connection ends": (drip(GOOD + b"Connection: close\r\n\r\n" + b"a" * 988), TimedOut),
    "drip chunks": (drip(GOOD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 200), TimedOut),
    "interim answers without end": (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), TimedOut),
    "hang up": (hang_up, Unavailable),
    "reset": (reset, Unavailable),
    "cut off": (cut_off, Unavailable),
    "no HTTP": (raw_answer(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), Unavailable),
    "a head without end": (raw_answer(GOOD + b"X: " + b"a" * 100_000), Unavailable),
    "too many headers": (raw_answer(GOOD + b"X: a\r\n" * 500 + b"\r\n"), Unavailable),
    "huge": (answer(200, b'"' + b"a" * 1_000_001 + b'"'), Malformed),
    "huge, of unknown length": (raw_answer(GOOD + b"Connection: close\r\n\r\n" + b"a" * 2_000_000), Malformed),
    "compressed": (answer(200, b"\x1f\x8b" + b"\0" * 100, Content_Encoding="gzip"), Malformed),
    "no JSON": (answer(200, b"{number: 1}"), Malformed),
    "no text": (answer(200, b"\xff\xfe\x00"), Malformed),
    "not a number": (answer(200, b'{"number": NaN}'), Malformed),
    "nested without end": (answer(200, b"[" * 200_000), Malformed),
    "nothing": (answer(200, b""), Malformed),
    "a list": (answer(200, [APPLICATION]), Malformed),
    "wrong types": (answer(200, {"number": {"a": 1}, "state": ["review"], "item_name": None}), Malformed),
    "another's application": (answer(200, {**APPLICATION, "number": "SLS2026-110412-0088"}), Malformed),
    "an HTML page, 200": (answer(200, HTML, content_type="text/html"), Malformed),
    "an HTML page, 502": (answer(502, HTML, content_type="text/html"), Unavailable),
    "an HTML page, 404": (answer(404, HTML, content_type="text/html"), Misconfigured),
    "500": (answer(500, {}), Unavailable),
    "503": (answer(503, {}, Retry_After=120), Unavailable),
    "a redirect": (answer(302, b"", Location="http://127.0.0.1:1/"), Misconfigured),
    "a redirect to nowhere": (answer(307, b"", Location="http://[::bad"), Misconfigured),
    "forbidden": (answer(403, {}), Misconfigured),
    "a wrong signature": (problem("signature", 401), Misconfigured),
    "an unknown problem": (problem("whatever", 418), Misconfigured),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_has_its_error_in_time_and_tells_nothing(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    behave, error = FAULTS[fault]
    caplog.set_level(logging.DEBUG)
    with portal(behave) as served:
        asked = client(served.url, deadline=SHORT)
        began = time.monotonic()
        with pytest.raises(error) as caught:
            await asked.application(NUMBER, PROOF)
        assert time.monotonic() - began < SHORT + 1
        assert served.received
        asked.close()
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value.__context__)
    assert NUMBER not in told and "123X" not in told


@pytest.mark.parametrize(
    "raw", [drip(GOOD + b"X: " + b"a" * 1000, 0.2), drip(GOOD + b"\r\n" + b"a" * 1000, 0.2), say_nothing]
)
@pytest.mark.slow
async def test_three_seconds_are_three_seconds(raw: Behave) -> None:
    with portal(raw) as served:
        asked = client(served.url)
        began = time.monotonic()
        with pytest.raises(TimedOut):
            await asked.application(NUMBER, PROOF)
        assert 2.9 < time.monotonic() - began < 3.8


async def test_threads_are_free_again_after_the_deadline() -> None:
    drips = [drip(GOOD + b"X: " + b"a" * 1000) for _ in range(4)]
    with portal(in_turn(*drips, answer())) as served:
        asked = client(served.url, deadline=SHORT)
        results = await asyncio.gather(*(asked.application(NUMBER, PROOF) for _ in range(4)), return_exceptions=True)
        assert [type(result) for result in results] == [TimedOut] * 4
        await asyncio.sleep(0.5)
        found = await asyncio.gather(*(asked.application(NUMBER, PROOF) for _ in range(4)))
        assert {application.number for application in found} == {NUMBER}


async def test_nobody_queues_behind_a_portal_that_hangs() -> None:
    with portal(say_nothing) as served:
        asked = client(served.url, deadline=SHORT)

        async def timed() -> tuple[type, float]:
            began = time.monotonic()
            with pytest.raises(Unavailable) as caught:
                await asked.application(NUMBER, PROOF)
            return type(caught.value), time.monotonic() - began

        results = await asyncio.gather(*(timed() for _ in range(8)))
        assert sorted(kind.__name__ for kind, _ in results) == ["Busy"] * 4 + ["TimedOut"] * 4
        assert all(took < SHORT / 2 for kind, took in results if kind is Busy)
        assert len(served.received) == 4


async def test_the_event_loop_goes_on_while_the_portal_hangs() -> None:
    with portal(say_nothing) as served:
        asked = client(served.url, deadline=SHORT)
        waiting = asyncio.gather(*(asked.application(NUMBER, PROOF) for _ in range(4)), return_exceptions=True)
        longest, last = 0.0, time.monotonic()
        while not waiting.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert longest < SHORT


async def test_a_caller_that_gives_up_leaves_no_thread_behind() -> None:
    with portal(in_turn(say_nothing, answer())) as served:
        asked = client(served.url, deadline=SHORT, threads=1)
        task = asyncio.create_task(asked.application(NUMBER, PROOF))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(Busy):
            await asked.application(NUMBER, PROOF)
        await asyncio.sleep(SHORT)
        assert (await asked.application(NUMBER, PROOF)).number == NUMBER


@pytest.mark.parametrize("fault", [hang_up, answer(500, {}), answer(503, {}), problem("unavailable", 503)])
async def test_what_may_be_repeated_is(fault: Behave) -> None:
    with portal(in_turn(fault, fault, answer())) as served:
        assert isinstance(await client(served.url).application(NUMBER, PROOF), Application)
        assert len(served.received) == 3
        nonces = {received.headers["x-portal-nonce"] for received in served.received}
        assert len(nonces) == 3


async def test_three_attempts_are_enough() -> None:
    with portal(answer(500, {})) as served:
        with pytest.raises(Unavailable):
            await client(served.url).application(NUMBER, PROOF)
        assert len(served.received) == 3


@pytest.mark.parametrize("fault", [hang_up, answer(500, {})])
async def test_codes_are_never_asked_for_or_tried_twice(fault: Behave) -> None:
    with portal(fault) as served:
        asked = client(served.url)
        with pytest.raises(Unavailable):
            await asked.send_code(NUMBER)
        assert len(served.received) == 1
        with pytest.raises(Unavailable):
            await asked.application(NUMBER, CODE)
        assert len(served.received) == 2


@pytest.mark.parametrize(
    ("behave", "error"), [(problem("not-matched", 404), NotMatched), (answer(429, {}), TooManyAttempts)]
)
async def test_a_refusal_is_not_repeated(behave: Behave, error: type[PortalError]) -> None:
    with portal(behave) as served:
        with pytest.raises(error):
            await client(served.url).application(NUMBER, PROOF)
        assert len(served.received) == 1


async def test_a_portal_that_says_when_to_come_back_is_not_pressed() -> None:
    with portal(answer(503, {}, Retry_After=30)) as served:
        began = time.monotonic()
        with pytest.raises(Unavailable) as caught:
            await client(served.url).application(NUMBER, PROOF)
        assert caught.value.retry_after == 30
        assert len(served.received) == 1 and time.monotonic() - began < 2


async def test_retry_after_is_told() -> None:
    with portal(problem("too-many-attempts", 429, Retry_After=600)) as served:
        with pytest.raises(TooManyAttempts) as caught:
            await client(served.url).application(NUMBER, PROOF)
        assert caught.value.retry_after == 600


async def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="cannot be connected to"):
            await client(f"http://127.0.0.1:{taken.getsockname()[1]}").application(NUMBER, PROOF)


async def test_json_of_another_content_type_is_json() -> None:
    with portal(answer(200, APPLICATION, content_type="text/html; charset=utf-8")) as served:
        assert (await client(served.url).application(NUMBER, PROOF)).item_name == "居住证申领"


async def test_an_older_portals_charset() -> None:
    body = f'{{"number": "{NUMBER}", "state": "review", "item_name": "居住证"}}'.encode("gbk")
    with portal(answer(200, body, content_type="application/json; charset=GBK")) as served:
        assert (await client(served.url).application(NUMBER, PROOF)).item_name == "居住证"


async def test_redirects_are_not_followed() -> None:
    with portal(answer()) as elsewhere, portal(answer(307, b"", Location=elsewhere.url)) as served:
        with pytest.raises(Misconfigured, match="redirects"):
            await client(served.url).application(NUMBER, PROOF)
        assert not elsewhere.received


async def test_connections_are_kept_and_cookies_are_not() -> None:
    with portal(answer(200, APPLICATION, Set_Cookie="session=1; Path=/")) as served:
        asked = client(served.url, threads=1)
        for _ in range(3):
            await asked.application(NUMBER, PROOF)
        assert served.connections == 1
        assert not any("cookie" in received.headers for received in served.received)


async def test_a_code_goes_over_a_fresh_connection() -> None:
    """An idle connection may be closed by the other side just when it is used, and a code cannot be tried again."""
    code = {"request_id": "r", "expires_in": 300, "resend_after": 60}
    with portal(in_turn(answer(), answer(202, code))) as served:
        asked = client(served.url, threads=1)
        await asked.application(NUMBER, PROOF)
        await asked.send_code(NUMBER)
        assert served.connections == 2


async def test_malformed_headers_bring_no_address_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """urllib3 would write a warning with the address."""
    caplog.set_level(logging.DEBUG)
    with portal(raw_answer(GOOD + b"Content-Length: 2\r\nno header\r\nX: 1\r\n\r\n{}")) as served:
        asked = client(served.url + "/secret-prefix", deadline=SHORT)
        with pytest.raises(PortalError):
            await asked.application(NUMBER, PROOF)
    assert "secret-prefix" not in caplog.text


HEADS = [
    b"",
    b"HTTP/1.1 ",
    b"HTTP/1.1 200 OK\r\n",
    GOOD,
    GOOD + b"Transfer-Encoding: chunked\r\n\r\n",
    GOOD + b"Set-Cookie: ",
]
LINES = st.sampled_from(
    [b"\r\n", b"\r\n\r\n", b": ", b"Content-Length: -1", b"Location: //[", b"5\r\n", b"Content-Length: 1e9"]
)


@given(st.sampled_from(HEADS), st.lists(st.binary(max_size=20) | LINES, max_size=8).map(b"".join))
@settings(max_examples=80, deadline=None)
def test_any_bytes_on_the_wire_are_a_portal_error(head: bytes, rest: bytes) -> None:
    def behave(line: socket.socket, received: Received) -> None:
        line.sendall(head + rest)
        hang_up(line, received)

    with portal(behave) as served:
        transport = Transport(served.url)
        request = Request("POST", "/x", {}, b"{}")
        with suppress(PortalError):
            assert isinstance(transport.send(request, time.monotonic() + 1), Reply)
        transport.close()
