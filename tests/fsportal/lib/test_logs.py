"""No secret of an address reaches a log line."""

import logging
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from fsportal.lib.logs import HideCodes


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Not Found: /visit/abcdefghjkSECRET/", "Not Found: /visit/[code]/"),
        (
            "Method Not Allowed (POST): /unsubscribe/eyJj:SIGN-a_b/undo/",
            "Method Not Allowed (POST): /unsubscribe/[code]/undo/",
        ),
        ('"GET /visit/SECRET?x=1 HTTP/1.1" 302', '"GET /visit/[code]?x=1 HTTP/1.1" 302'),
        ("Not Found: /redeem/SECRET/", "Not Found: /redeem/[code]/"),
        (
            "Not Found: /accounts/password/reset/key/abc-SECRET/",
            "Not Found: /accounts/password/reset/key/[code]/",
        ),
        ("Not Found: /accounts/password/reset/key/done/", "Not Found: /accounts/password/reset/key/done/"),
        ("Not Found: /accounts/confirm-email/SECRET/", "Not Found: /accounts/confirm-email/[code]/"),
        (
            '"GET /accounts/oidc/acme/login/callback/?state=SECRET&code=SECRET HTTP/1.1" 302',
            '"GET /accounts/oidc/acme/login/callback/?state=[code]&code=[code] HTTP/1.1" 302',
        ),
        ("Not Found: /visit/see/abcdefghjk/", "Not Found: /visit/see/abcdefghjk/"),
        ("100% of /media/brand/logo.png", "100% of /media/brand/logo.png"),
    ],
)
def test_codes_are_struck_out_of_a_line(line: str, expected: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "%s", (line,), None)
    assert HideCodes().filter(record)
    assert record.getMessage() == expected


@pytest.mark.django_db
def test_what_the_console_prints_of_refused_requests_holds_no_code(client: Client) -> None:
    logging_settings: dict[str, Any] = settings.LOGGING
    assert logging_settings["handlers"]["console"]["filters"] == ["hide_codes"]
    console = next(
        handler for handler in logging.getLogger().handlers if any(isinstance(f, HideCodes) for f in handler.filters)
    )
    lines: list[str] = []
    logger = logging.getLogger("django.request")
    listener = logging.Handler()
    listener.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    for each in console.filters:
        listener.addFilter(each)
    logger.addHandler(listener)
    try:
        client.get("/visit/TOPSECRET/")
        client.post("/visit/TOPSECRET/")
        client.get("/unsubscribe/TOPSECRET/")
    finally:
        logger.removeHandler(listener)
    assert len(lines) == 3
    assert not [line for line in lines if "TOPSECRET" in line]
