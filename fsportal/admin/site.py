"""The Settings area: Django's admin with an index of our own, which index.py composes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.account import views as account_views
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from fsportal.admin import first_hour, navigation
from fsportal.admin.navigation import Attention
from fsportal.refusals import note_refusal

#: What needs somebody is counted up to here: a log of millions would take seconds, and nobody reads the digits.
COUNTED_TO = 999


@dataclass(frozen=True)
class IndexPage:
    """A page of the Settings area that belongs to no model."""

    url_name: str
    label: Any
    says: Any
    permission: str


@dataclass(frozen=True)
class Endpoint:
    """A path below /admin/ that belongs to no model. `view` takes the site's context unless it is `bare`."""

    path: str
    url_name: str
    view: Callable[..., HttpResponse]
    bare: bool = False


@dataclass(frozen=True)
class IndexGroup:
    """A job of the navigation: lists of models, then pages. A model's label, if given, replaces its own name.

    `icon` names a symbol of static/img/icons.svg.
    """

    slug: str
    label: Any
    icon: str
    section: Any = ""
    pages: tuple[IndexPage, ...] = ()
    models: tuple[tuple[str, Any], ...] = ()


class SettingsSite(admin.AdminSite):
    """Django admin as the portal's Settings area."""

    site_header = _("Settings")
    site_title = _("Settings")
    index_title = _("Home")
    index_template = "admin/settings_index.html"
    groups: Sequence[IndexGroup] = ()
    endpoints: Sequence[Endpoint] = ()
    attention: Sequence[Attention] = ()

    def compose(
        self, groups: Sequence[IndexGroup], endpoints: Sequence[Endpoint], attention: Sequence[Attention]
    ) -> None:
        """Set jobs, further pages and what may need somebody. Called after every app's admin, before the URLs load."""
        self.groups, self.endpoints, self.attention = groups, endpoints, attention

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show the jobs, and above them what is left of the first hour."""
        return super().index(request, first_hour.on_index(request) | (extra_context or {}))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Redirect to the portal's one sign-in and back; signed-in customers read that this area is for staff."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            # The first page is where one begins, not a page that one wanted: each lands where their role works.
            is_beginning = wanted == reverse("admin:index")
            return HttpResponseRedirect(resolve_url(settings.LOGIN_URL)) if is_beginning else redirect_to_login(wanted)
        if not self.has_permission(request):
            note_refusal(request)
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

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the navigation and who is signed in."""
        context = super().each_context(request)
        if not context["has_permission"]:
            return context
        on_index = request.path == reverse("admin:index")
        lines = navigation.attention_lines(request, self.attention, on_index=on_index)
        sections = navigation.sections(context["available_apps"], request.path, lines)
        return context | {
            "attention_lines": lines,
            "navigation": sections,
            "page_name": navigation.page_name(sections),
            "roles": roles_of(request.user),
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return our groups in the shape of Django's apps; the page of a single app keeps Django's list."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        known = self._visible_models(request)
        groups = [self._group(request, group, known) for group in self.groups]
        if known:
            rest = sorted(known.values(), key=lambda model: str(model["name"]))
            groups.append({**navigation.MORE, "models": rest})
        return [group for group in groups if group["models"] or group["pages"]]

    def _visible_models(self, request: HttpRequest) -> dict[str, Any]:
        found = self._build_app_dict(request).values()
        return {model["model"]._meta.label: model for app in found for model in app["models"]}

    def _group(self, request: HttpRequest, group: IndexGroup, known: dict[str, Any]) -> dict[str, Any]:
        rows = []
        for label, name in group.models:
            if (model := known.pop(label, None)) is not None:
                rows.append({**model, "name": name or capfirst(model["name"])})
        return {
            "name": group.label,
            "app_label": group.slug,
            "app_url": "",
            "icon": group.icon,
            "section": group.section,
            "models": rows,
            "pages": [
                {"name": page.label, "url": reverse(f"admin:{page.url_name}"), "page": page}
                for page in group.pages
                if request.user.has_perm(page.permission)
            ],
        }


def roles_of(user: Any) -> list[str]:
    """Return the roles of a user in words."""
    if user.is_superuser:
        return [str(_("all rights"))]
    return list(user.groups.order_by("name").values_list("name", flat=True))
