"""One request to the portal and its answer: within a deadline, within a size, over checked TLS, without redirects."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from actions.portal.deadline import Deadline, DeadlineAdapter
from actions.portal.errors import Malformed, Misconfigured, PortalError, TimedOut, Unavailable
from actions.portal.request import Request
from foundation.errors import ConfigError

MOST_ANSWER = 1_000_000
"""Bytes."""
CONNECT = 1.0
"""Seconds for one attempt to connect, so that there is time for a second."""
_CHUNK = 65536


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport:
    """The portal at one base address. Each thread has connections of its own."""

    def __init__(self, base: str, *, verify: bool | str | None = None) -> None:
        """`verify` is a file of authorities to trust; by default REQUESTS_CA_BUNDLE names it, else there is certifi's.

        Raises:
            ConfigError: the base address is none.
        """
        self._origin, self.prefix = split(base)
        self._verify = verify if verify is not None else (os.environ.get("REQUESTS_CA_BUNDLE") or True)
        self._own = threading.local()
        self._sessions: list[requests.Session] = []
        # urllib3 writes addresses, and with them queries, into its records.
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            logging.getLogger(name).setLevel(logging.ERROR)

    def send(self, request: Request, until: float, *, fresh: bool = False) -> Reply:
        """Send and read the whole answer, whatever its status.

        Args:
            until: an instant of `time.monotonic`.
            fresh: over a new connection. An idle one may be closed by the other side just when it is used, and then
                nobody knows whether the request arrived.

        Raises:
            Unavailable: there was no answer.
            Malformed: the answer is too large, or is encoded although nobody asked for that.
            Misconfigured: the portal's certificate is not valid.
        """
        session = self._session()
        if fresh:
            session.get_adapter(self._origin).close()
        # The HTTP library's errors quote the address; none of them leaves this method.
        with Deadline(until) as deadline:
            found = self._attempt(session, request, deadline)
        if deadline.passed:
            raise TimedOut("the portal did not answer in time")
        if isinstance(found, PortalError):
            raise found
        return found

    def close(self) -> None:
        for session in self._sessions:
            session.close()

    def _attempt(self, session: requests.Session, request: Request, deadline: Deadline) -> Reply | PortalError:
        prepared = session.prepare_request(
            requests.Request(request.method, self._origin + request.target, request.headers, data=request.body)
        )
        if prepared.path_url != request.target:
            return Misconfigured("the portal's address or the mapping's path holds characters that must be encoded")
        left = max(0.001, deadline.left())
        try:
            with session.send(
                prepared, stream=True, timeout=(min(CONNECT, left), left), verify=self._verify, allow_redirects=False
            ) as response:
                return _read(response)
        except requests.Timeout:
            return TimedOut("the portal did not answer in time")
        except (requests.RequestException, HTTPError, OSError) as error:
            return _failure(error)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = _Session()
            self._sessions.append(session)
        return session


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False  # a proxy or a .netrc of this machine has no business with the portal
        self.headers.clear()
        self.headers.update({"User-Agent": "zhengwu", "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = DeadlineAdapter(pool_connections=1, pool_maxsize=1, max_retries=0)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: nothing is followed, not even looked at."""


def split(base: str) -> tuple[str, str]:
    """The origin and the path of a base address: https://example.gov.cn/api → https://example.gov.cn, /api

    Raises:
        ConfigError: it is none.
    """
    try:
        parts = urlsplit(base)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), 0
    plain = base.isascii() and base.isprintable() and " " not in base and not parts.username and not parts.password
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not plain:
        raise ConfigError("ZHENGWU_PORTAL_URL must be an address such as https://portal.example.gov.cn/api")
    if parts.query or parts.fragment:
        raise ConfigError("ZHENGWU_PORTAL_URL must end before the query; a mapping file says what goes there")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")


def _read(response: requests.Response) -> Reply | PortalError:
    if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        return Malformed("the portal's answer is compressed although that was not asked for")
    body = bytearray()
    while chunk := response.raw.read(_CHUNK, decode_content=False):
        body += chunk
        if len(body) > MOST_ANSWER:
            return Malformed(f"the portal's answer is larger than {MOST_ANSWER} bytes")
    return Reply(response.status_code, response.headers, bytes(body))


def _failure(error: Exception) -> PortalError:
    """What a failure means. Its own text is not repeated: it quotes the address."""
    if isinstance(error, requests.exceptions.SSLError):
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return Misconfigured(
                "the portal's TLS certificate cannot be trusted: it has expired, is for another name, or its authority "
                "is unknown here (REQUESTS_CA_BUNDLE names a file of authorities)"
            )
        return Unavailable("TLS with the portal failed")
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NewConnectionError):
        return Unavailable("the portal cannot be connected to")
    return Unavailable("the portal broke off the connection")
