"""Settings > Customer Portal > Free messages: what staff wrote in their own words, and what became of it."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.lib.text import one_line
from fsportal.models.consent import Channel
from fsportal.settings_area.parts import ReadOnlyAdmin, company_moment, dot, list_link
from fsportal.settings_area.record_page import Facts, RecordPage
from notifications.admin.message_states import tone
from notifications.customers.conversations.messages import FREE_MESSAGE
from notifications.models import CustomerNotification, StaffMessage, State

SHORT = 100


@admin.register(StaffMessage)
class FreeMessageAdmin(RecordPage, ReadOnlyAdmin):
    """Without answers, which are in their conversations."""

    change_form_template = "admin/staff_message.html"
    list_display = ["short", "author", "written"]
    list_display_links = ["short"]
    list_select_related = ["author"]
    list_per_page = 50
    sortable_by = ()
    ordering = ["-written_at"]
    search_fields = ["subject", "body"]
    search_help_text = gettext_lazy("Subject or text")
    empty_words = gettext_lazy(
        "Nobody has written one yet. Write to one customer from the contact's page, or choose bookings in their list "
        "and press “Write to the customers”."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffMessage]:
        sent = CustomerNotification.objects.filter(staff_message=OuterRef("pk"), event=FREE_MESSAGE)
        return super().get_queryset(request).filter(Exists(sent))

    @admin.display(description=gettext_lazy("message"))
    def short(self, record: StaffMessage) -> str:
        return one_line(record.subject or record.body, SHORT) or "–"

    @admin.display(description=gettext_lazy("written"), ordering="written_at")
    def written(self, record: StaffMessage) -> str:
        return company_moment(record.written_at)

    def page_title(self, record: StaffMessage) -> str:
        return _("Free message, %(when)s") % {"when": company_moment(record.written_at)}

    def facts(self, record: StaffMessage) -> Facts:
        rows: Facts = [(_("Written by"), record.author or "–"), (_("Written"), company_moment(record.written_at))]
        return rows

    def details(self, request: HttpRequest, record: StaffMessage) -> dict[str, Any]:
        counted = CustomerNotification.objects.filter(staff_message=record).order_by()
        rows = counted.values_list("channel", "state").annotate(Count("pk")).order_by("channel", "state")
        counts = [
            (Channel(channel).label, dot(State(state).label, tone(state)), count) for channel, state, count in rows
        ]
        link: Any = ""
        if request.user.has_perm("notifications.view_customernotification"):
            link = list_link(
                "notifications.customernotification",
                _("Each message, with what became of it"),
                staff_message__id__exact=record.pk,
            )
        return {"counts": counts, "messages_link": link}
