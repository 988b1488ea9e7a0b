"""Addresses of accounts and work orders in the Settings area: countries by name, zones that follow, phones as said."""

import pytest
from django.test import Client
from django.urls import reverse

from fsportal.models import Account, Contact, PortalSettings, Site

pytestmark = pytest.mark.django_db
NO_ROWS = {f"{rows}-{kind}_FORMS": "0" for rows in ("opt_outs", "message_choices") for kind in ("TOTAL", "INITIAL")}
EMPTY = {
    f"{name}-{what}_FORMS": number
    for name in ("contacts", "sites")
    for what, number in (("TOTAL", "0"), ("INITIAL", "0"))
}


def add(admin: Client, **more: str) -> str:
    data = {"name": "Hart", "street": "5 High St", "city": "Leeds", "is_active": "on", **EMPTY, **more}
    return admin.post(reverse("admin:fsportal_account_add"), data, follow=True).content.decode()


def test_an_account_without_a_zone_gets_that_of_its_country(admin: Client) -> None:
    add(admin, country="GB")
    assert Account.objects.get().time_zone == "Europe/London"


def test_the_coordinates_say_more_than_a_country_with_several_zones(admin: Client) -> None:
    words = add(admin, country="US")
    assert "Write the zone of the service address" in words
    assert not Account.objects.exists()
    add(admin, country="US", latitude="34.05", longitude="-118.24")
    assert Account.objects.get().time_zone == "America/Los_Angeles"


def test_a_zone_that_contradicts_the_coordinates_is_pointed_out_and_kept(admin: Client) -> None:
    words = add(admin, country="US", latitude="34.05", longitude="-118.24", time_zone="America/New_York")
    assert "The coordinates are in the time zone America/Los_Angeles" in words
    assert Account.objects.get().time_zone == "America/New_York"
    assert "The coordinates are in" not in add(admin, country="DE", latitude="47.69", longitude="8.69", name="Büsingen",
                                               time_zone="Europe/Zurich")  # fmt: skip


def test_countries_are_chosen_by_name(admin: Client) -> None:
    page = admin.get(reverse("admin:fsportal_account_add")).content.decode()
    assert '<option value="GB"' in page
    assert ">United Kingdom</option>" in page


def test_a_country_of_old_that_is_none_stays_until_somebody_chooses(admin: Client) -> None:
    account = Account.objects.create(name="Hart", time_zone="Europe/London", country="UK")
    page = reverse("admin:fsportal_account_change", args=[account.pk])
    assert '<option value="UK" selected>' in admin.get(page).content.decode()
    admin.post(page, {"name": "Hart", "country": "UK", "time_zone": "Europe/London", "is_active": "on", **EMPTY})
    account.refresh_from_db()
    assert account.country == "UK"


def test_sites_are_written_on_the_accounts_page(admin: Client) -> None:
    row = {"sites-TOTAL_FORMS": "1", "sites-0-name": "Warehouse", "sites-0-city": "York", "sites-0-country": "GB"}
    add(admin, country="GB", **row)
    site = Site.objects.get()
    assert (site.account.name, site.time_zone) == ("Hart", "Europe/London")


@pytest.mark.parametrize(("country", "said", "stored"), [
    ("DE", "030 901820", "+4930901820"),
    ("", "020 7946 0018", "+442079460018"),
    ("DE", "+44 20 7946 0018", "+442079460018"),
])  # fmt: skip
def test_a_phone_is_read_in_the_accounts_country_or_the_companys(
    admin: Client, country: str, said: str, stored: str
) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/London"})
    account = Account.objects.create(name="Hart", time_zone="Europe/Berlin", country=country)
    contact = Contact.objects.create(account=account, name="Ada Hart")
    page = reverse("admin:fsportal_contact_change", args=[contact.pk])
    data = {"name": "Ada Hart", "language": "en", "mobile_phone": said, **NO_ROWS}
    assert admin.post(page, data).status_code == 302
    contact.refresh_from_db()
    assert contact.mobile_phone == stored
    wrong = admin.post(page, data | {"mobile_phone": "call me"}).content.decode()
    assert 'value="call me"' in wrong
    assert "This is not a phone number" in wrong
