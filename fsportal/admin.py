"""The Settings area: Django's admin, grouped as admins think. This file composes; it may look at every floor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account import views as account_views
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from bookings import day_map_page, today
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
    _("Who is where, what is late, what customers ask, who has not been told, what could not be delivered."),
    "bookings.view_booking",
    today.attention,
)
DAY_MAP = Page(
    "day-map",
    _("Map of the day"),
    _("Where each technician was last seen, what they are at, what is next, and whether that is late."),
    day_map_page.MAY_SEE,
)
HEALTH = Page(
    "health",
    _("Health"),
    _("Worker, queue, scheduled runs, and how email and SMS are connected."),
    "notifications.view_customernotification",
    health.attention,
)

GROUPS = [
    Group("today", _("Today"), (TODAY, DAY_MAP)),
    Group(
        "bookings",
        _("Bookings"),
        models=(
            ("bookings.Booking", ""),
            ("bookings.WorkOrder", ""),
            ("bookings.Resource", ""),
            ("bookings.Tracker", ""),
            ("bookings.Position", ""),
            ("bookings.IncidentType", ""),
            ("bookings.WorkOrderType", ""),
            ("bookings.BookingImport", ""),
            ("bookings.CustomerNote", ""),
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
            ("portal.Redemption", _("Redemptions")),
            ("portal.InvitedAddress", _("Invited addresses")),
            ("portal.WebRole", _("Web Roles")),
            ("bookings.Feedback", _("Feedback")),
        ),
    ),
    Group(
        "in-app",
        _("In-app notifications"),
        models=(("notifications.AppNotification", ""), ("notifications.UploadedIcon", "")),
    ),
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
    site_title = _("Settings")
    index_title = _("Settings")
    index_template = "admin/settings_index.html"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the one sign-in of the portal, and back; tell who is signed in and not of the staff that it is so."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not self.has_permission(request):
            return render(request, "admin/not_staff.html", status=403)
        safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
        return HttpResponseRedirect(wanted if safe else reverse("admin:index"))

    def logout(  # type: ignore[override]  # the stub knows only Django's own answer
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign out as everywhere else in the portal."""
        return account_views.logout(request)  # type: ignore[no-any-return]  # allauth ships no types

    def password_change(  # type: ignore[override]  # see above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the one page for it, which tells the user by email."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Add the pages that are no models."""
        pages = [
            path("today/", self.admin_view(self._page(today.page)), name="today"),
            path("map/", self.admin_view(self._page(day_map_page.page)), name="day-map"),
            path("map/now/", self.admin_view(self._page(day_map_page.now)), name="day-map-now"),
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
