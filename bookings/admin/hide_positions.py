"""Lists that show technicians' positions only to those who dispatch them."""

from django.http import HttpRequest

from fsportal.settings_area.parts import AnyAdmin

#: Only those who send technicians somewhere may see where they are.
SEES_WHEREABOUTS = "bookings.view_position"
#: Fields of resources and of bookings that say where somebody is, or how far from a place.
ABOUT_PLACES = ("last_latitude", "last_longitude", "last_accuracy", "last_seen_at", "arrival_metres")


class AsksNoPlaces(AnyAdmin):
    """A list that only those with the right may filter by place: enough queries would narrow it to the metre."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        may_know = request is not None and request.user.has_perm(SEES_WHEREABOUTS)
        return (may_know or not lookup.startswith(ABOUT_PLACES)) and super().lookup_allowed(lookup, value, request)
