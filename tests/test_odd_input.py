"""No page fails, whatever somebody writes into its address: all of the URL configuration, with all names of values.

What no database can read (a NUL, a number of thirty digits), what is no address (`http://[x`), what no form sent.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib import admin as django_admin
from django.db.models import BinaryField
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

from bookings.models import Booking
from fsportal.models import Contact, User

pytestmark = pytest.mark.django_db

NUL = "a\0b"
ODD = (NUL, "http://[x", "9" * 30, "[", "2026-13-45", "user__password")
#: Names of values that Django's and django-allauth's pages read, besides those that our own code reads.
THEIRS = {"next", "q", "o", "p", "all", "_popup", "_to_field", "_changelist_filters", "process", "code", "state", "key"}
READS = re.compile(r"""(?:GET|sent|data|query|params)(?:\.get(?:list)?\(|\[)["']([\w$@.-]+)["']""")
ROOT = Path(__file__).parent.parent


def names_read() -> set[str]:
    sources = (
        path for app in ("fsportal", "notifications", "bookings", "portal") for path in (ROOT / app).rglob("*.py")
    )
    return THEIRS | {name for path in sources for name in READS.findall(path.read_text())}


def patterns(found: list[Any], before: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for each in found:
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns, before + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield before + str(each.pattern), each.pattern.converters


def addresses(keys: dict[str, str]) -> Iterator[str]:
    """Yield every address, with what there is; where it allows any text, also with text that nobody would write."""
    for route, converters in patterns(get_resolver().url_patterns):
        path = re.sub(r"\(\?P(<\w+>)[^)]*\)|[\^$\\?]|\\Z", r"\1", route) if "(?P" in route else route
        parts = re.findall(r"<[^>]+>", path)
        model = "/".join(path.split("/")[1:3])
        # Pages of records are alike in the Settings area; one model's stand for them.
        has_odd = parts and (not path.startswith("admin/") or model == "fsportal/contact")
        for text in (None, NUL, "9" * 30) if has_odd else (None,):
            filled = path
            for part in parts:
                kind = type(converters.get(part.strip("<>").rpartition(":")[2]))
                if kind is IntConverter:
                    value = text if text and text.isdigit() else "1"
                else:
                    value = keys["any"] if kind is UUIDConverter else text or keys.get(model, keys["any"])
                filled = filled.replace(part, quote(value))
            yield f"/{filled}"


def fails(client: Client, address: str, /, **values: str) -> bool:
    answer = client.get(f"{address}?{urlencode(values)}", headers={"accept": "text/html"})
    return answer.status_code >= 500 and not address.startswith("/health/")


@pytest.mark.parametrize("who", ["stranger", "customer", "admin"])
def test_no_address_fails_whatever_is_written_into_it(who: str, customer: User, booking: Booking) -> None:
    client = Client(raise_request_exception=False)
    if who != "stranger":
        client.force_login(customer if who == "customer" else User.objects.create_superuser("root"))
    keys = {"any": str(booking.pk), "bookings/booking": str(booking.pk), "fsportal/user": str(customer.pk)}
    keys |= {"fsportal/contact": str(Contact.objects.latest("created_at").pk)}
    names = names_read()
    mine = {address for address in addresses(keys) if address.startswith("/admin/") == (who == "admin")}
    odd = {address: ODD[number % len(ODD)] for number, address in enumerate(sorted(mine)) if "logout" not in address}
    failed = [(address, text) for address, text in odd.items() if fails(client, address, **dict.fromkeys(names, text))]
    # Whoever is led on from there is, whatever `next` says.
    failed += [
        (address, "next") for address in odd if "/accounts/" in address and fails(client, address, next="http://[x")
    ]
    assert not failed, failed


def test_lists_fields_and_forms_of_the_settings_area_take_any_value() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    failed, seen = [], set()
    for model, model_admin in django_admin.site._registry.items():
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        for field in model._meta.concrete_fields:
            if type(field) in seen and not isinstance(field, BinaryField):
                continue
            seen.add(type(field))
            where = [reverse(f"{page}_changelist"), reverse(f"{page}_add")]
            tried = [(path, {field.name: odd}) for path in where for odd in (NUL, "x")]
            failed += [(path, str(values)) for path, values in tried if fails(client, path, **values)]
        for name in model_admin.autocomplete_fields:
            given = {"app_label": model._meta.app_label, "model_name": str(model._meta.model_name), "field_name": name}
            if fails(client, reverse("admin:autocomplete"), **given, term=NUL):
                failed.append((page, f"{name}, term"))
            if fails(client, reverse(f"{page}_add"), **{name: NUL}):
                failed.append((page, f"{name}, prefilled"))
    assert not failed, failed
