from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from platform_fake import APP_ID, OPENID, SECRET, PlatformFake, running

from channels.tokens import TokenStore
from channels.wechat.api import WechatApi
from channels.wechat.notifications import Notifications, Outcome
from channels.wechat.templates import load
from foundation.clock import FixedClock
from foundation.errors import ConfigError

TABLE = """
application.decided:
  wechat:
    kind: template
    template: TPL-1
    url: "https://example.org/status?number={number}"
    miniprogram: {appid: wx1, pagepath: "pages/status?number={number}"}
    data: {thing1: "{title}", character_string2: "{number}", time3: "{at}", phrase4: "{state}"}
  miniprogram:
    template: TPL-2
    page: "pages/status?number={number}"
    data: {thing1: "{title}", phrase2: "{state}"}
reply.waiting:
  wechat: {kind: subscribe, template: TPL-3, page: pages/index, data: {thing1: "{office}的答复", time2: "{at}"}}
"""
VALUES = {"title": "居民身份证丢失补领", "number": "BJ/2026 001", "state": "审核通过"}
TEMPLATE, OA, MINI = (
    "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/message/subscribe/send",
)  # fmt: skip


@pytest.fixture
async def fake() -> AsyncIterator[PlatformFake]:
    async with running() as platform:
        yield platform


@pytest.fixture
async def notices(fake: PlatformFake, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Notifications]:
    path = tmp_path / "templates.yml"
    path.write_text(TABLE, encoding="utf-8")
    tokens = TokenStore(clock=clock)
    apis = {channel: WechatApi.of(channel, fake.base, APP_ID, SECRET, tokens) for channel in ("wechat", "miniprogram")}
    fake.checks_token = False
    yield Notifications(load(path), apis, clock, {"office": "示例市政务服务中心", "hotline": "12345"})
    for api in apis.values():
        await api.close()
    await tokens.close()


async def test_a_template_message(notices: Notifications, fake: PlatformFake) -> None:
    notice = await notices.send("application.decided", "wechat", OPENID, VALUES, "n-1")
    assert notice.sent and notice.platform_id == "2078110000"
    assert fake.sent(TEMPLATE) == [
        {
            "touser": OPENID,
            "template_id": "TPL-1",
            "data": {
                "thing1": {"value": "居民身份证丢失补领"},
                "character_string2": {"value": "BJ/2026001"},
                "time3": {"value": "2026年11月23日 10:00"},
                "phrase4": {"value": "审核通过"},
            },
            "url": "https://example.org/status?number=BJ%2F2026%20001",
            "miniprogram": {"appid": "wx1", "pagepath": "pages/status?number=BJ%2F2026%20001"},
            "client_msg_id": "n-1",
        }
    ]
    assert b"\\u" not in fake.bodies[TEMPLATE][0]


async def test_a_subscription_message_of_a_mini_program(notices: Notifications, fake: PlatformFake) -> None:
    assert (await notices.send("application.decided", "miniprogram", OPENID, VALUES, "n-1")).sent
    assert fake.sent(MINI) == [
        {
            "touser": OPENID,
            "template_id": "TPL-2",
            "data": {"thing1": {"value": "居民身份证丢失补领"}, "phrase2": {"value": "审核通过"}},
            "page": "pages/status?number=BJ%2F2026%20001",
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        }
    ]


async def test_that_a_reply_waits_is_told_by_a_subscription_message(notices: Notifications, fake: PlatformFake) -> None:
    assert notices.has("reply.waiting", "wechat") and not notices.has("reply.waiting", "miniprogram")
    assert (await notices.reply_waiting("wechat", OPENID, "n-2")).sent
    [body] = fake.sent(OA)
    assert body["data"] == {
        "thing1": {"value": "示例市政务服务中心的答复"}, "time2": {"value": "2026年11月23日 10:00"}
    }  # fmt: skip
    assert (await notices.reply_waiting("miniprogram", OPENID, "n-2")).outcome is Outcome.NO_TEMPLATE
    assert (await notices.reply_waiting("wecom", OPENID, "n-2")).outcome is Outcome.NO_TEMPLATE


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        (43101, Outcome.NOT_SUBSCRIBED),
        (40003, Outcome.GONE),
        (43004, Outcome.GONE),
        (43019, Outcome.GONE),
        (40037, Outcome.WRONG),
        (47003, Outcome.WRONG),
        (41030, Outcome.WRONG),
        (98765, Outcome.WRONG),
        (-1, Outcome.LATER),
        (48001, Outcome.BROKEN),
        (45009, Outcome.BROKEN),
        ("drop", Outcome.UNKNOWN),
        ((404, ""), Outcome.BROKEN),
    ],
)
async def test_a_refusal_is_an_outcome_of_its_own(
    notices: Notifications, fake: PlatformFake, failure: int | str | tuple[int, str], outcome: Outcome
) -> None:
    fake.fail(MINI, failure)
    notice = await notices.send("application.decided", "miniprogram", OPENID, VALUES, "n-1")
    assert notice.outcome is outcome and not notice.sent
    assert notice.code == (failure if isinstance(failure, int) else 0)


@pytest.mark.parametrize("values", [{**VALUES, "state": "OK"}, {"title": "x"}, {**VALUES, "state": None}])
async def test_a_value_that_does_not_belong_is_reported_without_a_call(
    notices: Notifications, fake: PlatformFake, values: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    notice = await notices.send("application.decided", "wechat", OPENID, values, "n-1")
    assert notice.outcome is Outcome.WRONG and not fake.calls[TEMPLATE]
    assert "ZHENGWU_WECHAT_TEMPLATES_FILE" in caplog.text and OPENID not in caplog.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: {wechat: {template: T, data: {thing1: '{title.__class__}'}}}", "a.wechat.data"),
        ("a: {wechat: {template: T, data: {thing1: '{title'}}}", "a.wechat.data"),
        ("a: {wechat: {template: T, data: {}}}", "a.wechat.data"),
        ("a: {wechat: {data: {thing1: x}}}", "a.wechat.template"),
        ("a: {wechat: {template: T, data: {thing1: x}, colour: red}}", "a.wechat.colour"),
        ("a: {sms: {template: T, data: {thing1: x}}}", "a.sms"),
        ("a: {miniprogram: {kind: template, template: T, data: {thing1: x}}}", "kind: subscribe"),
        ("a: {wechat: {url: 'https://x', template: T, data: {thing1: x}}}", "kind: template"),
        ("a: {wechat: {kind: template, page: p, template: T, data: {thing1: x}}}", "kind: subscribe"),
        ("a: [", "not YAML"),
        ("- a", "templates.yml"),
    ],
)
def test_a_malformed_table_is_named_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "templates.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert said in str(caught.value) and "templates.yml" in str(caught.value)


def test_without_a_table_there_is_nothing_to_tell_and_a_missing_file_is_named(tmp_path: Path) -> None:
    assert load(None) == {}
    (tmp_path / "empty.yml").touch()
    assert load(tmp_path / "empty.yml") == {}
    with pytest.raises(ConfigError, match="ZHENGWU_WECHAT_TEMPLATES_FILE"):
        load(tmp_path / "none.yml")
