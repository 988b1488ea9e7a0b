"""Booking a new appointment, a step at a time."""

from django.urls import path

from portal.access.earlier_forms import also_by
from portal.booking import views

EARLIER = {"when": views.times, "check": views.check, "book": views.make}
urlpatterns = [
    path("", also_by("step", views.what, EARLIER), name="book"),
    path("times/", views.times, name="book-times"),
    path("check/", views.check, name="book-check"),
    path("make/", views.make, name="book-make"),
    path("ask/", views.ask, name="book-ask"),
    path("asked/", views.asked, name="book-asked"),
    path("done/<uuid:pk>/", views.done, name="book-done"),
]
