"""Addresses of the notifications app."""

from django.urls import path

from notifications.customers import webhooks

urlpatterns = [
    path("unsubscribe/<str:token>/", webhooks.sms_status, name="unsubscribe"),
    path("hooks/sms/<uuid:pk>/", webhooks.sms_status, name="sms-status"),
]
