"""Units, nginx and containers name what exists: services, settings, addresses; and nginx and systemd take them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.services import SERVICES
from foundation.settings import ROOT, Settings

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("zhengwu*"))
INSIDE = {
    "127.0.0.1:5005": "gateway-1:5005",
    "127.0.0.1:5006": "gateway-2:5005",
    "127.0.0.1:8000": "console-1:8000",
    "127.0.0.1:8001": "console-2:8000",
}
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


def settings_named_in(text: str) -> set[str]:
    return set(re.findall(r"\bZHENGWU_([A-Z_]+)", text))


FILES = [one for one in DEPLOY.rglob("*/*") if one.is_file() and one.suffix != ".pyc"]


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.name)
def test_every_setting_exists(file: Path) -> None:
    known = {name.upper() for name in Settings.__fields__}
    assert settings_named_in(file.read_text(encoding="utf-8")) <= known


def test_there_is_a_unit_for_every_service_of_a_city() -> None:
    started = {}
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        if "ExecStart" in text:
            started[unit.name] = re.findall(r"^ExecStart=/srv/zhengwu/\.venv/bin/zhengwu (.+)$", text, re.MULTILINE)
    assert started.pop("zhengwu.service") == ["serve"]
    for service in ("gateway", "worker", "console"):
        assert service in SERVICES
        assert started.pop(f"zhengwu-{service}@.service") == [f"serve --only {service} --name {service}-%i"]
    assert not started


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/srv/zhengwu/.venv/bin/zhengwu", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True
    )
    ours = [line for line in done.stderr.splitlines() if "zhengwu" in line]
    assert not ours


def test_the_containers_nginx_is_the_other_one_with_their_addresses() -> None:
    text = (DEPLOY / "nginx" / "zhengwu.conf").read_text(encoding="utf-8")
    for here, there in INSIDE.items():
        text = text.replace(here, there)
    assert (DEPLOY / "container" / "nginx.conf").read_text(encoding="utf-8") == text


def test_the_compose_file_starts_what_nginx_asks() -> None:
    compose = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    for address in INSIDE.values():
        name = address.partition(":")[0]
        service = name.partition("-")[0]
        assert services[name]["command"] == ["serve", "--only", service, "--name", name]
    workers = [name for name in services if name.startswith("worker-")]
    assert workers and all(services[name]["command"][2] == "worker" for name in workers)
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"nginx"}, "only nginx is reached from outside"


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_the_configuration_as_shipped(tmp_path: Path) -> None:
    text = (DEPLOY / "nginx" / "zhengwu.conf").read_text(encoding="utf-8")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    key, certificate = tmp_path / "test.key", tmp_path / "test.crt"
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    text = re.sub(r"(ssl_certificate)\s+\S+;", rf"\1 {certificate};", text)
    text = re.sub(r"(ssl_certificate_key)\s+\S+;", rf"\1 {key};", text)
    file = tmp_path / "nginx.conf"
    file.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{text}\n}}\n", encoding="utf-8")
    done = subprocess.run([str(NGINX), "-t", "-c", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
