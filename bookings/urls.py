"""URLs of the technician's page and of trackers."""

from django.urls import include, path

from bookings.tracking import views as tracking

urlpatterns = [
    path("track/", tracking.track, name="track"),
    path("track", tracking.track),  # typed into an app without the slash: a redirect would lose what it posts
    path("technician/position/", tracking.position, name="technician-position"),
    path("technician/", include("bookings.technician.urls")),
]
