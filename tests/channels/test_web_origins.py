from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.web.origins import Origins, read_origins
from foundation.errors import ConfigError

ALLOWED = "https://www.example.gov.cn, http://10.1.2.3:8080 https://*.b.example.gov.cn"


def test_none_by_default() -> None:
    nobody = read_origins("  ")
    assert not nobody and nobody.ancestors == "'none'"
    assert not re.search(nobody.pattern, "https://www.example.gov.cn") and not re.search(nobody.pattern, "")


def test_blanks_and_commas_separate() -> None:
    origins = read_origins("https://a.cn,https://b.cn，http://c.cn:81\n https://a.cn ")
    assert origins.sources == ("https://a.cn", "https://b.cn", "http://c.cn:81")
    assert origins.ancestors == "https://a.cn https://b.cn http://c.cn:81"


@pytest.mark.parametrize(
    ("word", "source"),
    [
        ("HTTPS://WWW.Example.GOV.cn", "https://www.example.gov.cn"),
        ("https://a.cn:443", "https://a.cn"),
        ("http://a.cn:80", "http://a.cn"),
        ("http://a.cn:443", "http://a.cn:443"),
        ("http://intranet", "http://intranet"),
        ("http://10.1.2.3:8080", "http://10.1.2.3:8080"),
        ("https://政务服务.政务", "https://xn--yet094aea4158b.xn--zfr164b"),
    ],
)
def test_as_browsers_write_it(word: str, source: str) -> None:
    origin = source if "xn--" not in source else "https://" + word.split("//")[1].encode("idna").decode()
    assert read_origins(word).sources == (origin,)


@pytest.mark.parametrize(
    "word",
    [
        "*", "null", "'self'", "www.example.gov.cn", "https://", "https://*", "https://*.cn", "https://a.*.cn",
        "https://a.cn/", "https://a.cn/x", "https://a.cn?x", "https://user@a.cn", "ftp://a.cn", "file://a",
        "https:a.cn", "https://a.cn:0", "https://a.cn:65536", "https://a.cn:", "https://a.cn:x", "https://-a.cn",
        "https://a..cn", "https://a.cn.", "https://a_b.cn", "https://[::1]:80", "https://a.cn;script-src", "https://*.*.a.cn",
        "javascript:x",
    ],
)  # fmt: skip
def test_malformed_is_refused_by_name(word: str) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_WIDGET_ORIGINS") as refused:
        read_origins(f"https://a.cn {word}")
    assert repr(word) in str(refused.value)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://www.example.gov.cn", True),
        ("http://www.example.gov.cn", False),
        ("https://www.example.gov.cn:8443", False),
        ("https://wwwxexample.gov.cn", False),
        ("https://www.example.gov.cn.evil.cn", False),
        ("https://evil.cn/https://www.example.gov.cn", False),
        ("https://www.example.gov.cn\n", False),
        ("http://10.1.2.3:8080", True),
        ("http://10.1.2.3", False),
        ("https://x.b.example.gov.cn", True),
        ("https://y.x.b.example.gov.cn", True),
        ("https://b.example.gov.cn", False),
        ("https://xb.example.gov.cn", False),
        ("https://evil.cn/.b.example.gov.cn", False),
        ("https://evil.cn#.b.example.gov.cn", False),
        ("null", False),
        ("", False),
    ],
)
def test_which_pages_match(origin: str, allowed: bool) -> None:
    # JavaScript's $ is the very end; Python's also stands before a final line break.
    assert bool(re.search(read_origins(ALLOWED).pattern.replace("$", r"\Z"), origin)) is allowed


@given(st.text(max_size=60))
@example("https://a.cn'; script-src *")
def test_any_setting_is_a_policy_or_refused(setting: str) -> None:
    try:
        origins = read_origins(setting)
    except ConfigError:
        return
    assert re.fullmatch(r"'none'|https?://[a-z0-9.*:-]+( https?://[a-z0-9.*:-]+)*", origins.ancestors)
    re.compile(origins.pattern)


label = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True).filter(
    lambda name: not name.startswith("xn--")
)


@given(st.lists(label, min_size=2, max_size=4), st.sampled_from(["", ":8080"]), label)
def test_what_is_allowed_matches_itself_alone(names: list[str], port: str, other: str) -> None:
    origin = f"https://{'.'.join(names)}{port}"
    only = Origins((origin,)).pattern
    assert read_origins(origin).pattern == only and re.search(only, origin)
    assert not re.search(only, f"https://{other}.{'.'.join(names)}{port}")
    below = read_origins(f"https://*.{'.'.join(names)}{port}").pattern
    assert re.search(below, f"https://{other}.{'.'.join(names)}{port}") and not re.search(below, origin)
