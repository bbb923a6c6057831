"""Over TLS: certificates are checked, and the deadline holds in the handshake, too."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from portal_server import APPLICATION, NUMBER, client

from actions.portal.access import LastFour
from actions.portal.errors import (
    Misconfigured,
    TimedOut,
    Unavailable,
)

PROOF = LastFour("123X")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


@contextmanager
def tls(authority: tuple[Path, Path], raw: bytes, pause: float = 0) -> Iterator[str]:
    """A TLS server that answers every request with these bytes, one at a time where there is a pause."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as line:
            while line.recv(65536):
                for part in [raw] if not pause else [raw[i : i + 1] for i in range(len(raw))]:
                    line.sendall(part)
                    time.sleep(pause)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


BODY = json.dumps(APPLICATION).encode()
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


async def test_certificates_are_checked(
    authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with tls(authority, GOOD) as url:
        with pytest.raises(Misconfigured, match="certificate"):
            await client(url).application(NUMBER, PROOF)
        assert (await client(url, verify=str(authority[0])).application(NUMBER, PROOF)).number == NUMBER
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority[0]))
        assert (await client(url).application(NUMBER, PROOF)).number == NUMBER


@pytest.mark.parametrize("raw", [GOOD.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 500, 1), GOOD])
async def test_the_deadline_holds_over_tls(authority: tuple[Path, Path], raw: bytes) -> None:
    with tls(authority, raw, pause=0.05) as url:
        asked = client(url, verify=str(authority[0]), deadline=0.6)
        began = time.monotonic()
        with pytest.raises(TimedOut):
            await asked.application(NUMBER, PROOF)
        assert time.monotonic() - began < 1.6


async def test_the_deadline_holds_in_a_handshake(authority: tuple[Path, Path]) -> None:
    """The greeting of a TLS server, byte by byte."""
    hello = b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + b"a" * 500

    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            line, _ = listener.accept()
            for byte in hello:
                line.sendall(bytes([byte]))
                time.sleep(0.05)

    threading.Thread(target=serve, daemon=True).start()
    asked = client(f"https://127.0.0.1:{listener.getsockname()[1]}", deadline=0.5, threads=1)
    began = time.monotonic()
    with pytest.raises(TimedOut):
        await asked.application(NUMBER, PROOF)
    assert time.monotonic() - began < 1.5
    listener.close()
    await asyncio.sleep(0.3)
    with pytest.raises(Unavailable) as caught:  # the thread is free again
        await asked.application(NUMBER, PROOF)
    assert caught.value.outcome == "unavailable"
