"""What settings change, as it will look: pages, messages and tables, for the frame beside the form.

The settings are those in the form, saved or not. Nothing is stored, issued or sent by looking, and everything is about
a visit that is made up.
"""

import base64
import datetime as dt
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.files.base import File
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bookings.messages import examples
from bookings.models import BookingNotificationCode, Reminder
from fsportal.lib.zones import supported_language
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.admin.email_view import sandboxed, without_links
from notifications.admin.message_words import sms_cost
from notifications.admin.message_words.preview import POLICY
from notifications.admin.send_test_message import email_to, sms_to
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.channels.sms_text import parts_of
from notifications.customers.kinds import MessageKind, kind_of, of_customers
from notifications.customers.wording.choosing import WordsInUse
from notifications.customers.wording.previewing import NOBODY, Previewer
from portal.admin.settings_pages import tables
from portal.admin.settings_pages.subjects import Subject
from portal.booking.forms import AppointmentForm
from portal.brand import brand_stylesheet
from portal.visit.access import VisitAccess
from portal.visit.live import LiveMap
from portal.visit.page import VisitPage

LABELS = {
    "visit": gettext_lazy("Visit page"),
    "sign-in": gettext_lazy("Sign-in page"),
    "booking": gettext_lazy("Booking page"),
    "email": gettext_lazy("Email"),
    "dark": gettext_lazy("Email, dark"),
    "sms": gettext_lazy("Text message"),
    "reminders": gettext_lazy("When they go"),
    "hours": gettext_lazy("When messages go"),
    "toast": gettext_lazy("Toast"),
    "kept": gettext_lazy("What is deleted"),
    "test-email": gettext_lazy("Test email"),
    "test-dark": gettext_lazy("Test email, dark"),
    "test-sms": gettext_lazy("Test SMS"),
}
#: A page of the portal: its styles are ours, those of the brand are in an address of their own making.
PAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'self' data:; img-src 'self' data:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'"
)
PICTURES = ("logo", "logo_dark")
#: Nobody's: https://www.ofcom.org.uk, Telephone numbers for use in TV and radio drama.
PHONE = "+442079460018"


@dataclass(frozen=True)
class UnsavedPicture:
    """A picture that was chosen and is not stored yet, as a page shows it."""

    url: str


@dataclass(frozen=True)
class Looked:
    """What is looked at: settings that are perhaps not saved, with the reminders that would be on."""

    request: HttpRequest
    subject: Subject
    portal_settings: PortalSettings
    now: dt.datetime
    #: The message that was chosen where the subject leaves it open.
    asked_event: str = ""
    reminders: list[Reminder] = field(default_factory=list)

    @property
    def event(self) -> str:
        return self.subject.event or (self.asked_event if kind_of(self.asked_event) else "completed")

    @cached_property
    def language(self) -> str:
        return supported_language(get_language() or "en")

    @cached_property
    def with_pictures(self) -> PortalSettings:
        """Return the settings for a page, with pictures that are not stored yet."""
        return _with(self.portal_settings, lambda picture: UnsavedPicture(_data_address(picture)))

    @cached_property
    def for_emails(self) -> PortalSettings:
        """Return the settings for an email: its pictures have addresses, so those that are not stored are left out."""
        return _with(self.portal_settings, lambda picture: "")


def _with(portal_settings: PortalSettings, shown: Callable[[FieldFile], Any]) -> PortalSettings:
    other = copy(portal_settings)
    for name in PICTURES:
        picture = getattr(portal_settings, name)
        # As Django's own field asks whether a file is still to be written.
        if picture and not picture._committed:  # noqa: SLF001
            # Past the field, which would take it for a file.
            other.__dict__[name] = shown(picture)
    return other


def _data_address(picture: File) -> str:  # type: ignore[type-arg]  # not generic while the program runs
    picture.seek(0)
    return f"data:image/png;base64,{base64.b64encode(picture.read()).decode()}"


def answer(look: str, looked: Looked) -> HttpResponse:
    """Return the document for the frame."""
    if look not in looked.subject.looks:
        look = looked.subject.looks[0]
    if look in ("email", "dark", "sms"):
        return _message(look, looked)
    if look.startswith("test-"):
        return _test_message(look.removeprefix("test-"), looked)
    pages = {"visit": _visit_page, "sign-in": _sign_in_page, "booking": _booking_page}
    if look in pages:
        return pages[look](looked)
    if look == "toast":
        return _document(looked, "admin/settings_pages/toast.html", {"portal_settings": looked.portal_settings})
    rows = {"reminders": tables.of_reminders, "hours": tables.of_hours, "kept": tables.of_kept}[look]
    return _plain(looked, {"table": rows(looked.portal_settings, looked.reminders, looked.now)})


# --- Messages ---------------------------------------------------------------------------------------------------------
def events() -> list[tuple[str, str]]:
    """Return the messages about visits, and the invitation, to choose from."""
    return [(kind.event, str(kind.label)) for kind in of_customers()]


def _message(look: str, looked: Looked) -> HttpResponse:
    kind = kind_of(looked.event)
    assert kind is not None
    channel = Channel.SMS if look == "sms" else Channel.EMAIL
    if why := _why_not(kind, channel, looked.portal_settings):
        return _plain(looked, {"remark": why})
    previewer = Previewer(kind, looked.language, examples.MADE_UP, looked.now, looked.for_emails)
    example = previewer.example(channel)
    if example is None:
        return _plain(looked, {"remark": _("There is nothing to look at it with.")})
    wanted = (kind.event, looked.language, kind.service_of(example.subject))
    return _shown(looked, previewer.preview(example, WordsInUse([wanted]).of(*wanted)).message, dark=look == "dark")


def _why_not(kind: MessageKind, channel: str, portal_settings: PortalSettings) -> str:
    """Return why a message goes to nobody with these settings, or ""."""
    if not portal_settings.sends(kind.event):
        return _("With these settings “%(message)s” goes to nobody: it is switched off.") % {"message": kind.label}
    if channel not in kind.channels:
        return _("“%(message)s” goes by email only.") % {"message": kind.label}
    if kind.is_choice and channel not in portal_settings.channels:
        words = _("With these settings “%(message)s” does not go on this channel: see “Communication type”.")
        return words % {"message": kind.label}
    return ""


def _test_message(look: str, looked: Looked) -> HttpResponse:
    if look == "sms":
        return _shown(looked, sms_to(NOBODY["sms"], looked.portal_settings))
    name = str(looked.request.user)
    return _shown(looked, email_to(NOBODY["email"], name, looked.portal_settings), dark=look == "dark")


def _shown(looked: Looked, message: EmailMessage | SmsMessage, *, dark: bool = False) -> HttpResponse:
    if isinstance(message, EmailMessage):
        return sandboxed(message.html, dark=dark)
    parts = parts_of(message.text)
    return _plain(looked, {"parts": parts, "cost": sms_cost.of_message("".join(parts))})


def _plain(looked: Looked, context: dict[str, Any]) -> HttpResponse:
    return _document(looked, "admin/settings_pages/plain.html", context, POLICY)


def _document(looked: Looked, template: str, context: dict[str, Any], policy: str = PAGE_POLICY) -> HttpResponse:
    html = render_to_string(template, {"title": looked.subject.title} | context, looked.request)
    return _framed(html, policy)


def _framed(html: str, policy: str) -> HttpResponse:
    response = HttpResponse(without_links(html))
    response["Content-Security-Policy"] = policy
    return response


# --- Pages ------------------------------------------------------------------------------------------------------------
def _page(looked: Looked, template: str, context: dict[str, Any]) -> HttpResponse:
    # The brand's sheet at its own address knows only what is saved; and no page has styles in its markup.
    sheet = f"data:text/css;charset=utf-8,{urlencode({'': brand_stylesheet(looked.portal_settings)})[1:]}"
    more = {"portal_settings": looked.with_pictures, "brand": sheet.replace("+", "%20")}
    # Without the request: a page in a frame has no head, and the reader's own messages would be used up in there.
    return _framed(render_to_string(template, context | more), PAGE_POLICY)


def _visit_page(looked: Looked) -> HttpResponse:
    booking = examples.made_up(looked.portal_settings, looked.now)
    if looked.event == "traveling":
        booking.resource.main_phone = PHONE
        # Somebody who is on the way now, with the visit close at hand.
        booking.start, booking.end = looked.now + examples.ARRIVAL_TAKES, looked.now + 3 * examples.ARRIVAL_TAKES
        examples.pretend_arrival(booking)
    code = BookingNotificationCode(booking=booking, public_id="EXAMPL")
    reader = examples.stand_in(None)
    reader.language = looked.language  # otherwise times would be in English among words in another language
    access = VisitAccess(booking, reader, looked.now, looked.portal_settings, code=code)
    visit = VisitPage(access)
    return _page(looked, "admin/settings_pages/visit_page.html", {"visit": visit, "has_map": LiveMap.of(visit)})


def _sign_in_page(looked: Looked) -> HttpResponse:
    return _page(looked, "admin/settings_pages/sign_in_page.html", {})


def _booking_page(looked: Looked) -> HttpResponse:
    portal_settings = looked.portal_settings
    form = AppointmentForm(portal_settings=portal_settings)
    limits = tables.of_booking(portal_settings, looked.now) if portal_settings.self_scheduling else []
    return _page(looked, "admin/settings_pages/booking_page.html", {"form": form, "limits": limits})
