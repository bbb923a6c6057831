"""A deadline for everything that a thread does over HTTP, whatever the other side does.

The time-outs of `requests` are for each read of the socket: a server that sends one byte a second never reaches them.
So the socket itself is shut down when the time is over; whoever waits for it then sees the end of the connection.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_thread = threading.local()


class Deadline:
    """A context in which the connections that this thread opens or uses are cut at an instant of `time.monotonic`."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.passed = False
        """Whether connections were cut: what was read until then is worth nothing."""
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(max(0.0, self.left()), self._cut)
        self._timer.daemon = True

    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()

    def hold(self, connection: socket.socket) -> None:
        """Cut this one, too. A second descriptor is kept: TLS and the end of a request take the first away."""
        with self._lock:
            self._held.append(socket.socket(fileno=os.dup(connection.fileno())))
            late = self.passed
        if late:
            self._cut()

    def __enter__(self) -> Deadline:
        _thread.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _thread.deadline = None
        with self._lock:
            for line in self._held:
                line.close()
            self._held.clear()

    def _cut(self) -> None:
        with self._lock:
            self.passed = True
            for line in self._held:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)


def _hold(connection: socket.socket) -> None:
    deadline: Deadline | None = getattr(_thread, "deadline", None)
    if deadline is not None:
        deadline.hold(connection)


class _Cuttable(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        _hold(connection)
        return connection

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is not None:
            _hold(self.sock)
        super().request(*args, **options)


class _CuttableTls(_Cuttable, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Cuttable


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _CuttableTls


class DeadlineAdapter(HTTPAdapter):
    """An adapter of `requests` whose connections obey the thread's Deadline."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
