"""Another site, on another host, whose pages include the widget."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Page:
    body: str = ""
    head: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """Serves `pages` by path, as they are at the moment. To a browser `localhost` is another site than `127.0.0.1`."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"http://localhost:{port}"
        self.pages: dict[str, Page] = {}

    def put(self, path: str, body: str = "", head: str = "", **headers: str) -> str:
        """Add a page, whose headers are written with underscores; its address."""
        self.pages[path] = Page(body, head, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.address + path


@contextmanager
def foreign_site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = site.pages.get(self.path.partition("?")[0])
            self.send_response(200 if page else 404)
            for name, value in (page.headers if page else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            if page:
                head = f"<html lang='zh-CN'><head><title>示例网站</title>{page.head}</head>"
                self.wfile.write(f"<!doctype html>{head}<body>{page.body}".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
