"""Addresses of the technician's page."""

from django.urls import path

from bookings.technician import views

urlpatterns = [
    path("", views.day, name="technician"),
    path("taps/", views.taps, name="technician-taps"),
    path("tracker/", views.tracker, name="technician-tracker"),
    path("tracker/connect/", views.connect_tracker, name="technician-tracker-connect"),
    path("calendar/", views.calendar, name="technician-calendar"),
    path("calendar/connect/", views.connect_calendar, name="technician-calendar-connect"),
    path("worker.js", views.worker, name="technician-worker"),
]
