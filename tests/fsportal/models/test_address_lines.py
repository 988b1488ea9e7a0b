"""Addresses as customers read them."""

import pytest
from django.utils import translation

from fsportal.models import Account, PortalSettings

BERLIN = Account(street="Weg 5", postal_code="10115", city="Berlin", country="DE")
TOKYO = Account(street="1-2-3 Ginza", postal_code="104-0061", city="Tokyo", country="JP")


@pytest.mark.parametrize(
    ("zone", "phone", "in_berlin", "in_tokyo"),
    [
        ("Europe/Berlin", "+81 3 1234 5678", "Weg 5, 10115 Berlin", "〒104-0061, 1-2-3 Ginza, Tokyo, Japon"),
        ("UTC", "+81 3 1234 5678", "Weg 5, 10115 Berlin, Allemagne", "〒104-0061, 1-2-3 Ginza, Tokyo"),
        ("UTC", "030 123456", "Weg 5, 10115 Berlin, Allemagne", "〒104-0061, 1-2-3 Ginza, Tokyo, Japon"),
    ],
)
def test_a_country_is_named_if_it_is_another_than_the_companys(
    zone: str, phone: str, in_berlin: str, in_tokyo: str
) -> None:
    home = PortalSettings(time_zone=zone, contact_phone=phone).home_country
    with translation.override("fr"):
        assert (BERLIN.line_for_customers(home), TOKYO.line_for_customers(home)) == (in_berlin, in_tokyo)
        assert Account(street="Weg 5").line_for_customers(home) == "Weg 5"
