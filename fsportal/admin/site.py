"""The Settings area: Django's admin with an index of our own, which index.py composes."""

from collections.abc import Callable, Sequence
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

COUNTED_TO = 9999


@dataclass(frozen=True)
class IndexPage:
    """A page of the Settings area that belongs to no model."""

    url_name: str
    label: Any
    says: Any
    permission: str
    attention: Callable[[], int] = lambda: 0


@dataclass(frozen=True)
class Endpoint:
    """A path below /admin/ that belongs to no model. `view` takes the site's context unless it is `bare`."""

    path: str
    url_name: str
    view: Callable[..., HttpResponse]
    bare: bool = False


@dataclass(frozen=True)
class IndexGroup:
    """One heading of the index: pages, then models. A model's label, if given, replaces its own name."""

    slug: str
    label: Any
    pages: tuple[IndexPage, ...] = ()
    models: tuple[tuple[str, Any], ...] = ()


#: Models with one record, or whose page lists something else: there is nothing to count.
UNCOUNTED = {"PortalSettings", "MessageTemplate"}


class SettingsSite(admin.AdminSite):
    """Django admin as the portal's Settings area."""

    site_header = _("Settings")
    site_title = _("Settings")
    index_title = _("Settings")
    index_template = "admin/settings_index.html"
    groups: Sequence[IndexGroup] = ()
    endpoints: Sequence[Endpoint] = ()
    notices: Callable[[HttpRequest], dict[str, Any]] = staticmethod(lambda request: {})

    def compose(
        self,
        groups: Sequence[IndexGroup],
        endpoints: Sequence[Endpoint],
        notices: Callable[[HttpRequest], dict[str, Any]],
    ) -> None:
        """Set what the index shows, and its further pages. Called after every app's admin, before the URLs are loaded.

        `notices` returns more context for the template of the index.
        """
        self.groups, self.endpoints, self.notices = groups, endpoints, notices

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the portal's one sign-in and back; signed-in customers read that this area is for staff."""
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
        return account_views.logout(request)  # type: ignore[no-any-return]  # allauth ships no types

    def password_change(  # type: ignore[override]  # see above
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the portal's own page, which also notifies the user by email."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        pages = [
            path(one.path, self.admin_view(one.view if one.bare else self._page(one.view)), name=one.url_name)
            for one in self.endpoints
        ]
        return [*pages, *super().get_urls()]

    def _page(self, view: Callable[[HttpRequest, dict[str, Any]], HttpResponse]) -> Callable[..., HttpResponse]:
        def inner(request: HttpRequest) -> HttpResponse:
            return view(request, self.each_context(request))

        return inner

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return our groups in the shape of Django's apps; the page of a single app keeps Django's list."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        known = self._visible_models(request)
        groups = [self._group(request, group, known) for group in self.groups]
        if known:  # a model that no group names yet must not be lost
            rest = sorted(known.values(), key=lambda model: str(model["name"]))
            groups.append({"name": _("More"), "app_label": "more", "app_url": "", "models": rest, "pages": []})
        return [group for group in groups if group["models"] or group["pages"]]

    def _visible_models(self, request: HttpRequest) -> dict[str, Any]:
        found = self._build_app_dict(request).values()
        return {model["model"]._meta.label: model for app in found for model in app["models"]}

    def _group(self, request: HttpRequest, group: IndexGroup, known: dict[str, Any]) -> dict[str, Any]:
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
        return super().index(request, {"app_list": groups, **self.notices(request), **(extra_context or {})})


def _count(model: type[models.Model]) -> str:
    # Counted up to a limit: a log of millions would take seconds, and nobody reads the digits.
    number = model._default_manager.order_by()[: COUNTED_TO + 1].count()
    return f"{COUNTED_TO}+" if number > COUNTED_TO else str(number)
