"""The lines of the log, as text or JSON, with what they are about and without secrets and addresses of people."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from fsportal.lib.log_context import CONTEXT

# /visit/see/<public id>/ stays: it opens nothing without its cookie.
SECRET_ADDRESS = re.compile(
    r"(/(?:visit(?!/see/)|calendar|unsubscribe|redeem|join|accounts/password/reset/key(?!/done/)|accounts/confirm-email)/)[^/\s?\"']+"
)
# What identity providers send back, and anything else under such a name.
SECRET_PARAMETER = re.compile(r"([?&](?:code|state|token|key|id_token|access_token|device_?id)=)[^&\s\"'#]+")
# Trackers call their secret `id` (bookings/tracking/osmand.py); elsewhere an id is not secret.
TRACKER_ID = re.compile(r"(/track/?\?(?:[^\s\"'#]*&)?id=)[^&\s\"'#]+")
# Providers and mail servers repeat to whom something should have gone. A zone of a time (+0100) is shorter.
PHONE = re.compile(r"(?<![\w+])\+[1-9]\d{6,14}\b")
EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")


def without_secrets(line: str) -> str:
    """Return a line without codes in addresses, phone numbers and email addresses."""
    line = SECRET_PARAMETER.sub(r"\1[code]", SECRET_ADDRESS.sub(r"\1[code]", line))
    return EMAIL.sub("[email]", PHONE.sub("[phone]", TRACKER_ID.sub(r"\1[code]", line)))


class HideCodes(logging.Filter):
    """Replaces secrets. Django itself logs the path of every request that it refuses or that fails."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the line; every line passes."""
        line = record.getMessage()
        clean = without_secrets(line)
        if clean != line:
            record.msg, record.args = clean, None
        return True


class TextFormatter(logging.Formatter):
    """`2026-11-30 10:00:00,000 WARNING portal: words [request_id=…]`, without secrets in tracebacks, too."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the library's name)
        """Add what the line is about at its end."""
        about = " ".join(f"{name}={value}" for name, value in context().items())
        return super().formatMessage(record) + (f" [{about}]" if about else "")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JsonLines(JsonFormatter):
    """One JSON object a line. Only these fields: others hold whole requests, with their addresses."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Return what is written, in the order in which people read it."""
        fields = {name: log_data.get(name) for name in ("time", "level", "logger", "message")}
        fields |= context()
        fields |= {name: log_data[name] for name in ("exception", "stack") if log_data.get(name)}
        return {name: without_secrets(str(value)) for name, value in fields.items()}

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  (the library's name)
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def json_lines() -> JsonLines:
    return JsonLines(
        "{asctime}{levelname}{name}{message}",
        style="{",
        rename_fields={
            "asctime": "time",
            "levelname": "level",
            "name": "logger",
            "exc_info": "exception",
            "stack_info": "stack",
        },
        json_ensure_ascii=False,
    )


def context() -> dict[str, str]:
    """Return what the present line is about."""
    return {name: variable.get() for name, variable in CONTEXT.items() if variable.get()}


def formatter(log_format: str) -> logging.Formatter:
    """Return the one for LOG_FORMAT."""
    return json_lines() if log_format == "json" else TextFormatter()
