"""What geocoders answered, so that nobody is asked twice about the same address."""

from django.db import models


class GeocodedAddress(models.Model):
    """One answer. The address itself is not kept, only its key (Address.address_key)."""

    key = models.CharField(max_length=32, primary_key=True)
    #: None if no geocoder knows the address.
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    precision = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=20, blank=True)
    #: Until when it is believed, or its licence lets us keep it.
    until = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()  # internal; no page shows it

    def __str__(self) -> str:
        return f"{self.key[:8]}… ({self.source or 'unknown'})"

    @property
    def is_precise(self) -> bool:
        """Tell whether it is a house or a street, and not only a town."""
        return self.latitude is not None and self.precision in ("house", "street")
