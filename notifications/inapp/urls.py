"""Addresses of the notification center."""

from django.urls import path

from notifications.inapp import opening

urlpatterns = [
    path("open", opening.open_link, name="notification-open"),
]
