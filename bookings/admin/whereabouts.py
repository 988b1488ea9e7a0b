"""Lists that tell nobody where technicians are who may not know it."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    Base = ModelAdmin[Any]
else:
    Base = object

#: Where somebody is, is the business of those who send them there.
SEES_WHEREABOUTS = "bookings.view_position"
#: Fields of resources and of bookings that say where somebody is, or how far from a place.
ABOUT_PLACES = ("last_latitude", "last_longitude", "last_accuracy", "last_seen_at", "arrival_metres")


class AsksNoPlaces(Base):
    """A list that cannot be filtered by places without the right: who asks often enough knows one to the metre."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Refuse such a filter."""
        may_know = request is not None and request.user.has_perm(SEES_WHEREABOUTS)
        return (may_know or not lookup.startswith(ABOUT_PLACES)) and super().lookup_allowed(lookup, value, request)
