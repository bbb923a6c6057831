"""Times and days as portals write them, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone

ISO, SECONDS, MILLISECONDS = "iso", "seconds", "milliseconds"
"""`2026-11-26T09:30:00+08:00`, with a blank instead of T and without an offset, too; or seconds since 1970.

Every other format is a pattern as `datetime.strptime` has it, `%Y%m%d%H%M%S`.
"""
YEARS = range(1990, 2101)
"""Others are placeholders or slips."""

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_DIRECTIVES = re.compile(r"%[YmdHMSz%]|[^%]")


def checked(form: str) -> str:
    """A format that can be read.

    Raises:
        ValueError: it cannot.
    """
    if form in (ISO, SECONDS, MILLISECONDS):
        return form
    if "%Y" not in form or "".join(_DIRECTIVES.findall(form)) != form:
        raise ValueError(
            f"{form!r} must be iso, seconds, milliseconds, or a pattern of %Y %m %d %H %M %S such as %Y%m%d%H%M%S"
        )
    return form


def offset(zone: str) -> timezone:
    """The time zone `+08:00`.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", zone):
        raise ValueError(f"{zone!r} must be an offset such as +08:00")
    span = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    return timezone(-span if zone[0] == "-" else span)


def written(instant: datetime, form: str, zone: timezone) -> str:
    """An instant in a format."""
    if form == ISO:
        return instant.astimezone(zone).isoformat(timespec="seconds")
    if form == SECONDS:
        return str(int(instant.timestamp()))
    if form == MILLISECONDS:
        return str(int(instant.timestamp() * 1000))
    return instant.astimezone(zone).strftime(form)


def instant(value: str, forms: Sequence[str], zone: timezone) -> datetime | None:
    """An aware instant, by the first format that fits; without an offset it is that zone's time."""
    for form in forms:
        try:
            found = _instant(value, form)
            if found is not None and found.year in YEARS:
                return found if found.tzinfo else found.replace(tzinfo=zone)
        except (ValueError, OverflowError, OSError):
            continue
    return None


def day(value: str, forms: Sequence[str], zone: timezone) -> date | None:
    """A day, by the first format that fits; of an instant, the day in that zone."""
    found = instant(value, forms, zone)
    return None if found is None else found.astimezone(zone).date()


def _instant(value: str, form: str) -> datetime | None:
    if form == ISO:
        return _iso(value)
    if form in (SECONDS, MILLISECONDS):
        if not re.fullmatch(r"\d{1,15}(\.\d*)?", value, re.ASCII):
            return None
        return datetime.fromtimestamp(float(value) / (1000 if form == MILLISECONDS else 1), timezone.utc)
    found = datetime.strptime(value, form)
    # strptime also reads 2026112 as %Y%m%d; what was read must be what was written, but for leading zeros.
    return found if _bare(found.strftime(form)) == _bare(value) else None


def _bare(text: str) -> str:
    return re.sub(r"(?<!\d)0+(?=\d)", "", text)


def _iso(value: str) -> datetime | None:
    match = _ISO.fullmatch(value)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    found = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0),
        min(59, int(second or 0)),  # a leap second
        int((fraction or "0")[:6].ljust(6, "0")),
    )  # fmt: skip
    if zone is None:
        return found
    if zone in "Zz":
        return found.replace(tzinfo=timezone.utc)
    return found.replace(tzinfo=offset(zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"))
