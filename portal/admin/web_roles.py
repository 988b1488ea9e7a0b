"""Settings > Customer Portal > Web Roles: the roles, who has them, and Related > Web Roles of a contact.

Roles are given and taken away by the model's verbs only, so that the audit trail has it.
"""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.models import AuditEntry, Contact, User
from fsportal.settings_area.parts import change_url
from fsportal.settings_area.record_page import RecordPage
from portal.admin.forms import AddContactsForm, AddRoleForm
from portal.models import WebRole

CHANGE = "portal.change_webrole"
OF_CONTACT = "admin:portal_webrole_of_contact"
PER_PAGE = 50


@admin.register(WebRole)
class WebRoleAdmin(RecordPage):
    """The web roles. The one that the portal itself asks for is neither renamed nor deleted."""

    change_form_template = "admin/web_role.html"
    list_display = ["name", "description", "people"]
    search_fields = ["name", "description"]
    fields = ["name", "description"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request).annotate(number_of_contacts=Count("contacts"))
        return found.order_by("name")  # an aggregate in the query drops the model's own order

    @admin.display(description=gettext_lazy("contacts"), ordering="number_of_contacts")
    def people(self, record: Any) -> int:
        return int(record.number_of_contacts)

    def get_readonly_fields(self, request: HttpRequest, obj: WebRole | None = None) -> list[str]:
        return ["name"] if obj and obj.is_built_in else []

    def has_delete_permission(self, request: HttpRequest, obj: WebRole | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_built_in)

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        """Add the page of one contact's roles, and the URL that a role's own page posts to."""
        of_contact = self.admin_site.admin_view(self.of_contact)
        contacts = self.admin_site.admin_view(self.contacts_of_role)
        return [
            path("of-contact/<uuid:contact_id>/", of_contact, name="portal_webrole_of_contact"),
            path("<int:role_id>/contacts/", contacts, name="portal_webrole_contacts"),
            *super().get_urls(),
        ]

    # --- From the role's side ---------------------------------------------------------------------------------------

    def details(self, request: HttpRequest, record: WebRole) -> dict[str, Any]:
        may_change = request.user.has_perm(CHANGE)
        form = AddContactsForm() if may_change else None
        return {
            "people": self._people(request, record) if request.user.has_perm("fsportal.view_contact") else None,
            "add_form": form,
            "may_change": may_change,
            # The form is not Django's own, so its look-up box has to bring its files.
            "media": self.media + form.media if form else self.media,
        }

    def _people(self, request: HttpRequest, role: WebRole) -> Any:
        people = role.contacts.select_related("account").order_by("name", "pk")
        return Paginator(people, PER_PAGE).get_page(request.GET.get("people"))

    def contacts_of_role(self, request: HttpRequest, role_id: int) -> HttpResponse:
        """Give the role to contacts, or take it away from the one in `remove` (POST)."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        role = get_object_or_404(WebRole, pk=role_id)
        user = _who_may(request, "fsportal.view_contact")
        if "remove" in request.POST:
            self._take_away(request, role, _contact(request.POST["remove"]), user)
            return HttpResponseRedirect(change_url(role))
        form = AddContactsForm(request.POST)
        if not form.is_valid():
            request.method = "GET"  # what was posted is not the role's own form
            return self._as_refused(self.change_view(request, str(role_id), extra_context={"add_form": form}))
        new = sum(role.give(contact, by=user) for contact in form.cleaned_data["contacts"])
        words = ngettext("%(number)d contact has it now.", "%(number)d contacts more have it now.", new)
        self.message_user(request, words % {"number": new}, messages.SUCCESS)
        return HttpResponseRedirect(change_url(role))

    def _as_refused(self, response: HttpResponse) -> HttpResponse:
        response.status_code = 400
        return response

    def _take_away(self, request: HttpRequest, role: WebRole, contact: Contact, user: User) -> None:
        role.take_away(contact, by=user)
        words = _("%(contact)s does not have the web role %(role)s any more.") % {"contact": contact, "role": role}
        self.message_user(request, words, messages.SUCCESS)

    # --- From the contact's side: Related > Web Roles -----------------------------------------------------------------

    def of_contact(self, request: HttpRequest, contact_id: uuid.UUID) -> HttpResponse:
        """Show the roles of a contact; POST adds one (`role`) or takes one away (`remove`)."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        contact = get_object_or_404(Contact.objects.select_related("account"), pk=contact_id)
        if not (request.user.has_perm("portal.view_webrole") and request.user.has_perm("fsportal.view_contact")):
            raise PermissionDenied
        if request.method != "POST":
            return self._page_of_contact(request, contact, AddRoleForm(contact=contact))
        user = _who_may(request, "fsportal.view_contact")
        if "remove" in request.POST:
            self._take_away(request, _role(request.POST["remove"]), contact, user)
            return HttpResponseRedirect(reverse(OF_CONTACT, args=[contact.pk]))
        form = AddRoleForm(request.POST, contact=contact)
        if not form.is_valid():
            return self._page_of_contact(request, contact, form, status=400)
        role = form.cleaned_data["role"]
        role.give(contact, by=user)
        words = _("%(contact)s has the web role %(role)s.") % {"contact": contact, "role": role}
        self.message_user(request, words, messages.SUCCESS)
        return HttpResponseRedirect(reverse(OF_CONTACT, args=[contact.pk]))

    def _page_of_contact(
        self, request: HttpRequest, contact: Contact, form: forms.Form, *, status: int = 200
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Web Roles of %(contact)s") % {"contact": contact.name},
            "contact": contact,
            "contact_url": change_url(contact),
            "roles": [(role, change_url(role)) for role in contact.web_roles.all()],
            "form": form,
            "is_more": form.fields["role"].queryset.exists(),  # type: ignore[attr-defined]
            "may_change": request.user.has_perm(CHANGE),
            "trail": AuditEntry.of(contact).filter(action__startswith="web role"),
        }
        return TemplateResponse(request, "admin/web_roles_of_contact.html", context, status=status)


def _who_may(request: HttpRequest, also: str) -> User:
    user = request.user
    if not isinstance(user, User) or not user.has_perm(CHANGE) or not user.has_perm(also):
        raise PermissionDenied
    return user


def _contact(key: str) -> Contact:
    try:
        return get_object_or_404(Contact, pk=uuid.UUID(key))
    except ValueError:
        raise Http404 from None


def _role(key: str) -> WebRole:
    if not key.isdecimal() or len(key) > 9:
        raise Http404
    return get_object_or_404(WebRole, pk=int(key))
