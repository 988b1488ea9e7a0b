"""Settings > Customer Portal > Booking Notification Codes: extend, expire, block, rotate, make by hand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.admin.filters import CodeStateFilter
from bookings.admin.forms import BlockForm, CodeAddForm, ExtendCodeForm
from bookings.admin.hide_positions import SEES_WHEREABOUTS
from bookings.models import BookingNotificationCode
from fsportal.lib.text import one_line
from fsportal.settings_area.actions import ConfirmForm, RecordAction
from fsportal.settings_area.parts import FAILED, GOOD, QUIET, dot, record_link, site_moment, site_when, staff
from fsportal.settings_area.record_page import Facts, RecordPage

PERMISSION = "bookings.change_bookingnotificationcode"


def _extend(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.extend(data["until"], by=staff(request))
    return _("The link works until then.")


def _expire(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.expire(by=staff(request))
    return _("The link opens nothing from now on.")


def _block(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.block(by=staff(request), why=data["why"])
    return _("The link is blocked.")


def _unblock(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.unblock(by=staff(request))
    return _("The link is not blocked any more.")


def _rotate(request: HttpRequest, code: BookingNotificationCode, data: dict[str, Any]) -> str:
    code.rotate(by=staff(request))
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
class CodeAdmin(RecordPage):
    """Codes are changed by actions only; the model notes each in the audit trail."""

    may_change = False
    may_delete = False  # a link that must not work is blocked, and its trail stays
    shows_trail = True
    facts_on_forms = 4
    form = CodeAddForm
    change_form_template = "admin/code.html"
    record_actions = ACTIONS
    list_display = ["contact_name", "booking_link", "visit", "works_until", "state_dot", "opened", "last_opened"]
    list_display_links = ["contact_name"]
    list_filter = [CodeStateFilter]
    # By a column of another table a hundred thousand rows would be joined and sorted.
    sortable_by = ["works_until", "opened", "last_opened"]
    list_per_page = 50
    date_hierarchy = "created_at"
    search_fields = ["contact__name", "contact__email", "#booking__work_order__number", "=public_id"]
    search_help_text = gettext_lazy("Contact, email or work order")
    autocomplete_fields = ["booking", "contact"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BookingNotificationCode]:
        return super().get_queryset(request).for_visit()  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=gettext_lazy("contact"), ordering="contact__name")
    def contact_name(self, record: BookingNotificationCode) -> str:
        return one_line(record.contact.name, 60)

    @admin.display(description=gettext_lazy("booking"), ordering="booking__work_order__number")
    def booking_link(self, record: BookingNotificationCode) -> SafeString:
        return record_link(record.booking, record.booking.work_order.number)

    @admin.display(description=gettext_lazy("visit"), ordering="booking__start")
    def visit(self, record: BookingNotificationCode) -> str:
        return site_when(record.booking.start, record.booking.end, record.booking.zone_name)

    @admin.display(description=gettext_lazy("works until"), ordering="expires_at")
    def works_until(self, record: BookingNotificationCode) -> str:
        return site_moment(record.ends_at, record.booking.zone_name)

    @admin.display(description=gettext_lazy("state"))
    def state_dot(self, record: BookingNotificationCode) -> SafeString:
        if record.blocked_at is not None:
            return dot(_("Blocked"), FAILED)
        return dot(_("Working"), GOOD) if _works(record) else dot(_("Expired"), QUIET)

    @admin.display(description=gettext_lazy("opened"), ordering="times_opened")
    def opened(self, record: BookingNotificationCode) -> str:
        return str(record.times_opened) if record.times_opened else _("never")

    @admin.display(description=gettext_lazy("last opened"), ordering="last_opened_at")
    def last_opened(self, record: BookingNotificationCode) -> str:
        return site_moment(record.last_opened_at, record.booking.zone_name)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Issue the code as the first message to a contact does."""
        until = form.cleaned_data["until"]
        code = BookingNotificationCode.issue(obj.booking, obj.contact, by=staff(request))
        if until:
            code.extend(until, by=staff(request))
        obj.__dict__.update(code.__dict__)

    # --- One code ---------------------------------------------------------------------------------------------------
    def page_title(self, record: BookingNotificationCode) -> str:
        return _("Code of %(contact)s") % {"contact": record.contact.name}

    def details(self, request: HttpRequest, record: BookingNotificationCode) -> dict[str, Any]:
        # The link opens the live map too.
        may_see = request.user.has_perms(["bookings.show_link", SEES_WHEREABOUTS])
        return {"link": record.link if may_see else ""}

    def facts(self, record: BookingNotificationCode) -> Facts:
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
