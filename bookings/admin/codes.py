"""Settings > Customer Portal > Booking Notification Codes: extend, expire, block, rotate, make by hand."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.admin.filters import CodeStateFilter
from bookings.admin.forms import BlockForm, CodeAddForm, ExtendCodeForm
from bookings.admin.whereabouts import SEES_WHEREABOUTS
from bookings.models import BookingNotificationCode
from fsportal.lib.text import one_line
from fsportal.models import AuditEntry
from fsportal.settings_area.actions import ActionsAdmin, ConfirmForm, RecordAction
from fsportal.settings_area.parts import FAILED, GOOD, QUIET, dot, record_link, site_moment, site_when

PERMISSION = "bookings.change_bookingnotificationcode"


def _extend(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.extend(data["until"], by=request.user)  # type: ignore[arg-type]  # a signed-in user, as in all actions here
    return _("The link works until then.")


def _expire(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.expire(by=request.user)  # type: ignore[arg-type]
    return _("The link opens nothing from now on.")


def _block(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.block(by=request.user, why=data["why"])  # type: ignore[arg-type]
    return _("The link is blocked.")


def _unblock(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.unblock(by=request.user)  # type: ignore[arg-type]
    return _("The link is not blocked any more.")


def _rotate(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.rotate(by=request.user)  # type: ignore[arg-type]
    return _("The link is a new one; those sent so far open nothing.")


def _works(code: BookingNotificationCode) -> bool:
    return timezone.now() < code.ends_at


ACTIONS = [
    RecordAction("extend", gettext_lazy("Extend"), _extend, PERMISSION, form=ExtendCodeForm, bulk=True),
    RecordAction("expire", gettext_lazy("Expire now"), _expire, PERMISSION, possible=_works, bulk=True),
    RecordAction(
        "block",
        gettext_lazy("Block"),
        _block,
        PERMISSION,
        possible=lambda code: code.blocked_at is None,
        form=BlockForm,
        explains=gettext_lazy("The link is refused until it is unblocked, whatever its date."),
        tone="danger",
        bulk=True,
    ),
    RecordAction(
        "unblock",
        gettext_lazy("Unblock"),
        _unblock,
        PERMISSION,
        possible=lambda code: code.blocked_at is not None,
        bulk=True,
    ),
    RecordAction(
        "rotate",
        gettext_lazy("Rotate"),
        _rotate,
        PERMISSION,
        form=ConfirmForm,
        explains=gettext_lazy(
            "The contact gets a new link with the next message; every link sent so far opens nothing from then on."
        ),
        bulk=True,
    ),
]


@admin.register(BookingNotificationCode)
class CodeAdmin(ActionsAdmin):
    """Codes are changed by actions only; each is noted in the audit trail by the model."""

    form = CodeAddForm
    change_form_template = "admin/code.html"
    record_actions = ACTIONS
    list_display = ["contact_name", "booking_link", "visit", "works_until", "state_dot", "opened", "last_opened"]
    list_display_links = ["contact_name"]
    list_filter = [CodeStateFilter]
    list_per_page = 50
    date_hierarchy = "created_at"
    search_fields = ["contact__name", "contact__email", "booking__work_order__number", "public_id"]
    search_help_text = gettext_lazy("Contact, email or work order")
    show_full_result_count = False
    autocomplete_fields = ["booking", "contact"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingNotificationCode]:
        """Fetch what a row shows in one query."""
        return super().get_queryset(request).for_visit()  # type: ignore[attr-defined,no-any-return]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the actions change a code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a link that must not work is blocked, and its trail stays."""
        return False

    @admin.display(description=gettext_lazy("contact"), ordering="contact__name")
    def contact_name(self, record: BookingNotificationCode) -> str:
        """Return whose it is."""
        return one_line(record.contact.name, 60)

    @admin.display(description=gettext_lazy("booking"), ordering="booking__work_order__number")
    def booking_link(self, record: BookingNotificationCode) -> SafeString:
        """Return a link to the booking."""
        return record_link(record.booking, record.booking.work_order.number)

    @admin.display(description=gettext_lazy("visit"), ordering="booking__start")
    def visit(self, record: BookingNotificationCode) -> str:
        """Return when the visit is, at the site."""
        return site_when(record.booking.start, record.booking.end, record.booking.zone_name)

    @admin.display(description=gettext_lazy("works until"), ordering="expires_at")
    def works_until(self, record: BookingNotificationCode) -> str:
        """Return when the link ends, at the site."""
        return site_moment(record.ends_at, record.booking.zone_name)

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: BookingNotificationCode) -> SafeString:
        """Return what the link does now."""
        if record.blocked_at is not None:
            return dot(_("Blocked"), FAILED)
        return dot(_("Working"), GOOD) if _works(record) else dot(_("Expired"), QUIET)

    @admin.display(description=gettext_lazy("opened"), ordering="times_opened")
    def opened(self, record: BookingNotificationCode) -> str:
        """Return how often."""
        return str(record.times_opened) if record.times_opened else _("never")

    @admin.display(description=gettext_lazy("last opened"), ordering="last_opened_at")
    def last_opened(self, record: BookingNotificationCode) -> str:
        """Return when, at the site."""
        return site_moment(record.last_opened_at, record.booking.zone_name)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the add form for adding only."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Issue the code, as a first message would."""
        until = form.cleaned_data["until"]
        code = BookingNotificationCode.issue(obj.booking, obj.contact, by=request.user)  # type: ignore[arg-type]
        if until:
            code.extend(until, by=request.user)  # type: ignore[arg-type]
        obj.__dict__.update(code.__dict__)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list under the name that people know."""
        return super().changelist_view(request, {"list_title": _("Booking Notification Codes")} | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one code, its actions and their trail; the link only to those who may see it."""
        record = self.get_object(request, object_id)
        if record is None:
            return super().change_view(request, object_id, form_url, extra_context)
        # The link opens the live map, too.
        may_see = request.user.has_perms(["bookings.show_link", SEES_WHEREABOUTS])
        own = {
            "title": _("Code of %(contact)s") % {"contact": record.contact.name},
            "subtitle": None,
            "state_dot": self.state_dot(record),
            "facts": self._facts(record),
            "buttons": self.buttons(request, record),
            "link": record.link if may_see else "",
            "trail": AuditEntry.of(record),
        }
        return super().change_view(request, object_id, form_url, own | (extra_context or {}))

    def action_facts(self, record: BookingNotificationCode) -> list[tuple[Any, Any]]:
        """Repeat the code on the page of a action's form."""
        return self._facts(record)[:4]

    def _facts(self, record: BookingNotificationCode) -> list[tuple[Any, Any]]:
        until = self.works_until(record)
        if record.expires_at is None:
            until = format_html("{} <span class='quiet'>{}</span>", until, _("30 days after the visit"))
        return [
            (_("Contact"), record_link(record.contact)),
            (_("Booking"), self.booking_link(record)),
            (_("Visit"), self.visit(record)),
            (_("Works until"), until),
            (_("Opened"), self._opened_words(record)),
        ]

    def _opened_words(self, record: BookingNotificationCode) -> str:
        if record.first_opened_at is None:
            return _("Never, as far as the page could tell")
        zone = record.booking.zone_name
        return ngettext("Once, %(first)s", "%(times)d times, first %(first)s, last %(last)s", record.times_opened) % {
            "times": record.times_opened,
            "first": site_moment(record.first_opened_at, zone),
            "last": site_moment(record.last_opened_at, zone),
        }
