"""Units, nginx and containers name what exists: services, settings, addresses; and nginx and systemd take them."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.caching import CACHE_LOCATION_ENV

from bot.doctor import settings as doctor
from bot.doctor.finding import Doubtful, Sick
from bot.services import SERVICES
from channels.web.socket import MAX_SOCKETS
from deploy.python310 import CURE
from deploy.setup import write_settings
from foundation.settings import ROOT, Settings

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("zhengwu*"))
INSIDE = {
    "127.0.0.1:5005": "gateway-1:5005",
    "127.0.0.1:5006": "gateway-2:5005",
    "127.0.0.1:8000": "console-1:8000",
    "127.0.0.1:8001": "console-2:8000",
}
HANDLES = 16384
MAIN = "nginx.main.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


SECRET = (
    ".env",
    "backup.env",
    "backups/zhengwu-20261128-030000.tar",
    "deploy/container/.env",
    "deploy/container/backups/erasures.json",
    "deploy/container/certificates/bot.key",
    "var",
    "var/zhengwu.db",
)
"""As the documents have it lie in a checkout. (`var` may be a link.)"""
KEPT = (".env", "backups", "var/zhengwu.db", "var/erasures.json", "var/logs", "var/openness")
"""What nobody can make again; the law wants logs kept for six months."""


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


def test_many_citizens_may_share_an_address() -> None:
    """As in a hall, where each has a chat page open; the gateways count what an address does."""
    text = (DEPLOY / "nginx" / "zhengwu.conf").read_text(encoding="utf-8")
    assert re.findall(r"^ *limit_conn zhengwu_connections (\d+);", text, re.MULTILINE) == ["1000"]


@pytest.fixture
def compose() -> dict[str, Any]:
    text = (DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))
    return found


@pytest.fixture
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def test_the_compose_file_starts_what_nginx_asks(services: dict[str, Any]) -> None:
    for address in INSIDE.values():
        name = address.partition(":")[0]
        service = name.partition("-")[0]
        assert services[name]["command"] == ["serve", "--only", service, "--name", name]
    workers = [name for name in services if name.startswith("worker-")]
    assert workers and all(services[name]["command"][2] == "worker" for name in workers)
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"nginx"}, "only nginx is reached from outside"


def test_whom_nginx_asks_keeps_its_address(compose: dict[str, Any], services: dict[str, Any]) -> None:
    """nginx looks addresses up once, and a reboot starts the containers in any order."""
    (pool,) = compose["networks"]["default"]["ipam"]["config"]
    subnet, others = ip_network(pool["subnet"]), ip_network(pool["ip_range"])
    asked = {address.partition(":")[0] for address in INSIDE.values()}
    fixed = {name: services[name]["networks"]["default"]["ipv4_address"] for name in asked}
    assert services["nginx"]["extra_hosts"] == fixed and len({*fixed.values(), pool["gateway"]}) == len(asked) + 1
    for address in (*fixed.values(), pool["gateway"]):
        assert ip_address(address) in subnet and ip_address(address) not in others, "another container could take it"
    assert {name for name, service in services.items() if "networks" in service} == asked
    assert set(services["nginx"]["depends_on"]) == asked


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_what_an_office_changes_for_its_containers_is_not_in_the_repository(compose: dict[str, Any]) -> None:
    """Else the next `git pull` stops at it."""
    sources = {one["source"]: one for one in compose["services"]["nginx"]["volumes"] if isinstance(one, dict)}
    own = sources["./certificates/site.conf"]
    assert own["target"] == "/etc/nginx/conf.d/default.conf"
    assert own["bind"] == {"create_host_path": False}, "a file that is missing must be told of, not become a folder"
    ignored = subprocess.run(["git", "check-ignore", "--quiet", "deploy/container/certificates/site.conf"], cwd=ROOT)
    assert ignored.returncode == 0
    text = (DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8")
    assert text.count("172.31.213.") == 1 and text.count("${CONTAINER_NETWORK:-172.31.213}.") == 7
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "cp nginx.conf certificates/site.conf" in page and "`CONTAINER_NETWORK=" in page


def test_containers_get_every_setting_and_the_ports_that_nginx_asks(services: dict[str, Any]) -> None:
    ours = {name: service for name, service in services.items() if service["image"] == "zhengwu"}
    assert len(ours) == len(services) - 3
    for name, service in ours.items():
        assert service["env_file"] == ".env", name
        given = {setting.removeprefix("ZHENGWU_").lower(): value for setting, value in service["environment"].items()}
        read = Settings(_env_file=None, **given)
        assert (read.host, read.bot_port, read.console_port) == ("0.0.0.0", 5005, 8000)
        # What stands here wins over .env, so no more stands here than must be as it is.
        assert given.keys() == {"database_url", "redis_url", "host", "bot_port", "console_port", "console_proxies"}


def test_containers_have_a_place_for_backups_that_their_user_may_write_to(services: dict[str, Any]) -> None:
    image = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    assert "postgresql-client" in image, "zhengwu backup runs pg_dump"
    made = re.search(r"mkdir -p (.+) && chown -R zhengwu:zhengwu (.+)$", image, re.MULTILINE)
    assert made and made[1] == made[2] == "var backups"
    for name in ("worker-1", "gateway-1", "console-1"):
        assert set(services[name]["volumes"]) == {"var:/srv/zhengwu/var", "backups:/srv/zhengwu/backups"}


def test_a_container_may_train_for_an_encoder_of_ones_own() -> None:
    """As a user who may write nothing of the image, and finds nothing in /tmp that is root's."""
    image = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    trained, after = image.partition("bot.cli train")[::2]
    assert "rm -f /tmp/jieba.cache" in after.partition("USER zhengwu")[0]
    assert f"ENV {CACHE_LOCATION_ENV}=/tmp/" in after and CACHE_LOCATION_ENV not in trained
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "`ZHENGWU_MODEL_DIR=var/models`" in page


def test_a_database_that_is_still_being_made_is_not_called_healthy(services: dict[str, Any]) -> None:
    """The image's first start runs one for itself, which listens on no address."""
    healthcheck = services["postgres"]["healthcheck"]
    asked = healthcheck["test"]
    assert asked[asked.index("-h") + 1] == "127.0.0.1"
    assert healthcheck["start_period"] == "120s", "making it takes long on a slow disk, and that is no failure"


def left_out(path: str) -> bool:
    """Whether .dockerignore keeps it from the image: one name a line, at the root, or at any depth after `**/`."""
    for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        name = rule.removeprefix("**/")
        if not rule.startswith("#") and "/" not in name:
            parts = Path(path).parts if name != rule else Path(path).parts[:1]
            if any(fnmatchcase(part, name) for part in parts):
                return True
    return False


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_what_is_secret_is_neither_committed_nor_put_into_the_image() -> None:
    for path in SECRET:
        ignored = subprocess.run(["git", "check-ignore", "--quiet", "--no-index", path], cwd=ROOT)
        assert ignored.returncode == 0 and left_out(path), path
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not [path for path in tracked.stdout.split("\0") if path and left_out(path)]


def test_cleaning_leaves_what_nobody_can_make_again() -> None:
    recipe = re.search(r"^clean:.*\n\trm -rf (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe
    for removed in recipe[1].split():
        assert not [kept for kept in KEPT if Path(kept).is_relative_to(removed)], removed


def test_there_are_file_handles_for_every_socket_that_a_gateway_takes(services: dict[str, Any]) -> None:
    for name in ("zhengwu.service", "zhengwu-gateway@.service", "zhengwu-console@.service"):
        unit = (DEPLOY / "systemd" / name).read_text(encoding="utf-8")
        (handles,) = re.findall(r"^LimitNOFILE=(\d+)$", unit, re.MULTILINE)
        assert int(handles) == HANDLES > 2 * MAX_SOCKETS, name
    for name, service in services.items():
        if service["image"] == "zhengwu" or name == "nginx":
            assert service["ulimits"] == {"nofile": HANDLES}, name
    told = (DEPLOY / "nginx" / "zhengwu.conf").read_text(encoding="utf-8")
    main = (DEPLOY / "container" / MAIN).read_text(encoding="utf-8")
    for line in (f"worker_rlimit_nofile {HANDLES};", f"worker_connections {HANDLES // 2};"):
        assert f"`{line}`" in told and line in main
    assert f"./{MAIN}:/etc/nginx/nginx.conf:ro" in services["nginx"]["volumes"]


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
@pytest.mark.parametrize("container", [False, True])
def test_nginx_takes_the_configuration_as_shipped(tmp_path: Path, container: bool) -> None:
    text = (DEPLOY / "nginx" / "zhengwu.conf").read_text(encoding="utf-8")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test"]
    key, certificate = tmp_path / "test.key", tmp_path / "test.crt"
    subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    text = re.sub(r"(ssl_certificate)\s+\S+;", rf"\1 {certificate};", text)
    text = re.sub(r"(ssl_certificate_key)\s+\S+;", rf"\1 {key};", text)
    ours, file = tmp_path / "default.conf", tmp_path / "nginx.conf"
    ours.write_text(text, encoding="utf-8")
    main = "pid /var/run/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\ninclude /etc/nginx/conf.d/*.conf;\n}\n"
    if container:
        main = (DEPLOY / "container" / MAIN).read_text(encoding="utf-8").replace("user nginx;", "")
    for there, here in (
        ("/etc/nginx/conf.d/*.conf", ours),
        ("/var/run/nginx.pid", tmp_path / "pid"),
        ("/var/log/nginx", tmp_path),
    ):
        main = main.replace(there, str(here))
    file.write_text(main, encoding="utf-8")
    done = subprocess.run([str(NGINX), "-t", "-c", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_page_has_the_same_commands_for_a_python() -> None:
    """Debian's own pip installs nothing outside of an environment."""
    commands = [line.strip() for line in CURE.splitlines() if "/opt/uv" in line]
    assert len(commands) == 2
    for page in ("README.md", "README.zh-CN.md", "docs/operations.md"):
        lines = (ROOT / page).read_text(encoding="utf-8").splitlines()
        assert [line for line in lines if "/opt/uv" in line] == commands, page
        assert any("UV_PYTHON_INSTALL_MIRROR" in line for line in lines), page


def test_each_versions_settings_may_be_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/operations.md has it: a version that was gone back to must not bring its former key along."""
    data, version = tmp_path / "data", tmp_path / "version"
    for folder in (data, version):
        folder.mkdir()
    (version / ".env.example").write_text("ZHENGWU_SECRET_KEY=\n", encoding="utf-8")
    (data / ".env").write_text(f"ZHENGWU_SECRET_KEY={'5b' * 32}\nZHENGWU_NO_SUCH=1\n", encoding="utf-8")
    (data / ".env").chmod(0o600)
    linked = version / ".env"
    linked.symlink_to("../data/.env")
    monkeypatch.delenv("ZHENGWU_SECRET_KEY", raising=False)
    assert Settings(_env_file=linked).key() == bytes.fromhex("5b" * 32)
    monkeypatch.setattr(doctor, "FILE", linked)
    with pytest.raises(Doubtful, match="ZHENGWU_NO_SUCH"):
        doctor.settings_file(Settings(_env_file=linked))
    (data / ".env").chmod(0o644)
    with pytest.raises(Sick, match="others may read it"):
        doctor.settings_file(Settings(_env_file=linked))
    assert not write_settings(version) and linked.is_symlink()
    (data / ".env").unlink()
    assert not write_settings(version) and not (data / ".env").exists(), "nothing is written through it either"
