"""Addresses of technicians and their trackers."""

from django.urls import path

from bookings.tracking import views as tracking

urlpatterns = [
    path("track/", tracking.track, name="track"),
    path("technician/position/", tracking.position, name="technician-position"),
]
