from __future__ import annotations

import pytest

from foundation.addresses import require_address
from foundation.errors import ConfigError


def allowed(url: str, production: bool = True) -> bool:
    try:
        require_address("ZHENGWU_SOMEWHERE_URL", url, "https://there.example.gov.cn", production)
    except ConfigError as error:
        assert "ZHENGWU_SOMEWHERE_URL" in str(error)
        return False
    return True


@pytest.mark.parametrize("url", ["https://a.example.gov.cn/x?y=1", "http://127.0.0.1:9000/x", "http://[::1]:80"])
def test_addresses_that_will_do(url: str) -> None:
    assert allowed(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.example",
        "ftp://a.example",
        "file:///etc/passwd",
        "https:///x",
        "https://u:p@a.example",
        "https://a.example/#x",
    ],
)
def test_addresses_that_will_not_do_anywhere(url: str) -> None:
    assert not allowed(url, production=False)


def test_without_encryption_only_while_trying_out() -> None:
    assert allowed("http://a.example", production=False) and not allowed("http://a.example")
