"""The Settings area: Django's admin, grouped as admins think. This file composes; it may look at every floor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from bookings import today
from fsportal.settings_area.sign_in import SignInForm
from notifications import health, test_message_views
from notifications.models import CustomerNotification

COUNTED_TO = 9999


@dataclass(frozen=True)
class Page:
    """A page of the Settings area that is no model: its address below /admin/, its name, who may see it."""

    url_name: str
    label: Any
    says: Any
    permission: str
    attention: Callable[[], int] = lambda: 0


@dataclass(frozen=True)
class Group:
    """One heading of the index: pages and models, in this order. A label of its own replaces the model's."""

    slug: str
    label: Any
    pages: tuple[Page, ...] = ()
    models: tuple[tuple[str, Any], ...] = ()


TODAY = Page(
    "today",
    _("Today"),
    _("Who is where, what is late, who has not been told, what could not be delivered."),
    "bookings.view_booking",
    today.attention,
)
HEALTH = Page(
    "health",
    _("Health"),
    _("Worker, queue, scheduled runs, and how email and SMS are connected."),
    "notifications.view_customernotification",
    health.attention,
)

GROUPS = [
    Group("today", _("Today"), (TODAY,)),
    Group(
        "bookings",
        _("Bookings"),
        models=(
            ("bookings.Booking", ""),
            ("bookings.WorkOrder", ""),
            ("bookings.Resource", ""),
            ("bookings.IncidentType", ""),
            ("bookings.WorkOrderType", ""),
            ("bookings.BookingImport", ""),
        ),
    ),
    Group(
        "customer-portal",
        _("Customer Portal"),
        models=(
            ("fsportal.PortalSettings", _("Settings")),
            ("notifications.CustomerNotification", _("Notifications")),
            ("bookings.BookingNotificationCode", _("Booking Notification Codes")),
            ("fsportal.Contact", _("Contacts")),
            ("fsportal.Account", _("Accounts")),
            ("portal.Invitation", _("Invitations")),
            ("portal.WebRole", _("Web Roles")),
        ),
    ),
    Group("in-app", _("In-app notifications"), models=(("notifications.AppNotification", ""),)),
    Group(
        "people",
        _("People and access"),
        models=(
            ("fsportal.User", ""),
            ("auth.Group", ""),
            ("fsportal.BusinessUnit", ""),
            ("fsportal.ApiToken", ""),
            ("fsportal.AuditEntry", ""),
        ),
    ),
    Group("health", _("Health"), (HEALTH,)),
]
#: The one record of these is a page, not a list.
UNCOUNTED = {"PortalSettings"}


class SettingsSite(admin.AdminSite):
    """Django admin as the portal's Settings area."""

    site_header = _("Settings")
    login_form = SignInForm
    site_title = _("Settings")
    index_title = _("Settings")
    index_template = "admin/settings_index.html"

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the pages that are no models."""
        pages = [
            path("today/", self.admin_view(self._page(today.page)), name="today"),
            path("health/", self.admin_view(self._page(health.page)), name="health"),
            path("test-email/", self.admin_view(test_message_views.test_email), name="test-email"),
            path("test-sms/", self.admin_view(test_message_views.test_sms), name="test-sms"),
        ]
        return [*pages, *super().get_urls()]

    def _page(self, view: Callable[[HttpRequest, dict[str, Any]], HttpResponse]) -> Callable[..., HttpResponse]:
        def inner(request: HttpRequest) -> HttpResponse:
            return view(request, self.each_context(request))

        return inner

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return our groups in the shape of Django's apps; one app's own page keeps Django's list."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        known = self._visible_models(request)
        groups = [self._group(request, group, known) for group in GROUPS]
        if known:  # what no group names yet must not be lost
            rest = sorted(known.values(), key=lambda model: str(model["name"]))
            groups.append({"name": _("More"), "app_label": "more", "app_url": "", "models": rest, "pages": []})
        return [group for group in groups if group["models"] or group["pages"]]

    def _visible_models(self, request: HttpRequest) -> dict[str, Any]:
        found = self._build_app_dict(request).values()
        return {model["model"]._meta.label: model for app in found for model in app["models"]}

    def _group(self, request: HttpRequest, group: Group, known: dict[str, Any]) -> dict[str, Any]:
        rows = []
        for label, name in group.models:
            if (model := known.pop(label, None)) is not None:
                rows.append({**model, "name": name or model["name"]})
        return {
            "name": group.label,
            "app_label": group.slug,
            "app_url": "",
            "models": rows,
            "pages": [
                {"name": page.label, "url": reverse(f"admin:{page.url_name}"), "page": page}
                for page in group.pages
                if request.user.has_perm(page.permission)
            ],
        }

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the groups with their counts, one query each."""
        groups = self.get_app_list(request)
        for group in groups:
            for row in group["models"]:
                row["count"] = None if row["object_name"] in UNCOUNTED else _count(row["model"])
            for page in group["pages"]:
                page["attention"] = page["page"].attention()
        return super().index(
            request, {"app_list": groups, "undelivered": _undelivered(request), **(extra_context or {})}
        )


def _count(model: type[models.Model]) -> str:
    # Counted to a limit: the whole of a log of millions would take seconds, and nobody reads the digits.
    number = model._default_manager.order_by()[: COUNTED_TO + 1].count()
    return f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)


def _undelivered(request: HttpRequest) -> int:
    if not request.user.has_perm("notifications.view_customernotification"):
        return 0
    return CustomerNotification.objects.needing_attention()[: COUNTED_TO + 1].count()
