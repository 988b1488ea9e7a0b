"""What staff are told about bookings by themselves: cards under the bell (notifications/inapp/product.py).

Each function is called inside the transaction of the change that it tells of. Technicians hear of their own visits;
dispatchers of what customers do and of what did not reach them. Nobody is told what they did themselves. The rows of a
file are told in one card per technician (`imported`), not one by one.

Cards are stored in words, once, for all who get them: in the installation's language, as staff have none of their own.
"""

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from fsportal.lib import zones
from fsportal.lib.text import one_line
from fsportal.models import Contact, User
from notifications.customers.kinds import label_of
from notifications.inapp import product
from notifications.inapp.privileges import receivers_with
from notifications.inapp.product import ProductKind
from notifications.models import AppNotification, CustomerNotification, IconType, Priority, Reason, State

if TYPE_CHECKING:
    from bookings.models import Booking, BookingImport, CustomerNote, Feedback, Resource

ASSIGNED, MOVED, OFF, FILE = "booking_assigned", "booking_moved", "booking_off", "visits_imported"
CHANGED, WROTE, LOW_RATING = "customer_changed", "customer_wrote", "low_rating"
UNDELIVERED, IMPORTED, LATE = "undelivered", "import_finished", "will_be_late"
NAME_LENGTH, TEXT_LENGTH = 60, 300
#: Of these a message's contact must be taken to know it.
ARRIVED = (State.SENT, State.DELIVERED)

KINDS = (
    ProductKind(ASSIGNED, gettext_lazy("A visit given to you"), gettext_lazy("A visit is yours now.")),
    ProductKind(MOVED, gettext_lazy("A visit of yours moved"), gettext_lazy("One of your visits has another time.")),
    ProductKind(
        OFF,
        gettext_lazy("A visit of yours is off"),
        gettext_lazy("One of your visits was canceled, or given to somebody else."),
    ),
    ProductKind(
        FILE,
        gettext_lazy("Your visits in a schedule file"),
        gettext_lazy("A file was imported that gave you visits, moved them or took them away: one card per file."),
    ),
    ProductKind(
        CHANGED,
        gettext_lazy("A customer booked, changed or canceled"),
        gettext_lazy("A customer booked a visit on the portal, moved one, or called it off."),
    ),
    ProductKind(
        WROTE,
        gettext_lazy("A customer wrote"),
        gettext_lazy("A customer left a note, or asks for another time or to cancel."),
    ),
    ProductKind(
        UNDELIVERED,
        gettext_lazy("A message could not be delivered"),
        gettext_lazy(
            "A customer was not told of their visit, or did not get an invitation, a code or a link, and no other"
            " message said it."
        ),
    ),
    ProductKind(
        LATE,
        gettext_lazy("A visit will begin late"),
        gettext_lazy("A technician on the way will arrive well after the visit was to begin."),
    ),
    ProductKind(
        LOW_RATING,
        gettext_lazy("A low rating"),
        gettext_lazy("A customer was not content with a visit."),
    ),
    ProductKind(
        IMPORTED,
        gettext_lazy("Your import is finished"),
        gettext_lazy("A schedule file that you uploaded has been imported."),
    ),
)


def register_kinds() -> None:
    """Make the kinds known; called once when the app is ready."""
    for kind in KINDS:
        product.register(kind)


def dispatchers() -> "QuerySet[User]":
    """Return whom customers' doings concern: active users who may change bookings and can receive. One query."""
    return receivers_with("bookings.change_booking")


# --- Technicians, about their own visits ----------------------------------------------------------------------------


def scheduled(booking: "Booking", *, by: User | None) -> None:
    """Tell the technician that a visit is theirs."""
    _tell_technician(ASSIGNED, booking, booking.resource, by, _assigned)


def assigned(booking: "Booking", before: "Resource", *, by: User | None) -> None:
    """Tell the new technician that the visit is theirs, and the one before that it is not any more."""
    if before.user_id is not None:
        _take_back(booking)
        _tell_technician(OFF, booking, before, by, lambda: _("Not yours any more: %(visit)s"))
    if booking.resource.user is not None:
        product.withdraw(OFF, booking, [booking.resource.user])  # it may have been theirs before
    _tell_technician(ASSIGNED, booking, booking.resource, by, _assigned)


def moved(booking: "Booking", *, by: User | None) -> None:
    """Tell the technician the new time. Whose card about the visit as a new one is still unread gets that renewed."""
    if booking.resource.user_id is None:
        return
    unread = AppNotification.objects.live(timezone.now()).unseen()
    unread = unread.filter(kind=ASSIGNED, regarding_id=booking.pk, owner=booking.resource.user_id)
    if unread.exists():
        scheduled(booking, by=by)
    else:
        _tell_technician(MOVED, booking, booking.resource, by, lambda: _("New time: %(visit)s"))


def canceled(booking: "Booking", *, by: User | None) -> None:
    """Tell the technician that the visit is off; that it was theirs, or moved, is no news any more."""
    if booking.resource.user_id is None:
        return
    _take_back(booking)
    _tell_technician(OFF, booking, booking.resource, by, lambda: _("Canceled: %(visit)s"))


def imported(resources: "dict[Resource, Counter[str]]", file_name: str, *, by: User | None) -> None:
    """Tell each technician once what a file did to their visits: how many are new, moved, off."""
    # In one order, whatever the file's: two imports at once wait for each other, and never both.
    for resource, counts in sorted(resources.items(), key=lambda item: item[0].pk):
        if resource.user is None or resource.user == by:
            continue
        with translation.override(settings.LANGUAGE_CODE):
            title = ngettext("%(count)d visit of yours changed", "%(count)d visits of yours changed", counts.total())
            product.tell(
                FILE,
                [resource.user],
                resource,
                title=title % {"count": counts.total()},
                body=_("%(what)s (file “%(file)s”)") % {"what": _counted(counts), "file": one_line(file_name, 100)},
            )


def _counted(counts: Counter[str]) -> str:
    words = {
        ASSIGNED: ngettext("%(count)d given to you", "%(count)d given to you", counts[ASSIGNED]),
        MOVED: ngettext("%(count)d moved", "%(count)d moved", counts[MOVED]),
        OFF: ngettext("%(count)d off", "%(count)d off", counts[OFF]),
    }
    return ", ".join(text % {"count": counts[name]} for name, text in words.items() if counts[name])


def _assigned() -> str:
    return _("Yours now: %(visit)s")


def _tell_technician(kind: str, booking: "Booking", resource: "Resource", by: User | None, title: Any) -> None:
    user = resource.user
    # What is over is history, as in a file of last year's visits.
    if user is None or user == by or booking.end <= timezone.now():
        return
    with translation.override(settings.LANGUAGE_CODE):
        product.tell(
            kind,
            [user],
            booking,
            title=title() % {"visit": _visit(booking)},
            body=_details(booking),
            icon_type=IconType.WARNING if kind == OFF else IconType.INFO,
            # A technician without the Settings area has no page to go to; the card says it all.
            actions=buttons(_to_visit(booking)) if user.is_staff else None,
        )


def _take_back(booking: "Booking") -> None:
    for kind in (ASSIGNED, MOVED):
        product.withdraw(kind, booking)


# --- Dispatchers, about customers -----------------------------------------------------------------------------------


def customer_changed(booking: "Booking", contact: Contact, *, is_canceled: bool) -> None:
    """Tell dispatchers that a customer moved a visit by themselves, or called it off."""
    with translation.override(settings.LANGUAGE_CODE):
        words = _("%(name)s canceled: %(visit)s") if is_canceled else _("%(name)s chose another time: %(visit)s")
        _tell_dispatchers(
            CHANGED, booking, contact, words, icon_type=IconType.WARNING if is_canceled else IconType.INFO
        )


def customer_booked(booking: "Booking", contact: Contact) -> None:
    """Tell dispatchers of a visit that a customer made by themselves; what they wrote with it is a card of its own."""
    with translation.override(settings.LANGUAGE_CODE):
        _tell_dispatchers(CHANGED, booking, contact, _("%(name)s booked: %(visit)s"), icon_type=IconType.INFO)


def customer_wrote(note: "CustomerNote") -> None:
    """Tell dispatchers what a customer wrote or asks for; who asks for something waits for an answer.

    There is one card about a visit: while a wish waits, a mere note does not take its place.
    """
    with translation.override(settings.LANGUAGE_CODE):
        titles = {
            "change": _("%(name)s asks for another time: %(visit)s"),
            "cancel": _("%(name)s asks to cancel: %(visit)s"),
        }
        wish = note.wish if note.wish in titles else _waiting_wish(note)
        _tell_dispatchers(
            WROTE,
            note.booking,
            note.contact,
            titles.get(wish, _("%(name)s wrote: %(visit)s")),
            said=note.text,
            priority=Priority.HIGH if wish in titles else Priority.NORMAL,
            icon_type=IconType.MENTION,
        )


def _waiting_wish(note: "CustomerNote") -> str:
    """Return what the same customer asks for about the same visit, or nothing."""
    waiting = type(note).objects.waiting().filter(booking=note.booking_id, contact=note.contact_id)
    return waiting.values_list("wish", flat=True).first() or ""


def low_rating(feedback: "Feedback") -> None:
    """Tell dispatchers that a customer was not content, so that somebody calls."""
    with translation.override(settings.LANGUAGE_CODE):
        _tell_dispatchers(
            LOW_RATING,
            feedback.booking,
            feedback.contact,
            _("%(rating)s of 5 from %(name)s: %(visit)s"),
            said=feedback.comment,
            rating=feedback.rating,
            icon_type=IconType.WARNING,
        )


def _tell_dispatchers(
    kind: str,
    booking: "Booking",
    contact: Contact | None,
    words: str,
    *,
    said: str = "",
    rating: int | None = None,
    **more: Any,
) -> None:
    title = words % {"name": name_of(contact), "visit": _visit(booking), "rating": rating}
    said = one_line(said, TEXT_LENGTH)
    body = f"“{said}” {_details(booking)}" if said else _details(booking)
    actions = buttons(to_call(contact), _to_visit(booking))
    product.tell(kind, dispatchers(), booking, title=title[:256], body=body[:500], actions=actions, **more)


def will_be_late(booking: "Booking", expected: dt.datetime) -> None:
    """Tell dispatchers, once for each time that somebody sets off, that a visit will begin well after its start."""
    now = timezone.now()
    told = type(booking).objects.filter(pk=booking.pk, late_alert_at=None).update(late_alert_at=now)
    if not told:
        return
    with translation.override(settings.LANGUAGE_CODE):
        arrives = zones.moment(expected, booking.zone_name, settings.LANGUAGE_CODE, now=now)
        said = _("%(technician)s arrives about %(when)s.") % {
            "technician": one_line(booking.resource.name, NAME_LENGTH),
            "when": arrives,
        }
        contact = booking.work_order.reported_by or booking.work_order.account.primary_contact
        product.tell(
            LATE,
            dispatchers(),
            booking,
            title=(_("Will begin late: %(visit)s") % {"visit": _visit(booking)})[:256],
            body=f"{said} {_details(booking)}"[:500],
            priority=Priority.HIGH,
            icon_type=IconType.WARNING,
            actions=_buttons(_to_call(contact), _to_visit(booking)),
        )


# --- Messages that did not arrive -----------------------------------------------------------------------------------


def undelivered(message: CustomerNotification, booking: "Booking") -> None:
    """Tell dispatchers that a message did not reach its contact, unless the same one arrived on another channel."""
    if message.reason == Reason.NEWER_MESSAGE or _same(message).filter(state__in=ARRIVED).exists():
        return
    with translation.override(settings.LANGUAGE_CODE):
        failed = message.state == State.FAILED
        title = _("%(name)s was not told: %(event)s") if failed else _("%(name)s was perhaps not told: %(event)s")
        how = _("By %(channel)s: %(why)s.") % {
            "channel": message.get_channel_display(),
            "why": message.get_reason_display() or message.get_state_display(),
        }
        page = reverse("admin:notifications_customernotification_change", args=[message.pk])
        product.tell(
            UNDELIVERED,
            dispatchers(),
            booking,
            title=(title % {"name": name_of(message.contact), "event": label_of(message.event)})[:256],
            body=f"{how} {_visit(booking)}. {_details(booking)}"[:500],
            priority=Priority.HIGH,
            icon_type=IconType.FAILURE if failed else IconType.WARNING,
            actions=buttons(to_call(message.contact), (_("Send again"), page), _to_visit(booking)),
        )


def arrived(message: CustomerNotification) -> None:
    """Take the card back when the message reached its contact after all and nothing else about the visit is open."""
    about = CustomerNotification.objects.filter(
        regarding_type=message.regarding_type_id, regarding_id=message.regarding_id
    )
    failed = about.needing_attention().exclude(reason=Reason.NEWER_MESSAGE)
    if not failed.exists():  # nearly always: one look, and nothing more
        return
    said = about.filter(
        event=OuterRef("event"),
        revision=OuterRef("revision"),
        contact=OuterRef("contact"),
        state__in=ARRIVED,
    )
    if message.regarding is not None and not failed.filter(~Exists(said)).exists():
        product.withdraw(UNDELIVERED, message.regarding)


def _same(message: CustomerNotification) -> "QuerySet[CustomerNotification]":
    """Return the messages that say the same to the same contact, on whatever channel, sent again or not."""
    return CustomerNotification.objects.filter(
        regarding_type=message.regarding_type_id,
        regarding_id=message.regarding_id,
        event=message.event,
        revision=message.revision,
        contact=message.contact_id,
    ).exclude(pk=message.pk)


# --- Imports --------------------------------------------------------------------------------------------------------


def import_finished(done: "BookingImport", summary: list[tuple[str, int]]) -> None:
    """Tell who uploaded the file what came of it."""
    if done.uploaded_by is None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        counted = ", ".join(f"{count} {words}" for words, count in summary if count)
        page = reverse("admin:bookings_bookingimport_change", args=[done.pk])
        product.tell(
            IMPORTED,
            [done.uploaded_by],
            done,
            title=_("Imported: %(file)s") % {"file": one_line(done.file_name, 100)},
            body=counted[:500],
            icon_type=IconType.SUCCESS,
            actions=buttons((_("See the import"), page)),
        )


# --- Words ----------------------------------------------------------------------------------------------------------


def name_of(contact: Contact | None) -> str:
    """Return a customer's name, short enough for a card."""
    return one_line(contact.name, NAME_LENGTH) if contact else _("A customer")


def _visit(booking: "Booking") -> str:
    """Return service and time, in the zone of the site, which is named."""
    when = zones.when(booking.start, booking.end, booking.zone_name, settings.LANGUAGE_CODE)
    return f"{one_line(booking.work_order.incident_type.name, NAME_LENGTH)}, {when}"


def _details(booking: "Booking") -> str:
    order = booking.work_order
    parts = (order.number, one_line(order.account.name, NAME_LENGTH), order.site.address_line()[:150])
    return ", ".join(part for part in parts if part)


def _to_visit(booking: "Booking") -> tuple[str, str]:
    return _("See the visit"), f"?pagetype=entityrecord&etn=bookableresourcebooking&id={booking.pk}"


def to_call(contact: Contact | None) -> tuple[str, str] | None:
    """Return the button that calls a customer, where there is a number."""
    if contact is None or not contact.mobile_phone:
        return None
    return _("Call %(name)s") % {"name": name_of(contact)}, f"tel:{contact.mobile_phone}"


def buttons(*wanted: tuple[str, str] | None) -> dict[str, Any]:
    """Return the actions of a card, of titles with their addresses."""
    return {"actions": [{"title": title, "data": {"url": url}} for title, url in filter(None, wanted)]}
