"""Whose public holidays a technician has: "GB", or with a region "DE-BY" (ISO 3166)."""

import holidays
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def validate_holiday_code(value: str) -> None:
    """Raise ValidationError with a sentence unless the library knows this country and region."""
    country, dash, region = value.upper().partition("-")
    regions = holidays.list_supported_countries().get(country)
    if regions is None:
        raise ValidationError(
            _("No public holidays are known of “%(code)s”. Write a country, such as GB, or a region too, as in DE-BY.")
            % {"code": value[:10]}
        )
    if dash and region not in regions:
        known = ", ".join(f"{country}-{name}" for name in regions[:20]) or _("none")
        raise ValidationError(
            _("%(country)s has no region “%(region)s” with holidays of its own. Known are: %(known)s.")
            % {"country": country, "region": region[:10], "known": known}
        )
