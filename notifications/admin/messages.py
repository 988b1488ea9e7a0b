"""Settings > Customer Portal > Notifications: the read-only log of all messages to customers."""

import csv
import datetime as dt
from typing import Any

from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.lib.choice_labels import choice_label
from fsportal.lib.text import csv_cell, one_line
from fsportal.settings_area.actions import ActionRefused, ConfirmForm, RecordAction
from fsportal.settings_area.company_zone import current_zone
from fsportal.settings_area.filters import choice_filter
from fsportal.settings_area.parts import ReadOnlyAdmin, company_moment, dot, masked_address, record_link, staff
from fsportal.settings_area.record_page import Facts, RecordPage
from notifications.admin import charts
from notifications.admin.email_view import sandboxed
from notifications.admin.message_search import OF_CONTACT, found
from notifications.admin.message_states import tone, what_to_do
from notifications.admin.message_words.edited import version_link
from notifications.customers import holding, kinds, naming, outbox
from notifications.customers.naming import SubjectName
from notifications.customers.rendering import email_as_seen
from notifications.models import CustomerNotification, Reason, State

EXPORT_LIMIT = 50_000
NAME_LIMIT = 60
#: Others see addresses masked, and do not look for them.
READS_ADDRESSES = "fsportal.view_contact"


AttentionFilter = choice_filter(
    gettext_lazy("attention"),
    "attention",
    {"yes": (gettext_lazy("Needs attention"), lambda messages, _request: messages.unsettled())},
)
#: The second condition is that of the index outbox_by_reason.
ReasonFilter = choice_filter(
    gettext_lazy("reason"),
    "reason",
    lambda: {value: (label, Q(reason=value) & ~Q(reason="")) for value, label in Reason.choices},
)
HeldFilter = choice_filter(
    gettext_lazy("restore"),
    "held",
    {"yes": (gettext_lazy("Held since a restore"), Q(held_at__isnull=False, state__in=State.open()))},
)
EventFilter = choice_filter(
    gettext_lazy("event"), "event", lambda: {event: (label, Q(event=event)) for event, label in kinds.choices()}
)


def _send_again(request: HttpRequest, record: CustomerNotification, data: dict[str, Any]) -> str:
    try:
        outbox.send_again(record, by=staff(request))
    except ValueError as error:
        raise ActionRefused(_("This message has not ended yet; it may still go out by itself.")) from error
    return _("A copy is on its way. It is checked first: what is no longer true is not sent.")


def _release(request: HttpRequest, record: CustomerNotification, data: dict[str, Any]) -> str:
    holding.release(record, by=staff(request))
    return _("It is on its way. It is checked first: what is no longer true is not sent.")


def _drop(request: HttpRequest, record: CustomerNotification, data: dict[str, Any]) -> str:
    holding.drop(record, by=staff(request), now=timezone.now())
    return _("It is not sent. What it says counts as told.")


def _is_held(record: CustomerNotification) -> bool:
    return record.held_at is not None and record.state == State.QUEUED


@admin.register(CustomerNotification)
class NotificationAdmin(RecordPage, ReadOnlyAdmin):
    facts_on_forms = 0
    change_form_template = "admin/message.html"
    change_list_template = "admin/message_list.html"
    list_display = ["contact_and_address", "visit", "message", "state_and_why", "created"]
    more_columns = ("subject", "attempts_made", "segments", "finished")
    list_display_links = ["contact_and_address", "message"]
    list_filter = [AttentionFilter, HeldFilter, "state", EventFilter, "channel", ReasonFilter]
    # Any other order would sort a million rows.
    sortable_by = ["created"]
    list_select_related = ["contact"]
    list_per_page = 50
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    search_fields = [f"contact__{name}" for name in OF_CONTACT]
    search_help_text = gettext_lazy(
        "Contact (with first and last name if many are called so) or the provider's id; addresses, subjects and words"
        " are looked for in the newest 5,000 messages"
    )
    actions = ["export_csv"]
    takes_many = frozenset({"export_csv"})
    record_actions = [
        RecordAction(
            "send-again",
            gettext_lazy("Send again"),
            _send_again,
            "notifications.send_again",
            possible=lambda record: record.state not in State.open(),
            form=ConfirmForm,
            explains=gettext_lazy(
                "A copy is queued and checked like any other message: what is not true any more is not sent."
            ),
            bulk=True,
        ),
        RecordAction(
            "release",
            gettext_lazy("Send"),
            _release,
            "notifications.send_again",
            possible=_is_held,
            form=ConfirmForm,
            explains=gettext_lazy("The database was restored. If this had gone out before, it is sent a second time."),
            bulk=True,
        ),
        RecordAction(
            "drop",
            gettext_lazy("Do not send"),
            _drop,
            "notifications.send_again",
            possible=_is_held,
            form=ConfirmForm,
            explains=gettext_lazy("It had gone out before the database was restored; what it says counts as told."),
            bulk=True,
        ),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        reads = request.user.has_perm(READS_ADDRESSES)
        return (queryset.filter(pk__in=found(search_term, by_address=reads)) if search_term else queryset), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Refuse to look for addresses to those who read them masked."""
        reads = request is not None and request.user.has_perm(READS_ADDRESSES)
        return (reads or lookup.partition("__")[0] != "to") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("contact"), ordering="contact__name")
    def contact_and_address(self, record: CustomerNotification) -> SafeString:
        name = one_line(record.contact.name, NAME_LIMIT) if record.contact else _("Nobody")
        return format_html('{}<bdi class="second" dir="ltr">{}</bdi>', name, _address(record))

    @admin.display(description=gettext_lazy("about"))
    def visit(self, record: CustomerNotification) -> SafeString | str:
        """Return the visit by work order, account and time; of other subjects their kind."""
        if not record.regarding_type_id:
            return "–"
        named: SubjectName | None = getattr(record, "subject_name", None)
        if named is None:
            return str(ContentType.objects.get_for_id(record.regarding_type_id))
        return format_html('{}<span class="second">{}</span>', named.name, named.about)

    @admin.display(description=gettext_lazy("finished"))
    def finished(self, record: CustomerNotification) -> str:
        return company_moment(record.finished_at)

    @admin.display(description=gettext_lazy("message"), ordering="event")
    def message(self, record: CustomerNotification) -> str:
        return f"{kinds.label_of(record.event)}, {choice_label(record, 'channel')}"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_and_why(self, record: CustomerNotification) -> SafeString:
        reason = _("Held since a restore") if _is_held(record) else record.reason and choice_label(record, "reason")
        why = format_html('<span class="quiet">{}</span>', reason) if reason else ""
        return format_html("{}{}", self.state_dot(record), why)

    def state_dot(self, record: CustomerNotification) -> SafeString:
        return dot(choice_label(record, "state"), tone(record.state))

    @admin.display(description=gettext_lazy("created"), ordering="created_at")
    def created(self, record: CustomerNotification) -> str:
        return company_moment(record.created_at)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        """Name what the messages are about, and tell whether this user may read whole addresses."""
        shows_address = request.user.has_perm(READS_ADDRESSES)
        names = naming.subject_names(rows, lambda label: request.user.has_perm(label.replace(".", ".view_")))
        for row in rows:
            row.shows_address = shows_address
            row.subject_name = names.get((row.regarding_type_id, row.regarding_id))

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[CustomerNotification]) -> HttpResponse:
        """Return the chosen messages with masked addresses, and no cell that a spreadsheet would run as a formula."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="notifications.csv"'
        response.write("\ufeff")  # without the byte order mark Excel does not read UTF-8
        writer = csv.writer(response)
        names = ["created", "contact", "event", "channel", "state", "why", "sent to", "subject", "finished"]
        zone = zones.plain_label(current_zone(), "en")
        writer.writerow([*names, f"created, {zone}", f"finished, {zone}"])
        for record in queryset.select_related("contact")[:EXPORT_LIMIT]:
            writer.writerow([csv_cell(value) for value in self._row(record)])
        return response

    def _row(self, record: CustomerNotification) -> list[str]:
        return [
            _iso(record.created_at),
            record.contact.name if record.contact else "",
            kinds.label_of(record.event),
            choice_label(record, "channel"),
            choice_label(record, "state"),
            choice_label(record, "reason") if record.reason else "",
            masked_address(record.to),
            record.subject,
            _iso(record.finished_at),
            _local(record.created_at),
            _local(record.finished_at),
        ]

    def list_details(self, request: HttpRequest) -> dict[str, Any]:
        unsettled = CustomerNotification.objects.unsettled().order_by()
        # Whoever has searched or filtered looks for a message, not for how the last two weeks were.
        shown = {} if request.GET else {"charts": charts.last_days(timezone.now())}
        return {**shown, "held": holding.held()[:1000].count(), "unsettled": unsettled[:1000].count()}

    # --- One message ------------------------------------------------------------------------------------------------
    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        view = self.admin_site.admin_view(self.email_view)
        return [path("<path:object_id>/email/", view, name="notifications_email"), *super().get_urls()]

    def email_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return an email as the customer saw it, for a frame; `?dark=1` as on a phone in dark mode."""
        record = self.get_object(request, object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        html = email_as_seen(record) if record else ""
        if not html:
            raise Http404
        return sandboxed(html, dark=request.GET.get("dark") == "1")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        record = super().get_object(request, object_id, from_field)
        if record is not None:
            record.shows_address = request.user.has_perm(READS_ADDRESSES)
        return record

    def page_title(self, record: CustomerNotification) -> str:
        return self.message(record)

    def details(self, request: HttpRequest, record: CustomerNotification) -> dict[str, Any]:
        return {
            "to_do": what_to_do(record.reason) if record.reason and record.told_at is None else "",
            "needs_call": record.state in (State.FAILED, State.UNKNOWN, State.EXPIRED),
            # The words are gone with the address, and the frame alone says nothing.
            "email_address": reverse("admin:notifications_email", args=[record.pk]) if record.email_words else "",
            "dark": request.GET.get("email") == "dark",
            "attempts": list(record.attempts.all()),
            "resends": [
                (record_link(again, company_moment(again.created_at)), self.state_dot(again))
                for again in record.resends.all()
            ],
        }

    def facts(self, record: CustomerNotification) -> Facts:
        rows: Facts = [
            (_("Contact"), record_link(record.contact)),
            (_("About"), record_link(record.regarding) if record.regarding_id else "–"),
            (_("Sent to"), format_html('<bdi dir="ltr">{}</bdi>', _address(record)) if record.to else "–"),
            (_("Created"), company_moment(record.created_at)),
        ]
        if record.state in State.open():
            rows.append((_("Due"), company_moment(record.due_at)))
        optional = [
            (_("Finished"), company_moment(record.finished_at) if record.finished_at else ""),
            (_("Language"), _language_name(record.language)),
            (_("SMS segments"), record.segments),
            (_("Words"), version_link(record.template_version) if record.template_version else ""),
            (_("Part of the service"), version_link(record.part_version) if record.part_version else ""),
            (_("Provider's id"), record.provider_id),
            (_("Sent again for"), record_link(record.resent_of, _("the first message")) if record.resent_of else ""),
            (_("Asked for by"), record.asked_by),
        ]
        return rows + [row for row in optional if row[1]]


def _language_name(code: str) -> str:
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:  # of a system that wrote the record, and unknown here
        return code


def _address(record: Any) -> str:
    """Return where a message went, in full for those who may see contacts."""
    return record.to if getattr(record, "shows_address", False) else masked_address(record.to)


def _local(moment: dt.datetime | None) -> str:
    return f"{zones.local(moment, current_zone()):%Y-%m-%d %H:%M}" if moment else ""


def _iso(moment: dt.datetime | None) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if moment else ""
