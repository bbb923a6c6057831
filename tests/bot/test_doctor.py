from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import requests
import yaml
from pydantic import SecretStr

from actions.portal.mapping import BUILT_IN
from actions.portal.sandbox import background
from bot import training
from bot.cli.doctor import line
from bot.doctor import CHECKS, Finding, calendar, examining, installation, limits, models, portal, ports
from bot.doctor import settings as dotenv
from bot.doctor.finding import Doubtful, Sick, look
from foundation.settings import Settings

REDIS = os.environ.get("ZHENGWU_TEST_REDIS_URL")
Zhengwu = Callable[..., "subprocess.CompletedProcess[str]"]


def found(done: subprocess.CompletedProcess[str]) -> dict[str, Finding]:
    return {one["subject"]: Finding(**one) for one in json.loads(done.stdout)}


def test_every_line_says_what_and_how_to_mend_it(zhengwu: Zhengwu) -> None:
    done = zhengwu("doctor")
    assert done.returncode == 1
    assert "✓ key" in done.stdout
    assert "✗ database" in done.stdout and "→ run `make setup`" in done.stdout


def test_it_changes_nothing(zhengwu: Zhengwu, tmp_path: Path) -> None:
    zhengwu("doctor")
    assert list(tmp_path.iterdir()) == []


def test_each_step_mends_one_line(zhengwu: Zhengwu) -> None:
    before = found(zhengwu("doctor", "--json"))
    assert not before["database"].good and not before["schema"].good
    zhengwu("db", "upgrade")
    after = found(zhengwu("doctor", "--json"))
    assert after["database"].good and after["schema"].good
    assert not after["content"].good and "kb import" in after["content"].cure


def test_a_wrong_setting_does_not_hide_the_rest(zhengwu: Zhengwu) -> None:
    done = zhengwu("doctor", "--json", bot_port="many", portal_port="none")
    assert done.returncode == 1
    every = [Finding(**one) for one in json.loads(done.stdout)]
    assert [one.seen.split(":")[0] for one in every if one.subject == "settings"] == [
        "ZHENGWU_BOT_PORT", "ZHENGWU_PORTAL_PORT",
    ]  # fmt: skip
    assert {one.subject for one in every} == {"settings", *CHECKS}


def test_a_database_that_is_away_does_not_hide_the_rest(zhengwu: Zhengwu) -> None:
    told = found(zhengwu("doctor", "--json", database_url="postgresql+psycopg2://u:hidden@127.0.0.1:1/x"))
    assert list(told) == list(CHECKS)
    assert not told["database"].good and "mend database first" in told["schema"].cure
    assert told["key"].good and told["disk"].good and told["clock"].good


def test_a_redis_that_is_away_is_named_with_its_cure(settings: Settings) -> None:
    absent = settings.copy(update={"redis_url": "redis://:hidden@127.0.0.1:1/0"})
    one = look("redis", limits.counting, absent)
    assert not one.good and "127.0.0.1:1/0" in one.seen and "ZHENGWU_REDIS_URL" in one.cure
    assert "hidden" not in one.seen
    wrong = settings.copy(update={"redis_url": "http://:hidden@127.0.0.1"})
    one = look("redis", limits.counting, wrong)
    assert not one.good and "ZHENGWU_REDIS_URL" in one.seen and "hidden" not in one.seen
    assert look("redis", limits.counting, settings).good


@pytest.mark.skipif(REDIS is None, reason="ZHENGWU_TEST_REDIS_URL names no Redis server")
def test_a_redis_that_answers(settings: Settings) -> None:
    there = settings.copy(update={"redis_url": REDIS})
    assert look("redis", limits.counting, there).good


def test_no_password_is_shown(zhengwu: Zhengwu) -> None:
    done = zhengwu("doctor", "--json", database_url="postgresql+psycopg2://u:hidden@127.0.0.1:1/x")
    assert "hidden" not in done.stdout + done.stderr
    assert not found(done)["database"].good


def test_a_free_port(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free, socket.create_server(("127.0.0.1", 0)) as other:
        port, console = int(free.getsockname()[1]), int(other.getsockname()[1])
    only = settings.copy(update={"bot_port": port, "console_port": console, "portal_url": "https://portal.example"})
    assert ports.ports(only) == f"{port} gateway (free), {console} console (free)"


def test_a_port_in_use_names_its_setting(settings: Settings) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(Sick) as sick,
    ):
        ports.ports(settings.copy(update={"bot_port": taken.getsockname()[1]}))
    assert "ZHENGWU_BOT_PORT" in sick.value.cure


def test_a_year_without_announced_holidays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "local_today", lambda clock: date(2031, 3, 3))
    with pytest.raises(Sick) as sick:
        calendar.calendar(settings)
    assert "ZHENGWU_CALENDAR_FILE" in sick.value.cure


def test_secrets_that_others_can_read(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    monkeypatch.setattr(dotenv, "FILE", file)
    file.write_text("")
    file.chmod(0o644)
    with pytest.raises(Sick) as sick:
        dotenv.settings_file(settings)
    assert "chmod 600" in sick.value.cure
    file.chmod(0o600)
    assert dotenv.settings_file(settings) == str(file)


def test_packages_that_differ_from_the_lock(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "ROOT", tmp_path)
    (tmp_path / "requirements.lock").write_text("no-such-package==1.0\n")
    with pytest.raises(Sick, match=r"no-such-package==1\.0"):
        installation.packages(settings)


def test_an_encoder_that_cannot_be_used(settings: Settings) -> None:
    with pytest.raises(Sick, match="more questions are refused") as sick:
        models.encoder(settings.copy(update={"encoder": "/no/such/folder"}))
    assert "/no/such/folder" in sick.value.seen and "docs/operations.md" in sick.value.cure


def test_an_encoder_that_is_switched_off(settings: Settings) -> None:
    assert "more questions are refused" in models.encoder(settings.copy(update={"encoder": "none"}))


def test_models_that_are_missing_or_old(settings: Settings) -> None:
    with pytest.raises(Sick, match="no trained models"):
        models.trained(settings)
    (settings.model_dir / training.LANGUAGE).mkdir(parents=True)
    for name in (*training.RANKERS, training.RASA):
        (settings.model_dir / name).touch()
    with pytest.raises(Sick, match="has changed"):
        models.trained(settings)


def test_one_check_that_breaks_does_not_hide_the_others(settings: Settings) -> None:
    def breaks(settings: Settings) -> str:
        raise RuntimeError("odd")

    ran = examining.run({"a": breaks, "b": lambda settings: "well"}, {}, settings)
    assert [(one.subject, one.good) for one in ran] == [("a", False), ("b", True)]


def test_one_check_that_hangs_delays_nobody(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "DEADLINE", 0.5)
    over = threading.Event()

    def hangs(settings: Settings) -> str:
        over.wait(60)
        return "late"

    ran = examining.run({"a": hangs, "b": lambda settings: "well", "c": lambda settings: "-"}, {"c": "a"}, settings)
    told = {one.subject: one for one in ran}
    over.set()
    assert not told["a"].good and "no result within" in told["a"].seen and told["a"].cure
    assert told["b"].good and not told["c"].good


def test_what_only_wants_looking_at_is_marked_so(settings: Settings) -> None:
    def doubts(settings: Settings) -> str:
        raise Doubtful("odd", "look")

    assert line(look("a", doubts, settings)) == f"! a           odd\n{'':<14}→ look"
    assert line(look("a", lambda settings: "well", settings)).startswith("✓ a ")


def test_all_that_is_promised_is_looked_at() -> None:
    promised = [
        "python", "packages", ".env", "key", "database", "schema", "content", "restore", "redis", "encoder", "models",
        "ports", "proxy", "portal", "wechat", "miniprogram", "wecom", "callback", "clock", "disk", "calendar",
        "production",
    ]  # fmt: skip
    assert [subject for subject in CHECKS if subject in promised] == promised


SECRETS = {
    "secret_key": "c2b7f0d1e5948a3c6b7d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b",
    "old_secret_keys": "d2b7f0d1e5948a3c6b7d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b",
    "database_url": "postgresql+psycopg2://u:hidden-1@127.0.0.1:1/x",
    "redis_url": "redis://:hidden-2@127.0.0.1:1/0",
    "portal_url": "http://127.0.0.1:1/x",
    "portal_secret": "hidden-3",
    "wechat_app_id": "wxba5fad812f8e6fb9",
    "wechat_secret": "hidden-4-5678901234567890",
    "wechat_token": "hidden5",
    "wechat_aes_key": "B" * 43,
    "wechat_api_base": "http://127.0.0.1:1",
    "wecom_corp_id": "ww5fad812f8e6fb9ba",
    "wecom_agent_id": "1000002",
    "wecom_secret": "hidden-6",
    "wecom_token": "hidden7",
    "wecom_aes_key": "C" * 43,
    "wecom_api_base": "http://127.0.0.1:1",
    "public_url": "http://127.0.0.1:1",
    "alert_wecom_url": "http://127.0.0.1:1/robot?key=hidden-8",
    "rest_token": "hidden-9",
    "api_token": "hidden-10-678901234567890",
}


def test_no_secret_is_shown_when_everything_fails(zhengwu: Zhengwu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://somebody:hidden-11@127.0.0.1:1")
    shown = [zhengwu("doctor", *form, **SECRETS) for form in ((), ("--json",))]
    for text in (one.stdout + one.stderr for one in shown):
        assert "hidden" not in text
        assert not [name for name in ("secret_key", "old_secret_keys", "wechat_aes_key") if SECRETS[name] in text]
        assert "C" * 43 not in text
    told = found(shown[1])
    wrong = ("database", "redis", "portal", "proxy", "wechat", "wecom", "callback")
    assert [name for name in wrong if told[name].good] == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def test_the_sandbox_need_not_run_before_the_services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    own = settings.copy(update={"portal_port": port, "portal_url": f"http://127.0.0.1:{port}", "bot_port": free_port()})
    assert "zhengwu serve" in portal.portal(own)
    monkeypatch.setattr(portal, "health", lambda settings: (True, ""))
    with pytest.raises(Sick, match="without the portal's sandbox"):
        portal.portal(own)
    with pytest.raises(Sick, match="no portal is named"):
        portal.portal(own.copy(update={"env": "production"}))


def test_an_office_without_a_portal(settings: Settings) -> None:
    for env in ("development", "production"):
        found = look("portal", portal.portal, settings.copy(update={"portal_url": "none", "env": env}))
        assert found.good and not found.cure and "hotline" in found.seen


def test_the_portal_is_asked(settings: Settings) -> None:
    secret = settings.copy(update={"portal_secret": SecretStr("agreed")})
    with background(secret) as url:
        there = secret.copy(update={"portal_url": url})
        assert portal.portal(there) == f"{url} answers, and takes our signature and our time"
        other = look("portal", portal.portal, there.copy(update={"portal_secret": SecretStr("another")}))
        assert not other.good and "ZHENGWU_PORTAL_SECRET" in other.seen and "another" not in other.seen
        fault = {"fault": "clock_skew", "seconds": 900}
        requests.post(f"{url}/sandbox/faults", json=fault, timeout=5).raise_for_status()
        with pytest.raises(Sick, match=r"(899|900|901) s apart") as sick:
            portal.portal(there)
        assert "NTP" in sick.value.cure
    with pytest.raises(Sick, match="http://") as sick:
        portal.portal(there)
    assert "ZHENGWU_PORTAL_URL" in sick.value.cure


def test_a_portal_that_cannot_be_asked_for_its_health(settings: Settings, tmp_path: Path) -> None:
    mapping = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    del mapping["operations"]["health"]
    file = tmp_path / "mapping.yml"
    file.write_text(yaml.safe_dump(mapping), encoding="utf-8")
    named = {"portal_url": "https://portal.example", "portal_secret": SecretStr("s"), "portal_mapping_file": file}
    assert "`health`" in portal.portal(settings.copy(update=named))
    nowhere = look("portal", portal.portal, settings.copy(update={**named, "portal_secret": None}))
    assert not nowhere.good and "ZHENGWU_PORTAL_SECRET" in nowhere.seen
