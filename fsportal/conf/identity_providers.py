"""Reads IDENTITY_PROVIDERS from the environment: the outside accounts with which people may sign in."""

import importlib.util
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

EXAMPLE = (
    '{"openid_connect": {"APPS": [{"provider_id": "acme", "name": "Acme", "client_id": "…", "secret": "…",'
    ' "settings": {"server_url": "https://login.acme.example"}}]}}'
)
#: What an app of a provider may have (allauth's SocialApp).
KEYS = {"name", "provider_id", "client_id", "secret", "key", "settings"}
#: Packages among allauth's providers that are not providers, and `dummy`, which believes everybody.
NO_PROVIDERS = {"base", "dummy", "oauth", "oauth2"}
OPENID_CONNECT = "openid_connect"


def identity_providers(text: str) -> dict[str, Any]:
    """Read allauth's SOCIALACCOUNT_PROVIDERS as JSON; an empty text means none.

    Raises ImproperlyConfigured saying what is wrong and what to write, without repeating a secret.
    """
    if not text.strip():
        return {}
    try:
        providers = json.loads(text)
    except ValueError:
        providers = None
    if not isinstance(providers, dict):
        raise ImproperlyConfigured(f"IDENTITY_PROVIDERS is not a JSON object; write for example {EXAMPLE}")
    for name, config in providers.items():
        _check_provider(name, config)
    return providers


def _check_provider(name: str, config: Any) -> None:
    if name in NO_PROVIDERS or not name.isidentifier() or not _is_there(name):
        raise ImproperlyConfigured(
            f"IDENTITY_PROVIDERS names {name!r}, which django-allauth has no provider for; write for example"
            " openid_connect, google or microsoft"
        )
    apps = config.get("APPS") if isinstance(config, dict) else None
    if not isinstance(apps, list) or not apps or not all(isinstance(app, dict) for app in apps):
        raise ImproperlyConfigured(f"IDENTITY_PROVIDERS: {name} has no list APPS; write for example {EXAMPLE}")
    for app in apps:
        _check_app(name, app)


def _is_there(name: str) -> bool:
    # By its file: importing it would need the settings, which are just being read.
    allauth = importlib.util.find_spec("allauth")
    assert allauth is not None
    assert allauth.submodule_search_locations is not None
    roots = [Path(place) / "socialaccount" / "providers" for place in allauth.submodule_search_locations]
    return any((root / name / "provider.py").is_file() for root in roots)


def _check_app(provider: str, app: dict[str, Any]) -> None:
    needed = {"client_id", "name", "provider_id"} if provider == OPENID_CONNECT else {"client_id"}
    if missing := sorted(key for key in needed if not app.get(key) or not isinstance(app[key], str)):
        raise ImproperlyConfigured(f"IDENTITY_PROVIDERS: an app of {provider} lacks {', '.join(missing)}")
    if unknown := sorted(set(app) - KEYS):
        raise ImproperlyConfigured(
            f"IDENTITY_PROVIDERS: an app of {provider} has {', '.join(unknown)}; it may have {', '.join(sorted(KEYS))}"
        )
    if provider == OPENID_CONNECT:
        _check_server(app)


def _check_server(app: dict[str, Any]) -> None:
    settings = app.get("settings")
    server = settings.get("server_url") if isinstance(settings, dict) else None
    try:
        parts = urlsplit(server if isinstance(server, str) else "")
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ImproperlyConfigured(
            f"IDENTITY_PROVIDERS: {app['provider_id']} has no settings.server_url; write the provider's address, for"
            " example https://login.acme.example"
        )
