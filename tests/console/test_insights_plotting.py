"""plotly's script comes from the console, as the package has it, and stays with the browser."""

from __future__ import annotations

import re

import pytest
from console_people import Browser, Office
from plotly.offline import get_plotlyjs


@pytest.fixture
def chen(office: Office) -> Browser:
    browser = Browser(office)
    browser.seat("chen", "supervisor")
    return browser


def test_the_script_is_the_packages_and_is_kept(chen: Browser) -> None:
    page = chen.get("/insights").text
    found = re.search(r'src="(/insights/plotly-\d+\.\d+\.\d+-[0-9a-f]{12}\.js)"', page)
    assert found is not None
    answer = chen.get(found[1])
    assert answer.text == get_plotlyjs()
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    plain = chen.get(found[1], headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == answer.content
    assert chen.get("/insights/plotly-1.0.0-000000000000.js").status_code == 404
