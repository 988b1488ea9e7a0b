"""Addresses of the notifications app."""

from django.urls import include, path

from notifications.customers import views, webhooks
from notifications.customers.receipts import provider_webhook
from notifications.inapp import icons

urlpatterns = [
    path("notifications/", include("notifications.inapp.urls")),
    path("WebResources/<path:name>", icons.icon, name="web-resource"),
    path("api/data/", include("notifications.web_api.urls")),
    path("unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", views.resubscribe, name="unsubscribe-undo"),
    path("hooks/sms/inbound/", webhooks.sms_inbound, name="sms-inbound"),
    path("hooks/texts/", webhooks.text_inbound, name="text-inbound"),
    path("hooks/email/<slug:name>/", provider_webhook.email_reports, name="email-reports"),
    path("hooks/sms/<uuid:pk>/", webhooks.sms_status, name="sms-status"),
]
