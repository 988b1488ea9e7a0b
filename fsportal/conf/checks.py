"""System checks that refuse an environment that cannot work, before anything starts."""

import importlib
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  (Django's name)
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.validators import validate_email
from django.db import DatabaseError

from fsportal.lib.cache import CONFIGURED

#: One of the numbers that Ofcom reserves for drama. Only stands in for a customer's number; nothing is sent to it.
A_NUMBER = "+442079460018"


@register()
def delivery_is_connected(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Delivery needs at least one connected channel (docs/operations.md, DELIVERY_MODE)."""
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


@register()
def mail_provider_is_there(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Mail providers need the extra `anymail`, and some more than a key. Making the backend opens no connection."""
    try:
        get_connection()
    except Exception as error:  # noqa: BLE001  (what a backend raises differs by provider)
        return [
            Error(
                f"The mail provider of EMAIL_URL cannot be used ({type(error).__name__}).",
                hint="Install field-service-portal[anymail], and write what the provider needs beside its key into"
                " EMAIL_URL, for example anymail+postal://<key>?api_url=https://postal.example.com/.",
                id="fsportal.E003",
            )
        ]
    return []


@register()
def cache_can_be_used(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """A cache that is away must not stop anything; one that can never work is refused. Opens no connection."""
    try:
        cache = caches[CONFIGURED]
        if isinstance(cache, RedisCache):
            # Django itself checks address and options, and imports the client, only on the first call.
            cache._cache.get_client().connection_pool.make_connection()  # type: ignore[attr-defined]  # noqa: SLF001
    except Exception as error:  # noqa: BLE001  (each client library raises its own)
        return [
            Error(
                f"The cache of CACHE_URL cannot be used ({type(error).__name__}).",
                hint="Write for example CACHE_URL=redis://host:6379/0, and install its client (here: redis).",
                id="fsportal.E005",
            )
        ]
    return []


@register()
def apprise_reads_its_url(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """An address that apprise cannot read would fail every message."""
    if not settings.SMS.scheme.startswith("apprise+"):
        return []
    fault = _apprise_fault(settings.SMS.url)
    return [Error(fault[0], hint=fault[1], id="fsportal.E004")] if fault else []


def _apprise_fault(template: str) -> tuple[str, str] | None:
    """Return what is wrong with an apprise URL and what to do, without the URL itself, which holds a key."""
    if template.count("{to}") != 1:
        return "SMS_URL does not say where the number goes.", "Into an apprise+… address write {to} once."
    try:
        apprise = importlib.import_module("apprise")
    except ImportError:
        return "SMS_URL asks for apprise, which is missing.", "Install field-service-portal[apprise]."
    logging.getLogger("apprise").propagate = False  # its error message repeats the address
    if apprise.Apprise.instantiate(template.replace("{to}", quote(A_NUMBER, safe=""))):
        return None
    return "apprise cannot read SMS_URL.", "Write apprise+<schema>://… as apprise's own page on the provider says."


@register(Tags.database)
def company_has_a_name(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Live delivery waits for the company's name. Asked by `migrate`, and by `check --database default`."""
    if settings.DELIVERY_MODE != "live" or not databases:
        return []
    try:
        is_unnamed = apps.get_model("fsportal", "PortalSettings").load().is_unnamed
    except DatabaseError:  # not migrated yet
        return []
    says = "DELIVERY_MODE is 'live', and the company has no name yet: messages to customers wait."
    hint = "Write the name in the Settings area, Customer Portal > Settings, Display."
    return [Warning(says, hint=hint, id="fsportal.W001")] if is_unnamed else []
