"""URLs of the technician's page, of trackers and of calendar feeds."""

from django.urls import include, path

from bookings.feeds import views as feeds
from bookings.tracking import views as tracking

urlpatterns = [
    path("track/", tracking.track, name="track"),
    path("track", tracking.track),  # typed into an app without the slash: a redirect would lose what it posts
    path("calendar/<str:code>.ics", feeds.feed, name="calendar-feed"),
    path("technician/position/", tracking.position, name="technician-position"),
    path("technician/", include("bookings.technician.urls")),
]
