"""Each thing that can go wrong has its sentence, a phone number and a person; and what must read the same does."""

from __future__ import annotations

from datetime import date, time, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_applications import at, on

from actions.applications.trouble import locked, trouble, wait
from actions.portal import errors
from actions.portal.errors import (
    AccessExpired,
    Busy,
    CodeExpired,
    Malformed,
    Misconfigured,
    NotMatched,
    NotOffered,
    Paused,
    PortalError,
    TimedOut,
    TooManyAttempts,
    Unavailable,
)
from actions.portal.portal import Operation

ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PortalError)]


def text(error: PortalError, during: Operation = "with_last_four", **more: bool) -> str:
    return trouble(error, on(), during=during, **more).text


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("during", get_args(Operation))
@pytest.mark.parametrize("codes", [True, False])
def test_every_error_in_every_situation(error: type[PortalError], during: Operation, codes: bool) -> None:
    answer = trouble(error("for the log: 4711"), on(), during=during, codes=codes)
    assert answer.kind == "fallback" and answer.text.endswith("。")
    assert "12345" in answer.text and "“0”" in answer.text
    assert "4711" not in answer.text and "{" not in answer.text and "None" not in answer.text
    assert len(answer.text) <= 110
    assert codes or "请回复“验证码”" not in answer.text


def test_what_can_be_told_apart_is() -> None:
    found = {
        text(one)
        for one in (
            *(NotMatched(""), TooManyAttempts(""), CodeExpired(""), AccessExpired(""), Unavailable(""), TimedOut("")),
            *(Busy(""), Malformed(""), Misconfigured("")),
        )
    }
    assert len(found) == 9


def test_an_unknown_number_and_a_wrong_proof_read_the_same() -> None:
    assert text(NotMatched("no such number")) == text(NotMatched("wrong proof"))
    assert "企业办的事，请回复“验证码”" in text(NotMatched(""))
    assert "身份证" not in text(NotMatched(""), "with_code")


def test_down_slow_and_busy() -> None:
    assert text(Unavailable("")) == text(Paused("")) == text(PortalError(""))
    assert "没有应答" in text(Unavailable(""))
    assert "很慢" in text(TimedOut(""))
    assert "很多" in text(Busy(""))


def test_whether_a_code_was_sent_is_not_claimed() -> None:
    for error in (Unavailable(""), TimedOut(""), Malformed(""), PortalError("")):
        assert "可能没有发出去" in text(error, "send_code")
    for asked_nobody in (Busy(""), Paused("")):
        assert "可能" not in text(asked_nobody, "send_code")


def test_without_codes_there_is_the_id_card() -> None:
    assert "最后四位" in text(NotOffered(""), "send_code")
    assert text(NotOffered(""), "mine") == text(Misconfigured(""))


def test_a_sign_in_expires_and_so_does_a_reminder() -> None:
    assert "登录" in text(AccessExpired(""), "mine") and "登录" in text(AccessExpired(""), "signed_in")
    assert "提醒" in text(AccessExpired(""), "watched")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "一会儿"),
        (0, "一会儿"),
        (-5, "一会儿"),
        (float("nan"), "一会儿"),
        (float("inf"), "一会儿"),
        (1, "1分钟"),
        (61, "2分钟"),
        (3600, "60分钟"),
        (3601, "2小时"),
    ],
)
def test_how_long_to_wait(seconds: float | None, said: str) -> None:
    assert wait(seconds) == said
    assert f"请过{said}再" in text(TooManyAttempts("", seconds))


@given(st.floats() | st.none())
def test_any_wait_can_be_said(seconds: float | None) -> None:
    assert wait(seconds)


def test_locked_until() -> None:
    today = locked(at(2026, 11, 23, time(15, 30)).astimezone(timezone.utc), on())
    assert today.kind == "fallback" and "请在今天（11月23日）15:30以后再查" in today.text and "“0”" in today.text
    assert "15:31" in locked(at(2026, 11, 23, time(15, 30, 1)), on()).text
    assert "11月24日00:00" in locked(at(2026, 11, 23, time(23, 59, 30)), on()).text
    assert "2027年1月1日" in locked(at(2027, 1, 1), on(date(2026, 12, 31))).text
