"""Servers that answer as a broken installation's surroundings do."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Asked(BaseHTTPRequestHandler):
    """One request; a test's function answers it."""

    answer: Callable[[Asked], None]
    clock = timedelta()

    def do_GET(self) -> None:
        type(self).answer(self)

    do_POST = do_HEAD = do_CONNECT = do_GET

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def say(self, status: int, body: str = "", kind: str = "text/html", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body.encode())), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body.encode())

    def say_json(self, **found: Any) -> None:
        self.say(200, json.dumps(found), "application/json")

    def version_string(self) -> str:
        return "nginx"

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(timezone.utc) + self.clock, usegmt=True)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def answering(
    answer: Callable[[Asked], None], clock: timedelta = timedelta(), certificate: Path | None = None
) -> Iterator[str]:
    """A server on loopback for the block; its address.

    Args:
        clock: by how much its clock is ahead.
        certificate: a file with certificate and key; it speaks TLS then.
    """
    handler = type("Handler", (Asked,), {"answer": staticmethod(answer), "clock": clock})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def certificate(folder: Path, name: str = "127.0.0.1", days: int = 30) -> Path:
    """One that signs itself, and its key, in one file; `days` from now it ends, or ended."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return file


def _alternative(name: str) -> x509.GeneralName:
    import ipaddress

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
