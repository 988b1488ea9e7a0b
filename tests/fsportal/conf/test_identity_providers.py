"""IDENTITY_PROVIDERS: read, or refused with what to write."""

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from fsportal.conf.identity_providers import EXAMPLE, identity_providers

APP: dict[str, Any] = {
    "provider_id": "acme",
    "name": "Acme",
    "client_id": "portal",
    "secret": "s3cret",
    "settings": {"server_url": "https://login.acme.example"},
}


def written(**changes: Any) -> str:
    app = {name: value for name, value in (APP | changes).items() if value is not None}
    return json.dumps({"openid_connect": {"APPS": [app]}})


def test_nothing_is_none() -> None:
    assert identity_providers("") == identity_providers("  ") == {}


def test_what_is_well_formed_is_taken_as_it_is() -> None:
    assert identity_providers(written())["openid_connect"]["APPS"][0] == APP
    assert identity_providers(json.dumps({"google": {"APPS": [{"client_id": "x", "secret": "y"}]}}))
    assert identity_providers(EXAMPLE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not a JSON object"),
        ("[]", "not a JSON object"),
        ('{"gogle": {"APPS": [{"client_id": "x"}]}}', "gogle"),
        ('{"dummy": {"APPS": [{"client_id": "x"}]}}', "dummy"),
        ('{"../../os": {}}', "no provider"),
        ('{"google": {}}', "no list APPS"),
        ('{"google": {"APPS": []}}', "no list APPS"),
        ('{"google": {"APPS": ["x"]}}', "no list APPS"),
        ('{"google": {"APPS": [{"secret": "x"}]}}', "lacks client_id"),
        (written(provider_id=None), "lacks provider_id"),
        (written(name="", client_id=7), "lacks client_id, name"),
        (written(clientid="x"), "has clientid; it may have"),
        (written(settings=None), "acme has no settings.server_url"),
        (written(settings={"server_url": "login.acme.example"}), "acme has no settings.server_url"),
    ],
)
def test_what_is_malformed_is_refused_without_its_secret(text: str, says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="IDENTITY_PROVIDERS") as refused:
        identity_providers(text)
    assert says in str(refused.value)
    assert "s3cret" not in str(refused.value)
