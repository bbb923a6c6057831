"""Trying addresses: what is said of them, and that none leads into the office's own network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from foundation.clock import FixedClock
from foundation.database import Database
from knowledge_base.model import Faq
from knowledge_base.quality import links
from knowledge_base.quality.link_checking import attempt, check, is_public

HERE = "127.0.0.1"


class Site(ThreadingHTTPServer):
    """A web site of this machine that answers by the path: /200, /404, /to?ADDRESS."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__((HERE, 0), _Answer)
        Thread(target=self.serve_forever, daemon=True).start()

    def at(self, path: str, host: str = HERE) -> str:
        return f"http://{host}:{self.server_port}{path}"


class _Answer(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        path, _, onward = self.path.partition("?")
        self.send_response(302 if path == "/to" else int(path[1:]))
        if path == "/to":
            self.send_header("location", onward)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site
        site.shutdown()


@pytest.mark.parametrize(("path", "outcome"), [("/200", None), ("/404", "gone"), ("/410", "gone"), ("/403", None)])
def test_what_is_gone_is_told_from_what_may_not_be_seen_by_programs(site: Site, path: str, outcome: str | None) -> None:
    assert attempt(site.at(path), [HERE]) == outcome


def test_redirects_are_followed_and_do_not_go_round_for_ever(site: Site) -> None:
    assert attempt(site.at("/to?/404"), [HERE]) == "gone"
    assert attempt(site.at("/to?/200"), [HERE]) is None
    round_ = site.at("/to?" + site.at("/to"))
    assert attempt(round_, [HERE]) in ("silent", None, "gone")
    assert len(site.asked) < 20


def test_nothing_is_sent_into_the_own_network(site: Site) -> None:
    for host in (HERE, "localhost", "[::1]", "0.0.0.0", "2130706433", "127.1"):
        assert attempt(site.at("/200", host)) in ("inside", "silent", "no_host")
    assert attempt("http://169.254.169.254/latest/meta-data") == "inside"
    assert attempt("http://10.0.0.1/") == "inside"
    assert site.asked == []


def test_a_redirect_does_not_lead_inside(site: Site) -> None:
    assert attempt(site.at("/to?" + site.at("/200", "localhost")), [HERE]) == "inside"
    assert attempt(site.at("/to?file:///etc/passwd"), [HERE]) == "gone"
    assert len(site.asked) == 2


def test_a_name_that_changes_its_address_does_not_lead_inside(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def changing(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return real("93.184.216.34" if len(asked) == 1 else HERE, port, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    assert attempt(site.at("/200", "rebinding.example")) == "inside"
    assert len(asked) == 2 and site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("fe80::1%eth0", False),
        ("224.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_many_are_tried_and_each_has_an_outcome(site: Site) -> None:
    with closing(socket.socket()) as unused:
        unused.bind((HERE, 0))
        refused = f"http://{HERE}:{unused.getsockname()[1]}/"
        urls = [site.at("/200"), site.at("/404"), refused, site.at("/200")]
        done: list[int] = []
        tried = await check(urls, [HERE], done.append)
    assert tried == {site.at("/200"): None, site.at("/404"): "gone", refused: "silent"}
    assert done == [1, 2, 3]


def test_addresses_are_found_in_sources_and_texts() -> None:
    text = "请看 https://a.example/b?c=1。也可以看（http://b.example/d），或者 mailto:x@y.example"
    unit = Faq(id="q", question="在哪看", answer=text, sources=[{"title": "法", "url": "https://law.example/1"}])
    assert list(links.links(unit)) == [
        ("sources", "https://law.example/1"),
        ("answer", "https://a.example/b?c=1"),
        ("answer", "http://b.example/d"),
    ]


def test_what_did_not_open_stays_known_until_all_are_tried_again(database: Database, clock: FixedClock) -> None:
    unit = Faq(id="q", question="在哪看", answer="看 http://a.example/x 和 http://b.example/y")
    with database.write() as tx:
        links.keep(tx, {"http://a.example/x": "gone", "http://b.example/y": "silent"}, clock.now())
        dead = links.known_dead(tx)
        links.keep(tx, {"http://a.example/x": None}, clock.now() + timedelta(days=1))
        assert links.known_dead(tx) == {}
    found = list(links.dead_links_of(unit, dead))
    assert [(one.severity, one.sort) for one in found] == [("warning", "link"), ("note", "link")]
    assert "2026-11-23" in found[0].problem
