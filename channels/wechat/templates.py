"""The table of template and subscription messages: event → channel → template. See channels.wechat.notifications."""

from __future__ import annotations

from pathlib import Path
from string import Formatter
from typing import Literal

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, parse_obj_as, validator

from foundation.errors import ConfigError


class Card(BaseModel, extra=Extra.forbid):
    """The page of a mini-program that a message of the official account opens."""

    appid: str
    pagepath: str = ""

    @validator("pagepath")
    def _braces(cls, text: str) -> str:
        return checked(text)


class Template(BaseModel, extra=Extra.forbid):
    kind: Literal["template", "subscribe"] = "subscribe"
    template: str = Field(min_length=1)
    """The template's id at the platform."""
    data: dict[str, str]
    """Field, with its type in front → text with the event's values in braces."""
    page: str = ""
    url: str = ""
    miniprogram: Card | None = None
    state: Literal["formal", "trial", "developer"] = "formal"

    @validator("page", "url")
    def _braces(cls, text: str) -> str:
        return checked(text)

    @validator("data")
    def _texts(cls, data: dict[str, str]) -> dict[str, str]:
        if not data:
            raise ValueError("a template has at least one field")
        return {field: checked(text) for field, text in data.items()}


Table = dict[str, dict[str, Template]]


def checked(text: str) -> str:
    """A text whose braces hold plain names only."""
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None and (not name.isidentifier() or form or conversion):
            raise ValueError(f"{{{name}}} must be the plain name of a value")
    return text


def load(path: Path | None) -> Table:
    """Read the table; none is an empty one.

    Raises:
        ConfigError: the file cannot be read or is malformed; the text says where.
    """
    if path is None:
        return {}
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        table: Table = parse_obj_as(Table, found)
    except OSError as error:
        raise ConfigError(f"ZHENGWU_WECHAT_TEMPLATES_FILE: {path} cannot be read ({error.strerror})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "__root__")
        raise ConfigError(f"{path}, {where}: {first['msg']}") from error
    for event, channels in table.items():
        for channel, template in channels.items():
            if wrong := unknown(channel, template):
                raise ConfigError(f"{path}, {event}.{channel}: {wrong}")
    return table


def unknown(channel: str, template: Template) -> str | None:
    """What the platform has no place for in such a message."""
    if channel not in ("wechat", "miniprogram"):
        return "the channel must be wechat or miniprogram"
    if channel == "miniprogram" and (template.kind == "template" or template.miniprogram):
        return "a mini-program has `kind: subscribe` only, and `page` instead of `miniprogram`"
    if template.url and template.kind == "subscribe":
        return "`url` belongs to `kind: template`; a subscription message has `page`"
    if template.page and template.kind == "template":
        return "`page` belongs to `kind: subscribe`; a template message has `url` or `miniprogram`"
    return None
