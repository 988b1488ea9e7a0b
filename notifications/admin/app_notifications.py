"""Settings > In-app notifications: everybody's notifications, what the table stores, and sending one."""

import datetime as dt
from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.lib.choice_labels import choice_label
from fsportal.lib.text import one_line
from fsportal.models import AuditEntry, PortalSettings
from fsportal.settings_area.parts import GOOD, QUIET, WAITING, company_moment, dot, record_link, staff
from fsportal.settings_area.record_page import Facts, RecordPage
from notifications.admin.filters import AgeFilter, AppNotificationStateFilter, KindFilter, SenderFilter
from notifications.admin.send_form import SendForm
from notifications.admin.storage import AGES, storage
from notifications.inapp import staff_cards
from notifications.inapp.cards import NotificationCard
from notifications.inapp.errors import InvalidParameter, MissingPrivilege
from notifications.inapp.privileges import DELETE, SEND
from notifications.inapp.send import send_to_many
from notifications.models import AppNotification

VIEW_ALL = "notifications.view_global_appnotification"
LIST = "admin:notifications_appnotification_changelist"


@admin.register(AppNotification)
class AppNotificationAdmin(RecordPage):
    """Everybody's notifications, for those who may read all of them; one's own are under the bell."""

    may_add = False  # sending has a page of its own
    may_change = False
    change_form_template = "admin/app_notification.html"
    change_list_template = "admin/app_notification_list.html"
    list_display = ["what", "recipient", "sent_by", "state_dot", "created"]
    list_filter = [AppNotificationStateFilter, AgeFilter, SenderFilter, "priority", KindFilter]
    list_select_related = ["owner", "sender"]
    list_per_page = 50
    ordering = ["-created_on"]
    search_fields = ["title", "owner__username", "sender__username"]
    search_help_text = gettext_lazy("Title, or user name of recipient or sender")
    # Counts beside the choices of a filter would go through all rows each time.
    show_facets = admin.ShowFacets.NEVER

    # --- Who --------------------------------------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(VIEW_ALL)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(DELETE) and request.user.has_perm(VIEW_ALL)

    # --- The list ---------------------------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("title"), ordering="title")
    def what(self, record: AppNotification) -> SafeString:
        kind = next((str(kind.label) for kind in staff_cards.kinds() if kind.name == record.kind), record.kind)
        high = (
            format_html("<strong>{}</strong> ", choice_label(record, "priority"))
            if NotificationCard(record, _EVER).is_high
            else ""
        )
        second = format_html('<span class="second">{}{}</span>', high, kind) if high or kind else ""
        return format_html('<span dir="auto">{}</span>{}', one_line(record.title, 100), second)

    @admin.display(description=gettext_lazy("recipient"), ordering="owner__username")
    def recipient(self, record: AppNotification) -> str:
        return str(record.owner)

    @admin.display(description=gettext_lazy("sender"), ordering="sender__username")
    def sent_by(self, record: AppNotification) -> str:
        return str(record.sender) if record.sender else _("the portal itself")

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: AppNotification) -> SafeString:
        if record.dismissed_at is not None:
            return dot(_("dismissed"), QUIET)
        if record.expires_at <= timezone.now():
            return dot(_("expired"), QUIET)
        if record.snoozed_until is not None and record.snoozed_until > timezone.now():
            return dot(_("snoozed"), QUIET)
        return dot(_("not seen"), WAITING) if record.seen_at is None else dot(_("seen"), GOOD)

    @admin.display(description=gettext_lazy("created"), ordering="created_on")
    def created(self, record: AppNotification) -> str:
        return company_moment(record.created_on)

    def list_details(self, request: HttpRequest) -> dict[str, Any]:
        return {"may_send": request.user.has_perm(SEND)}

    # --- One --------------------------------------------------------------------------------------------------------
    def page_title(self, record: AppNotification) -> str:
        return _("Notification to %(user)s") % {"user": record.owner}

    def details(self, request: HttpRequest, record: AppNotification) -> dict[str, Any]:
        return {
            "card": NotificationCard(record, timezone.now()),
            "may_delete": self.has_delete_permission(request, record),
        }

    def facts(self, record: AppNotification) -> Facts:
        return [
            (_("Recipient"), record_link(record.owner)),
            (_("Sender"), record_link(record.sender) if record.sender else _("the portal itself")),
            (_("About"), record_link(record.regarding) if record.regarding_id else "–"),
            (_("Created"), company_moment(record.created_on)),
            (_("Expires"), company_moment(record.expires_at)),
            (_("Toast"), f"{choice_label(record, 'toast_type')}; {company_moment(record.toasted_at)}"),
            (_("Seen"), company_moment(record.seen_at)),
            (_("Snoozed until"), company_moment(record.snoozed_until)),
            (_("Taken by"), record_link(record.taken_by)),
            (_("Dismissed"), company_moment(record.dismissed_at)),
        ]

    # --- Pages of its own -------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        view = self.admin_site.admin_view
        return [
            path("storage/", view(self.storage_view), name="notifications_appnotification_storage"),
            path("send/", view(self.send_view), name="notifications_appnotification_send"),
            *super().get_urls(),
        ]

    def storage_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = storage()
        days = [age.days for age in AGES]
        words = [_("the last day")]
        pairs = pairwise(days)
        words += [_("%(from)d to %(to)d days") % {"from": first, "to": last} for first, last in pairs]
        words.append(_("older than %(days)d days") % {"days": days[-1]})
        context = {
            "storage": found,
            "size": filesizeformat(found.size),
            "ages": list(zip(words, found.ages, strict=True)),
            "at": company_moment(found.at),
        }
        return self._page(request, "admin/app_notification_storage.html", _("What notifications store"), context)

    def send_view(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(SEND) or request.method not in ("GET", "HEAD", "POST"):
            raise PermissionDenied
        form = SendForm(request.POST) if request.method == "POST" else SendForm.empty()
        if form.is_bound and form.is_valid() and self._send(request, form):
            leads_to = LIST if self.has_view_permission(request) else "notification-center"
            return HttpResponseRedirect(reverse(leads_to))
        context = {"form": form}
        return self._page(request, "admin/app_notification_send.html", _("Send an in-app notification"), context)

    def _send(self, request: HttpRequest, form: SendForm) -> bool:
        user = staff(request)
        if not PortalSettings.load().in_app_notifications:
            form.add_error(None, _("In-app notifications are switched off in Settings > Customer Portal."))
            return False
        try:
            made = send_to_many(form.draft(), form.recipients(), sender=user, sending=form.cleaned_data["sending"])
        except (InvalidParameter, MissingPrivilege) as refused:
            form.add_error(None, str(refused))
            return False
        if not made:
            messages.warning(request, _("Nothing new was sent: it was sent before, or nobody of these has a bell."))
            return True
        AuditEntry.note(user, "sent an in-app notification", by=user, why=f"{form.cleaned_data['title']} ({made})")
        words = ngettext("Sent to %(count)d user.", "Sent to %(count)d users.", made)
        messages.success(request, words % {"count": made})
        return True

    def _page(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        frame["may_see_all"] = self.has_view_permission(request)
        form = context.get("form")
        return TemplateResponse(request, template, frame | context, status=400 if form and form.errors else 200)


_EVER = dt.datetime.max.replace(tzinfo=dt.UTC)
