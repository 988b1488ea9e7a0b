"""The root URL list."""

from django.contrib import admin
from django.urls import include, path

from fsportal import health, refusals, unavailable
from fsportal.metrics.page import metrics

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.sign_in.urls")),
    path("", include("notifications.urls")),
    path("", include("bookings.urls")),
    path("", include("portal.urls")),
]

handler403 = refusals.permission_denied
handler500 = unavailable.server_error
