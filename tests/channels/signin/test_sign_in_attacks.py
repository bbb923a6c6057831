"""What somebody else might try: with his own link, with another's address, with a forged answer."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from channel_helpers import settings_for
from citizen_browser import Browser, NewBrowser, browsing
from office import Office, office_of
from provider import PERSON, Provider
from sqlalchemy import select

from channels.signin import install
from channels.signin.http import Http
from channels.signin.registration import of_settings
from channels.storage import Storage
from foundation import tickets
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.sign_ins import sign_in_requests, sign_ins


def nobody_signed_in(office: Office) -> bool:
    with office.database.read() as tx:
        return not tx.execute(select(sign_ins)).all()


def secrets_waiting(office: Office) -> int:
    with office.database.read() as tx:
        return len(tx.execute(select(sign_in_requests)).all())


def parameters(address: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}


# Into the attacker's conversation with the victim's sign-in.


async def test_a_victim_follows_the_attackers_web_link(office: Office, new_browser: NewBrowser) -> None:
    """The attacker's ticket holds in his own browser alone: the victim is asked, and then has digits to type."""
    attacker, victim = await new_browser(), await new_browser()
    session, conversation = office.session()
    asked = await victim.get(await attacker.address(session))
    assert asked.status == 200 and asked.title == "是您自己要登录吗？"
    assert asked.link
    seen = await victim.follow(asked.link)
    assert seen.title == "还差一步" and seen.digits
    assert office.access(conversation) is None
    assert (await attacker.post("/chat/signedin", session))[1] == {"seconds": 0}


async def test_a_victim_follows_the_attackers_messenger_link(office: Office, browser: Browser) -> None:
    asked = await browser.get(office.link("miniprogram:attacker"))
    assert asked.link and (await browser.follow(asked.link)).digits
    assert nobody_signed_in(office)


async def test_the_question_cannot_be_left_out(office: Office, provider: Provider, new_browser: NewBrowser) -> None:
    """The attacker answers the question himself and sends the victim what stands behind it."""
    attacker, victim = await new_browser(), await new_browser()
    asked = await attacker.get(office.link("miniprogram:attacker"))
    assert asked.link
    assert (await victim.get(asked.link)).title == "请换回原来的页面"
    await victim.get(office.link("miniprogram:victim"))  # nor with a mark of her own
    assert (await victim.get(asked.link)).title == "请换回原来的页面"
    assert provider.asked.get("/authorize") is None


async def test_the_services_own_address_leads_nowhere_in_another_browser(
    office: Office, new_browser: NewBrowser, caplog: pytest.LogCaptureFixture
) -> None:
    """The attacker sends the victim the address at the identity service: no page of ours stands before that."""
    attacker, victim = await new_browser(), await new_browser()
    for address in (office.link("miniprogram:attacker"), await attacker.address(office.session()[0])):
        seen = await attacker.get(address)
        if seen.link:
            seen = await attacker.get(seen.link)
        assert seen.status == 302
        ended = await victim.follow(seen.headers["Location"])
        assert (ended.status, ended.title, ended.digits) == (403, "请换回原来的页面", None)
        # The attacker cannot take up the victim's answer either: it is used.
        assert (await attacker.get(ended.url)).status == 410
    assert nobody_signed_in(office)
    assert "another browser" in caplog.text and "miniprogram:attacker" not in caplog.text


async def test_a_foreign_page_cannot_mark_the_victims_browser(office: Office, browser: Browser) -> None:
    """Else it could make the victim's browser the attacker's conversation's own."""
    session, _ = office.session()
    for origin in (None, "null", "https://evil.example.com", "http://127.0.0.1:1", "http://[", "x"):
        status, answer = await browser.post("/chat/signin", session, origin=origin)
        assert status == 403 and list(answer) == ["error"]


@pytest.mark.parametrize("session", [None, 5, "", "x.y.z", "x" * 300, ["list"]])
@pytest.mark.parametrize("path", ["/chat/signin", "/chat/signedin", "/chat/signout"])
async def test_no_session_of_ours_no_ticket(office: Office, browser: Browser, path: str, session: object) -> None:
    assert (await browser.post(path, session))[0] == 400


async def test_a_session_signs_out_itself_alone(office: Office, browser: Browser) -> None:
    session, conversation = office.session()
    await browser.follow(await browser.address(session))
    await browser.post("/chat/signout", office.session()[0])
    assert office.access(conversation)


# Into the victim's conversation with the attacker's sign-in.


async def test_the_attackers_answer_in_the_victims_browser(office: Office, new_browser: NewBrowser) -> None:
    attacker, victim = await new_browser(), await new_browser()
    mine, hers = office.session(), office.session()
    await victim.get(await victim.address(hers[0]))  # she is about to sign in herself
    answer = await attacker.follow(await attacker.address(mine[0]), until="/signin/back")
    assert (await victim.get(answer.url)).status == 403
    assert nobody_signed_in(office)


async def test_a_code_of_the_attackers_with_the_victims_state(office: Office, new_browser: NewBrowser) -> None:
    """PKCE: the service takes a code only with the verifier of the request that it was given for."""
    attacker, victim = await new_browser(), await new_browser()
    code = parameters((await attacker.follow(await attacker.address(office.session()[0]), until="/signin/back")).url)
    session, conversation = office.session()
    hers = parameters((await victim.follow(await victim.address(session), until="/signin/back")).url)
    ended = await victim.get(f"/signin/back?code={code['code']}&state={hers['state']}")
    assert (ended.status, ended.title) == (403, "登录没有成功")
    assert office.access(conversation) is None


# Again.


async def test_an_answer_is_taken_once(office: Office, browser: Browser) -> None:
    session, conversation = office.session()
    answer = await browser.follow(await browser.address(session), until="/signin/back")
    assert (await browser.get(answer.url)).title == "已登录"
    await browser.post("/chat/signout", session)
    assert (await browser.get(answer.url)).status == 410
    assert office.access(conversation) is None


async def test_a_code_is_good_once(office: Office, browser: Browser) -> None:
    session, conversation = office.session()
    first = parameters((await browser.follow(await browser.address(session), until="/signin/back")).url)
    await browser.get(f"/signin/back?code={first['code']}&state={first['state']}")
    await browser.post("/chat/signout", session)
    second = parameters((await browser.follow(await browser.address(session), until="/signin/back")).url)
    assert (await browser.get(f"/signin/back?code={first['code']}&state={second['state']}")).status == 403
    assert office.access(conversation) is None


@pytest.mark.parametrize(
    "path",
    ["/signin", "/signin?ticket=", "/signin?ticket=AAAA", "/signin?ticket=%00%ff", "/signin?ticket=" + "A" * 5000,
     "/signin/back", "/signin/back?state=x&code=y", "/signin/back?code=y", "/signin/back?state=%F0%9F&code=%00",
     "/signin/back?error=access_denied", "/signin/back?state=" + "A" * 5000],
)  # fmt: skip
async def test_nonsense_is_told_to_begin_anew(office: Office, browser: Browser, path: str) -> None:
    seen = await browser.get(path)
    assert (seen.status, seen.title) == (410, "这次登录已经失效")


async def test_a_stranger_keeps_no_writer_waiting(
    office: Office, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite one at a time writes, and citizens' messages wait for it."""
    used = await browser.follow(await browser.address(office.session()[0]))
    monkeypatch.setattr(Storage, "write", None)
    for address in (used.url, "/signin/back?state=x&code=y", "/signin/back"):
        assert (await browser.get(address)).status == 410


@pytest.mark.parametrize(
    "cookie", ["zhengwu-signin=", "zhengwu-signin=" + "x" * 3000, 'zhengwu-signin="\\;=', "\x01=;;=,"]
)
async def test_nonsense_as_a_cookie(office: Office, cookie: str) -> None:
    link, headers = office.link("miniprogram:a"), {"Cookie": cookie}
    async with aiohttp.ClientSession() as http, http.get(link, headers=headers) as response:
        assert response.status == 200 and "是您自己要登录吗" in await response.text()


async def test_a_ticket_of_yesterday(office: Office, browser: Browser) -> None:
    yesterday = datetime.now(timezone.utc) - timedelta(days=1)
    ticket = tickets.seal(office.cipher, tickets.Ticket("web:a"), yesterday)
    assert (await browser.get(f"/signin?ticket={ticket}")).status == 410


async def test_too_often(office: Office, browser: Browser) -> None:
    link = office.link("miniprogram:a")
    seen = [(await browser.get(link)).status for _ in range(12)]
    assert seen[:10] == [200] * 10 and seen[10:] == [429, 429]
    assert (await browser.get(office.link("miniprogram:b"))).status == 200


async def test_pages_are_kept_by_nobody_and_framed_by_nobody(office: Office, browser: Browser) -> None:
    session, _ = office.session()
    asked = await browser.get(office.link("miniprogram:a"))
    done = await browser.follow(await browser.address(session))
    for seen in (asked, done, await browser.get("/signin")):
        assert "frame-ancestors 'none'" in seen.headers["Content-Security-Policy"]
        assert "script-src 'self'" in seen.headers["Content-Security-Policy"] and "<script" not in seen.text
        assert seen.headers["Cache-Control"] == "no-store" and seen.headers["Referrer-Policy"] == "no-referrer"
        assert seen.headers["X-Frame-Options"] == "DENY"
    cookie = asked.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=1200" in cookie and "Secure" not in cookie
    assert "Max-Age=0" in done.headers["Set-Cookie"]


# What the service says, or somebody in its place.

REFUSED = [
    "wrong_nonce", "no_nonce", "wrong_issuer", "wrong_audience", "several_audiences", "expired", "issued_tomorrow",
    "wrong_at_hash", "no_subject", "alg_none", "hs256_public_key", "foreign_key", "altered", "garbage", "no_id_token",
    "hs256_published_key", "unknown_kid", "mac_token", "token_with_newline",
    "no_access_token", "negative_life", "wrong_iss_parameter", "no_code",
]  # fmt: skip
LATER = [
    "token_500", "token_html", "token_huge", "token_redirect", "invalid_client", "no_keys", "server_error",
    "invalid_scope",
]  # fmt: skip


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize("fault", REFUSED)
async def test_what_is_not_proven_is_refused(
    office: Office, provider: Provider, browser: Browser, caplog: pytest.LogCaptureFixture, fault: str, alg: str
) -> None:
    provider.fault, provider.alg = fault, alg
    session, conversation = office.session()
    ended = await browser.follow(await browser.address(session))
    assert (ended.status, ended.title) == (403, "登录没有成功")
    assert office.access(conversation) is None and office.said(conversation) == []
    spoken_only_of_what_is_wrong(caplog, provider, conversation)


@pytest.mark.parametrize("fault", LATER)
async def test_what_may_work_later(
    office: Office, provider: Provider, browser: Browser, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    provider.fault = fault
    session, conversation = office.session()
    ended = await browser.follow(await browser.address(session))
    assert (ended.status, ended.title) == (503, "暂时不能登录") and "12345" in ended.text
    assert office.access(conversation) is None
    spoken_only_of_what_is_wrong(caplog, provider, conversation)
    provider.fault = None
    assert (await browser.follow(await browser.address(session))).title == "已登录"


def spoken_only_of_what_is_wrong(caplog: pytest.LogCaptureFixture, provider: Provider, conversation: str) -> None:
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(said) == 1
    text = str(vars(said[0]))
    for private in (*provider.tokens, PERSON, "张三", "private words", conversation, *provider.seen.values()):
        # Of what was asked of the service some is no secret.
        if private not in (
            "code",
            "openid",
            "S256",
            "login",
            provider.seen["client_id"],
            provider.seen["redirect_uri"],
        ):
            assert private not in text


@pytest.mark.parametrize("fault", ["description_500", "other_issuer", "http_endpoint", "description_list"])
async def test_a_service_that_is_not_what_was_agreed(
    office: Office, provider: Provider, browser: Browser, fault: str
) -> None:
    provider.fault = fault
    ended = await browser.follow(await browser.address(office.session()[0]))
    assert (ended.status, ended.title) == (503, "暂时不能登录")
    assert provider.asked.get("/authorize") is None
    provider.fault = None
    assert (await browser.follow(await browser.address(office.session()[0]))).title == "已登录"


@pytest.mark.parametrize("fault", ["slow_token", "dripping_token"])
async def test_a_slow_service(store: Database, provider: Provider, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(install, "Http", lambda: Http(deadline=0.5))
    provider.fault = fault
    async with office_of(store, provider) as office, browsing(office.address) as browser:
        began = time.monotonic()
        ended = await browser.follow(await browser.address(office.session()[0]))
        assert (ended.status, ended.title) == (503, "暂时不能登录")
        assert time.monotonic() - began < 2.5


async def test_the_citizen_thinks_better_of_it(office: Office, provider: Provider, browser: Browser) -> None:
    provider.fault = "access_denied"
    session, conversation = office.session()
    ended = await browser.follow(await browser.address(session))
    assert (ended.status, ended.title) == (200, "没有登录")
    assert office.access(conversation) is None and secrets_waiting(office) == 1  # used, and gone within minutes


async def test_erased_while_the_service_answers(office: Office, browser: Browser) -> None:
    session, conversation = office.session()
    answer = await browser.follow(await browser.address(session), until="/signin/back")
    await browser.post("/chat/signout", session)
    assert (await browser.get(answer.url)).status == 410
    assert office.access(conversation) is None


# Settings.

ON = {
    "signin_issuer": "https://id.example.gov.cn",
    "signin_client_id": "a",
    "public_url": "https://chat.example.gov.cn/",
}


def test_settings_that_are_right() -> None:
    registration = of_settings(settings_for("sqlite://", **ON))
    assert registration and registration.back == "https://chat.example.gov.cn/signin/back" and registration.encrypted
    assert registration.client_secret is None
    assert of_settings(settings_for("sqlite://", **{**ON, "signin_issuer": None})) is None
    secret = of_settings(settings_for("sqlite://", **ON, signin_client_secret="s3cret"))
    assert secret and secret.client_secret == "s3cret" and "s3cret" not in repr(secret)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"public_url": ""}, "ZHENGWU_PUBLIC_URL"),
        ({"public_url": "http://chat.example.gov.cn"}, "ZHENGWU_PUBLIC_URL"),
        ({"public_url": "https://chat.example.gov.cn/bot"}, "ZHENGWU_PUBLIC_URL"),
        ({"public_url": "https://chat.example.gov.cn?a=b"}, "ZHENGWU_PUBLIC_URL"),
        ({"public_url": "https://["}, "ZHENGWU_PUBLIC_URL"),
        ({"signin_client_id": None}, "ZHENGWU_SIGNIN_CLIENT_ID"),
        ({"signin_issuer": "http://id.example.gov.cn"}, "ZHENGWU_SIGNIN_ISSUER"),
        ({"signin_issuer": "id.example.gov.cn"}, "ZHENGWU_SIGNIN_ISSUER"),
        ({"signin_issuer": "https://user:password@id.example.gov.cn"}, "ZHENGWU_SIGNIN_ISSUER"),
        ({"signin_issuer": "https://id.example.gov.cn:99999"}, "ZHENGWU_SIGNIN_ISSUER"),
    ],
)
def test_settings_that_cannot_be_right(changed: dict[str, str | None], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        of_settings(settings_for("sqlite://", **{**ON, **changed}))
