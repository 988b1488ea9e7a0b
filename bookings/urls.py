"""Addresses of the people who do the work."""

from django.urls import include, path

urlpatterns = [
    path("technician/", include("bookings.technician.urls")),
]
