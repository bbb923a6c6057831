from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog

from foundation import log

ID = "110101199003071234"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    silent = {name: logging.getLogger(name).level for name in log._NOISY}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name, before in silent.items():
        logging.getLogger(name).setLevel(before)
    for name in log._SILENT:
        logging.getLogger(name).disabled = False
    structlog.reset_defaults()


def test_a_record_is_one_line_of_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")
    logging.getLogger("channels.rest").info("message %s", "stored", extra={"channel": "rest", "n": 3})
    line = capsys.readouterr().err
    assert line.endswith('Z level=INFO logger=channels.rest event="message stored" channel=rest n=3\n')
    assert line.count("\n") == 1


@pytest.mark.parametrize("forged", ["a\nlevel=INFO x", "a\r\nb", "a\u2028b", 'a" level=x', "\x1b[31m", "\ud800"])
def test_no_text_forges_a_second_line(capsys: pytest.CaptureFixture[str], forged: str) -> None:
    log.configure("INFO")
    logging.getLogger("x").info("event", extra={"value": forged})
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_identifiers_are_redacted_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")
    logger = logging.getLogger("x")
    logger.info("phone %s", "138 0013 8000", extra={"text": ID})
    try:
        raise ValueError(f"bad {ID}")
    except ValueError:
        logger.exception("failed")
    written = capsys.readouterr().err
    assert ID not in written and "8000" not in written
    assert "⟦phone⟧" in written and written.count("⟦id⟧") == 2
    assert "ValueError" in written


def test_the_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("DEBUG")
    logging.getLogger("rasa.core.processor").info("said")
    logging.getLogger("sanic.access").error("GET /")
    structlog.get_logger("rasa.x").debug("parsed", text="我要离婚")
    structlog.get_logger("rasa.x").warning("unclear", text="我要离婚")
    written = capsys.readouterr()
    assert "event=unclear" in written.err and "离婚" not in written.err + written.out
    assert "said" not in written.err and "GET" not in written.err


def test_senders_are_hashed() -> None:
    assert log.who("rest:13800138000") == log.who("rest:13800138000") != log.who("rest:13800138001")
    assert len(log.who("\ud800")) == 8
