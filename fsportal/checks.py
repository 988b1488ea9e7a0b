"""System checks: what the environment says is looked at before anything starts."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@register()
def delivery_is_connected(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Live delivery needs at least one way out (interfaces.md, DELIVERY_MODE)."""
    if settings.DELIVERY_MODE == "simulate" or settings.EMAIL.described or settings.SMS.scheme:
        return []
    return [
        Error(
            f"DELIVERY_MODE is {settings.DELIVERY_MODE!r}, but neither EMAIL_URL nor SMS_URL is set.",
            hint="Write EMAIL_URL=smtp://user:password@host:port or SMS_URL=twilio://SID:TOKEN@FROM,"
            " or DELIVERY_MODE=simulate.",
            id="fsportal.E001",
        )
    ]


@register()
def email_from_is_an_address(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """The sender must be a bare address; the company name comes from the settings record."""
    try:
        # A machine's own name or number is fine while nothing leaves it.
        if settings.EMAIL.described:
            validate_email(settings.EMAIL_FROM)
    except ValidationError:
        return [
            Error(
                f"EMAIL_FROM is {settings.EMAIL_FROM!r}, which is not an email address.",
                hint="Write for example EMAIL_FROM=visits@example.com.",
                id="fsportal.E002",
            )
        ]
    return []
